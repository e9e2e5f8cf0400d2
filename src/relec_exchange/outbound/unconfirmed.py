"""Tells once of a rescue message that went first and that nobody confirmed in time.

Contract: writes one event `message.unconfirmed` for each such message; the outbox goes on showing
that it needs `confirm`. Used by the rounds thread only.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from relec_exchange.journal.plan import Plan
from relec_exchange.journal.writer import Journal
from relec_exchange.message.constants import Times
from relec_exchange.message.identifiers import format_time, parse_time
from relec_exchange.outbound.needs import CONFIRM
from relec_exchange.ports import Store
from relec_exchange.records import Change, EventRow, Insert, OutboxRow, Where
from relec_exchange.trust.directory import Directory

EVENT: Final = "message.unconfirmed"
LOOK_EVERY: Final = timedelta(seconds=15)


def confirm_until(row: OutboxRow, times: Times) -> datetime:
    """Until when a second officer should confirm a rescue message that was sent."""
    return parse_time(row.sent_at) + timedelta(seconds=times.confirm_seconds)


class Unconfirmed:
    """Looks through what waits to be confirmed."""

    def __init__(self, store: Store, journal: Journal, directory: Callable[[], Directory]) -> None:
        self._store = store
        self._journal = journal
        self._directory = directory
        self._looked: datetime | None = None
        self._told: set[str] = set()

    def tick(self, now: datetime) -> None:
        """Tell what is overdue now, unless we have just looked."""
        if self._looked is not None and timedelta(0) <= now - self._looked < LOOK_EVERY:
            return
        self._looked = now
        limit = timedelta(seconds=self._directory().times().confirm_seconds)
        rows = self._store.rows(
            OutboxRow,
            Where("needs", "=", CONFIRM),
            Where("sent_at", ">", ""),
            Where("sent_at", "<=", format_time(now - limit)),
            blobs=False,
        )
        changes: list[Change] = [
            self._event(row, now) for row in rows if not self._was_told(row.message_id)
        ]
        if changes:
            self._journal.write(Plan(changes=tuple(changes)))
        self._told.update(row.message_id for row in rows)

    def _was_told(self, message_id: str) -> bool:
        """Also in an earlier run of the node."""
        if message_id in self._told:
            return True
        told = (Where("kind", "=", EVENT), Where("ref", "=", message_id))
        return self._store.count(EventRow, *told) > 0

    def _event(self, row: OutboxRow, now: datetime) -> Insert:
        data = json.dumps({"type": row.type, "peer": row.recipient, "by": row.submitted_by})
        return Insert(EventRow(format_time(now), EVENT, row.message_id, data))
