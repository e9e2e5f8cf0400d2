"""Tables of messages on their way out and in, with what is held, refused and delivered."""

from __future__ import annotations

from sqlalchemy import Index, Table, UniqueConstraint

from relec_exchange.adapters.sqlite.columns import blob, flag, integer, metadata, row, text_column

OUTBOX = Table(
    "outbox",
    metadata,
    row(),
    text_column("message_id", unique=True),
    text_column("recipient"),
    text_column("cls"),
    integer("seq", nullable=True),
    text_column("type"),
    text_column("area"),
    text_column("urgency"),
    text_column("data_level"),
    text_column("state"),
    text_column("submitted_at"),
    text_column("expires_at"),
    text_column("key_id"),
    blob("content"),
    text_column("deadline"),
    text_column("in_reply_to"),
    text_column("idempotency_key", nullable=True, unique=True),
    blob("commitment"),
    blob("leaf"),
    integer("leaf_index"),
    text_column("agreement"),
    text_column("grant_id"),
    text_column("submitted_by"),
    text_column("released_by"),
    text_column("sent_at"),
    blob("envelope", nullable=True),
    text_column("relayed_at"),
    text_column("judged_at"),
    text_column("wire_code"),
    text_column("opened_at"),
    text_column("answered_at"),
    text_column("missing_since"),
    integer("resent"),
    text_column("thread", server_default=""),
    text_column("batch", server_default=""),
    text_column("due_at", server_default=""),
    text_column("paused_at", server_default=""),
    text_column("warned", server_default=""),
    text_column("needs", server_default=""),
    text_column("about", server_default=""),
    text_column("withdrawn", server_default=""),
    text_column("confirmed_by", server_default=""),
    text_column("outcome", server_default=""),
    text_column("origin", server_default=""),
    text_column("epoch", server_default=""),
    text_column("erase_on", server_default=""),
    text_column("review_on", server_default=""),
    text_column("retention_told", server_default=""),
    text_column("erased_at", server_default=""),
    text_column("attested_at", server_default=""),
    text_column("peer_attested_at", server_default=""),
    UniqueConstraint("origin", "recipient", "cls", "seq", name="outbox_chain"),
)
Index("outbox_leaf", OUTBOX.c.leaf)
Index("outbox_place", OUTBOX.c.origin, OUTBOX.c.leaf_index)
Index("outbox_erase", OUTBOX.c.erase_on)
Index("outbox_thread", OUTBOX.c.thread)
Index("outbox_batch", OUTBOX.c.batch)
Index("outbox_due", OUTBOX.c.due_at)
Index("outbox_needs", OUTBOX.c.needs)
Index("outbox_expiry", OUTBOX.c.state, OUTBOX.c.expires_at)
Index("outbox_sent", OUTBOX.c.recipient, OUTBOX.c.sent_at)
Index(
    "outbox_unconfirmed",
    OUTBOX.c.cls,
    OUTBOX.c.row,
    sqlite_where=OUTBOX.c.envelope.is_not(None),
)
INBOX = Table(
    "inbox",
    metadata,
    row(),
    text_column("message_id"),
    text_column("sender"),
    text_column("origin"),
    integer("leaf_index"),
    blob("leaf", unique=True),
    text_column("cls"),
    integer("seq"),
    text_column("type"),
    text_column("area"),
    text_column("urgency"),
    text_column("data_level"),
    text_column("state"),
    text_column("unit"),
    text_column("created_at"),
    text_column("received_at"),
    text_column("key_id"),
    blob("content"),
    text_column("deadline"),
    text_column("in_reply_to"),
    text_column("hold"),
    text_column("receipt_id"),
    text_column("opened_at"),
    text_column("opened_by"),
    text_column("answered_at"),
    text_column("answered_by"),
    text_column("escalated_at"),
    text_column("thread", server_default=""),
    text_column("due_at", server_default=""),
    text_column("paused_at", server_default=""),
    text_column("warned", server_default=""),
    text_column("quiet_at", server_default=""),
    text_column("about", server_default=""),
    text_column("withdrawn", server_default=""),
    text_column("closed_by", server_default=""),
    text_column("agreement", server_default=""),
    text_column("grant_id", server_default=""),
    text_column("epoch", server_default=""),
    text_column("disputed", server_default=""),
    text_column("erase_on", server_default=""),
    text_column("review_on", server_default=""),
    text_column("retention_told", server_default=""),
    text_column("erased_at", server_default=""),
    text_column("attested_at", server_default=""),
    text_column("peer_attested_at", server_default=""),
    UniqueConstraint("sender", "message_id", name="inbox_message"),
)
Index("inbox_id", INBOX.c.message_id)
Index("inbox_state", INBOX.c.state, INBOX.c.type)
Index("inbox_thread", INBOX.c.thread)
Index("inbox_quiet", INBOX.c.quiet_at)
Index("inbox_erase", INBOX.c.erase_on)
RECEIPT = Table(
    "receipt",
    metadata,
    row(),
    blob("leaf"),
    text_column("stage"),
    text_column("code"),
    text_column("at"),
    text_column("peer"),
    text_column("receipt_id"),
    blob("receipt_leaf"),
    UniqueConstraint("leaf", "stage", "receipt_id", name="receipt_stage"),
)
RECEIVED_CONTENT = Table(
    "received_content",
    metadata,
    text_column("sender", primary_key=True),
    text_column("message_id", primary_key=True),
    text_column("type"),
    blob("leaf"),
    text_column("key_id"),
    blob("content"),
)
HELD = Table(
    "held",
    metadata,
    row(),
    blob("envelope"),
    text_column("reason"),
    text_column("sender"),
    text_column("first_at"),
    text_column("until"),
)
Index("held_sender", HELD.c.sender)
QUARANTINE = Table(
    "quarantine",
    metadata,
    row(),
    text_column("at"),
    text_column("source"),
    text_column("reason"),
    text_column("detail"),
    integer("size"),
    blob("envelope"),
)
Index("quarantine_source", QUARANTINE.c.source)
QUARANTINE_COUNT = Table(
    "quarantine_count",
    metadata,
    text_column("minute", primary_key=True),
    text_column("source", primary_key=True),
    text_column("reason", primary_key=True),
    integer("count"),
    flag("logged"),
)
DELIVERY = Table(
    "delivery",
    metadata,
    row(),
    text_column("message_id"),
    text_column("sender"),
    text_column("unit"),
    text_column("target"),
    text_column("state"),
    integer("attempts"),
    text_column("next_at"),
    text_column("detail"),
    UniqueConstraint("sender", "message_id", "unit", "target", name="delivery_once"),
)
Index("delivery_due", DELIVERY.c.state, DELIVERY.c.next_at)
