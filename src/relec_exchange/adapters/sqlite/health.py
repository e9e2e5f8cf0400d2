"""Whether SQLite finds its own file sound, asked before anything else reads it.

Contract: `damage` opens the file for reading only and changes nothing. Indexes repeat what tables
hold, so they can be made again; a damaged table cannot.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Boolean, Column, Integer, LargeBinary

from relec_exchange.adapters.sqlite.tables import metadata
from relec_exchange.errors import IntegrityFailure

FOUND_MAX = 20


def damage(path: Path) -> list[str]:
    """What `integrity_check` finds, in SQLite's words; empty for a sound file.

    IntegrityFailure for a file that is no database.
    """
    with _open(path, "ro") as db:
        found = [str(row[0]) for row in db.execute(f"pragma integrity_check({FOUND_MAX})")]
    return [] if found == ["ok"] else found


def odd_values(path: Path) -> list[tuple[str, str]]:
    """Tables and columns that hold a value of another type than they are made for; SQLite itself
    keeps whatever it is given.
    """
    found = []
    with _open(path, "ro") as db:
        known = {row[0] for row in db.execute("select name from sqlite_master")}
        for table in metadata.sorted_tables:
            for column in table.columns if table.name in known else ():
                odd = (
                    f"select 1 from {table.name} where "  # noqa: S608 - our own names
                    f"typeof({column.name}) not in ('null', '{_kind(column)}') limit 1"
                )
                if _has(db, table.name, column.name) and db.execute(odd).fetchone():
                    found.append((table.name, column.name))
    return found


def _has(db: sqlite3.Connection, table: str, column: str) -> bool:
    """Whether the stored schema has this column: an older one is brought up to date later."""
    return any(row[1] == column for row in db.execute(f"pragma table_info({table})"))


def _kind(column: Column[Any]) -> str:
    if isinstance(column.type, LargeBinary):
        return "blob"
    return "integer" if isinstance(column.type, (Integer, Boolean)) else "text"


def of_indexes(found: list[str]) -> bool:
    """Whether all that was found is about indexes alone."""
    return bool(found) and all("index" in line and "page" not in line.lower() for line in found)


def make_indexes_again(path: Path) -> None:
    """Every index from its table. No other process may have the file open."""
    with _open(path, "rw") as db:
        db.execute("pragma synchronous=full")
        db.execute("reindex")


@contextmanager
def _open(path: Path, mode: str) -> Iterator[sqlite3.Connection]:
    try:
        uri = f"{path.resolve().as_uri()}?mode={mode}"
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as db:
            yield db
    except sqlite3.Error as error:
        raise IntegrityFailure(
            f"the store cannot be read: {type(error).__name__}", remedy="restore the newest backup"
        ) from None
