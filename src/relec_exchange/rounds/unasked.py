"""A partner that sends but does not have its log cosigned: its messages come, its rounds do not.

Contract: an alarm once messages came for five busy intervals after its last round. What has waited
in a queue comes all at once, the rounds among it last: so it must stay true for a busy interval.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from relec_exchange.journal.writer import Journal
from relec_exchange.message.identifiers import format_time, parse_time
from relec_exchange.ports import Store
from relec_exchange.records import AcceptedRow, PeerRow, Where
from relec_exchange.rounds.alarms import Alarm, alarm_plan
from relec_exchange.rounds.routes import partners
from relec_exchange.trust.directory import Directory

NOT_ASKED: Final = "cosigning-not-asked"
INTERVALS: Final = 5


class Unasked:
    """Used by the rounds thread only. Looks once in a busy interval."""

    def __init__(self, store: Store, journal: Journal, directory: Callable[[], Directory]) -> None:
        self._store = store
        self._journal = journal
        self._directory = directory
        self._looked: datetime | None = None
        self._doubted: set[str] = set()

    def tick(self, now: datetime) -> None:
        """Raise what was true at the last look too."""
        busy = timedelta(seconds=self._directory().times().round_busy_seconds)
        if self._looked is not None and timedelta(0) <= now - self._looked < busy:
            return
        late = self._looked is not None and now - self._looked > INTERVALS * busy
        found = set() if late else self._without_rounds(INTERVALS * busy)
        sure, self._doubted, self._looked = found & self._doubted, found, now
        alarms = [Alarm(NOT_ASKED, node, "its messages come, its rounds do not") for node in sure]
        plan = alarm_plan(self._store, alarms, self._directory().network, now)
        if not plan.empty:
            self._journal.write(plan)

    def _without_rounds(self, span: timedelta) -> set[str]:
        listed = set(partners(self._directory()))
        return {
            peer.peer
            for peer in self._store.rows(PeerRow, Where("their_at", "!=", ""))
            if peer.peer in listed and self._sends_on(peer, span)
        }

    def _sends_on(self, peer: PeerRow, span: timedelta) -> bool:
        """Whether messages came after its last round, and still so much later."""
        mine = (
            Where("sender", "=", peer.peer),
            Where("type", "!=", "round"),
            Where("received_at", ">", peer.their_at),
        )
        first = self._store.rows(AcceptedRow, *mine, order="received_at", limit=1, blobs=False)
        if not first:
            return False
        later = format_time(parse_time(first[0].received_at) + span)
        return bool(self._store.count(AcceptedRow, *mine, Where("received_at", ">=", later)))
