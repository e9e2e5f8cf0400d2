"""The store port on SQLite: WAL, `synchronous=FULL`, the answers of pragmas checked.

One connection writes, inside `BEGIN IMMEDIATE`; reads run on connections of their own and never
wait for the writer. A commit holds only if the stored heads still stand, otherwise nothing of it
is there. Every database error is translated: nothing of SQLAlchemy leaves this module.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError, TimeoutError

from relec_exchange.adapters.sqlite.opening import WAIT_SECONDS, Connections, migrate
from relec_exchange.adapters.sqlite.statements import (
    IN_MAX,
    STANDING_HEAD,
    change_kind,
    change_row,
    change_shape,
    change_sql,
    count_sql,
    read_row,
    read_shape,
    records,
    select_sql,
)
from relec_exchange.adapters.sqlite.tables import OUTBOX
from relec_exchange.adapters.sqlite.trying import refused
from relec_exchange.errors import IntegrityFailure, InvalidInput, Unavailable
from relec_exchange.ports import RowConflict, StaleHead, WriterReplaced
from relec_exchange.records import (
    Batch,
    Change,
    HeadChange,
    Insert,
    LogHeadRow,
    Put,
    TileRow,
    Update,
    Where,
)

R = TypeVar("R")
SETTLE_MILLISECONDS = 200


class SqliteStore:
    """See `relec_exchange.ports.Store`; `path` is the database file, made if missing (0600)."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600, exist_ok=True)
        self._writer = Connections(path, writing=True)
        self._readers = Connections(path, writing=False)
        with _translated(), self._writer.engine.connect() as connection:
            migrate(connection)

    def close(self) -> None:
        """Close all connections; what is committed is on the disk already."""
        self._writer.close()
        self._readers.close()

    def claim(self, writer: str) -> None:
        """Make `writer` the only one whose commits hold from now on."""
        with self._lock, _translated(), _transaction(self._writer) as cursor:
            _apply(cursor, [Update(LogHeadRow, {}, {"writer": writer})])

    def commit(self, batch: Batch) -> None:
        """All of the batch or nothing.

        Errors: StaleHead, WriterReplaced, RowConflict, Unavailable; InvalidInput for a value that
        SQLite cannot hold.
        """
        # On the driver's own cursor: with SQLAlchemy between, a small commit took twice the time.
        with self._lock, _translated(), _transaction(self._writer) as cursor:
            for head in batch.heads:
                _advance(cursor, head)
            for changes in _groups(batch.changes):
                _apply(cursor, changes)

    def refused(self, groups: Sequence[Sequence[Change]]) -> list[int]:
        """Which of these groups of changes cannot be written, by index; nothing is written.

        Unavailable if the store cannot be used now.
        """
        with (
            self._lock,
            _translated(),
            self._writer.lent() as connection,
            closing(connection.cursor()) as cursor,
        ):
            cursor.execute("begin immediate")
            try:
                return refused(cursor, groups, _apply)
            finally:
                if connection.in_transaction:
                    cursor.execute("rollback")

    def rows(
        self,
        kind: type[R],
        *conditions: Where,
        order: str = "",
        limit: int = 0,
        blobs: bool = True,
    ) -> list[R]:
        """Records of `kind` that meet all conditions; `order` is a column, `-column` descending."""
        parts = [self._read(kind, part, order, limit, blobs=blobs) for part in _parts(conditions)]
        if len(parts) == 1:
            return parts[0]
        found = [row for part in parts for row in part]
        if order:
            name = order.lstrip("-")
            found.sort(key=lambda row: getattr(row, name), reverse=order.startswith("-"))
        return found[:limit] if limit else found

    def count(self, kind: type[Any], *conditions: Where) -> int:
        """How many records of `kind` meet all conditions."""
        total = 0
        for part in _parts(conditions):
            key: Any = kind
            sql = count_sql(key, read_shape(part))
            total += int(self._select(sql.text, read_row(sql, part, 0))[0][0])
        return total

    def settle(self) -> None:
        """Empty the write-ahead log, unless it is being read: then it is emptied later."""
        # Outside a transaction: inside one it would only wait for itself.
        with self._lock, _translated(), self._writer.lent() as connection:
            cursor = connection.cursor()
            cursor.execute(f"pragma busy_timeout={SETTLE_MILLISECONDS}").fetchall()
            cursor.execute("pragma wal_checkpoint(truncate)").fetchall()
            cursor.execute(f"pragma busy_timeout={1000 * WAIT_SECONDS}").fetchall()

    def tile(self, origin: str, level: int, n: int) -> bytes:
        """The stored hashes of one tile; IntegrityFailure if it is missing."""
        found = self.rows(
            TileRow, Where("origin", "=", origin), Where("level", "=", level), Where("n", "=", n)
        )
        if not found:
            raise IntegrityFailure(f"tile {level}/{n} of {origin} is missing")
        return found[0].hashes

    def next_sequences(self, origin: str) -> dict[tuple[str, str], int]:
        """For each (recipient, class) the number that follows the highest one used in this log."""
        query = select(OUTBOX.c.recipient, OUTBOX.c.cls, text("max(seq)")).where(
            OUTBOX.c.origin == origin, OUTBOX.c.seq.is_not(None)
        )
        with _translated(), self._readers.engine.connect() as connection:
            found = connection.execute(query.group_by(OUTBOX.c.recipient, OUTBOX.c.cls)).all()
        return {(recipient, cls): int(top) + 1 for recipient, cls, top in found}

    def _read(
        self, kind: type[R], conditions: tuple[Where, ...], order: str, limit: int, *, blobs: bool
    ) -> list[R]:
        key: Any = kind
        sql = select_sql(key, read_shape(conditions), order, bool(limit), blobs)
        found = self._select(sql.text, read_row(sql, conditions, limit))
        return records(kind, found)

    def _select(self, sql: str, given: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """Rows as the driver gives them, which spares a third of the time of small reads."""
        with _translated(), self._readers.lent() as connection:
            found: list[tuple[Any, ...]] = connection.execute(sql, given).fetchall()
        return found


class _translated:  # noqa: N801 - reads as the statement it is
    """Context that turns every database error into one of ours."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        match error:
            case IntegrityError():
                raise RowConflict(str(error.orig)) from None
            case sqlite3.IntegrityError():
                raise RowConflict(str(error)) from None
            case OperationalError():
                raise Unavailable(f"the store cannot be used now: {error.orig}") from None
            case sqlite3.OperationalError() | TimeoutError():
                raise Unavailable(f"the store cannot be used now: {error}") from None
            case SQLAlchemyError() | sqlite3.Error():
                raise IntegrityFailure(
                    f"the store answered wrongly: {type(error).__name__}"
                ) from error
            case UnicodeEncodeError() | OverflowError():
                raise InvalidInput(f"a value cannot be stored: {type(error).__name__}") from None


@contextmanager
def _transaction(writer: Connections) -> Iterator[sqlite3.Cursor]:
    """A cursor within `BEGIN IMMEDIATE`; what it wrote is on the disk, or undone, afterwards."""
    with writer.lent() as connection, closing(connection.cursor()) as cursor:
        cursor.execute("begin immediate")
        try:
            yield cursor
            cursor.execute("commit")
        except BaseException:
            if connection.in_transaction:
                cursor.execute("rollback")
            raise


def _advance(cursor: sqlite3.Cursor, change: HeadChange) -> None:
    head = change.head
    current = cursor.execute(STANDING_HEAD.text, (head.origin,)).fetchone()
    if current is None and change.old_size == 0:
        if head.size:
            _apply(cursor, [Insert(head)])
        return
    if current is None:
        raise StaleHead(f"the head of {head.origin} is gone")
    size, writer, closed = current
    if writer != head.writer:
        raise WriterReplaced("another process has taken over this node's store")
    if size != change.old_size:
        raise StaleHead(f"the head of {head.origin} has moved")
    if closed:
        raise StaleHead(f"{head.origin} has a successor")
    if head.size != change.old_size or head.closed:
        _apply(cursor, [Put(head)])


def _groups(changes: Sequence[Change]) -> Iterator[list[Change]]:
    """Changes that one statement can write; those of one kind keep their order."""
    kinds: dict[type[Any], list[Change]] = {}
    for change in changes:
        kinds.setdefault(change_kind(change), []).append(change)
    for same in kinds.values():
        for _, group in groupby(same, key=change_shape):
            yield list(group)


def _apply(cursor: sqlite3.Cursor, changes: Sequence[Change]) -> None:
    sql = change_sql(change_shape(changes[0]))
    cursor.executemany(sql.text, [sql.row(change_row(c)) for c in changes])
    first = changes[0]
    if isinstance(first, Update) and first.must and cursor.rowcount != len(changes):
        raise RowConflict(f"a {first.kind.__name__} is not as it was")


def _parts(conditions: tuple[Where, ...]) -> list[tuple[Where, ...]]:
    """The conditions, with an `in` list that is too long for one statement cut into parts.

    No part at all where an `in` list is empty: nothing can be found.
    """
    if any(c.operator == "in" and not c.value for c in conditions):
        return []
    for n, condition in enumerate(conditions):
        if condition.operator == "in" and len(condition.value) > IN_MAX:
            values = sorted(set(condition.value))
            return [
                (*conditions[:n], replace(condition, value=values[at : at + IN_MAX]), *rest)
                for at in range(0, len(values), IN_MAX)
                for rest in [conditions[n + 1 :]]
            ]
    return [conditions]
