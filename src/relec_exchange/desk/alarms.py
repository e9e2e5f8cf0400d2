"""Alarms: what stands, what shows it, and that a person has dealt with it.

Contract: closing is logged with a reason in one word and changes nothing but the record; what is
still true raises its alarm again. `Conflict` where somebody else closed it first.
"""

from __future__ import annotations

import json
from typing import Final

from relec_exchange.desk.core import Core, Json
from relec_exchange.errors import Conflict, NotFound
from relec_exchange.journal.plan import EntryFields, Plan
from relec_exchange.message.encoding import b64
from relec_exchange.message.identifiers import format_time
from relec_exchange.ports import RowConflict
from relec_exchange.records import AlarmRow, EventRow, Insert, Update, Where

CLOSED: Final = "alarm.closed"
"""The event: `ref` is the subject, `data` what it was, who closed it and the reason."""


class AlarmDesk:
    """See the module."""

    def __init__(self, core: Core) -> None:
        self.core = core

    def alarms(self, everything: bool) -> list[Json]:
        """`answers.AlarmLine` of each that is open (or of all), the oldest first."""
        where = () if everything else (Where("closed_at", "=", ""),)
        return [_line(row) for row in self.core.store.rows(AlarmRow, *where, order="row")]

    def alarm(self, number: int) -> Json:
        """`answers.Alarm`: with its evidence. A node that may not sign any more answers it too."""
        row = self._row(number)
        return {**_line(row), "evidence": b64(row.evidence)}

    def close_alarm(self, number: int, reason: str, officer: str) -> Json:
        """`answers.AlarmLine` of one that a person has dealt with."""
        row = self._row(number)
        if row.closed_at:
            raise _closed()
        at = format_time(self.core.clock())
        entry: EntryFields = {
            "kind": "alarm_closed",
            "network": self.core.directory.network,
            "actor": officer,
            "what": row.what,
            "subject": row.subject,
            "reason": reason,
        }
        told = json.dumps({"what": row.what, "actor": officer, "reason": reason})
        was, done = {"row": number, "closed_at": ""}, {"closed_at": at, "closed_by": officer}
        changes = (
            Update(AlarmRow, was, done, must=True),
            Insert(EventRow(at, CLOSED, row.subject, told)),
        )
        try:
            self.core.journal.write(Plan(activity=(entry,), changes=changes))
        except RowConflict:
            raise _closed() from None
        return _line(self._row(number))

    def _row(self, number: int) -> AlarmRow:
        rows = self.core.store.rows(AlarmRow, Where("row", "=", number))
        if not rows:
            raise NotFound("there is no alarm of this number", field="number")
        return rows[0]


def _line(row: AlarmRow) -> Json:
    return {
        "number": row.row,
        "what": row.what,
        "subject": row.subject,
        "at": row.at,
        "detail": row.detail,
        "has_evidence": bool(row.evidence),
        "closed_at": row.closed_at,
        "closed_by": row.closed_by,
    }


def _closed() -> Conflict:
    return Conflict("this alarm is closed already", field="number")
