"""Which groups of changes a store would refuse, found out in a transaction that is undone.

Contract: the caller opens the transaction and undoes it. A group is refused if a key of it is taken
or if it finds nothing to write, also after all others were written that could be.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence

from relec_exchange.ports import RowConflict
from relec_exchange.records import Change

Apply = Callable[[sqlite3.Cursor, Sequence[Change]], None]


def refused(cursor: sqlite3.Cursor, groups: Sequence[Sequence[Change]], apply: Apply) -> list[int]:
    """The indexes of those that cannot be written, in whatever order; undoes what it writes."""
    cursor.execute("savepoint trial")
    left = list(range(len(groups)))
    while True:
        again = [n for n in left if not _written(cursor, groups[n], apply)]
        if not again or len(again) == len(left):
            break
        left = again
    cursor.execute("rollback to trial")
    # What another group wrote as well finds nothing to write after it.
    return [n for n in again if not _alone(cursor, groups[n], apply)]


def _alone(cursor: sqlite3.Cursor, changes: Sequence[Change], apply: Apply) -> bool:
    written = _written(cursor, changes, apply)
    cursor.execute("rollback to trial")
    return written


def _written(cursor: sqlite3.Cursor, changes: Sequence[Change], apply: Apply) -> bool:
    """Whether all of it can be written, and something of it was."""
    cursor.execute("savepoint one")
    rows = 0
    try:
        for change in changes:
            apply(cursor, [change])
            rows += cursor.rowcount
    except (sqlite3.IntegrityError, RowConflict):
        rows = 0
    if not rows:
        cursor.execute("rollback to one")
    cursor.execute("release one")
    return rows > 0
