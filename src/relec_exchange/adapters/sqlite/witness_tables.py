"""Tables of cosignatures, of trees that partners showed, and of sheltered envelopes."""

from __future__ import annotations

from sqlalchemy import Table

from relec_exchange.adapters.sqlite.columns import blob, integer, metadata, row, text_column

COSIGNATURE = Table(
    "cosignature",
    metadata,
    text_column("origin", primary_key=True),
    integer("size", primary_key=True),
    blob("root"),
    text_column("witness", primary_key=True),
    text_column("key"),
    integer("at"),
    blob("lines"),
)
COSIGNED = Table(
    "cosigned",
    metadata,
    text_column("origin", primary_key=True),
    integer("size", primary_key=True),
    blob("root"),
    blob("note"),
    text_column("at"),
)
PEER_TREE = Table(
    "peer_tree",
    metadata,
    text_column("origin", primary_key=True),
    integer("size", primary_key=True),
    blob("root"),
    integer("old_size"),
    blob("path"),
    text_column("at"),
)
WITNESSED = Table(
    "witnessed",
    metadata,
    text_column("origin", primary_key=True),
    integer("size", primary_key=True),
    blob("root"),
    blob("note"),
    integer("top_size"),
    blob("path"),
    text_column("at"),
)
SHELTER = Table(
    "shelter",
    metadata,
    row(),
    text_column("source"),
    text_column("cls"),
    blob("envelope"),
    text_column("at"),
)
