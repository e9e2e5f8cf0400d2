"""Secret files under SIGKILL: whole or not there, and never in the way of the next attempt."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from relec_exchange.adapters.keyfiles import KeyFiles
from relec_exchange.adapters.privatefiles import destroy, overwritten, read_private, write_private
from relec_exchange.errors import Conflict
from relec_exchange.trust.passphrase import COST_MIN

CALLS = ("fdopen", "fsync", "link", "unlink")
SECRET = b"a simulated secret " * 40


def killed_at(step: int, work: Callable[[], object]) -> bool:
    """Do the work in a process that is killed before its nth dangerous call; whether it was."""
    child = os.fork()
    if not child:
        left = [step]

        def deadly(act: Callable[..., object]) -> Callable[..., object]:
            def call(*given: object, **named: object) -> object:
                if not left[0]:
                    os.kill(os.getpid(), signal.SIGKILL)
                left[0] -= 1
                return act(*given, **named)

            return call

        for name in CALLS:
            setattr(os, name, deadly(getattr(os, name)))
        try:
            work()
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("step", range(6))
def test_a_file_whose_writer_was_killed_is_whole_or_can_be_written(
    tmp_path: Path, step: int
) -> None:
    path = tmp_path / "keys" / "log-2.key"
    killed = killed_at(step, lambda: write_private(path, SECRET))
    assert killed == (step < 5)
    if path.exists():
        assert read_private(path, 4096) == SECRET
    else:
        write_private(path, SECRET)
    with pytest.raises(Conflict):
        write_private(path, b"another")
    assert read_private(path, 4096) == SECRET


@pytest.mark.parametrize("step", range(4))
def test_a_log_key_whose_making_was_killed_is_there_at_the_next_attempt(
    tmp_path: Path, step: int
) -> None:
    keys = KeyFiles.create(tmp_path / "keys", "four plain words here", os.urandom, cost=COST_MIN)
    origin = "relec.example/tr/exchange/2"
    assert killed_at(step, lambda: keys.add_log(origin, os.urandom))
    made = keys.add_log(origin, os.urandom)
    assert keys.add_log(origin, os.urandom) == made == keys.log_public(origin)


@pytest.mark.parametrize("step", range(4))
def test_a_sealing_key_whose_destruction_was_killed_opens_nothing_or_all(
    tmp_path: Path, step: int
) -> None:
    keys = KeyFiles.create(tmp_path / "keys", "four plain words here", os.urandom, cost=COST_MIN)
    made = keys.new_sealing_epoch(os.urandom)
    path = tmp_path / "keys" / "sealing" / f"{made.key_id}.key"
    assert killed_at(step, lambda: keys.destroy_sealing(made.key_id))
    again = KeyFiles(tmp_path / "keys", "four plain words here")
    found = again.sealing(made.key_id)
    assert (found is None) == overwritten(path)
    again.destroy_sealing(made.key_id)
    assert again.sealing_ids() == set()


def test_what_was_left_of_a_killed_writer_with_our_number_is_no_part_of_a_key(
    tmp_path: Path,
) -> None:
    path = tmp_path / "storage.key"
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_bytes(b"half")
    write_private(path, SECRET)
    os.link(path, part)  # killed between giving the name and taking the other one away
    with pytest.raises(Conflict):
        write_private(path, b"another")
    assert read_private(path, 4096) == SECRET
    assert [one.name for one in tmp_path.iterdir()] == ["storage.key"]
    destroy(path)
    assert list(tmp_path.iterdir()) == []


def test_a_medium_that_knows_no_second_name_of_a_file_holds_keys_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", refused)
    path = tmp_path / "authority.key"
    write_private(path, SECRET)
    with pytest.raises(Conflict):
        write_private(path, b"another")
    assert read_private(path, 4096) == SECRET
    assert [one.name for one in tmp_path.iterdir()] == ["authority.key"]
