"""Threads, deadlines, holds, second persons; drafts, acts, the protection register, extracts."""

from alembic import op

revision = "0002"
down_revision = "0001"

OUTBOX = (
    "thread",
    "batch",
    "due_at",
    "paused_at",
    "warned",
    "needs",
    "about",
    "withdrawn",
    "confirmed_by",
    "outcome",
)
INBOX = (
    "thread",
    "due_at",
    "paused_at",
    "warned",
    "quiet_at",
    "about",
    "withdrawn",
    "closed_by",
)
STATEMENTS = (
    """
CREATE INDEX inbox_thread ON inbox (thread)
""",
    """
CREATE INDEX inbox_quiet ON inbox (quiet_at)
""",
    """
CREATE INDEX outbox_thread ON outbox (thread)
""",
    """
CREATE INDEX outbox_batch ON outbox (batch)
""",
    """
CREATE INDEX outbox_due ON outbox (due_at)
""",
    """
CREATE INDEX outbox_needs ON outbox (needs)
""",
    """
CREATE TABLE draft (
    draft_id TEXT NOT NULL, officer TEXT NOT NULL, unit TEXT NOT NULL, type TEXT NOT NULL,
    recipients TEXT NOT NULL, updated_at TEXT NOT NULL, key_id TEXT NOT NULL, content BLOB
    NOT NULL, PRIMARY KEY (draft_id)
)
""",
    """
CREATE TABLE comment (
    "row" INTEGER NOT NULL, message_id TEXT NOT NULL, at TEXT NOT NULL, officer TEXT NOT
    NULL, key_id TEXT NOT NULL, content BLOB NOT NULL, PRIMARY KEY ("row")
)
""",
    """
CREATE INDEX comment_message ON comment (message_id)
""",
    """
CREATE TABLE act (
    "row" INTEGER NOT NULL, message_id TEXT NOT NULL, act TEXT NOT NULL, question TEXT NOT
    NULL, officer TEXT NOT NULL, signature BLOB NOT NULL, at TEXT NOT NULL, PRIMARY KEY
    ("row")
)
""",
    """
CREATE INDEX act_message ON act (message_id)
""",
    """
CREATE TABLE judgement (
    "row" INTEGER NOT NULL, message_id TEXT NOT NULL, peer TEXT NOT NULL, direction TEXT NOT
    NULL, at TEXT NOT NULL, outcome TEXT NOT NULL, key_id TEXT NOT NULL, content BLOB NOT
    NULL, PRIMARY KEY ("row")
)
""",
    """
CREATE INDEX judgement_message ON judgement (message_id)
""",
    """
CREATE TABLE register (
    entry_id TEXT NOT NULL, officer TEXT NOT NULL, at TEXT NOT NULL, ended_at TEXT NOT NULL,
    key_id TEXT NOT NULL, content BLOB NOT NULL, PRIMARY KEY (entry_id)
)
""",
    """
CREATE TABLE contact (
    node TEXT NOT NULL, unit TEXT NOT NULL, at TEXT NOT NULL, message_id TEXT NOT NULL,
    content TEXT NOT NULL, PRIMARY KEY (node, unit)
)
""",
    """
CREATE TABLE extract (
    extract_id TEXT NOT NULL, message_id TEXT NOT NULL, sender TEXT NOT NULL, made_by TEXT
    NOT NULL, made_at TEXT NOT NULL, released_by TEXT NOT NULL, released_at TEXT NOT NULL,
    key_id TEXT NOT NULL, content BLOB NOT NULL, PRIMARY KEY (extract_id)
)
""",
)


def upgrade() -> None:
    """Add the columns, then the indexes and tables."""
    for table, columns in (("outbox", OUTBOX), ("inbox", INBOX)):
        for column in columns:
            op.execute(f"ALTER TABLE {table} ADD COLUMN {column} TEXT DEFAULT '' NOT NULL")
    for statement in STATEMENTS:
        op.execute(statement)
