"""A unit's key opens with its passphrase alone; its public line fits one unit of a card."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from relec_exchange.adapters.unitkeys import (
    make_unit_key,
    public_line,
    read_public_line,
    read_unit_key,
)
from relec_exchange.errors import Conflict, InvalidInput, Misconfigured
from relec_exchange.message.encoding import unb64

WORDS = "five plain words for tests"
COST = 14


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "desk.key"
    make_unit_key(path, "protection-desk", WORDS, os.urandom, COST)
    return path


def test_the_file_gives_the_same_key_back(tmp_path: Path) -> None:
    path = tmp_path / "desk.key"
    made = make_unit_key(path, "protection-desk", WORDS, os.urandom, COST)
    assert read_unit_key(path, WORDS) == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_another_passphrase_or_a_changed_file_does_not_open(file: Path) -> None:
    with pytest.raises(Misconfigured):
        read_unit_key(file, "five other words for tests")
    file.write_text(file.read_text().replace("name: protection-desk", "name: contact-point"))
    with pytest.raises(Misconfigured):
        read_unit_key(file, WORDS)


def test_a_file_that_others_may_read_is_refused(file: Path) -> None:
    file.chmod(0o640)
    with pytest.raises(Misconfigured):
        read_unit_key(file, WORDS)


def test_no_key_is_overwritten(file: Path) -> None:
    with pytest.raises(Conflict):
        make_unit_key(file, "protection-desk", WORDS, os.urandom, COST)


def test_a_unit_has_a_name_of_the_right_form(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        make_unit_key(tmp_path / "x.key", "Protection Desk", WORDS, os.urandom, COST)
    assert not (tmp_path / "x.key").exists()


def test_the_public_line_becomes_the_entry_of_a_card(file: Path) -> None:
    key = read_unit_key(file, WORDS)
    unit = read_public_line(public_line(key) + "\n", "protection-desk")
    assert unit.name == "protection-desk"
    assert unit.key is not None
    assert unb64(unit.key) == key.private.public_bytes()


def test_a_line_for_another_unit_or_with_a_changed_key_is_refused(file: Path) -> None:
    line = public_line(read_unit_key(file, WORDS))
    name, key_id, key = line.split("+", 2)
    for text in (
        "",
        "protection-desk",
        f"contact-point+{key_id}+{key}",
        f"{name}+{'0' * 16}+{key}",
        f"{name}+{key_id}+{key[:-8]}",
        f"{name}+{key_id}+{'A' * len(key)}",
        line * 4,
    ):
        with pytest.raises(InvalidInput):
            read_public_line(text, "protection-desk")
