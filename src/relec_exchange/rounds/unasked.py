"""A partner that sends but does not have its log cosigned, or does not read what others tell it.

Contract: two alarms that accuse nobody, for a broker may be at fault. Messages came for five busy
intervals after its last round, and were written so much later than that: what has waited in a queue
comes all at once, the rounds among it last, so it must stay true for a busy interval. Or its rounds
come, and answer none of those that we sent since ten idle intervals, or its card lets us send none:
it must stay true until ten more have come, for an idle interval and five busy ones. Who starts anew
may write one at each start before it has read any.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from relec_exchange.journal.writer import Journal
from relec_exchange.message.identifiers import format_time, parse_time
from relec_exchange.ports import Store
from relec_exchange.records import AcceptedRow, PeerRow, Where
from relec_exchange.rounds.alarms import Alarm, alarm_plan
from relec_exchange.rounds.reading import deaf
from relec_exchange.rounds.routes import partners
from relec_exchange.trust.directory import Directory

NOT_ASKED: Final = "cosigning-not-asked"
UNANSWERED: Final = "rounds-unanswered"
INTERVALS: Final = 5


@dataclass(frozen=True, slots=True)
class _Doubt:
    """Since when, the partner's newest round, and how often a newer one was found."""

    since: datetime
    number: int
    came: int = 0

    def with_round(self, number: int) -> _Doubt:
        """As it is once this round is the newest."""
        return replace(self, number=number, came=self.came + (number > self.number))


class Unasked:
    """Used by the rounds thread only. Looks once in a busy interval."""

    def __init__(self, store: Store, journal: Journal, directory: Callable[[], Directory]) -> None:
        self._store = store
        self._journal = journal
        self._directory = directory
        self._looked: datetime | None = None
        self._doubted: set[str] = set()
        self._deaf: dict[str, _Doubt] = {}

    def tick(self, now: datetime) -> None:
        """Raise what was true at the last look too."""
        busy = timedelta(seconds=self._directory().times().round_busy_seconds)
        if self._looked is not None and timedelta(0) <= now - self._looked < busy:
            return
        late = self._looked is not None and now - self._looked > INTERVALS * busy
        listed = set(partners(self._directory()))
        peers = [row for row in self._store.rows(PeerRow) if row.peer in listed]
        found = set() if late else self._without_rounds(peers, INTERVALS * busy)
        sure, self._doubted, self._looked = found & self._doubted, found, now
        alarms = [Alarm(NOT_ASKED, node, "its messages come, its rounds do not") for node in sure]
        detail = "its rounds come, and answer none of ours"
        alarms += [Alarm(UNANSWERED, node, detail) for node in self._unread(peers, now)]
        plan = alarm_plan(self._store, alarms, self._directory().network, now)
        if not plan.empty:
            self._journal.write(plan)

    # ---- its messages come, its rounds do not --------------------------------------------------

    def _without_rounds(self, peers: list[PeerRow], span: timedelta) -> set[str]:
        return {peer.peer for peer in peers if self._sends_on(peer, span)}

    def _sends_on(self, peer: PeerRow, span: timedelta) -> bool:
        """Whether messages came after its last round, if any, and still so much later; and were
        written so much later, too, than the first of them and than that round: a broker may bring
        one late whose sender is away, and a busy node takes in late what was written long before.
        """
        mine = Where("sender", "=", peer.peer)
        no_round = mine, Where("type", "!=", "round"), Where("received_at", ">", peer.their_at)
        found = [
            self._store.rows(AcceptedRow, *no_round, order=order, limit=1, blobs=False)
            for order in ("received_at", "-received_at")
        ]
        if not found[0] or _came(found[1][0]) - _came(found[0][0]) < span:
            return False
        [first], [last] = found
        # One that came after the newest that was looked at is none: its number was there before.
        rounds = mine, Where("type", "=", "round"), Where("received_at", "<=", peer.their_at)
        before = self._store.rows(AcceptedRow, *rounds, order="-time", limit=1, blobs=False)
        most = timedelta(seconds=self._directory().times().hold_seconds)
        since = max(_written(row, most) for row in (first, *before))
        return _written(last, most) - since >= span

    # ---- its rounds come, and answer none of ours ----------------------------------------------

    def _unread(self, peers: list[PeerRow], now: datetime) -> list[str]:
        """Those that did not read our rounds for so long, while theirs went on coming."""
        times = self._directory().times()
        idle = timedelta(seconds=times.round_idle_seconds)
        old = format_time(now - times.unproven_patience)
        deaf = {
            peer.peer: self._deaf.get(peer.peer, _Doubt(now, peer.their_number)).with_round(
                peer.their_number
            )
            for peer in peers
            if self._behind(peer, old)
        }
        self._deaf = deaf
        enough = idle + INTERVALS * timedelta(seconds=times.round_busy_seconds)
        return [
            peer.peer
            for peer in peers
            if peer.peer in deaf
            and now - deaf[peer.peer].since >= enough
            and deaf[peer.peer].came >= times.rounds_unproven_max
            and peer.their_at > format_time(deaf[peer.peer].since + idle)
        ]

    def _behind(self, peer: PeerRow, old: str) -> bool:
        """Whether a round that we sent before `old` is not answered by its newest one, or we could
        send none since: its card has no key to write to it.
        """
        return bool(peer.their_number) and deaf(self._store, peer, peer.answered, old)


def _came(row: AcceptedRow) -> datetime:
    return parse_time(row.received_at)


def _written(row: AcceptedRow, most: timedelta) -> datetime:
    """When its sender logged it, as it says; but no longer ago than that before it came, or who
    dates everything back would send on without an alarm.
    """
    return max(parse_time(row.time), _came(row) - most)
