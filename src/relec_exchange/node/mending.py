"""The store of a node that does not run, checked against the entries of its logs, and mended.

Contract: `differences` writes nothing but a newer schema, if the store is older than this program.
`mend` and `repair` write what can be made again, and nothing else: no entry, nothing that others
signed. They need no passphrase, unless signed receipts are to be read: public keys are taken from
the node's own card.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import datetime

from relec_exchange.adapters.guard import GuardFile
from relec_exchange.adapters.sqlite import SqliteStore
from relec_exchange.adapters.sqlite.health import (
    damage,
    make_indexes_again,
    odd_values,
    of_indexes,
)
from relec_exchange.adapters.trustfiles import TrustFiles
from relec_exchange.adapters.vault import SqliteVault
from relec_exchange.errors import NotFound, RelecError
from relec_exchange.inbound.accepting import EVIDENCE
from relec_exchange.inbound.rechaining import chain_differences
from relec_exchange.inbound.redelivering import Redelivering
from relec_exchange.inbound.routing import RoutingRules
from relec_exchange.journal.rebuilding.accepted import accepted_differences
from relec_exchange.journal.rebuilding.acts import LEFT_ALONE, act_differences
from relec_exchange.journal.rebuilding.alarms import alarm_differences, officer_differences
from relec_exchange.journal.rebuilding.inbox import InboxWalk
from relec_exchange.journal.rebuilding.links import link_differences
from relec_exchange.journal.rebuilding.notes import NoteWalk
from relec_exchange.journal.rebuilding.outbox import Originals, OutboxWalk
from relec_exchange.journal.rebuilding.partners import PartnerWalk
from relec_exchange.journal.rebuilding.refused import quarantine_differences
from relec_exchange.journal.rebuilding.rows import RowWalk, sizes_told
from relec_exchange.journal.rebuilding.said import Said
from relec_exchange.journal.rebuilding.used import used_differences
from relec_exchange.journal.rebuilding.walks import (
    Difference,
    LogWalk,
    beyond_mending,
    surplus_tiles,
    walks,
)
from relec_exchange.message.identifiers import format_time
from relec_exchange.node.originals import read_originals
from relec_exchange.node.surroundings import lock_directory
from relec_exchange.ports import RowConflict
from relec_exchange.records import Batch, Change, Delete
from relec_exchange.rounds.own_words import UNIT
from relec_exchange.rounds.regapping import gap_differences
from relec_exchange.settings import Settings
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.register import SignedRecord
from relec_exchange.trust.signature import HybridPublic

INDEXES = "indexes"
FILE = "file"
TOGETHER = 500
"""Differences that are mended in one commit."""

PASSES_MAX = 8
"""A record is made again from another one that was made again before: no line of them is longer."""

SIGNED = ("act", "receipt")
"""Tables of what others signed."""

TAKEN = "another record, which is not to be moved, has its place: restore the newest backup"
"""Why a change that the entries ask for cannot be written."""

NOT_SETTLED = "it was written, and differs again: restore the newest backup"

_DAMAGED = "a damaged table cannot be made again: restore the newest backup"

Done = Callable[[int], None]


class StoreCheck:
    """A store that nobody else has open; `close` it. `directory` is what the home's files say."""

    def __init__(
        self,
        settings: Settings,
        directory: Directory,
        now: datetime,
        contents: Callable[[], SqliteVault] | None = None,
    ) -> None:
        """NotFound if there is no store, Conflict if a process runs this node. `contents` opens the
        vault, for what only signed originals tell.
        """
        self._path = settings.path(settings.paths.store)
        if not self._path.exists():
            raise NotFound("this node has no store yet", field="store")
        self._settings = settings
        self._guard = settings.path(settings.paths.guard)
        self._directory, self._node, self._now = directory, settings.node, now
        self._open = ExitStack()
        self._open.callback(os.close, lock_directory(self._path.parent))
        self._vault = contents() if contents is not None else None
        if self._vault is not None:
            self._open.callback(self._vault.close)
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
        if any(one.table == INDEXES for one in found):
            make_indexes_again(self._path)
            return len(mended) + 1
        store = SqliteStore(self._path)
        try:
            for start in range(0, len(mended), TOGETHER):
                _commit(store, [one.remedy for one in mended[start : start + TOGETHER]])
        finally:
            store.close()
        return len(mended)

    def repair(self, found: Sequence[Difference]) -> list[Difference]:
        """Mend until nothing more can be: what rests on a mended record is seen after it. Returns
        what is left, each with the reason. It may be killed at any moment, and done again.
        """
        left = list(found)
        for _ in range(PASSES_MAX):
            if not self.mend(left):
                break
            before, left = left, self.differences()
            if left == before:
                break
        return [one if one.why else replace(one, remedy=(), why=NOT_SETTLED) for one in left]

    def _of_entries(self, store: SqliteStore, done: Done) -> list[Difference]:
        copies = self._copies()
        sizes, rows, notes, said = sizes_told(store), RowWalk(store), NoteWalk(store), Said()
        found: list[Difference] = []
        roots: dict[str, Mapping[int, bytes]] = {}
        written, trusted, succeeded = "", True, False
        for walk in walks(store, copies):
            for page in walk.pages(copies, sizes.get(walk.origin, ())):
                rows.take(page)
                notes.take(page)
                said.take(page)
                done(len(page.rows))
            found += self._of_log(walk, copies)
            self.sizes[walk.origin] = walk.tree.size
            trusted = trusted and walk.trusted
            succeeded = succeeded or walk.successor
            roots[walk.origin] = walk.roots
            if "/exchange/" in walk.origin:
                written = walk.origin
        told = rows.rest(roots, written)
        told += notes.rest()
        told += chain_differences(store, rows.numbers, format_time(self._now))
        moved = {one.where for one in told if one.table == "outbox"}
        mine = self._of_records(store, said, written, moved)
        told += [_kept(one) for one in mine] if succeeded else mine
        every = dict.fromkeys([*found, *(told if trusted else beyond_mending(told))])
        return _possible(store, list(every))

    def _of_records(
        self, store: SqliteStore, said: Said, written: str, moved: Collection[str]
    ) -> list[Difference]:
        """What the entries say of every record that is no repetition of the entry itself."""
        times, rules = self._directory.times(), RoutingRules.parse(self._settings.routing)
        deliveries = Redelivering(store, said, rules)
        last = max((at for _, at in said.rounds.values()), default="")
        return [
            *accepted_differences(store, said),
            *InboxWalk(store, said, deliveries.unit_of).differences(),
            *OutboxWalk(store, said, self._originals(store), UNIT, moved).differences(),
            *deliveries.differences(),
            *act_differences(store, said),
            *alarm_differences(store, said),
            *officer_differences(store, said, self._directory, self._files()),
            *quarantine_differences(store, said),
            *link_differences(store, said, EVIDENCE),
            *PartnerWalk(store, said, written, times).differences(),
            *used_differences(store, said, self.sizes, written),
            *gap_differences(store, times, last),
        ]

    def _originals(self, store: SqliteStore) -> Originals | None:
        return read_originals(store, self._vault) if self._vault is not None else None

    def _files(self) -> list[SignedRecord]:
        """The officers' records of the home, as far as they can be read."""
        try:
            return TrustFiles(self._settings.path(self._settings.paths.trust)).records()
        except RelecError:
            return []

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


def _kept(one: Difference) -> Difference:
    """Where a log has a successor, its last entries may be lost: what names them is left alone."""
    if one.table in SIGNED and any(isinstance(change, Delete) for change in one.remedy):
        return replace(one, remedy=(), why=LEFT_ALONE)
    return one


def _possible(store: SqliteStore, found: list[Difference]) -> list[Difference]:
    """What the store would refuse to write is told as such, and nothing of it is promised."""
    mended = [n for n, one in enumerate(found) if one.remedy]
    for n in store.refused([found[n].remedy for n in mended]) if mended else ():
        found[mended[n]] = replace(found[mended[n]], remedy=(), why=TAKEN)
    return found


def _commit(store: SqliteStore, remedies: Sequence[Sequence[Change]]) -> None:
    """All of them; if some contradict others, those that do not, and each of them whole."""
    try:
        store.commit(Batch((), tuple(change for one in remedies for change in one)))
    except RowConflict:
        for one in remedies:
            with suppress(RowConflict):
                store.commit(Batch((), tuple(one)))
