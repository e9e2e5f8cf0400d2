"""Consents that we asked for: what each provider decided, and whether it holds today."""

from __future__ import annotations

from datetime import date
from typing import Final

from relec_exchange.desk.core import Core, Json
from relec_exchange.desk.exports import conditions_of
from relec_exchange.message.bodies.consents import ConsentRequest, Decision
from relec_exchange.records import ConsentRow, OutboxRow, Where
from relec_exchange.rounds.deadlines import OPEN_OUT, WAITING_OUT

WAITING: Final = "waiting"
EXPIRED: Final = "expired"


class ConsentDesk:
    """See the module."""

    def __init__(self, core: Core) -> None:
        self.core = core

    def consents(self) -> list[Json]:
        """`answers.ConsentLine` of each decision and each open request, the oldest first."""
        today = self.core.clock().date()
        rows = self.core.store.rows(ConsentRow, order="decided_at")
        decided = {row.request_id for row in rows}
        return [
            *(self._decided(row, today) for row in rows),
            *(self._asked(row) for row in self._open() if row.message_id not in decided),
        ]

    def _decided(self, row: ConsentRow, today: date) -> Json:
        granted = row.decision == Decision.GRANTED
        over = bool(row.expires_on) and today > date.fromisoformat(row.expires_on)
        return {
            "request_id": row.request_id,
            "provider": row.provider,
            "message_id": row.message_id,
            "use": row.use,
            "onward_to": row.onward_to,
            "purpose": row.purpose,
            "state": EXPIRED if granted and over else row.decision,
            "expires_on": row.expires_on,
            "decided_at": row.decided_at,
            "decision_id": row.decision_id,
            "conditions": conditions_of(self.core, row),
        }

    def _open(self) -> list[OutboxRow]:
        return self.core.store.rows(
            OutboxRow,
            Where("type", "=", "consent.request"),
            Where("state", "in", (*OPEN_OUT, *WAITING_OUT)),
            Where("answered_at", "=", ""),
            order="row",
        )

    def _asked(self, row: OutboxRow) -> Json:
        message = self.core.known.provided.message(row)
        body = message.body if message is not None else None
        asked = body if isinstance(body, ConsentRequest) else None
        return {
            "request_id": row.message_id,
            "provider": row.recipient,
            "message_id": asked.message_id if asked else "",
            "use": str(asked.use) if asked else "",
            "onward_to": (asked.onward_to or "") if asked else "",
            "purpose": str(asked.purpose or "") if asked else "",
            "state": WAITING,
        }
