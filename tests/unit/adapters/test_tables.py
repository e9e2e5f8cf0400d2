"""Records, table definitions and the migrated database say the same."""

from __future__ import annotations

import dataclasses
import sqlite3
from pathlib import Path
from typing import Any, get_args

import pytest
from sqlalchemy import create_engine

from relec_exchange.adapters.sqlite import SqliteStore
from relec_exchange.adapters.sqlite.tables import TABLES, metadata
from relec_exchange.records import Record


def schema(path: Path) -> dict[str, Any]:
    """Columns and indexes of every table, as SQLite has them."""
    with sqlite3.connect(path) as db:
        names = [
            row[0]
            for row in db.execute("select name from sqlite_master where type = 'table'")
            if not row[0].startswith(("sqlite_", "alembic_"))
        ]
        found = {}
        for name in names:
            columns = db.execute(f"pragma table_info({name})").fetchall()
            indexes = {}
            for _, index, unique, origin, partial in db.execute(f"pragma index_list({name})"):
                parts = [row[2] for row in db.execute(f"pragma index_info({index})")]
                label = index if origin == "c" else ",".join(parts)
                indexes[label] = (parts, unique, origin, partial)
            found[name] = (columns, indexes)
        return found


def test_every_record_has_a_table_with_its_fields_in_it() -> None:
    assert set(TABLES) == set(get_args(Record))
    for kind, table in TABLES.items():
        assert {f.name for f in dataclasses.fields(kind)} == set(table.c.keys()), kind


def test_a_migrated_database_is_what_the_table_definitions_make(tmp_path: Path) -> None:
    SqliteStore(tmp_path / "migrated.db").close()
    engine = create_engine(f"sqlite:///{tmp_path / 'made.db'}")
    metadata.create_all(engine)
    engine.dispose()
    assert schema(tmp_path / "migrated.db") == schema(tmp_path / "made.db")


@pytest.mark.parametrize("kind", TABLES, ids=lambda kind: kind.__name__)
def test_a_field_with_a_default_takes_null_only_where_its_type_says_so(kind: type[Any]) -> None:
    table = TABLES[kind]
    for field in dataclasses.fields(kind):
        assert table.c[field.name].nullable == ("None" in str(field.type)), field.name


def test_a_database_that_is_there_is_opened_as_it_is(tmp_path: Path) -> None:
    SqliteStore(tmp_path / "node.db").close()
    before = schema(tmp_path / "node.db")
    SqliteStore(tmp_path / "node.db").close()
    assert schema(tmp_path / "node.db") == before
