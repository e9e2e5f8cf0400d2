"""Tables of legal holds, consents, fields that were cut, and ends that were announced."""

from __future__ import annotations

from sqlalchemy import Index, Table

from relec_exchange.adapters.sqlite.columns import blob, integer, metadata, text_column

LEGAL_HOLD = Table(
    "legal_hold",
    metadata,
    text_column("hold_id", primary_key=True),
    text_column("direction"),
    text_column("peer"),
    text_column("message_id"),
    text_column("officer"),
    text_column("at"),
    text_column("until"),
    text_column("ended_at"),
    text_column("ended_by"),
    text_column("key_id"),
    blob("content"),
)
Index("legal_hold_message", LEGAL_HOLD.c.message_id)
CONSENT = Table(
    "consent",
    metadata,
    text_column("request_id", primary_key=True),
    text_column("provider", primary_key=True),
    text_column("message_id"),
    text_column("use"),
    text_column("onward_to"),
    text_column("purpose"),
    text_column("decision"),
    text_column("expires_on"),
    text_column("decided_at"),
    text_column("decision_id"),
)
Index("consent_message", CONSENT.c.message_id)
CUT = Table(
    "cut",
    metadata,
    text_column("message_id", primary_key=True),
    text_column("key_id"),
    blob("content"),
)
ANNOUNCED = Table(
    "announced",
    metadata,
    text_column("what", primary_key=True),
    text_column("subject", primary_key=True),
    integer("days", primary_key=True),
    text_column("at"),
)
