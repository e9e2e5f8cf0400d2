"""What depended on keys that were revoked: the list for officers, without any content."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from relec_exchange.desk.core import Core, Json
from relec_exchange.message.identifiers import MessageClass, format_time
from relec_exchange.records import AcceptedRow, InboxRow, OutboxRow, Where
from relec_exchange.rounds.disputing import Marks, revocations
from relec_exchange.trust.revocation import Revocation

LISTED_MAX: Final = 10_000
"""The oldest so many of each kind are listed; the counts beside them are whole."""


class DisputedDesk:
    """See the module."""

    def __init__(self, core: Core) -> None:
        self.core = core

    def disputed(self, officer: str) -> Json:
        """`answers.DisputedList`, logged."""
        directory = self.core.directory
        marks = Marks.of(directory)
        messages = [*self._received(), *self._sent(marks)]
        entries = [
            line for origin, good in marks.logs.items() for line in self._beyond(origin, good)
        ]
        self.core.log_access(officer, "disputed")
        return {
            "revoked": [_revoked(notice) for notice in revocations(directory)],
            "messages": messages[:LISTED_MAX],
            "messages_total": len(messages),
            "entries": entries[:LISTED_MAX],
            "entries_total": len(entries),
            "texts": [
                {"node": one.node, "what": one.what, "subject": one.subject, "hash": one.hash}
                for one in directory.disputed()
            ],
        }

    def _received(self) -> Iterator[Json]:
        rows = self.core.store.rows(InboxRow, Where("disputed", "!=", ""), order="row", blobs=False)
        for row in rows:
            yield _message(row, "in", row.sender, row.received_at, row.disputed)

    def _sent(self, marks: Marks) -> Iterator[Json]:
        if marks == Marks():
            return
        officers = Where("cls", "!=", str(MessageClass.CONTROL))
        for row in self.core.store.rows(OutboxRow, officers, order="row", blobs=False):
            why = marks.sent(row) if row.leaf_index >= 0 else ""
            if why:
                yield _message(row, "out", row.recipient, row.sent_at, why)

    def _beyond(self, origin: str, good: int) -> Iterator[Json]:
        """What was accepted of a log beyond its last good size, control messages too."""
        rows = self.core.store.rows(
            AcceptedRow, Where("origin", "=", origin), Where("idx", ">=", good), order="idx"
        )
        for row in rows:
            yield {
                "origin": origin,
                "index": row.idx,
                "message_id": row.message_id,
                "type": row.type,
                "received_at": row.received_at,
                "outcome": row.outcome,
            }


def _revoked(notice: Revocation) -> Json:
    return {
        "node": notice.node,
        "kind": notice.kind,
        "key": notice.key,
        "since": format_time(notice.since),
        "issued": format_time(notice.issued),
        "reason": notice.reason,
    }


def _message(row: InboxRow | OutboxRow, direction: str, peer: str, at: str, why: str) -> Json:
    return {
        "direction": direction,
        "message_id": row.message_id,
        "peer": peer,
        "type": row.type,
        "at": at,
        "why": why,
    }
