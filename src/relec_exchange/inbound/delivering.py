"""One turn of the router, and an alarm for what stays undeliverable."""

from __future__ import annotations

import json
from datetime import datetime

from relec_exchange.inbound.router import Router
from relec_exchange.journal.plan import Plan
from relec_exchange.journal.writer import Journal
from relec_exchange.message.identifiers import format_time
from relec_exchange.ports import Store
from relec_exchange.records import AlarmRow, Change, EventRow, Insert, Where

STUCK = "delivery-stuck"
TURNS_MAX = 16
"""Turns of the router in one tick: a burst is worked off, and rounds are not kept waiting."""


class Delivering:
    """Used by the rounds thread only."""

    def __init__(self, router: Router, store: Store, journal: Journal) -> None:
        self._router = router
        self._store = store
        self._journal = journal

    def tick(self, now: datetime) -> None:
        """Deliver what is due; a unit that cannot be reached again and again is an alarm, once."""
        stuck = set()
        for _ in range(TURNS_MAX):
            turn = self._router.run_once(now)
            stuck |= {(item.unit, str(item.channel)) for item in turn.stuck}
            if not turn.delivered:
                break
        changes: list[Change] = []
        at = format_time(now)
        for unit, channel in sorted(stuck):
            subject = f"{unit}/{channel}"
            if self._store.count(
                AlarmRow,
                Where("what", "=", STUCK),
                Where("subject", "=", subject),
                Where("closed_at", "=", ""),
            ):
                continue
            detail = "deliveries to this unit fail again and again; see `relec show`"
            changes.append(Insert(AlarmRow(STUCK, subject, at, detail), ignore=True))
            changes.append(Insert(EventRow(at, "alarm", subject, json.dumps({"what": STUCK}))))
        if changes:
            self._journal.write(Plan(changes=tuple(changes)))
