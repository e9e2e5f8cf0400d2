"""Receipts that arrive: stages of our own messages, as their recipients signed them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime

from relec_exchange.errors import InvalidInput
from relec_exchange.journal.arrived import Arrived
from relec_exchange.journal.clock import first_due
from relec_exchange.journal.plan import Plan
from relec_exchange.message.bodies.control import Receipt, ReceiptItem, ReceiptStage
from relec_exchange.message.catalogue import CATALOGUE
from relec_exchange.message.identifiers import format_time
from relec_exchange.message.lifecycle import Direction, Event, advance
from relec_exchange.ports import Store
from relec_exchange.records import Change, EventRow, Insert, OutboxRow, ReceiptRow, Update, Where
from relec_exchange.trust.directory import Directory

_EVENTS = {
    ReceiptStage.VALIDATED: (Event.VALIDATE, "judged_at"),
    ReceiptStage.REJECTED: (Event.REJECT, "judged_at"),
    ReceiptStage.OPENED: (Event.OPEN, "opened_at"),
    ReceiptStage.ANSWERED: (Event.ANSWER, "answered_at"),
}


class Receipts:
    """Handles arrived receipts; its plan joins the receiving transaction."""

    def __init__(self, store: Store, directory: Callable[[], Directory]) -> None:
        self._store = store
        self._directory = directory

    def handle(self, arrived: Sequence[Arrived], now: datetime) -> Plan:
        """Note each item about a message of ours to exactly this sender; others say nothing."""
        leaves = {
            bytes.fromhex(item.leaf)
            for one in arrived
            if isinstance(one.message.body, Receipt)
            for item in one.message.body.items
        }
        rows = {
            row.leaf: row
            for row in self._store.rows(OutboxRow, Where("leaf", "in", sorted(leaves)), blobs=False)
        }
        states = {leaf: row.state for leaf, row in rows.items()}
        changes: list[Change] = []
        for one in arrived:
            if not isinstance(one.message.body, Receipt):
                continue
            for item in one.message.body.items:
                row = rows.get(bytes.fromhex(item.leaf))
                if row is not None and row.recipient == one.message.header.sender:
                    changes += _noted(one, item, row, states, now)
                    changes += self._due(item, row)
        return Plan(changes=tuple(changes))

    def _due(self, item: ReceiptItem, row: OutboxRow) -> list[Change]:
        """The answer is due by the recipient's clock, which began when it had the message."""
        if item.stage is not ReceiptStage.VALIDATED or row.judged_at:
            return []
        at, times = format_time(item.at), self._directory().times()
        due = first_due(row.type, row.urgency, row.deadline, at, times)
        return [Update(OutboxRow, {"message_id": row.message_id}, {"due_at": due})] if due else []


def _noted(
    one: Arrived, item: ReceiptItem, row: OutboxRow, states: dict[bytes, str], now: datetime
) -> list[Change]:
    event, column = _EVENTS[item.stage]
    try:
        states[row.leaf] = str(advance(Direction.OUTBOUND, states[row.leaf], event))
    except InvalidInput:
        return []  # a second judgement that contradicts the first changes nothing
    told = ReceiptRow(
        leaf=row.leaf,
        stage=str(item.stage),
        code=item.code.value,
        at=format_time(item.at),
        peer=row.recipient,
        receipt_id=one.message.header.message_id,
        receipt_leaf=one.leaf,
    )
    values = {"state": states[row.leaf], column: format_time(item.at), "missing_since": ""}
    if item.stage in (ReceiptStage.VALIDATED, ReceiptStage.REJECTED):
        values["wire_code"] = item.code.value
    data = json.dumps({"stage": item.stage, "code": item.code.value, "peer": row.recipient})
    changes: list[Change] = [
        Insert(told, ignore=True),
        Update(OutboxRow, {"message_id": row.message_id}, values),
    ]
    if not CATALOGUE[row.type].control:
        event_row = EventRow(format_time(now), "message.receipt", row.message_id, data)
        changes.append(Insert(event_row))
    return changes
