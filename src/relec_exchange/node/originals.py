"""Signed receipts that were kept, opened to make again what they say of our messages.

Contract: reads only. What does not open says nothing: coverage names it. Nothing but leaf, stage,
code and time of each line leaves this module.
"""

from __future__ import annotations

from relec_exchange.errors import RelecError
from relec_exchange.journal.content import read_message
from relec_exchange.journal.rebuilding.outbox import Item, Originals
from relec_exchange.journal.rebuilding.walks import PAGE
from relec_exchange.message.bodies.control import Receipt
from relec_exchange.message.identifiers import format_time
from relec_exchange.ports import Store, Vault
from relec_exchange.records import ReceivedContentRow, Where


def read_originals(store: Store, vault: Vault) -> Originals:
    """The lines of every receipt that opens, by its sender and id."""
    found: dict[tuple[str, str], list[Item]] = {}
    after = ""
    while rows := store.rows(
        ReceivedContentRow,
        Where("type", "=", "receipt"),
        Where("message_id", ">", after),
        order="message_id",
        limit=PAGE,
    ):
        after = rows[-1].message_id
        for row in rows:
            items = _items(row, vault)
            if items is not None:
                found[row.sender, row.message_id] = items
    return found


def _items(row: ReceivedContentRow, vault: Vault) -> list[Item] | None:
    try:
        message = read_message(row, vault)
    except RelecError:
        return None
    if message is None or not isinstance(message.body, Receipt):
        return None
    said = message.header.message_id, message.header.sender
    if said != (row.message_id, row.sender):
        return None
    return [
        Item(bytes.fromhex(item.leaf), str(item.stage), item.code.value, format_time(item.at))
        for item in message.body.items
    ]
