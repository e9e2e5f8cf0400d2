"""A clock that has leapt forward destroys nothing until somebody else's clock agrees.

What ends by the clock ends for good: content, sealing keys, messages that wait. A clock that is
suddenly years ahead would end everything in one turn. So after a leap of more than a day since the
newest entry of our logs, or since the turn before, those duties wait until a partner's round that
came after it states about the same time, or until three days have gone by without another leap: a
node without partners erases too, only later.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Final

from relec_exchange.journal.plan import Plan
from relec_exchange.journal.writer import Journal
from relec_exchange.message.identifiers import format_time, parse_time
from relec_exchange.ports import Store
from relec_exchange.records import EventRow, Insert, PeerRow, Where
from relec_exchange.rounds.ticker import Tick

LEAP: Final = timedelta(days=1)
ALONE: Final = timedelta(days=3)
AGREES_MS: Final = 24 * 3600 * 1000
"""By so much a partner's clock may differ and still agree that the day has come."""


class Leaps:
    """Asked once in each turn, before the duties that wait. Used by the rounds thread only."""

    def __init__(self, store: Store, journal: Journal) -> None:
        self._store = store
        self._journal = journal
        self._before: datetime | None = None
        self._since: datetime | None = None
        self._beyond = ""

    def tick(self, now: datetime) -> None:
        """See whether the clock has leapt, and whether it is believed again."""
        before = self._before or self._newest(now)
        self._before = now
        if now - before > LEAP:
            # No clock reading between the two: what has a later time came after the leap.
            self._since, self._beyond = now, format_time(before + LEAP)
            data = json.dumps({"from": format_time(before), "to": format_time(now)})
            event = EventRow(format_time(now), "clock.leapt", "", data)
            self._journal.write(Plan(changes=(Insert(event),)))
        if self._since is not None and (now - self._since >= ALONE or self._agreed()):
            self._since = None

    def waiting(self, tick: Tick) -> Tick:
        """The duty, but only while the clock is believed."""

        def run(now: datetime) -> object:
            return tick(now) if self._since is None else None

        return run

    def _newest(self, now: datetime) -> datetime:
        """When this node last wrote anything; now if it never did."""
        state = self._journal.state
        times = [t for t in (state.exchange.head.last_time, state.activity.head.last_time) if t]
        return parse_time(max(times)) if times else now

    def _agreed(self) -> bool:
        """Whether a round that came after the leap states about our time."""
        heard = self._store.rows(PeerRow, Where("their_at", ">=", self._beyond))
        return any(abs(row.skew_ms) <= AGREES_MS for row in heard)
