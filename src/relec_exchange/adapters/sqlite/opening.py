"""Opening the database: connections whose pragmas were checked, and the newest schema.

SQLite says what it did, not whether it obeyed, so every answer is compared.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, PoolProxiedConnection, create_engine, event
from sqlalchemy.pool import QueuePool

from relec_exchange.errors import IntegrityFailure

PRAGMAS = {
    "journal_mode": ("wal", "wal"),
    "synchronous": ("full", "2"),
    "foreign_keys": ("on", "1"),
    "secure_delete": ("on", "1"),
}
"""Pragma -> (value set, answer expected)."""

WAIT_SECONDS = 30
READERS = 8
IDLE_MAX = 4  # of READERS and as many more: those that wait for a connection get one


class Connections:
    """A pool of connections to the file, and the few that wait outside of it for the next use: to
    take one from the pool and give it back took longer than most reads, and a sixth of a commit.
    """

    def __init__(self, path: Path, *, writing: bool) -> None:
        self.engine = engine(path, writing=writing)
        self._idle: deque[PoolProxiedConnection] = deque()
        self._idle_max = 1 if writing else IDLE_MAX

    def close(self) -> None:
        """Close all of them."""
        while self._idle:
            self._idle.pop().close()
        self.engine.dispose()

    @contextmanager
    def lent(self) -> Iterator[Any]:
        """The driver's connection; back in the pool, which makes it fit again, after an error."""
        try:
            pooled = self._idle.pop()
        except IndexError:
            pooled = self.engine.raw_connection()
        try:
            yield pooled.driver_connection
        except BaseException:
            pooled.close()
            raise
        if len(self._idle) < self._idle_max:
            self._idle.append(pooled)
        else:
            pooled.close()


def engine(path: Path, *, writing: bool) -> Engine:
    """Connections to the file: one that writes in `BEGIN IMMEDIATE`, or some that only read."""
    made = create_engine(
        f"sqlite:///{path}",
        connect_args={"check_same_thread": False, "timeout": WAIT_SECONDS},
        poolclass=QueuePool,
        pool_size=1 if writing else READERS,
        max_overflow=0 if writing else READERS,
    )

    @event.listens_for(made, "connect")
    def _prepare(raw: Any, _record: object) -> None:
        raw.isolation_level = None  # we say BEGIN ourselves
        with closing(raw.cursor()) as cursor:
            for pragma, (value, expected) in PRAGMAS.items():
                cursor.execute(f"pragma {pragma}={value}").fetchall()
                answer = str(cursor.execute(f"pragma {pragma}").fetchone()[0])
                if answer != expected:
                    raise IntegrityFailure(f"SQLite answered {answer!r} to pragma {pragma}={value}")

    if writing:

        @event.listens_for(made, "begin")
        def _begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return made


def migrate(connection: Connection) -> None:
    """Bring the database to the newest schema, in one transaction."""
    config, script = _migrations()

    def upgrade(revision: Any, _context: Any) -> Any:
        return script._upgrade_revs("head", revision)

    with EnvironmentContext(config, script, fn=upgrade) as environment:
        environment.configure(connection=connection, transactional_ddl=True)
        with environment.begin_transaction():
            environment.run_migrations()
    connection.commit()


@cache
def _migrations() -> tuple[Config, ScriptDirectory]:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config, ScriptDirectory.from_config(config)
