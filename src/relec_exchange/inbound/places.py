"""Which places of one peer's log are taken by accepted entries, around those that a batch needs.

A value of one batch: what the store knows near the places in question, and what the batch adds.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence

from relec_exchange.errors import Reason, Unverified
from relec_exchange.ports import Store
from relec_exchange.records import AcceptedRow, Where

Place = tuple[int, str, bytes]
"""Index, time and leaf of an accepted entry."""

WINDOW_MAX = 2000
"""So many known places are read at once; where more lie between, each place is looked up alone."""


class Places:
    """The places in order. `tail` is the highest one accepted before the batch, if any."""

    def __init__(self, known: Iterable[Place]) -> None:
        self._places = sorted(set(known))

    def check(self, place: Place) -> None:
        """Unverified(LOG_FORK) if another entry is there, TIME_ORDER if the time does not fit."""
        index, time, leaf = place
        at = bisect_left(self._places, (index,))
        if at < len(self._places) and self._places[at][0] == index:
            if self._places[at][2] != leaf:
                raise Unverified(Reason.LOG_FORK, "another entry was accepted at this place")
            return
        if at > 0 and time < self._places[at - 1][1]:
            raise Unverified(Reason.TIME_ORDER, "earlier than an entry before it")
        if at < len(self._places) and time > self._places[at][1]:
            raise Unverified(Reason.TIME_ORDER, "later than an entry after it")

    def take(self, place: Place) -> None:
        """Remember a place for the rest of the batch."""
        at = bisect_left(self._places, (place[0],))
        if at == len(self._places) or self._places[at][0] != place[0]:
            insort(self._places, place)

    @property
    def tail(self) -> Place | None:
        """The highest place."""
        return self._places[-1] if self._places else None


def read_tail(store: Store, origin: str) -> Place | None:
    """The highest place accepted from a log."""
    rows = _read(store, origin, order="-idx", limit=1)
    return rows[0] if rows else None


def read_places(store: Store, origin: str, indices: Sequence[int], tail: Place | None) -> Places:
    """What is known around `indices`."""
    if tail is None:
        return Places(())
    late = [index for index in indices if index <= tail[0]]
    if not late:
        return Places((tail,))
    low, high = min(late), max(late)
    within = (Where("idx", ">=", low), Where("idx", "<=", high))
    if store.count(AcceptedRow, Where("origin", "=", origin), *within) > WINDOW_MAX:
        found = [place for index in late for place in _around(store, origin, index, index)]
        return Places((*found, tail))
    between = _read(store, origin, *within, order="idx", limit=WINDOW_MAX)
    return Places((*_around(store, origin, low, high), *between, tail))


def _around(store: Store, origin: str, low: int, high: int) -> list[Place]:
    """The nearest places at or below `low`, and at or above `high`."""
    below = _read(store, origin, Where("idx", "<=", low), order="-idx", limit=1)
    return below + _read(store, origin, Where("idx", ">=", high), order="idx", limit=1)


def _read(store: Store, origin: str, *more: Where, order: str, limit: int) -> list[Place]:
    rows = store.rows(
        AcceptedRow, Where("origin", "=", origin), *more, order=order, limit=limit, blobs=False
    )
    return [(row.idx, row.time, row.leaf) for row in rows]
