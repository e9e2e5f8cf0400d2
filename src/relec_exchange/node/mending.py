"""The store of a node that does not run, checked against the entries of its logs, and mended.

Contract: `differences` writes nothing but a newer schema, if the store is older than this program.
`mend` writes what can be made again, and nothing else: no entry, nothing that others signed. Both
need no passphrase: keys are only read from the node's own card.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime

from relec_exchange.adapters.guard import GuardFile
from relec_exchange.adapters.sqlite import SqliteStore
from relec_exchange.adapters.sqlite.health import (
    damage,
    make_indexes_again,
    odd_values,
    of_indexes,
)
from relec_exchange.errors import NotFound
from relec_exchange.inbound.rechaining import chain_differences
from relec_exchange.journal.rebuilding import (
    Difference,
    LogWalk,
    beyond_mending,
    surplus_tiles,
    walks,
)
from relec_exchange.journal.rebuilding_notes import NoteWalk
from relec_exchange.journal.rebuilding_rows import RowWalk, sizes_told
from relec_exchange.message.identifiers import format_time
from relec_exchange.node.surroundings import lock_directory
from relec_exchange.records import Batch, Change
from relec_exchange.settings import Settings
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.signature import HybridPublic

INDEXES = "indexes"
FILE = "file"
CHANGES_MAX = 500
"""Changes of one commit."""

_DAMAGED = "a damaged table cannot be made again: restore the newest backup"

Done = Callable[[int], None]


class StoreCheck:
    """A store that nobody else has open; `close` it. `directory` is what the home's files say."""

    def __init__(self, settings: Settings, directory: Directory, now: datetime) -> None:
        """NotFound if there is no store, Conflict if a process runs this node."""
        self._path = settings.path(settings.paths.store)
        if not self._path.exists():
            raise NotFound("this node has no store yet", field="store")
        self._guard = settings.path(settings.paths.guard)
        self._directory, self._node, self._now = directory, settings.node, now
        self._open = ExitStack()
        self._open.callback(os.close, lock_directory(self._path.parent))
        self.sizes: dict[str, int] = {}

    def __enter__(self) -> StoreCheck:
        """Use as a context manager."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self._open.close()

    def differences(self, done: Done = lambda count: None) -> list[Difference]:
        """Everything that is other than its source says; `done` hears how many entries were read.

        IntegrityFailure for a file that is no database.
        """
        found = damage(self._path)
        if found:
            mends = of_indexes(found)
            what, where = "; ".join(found), INDEXES if mends else FILE
            return [Difference(where, self._path.name, what, (), "" if mends else _DAMAGED)]
        odd = odd_values(self._path)
        if odd:
            name = self._path.name
            return [
                Difference(table, name, f"{column} is of another type", (), _DAMAGED)
                for table, column in odd
            ]
        store = SqliteStore(self._path)
        try:
            return self._of_entries(store, done)
        finally:
            store.close()

    def mend(self, found: Sequence[Difference]) -> int:
        """Write every remedy; returns how many differences had one. Unavailable: do it again."""
        mended = [one for one in found if one.remedy]
        changes = [change for one in mended for change in one.remedy]
        if any(one.table == INDEXES for one in found):
            make_indexes_again(self._path)
            return len(mended) + 1
        store = SqliteStore(self._path)
        try:
            for start in range(0, len(changes), CHANGES_MAX):
                part: tuple[Change, ...] = tuple(changes[start : start + CHANGES_MAX])
                store.commit(Batch((), part))
        finally:
            store.close()
        return len(mended)

    def _of_entries(self, store: SqliteStore, done: Done) -> list[Difference]:
        copies = self._copies()
        sizes, rows, notes = sizes_told(store), RowWalk(store), NoteWalk(store)
        found: list[Difference] = []
        roots: dict[str, Mapping[int, bytes]] = {}
        written, trusted = "", True
        for walk in walks(store, copies):
            for page in walk.pages(copies, sizes.get(walk.origin, ())):
                rows.take(page)
                notes.take(page)
                done(len(page.rows))
            found += self._of_log(walk, copies)
            self.sizes[walk.origin] = walk.tree.size
            trusted = trusted and walk.trusted
            roots[walk.origin] = walk.roots
            if "/exchange/" in walk.origin:
                written = walk.origin
        told = rows.rest(roots, written)
        told += notes.rest()
        told += chain_differences(store, rows.numbers, format_time(self._now))
        return list(dict.fromkeys([*found, *(told if trusted else beyond_mending(told))]))

    def _of_log(self, walk: LogWalk, copies: Mapping[str, tuple[int, bytes]]) -> list[Difference]:
        found = walk.differences(copies, self._key)
        return [*found, *surplus_tiles(walk)] if walk.trusted else found

    def _copies(self) -> Mapping[str, tuple[int, bytes]]:
        """The guard copy; nothing where it was lost. IntegrityFailure if it is damaged."""
        if not self._guard.exists():
            return {}
        guard = GuardFile(self._guard)
        try:
            return guard.read()
        finally:
            guard.close()

    def _key(self, origin: str) -> HybridPublic | None:
        """The public key of a log of ours, if our card names it."""
        try:
            card = self._directory.card(self._node)
        except NotFound:
            return None
        return next((log.public() for log in card.card.logs if log.origin == origin), None)
