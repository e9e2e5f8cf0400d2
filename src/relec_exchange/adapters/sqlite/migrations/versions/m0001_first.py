"""The first schema: both logs, outbox, inbox, chains, trust notes, officers, deliveries."""

from alembic import op

revision = "0001"
down_revision = None

STATEMENTS = (
    """
CREATE TABLE accepted (
    origin TEXT NOT NULL, idx INTEGER NOT NULL, time TEXT NOT NULL, leaf BLOB NOT NULL,
    sender TEXT NOT NULL, cls TEXT NOT NULL, seq INTEGER NOT NULL, message_id TEXT NOT NULL,
    type TEXT NOT NULL, outcome TEXT NOT NULL, detail TEXT NOT NULL, received_at TEXT NOT
    NULL, entry BLOB NOT NULL, path BLOB NOT NULL, size INTEGER NOT NULL, receipt_id TEXT
    NOT NULL, receipted_at TEXT NOT NULL, PRIMARY KEY (origin, idx), CONSTRAINT
    accepted_chain UNIQUE (origin, cls, seq), CONSTRAINT accepted_message UNIQUE (sender,
    message_id)
)
""",
    """
CREATE INDEX accepted_leaf ON accepted (leaf)
""",
    """
CREATE INDEX accepted_receipt ON accepted (receipt_id)
""",
    """
CREATE INDEX accepted_received ON accepted (sender, received_at)
""",
    """
CREATE TABLE accepted_checkpoint (
    origin TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, note BLOB NOT NULL,
    sender TEXT NOT NULL, first_at TEXT NOT NULL, proven BOOLEAN NOT NULL, rounds INTEGER
    NOT NULL, PRIMARY KEY (origin, size)
)
""",
    """
CREATE INDEX accepted_checkpoint_proof ON accepted_checkpoint (sender, proven)
""",
    """
CREATE TABLE alarm (
    "row" INTEGER NOT NULL, what TEXT NOT NULL, subject TEXT NOT NULL, at TEXT NOT NULL,
    detail TEXT NOT NULL, evidence BLOB NOT NULL, PRIMARY KEY ("row"), CONSTRAINT alarm_once
    UNIQUE (what, subject)
)
""",
    """
CREATE TABLE chain (
    origin TEXT NOT NULL, sender TEXT NOT NULL, cls TEXT NOT NULL, contiguous INTEGER NOT
    NULL, highest INTEGER NOT NULL, missing TEXT NOT NULL, PRIMARY KEY (origin, cls)
)
""",
    """
CREATE TABLE delivery (
    "row" INTEGER NOT NULL, message_id TEXT NOT NULL, sender TEXT NOT NULL, unit TEXT NOT
    NULL, target TEXT NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL, next_at TEXT
    NOT NULL, detail TEXT NOT NULL, PRIMARY KEY ("row"), CONSTRAINT delivery_once UNIQUE
    (sender, message_id, unit, target)
)
""",
    """
CREATE INDEX delivery_due ON delivery (state, next_at)
""",
    """
CREATE TABLE entry (
    origin TEXT NOT NULL, idx INTEGER NOT NULL, kind TEXT NOT NULL, leaf BLOB NOT NULL, data
    BLOB NOT NULL, PRIMARY KEY (origin, idx)
) WITHOUT ROWID
""",
    """
CREATE TABLE event (
    "row" INTEGER NOT NULL, at TEXT NOT NULL, kind TEXT NOT NULL, ref TEXT NOT NULL, data
    TEXT NOT NULL, PRIMARY KEY ("row")
)
""",
    """
CREATE TABLE gap (
    origin TEXT NOT NULL, sender TEXT NOT NULL, cls TEXT NOT NULL, first INTEGER NOT NULL,
    last INTEGER NOT NULL, since TEXT NOT NULL, asked_at TEXT NOT NULL, asks INTEGER NOT
    NULL, closed_at TEXT NOT NULL, asked_to INTEGER NOT NULL, PRIMARY KEY (origin, cls,
    first)
)
""",
    """
CREATE TABLE held (
    "row" INTEGER NOT NULL, envelope BLOB NOT NULL, reason TEXT NOT NULL, sender TEXT NOT
    NULL, first_at TEXT NOT NULL, until TEXT NOT NULL, PRIMARY KEY ("row")
)
""",
    """
CREATE INDEX held_sender ON held (sender)
""",
    """
CREATE TABLE inbox (
    "row" INTEGER NOT NULL, message_id TEXT NOT NULL, sender TEXT NOT NULL, origin TEXT NOT
    NULL, leaf_index INTEGER NOT NULL, leaf BLOB NOT NULL, cls TEXT NOT NULL, seq INTEGER
    NOT NULL, type TEXT NOT NULL, area TEXT NOT NULL, urgency TEXT NOT NULL, data_level TEXT
    NOT NULL, state TEXT NOT NULL, unit TEXT NOT NULL, created_at TEXT NOT NULL, received_at
    TEXT NOT NULL, key_id TEXT NOT NULL, content BLOB NOT NULL, deadline TEXT NOT NULL,
    in_reply_to TEXT NOT NULL, hold TEXT NOT NULL, receipt_id TEXT NOT NULL, opened_at TEXT
    NOT NULL, opened_by TEXT NOT NULL, answered_at TEXT NOT NULL, answered_by TEXT NOT NULL,
    escalated_at TEXT NOT NULL, PRIMARY KEY ("row"), CONSTRAINT inbox_message UNIQUE
    (sender, message_id), UNIQUE (leaf)
)
""",
    """
CREATE INDEX inbox_id ON inbox (message_id)
""",
    """
CREATE INDEX inbox_state ON inbox (state, type)
""",
    """
CREATE TABLE log_head (
    origin TEXT NOT NULL, log TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL,
    last_time TEXT NOT NULL, writer TEXT NOT NULL, checkpoint BLOB NOT NULL, PRIMARY KEY
    (origin)
)
""",
    """
CREATE TABLE note (
    kind TEXT NOT NULL, hash TEXT NOT NULL, subject TEXT NOT NULL, version INTEGER NOT NULL,
    note BLOB NOT NULL, adopted_at TEXT NOT NULL, PRIMARY KEY (kind, hash)
)
""",
    """
CREATE TABLE officer (
    "row" INTEGER NOT NULL, name TEXT NOT NULL, action TEXT NOT NULL, record TEXT NOT NULL,
    signature BLOB NOT NULL, signed_by TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY ("row")
)
""",
    """
CREATE TABLE outbox (
    "row" INTEGER NOT NULL, message_id TEXT NOT NULL, recipient TEXT NOT NULL, cls TEXT NOT
    NULL, seq INTEGER, type TEXT NOT NULL, area TEXT NOT NULL, urgency TEXT NOT NULL,
    data_level TEXT NOT NULL, state TEXT NOT NULL, submitted_at TEXT NOT NULL, expires_at
    TEXT NOT NULL, key_id TEXT NOT NULL, content BLOB NOT NULL, deadline TEXT NOT NULL,
    in_reply_to TEXT NOT NULL, idempotency_key TEXT, commitment BLOB NOT NULL, leaf BLOB NOT
    NULL, leaf_index INTEGER NOT NULL, agreement TEXT NOT NULL, grant_id TEXT NOT NULL,
    submitted_by TEXT NOT NULL, released_by TEXT NOT NULL, sent_at TEXT NOT NULL, envelope
    BLOB, relayed_at TEXT NOT NULL, judged_at TEXT NOT NULL, wire_code TEXT NOT NULL,
    opened_at TEXT NOT NULL, answered_at TEXT NOT NULL, missing_since TEXT NOT NULL, resent
    INTEGER NOT NULL, PRIMARY KEY ("row"), CONSTRAINT outbox_chain UNIQUE (recipient, cls,
    seq), UNIQUE (message_id), UNIQUE (idempotency_key)
)
""",
    """
CREATE INDEX outbox_expiry ON outbox (state, expires_at)
""",
    """
CREATE INDEX outbox_leaf ON outbox (leaf)
""",
    """
CREATE INDEX outbox_place ON outbox (leaf_index)
""",
    """
CREATE INDEX outbox_sent ON outbox (recipient, sent_at)
""",
    """
CREATE INDEX outbox_unconfirmed ON outbox (cls, "row") WHERE envelope IS NOT NULL
""",
    """
CREATE TABLE peer (
    peer TEXT NOT NULL, their_number INTEGER NOT NULL, their_at TEXT NOT NULL, their_origin
    TEXT NOT NULL, their_size INTEGER NOT NULL, their_root BLOB NOT NULL, their_note BLOB
    NOT NULL, answer TEXT NOT NULL, answered INTEGER NOT NULL, full_number INTEGER NOT NULL,
    accepted_number INTEGER NOT NULL,
    skew_ms INTEGER NOT NULL, acknowledged_size INTEGER NOT NULL, our_number INTEGER NOT
    NULL, our_at TEXT NOT NULL, told_number INTEGER NOT NULL, offers TEXT NOT NULL,
    notes_sent_at TEXT NOT NULL, silent_since TEXT NOT NULL, PRIMARY KEY (peer)
)
""",
    """
CREATE TABLE peer_chain (
    peer TEXT NOT NULL, cls TEXT NOT NULL, last_sent INTEGER NOT NULL, announced TEXT NOT
    NULL, contiguous INTEGER NOT NULL, missing TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY
    (peer, cls)
)
""",
    """
CREATE TABLE quarantine (
    "row" INTEGER NOT NULL, at TEXT NOT NULL, source TEXT NOT NULL, reason TEXT NOT NULL,
    detail TEXT NOT NULL, size INTEGER NOT NULL, envelope BLOB NOT NULL, PRIMARY KEY ("row")
)
""",
    """
CREATE INDEX quarantine_source ON quarantine (source)
""",
    """
CREATE TABLE quarantine_count (
    minute TEXT NOT NULL, source TEXT NOT NULL, reason TEXT NOT NULL, count INTEGER NOT
    NULL, logged BOOLEAN NOT NULL, PRIMARY KEY (minute, source, reason)
)
""",
    """
CREATE TABLE receipt (
    "row" INTEGER NOT NULL, leaf BLOB NOT NULL, stage TEXT NOT NULL, code TEXT NOT NULL, at
    TEXT NOT NULL, peer TEXT NOT NULL, receipt_id TEXT NOT NULL, receipt_leaf BLOB NOT NULL,
    PRIMARY KEY ("row"), CONSTRAINT receipt_stage UNIQUE (leaf, stage, receipt_id)
)
""",
    """
CREATE TABLE received_content (
    sender TEXT NOT NULL, message_id TEXT NOT NULL, type TEXT NOT NULL, leaf BLOB NOT NULL,
    key_id TEXT NOT NULL, content BLOB NOT NULL, PRIMARY KEY (sender, message_id)
)
""",
    """
CREATE TABLE tile (
    origin TEXT NOT NULL, level INTEGER NOT NULL, n INTEGER NOT NULL, hashes BLOB NOT NULL,
    PRIMARY KEY (origin, level, n)
)
""",
    """
CREATE TABLE used_checkpoint (
    peer TEXT NOT NULL, origin TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL,
    offered INTEGER NOT NULL, PRIMARY KEY (peer, origin, size)
)
""",
)


def upgrade() -> None:
    """Make every table and index."""
    for statement in STATEMENTS:
        op.execute(statement)
