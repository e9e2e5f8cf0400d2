"""Cosignatures, trees that partners showed, sheltered envelopes; alarms that are closed."""

from alembic import op

revision = "0004"
down_revision = "0003"

STATEMENTS = (
    """
CREATE TABLE cosignature (
    origin TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, witness TEXT NOT
    NULL, "key" TEXT NOT NULL, at INTEGER NOT NULL, lines BLOB NOT NULL, PRIMARY KEY
    (origin, size, witness)
)
""",
    """
CREATE TABLE cosigned (
    origin TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, note BLOB NOT NULL,
    at TEXT NOT NULL, PRIMARY KEY (origin, size)
)
""",
    """
CREATE TABLE peer_tree (
    origin TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, old_size INTEGER
    NOT NULL, path BLOB NOT NULL, at TEXT NOT NULL, PRIMARY KEY (origin, size)
)
""",
    """
CREATE TABLE witnessed (
    origin TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, note BLOB NOT NULL,
    top_size INTEGER NOT NULL, path BLOB NOT NULL, at TEXT NOT NULL, PRIMARY KEY
    (origin, size)
)
""",
    """
CREATE TABLE shelter (
    "row" INTEGER NOT NULL, source TEXT NOT NULL, cls TEXT NOT NULL, envelope BLOB NOT
    NULL, at TEXT NOT NULL, PRIMARY KEY ("row")
)
""",
    # One alarm of a kind and subject is open at a time. SQLite changes no constraint of a table.
    """
CREATE TABLE alarm_new (
    "row" INTEGER NOT NULL, what TEXT NOT NULL, subject TEXT NOT NULL, at TEXT NOT NULL,
    detail TEXT NOT NULL, evidence BLOB NOT NULL, closed_at TEXT DEFAULT '' NOT NULL,
    closed_by TEXT DEFAULT '' NOT NULL, PRIMARY KEY ("row"), CONSTRAINT alarm_once
    UNIQUE (what, subject, closed_at)
)
""",
    """
INSERT INTO alarm_new ("row", what, subject, at, detail, evidence)
    SELECT "row", what, subject, at, detail, evidence FROM alarm
""",
    "DROP TABLE alarm",
    "ALTER TABLE alarm_new RENAME TO alarm",
    "ALTER TABLE accepted_checkpoint ADD COLUMN top_size INTEGER DEFAULT '0' NOT NULL",
    "ALTER TABLE accepted_checkpoint ADD COLUMN path BLOB DEFAULT '' NOT NULL",
    "ALTER TABLE accepted_checkpoint ADD COLUMN heard_from TEXT DEFAULT '' NOT NULL",
    "ALTER TABLE peer ADD COLUMN asked BOOLEAN DEFAULT '0' NOT NULL",
    "ALTER TABLE peer ADD COLUMN cosigned_told INTEGER DEFAULT '0' NOT NULL",
    "ALTER TABLE peer ADD COLUMN shown_trees TEXT DEFAULT '{}' NOT NULL",
)


def upgrade() -> None:
    """Add the tables and columns; the alarms there are stay open."""
    for statement in STATEMENTS:
        op.execute(statement)
