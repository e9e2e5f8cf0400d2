"""Answers that arrive: which messages of ours they answer, and that these wait no longer."""

from __future__ import annotations

from collections.abc import Sequence

from relec_exchange.errors import InvalidInput
from relec_exchange.journal.answers import answers
from relec_exchange.message.document import Message
from relec_exchange.message.header import Header
from relec_exchange.message.lifecycle import Direction, Event, advance
from relec_exchange.ports import Store
from relec_exchange.records import Change, OutboxRow, Update, Where


def answered(store: Store, replies: Sequence[Message], at: str) -> list[Change]:
    """Changes of our messages that these answer. A reference to anything else says nothing."""
    wanted = {r.header.in_reply_to for r in replies if isinstance(r.header, Header)}
    if not wanted:
        return []
    found = store.rows(
        OutboxRow, Where("message_id", "in", sorted(filter(None, wanted))), blobs=False
    )
    rows = {(row.message_id, row.recipient): row for row in found}
    changes: list[Change] = []
    for reply in replies:
        named = reply.header.in_reply_to if isinstance(reply.header, Header) else None
        row = rows.get((named or "", reply.header.sender))
        if row is None or not answers(reply, row.type):
            continue
        try:
            state = advance(Direction.OUTBOUND, row.state, Event.ANSWER)
        except InvalidInput:
            continue  # nobody answers what was refused or never left
        values = {"answered_at": at, "state": str(state)}
        changes.append(Update(OutboxRow, {"message_id": row.message_id}, values))
    return changes
