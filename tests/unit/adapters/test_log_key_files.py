"""Keys of logs and of their successors: each in a file of its own, found by the log's name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from relec_exchange.adapters.keyfiles import KeyFiles
from relec_exchange.audit.checkpoint import verify_checkpoint
from relec_exchange.errors import Misconfigured
from relec_exchange.trust.passphrase import COST_MIN
from relec_exchange.trust.signature import HybridKey

SECRET = "an exercise is no secret"
FIRST = {log: f"relec.example/tr/{log}/1" for log in ("exchange", "activity")}


@pytest.fixture
def keys(tmp_path: Path) -> KeyFiles:
    made = KeyFiles.create(tmp_path / "keys", SECRET, os.urandom, COST_MIN)
    for file, log in (("log", "exchange"), ("activity", "activity")):
        made.add_signer(file, HybridKey.generate(FIRST[log], "log", os.urandom), os.urandom)
    return made


@pytest.mark.parametrize("log", ["exchange", "activity"])
def test_a_successor_has_a_key_of_its_own_beside_the_old_one(
    keys: KeyFiles, tmp_path: Path, log: str
) -> None:
    following = f"relec.example/tr/{log}/2"
    public = keys.add_log(following, os.urandom)
    again = KeyFiles(tmp_path / "keys", SECRET)
    assert again.log_public(following) == public
    assert again.log_public(FIRST[log]) != public
    for origin in (FIRST[log], following):
        note = again.checkpoint(origin, 1, bytes(32), 1).note
        assert verify_checkpoint(note, again.log_public(origin)).origin == origin
    file = tmp_path / "keys" / ("log-2.key" if log == "exchange" else "activity-2.key")
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_key_that_was_made_by_a_try_that_was_broken_off_is_used(keys: KeyFiles) -> None:
    public = keys.add_log("relec.example/tr/exchange/2", os.urandom)
    assert keys.add_log("relec.example/tr/exchange/2", os.urandom) == public


@pytest.mark.parametrize(
    "origin",
    [
        "relec.example/tr/exchange/2",
        "relec.example/pk/exchange/1",
        "other.example/tr/exchange/1",
        "relec.example/tr/witness",
        "relec.example/tr/exchange/1/../../x",
        "",
    ],
)
def test_nothing_is_signed_for_a_log_that_has_no_key_here(keys: KeyFiles, origin: str) -> None:
    with pytest.raises(Misconfigured):
        keys.checkpoint(origin, 1, bytes(32), 1)
