"""The vault: keys are durable before what they open, and gone for good when they are destroyed."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from relec_exchange.adapters.vault import SqliteVault
from relec_exchange.errors import IntegrityFailure, Unavailable

KEY = b"k" * 32
AT = "2026-11-02T08:00:00.000Z"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vault" / "vault.db"


@pytest.fixture
def vault(path: Path) -> Iterator[SqliteVault]:
    made = SqliteVault(path, KEY, os.urandom)
    yield made
    made.close()


def secrets(*names: str) -> dict[str, bytes]:
    return {name: os.urandom(64) for name in names}


def stored(path: Path) -> dict[str, bytes]:
    """The values as they lie on the disk."""
    with sqlite3.connect(path) as db:
        return dict(db.execute("select key_id, value from secret").fetchall())


def everything(path: Path) -> bytes:
    """All bytes of the vault's files."""
    return b"".join(file.read_bytes() for file in sorted(path.parent.iterdir()))


def test_what_was_put_is_there_after_opening_again(path: Path) -> None:
    given = secrets("a", "b")
    first = SqliteVault(path, KEY, os.urandom)
    first.put(given)
    first.close()
    again = SqliteVault(path, KEY, os.urandom)
    assert again.get(["a", "b", "c"]) == given
    assert again.ids() == {"a", "b"}
    again.close()


def test_the_file_is_for_its_owner_alone(vault: SqliteVault, path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_id_that_stands_keeps_its_first_value(vault: SqliteVault) -> None:
    first, second = secrets("a"), secrets("a", "b")
    vault.put(first)
    vault.put(second)
    assert vault.get(["a", "b"]) == {"a": first["a"], "b": second["b"]}


def test_many_ids_may_be_asked_for_at_once(vault: SqliteVault) -> None:
    given = secrets(*(f"key/{n}" for n in range(1203)))
    vault.put(given)
    assert vault.get(given) == given


def test_no_secret_lies_readable_in_the_file(vault: SqliteVault, path: Path) -> None:
    given = secrets("a")
    vault.put(given)
    assert given["a"] not in everything(path)
    assert given["a"][:32] not in everything(path)


def test_a_destroyed_key_is_nowhere_in_file_or_write_ahead_log(
    vault: SqliteVault, path: Path
) -> None:
    vault.put(secrets(*(f"key/{n}" for n in range(200))))
    values = stored(path)
    assert all(value in everything(path) for value in values.values())
    gone = [f"key/{n}" for n in range(0, 200, 2)]
    vault.destroy(gone, "retention", AT)
    left = everything(path)
    assert [name for name in gone if values[name] in left] == []
    assert [name for name in gone if values[name][12:60] in left] == []
    assert set(vault.get(values)) == set(values) - set(gone)


def test_the_tombstone_is_there_before_the_key_goes(
    vault: SqliteVault, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault.put(secrets("a", "b"))

    def killed(ids: list[str]) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(vault, "_delete", killed)
    with pytest.raises(KeyboardInterrupt):
        vault.destroy(["a"], "retention", AT)
    vault.close()
    again = SqliteVault(path, KEY, os.urandom)
    assert again.ids() == {"a", "b"}
    assert again.replay_tombstones() == 1
    assert again.ids() == {"b"}
    assert again.replay_tombstones() == 0
    again.close()


def test_a_kill_before_the_write_ahead_log_was_emptied_is_made_good_at_the_next_start(
    vault: SqliteVault, path: Path
) -> None:
    vault.put(secrets("a"))
    value = stored(path)["a"]
    vault._db.execute("insert into tombstone values ('a', 'retention', '')")
    vault._db.execute("delete from secret where key_id = 'a'")
    assert value in everything(path)
    vault.replay_tombstones()
    assert value not in everything(path)


def test_a_restored_file_loses_again_what_was_destroyed(vault: SqliteVault, path: Path) -> None:
    vault.put(secrets("a", "b"))
    vault.destroy(["b"], "retention", AT)
    vault.close()
    db = sqlite3.connect(path)  # what a careless restore would do
    db.execute("insert into secret select 'b', value from secret where key_id = 'a'")
    db.commit()
    db.close()
    restored = path.with_name("restored.db")
    shutil.copy(path, restored)
    again = SqliteVault(restored, KEY, os.urandom)
    assert again.replay_tombstones() == 1
    assert again.ids() == {"a"}
    again.close()


def test_destroying_nothing_or_what_is_gone_does_nothing(vault: SqliteVault) -> None:
    vault.destroy([], "retention", AT)
    vault.destroy(["never"], "retention", AT)
    vault.destroy(["never"], "again", AT)
    assert vault.ids() == set()


def test_a_value_that_was_moved_to_another_id_does_not_open(vault: SqliteVault, path: Path) -> None:
    vault.put(secrets("a", "b"))
    with sqlite3.connect(path) as db:
        db.execute("update secret set value = (select value from secret where key_id = 'a')")
    with pytest.raises(IntegrityFailure):
        vault.get(["b"])


def test_another_storage_key_opens_nothing(vault: SqliteVault, path: Path) -> None:
    vault.put(secrets("a"))
    other = SqliteVault(path, b"x" * 32, os.urandom)
    with pytest.raises(IntegrityFailure):
        other.get(["a"])
    other.close()


def test_a_reader_that_keeps_the_write_ahead_log_is_noticed(vault: SqliteVault, path: Path) -> None:
    vault.put(secrets("a"))
    vault._db.execute("pragma busy_timeout=50")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("begin")
    other.execute("select count(*) from secret").fetchone()
    with pytest.raises(Unavailable):
        vault.destroy(["a"], "retention", AT)
    other.execute("rollback")
    other.close()
    assert vault.replay_tombstones() == 0
    assert vault.ids() == set()


def test_a_vault_that_another_process_locks_is_unavailable_and_takes_nothing(
    vault: SqliteVault, path: Path
) -> None:
    vault._db.execute("pragma busy_timeout=50")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("begin immediate")
    with pytest.raises(Unavailable):
        vault.put(secrets("a"))
    other.execute("rollback")
    other.close()
    vault.put(secrets("b"))
    assert vault.ids() == {"b"}


def test_a_file_that_is_no_vault_is_an_integrity_failure(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"no database at all, and long enough to be looked at as one" * 50)
    with pytest.raises(IntegrityFailure):
        SqliteVault(path, KEY, os.urandom)


def test_tombstones_of_what_was_about_nobody_go_once_their_keys_are_gone(
    vault: SqliteVault, path: Path
) -> None:
    vault.put(secrets("round-1", "round-2", "message"))
    vault.destroy(["round-1"], "control", AT)
    vault.destroy(["message"], "erased", AT)
    with sqlite3.connect(path) as db:  # a kill came between its tombstone and its end
        db.execute("insert into tombstone values ('round-2', 'control', ?)", (AT,))
    assert vault.forget_tombstones("control") == 1
    assert vault.replay_tombstones() == 1
    assert vault.ids() == set()
    assert vault.forget_tombstones("control") == 1
    with sqlite3.connect(path) as db:
        assert db.execute("select key_id from tombstone").fetchall() == [("message",)]
