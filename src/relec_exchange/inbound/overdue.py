"""Tells the duty contact of messages that nobody acknowledged in time, once each."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from relec_exchange.inbound.escalation import Unacknowledged, escalations
from relec_exchange.inbound.routing import RoutingRules
from relec_exchange.inbound.units import Channel
from relec_exchange.journal.clock import owed
from relec_exchange.journal.plan import Plan
from relec_exchange.journal.writer import Journal
from relec_exchange.message.catalogue import CATALOGUE
from relec_exchange.message.codes import Urgency
from relec_exchange.message.identifiers import format_time, parse_time
from relec_exchange.ports import Store
from relec_exchange.records import Change, DeliveryRow, EventRow, InboxRow, Insert, Update, Where

ANSWERED_TYPES = tuple(name for name in CATALOGUE if owed(name))
"""Types that wait for a person: an acknowledgement or a reply."""

LOOK_EVERY = timedelta(seconds=15)
"""Limits are minutes: reading every unanswered message each second would be for nothing."""


class Overdue:
    """Looks through unanswered messages. Used by the rounds thread only."""

    def __init__(self, store: Store, journal: Journal, rules: RoutingRules) -> None:
        self._store = store
        self._journal = journal
        self._rules = rules
        self._looked: datetime | None = None

    def tick(self, now: datetime) -> None:
        """Escalate what is overdue now, unless we have just looked."""
        if self._looked is not None and timedelta(0) <= now - self._looked < LOOK_EVERY:
            return
        self._looked = now
        rows = self._store.rows(
            InboxRow,
            Where("type", "in", ANSWERED_TYPES),
            Where("state", "in", ("received", "opened")),
            Where("escalated_at", "=", ""),
            Where("closed_by", "=", ""),
            blobs=False,
        )
        found = escalations((_waiting(r) for r in rows), self._rules.escalation, now)
        at = format_time(now)
        changes: list[Change] = []
        for one in found:
            key = {"message_id": one.message_id, "sender": one.sender}
            changes.append(Update(InboxRow, key, {"escalated_at": at}))
            data = json.dumps({"unit": one.unit, "type": one.type, "urgency": one.urgency})
            changes.append(Insert(EventRow(at, "message.escalated", one.message_id, data)))
            if self._rules.escalation.notify:
                row = DeliveryRow(
                    one.message_id,
                    one.sender,
                    one.unit,
                    str(Channel.ESCALATE),
                    "pending",
                    0,
                    at,
                )
                changes.append(Insert(row, ignore=True))
        if changes:
            self._journal.write(Plan(changes=tuple(changes)))


def _waiting(row: InboxRow) -> Unacknowledged:
    return Unacknowledged(
        message_id=row.message_id,
        sender=row.sender,
        unit=row.unit,
        type=row.type,
        urgency=Urgency(row.urgency),
        received_at=parse_time(row.received_at),
        deadline=parse_time(row.deadline) if row.deadline else None,
    )
