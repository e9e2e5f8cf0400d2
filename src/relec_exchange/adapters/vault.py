"""The vault port: message keys and salts, in a file of their own that no backup holds.

Values are encrypted under the node's storage key. A destroyed key leaves a tombstone, written
before the key goes; `secure_delete` overwrites its page and `wal_checkpoint(TRUNCATE)` empties
the write-ahead log, where a deleted key would otherwise stay readable.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from relec_exchange.errors import IntegrityFailure, Unavailable
from relec_exchange.ports import Random
from relec_exchange.sealing.atrest import decrypt, encrypt

SCHEMA = """
create table if not exists secret (key_id text primary key, value blob not null) without rowid;
create table if not exists tombstone (
  key_id text primary key, why text not null, at text not null) without rowid;
"""
PRAGMAS = (("journal_mode=wal", "wal"), ("synchronous=full", "2"), ("secure_delete=on", "1"))
"""Pragma and the answer expected."""

CHUNK = 500
NONCE_BYTES = 12


class SqliteVault:
    """See `relec_exchange.ports.Vault`; `path` is made if missing, with mode 0600."""

    def __init__(self, path: Path, storage_key: bytes, random: Random) -> None:
        self._key = storage_key
        self._random = random
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600, exist_ok=True)
        with _translated():
            self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            for pragma, expected in PRAGMAS:
                self._db.execute(f"pragma {pragma}").fetchone()
                answer = self._db.execute(f"pragma {pragma.split('=')[0]}").fetchone()[0]
                if str(answer) != expected:
                    raise IntegrityFailure(f"the vault answered {answer!r} to pragma {pragma}")
            self._db.executescript(SCHEMA)

    def close(self) -> None:
        """Close the file; what was put is on the disk already."""
        with self._lock:
            self._db.close()

    def put(self, secrets: Mapping[str, bytes]) -> None:
        """Keep the secrets durably; an id that stands already keeps its first value."""
        rows = [(i, self._wrap(i, value)) for i, value in secrets.items()]
        with self._lock, self._transaction():
            self._db.executemany("insert or ignore into secret values (?, ?)", rows)

    def get(self, key_ids: Iterable[str]) -> dict[str, bytes]:
        """The secrets that are still here, by id. IntegrityFailure for one that does not open."""
        wanted = list(key_ids)
        stored: list[tuple[str, bytes]] = []
        with self._lock, _translated():
            for start in range(0, len(wanted), CHUNK):
                part = wanted[start : start + CHUNK]
                marks = ",".join("?" * len(part))
                query = f"select key_id, value from secret where key_id in ({marks})"  # noqa: S608
                stored += self._db.execute(query, part).fetchall()
        return {key_id: decrypt(self._key, key_id.encode(), value) for key_id, value in stored}

    def destroy(self, key_ids: Iterable[str], why: str, at: str) -> None:
        """Write a tombstone for each id, then delete the key and empty the write-ahead log.

        Unavailable if another connection keeps the log from being emptied: then the tombstones
        stand, and `replay_tombstones` or the next `destroy` ends it.
        """
        ids = list(key_ids)
        if not ids:
            return
        with self._lock:
            with self._transaction():
                self._db.executemany(
                    "insert or ignore into tombstone values (?, ?, ?)", [(i, why, at) for i in ids]
                )
            self._delete(ids)

    def replay_tombstones(self) -> int:
        """Delete every key that has a tombstone; returns how many were still there."""
        query = "select s.key_id from secret s join tombstone t on t.key_id = s.key_id"
        with self._lock:
            with _translated():
                ids = [row[0] for row in self._db.execute(query)]
            self._delete(ids)
        return len(ids)

    def forget_tombstones(self, why: str) -> int:
        """Drop the tombstones with this reason whose keys are gone; returns how many."""
        query = "delete from tombstone where why = ? and key_id not in (select key_id from secret)"
        with self._lock, self._transaction():
            return self._db.execute(query, (why,)).rowcount

    def ids(self) -> set[str]:
        """All ids that have a key, to find those whose content was never committed."""
        with self._lock, _translated():
            return {row[0] for row in self._db.execute("select key_id from secret")}

    def _delete(self, ids: list[str]) -> None:
        """Also without ids it empties the write-ahead log: a kill may have come before that."""
        if ids:
            with self._transaction():
                self._db.executemany("delete from secret where key_id = ?", [(i,) for i in ids])
        with _translated():
            busy = self._db.execute("pragma wal_checkpoint(truncate)").fetchone()[0]
        if busy:
            raise Unavailable("the vault is read by another process: deleted keys stay in its log")

    def _wrap(self, key_id: str, value: bytes) -> bytes:
        return encrypt(self._key, self._random(NONCE_BYTES), key_id.encode(), value)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with _translated():
            self._db.execute("begin immediate")
            try:
                yield
                self._db.execute("commit")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("rollback")
                raise


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise Unavailable(f"the vault cannot be used now: {error}") from None
    except sqlite3.Error as error:
        raise IntegrityFailure(f"the vault answered wrongly: {type(error).__name__}") from error
