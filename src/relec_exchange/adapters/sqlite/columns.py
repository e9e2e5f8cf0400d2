"""The four kinds of columns that the tables are made of, and the schema that collects them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Column, Integer, LargeBinary, MetaData, Text

metadata = MetaData()


def text_column(name: str, **options: Any) -> Column[Any]:
    """Text; times in their wire form, which sorts as the times do."""
    return Column(name, Text, nullable=options.pop("nullable", False), **options)


def integer(name: str, **options: Any) -> Column[Any]:
    """A signed 64-bit number."""
    return Column(name, Integer, nullable=options.pop("nullable", False), **options)


def blob(name: str, **options: Any) -> Column[Any]:
    """Bytes."""
    return Column(name, LargeBinary, nullable=options.pop("nullable", False), **options)


def flag(name: str, **options: Any) -> Column[Any]:
    """True or false."""
    return Column(name, Boolean, nullable=False, **options)


def row() -> Column[Any]:
    """The number that the store gives to a record, rising."""
    return Column("row", Integer, primary_key=True, autoincrement=True)
