"""The guard copy: what was written last is read, whatever cut a write short."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from relec_exchange.adapters import guard as guard_module
from relec_exchange.adapters.guard import SLOT, TOUCHED_NANOSECONDS, GuardFile, _slot
from relec_exchange.errors import IntegrityFailure, Unavailable

EXCHANGE, ACTIVITY = "relec.example/tr/exchange/1", "relec.example/tr/activity/1"


def heads(size: int) -> dict[str, tuple[int, bytes]]:
    return {EXCHANGE: (size, bytes([size % 256]) * 32), ACTIVITY: (2 * size, b"a" * 32)}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "guard" / "head"


@pytest.fixture
def guard(path: Path) -> Iterator[GuardFile]:
    made = GuardFile(path)
    yield made
    made.close()


def reread(path: Path) -> dict[str, tuple[int, bytes]]:
    again = GuardFile(path)
    found = again.read()
    again.close()
    return found


def test_a_new_file_knows_nothing_and_is_for_its_owner_alone(guard: GuardFile, path: Path) -> None:
    assert guard.read() == {}
    assert reread(path) == {}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_what_was_written_last_is_read_after_opening_again(guard: GuardFile, path: Path) -> None:
    for size in range(1, 6):
        guard.write(heads(size))
        assert guard.read() == heads(size)
        assert reread(path) == heads(size)


def test_a_log_that_is_not_named_keeps_its_copy(guard: GuardFile, path: Path) -> None:
    guard.write(heads(3))
    guard.write({EXCHANGE: (4, b"4" * 32)})
    assert reread(path) == {EXCHANGE: (4, b"4" * 32), ACTIVITY: heads(3)[ACTIVITY]}


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
@pytest.mark.parametrize("cut", [0, 1, 63, 64, 65, 200, 290])
def test_a_write_cut_short_leaves_the_copy_before_it(path: Path, turns: int, cut: int) -> None:
    guard = GuardFile(path)
    for turn in range(turns):
        guard.write(heads(turn + 1))
    before = guard.read()
    turn = guard._turn + 1
    torn = _slot(turn, heads(99))
    assert len(torn.rstrip()) > cut
    os.pwrite(guard._file, torn[:cut] + b"\0" * (SLOT - cut), (turn % 2) * SLOT)
    guard.close()
    assert reread(path) == before


def test_a_kill_while_the_file_is_made_leaves_none(path: Path) -> None:
    path.parent.mkdir()
    path.with_name("head.new").write_bytes(b"half a slo")
    assert reread(path) == {}


def test_one_damaged_slot_is_survived_and_the_next_write_mends_it(
    guard: GuardFile, path: Path
) -> None:
    guard.write(heads(1))
    guard.write(heads(2))
    data = bytearray(path.read_bytes())
    data[(guard._turn % 2) * SLOT + 70] ^= 1
    path.write_bytes(data)
    again = GuardFile(path)
    assert again.read() == heads(1)
    again.write(heads(3))
    again.close()
    assert reread(path) == heads(3)


def test_a_file_without_a_whole_slot_is_refused(guard: GuardFile, path: Path) -> None:
    guard.write(heads(1))
    path.write_bytes(b"x" * 2 * SLOT)
    with pytest.raises(IntegrityFailure, match="damaged"):
        GuardFile(path)


def test_a_copy_that_cannot_be_written_is_unavailable_and_changes_nothing(
    guard: GuardFile, path: Path
) -> None:
    guard.write(heads(1))
    whole, guard._file = guard._file, os.open("/dev/full", os.O_RDWR)
    with pytest.raises(Unavailable):
        guard.write(heads(2))
    os.close(guard._file)
    guard._file = whole
    assert guard.read() == heads(1)
    guard.write(heads(3))
    assert reread(path) == heads(3)


def test_a_folder_in_its_place_is_unavailable(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(Unavailable):
        GuardFile(path)


def test_more_logs_than_a_slot_holds_are_refused(guard: GuardFile) -> None:
    many = {f"relec.example/tr/exchange/{n}": (n, b"r" * 32) for n in range(60)}
    with pytest.raises(IntegrityFailure, match="outgrown"):
        guard.write(many)


# ---- by whom it was written last ---------------------------------------------------------------


def mark_of(path: Path) -> str:
    again = GuardFile(path)
    again.close()
    return again.mark


def test_a_mark_counts_from_the_next_write_on(guard: GuardFile, path: Path) -> None:
    guard.write(heads(1))
    guard.bind("this machine")
    assert mark_of(path) == ""
    guard.write(heads(2))
    assert mark_of(path) == "this machine"
    guard.write(heads(3))
    assert mark_of(path) == "this machine"


def test_the_mark_of_a_file_that_somebody_changed_since_does_not_count(
    guard: GuardFile, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard.bind("this machine")
    before = time.time_ns() - 2 * TOUCHED_NANOSECONDS
    monkeypatch.setattr(guard_module, "time", SimpleNamespace(time_ns=lambda: before))
    guard.write(heads(1))
    assert mark_of(path) == ""
    assert reread(path) == heads(1)


def test_a_mark_that_was_lost_does_not_come_back_with_a_write(
    guard: GuardFile, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard.bind("this machine")
    with monkeypatch.context() as patch:
        patch.setattr(guard_module, "time", SimpleNamespace(time_ns=lambda: 0))
        guard.write(heads(1))
    again = GuardFile(path)
    again.write(heads(2))
    again.close()
    assert mark_of(path) == ""


def test_a_file_of_an_earlier_version_has_no_mark(guard: GuardFile, path: Path) -> None:
    body = json.dumps({"turn": 9, "heads": {EXCHANGE: [4, "00" * 32]}}).encode()
    line = hashlib.sha256(body).hexdigest().encode() + b" " + body + b"\n"
    os.pwrite(guard._file, line.ljust(SLOT, b" "), SLOT)
    assert mark_of(path) == ""
    assert reread(path) == {EXCHANGE: (4, bytes(32))}
