"""Successors of logs, retention, legal holds, consents, fields that were cut, announcements."""

from alembic import op

revision = "0003"
down_revision = "0002"

INBOX = (
    "agreement",
    "grant_id",
    "epoch",
    "disputed",
    "erase_on",
    "review_on",
    "retention_told",
    "erased_at",
    "attested_at",
    "peer_attested_at",
)
# Numbers of a chain begin again in a log's successor, so the log belongs to what is unique. SQLite
# changes no constraint of a table: it is made anew.
OUTBOX = """
CREATE TABLE outbox_new (
    "row" INTEGER NOT NULL, message_id TEXT NOT NULL, recipient TEXT NOT NULL, cls TEXT
    NOT NULL, seq INTEGER, type TEXT NOT NULL, area TEXT NOT NULL, urgency TEXT NOT
    NULL, data_level TEXT NOT NULL, state TEXT NOT NULL, submitted_at TEXT NOT NULL,
    expires_at TEXT NOT NULL, key_id TEXT NOT NULL, content BLOB NOT NULL, deadline TEXT
    NOT NULL, in_reply_to TEXT NOT NULL, idempotency_key TEXT, commitment BLOB NOT NULL,
    leaf BLOB NOT NULL, leaf_index INTEGER NOT NULL, agreement TEXT NOT NULL, grant_id
    TEXT NOT NULL, submitted_by TEXT NOT NULL, released_by TEXT NOT NULL, sent_at TEXT
    NOT NULL, envelope BLOB, relayed_at TEXT NOT NULL, judged_at TEXT NOT NULL,
    wire_code TEXT NOT NULL, opened_at TEXT NOT NULL, answered_at TEXT NOT NULL,
    missing_since TEXT NOT NULL, resent INTEGER NOT NULL, thread TEXT DEFAULT '' NOT
    NULL, batch TEXT DEFAULT '' NOT NULL, due_at TEXT DEFAULT '' NOT NULL, paused_at
    TEXT DEFAULT '' NOT NULL, warned TEXT DEFAULT '' NOT NULL, needs TEXT DEFAULT '' NOT
    NULL, about TEXT DEFAULT '' NOT NULL, withdrawn TEXT DEFAULT '' NOT NULL,
    confirmed_by TEXT DEFAULT '' NOT NULL, outcome TEXT DEFAULT '' NOT NULL, origin TEXT
    DEFAULT '' NOT NULL, epoch TEXT DEFAULT '' NOT NULL, erase_on TEXT DEFAULT '' NOT
    NULL, review_on TEXT DEFAULT '' NOT NULL, retention_told TEXT DEFAULT '' NOT NULL,
    erased_at TEXT DEFAULT '' NOT NULL, attested_at TEXT DEFAULT '' NOT NULL,
    peer_attested_at TEXT DEFAULT '' NOT NULL, PRIMARY KEY ("row"), CONSTRAINT
    outbox_chain UNIQUE (origin, recipient, cls, seq), UNIQUE (message_id), UNIQUE
    (idempotency_key)
)
"""
COPIED = """
    "row", message_id, recipient, cls, seq, type, area, urgency, data_level, state,
    submitted_at, expires_at, key_id, content, deadline, in_reply_to, idempotency_key,
    commitment, leaf, leaf_index, agreement, grant_id, submitted_by, released_by,
    sent_at, envelope, relayed_at, judged_at, wire_code, opened_at, answered_at,
    missing_since, resent, thread, batch, due_at, paused_at, warned, needs, about,
    withdrawn, confirmed_by, outcome
"""
STATEMENTS = (
    """
CREATE INDEX inbox_erase ON inbox (erase_on)
""",
    """
CREATE INDEX outbox_batch ON outbox (batch)
""",
    """
CREATE INDEX outbox_due ON outbox (due_at)
""",
    """
CREATE INDEX outbox_erase ON outbox (erase_on)
""",
    """
CREATE INDEX outbox_expiry ON outbox (state, expires_at)
""",
    """
CREATE INDEX outbox_leaf ON outbox (leaf)
""",
    """
CREATE INDEX outbox_needs ON outbox (needs)
""",
    """
CREATE INDEX outbox_place ON outbox (origin, leaf_index)
""",
    """
CREATE INDEX outbox_sent ON outbox (recipient, sent_at)
""",
    """
CREATE INDEX outbox_thread ON outbox (thread)
""",
    """
CREATE INDEX outbox_unconfirmed ON outbox (cls, "row") WHERE envelope IS NOT NULL
""",
    """
CREATE TABLE peer_chain (
    peer TEXT NOT NULL, origin TEXT NOT NULL, cls TEXT NOT NULL, last_sent INTEGER NOT
    NULL, announced TEXT NOT NULL, contiguous INTEGER NOT NULL, missing TEXT NOT NULL,
    at TEXT NOT NULL, PRIMARY KEY (peer, origin, cls)
)
""",
    """
CREATE TABLE legal_hold (
    hold_id TEXT NOT NULL, direction TEXT NOT NULL, peer TEXT NOT NULL, message_id TEXT
    NOT NULL, officer TEXT NOT NULL, at TEXT NOT NULL, until TEXT NOT NULL, ended_at
    TEXT NOT NULL, ended_by TEXT NOT NULL, key_id TEXT NOT NULL, content BLOB NOT NULL,
    PRIMARY KEY (hold_id)
)
""",
    """
CREATE INDEX legal_hold_message ON legal_hold (message_id)
""",
    """
CREATE TABLE consent (
    request_id TEXT NOT NULL, provider TEXT NOT NULL, message_id TEXT NOT NULL, use TEXT
    NOT NULL, onward_to TEXT NOT NULL, purpose TEXT NOT NULL, decision TEXT NOT NULL,
    expires_on TEXT NOT NULL, decided_at TEXT NOT NULL, decision_id TEXT NOT NULL,
    PRIMARY KEY (request_id, provider)
)
""",
    """
CREATE INDEX consent_message ON consent (message_id)
""",
    """
CREATE TABLE cut (
    message_id TEXT NOT NULL, key_id TEXT NOT NULL, content BLOB NOT NULL, PRIMARY KEY
    (message_id)
)
""",
    """
CREATE TABLE announced (
    what TEXT NOT NULL, subject TEXT NOT NULL, days INTEGER NOT NULL, at TEXT NOT NULL,
    PRIMARY KEY (what, subject, days)
)
""",
)


def upgrade() -> None:
    """Make the outbox anew, add the columns, then the indexes and tables."""
    op.execute(OUTBOX)
    op.execute(
        f"INSERT INTO outbox_new ({COPIED}, origin) SELECT {COPIED}, "  # noqa: S608 - constants
        "CASE WHEN seq IS NULL THEN '' ELSE "
        "(SELECT origin FROM log_head WHERE log = 'exchange') END FROM outbox"
    )
    op.execute("DROP TABLE outbox")
    op.execute("ALTER TABLE outbox_new RENAME TO outbox")
    op.execute("ALTER TABLE log_head ADD COLUMN closed BOOLEAN DEFAULT '0' NOT NULL")
    op.execute("ALTER TABLE peer ADD COLUMN our_origin TEXT DEFAULT '' NOT NULL")
    op.execute(
        "UPDATE peer SET our_origin = "
        "coalesce((SELECT origin FROM log_head WHERE log = 'exchange'), '')"
    )
    # What partners told last comes again with their next rounds.
    op.execute("DROP TABLE peer_chain")
    for column in INBOX:
        op.execute(f"ALTER TABLE inbox ADD COLUMN {column} TEXT DEFAULT '' NOT NULL")
    for statement in STATEMENTS:
        op.execute(statement)
