"""Our card to partners that have not acknowledged our new log: they may understand nothing of ours.

Contract: whoever does not hold the card that names a successor can judge none of our messages, and
may itself have changed its log, so that we do not understand its rounds either. So the card is sent
until a round in the new log is acknowledged; it speaks for itself (`inbound.receive.Waiting`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from relec_exchange.message.identifiers import parse_origin, parse_time
from relec_exchange.ports import Store
from relec_exchange.records import PeerRow, Where
from relec_exchange.rounds.routes import current_log
from relec_exchange.trust.directory import Directory


class Introducing:
    """Used by the rounds thread only, before `rounds.notes` has its tick."""

    def __init__(
        self, store: Store, directory: Callable[[], Directory], differs: Callable[[str], None]
    ) -> None:
        self._store = store
        self._directory = directory
        self._differs = differs

    def tick(self, now: datetime) -> None:
        """Have our notes sent to every partner that waits for them; again each idle interval."""
        directory = self._directory()
        pause = timedelta(seconds=directory.times().round_idle_seconds)
        for row in self._store.rows(PeerRow, Where("acknowledged_size", "=", 0)):
            if not row.our_origin or parse_origin(row.our_origin).number == 1:
                continue
            if current_log(directory, directory.own) != row.our_origin:
                continue  # our authority has not signed the card yet
            last = row.notes_sent_at
            if not last or abs(now - parse_time(last)) >= pause:
                self._differs(row.peer)
