"""The store on SQLite: tables, migrations, one writing connection, many reading ones."""

from relec_exchange.adapters.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]
