"""Tables of the two logs and of what was adopted, told and alarmed: what auditors read."""

from __future__ import annotations

from sqlalchemy import Table, UniqueConstraint

from relec_exchange.adapters.sqlite.columns import (
    blob,
    flag,
    integer,
    metadata,
    row,
    text_column,
)

LOG_HEAD = Table(
    "log_head",
    metadata,
    text_column("origin", primary_key=True),
    text_column("log"),
    integer("size"),
    blob("root"),
    text_column("last_time"),
    text_column("writer"),
    blob("checkpoint"),
    flag("closed", server_default="0"),
)
ENTRY = Table(
    "entry",
    metadata,
    text_column("origin", primary_key=True),
    integer("idx", primary_key=True),
    text_column("kind"),
    blob("leaf"),
    blob("data"),
    sqlite_with_rowid=False,
)
TILE = Table(
    "tile",
    metadata,
    text_column("origin", primary_key=True),
    integer("level", primary_key=True),
    integer("n", primary_key=True),
    blob("hashes"),
)
NOTE = Table(
    "note",
    metadata,
    text_column("kind", primary_key=True),
    text_column("hash", primary_key=True),
    text_column("subject"),
    integer("version"),
    blob("note"),
    text_column("adopted_at"),
)
OFFICER = Table(
    "officer",
    metadata,
    row(),
    text_column("name"),
    text_column("action"),
    text_column("record"),
    blob("signature"),
    text_column("signed_by"),
    text_column("at"),
)
EVENT = Table(
    "event",
    metadata,
    row(),
    text_column("at"),
    text_column("kind"),
    text_column("ref"),
    text_column("data"),
)
ALARM = Table(
    "alarm",
    metadata,
    row(),
    text_column("what"),
    text_column("subject"),
    text_column("at"),
    text_column("detail"),
    blob("evidence"),
    text_column("closed_at", server_default=""),
    text_column("closed_by", server_default=""),
    UniqueConstraint("what", "subject", "closed_at", name="alarm_once"),
)
