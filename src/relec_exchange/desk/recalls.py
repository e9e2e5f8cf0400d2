"""Corrections and recalls of ours until each is closed: who has answered, who was never told.

Contract: no content but the names that recipients say they passed a message on to. A group is what
one officer sent at once; it is open while somebody has not answered, or has not been told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from relec_exchange.desk.core import Core, Json
from relec_exchange.journal.threads import WITHDRAWING
from relec_exchange.message.bodies.acks import Ack
from relec_exchange.message.bodies.amendments import RecallOutcome
from relec_exchange.protection.recall import Told, passed_on
from relec_exchange.records import InboxRow, OutboxRow, Where
from relec_exchange.rounds.deadlines import reached, still_open

_NEVER_LEFT: Final = ("returned", "expired", "voided", "rejected")
_NEVER_CAME: Final = ("expired", "voided")
_WAITS: Final = ("submitted", "held")
_ANSWERS: Final = ("recall.outcome", "ack")


class RecallDesk:
    """See the module."""

    def __init__(self, core: Core) -> None:
        self.core = core

    def recalls(self, everything: bool) -> list[Json]:
        """`answers.RecallGroup` of each that is open (or of each), the oldest first."""
        now = self.core.clock()
        rows = self.core.store.rows(
            OutboxRow, Where("type", "in", WITHDRAWING), order="row", blobs=False
        )
        groups: dict[str, list[OutboxRow]] = {}
        for row in rows:
            groups.setdefault(row.batch or row.message_id, []).append(row)
        told: dict[str, str] = {}
        for row in rows:
            if row.state not in _NEVER_LEFT and told.get(row.about) != "recall":
                told[row.about] = row.type
        found = [self._group(name, group, told, now) for name, group in groups.items()]
        return [one for one in found if everything or one["open"]]

    def _group(
        self, name: str, rows: Sequence[OutboxRow], told: dict[str, str], now: datetime
    ) -> Json:
        lines = [_line(row, now) for row in rows]
        untold = [one for one in self._concerned(rows) if not _was_told(one, rows[0].type, told)]
        waiting = [line for line in lines if line["waiting"]]
        return {
            "recall_id": name,
            "type": rows[0].type,
            "at": rows[0].submitted_at,
            "messages": lines,
            "untold": [
                {"message_id": one.message_id, "recipient": one.recipient, "type": one.type}
                for one in untold
            ],
            "passed_on": list(self._passed_on(rows)),
            "overdue": sum(line["stage"] == "passed" for line in lines),
            "open": bool(waiting or untold),
        }

    def _concerned(self, rows: Sequence[OutboxRow]) -> tuple[OutboxRow, ...]:
        """Every message of ours that has to be amended with these."""
        found: dict[str, OutboxRow] = {}
        for row in rows:
            if row.about not in found:
                for one in self.core.known.derivations.reach(row.about):
                    if one.state not in _NEVER_CAME:
                        found[one.message_id] = one
        return tuple(found.values())

    def _passed_on(self, rows: Sequence[OutboxRow]) -> tuple[str, ...]:
        told = [Told(row.recipient, row.about) for row in rows]
        outcomes = [
            (one, tuple(names))
            for row, one in zip(rows, told, strict=True)
            for names in passed_to(self.core, (row.message_id,))
        ]
        return passed_on(told, outcomes)


def passed_to(core: Core, asked: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """The names in each answer to these messages of ours that says who else has one."""
    rows = core.store.rows(
        InboxRow, Where("in_reply_to", "in", list(asked)), Where("type", "in", _ANSWERS)
    )
    for row in rows:
        message = core.known.provided.message(row)
        body = message.body if message is not None else None
        if isinstance(body, RecallOutcome | Ack) and body.passed_to:
            yield tuple(body.passed_to)


def _line(row: OutboxRow, now: datetime) -> Json:
    ended = row.state in _NEVER_LEFT
    return {
        "message_id": row.message_id,
        "about": row.about,
        "recipient": row.recipient,
        "state": row.state,
        "sent_at": row.sent_at,
        "due_at": row.due_at,
        "answered_at": row.answered_at,
        "outcome": row.outcome,
        "stage": reached(row, now) if still_open(row) else "",
        "waiting": not ended and (row.state in _WAITS or not row.answered_at),
    }


def _was_told(row: OutboxRow, type_name: str, told: dict[str, str]) -> bool:
    """A recall tells what a correction would: whoever was told that needs no correction."""
    return told.get(row.message_id, "") in (type_name, "recall")
