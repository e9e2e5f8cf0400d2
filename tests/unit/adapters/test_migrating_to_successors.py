"""A database of the version before: its messages belong to the one log that there was."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory

from relec_exchange.adapters.sqlite import SqliteStore, opening
from relec_exchange.records import LogHeadRow, OutboxRow, PeerChainRow, PeerRow

ORIGIN = "relec.example/tr/exchange/1"


def made_at(path: Path, revision: str) -> None:
    """A database as that version made it."""
    config = Config()
    config.set_main_option("script_location", str(Path(opening.__file__).parent / "migrations"))
    script = ScriptDirectory.from_config(config)

    def upgrade(present: Any, _context: Any) -> Any:
        return script._upgrade_revs(revision, present)

    engine = opening.engine(path, writing=True)
    with engine.connect() as connection, EnvironmentContext(config, script, fn=upgrade) as made:
        made.configure(connection=connection, transactional_ddl=True)
        with made.begin_transaction():
            made.run_migrations()
        connection.commit()
    engine.dispose()


def insert(db: sqlite3.Connection, table: str, **values: object) -> None:
    """A row whose other columns are empty."""
    given = {}
    for _, name, kind, required, default, key in db.execute(f"pragma table_info({table})"):
        if name in values:
            given[name] = values[name]
        elif required and default is None and not (key and kind == "INTEGER"):
            given[name] = {"TEXT": "", "BLOB": b"", "INTEGER": 0, "BOOLEAN": 0}[kind]
    names = ", ".join(f'"{name}"' for name in given)
    db.execute(
        f"insert into {table} ({names}) values ({', '.join('?' * len(given))})",  # noqa: S608
        tuple(given.values()),
    )


def test_what_was_sent_before_belongs_to_the_first_log(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    path.touch(mode=0o600)
    made_at(path, "0002")
    with closing(sqlite3.connect(path)) as db:
        for log in ("exchange", "activity"):
            insert(db, "log_head", origin=ORIGIN.replace("exchange", log), log=log, size=3)
        for seq, ident in ((1, "sent"), (2, "sent too"), (None, "waits")):
            place = seq if seq else -1
            insert(
                db,
                "outbox",
                message_id=ident,
                recipient="pk",
                cls="ordinary",
                seq=seq,
                leaf_index=place,
            )
        insert(db, "peer", peer="pk", acknowledged_size=3)
        insert(db, "peer_chain", peer="pk", cls="ordinary", last_sent=7)
        db.commit()
    store = SqliteStore(path)
    rows = {row.message_id: row.origin for row in store.rows(OutboxRow)}
    assert rows == {"sent": ORIGIN, "sent too": ORIGIN, "waits": ""}
    assert store.next_sequences(ORIGIN) == {("pk", "ordinary"): 3}
    assert [row.closed for row in store.rows(LogHeadRow)] == [False, False]
    peer = store.rows(PeerRow)[0]
    assert (peer.our_origin, peer.acknowledged_size) == (ORIGIN, 3)
    assert store.rows(PeerChainRow) == []
    store.close()
