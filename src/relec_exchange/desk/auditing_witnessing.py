"""How long entries of our exchange logs stood under no checkpoint that a quorum had cosigned.

Contract: reads only. Rounds and anchors are not counted: each round ends with entries of its own.
An entry is witnessed from the time of the first cosigned checkpoint that is larger than its index.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from relec_exchange.desk.auditing_entries import EXCHANGE, Placed, Span, logs_of, walk
from relec_exchange.desk.core import Core, Json
from relec_exchange.message.identifiers import format_time, parse_time
from relec_exchange.records import CosignedRow, Where

_ANCHORED: Final = "anchored"
_ROUND: Final = "round"


@dataclass(slots=True)
class Waits:
    """Waiting times in seconds; `until` is the end of the last period without a witness."""

    entries: int = 0
    waiting: int = 0
    longest: float = 0.0
    together: float = 0.0
    total: float = 0.0
    until: str = ""

    def add(self, since: str, until: str, *, witnessed: bool) -> None:
        """One entry, in the order of the log."""
        seconds = _seconds(since, until)
        self.entries += 1
        self.waiting += not witnessed
        self.longest = max(self.longest, seconds)
        self.total += seconds
        self.together += _seconds(max(since, self.until), until)
        self.until = max(self.until, until)


def unwitnessed(core: Core, span: Span) -> Json:
    """`answers.Witnessing` of the entries of a period, up to now."""
    now, waits = format_time(core.clock()), Waits()
    for log in logs_of(core.journal.state, EXCHANGE):
        rows = core.store.rows(CosignedRow, Where("origin", "=", log.origin), order="size")
        sizes, times = [row.size for row in rows], [row.at for row in rows]
        waits.until = ""
        for one in _counted(walk(core.store, log, span=span)):
            place = bisect_right(sizes, one.index)
            found = place < len(sizes)
            waits.add(one.entry["time"], times[place] if found else now, witnessed=found)
    return {
        "entries": waits.entries,
        "unwitnessed": waits.waiting,
        "longest_seconds": round(waits.longest),
        "mean_seconds": round(waits.total / waits.entries) if waits.entries else 0,
        "together_seconds": round(waits.together),
    }


def _counted(entries: Iterator[Placed]) -> Iterator[Placed]:
    for one in entries:
        kind = one.entry["kind"]
        if kind != _ANCHORED and not (kind == "sent" and one.entry["type"] == _ROUND):
            yield one


def _seconds(since: str, until: str) -> float:
    return max(0.0, (parse_time(until) - parse_time(since)).total_seconds())
