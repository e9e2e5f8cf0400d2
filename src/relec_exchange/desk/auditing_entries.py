"""Entries of our own logs as auditors walk through them: by kind and time, over closed logs too.

Contract: reads only; entries come in the order of their log, and no entry is read that lies beyond
the end of a closed log. What the store holds is taken as it is: whether it is what was signed says
`relec audit verify`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from typing import Any, Final

from relec_exchange.audit.entry import kind_and_time
from relec_exchange.journal.state import JournalState, LogState
from relec_exchange.message.identifiers import parse_origin
from relec_exchange.ports import Store
from relec_exchange.records import EntryRow, Where

EXCHANGE: Final = "exchange"
ACTIVITY: Final = "activity"
PAGE: Final = 1000

Place = tuple[str, str, int]
"""Where an entry stands among those of all logs: its time, its log, its index."""


@dataclass(frozen=True, slots=True)
class Span:
    """A period in wire time: from `since` on (empty: the beginning) until before `until`."""

    since: str = ""
    until: str = ""

    def has(self, time: str) -> bool:
        """Whether a time lies in it; an empty one does not."""
        return bool(time) and self.since <= time and (not self.until or time < self.until)


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry and where it stands."""

    origin: str
    index: int
    entry: dict[str, Any]

    @property
    def place(self) -> Place:
        """What entries of several logs are ordered by."""
        return self.entry["time"], self.origin, self.index


def logs_of(state: JournalState, kind: str) -> list[LogState]:
    """Our logs of this kind, the oldest first, the one that is written last."""
    closed = [log for log in state.closed.values() if parse_origin(log.origin).log == kind]
    closed.sort(key=lambda log: parse_origin(log.origin).number)
    return [*closed, state.exchange if kind == EXCHANGE else state.activity]


def walk(
    store: Store, log: LogState, kinds: Sequence[str] = (), span: Span | None = None, start: int = 0
) -> Iterator[Placed]:
    """Entries of one log from `start` on, of these kinds (none named: all) and in `span`."""
    period = span or Span()
    first = max(start, _first(store, log, period.since))
    wanted = (Where("kind", "in", list(kinds)),) if kinds else ()
    while rows := store.rows(
        EntryRow,
        Where("origin", "=", log.origin),
        Where("idx", ">=", first),
        Where("idx", "<", log.size),
        *wanted,
        order="idx",
        limit=PAGE,
    ):
        for row in rows:
            entry: dict[str, Any] = json.loads(row.data)
            if period.until and entry["time"] >= period.until:
                return
            yield Placed(log.origin, row.idx, entry)
        first = rows[-1].idx + 1


def walk_kind(
    store: Store,
    state: JournalState,
    kind: str,
    kinds: Sequence[str] = (),
    span: Span | None = None,
) -> Iterator[Placed]:
    """Entries of all our logs of one kind, one log after the other."""
    for log in logs_of(state, kind):
        yield from walk(store, log, kinds, span)


def walk_all(
    store: Store, logs: Sequence[LogState], kinds: Sequence[str] = (), span: Span | None = None
) -> Iterator[Placed]:
    """Entries of several logs, by time."""
    return merge(*(walk(store, log, kinds, span) for log in logs), key=lambda one: one.place)


def _first(store: Store, log: LogState, since: str) -> int:
    """The first index whose entry is not before `since`; times never run back in a log."""
    low, high = 0, log.size if since else 0
    while low < high:
        middle = (low + high) // 2
        rows = store.rows(
            EntryRow, Where("origin", "=", log.origin), Where("idx", "=", middle), limit=1
        )
        if rows and kind_and_time(rows[0].data)[1] >= since:
            high = middle
        else:
            low = middle + 1
    return low
