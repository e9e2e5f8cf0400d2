"""What a meeting of contact points looks back on besides figures: warnings and deadlines.

Contract: counts of what the items of GET /v1/statistics say; no content. Times are wire text, which
sorts as time does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from relec_exchange.statistics.reports import quarter_of

Item = Mapping[str, Any]

_CANCEL: Final = "warning.cancel"
_MONTH_LENGTH: Final = 7


@dataclass(frozen=True, slots=True)
class WarningCount:
    """How many warnings of one kind there were about one country (empty: at sea, not said)."""

    kind: str
    country: str
    count: int


@dataclass(frozen=True, slots=True)
class DeadlineCount:
    """What became of the deadlines of one type. `direction` is in (ours to answer) or out.

    `waiting` are not answered and not due yet, `overdue` are due and not answered.
    """

    direction: str
    type: str
    in_time: int
    late: int
    waiting: int
    overdue: int


def warning_counts(items: Iterable[Item], first: str = "", last: str = "") -> list[WarningCount]:
    """Warnings of the quarters from first to last; an update counts in place of what it updates."""
    every = list(items)
    replaced = {item["supersedes"] for item in every if item.get("supersedes")}
    counts = Counter(
        (item["kind"], item["country"])
        for item in every
        if item["type"] != _CANCEL
        and not item.get("withdrawn")
        and item["message_id"] not in replaced
        and _within(item["received_at"], first, last)
    )
    return [WarningCount(*key, counts[key]) for key in sorted(counts)]


def deadline_counts(
    items: Iterable[Item], direction: str, now: str, first: str = "", last: str = ""
) -> list[DeadlineCount]:
    """Deadlines that fell into the quarters from first to last, by type."""
    counts: dict[str, Counter[str]] = {}
    for item in items:
        if _within(item["due_at"], first, last):
            counts.setdefault(item["type"], Counter())[_outcome(item, now)] += 1
    return [
        DeadlineCount(direction, name, *(found[word] for word in _OUTCOMES))
        for name, found in sorted(counts.items())
    ]


_OUTCOMES: Final = ("in_time", "late", "waiting", "overdue")


def _outcome(item: Item, now: str) -> str:
    answered, due = item.get("answered_at") or "", item["due_at"]
    if answered:
        return "in_time" if answered <= due else "late"
    return "waiting" if now <= due else "overdue"


def _within(time: str, first: str, last: str) -> bool:
    quarter = quarter_of(time[:_MONTH_LENGTH])
    return first <= quarter and (not last or quarter <= last)
