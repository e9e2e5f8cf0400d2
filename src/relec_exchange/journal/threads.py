"""Threads: which conversation a message belongs to, and which earlier message it is about.

Contract: reads the two boxes, writes nothing. A thread has the id of its first message. A message
that names another belongs to the other's thread; if the other is not here, to a thread with the
other's id, so that both come together when it arrives.
"""

from __future__ import annotations

from typing import Final

from relec_exchange.message.bodies.amendments import Correction, Recall, RecallOutcome
from relec_exchange.message.bodies.consents import ConsentRequest
from relec_exchange.message.document import Message
from relec_exchange.message.header import Header
from relec_exchange.ports import Store
from relec_exchange.records import InboxRow, OutboxRow, Where

Row = InboxRow | OutboxRow

_WITHDRAWN: Final = {
    "correction": "corrected",
    "recall": "recalled",
    "warning.cancel": "cancelled",
}

WITHDRAWING: Final = ("correction", "recall")
"""Types by which a sender mends what it sent, and that stay open until they are answered."""

WEAKER: Final = ("", "corrected", "cancelled", "superseded")
"""Marks that a later one replaces: what was recalled or erased stays so, whatever comes."""


def about(message: Message) -> str:
    """The id of the earlier message that this one corrects, recalls, answers for or replaces."""
    header = message.header
    replaced = (header.supersedes or "") if isinstance(header, Header) else ""
    return amended(message) or replaced


def amended(message: Message) -> str:
    """The id of the earlier message that this one corrects, recalls or answers for."""
    body = message.body
    return body.message_id if isinstance(body, Correction | Recall | RecallOutcome) else ""


def named(message: Message) -> str:
    """The id of the earlier message that places this one in a thread, or the empty string."""
    header = message.header
    if not isinstance(header, Header):
        return ""
    asked = message.body.message_id if isinstance(message.body, ConsentRequest) else ""
    return header.in_reply_to or about(message) or asked


def withdrawn(type_name: str) -> str:
    """What becomes of the earlier message that one of this type is about."""
    return _WITHDRAWN.get(type_name, "superseded")


class Threads:
    """Looks threads up in a store. Safe between threads of the process."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, message: Message) -> str:
        """The thread of a message; its own id if it begins one."""
        earlier = named(message)
        if not earlier:
            return message.header.message_id
        ends = (message.header.sender, message.header.recipient)
        for row in self.found(earlier):
            # Nobody places a message in a thread that we have with somebody else.
            if other_end(row) in ends:
                return row.thread or row.message_id
        return earlier

    def rows(self, thread: str, limit: int = 0) -> list[Row]:
        """All messages of a thread in both directions, oldest first (the newest with `limit`)."""
        where, order = Where("thread", "=", thread), "-row" if limit else "row"
        both: list[Row] = [*self._store.rows(InboxRow, where, order=order, limit=limit)]
        both += self._store.rows(OutboxRow, where, order=order, limit=limit)
        both.sort(key=moment)
        return both[-limit:] if limit else both

    def found(self, message_id: str) -> list[Row]:
        """What has this id here, in either direction, without content."""
        where = Where("message_id", "=", message_id)
        found: list[Row] = [*self._store.rows(OutboxRow, where, blobs=False)]
        found += self._store.rows(InboxRow, where, blobs=False)
        return found


def moment(row: Row) -> str:
    """When a message was received here, or submitted (wire text)."""
    return row.received_at if isinstance(row, InboxRow) else row.sent_at or row.submitted_at


def other_end(row: Row) -> str:
    """The partner with whom a message was exchanged."""
    return row.sender if isinstance(row, InboxRow) else row.recipient
