"""Key files: who may read them, what opens them, and that destroyed means destroyed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from relec_exchange.adapters.armour import Block, read_blocks, write_block
from relec_exchange.adapters.keyfiles import (
    KeyFiles,
    read_authority,
    read_passphrase,
    write_authority,
)
from relec_exchange.errors import Conflict, Misconfigured, NotFound
from relec_exchange.trust.passphrase import COST_MIN
from relec_exchange.trust.signature import HybridKey

WORDS = "four plain words here"
ORIGIN = "relec.example/tr/exchange/1"


@pytest.fixture
def keys(tmp_path: Path) -> KeyFiles:
    made = KeyFiles.create(tmp_path / "keys", WORDS, os.urandom, cost=COST_MIN)
    made.add_signer("log", HybridKey.generate(ORIGIN, "log", os.urandom), os.urandom)
    activity = HybridKey.generate("relec.example/tr/activity/1", "log", os.urandom)
    made.add_signer("activity", activity, os.urandom)
    witness = HybridKey.generate("relec.example/tr/witness", "witness", os.urandom)
    made.add_signer("witness", witness, os.urandom)
    return made


def test_keys_read_again_are_the_keys_written(keys: KeyFiles, tmp_path: Path) -> None:
    again = KeyFiles(tmp_path / "keys", WORDS)
    assert again.log() == keys.log()
    assert again.log("activity").name == "relec.example/tr/activity/1"
    assert again.witness().kind == "witness"
    assert again.storage_key() == keys.storage_key()
    assert len(again.storage_key()) == 32


def test_every_file_is_readable_by_its_owner_only(keys: KeyFiles, tmp_path: Path) -> None:
    keys.new_sealing_epoch(os.urandom)
    files = list((tmp_path / "keys").rglob("*.key"))
    assert len(files) == 6
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_file_that_others_may_touch_is_refused(keys: KeyFiles, tmp_path: Path, mode: int) -> None:
    (tmp_path / "keys" / "unlock.key").chmod(mode)
    with pytest.raises(Misconfigured) as caught:
        KeyFiles(tmp_path / "keys", WORDS)
    assert "chmod 600" in caught.value.remedy


def test_another_passphrase_opens_nothing(keys: KeyFiles, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="passphrase"):
        KeyFiles(tmp_path / "keys", "four other words here")


def test_no_secret_stands_in_a_file_in_the_clear(keys: KeyFiles, tmp_path: Path) -> None:
    log = keys.log()
    secrets = [log.ed25519_seed, log.mldsa44_seed, keys.storage_key()]
    for path in (tmp_path / "keys").rglob("*.key"):
        blocks = b"".join(block.data for block in read_blocks(path.read_text()))
        assert not any(secret in blocks or secret in path.read_bytes() for secret in secrets)


def test_keys_are_never_overwritten(keys: KeyFiles, tmp_path: Path) -> None:
    with pytest.raises(Conflict):
        keys.add_signer("log", HybridKey.generate(ORIGIN, "log", os.urandom), os.urandom)
    with pytest.raises(Conflict):
        KeyFiles.create(tmp_path / "keys", WORDS, os.urandom, cost=COST_MIN)


def test_a_file_moved_to_anothers_place_is_refused(keys: KeyFiles, tmp_path: Path) -> None:
    (tmp_path / "keys" / "witness.key").replace(tmp_path / "keys" / "log.key")
    with pytest.raises(Misconfigured, match="use"):
        KeyFiles(tmp_path / "keys", WORDS).log()


def test_halves_of_two_keys_do_not_make_one(keys: KeyFiles, tmp_path: Path) -> None:
    log, activity = (tmp_path / "keys" / f"{name}.key" for name in ("log", "activity"))
    split = "-----BEGIN RELEC KEY"
    log.write_text(
        activity.read_text().partition(split)[0] + split + log.read_text().partition(split)[2]
    )
    with pytest.raises(Misconfigured, match="do not belong together"):
        KeyFiles(tmp_path / "keys", WORDS).log()


def test_every_changed_character_of_a_key_file_is_noticed(keys: KeyFiles, tmp_path: Path) -> None:
    path = tmp_path / "keys" / "storage.key"
    text = path.read_text()
    for position in range(0, len(text), 7):
        changed = "B" if text[position] != "B" else "C"
        path.write_text(text[:position] + changed + text[position + 1 :])
        with pytest.raises(Misconfigured):
            keys.storage_key()


def test_a_sealing_key_can_be_read_until_it_is_destroyed(keys: KeyFiles, tmp_path: Path) -> None:
    first, second = (keys.new_sealing_epoch(os.urandom) for _ in range(2))
    again = KeyFiles(tmp_path / "keys", WORDS)
    found = again.sealing(first.key_id)
    assert found is not None
    assert found.public_bytes() == first.public_bytes()
    assert again.sealing_ids() == {first.key_id, second.key_id}
    again.destroy_sealing(first.key_id)
    assert again.sealing(first.key_id) is None
    assert again.sealing_ids() == {second.key_id}
    again.destroy_sealing(first.key_id)


def test_destroying_overwrites_the_bytes_on_the_disk(keys: KeyFiles, tmp_path: Path) -> None:
    key_id = keys.new_sealing_epoch(os.urandom).key_id
    path = tmp_path / "keys" / "sealing" / f"{key_id}.key"
    os.link(path, tmp_path / "witness-of-the-inode")
    keys.destroy_sealing(key_id)
    assert set((tmp_path / "witness-of-the-inode").read_bytes()) == {0}


@pytest.mark.parametrize("key_id", ["0" * 16, "../storage", "", "../../etc/passwd"])
def test_an_unknown_sealing_key_is_none(keys: KeyFiles, key_id: str) -> None:
    assert keys.sealing(key_id) is None
    keys.destroy_sealing(key_id)
    assert len(keys.storage_key()) == 32


def test_a_checkpoint_is_signed_by_the_key_of_its_log(keys: KeyFiles) -> None:
    from relec_exchange.audit.checkpoint import verify_checkpoint

    made = keys.checkpoint(ORIGIN, 1, bytes(32), 1_790_000_000)
    assert verify_checkpoint(made.note, keys.log().public()).size == 1
    with pytest.raises(Misconfigured):
        keys.checkpoint("relec.example/pk/exchange/1", 1, bytes(32), 1_790_000_000)


def test_an_authority_file_stands_alone(tmp_path: Path) -> None:
    key = HybridKey.generate("relec.example/tr/authority", "note", os.urandom)
    path = tmp_path / "elsewhere" / "authority.key"
    write_authority(path, key, WORDS, os.urandom, COST_MIN)
    assert read_authority(path, WORDS) == key
    with pytest.raises(Misconfigured):
        read_authority(path, "another passphrase")
    with pytest.raises(NotFound):
        read_authority(tmp_path / "missing.key", WORDS)


def test_a_file_of_something_else_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "unlock.key"
    path.write_text("hello\n")
    path.chmod(0o600)
    with pytest.raises(Misconfigured, match=r"unlock\.key"):
        KeyFiles(tmp_path, WORDS)


def test_a_link_in_place_of_a_key_file_is_refused(keys: KeyFiles, tmp_path: Path) -> None:
    path = tmp_path / "keys" / "storage.key"
    path.rename(tmp_path / "real.key")
    path.symlink_to(tmp_path / "real.key")
    with pytest.raises(Misconfigured):
        keys.storage_key()


def test_blocks_survive_writing_and_reading() -> None:
    block = Block("KEY", (("kind", "x"), ("name", "relec.example/tr/witness")), bytes(range(200)))
    assert read_blocks("preface\n" + write_block(block) + "after\n") == (block,)


def test_a_passphrase_file_is_one_line_that_others_cannot_read(tmp_path: Path) -> None:
    path = tmp_path / "passphrase"
    path.write_text(f"{WORDS}\n")
    path.chmod(0o600)
    assert read_passphrase(path) == WORDS
    path.write_text("\n")
    with pytest.raises(Misconfigured, match="no passphrase"):
        read_passphrase(path)
    path.chmod(0o644)
    with pytest.raises(Misconfigured, match="others"):
        read_passphrase(path)
