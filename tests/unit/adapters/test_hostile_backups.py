"""Backups that were changed, that lie in odd places, and restoring that was broken off."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from commands import Relec

from core_network import begun
from relec_exchange.adapters import restoring
from relec_exchange.adapters.backup import Home, make_backup
from relec_exchange.adapters.backup_manifest import MANIFEST, STORE, heads, read_backup
from relec_exchange.adapters.restoring import restore
from relec_exchange.cli.backup import home_of
from relec_exchange.errors import IntegrityFailure, InvalidInput, Unavailable
from relec_exchange.settings import read_settings

NOW = datetime(2030, 5, 1, 8, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """The home of a node that ran and is stopped."""
    with begun(tmp_path / "homes") as network:
        return home_of(read_settings(network.home("tr")))


def changed(backup: Path, change: Callable[[dict[str, object]], None]) -> None:
    manifest = json.loads((backup / MANIFEST).read_text())
    change(manifest)
    (backup / MANIFEST).write_text(json.dumps(manifest))


def test_a_backup_holds_no_vault_no_guard_and_nothing_behind_a_link_wherever_they_lie(
    home: Home, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("simulated")
    (home.trust / "link.card").symlink_to(secret)
    (home.trust / "head.cards").mkdir()
    for name in ("vault.db", "vault.db-wal", "head", "head.cards/old.card", "node.key"):
        (home.trust / name).write_text("simulated")
    odd = replace(home, never=(home.trust / "vault.db", home.trust / "head"))
    made = make_backup(odd, tmp_path / "backup", NOW)
    found = {Path(file.path).name for file in made.files}
    assert "tr.card" in found
    assert not found & {"link.card", "vault.db", "vault.db-wal", "head", "old.card", "node.key"}


@pytest.mark.parametrize("missing", [STORE, "node.toml"])
def test_a_manifest_that_does_not_name_store_and_settings_is_none(
    home: Home, tmp_path: Path, missing: str
) -> None:
    make_backup(home, tmp_path / "backup", NOW)

    def leave_out(manifest: dict[str, object]) -> None:
        files = manifest["files"]
        assert isinstance(files, list)
        manifest["files"] = [file for file in files if file["path"] != missing]

    changed(tmp_path / "backup", leave_out)
    with pytest.raises(InvalidInput):
        read_backup(tmp_path / "backup")


def test_a_store_that_changes_after_it_was_checked_replaces_nothing(
    home: Home, tmp_path: Path
) -> None:
    make_backup(home, tmp_path / "backup", NOW)
    manifest, before = read_backup(tmp_path / "backup"), heads(home.store)
    with (tmp_path / "backup" / STORE).open("r+b") as file:
        file.seek(5000)
        file.write(b"altered")
    with pytest.raises(IntegrityFailure):
        restore(home, tmp_path / "backup", manifest, NOW)
    assert heads(home.store) == before


def test_a_log_that_lies_where_the_store_was_lost_is_not_played_into_the_backup(
    home: Home, tmp_path: Path
) -> None:
    made = make_backup(home, tmp_path / "backup", NOW)
    with closing(sqlite3.connect(home.store)) as db:
        db.execute("pragma journal_mode=wal")
        db.execute("update log_head set size = size + 7")
        db.commit()
        shutil.copy(f"{home.store}-wal", tmp_path / "wal")
    home.store.unlink()
    shutil.copy(tmp_path / "wal", f"{home.store}-wal")
    done = restore(home, tmp_path / "backup", made, NOW)
    assert heads(home.store) == made.heads
    assert done.aside is not None
    assert Path(f"{done.aside}-wal").exists()


def test_a_full_disk_leaves_no_half_file_and_restoring_again_completes_it(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_backup(home, tmp_path / "backup", NOW)
    shutil.rmtree(home.trust)

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(Unavailable):
            restore(home, tmp_path / "backup", made, NOW)
    done = restore(home, tmp_path / "backup", made, NOW)
    for file in made.files:
        if file.path.startswith("trust/"):
            assert file.path in done.written
            assert (home.path / file.path).read_bytes() == (
                tmp_path / "backup" / file.path
            ).read_bytes()


def test_a_disk_that_fails_under_the_store_keeps_the_one_that_is_there(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_backup(home, tmp_path / "backup", NOW)

    def broken(*_given: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(restoring, "_copy_file", broken)
    with pytest.raises(Unavailable):
        restore(home, tmp_path / "backup", made, NOW)
    assert heads(home.store) == made.heads


def test_a_home_with_odd_letters_in_its_path_is_backed_up_and_not_another(
    home: Home, tmp_path: Path
) -> None:
    odd = tmp_path / "what?mode=rwc#%41"
    shutil.copytree(home.path, odd)
    made = make_backup(home_of(read_settings(odd)), tmp_path / "back#up?", NOW)
    assert read_backup(tmp_path / "back#up?") == made


def test_settings_in_a_backup_cannot_have_files_written_elsewhere(
    home: Home, tmp_path: Path, relec: Relec
) -> None:
    settings = home.path / "node.toml"
    elsewhere = tmp_path / "elsewhere"
    kept = settings.read_text()
    backup = tmp_path / "backup"
    settings.write_text(kept.replace('trust = "trust"', f'trust = "{elsewhere}"'))
    make_backup(home, backup, NOW)
    done = relec("--home", tmp_path / "new", "restore", backup, "--yes")
    assert done.code == 2
    assert not elsewhere.exists()
    assert not (tmp_path / "new" / "node.toml").exists()
