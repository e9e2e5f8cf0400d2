"""What statistics are made of: bodies of reports, coarse facts of warnings, answers and deadlines.

Contract: every call is logged as one access, whoever asks and whatever comes. What is held is not
among it, nor anything whose content was erased or that is not open to the officer's unit. Nothing
but `stat.report` leaves with its body.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from relec_exchange.desk.core import Core, Json
from relec_exchange.desk.messages import check_unit
from relec_exchange.errors import Refused
from relec_exchange.journal.content import read_content
from relec_exchange.message.encoding import parse_json
from relec_exchange.message.identifiers import MessageClass
from relec_exchange.records import InboxRow, OutboxRow, Where
from relec_exchange.trust.officer import Officer

REPORT: Final = "stat.report"
_WARNINGS: Final = ("warning.notice", "warning.update", "warning.cancel", "warning.life_at_risk")
_LEFT: Final = ("released", "relayed", "validated", "opened", "answered")

Row = InboxRow | OutboxRow


class StatisticsDesk:
    """See the module."""

    def __init__(self, core: Core, officer: Callable[[str], Officer]) -> None:
        self.core = core
        self._officer = officer

    def statistics(self, filters: Json, officer: str) -> Json:
        """One page of `answers.StatisticsPage`. Filters: what, direction, after, limit."""
        what, limit = filters["what"], filters["limit"]
        self.core.log_access(officer, "statistics", what)
        wanted = {
            "reports": Where("type", "=", REPORT),
            "warnings": Where("type", "in", _WARNINGS),
            "deadlines": Where("due_at", "!=", ""),
        }[what]
        conditions = (
            Where("row", ">", filters["after"]),
            wanted,
            Where("cls", "!=", MessageClass.CONTROL.value),
        )
        blobs, read = what != "deadlines", self.core.store.rows
        rows: Sequence[Row]
        if filters["direction"] == "in":
            rows = read(InboxRow, *conditions, order="row", limit=limit, blobs=blobs)
        else:
            rows = read(OutboxRow, *conditions, order="row", limit=limit, blobs=blobs)
        found = (
            self._deadlines(rows)
            if what == "deadlines"
            else self._items(rows, what, self._officer(officer))
        )
        return {"items": found, "next": rows[-1].row if len(rows) == limit else None}

    def _items(self, rows: Sequence[Row], what: str, reader: Officer) -> list[Json]:
        told = [row for row in rows if _may_be_told(row) and self._open_to(row, reader)]
        secrets = self.core.vault.get([row.key_id for row in told])
        found = []
        for row in told:
            secret = secrets.get(row.key_id)
            if secret is not None:
                raw, _ = read_content(row, secret)
                document: Any = parse_json(raw)
                facts = {"body": document["body"]} if what == "reports" else _coarse(document)
                found.append({**self._line(row), **facts})
        return found

    def _open_to(self, row: Row, reader: Officer) -> bool:
        try:
            check_unit(self.core, row, reader)
        except Refused:
            return False
        return True

    def _deadlines(self, rows: Sequence[Row]) -> list[Json]:
        return [
            {**self._line(row), "due_at": row.due_at, "answered_at": row.answered_at}
            for row in rows
            if _may_be_told(row)
        ]

    def _line(self, row: Row) -> Json:
        return {
            "row": row.row,
            "message_id": row.message_id,
            "type": row.type,
            "sender": row.sender if isinstance(row, InboxRow) else self.core.directory.own,
            "recipient": row.recipient if isinstance(row, OutboxRow) else self.core.directory.own,
            "received_at": row.received_at if isinstance(row, InboxRow) else row.sent_at,
            "withdrawn": row.withdrawn,
        }


def _may_be_told(row: Row) -> bool:
    if isinstance(row, InboxRow):
        return row.state not in ("held", "rejected")
    return row.state in _LEFT


def _coarse(document: Json) -> Json:
    """Kind and country of a warning, and which one it replaces; never its text."""
    header, body = document["header"], document["body"]
    place = body.get("where") or body.get("place") or {}
    return {
        "kind": body.get("kind", header["type"].partition(".")[2]),
        "country": place.get("country", ""),
        "supersedes": header.get("supersedes") or "",
    }
