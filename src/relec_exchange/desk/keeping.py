"""How long what is kept: the terms of messages, what is due, and erasing it now.

Contract: tells dates and who ordered a hold, never content; the reason of a hold is told to those
who may order one, and that is logged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Final

from relec_exchange.desk.core import Core, Json
from relec_exchange.desk.holds_legal import KEEPERS, in_force, reason_of
from relec_exchange.journal.erasure import Row, copies_given, direction_of, kept_key, peer_of
from relec_exchange.records import InboxRow, LegalHoldRow, Where
from relec_exchange.rounds.watch import BOXES
from relec_exchange.trust.officer import Officer, Role

LINES_MAX: Final = 500
RUNNERS: Final = (Role.SECURITY_OFFICER, Role.OPERATOR)


class KeepingDesk:
    """See the module."""

    def __init__(self, core: Core, officer: Callable[[str], Officer]) -> None:
        self.core = core
        self._officer = officer

    def retention(self, days: int) -> list[Json]:
        """`answers.Kept` of what is erased within so many days, and of all that a hold keeps."""
        today = self.core.clock().date()
        until = (today + timedelta(days=days)).isoformat()
        holds = self.core.store.rows(
            LegalHoldRow,
            Where("ended_at", "=", ""),
            Where("until", ">=", today.isoformat()),
            blobs=False,
        )
        kept = {(one.direction, one.peer, one.message_id): one for one in holds}
        rows = {(direction_of(row), row.row): row for row in self._due(until)}
        for hold in holds:
            row = self.core.found(hold.message_id, hold.direction)
            rows[direction_of(row), row.row] = row
        lines = [_line(row, kept.get(kept_key(row))) for row in rows.values()]
        return sorted(lines, key=lambda line: (line["erase_on"], line["message_id"]))

    def kept(self, message_id: str, direction: str | None, officer: str) -> Json:
        """`answers.KeptFull` of one message; with the reason of a hold, which is logged."""
        self._officer(officer).require(*KEEPERS)
        row = self.core.found(message_id, direction)
        hold = in_force(self.core, row, self.core.clock().date())
        line = _line(row, hold)
        line["units"] = copies_given(self.core.store, row) if isinstance(row, InboxRow) else []
        if hold is not None:
            self.core.log_access(officer, "hold-reason", message_id)
            line["reason"] = reason_of(self.core, hold)
        return line

    def run_retention(self, officer: str) -> Json:
        """`answers.RetentionRan`: what is over is erased now, not at the day's own run."""
        self._officer(officer).require(*RUNNERS)
        self.core.log_access(officer, "retention-run")
        ran = self.core.retention.run(self.core.clock())
        return {"erased": ran.erased, "announced": ran.announced, "whole": ran.whole}

    def _due(self, until: str) -> Iterable[Row]:
        for kind in BOXES:
            yield from self.core.store.rows(
                kind,
                Where("erase_on", "!=", ""),
                Where("erase_on", "<=", until),
                Where("erased_at", "=", ""),
                order="erase_on",
                limit=LINES_MAX,
                blobs=False,
            )


def _line(row: Row, hold: LegalHoldRow | None) -> Json:
    return {
        "message_id": row.message_id,
        "direction": direction_of(row),
        "peer": peer_of(row),
        "type": row.type,
        "data_level": row.data_level,
        "erase_on": row.erase_on,
        "review_on": row.review_on,
        "kept_until": hold.until if hold is not None else "",
        "kept_by": hold.officer if hold is not None else "",
        "erased_at": row.erased_at,
        "attested_at": row.attested_at,
        "peer_attested_at": row.peer_attested_at,
    }
