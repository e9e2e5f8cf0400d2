"""The durable list of deliveries on the store: what the router works off.

A mailbox needs no work: its record is written as delivered with the message itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from relec_exchange.inbound.routing import DeliveryItem, RoutingFacts, RoutingRules, destinations
from relec_exchange.inbound.units import Channel
from relec_exchange.journal.content import read_content
from relec_exchange.journal.plan import Plan
from relec_exchange.journal.writer import Journal
from relec_exchange.message.header import Header
from relec_exchange.message.identifiers import format_time, parse_time
from relec_exchange.ports import Store, Vault
from relec_exchange.records import DeliveryRow, InboxRow, OutboxRow, Update, Where

CARRIES_CONTENT = frozenset({Channel.FOLDER, Channel.QUEUE})
DETAIL_MAX = 200


class StoredDeliveries:
    """Implements `inbound.router.DeliveryQueue`."""

    def __init__(
        self, store: Store, vault: Vault, journal: Journal, network: Callable[[], str]
    ) -> None:
        self._store = store
        self._vault = vault
        self._journal = journal
        self._network = network

    def due(self, now: datetime, limit: int) -> Sequence[DeliveryItem]:
        """Deliveries whose time has come, oldest first."""
        rows = self._store.rows(
            DeliveryRow,
            Where("state", "=", "pending"),
            Where("next_at", "<=", format_time(now)),
            order="row",
            limit=limit,
        )
        found = [(row, self._item(row)) for row in rows]
        # What was erased meanwhile has nothing to deliver; left pending it would fill the limit.
        gone = tuple(
            Update(DeliveryRow, {"row": row.row}, {"state": "gone"})
            for row, item in found
            if item is None
        )
        if gone:
            self._journal.write(Plan(changes=gone))
        return [item for _, item in found if item is not None]

    def done(self, id: int, now: datetime) -> None:
        """Record a delivery as made, in the activity log too."""
        row = self._store.rows(DeliveryRow, Where("row", "=", id))[0]
        entry = {
            "kind": "delivered",
            "network": self._network(),
            "id": row.message_id,
            "unit": row.unit,
            "target": row.target,
        }
        values = {"state": "delivered", "next_at": format_time(now), "detail": ""}
        self._journal.write(
            Plan(activity=(entry,), changes=(Update(DeliveryRow, {"row": id}, values),))
        )

    def failed(self, id: int, now: datetime, reason: str, next_at: datetime) -> None:
        """Record a failure and when to try again."""
        row = self._store.rows(DeliveryRow, Where("row", "=", id))[0]
        values = {
            "attempts": row.attempts + 1,
            "next_at": format_time(next_at),
            "detail": reason[:DETAIL_MAX],
        }
        self._journal.write(Plan(changes=(Update(DeliveryRow, {"row": id}, values),)))

    def _item(self, row: DeliveryRow) -> DeliveryItem | None:
        messages = self._store.rows(
            InboxRow,
            Where("message_id", "=", row.message_id),
            Where("sender", "=", row.sender),
        )
        if not messages:
            return self._ours(row)
        message, channel = messages[0], Channel(row.target)
        content = b""
        if channel in CARRIES_CONTENT:
            secret = self._vault.get([message.key_id]).get(message.key_id)
            if secret is None:
                return None
            content, _ = read_content(message, secret)
        return DeliveryItem(
            id=row.row,
            message_id=row.message_id,
            sender=row.sender,
            unit=row.unit,
            channel=channel,
            type=message.type,
            urgency=message.urgency,
            deadline=parse_time(message.deadline) if message.deadline else None,
            attempts=row.attempts,
            message=content,
        )

    def _ours(self, row: DeliveryRow) -> DeliveryItem | None:
        """A message of ours that the duty contact is told of: a recall that nobody answered."""
        found = self._store.rows(OutboxRow, Where("message_id", "=", row.message_id), blobs=False)
        if not found or row.target != Channel.ESCALATE:
            return None
        message = found[0]
        return DeliveryItem(
            id=row.row,
            message_id=row.message_id,
            sender=row.sender,
            unit=row.unit,
            channel=Channel.ESCALATE,
            type=message.type,
            urgency=message.urgency,
            deadline=parse_time(message.due_at) if message.due_at else None,
            attempts=row.attempts,
        )


def targets_for(rules: RoutingRules, header: Header) -> list[tuple[str, str]]:
    """(unit, channel) for each delivery that a message needs."""
    facts = RoutingFacts(
        area=str(header.area or ""),
        type=header.type,
        sender=header.sender,
        urgency=str(header.urgency),
        data_level=str(header.data_level),
        handling=tuple(str(code) for code in header.handling),
    )
    return [(d.unit, str(d.channel)) for d in destinations(rules, facts)]
