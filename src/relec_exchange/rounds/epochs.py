"""The sealing epochs of this node: when each key of its cards began and ended.

Contract: `spans` reads the cards that were adopted, and again only after a new one. An epoch that
two cards name with different ends counts until the later one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from relec_exchange.message.constants import Times
from relec_exchange.ports import SealingKeys, Store
from relec_exchange.records import NoteRow, Where
from relec_exchange.trust.card import parse_card
from relec_exchange.trust.directory import Directory

Span = tuple[datetime, datetime]


def resend_life(times: Times) -> timedelta:
    """How long after its entry a message may come, or come again."""
    return timedelta(seconds=times.time_to_live_seconds + times.resend_window_seconds)


class Epochs:
    """Used by one thread only."""

    def __init__(self, store: Store, directory: Callable[[], Directory]) -> None:
        self._store = store
        self._directory = directory
        self._spans: dict[str, Span] = {}
        self._read: frozenset[str] = frozenset()

    def spans(self) -> Mapping[str, Span]:
        """Start and end of every epoch that one of our cards named, by key id."""
        directory = self._directory()
        own = directory.members.get(directory.own)
        hashes = frozenset(own.versions.values()) if own is not None else frozenset()
        if hashes == self._read:
            return self._spans
        mine = Where("kind", "=", "card"), Where("subject", "=", directory.own)
        for row in self._store.rows(NoteRow, *mine):
            for epoch in parse_card(row.note).card.sealing:
                _, ends = self._spans.get(epoch.id, (epoch.starts, epoch.ends))
                self._spans[epoch.id] = (epoch.starts, max(epoch.ends, ends))
        self._read = hashes
        return self._spans

    def gone(self, keys: SealingKeys) -> set[str]:
        """Ids of our cards' epochs whose private keys are destroyed."""
        return set(self.spans()) - keys.sealing_ids()

    def opens(self, keys: SealingKeys, until: datetime) -> bool:
        """Whether a key that we still have began at or before `until`: an envelope that was
        sealed by then may be openable.
        """
        here, spans = keys.sealing_ids(), self.spans()
        return any(starts <= until for name, (starts, _) in spans.items() if name in here)
