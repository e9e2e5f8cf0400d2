"""Deliveries to units held against messages, `delivered` entries and the rules of routing.

Contract: reads, and writes nothing. What reached a folder, a queue or a hook has an entry; so a
delivery that is made again is done where there is one, and waits where there is none. Which places
a unit has is what the settings say now.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from relec_exchange.errors import InvalidInput
from relec_exchange.inbound.routing import RoutingFacts, RoutingRules, units_for
from relec_exchange.inbound.units import Channel
from relec_exchange.journal.paging import pages
from relec_exchange.journal.rebuilding.acts import NO_ENTRY
from relec_exchange.journal.rebuilding.said import HELD, Said
from relec_exchange.journal.rebuilding.walks import Difference
from relec_exchange.ports import Store
from relec_exchange.records import Delete, DeliveryRow, InboxRow, Insert, OutboxRow, Update, Where

PENDING: Final = "pending"
DELIVERED: Final = "delivered"
GONE: Final = "gone"

Name = tuple[str, str]


class Redelivering:
    """Ask for `differences` when all pages were taken."""

    def __init__(self, store: Store, said: Said, rules: RoutingRules) -> None:
        self._store = store
        self._said = said
        self._rules = rules

    def unit_of(self, row: InboxRow) -> str:
        """The unit that a message is for: of its deliveries, else by the rules."""
        mine = Where("message_id", "=", row.message_id), Where("sender", "=", row.sender)
        rows = self._store.rows(DeliveryRow, *mine, order="row", limit=1)
        return rows[0].unit if rows else self._routed(row)

    def differences(self) -> Iterator[Difference]:
        """Deliveries of nothing, those done or not other than was logged, and those missing."""
        told = {(ident, unit, target) for ident, unit, target in self._said.delivered}
        here: set[Name] = set()
        for rows in pages(self._store, DeliveryRow):
            known = self._known(rows)
            for row in rows:
                here.add((row.sender, row.message_id))
                key = {"row": row.row}
                if (row.sender, row.message_id) not in known:
                    remedy = (Delete(DeliveryRow, key),)
                    yield Difference("delivery", _where(row), "of no message here", remedy)
                else:
                    yield from self._one(row, (row.message_id, row.unit, row.target) in told)
        for messages in pages(self._store, InboxRow):
            for came in messages:
                if (came.sender, came.message_id) not in here and came.state != HELD:
                    yield from self._again(came)

    def _known(self, rows: Sequence[DeliveryRow]) -> set[Name]:
        """Messages to us; of ours, those of which the duty contact is told."""
        named = Where("message_id", "in", sorted({row.message_id for row in rows}))
        came = self._store.rows(InboxRow, named, blobs=False)
        ours = self._store.rows(OutboxRow, named, blobs=False)
        senders = {row.message_id: row.sender for row in rows if row.target == Channel.ESCALATE}
        own = {(senders.get(row.message_id, ""), row.message_id) for row in ours}
        return {(row.sender, row.message_id) for row in came} | own

    def _one(self, row: DeliveryRow, logged: bool) -> Iterator[Difference]:
        state = row.state
        if row.target == Channel.MAILBOX or logged:
            state = DELIVERED
        elif row.state not in (PENDING, GONE):
            state = PENDING
        if state == row.state:
            return
        change = Update(DeliveryRow, {"row": row.row}, {"state": state})
        what = "state" if logged or row.target == Channel.MAILBOX else f"done: {NO_ENTRY}"
        yield Difference("delivery", _where(row), what, (change,))

    def _again(self, row: InboxRow) -> Iterator[Difference]:
        """Every message that is not held has its unit's place; what is erased goes nowhere."""
        unit = row.unit
        try:
            channels = self._rules.unit(unit).channels if unit else ()
        except InvalidInput:
            return
        for channel in channels:
            target = str(channel)
            at = self._said.delivered.get((row.message_id, unit, target), "")
            done = bool(at) or channel is Channel.MAILBOX
            state = DELIVERED if done else PENDING if row.key_id else GONE
            made = DeliveryRow(
                row.message_id, row.sender, unit, target, state, 0, at or row.received_at
            )
            change: Any = Insert(made, ignore=True)
            yield Difference("delivery", _where(made), "the delivery is missing", (change,))

    def _routed(self, row: InboxRow) -> str:
        """By the header's fields that are kept; a rule about handling is passed over."""
        facts = RoutingFacts(row.area, row.type, row.sender, row.urgency, row.data_level)
        return units_for(self._rules, facts)[0]


def _where(row: DeliveryRow) -> str:
    return f"{row.sender}/{row.message_id}:{row.unit}/{row.target}"
