"""The mark of one run of the machine and these files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from relec_exchange.adapters import continuity
from relec_exchange.adapters.continuity import mark


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    made = tmp_path / "store", tmp_path / "guard"
    for path in made:
        path.write_bytes(b"x")
    return made


def test_it_is_the_same_for_as_long_as_machine_and_files_are(files: tuple[Path, Path]) -> None:
    first = mark(*files)
    files[0].write_bytes(b"more")
    assert first
    assert mark(*files) == first


def test_another_file_under_the_same_name_has_another_mark(files: tuple[Path, Path]) -> None:
    first = mark(*files)
    other = files[0].with_name("other")
    other.write_bytes(b"x")
    os.rename(other, files[0])
    assert mark(*files) != first


def test_another_run_of_the_machine_has_another_mark(
    files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = mark(*files)
    (tmp_path / "boot_id").write_text("another\n")
    monkeypatch.setattr(continuity, "BOOT_ID", tmp_path / "boot_id")
    assert mark(*files) not in ("", first)


def test_where_it_cannot_be_told_there_is_no_mark(
    files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert mark(files[0], tmp_path / "missing") == ""
    monkeypatch.setattr(continuity, "BOOT_ID", tmp_path / "missing")
    assert mark(*files) == ""
