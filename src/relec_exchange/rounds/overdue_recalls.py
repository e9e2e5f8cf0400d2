"""Tells of corrections and recalls that were not answered in time, and reaches the duty contact.

Once for each: `Deadlines` tells who follows a message; this tells somebody who may act. What is
late stays open all the same, and shows among the recalls until its answer comes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from relec_exchange.journal.plan import Plan
from relec_exchange.journal.threads import WITHDRAWING
from relec_exchange.journal.writer import Journal
from relec_exchange.message.identifiers import format_time
from relec_exchange.ports import Store
from relec_exchange.records import (
    AnnouncedRow,
    Change,
    DeliveryRow,
    EventRow,
    Insert,
    OutboxRow,
    Where,
)
from relec_exchange.rounds.deadlines import OPEN_OUT

OVERDUE: Final = "recall.overdue"
"""The event, and what is remembered so that it is told once."""

LOOK_EVERY: Final = timedelta(seconds=15)

_ESCALATE: Final = "escalate"


class OverdueRecalls:
    """Used by the rounds thread only. `own` is the name of this node, `unit` that for which the
    duty contact is called; empty where no program is set for it.
    """

    def __init__(self, store: Store, journal: Journal, own: Callable[[], str], unit: str) -> None:
        self._store = store
        self._journal = journal
        self._own = own
        self._unit = unit
        self._looked: datetime | None = None

    def tick(self, now: datetime) -> None:
        """Tell what is overdue now, unless we have just looked."""
        if self._looked is not None and timedelta(0) <= now - self._looked < LOOK_EVERY:
            return
        self._looked = now
        changes: list[Change] = []
        for row in self._overdue(now):
            changes += self._told(row, format_time(now))
        if changes:
            self._journal.write(Plan(changes=tuple(changes)))

    def _overdue(self, now: datetime) -> list[OutboxRow]:
        rows = self._store.rows(
            OutboxRow,
            Where("type", "in", WITHDRAWING),
            Where("state", "in", OPEN_OUT),
            Where("answered_at", "=", ""),
            Where("due_at", ">", ""),
            Where("due_at", "<=", format_time(now)),
            blobs=False,
        )
        ids = [row.message_id for row in rows if not row.paused_at]
        told = {
            one.subject
            for one in self._store.rows(
                AnnouncedRow, Where("what", "=", OVERDUE), Where("subject", "in", ids)
            )
        }
        return [row for row in rows if row.message_id in set(ids) - told]

    def _told(self, row: OutboxRow, at: str) -> list[Change]:
        said = {"type": row.type, "peer": row.recipient, "about": row.about, "due_at": row.due_at}
        changes: list[Change] = [
            Insert(AnnouncedRow(OVERDUE, row.message_id, 0, at), ignore=True),
            Insert(EventRow(at, OVERDUE, row.message_id, json.dumps(said))),
        ]
        if self._unit:
            due = DeliveryRow(row.message_id, self._own(), self._unit, _ESCALATE, "pending", 0, at)
            changes.append(Insert(due, ignore=True))
        return changes
