"""Trees of partners' logs, and who saw them, thinned: chains of evidence stay whole, no more stays.

Contract: once a day. Of cosigned trees older than a day the last one of each hour stays: what an
earlier one covered leads on to it, by the trees of rounds between them. Of those, once no message
can come any more that uses a tree of that time, only what lies between the tree that proves a
message's and the cosigned one that covers it stays. Of cosigned trees of our own logs the notes go
in the same way. Used by the rounds thread only.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Final

from relec_exchange.journal.plan import Plan
from relec_exchange.journal.writer import Journal
from relec_exchange.message.identifiers import format_time
from relec_exchange.ports import Store
from relec_exchange.records import (
    AcceptedCheckpointRow,
    AcceptedRow,
    Change,
    CosignedRow,
    Delete,
    PeerTreeRow,
    Update,
    Where,
    WitnessedRow,
)
from relec_exchange.rounds.clearing import PAGE, PASSING, SETTLED
from relec_exchange.rounds.epochs import resend_life
from relec_exchange.trust.directory import Directory

SPAN: Final = timedelta(days=31)
"""So much of the past is looked at, each day anew: a node may have been off."""

HOUR: Final = len("2026-11-01T08")
"""Wire times of one hour begin alike."""

BEYOND: Final = 2**62
"""Beyond all sizes."""

Pair = tuple[int, int]
"""The size of a message's tree, and that of the round's tree that it was proven a prefix of."""


class Thinning:
    """See the module."""

    def __init__(self, store: Store, journal: Journal, directory: Callable[[], Directory]) -> None:
        self._store = store
        self._journal = journal
        self._directory = directory
        self._done: date | None = None

    def tick(self, now: datetime) -> None:
        """The day's work."""
        if self._done == now.date():
            return
        over = now - resend_life(self._directory().times())
        for log in (*self._journal.state.closed_exchange(), self._journal.state.exchange):
            self._write(self._own(log.origin, now - SETTLED))
        for origin in self._origins():
            self._write(self._seen(origin, now - SETTLED))
            self._write(self._trees(origin, over))
        self._done = now.date()

    def _origins(self) -> list[str]:
        """The logs of partners of which rounds brought trees."""
        found: list[str] = []
        while rows := self._store.rows(
            PeerTreeRow,
            Where("origin", ">", found[-1] if found else ""),
            order="origin",
            limit=1,
            blobs=False,
        ):
            found.append(rows[0].origin)
        return found

    def _own(self, origin: str, until: datetime) -> Iterator[Change]:
        """Notes of cosigned trees of ours that a later one of their hour covers too; when they were
        cosigned stays.
        """
        noted = Where("note", "!=", b"")
        rows = self._store.rows(CosignedRow, *_within(origin, until), noted, order="size")
        last = {row.at[:HOUR]: row.size for row in rows}
        for row in rows:
            if row.size != last[row.at[:HOUR]]:
                yield Update(CosignedRow, {"origin": origin, "size": row.size}, {"note": b""})

    def _seen(self, origin: str, until: datetime) -> Iterator[Change]:
        """Cosigned trees that a later one of their hour covers too."""
        rows = self._store.rows(WitnessedRow, *_within(origin, until), order="size", blobs=False)
        last = {row.at[:HOUR]: row.size for row in rows}
        for row in rows:
            if row.size != last[row.at[:HOUR]]:
                yield Delete(WitnessedRow, {"origin": origin, "size": row.size})

    def _trees(self, origin: str, until: datetime) -> Iterator[Change]:
        """Trees of rounds that lead from no message to a cosigned tree."""
        trees = self._store.rows(PeerTreeRow, *_within(origin, until), order="size", blobs=False)
        if not trees:
            return
        mine, first = Where("origin", "=", origin), trees[0].size
        seen = self._store.rows(
            WitnessedRow, mine, Where("top_size", ">=", first), order="size", blobs=False
        )
        spans = _spans(self._pairs(origin, first), seen)
        for tree in trees[:-1]:  # the last one may be the newest: the next one goes on from it
            while spans and spans[0][1] < tree.size:
                spans.pop(0)
            if not spans or tree.size < spans[0][0]:
                yield Delete(PeerTreeRow, {"origin": origin, "size": tree.size})

    def _pairs(self, origin: str, first: int) -> Iterator[Pair]:
        """Trees of messages that may lead to a cosigned tree by a round's tree of this size."""
        mine = Where("origin", "=", origin)
        before = self._store.rows(
            WitnessedRow,
            mine,
            Where("top_size", "<", first),
            order="-size",
            limit=1,
            blobs=False,
        )
        # What the last one before does not cover leads to one of these.
        after = before[0].size if before else 0
        while rows := self._store.rows(
            AcceptedCheckpointRow,
            mine,
            Where("size", ">", after),
            order="size",
            limit=PAGE,
            blobs=False,
        ):
            after = rows[-1].size
            sizes = Where("size", "in", [row.size for row in rows])
            of_messages = self._store.rows(AcceptedRow, mine, sizes, blobs=False)
            used = {row.size for row in of_messages if row.type not in PASSING}
            yield from ((row.size, row.top_size) for row in rows if row.size in used)

    def _write(self, changes: Iterable[Change]) -> None:
        page: list[Change] = []
        for change in changes:
            page.append(change)
            if len(page) == PAGE:
                self._journal.write(Plan(changes=tuple(page)))
                page = []
        if page:
            self._journal.write(Plan(changes=tuple(page)))


def _within(origin: str, until: datetime) -> tuple[Where, Where, Where]:
    since = format_time(until - SPAN)
    old = Where("at", "<", format_time(until))
    return Where("origin", "=", origin), Where("at", ">=", since), old


def _spans(pairs: Iterable[Pair], seen: Sequence[WitnessedRow]) -> list[Pair]:
    """From which tree of a round to which one chains lead, none within another."""
    found: list[Pair] = []
    sizes = [row.size for row in seen]
    for size, top in sorted(pairs, key=lambda pair: pair[1]):
        covering = islice(seen, bisect_left(sizes, size), None)
        end = next((row.top_size for row in covering if row.top_size >= top), BEYOND)
        if top and found and top <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        elif top:
            found.append((top, end))
    return found
