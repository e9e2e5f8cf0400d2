"""Tables of drafts, officers' acts, judgements, the protection register, contacts and extracts."""

from __future__ import annotations

from sqlalchemy import Index, Table

from relec_exchange.adapters.sqlite.columns import blob, metadata, row, text_column

DRAFT = Table(
    "draft",
    metadata,
    text_column("draft_id", primary_key=True),
    text_column("officer"),
    text_column("unit"),
    text_column("type"),
    text_column("recipients"),
    text_column("updated_at"),
    text_column("key_id"),
    blob("content"),
)
COMMENT = Table(
    "comment",
    metadata,
    row(),
    text_column("message_id"),
    text_column("at"),
    text_column("officer"),
    text_column("key_id"),
    blob("content"),
)
Index("comment_message", COMMENT.c.message_id)
ACT = Table(
    "act",
    metadata,
    row(),
    text_column("message_id"),
    text_column("act"),
    text_column("question"),
    text_column("officer"),
    blob("signature"),
    text_column("at"),
)
Index("act_message", ACT.c.message_id)
JUDGEMENT = Table(
    "judgement",
    metadata,
    row(),
    text_column("message_id"),
    text_column("peer"),
    text_column("direction"),
    text_column("at"),
    text_column("outcome"),
    text_column("key_id"),
    blob("content"),
)
Index("judgement_message", JUDGEMENT.c.message_id)
REGISTER = Table(
    "register",
    metadata,
    text_column("entry_id", primary_key=True),
    text_column("officer"),
    text_column("at"),
    text_column("ended_at"),
    text_column("key_id"),
    blob("content"),
)
CONTACT = Table(
    "contact",
    metadata,
    text_column("node", primary_key=True),
    text_column("unit", primary_key=True),
    text_column("at"),
    text_column("message_id"),
    text_column("content"),
)
EXTRACT = Table(
    "extract",
    metadata,
    text_column("extract_id", primary_key=True),
    text_column("message_id"),
    text_column("sender"),
    text_column("made_by"),
    text_column("made_at"),
    text_column("released_by"),
    text_column("released_at"),
    text_column("key_id"),
    blob("content"),
)
