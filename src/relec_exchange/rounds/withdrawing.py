"""Marks messages of ours that we have corrected, recalled or replaced, once the amendment has left.

What partners amend is marked when it arrives (`inbound.following`); this is the same for our own.
"""

from __future__ import annotations

from datetime import datetime

from relec_exchange.journal.plan import Plan
from relec_exchange.journal.threads import WEAKER, withdrawn
from relec_exchange.journal.writer import Journal
from relec_exchange.ports import Store
from relec_exchange.records import OutboxRow, Update, Where
from relec_exchange.rounds.newrows import NewRows

_ENDS = ("returned", "expired", "voided")


class Withdrawing:
    """Used by the rounds thread only."""

    def __init__(self, store: Store, journal: Journal) -> None:
        self._store = store
        self._journal = journal
        self._new = NewRows(
            store, OutboxRow, Where("about", "!=", ""), Where("type", "!=", "recall.outcome")
        )
        self._waiting: set[str] = set()

    def tick(self, now: datetime) -> None:
        """Mark what amendments that have left are about."""
        del now
        self._waiting |= {row.message_id for row in self._new.read()}
        if not self._waiting:
            return
        rows = self._store.rows(
            OutboxRow, Where("message_id", "in", sorted(self._waiting)), blobs=False
        )
        left = [row for row in rows if row.sent_at]
        changes = tuple(
            Update(
                OutboxRow,
                {"message_id": row.about, "recipient": row.recipient, "withdrawn": was},
                {"withdrawn": withdrawn(row.type)},
            )
            for row in sorted(left, key=lambda row: row.sent_at)
            for was in WEAKER
        )
        if changes:
            self._journal.write(Plan(changes=changes))
        over = {row.message_id for row in rows if row.sent_at or row.state in _ENDS}
        self._waiting -= over
