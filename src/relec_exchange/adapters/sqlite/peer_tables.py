"""Tables of what is known of partners: accepted entries, checkpoints, chains, rounds, gaps."""

from __future__ import annotations

from sqlalchemy import Index, Table, UniqueConstraint

from relec_exchange.adapters.sqlite.columns import blob, flag, integer, metadata, text_column

ACCEPTED = Table(
    "accepted",
    metadata,
    text_column("origin", primary_key=True),
    integer("idx", primary_key=True),
    text_column("time"),
    blob("leaf"),
    text_column("sender"),
    text_column("cls"),
    integer("seq"),
    text_column("message_id"),
    text_column("type"),
    text_column("outcome"),
    text_column("detail"),
    text_column("received_at"),
    blob("entry"),
    blob("path"),
    integer("size"),
    text_column("receipt_id"),
    text_column("receipted_at"),
    UniqueConstraint("origin", "cls", "seq", name="accepted_chain"),
    UniqueConstraint("sender", "message_id", name="accepted_message"),
)
Index("accepted_leaf", ACCEPTED.c.leaf)
Index("accepted_receipt", ACCEPTED.c.receipt_id)
Index("accepted_received", ACCEPTED.c.sender, ACCEPTED.c.received_at)
ACCEPTED_CHECKPOINT = Table(
    "accepted_checkpoint",
    metadata,
    text_column("origin", primary_key=True),
    integer("size", primary_key=True),
    blob("root"),
    blob("note"),
    text_column("sender"),
    text_column("first_at"),
    flag("proven"),
    integer("rounds"),
    integer("top_size", server_default="0"),
    blob("path", server_default=""),
    text_column("heard_from", server_default=""),
)
Index("accepted_checkpoint_proof", ACCEPTED_CHECKPOINT.c.sender, ACCEPTED_CHECKPOINT.c.proven)
USED_CHECKPOINT = Table(
    "used_checkpoint",
    metadata,
    text_column("peer", primary_key=True),
    text_column("origin", primary_key=True),
    integer("size", primary_key=True),
    blob("root"),
    integer("offered"),
)
CHAIN = Table(
    "chain",
    metadata,
    text_column("origin", primary_key=True),
    text_column("sender"),
    text_column("cls", primary_key=True),
    integer("contiguous"),
    integer("highest"),
    text_column("missing"),
)
PEER_CHAIN = Table(
    "peer_chain",
    metadata,
    text_column("peer", primary_key=True),
    text_column("origin", primary_key=True),
    text_column("cls", primary_key=True),
    integer("last_sent"),
    text_column("announced"),
    integer("contiguous"),
    text_column("missing"),
    text_column("at"),
)
PEER = Table(
    "peer",
    metadata,
    text_column("peer", primary_key=True),
    integer("their_number"),
    text_column("their_at"),
    text_column("their_origin"),
    integer("their_size"),
    blob("their_root"),
    blob("their_note"),
    text_column("answer"),
    integer("answered"),
    integer("full_number"),
    integer("accepted_number"),
    integer("skew_ms"),
    integer("acknowledged_size"),
    integer("our_number"),
    text_column("our_at"),
    integer("told_number"),
    text_column("offers"),
    text_column("notes_sent_at"),
    text_column("silent_since"),
    text_column("our_origin", server_default=""),
    flag("asked", server_default="0"),
    integer("cosigned_told", server_default="0"),
    text_column("shown_trees", server_default="{}"),
)
GAP = Table(
    "gap",
    metadata,
    text_column("origin", primary_key=True),
    text_column("sender"),
    text_column("cls", primary_key=True),
    integer("first", primary_key=True),
    integer("last"),
    text_column("since"),
    text_column("asked_at"),
    integer("asks"),
    text_column("closed_at"),
    integer("asked_to"),
)
