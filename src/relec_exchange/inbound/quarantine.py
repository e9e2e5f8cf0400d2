"""Envelopes that nobody answers for: a bounded ring with a quota for each source.

A flood costs one activity entry per reason, source and minute, and never the records of others:
beyond its quota a source pushes out its own oldest envelopes only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from relec_exchange.errors import Reason
from relec_exchange.inbound.gathered import Refusal
from relec_exchange.journal.plan import EntryFields, Plan
from relec_exchange.message.constants import LIMITS
from relec_exchange.message.identifiers import format_time
from relec_exchange.ports import Store
from relec_exchange.records import (
    Change,
    Delete,
    Insert,
    Put,
    QuarantineCountRow,
    QuarantineRow,
    Update,
    Where,
)

DETAIL_MAX = 200
ENVELOPE_KEPT_MAX = 2 * LIMITS.envelope_buckets_bytes[-1]
"""Of something far larger than any envelope, the beginning is enough to see what it was."""

COUNTS_KEPT = timedelta(days=1)


class Quarantine:
    """Collects what one batch quarantines and turns it into changes."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def plan(self, found: Sequence[Refusal], now: datetime) -> Plan:
        """Changes for the refusals of one batch."""
        if not found:
            return Plan()
        at = format_time(now)
        kept = [
            QuarantineRow(
                at,
                one.source,
                one.reason.code,
                one.detail[:DETAIL_MAX],
                len(one.envelope),
                one.envelope[:ENVELOPE_KEPT_MAX],
            )
            for one in _within_quota(found)
        ]
        changes: list[Change] = [Insert(row) for row in kept]
        changes += [Delete(QuarantineRow, {"row": row}) for row in sorted(self._evicted(kept))]
        changes += self._counts(found, now)
        return Plan(changes=tuple(changes))

    def due(self, now: datetime, network: str) -> Plan:
        """Activity entries for the minutes that are over; counts told long ago go."""
        over = self._store.rows(
            QuarantineCountRow, Where("logged", "=", False), Where("minute", "<", _minute(now))
        )
        if not over:
            return Plan()
        old = self._store.rows(
            QuarantineCountRow,
            Where("logged", "=", True),
            Where("minute", "<", _minute(now - COUNTS_KEPT)),
        )
        return Plan(
            activity=tuple(_told(row, network) for row in over),
            changes=(
                *(Update(QuarantineCountRow, _key(row), {"logged": True}) for row in over),
                *(Delete(QuarantineCountRow, _key(row)) for row in old),
            ),
        )

    def told_this_minute(self, source: str, reason: Reason, now: datetime) -> bool:
        """Whether this source was quarantined for this reason in the current minute already."""
        return bool(
            self._store.count(
                QuarantineCountRow,
                Where("minute", "=", _minute(now)),
                Where("source", "=", source),
                Where("reason", "=", reason.code),
            )
        )

    def _evicted(self, kept: Sequence[QuarantineRow]) -> set[int]:
        """Rows that make room: first of the sources beyond their quota, then the oldest of all."""
        gone: set[int] = set()
        for source, new in Counter(row.source for row in kept).items():
            mine = Where("source", "=", source)
            over = self._store.count(QuarantineRow, mine) + new - LIMITS.quarantine_per_source
            gone |= set(self._oldest(over, mine))
        over = self._store.count(QuarantineRow) + len(kept) - len(gone) - LIMITS.quarantine_ring
        if over > 0:
            rest = [row for row in self._oldest(over + len(gone)) if row not in gone]
            gone |= set(rest[:over])
        return gone

    def _oldest(self, many: int, *conditions: Where) -> list[int]:
        if many <= 0:
            return []
        rows = self._store.rows(QuarantineRow, *conditions, order="row", limit=many, blobs=False)
        return [row.row for row in rows]

    def _counts(self, found: Sequence[Refusal], now: datetime) -> list[Change]:
        minute = _minute(now)
        before = {
            (r.source, r.reason): r.count
            for r in self._store.rows(QuarantineCountRow, Where("minute", "=", minute))
        }
        counts = Counter((one.source, one.reason.code) for one in found)
        return [
            Put(QuarantineCountRow(minute, *key, count + before.get(key, 0)))
            for key, count in counts.items()
        ]


def _told(row: QuarantineCountRow, network: str) -> EntryFields:
    return {
        "kind": "quarantined",
        "network": network,
        "reason": row.reason,
        "source": row.source,
        "count": row.count,
        "minute": row.minute,
    }


def _key(row: QuarantineCountRow) -> dict[str, object]:
    return {"minute": row.minute, "source": row.source, "reason": row.reason}


def _minute(now: datetime) -> str:
    return format_time(now.replace(second=0, microsecond=0))


def _within_quota(found: Sequence[Refusal]) -> list[Refusal]:
    """The newest of each source, so that one batch alone cannot exceed the quota."""
    kept: list[Refusal] = []
    seen: Counter[str] = Counter()
    for one in reversed(found):
        seen[one.source] += 1
        if seen[one.source] <= LIMITS.quarantine_per_source:
            kept.append(one)
    return kept[::-1]
