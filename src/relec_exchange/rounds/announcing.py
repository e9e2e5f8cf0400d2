"""Ends are announced 60, 30 and 7 days ahead, and when they have come; each once.

What is seen first with less time left is announced once, for the nearest of these. What was over
for a week when it is seen first is past, and not announced.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from relec_exchange.journal.plan import Plan
from relec_exchange.journal.writer import Journal
from relec_exchange.message.identifiers import format_time
from relec_exchange.ports import Store
from relec_exchange.records import AnnouncedRow, Change, EventRow, Insert, Where
from relec_exchange.rounds.ending import AHEAD_DAYS, Certificate, Ending, endings
from relec_exchange.trust.directory import Directory

PAUSE: Final = timedelta(hours=1)
PAST_DAYS: Final = 7


class Announcing:
    """Used by the rounds thread only. Looks once an hour, and when the directory has changed."""

    def __init__(
        self,
        store: Store,
        journal: Journal,
        directory: Callable[[], Directory],
        certificate: Certificate,
    ) -> None:
        self._store = store
        self._journal = journal
        self._directory = directory
        self._certificate = certificate
        self._looked = datetime.min.replace(tzinfo=UTC)
        self._seen: Directory | None = None

    def tick(self, now: datetime) -> None:
        """Announce what is due and was not announced yet."""
        directory = self._directory()
        if self._seen is directory and timedelta(0) <= now - self._looked < PAUSE:
            return
        changes: list[Change] = []
        for one in endings(self._store, directory, self._certificate):
            changes += self._announced(one, now)
        if changes:
            self._journal.write(Plan(changes=tuple(changes)))
        self._looked, self._seen = now, directory

    def _announced(self, one: Ending, now: datetime) -> list[Change]:
        left = one.days(now)
        reached = [days for days in (*AHEAD_DAYS, 0) if left <= days]
        if not reached or left < -PAST_DAYS:
            return []
        # Another end is another announcement: a new card of the same node, say.
        mark = f"{one.subject}@{format_time(one.ends)}"
        told = {
            row.days
            for row in self._store.rows(
                AnnouncedRow, Where("what", "=", one.what), Where("subject", "=", mark)
            )
        }
        if reached[-1] in told:
            return []
        at = format_time(now)
        marks: list[Change] = [
            Insert(AnnouncedRow(one.what, mark, days, at), ignore=True) for days in reached
        ]
        data = {"what": one.what, "ends_at": format_time(one.ends), "days": max(left, 0)}
        name = "expiry.over" if left <= 0 else "expiry.ahead"
        return [*marks, Insert(EventRow(at, name, one.subject, json.dumps(data)))]
