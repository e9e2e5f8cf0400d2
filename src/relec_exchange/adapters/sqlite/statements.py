"""SQL for the shapes that reads and changes have, compiled once for each shape.

Contract: pure; a shape is a hashable description without values, and `Sql` says in which order
its values are given. SQLAlchemy Core writes the SQL; running it as a string with plain tuples
spares its work for each row, which was a third of a node's time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from itertools import starmap
from operator import attrgetter
from typing import Any, Final, TypeVar

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Table,
    bindparam,
    delete,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.sqlite import dialect, insert
from sqlalchemy.sql import ClauseElement

from relec_exchange.adapters.sqlite.tables import LOG_HEAD, TABLES
from relec_exchange.records import Change, Delete, Insert, Put, Update, Where

R = TypeVar("R")

IN_MAX = 4096
"""Values of one `in` condition; longer lists are asked for in parts (SQLite takes 32,766)."""

LEAN = frozenset({"content", "envelope", "entry", "path"})
"""Large columns that lists do not need: they come back as empty bytes."""

Shape = tuple[Any, ...]
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sql:
    """A statement and the names of its values in their order."""

    text: str
    names: tuple[str, ...]

    def row(self, values: Values) -> tuple[Any, ...]:
        """The values of one execution."""
        return tuple([values[name] for name in self.names])


# ---- changes -----------------------------------------------------------------------------------


def change_shape(change: Change) -> Shape:
    """Changes of one shape can be written by one statement, one row after the other."""
    match change:
        case Insert(record=record, ignore=ignore):
            return ("insert", type(record), ignore, _has_row(record))
        case Put(record=record):
            return ("put", type(record), False, _has_row(record))
        case Update(kind=kind, where=where, values=values, must=must):
            return ("update", kind, tuple(sorted(where)), tuple(sorted(values)), must)
        case Delete(kind=kind, where=where):
            return ("delete", kind, tuple(sorted(where)))


def change_kind(change: Change) -> Any:
    """The kind of record that a change is about."""
    return type(change.record) if isinstance(change, (Insert, Put)) else change.kind


def change_row(change: Change) -> Values:
    """What `change_sql` takes for this change."""
    if isinstance(change, (Insert, Put)):
        return record_values(change.record)
    row: dict[str, Any] = {f"w_{name}": value for name, value in change.where.items()}
    if isinstance(change, Update):
        row.update({f"v_{name}": value for name, value in change.values.items()})
    return row


@cache
def change_sql(shape: Shape) -> Sql:
    """The statement for changes of this shape."""
    verb, kind, *rest = shape
    table = TABLES[kind]
    if verb in ("insert", "put"):
        return _insert(table, verb, ignore=rest[0], with_row=rest[1])
    clauses = [table.c[name] == bindparam(f"w_{name}") for name in rest[0]]
    if verb == "delete":
        return _compiled(delete(table).where(*clauses))
    values: dict[Any, Any] = {table.c[name]: bindparam(f"v_{name}") for name in rest[1]}
    return _compiled(update(table).where(*clauses).values(values))


def record_values(record: Any) -> dict[str, Any]:
    """A record's columns by name."""
    kind: Any = type(record)
    names, take = _columns(kind)
    return dict(zip(names, take(record), strict=True))


def _insert(table: Table, verb: str, *, ignore: bool, with_row: bool) -> Sql:
    names = [c.name for c in table.columns if with_row or c.name != "row"]
    plain = insert(table).values({name: bindparam(name) for name in names})
    if verb == "insert":
        return _compiled(plain.on_conflict_do_nothing() if ignore else plain)
    keys = [c.name for c in table.primary_key]
    others = {name: plain.excluded[name] for name in names if name not in keys}
    return _compiled(plain.on_conflict_do_update(index_elements=keys, set_=others))


def _has_row(record: Any) -> bool:
    return bool(getattr(record, "row", 1))


@cache
def _columns(kind: Any) -> tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]:
    names = tuple(field.name for field in fields(kind))
    return names, attrgetter(*names)


# ---- reads -------------------------------------------------------------------------------------


def read_shape(conditions: tuple[Where, ...]) -> Shape:
    """Column, operator and number of values of each condition."""
    return tuple((c.column, c.operator, _arity(c)) for c in conditions)


def read_row(sql: Sql, conditions: tuple[Where, ...], limit: int) -> tuple[Any, ...]:
    """The values of one read."""
    values: dict[str, Any] = {"limit": limit}
    for n, condition in enumerate(conditions):
        if condition.operator != "in":
            values[f"p{n}"] = condition.value
            continue
        given = list(condition.value)
        # One value twice finds nothing more, so a few lengths serve for all.
        given += given[-1:] * (_arity(condition) - len(given))
        values.update({f"p{n}_{i}": value for i, value in enumerate(given)})
    return sql.row(values)


@cache
def select_sql(kind: Any, shape: Shape, order: str, limited: bool, blobs: bool) -> Sql:
    """The statement that reads records of `kind`."""
    table = TABLES[kind]
    chosen: list[Any] = [
        table.c[name] if blobs or name not in LEAN else literal_column("x''")
        for name in _columns(kind)[0]
    ]
    query = select(*chosen).select_from(table).where(*_clauses(table, shape))
    if order:
        column = table.c[order.lstrip("-")]
        query = query.order_by(column.desc() if order.startswith("-") else column)
    if limited:
        query = query.limit(bindparam("limit")).offset(literal_column("0"))
    return _compiled(query)


@cache
def count_sql(kind: Any, shape: Shape) -> Sql:
    """The statement that counts records of `kind`."""
    table = TABLES[kind]
    return _compiled(select(func.count()).select_from(table).where(*_clauses(table, shape)))


@cache
def _flags(kind: Any) -> tuple[int, ...]:
    """Places of the columns that SQLite keeps as 0 and 1."""
    table = TABLES[kind]
    return tuple(
        n for n, name in enumerate(_columns(kind)[0]) if isinstance(table.c[name].type, Boolean)
    )


def records(kind: type[R], rows: Sequence[Any]) -> list[R]:
    """The records of many rows of `select_sql`."""
    key: Any = kind
    if _flags(key):
        return [record(kind, row) for row in rows]
    return list(starmap(kind, rows))


def record(kind: type[R], row: Any) -> R:
    """The record that a row of `select_sql` stands for."""
    key: Any = kind
    flags = _flags(key)
    if not flags:
        return kind(*row)
    values = list(row)
    for n in flags:
        values[n] = bool(values[n])
    return kind(*values)


def _arity(condition: Where) -> int:
    """How many values a condition takes; `in` is rounded up to a power of four."""
    if condition.operator != "in":
        return 0 if condition.value is None else 1
    length, arity = len(condition.value), 1
    while arity < length:
        arity *= 4
    return arity


def _clauses(table: Table, shape: Shape) -> list[ColumnElement[bool]]:
    return [_clause(table, n, *condition) for n, condition in enumerate(shape)]


def _clause(table: Table, n: int, name: str, operator: str, arity: int) -> ColumnElement[bool]:
    column = table.c[name]
    if operator == "in":
        return column.in_([bindparam(f"p{n}_{i}") for i in range(arity)])
    if arity == 0:
        return column.is_(None) if operator == "=" else column.is_not(None)
    result: ColumnElement[bool] = column.op(operator, is_comparison=True)(bindparam(f"p{n}"))
    return result


def _compiled(statement: ClauseElement) -> Sql:
    compiled: Any = statement.compile(dialect=dialect(paramstyle="qmark"))
    return Sql(str(compiled), tuple(compiled.positiontup or ()))


STANDING_HEAD: Final = _compiled(
    select(LOG_HEAD.c.size, LOG_HEAD.c.writer, LOG_HEAD.c.closed).where(
        LOG_HEAD.c.origin == bindparam("origin")
    )
)
"""What a commit compares before it writes a head; not the checkpoint, which is long."""
