"""A unit's folder: whole files under safe names, and nothing written anywhere else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from relec_exchange.adapters.folders import FolderTarget, file_name
from relec_exchange.errors import InvalidInput, Misconfigured, Unavailable

ID = "019aa000-0000-7000-8000-000000000001"


@dataclass(frozen=True)
class Item:
    message_id: str = ID
    sender: str = "pk"
    message: bytes = b'{"header":{},"body":{}}'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "unit"
    path.mkdir(mode=0o750)
    return path


def test_a_message_becomes_one_file_with_its_bytes_for_the_owner_only(folder: Path) -> None:
    FolderTarget(folder).deliver(Item())
    (file,) = folder.iterdir()
    assert file.name == f"{ID}.pk.json"
    assert file.read_bytes() == Item().message
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_same_message_again_changes_nothing(folder: Path) -> None:
    target = FolderTarget(folder)
    target.deliver(Item())
    target.deliver(Item())
    assert [file.read_bytes() for file in folder.iterdir()] == [Item().message]


def test_equal_message_ids_of_two_senders_are_two_files(folder: Path) -> None:
    target = FolderTarget(folder)
    target.deliver(Item(message=b"1"))
    target.deliver(Item(sender="iq", message=b"2"))
    assert sorted(file.read_bytes() for file in folder.iterdir()) == [b"1", b"2"]


def test_what_a_crash_left_half_written_is_replaced(folder: Path) -> None:
    (folder / f".{ID}.pk.json.part").write_bytes(b'{"hea')
    FolderTarget(folder).deliver(Item())
    assert [file.name for file in folder.iterdir()] == [f"{ID}.pk.json"]


@pytest.mark.parametrize(
    ("message_id", "sender"),
    [
        ("../" + ID, "pk"),
        ("/etc/passwd", "pk"),
        (ID + "\n", "pk"),
        (ID.upper(), "pk"),
        ("", "pk"),
        (ID, "../pk"),
        (ID, "p/k"),
        (ID, ""),
    ],
)
def test_a_name_that_could_lead_elsewhere_is_refused(
    folder: Path, message_id: str, sender: str
) -> None:
    with pytest.raises(InvalidInput):
        FolderTarget(folder).deliver(Item(message_id, sender))
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name", [f"{ID}.pk.json", f".{ID}.pk.json.part"])
def test_a_link_in_the_place_of_the_file_is_replaced_and_not_followed(
    folder: Path, name: str, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"untouched")
    (folder / name).symlink_to(outside)
    FolderTarget(folder).deliver(Item())
    assert outside.read_bytes() == b"untouched"
    assert not (folder / f"{ID}.pk.json").is_symlink()
    assert (folder / f"{ID}.pk.json").read_bytes() == Item().message


def test_a_folder_that_is_a_link_is_not_used(folder: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(folder)
    with pytest.raises(Unavailable):
        FolderTarget(link).deliver(Item())


def test_a_missing_folder_is_waited_for_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as refused:
        FolderTarget(tmp_path / "unit").deliver(Item())
    assert "mount" in refused.value.remedy
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_everybody_may_write_is_refused(folder: Path) -> None:
    folder.chmod(0o777)
    with pytest.raises(Misconfigured):
        FolderTarget(folder).deliver(Item())


def test_a_name_taken_by_a_folder_is_told_and_leaves_nothing_behind(folder: Path) -> None:
    (folder / f"{ID}.pk.json").mkdir()
    with pytest.raises(Unavailable):
        FolderTarget(folder).deliver(Item())
    assert [file.name for file in folder.iterdir()] == [f"{ID}.pk.json"]


def test_the_name_of_a_file_has_no_other_part_than_id_and_sender() -> None:
    assert file_name(ID, "iq") == f"{ID}.iq.json"
