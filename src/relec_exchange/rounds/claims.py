"""From which tree of ours the next round goes on: the one that its partner has probably accepted.

A partner answers with its next round, so the answer to our last one is often not here yet when we
write again. The next round then goes on from what the last one offered: if that was accepted, as
it nearly always is, this one is accepted too. A round may be passed over, or lost on its way; so
whoever has read a refusal that told nothing new, or does not know (after a start), goes on from
what was told until it reads that more was accepted. A partner counts on that: `rounds.unproven`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from relec_exchange.journal.state import LogState
from relec_exchange.records import PeerRow

UNANSWERED_MAX: Final = 3
"""Beyond so many rounds without an answer the partner is away, and will take in the newest alone:
that one goes on from what it is known to have.
"""

_Key = tuple[str, str]


class Claims:
    """Used by the rounds thread only. What it forgets at a stop costs one answer 409."""

    def __init__(self) -> None:
        self._offers: dict[_Key, dict[int, tuple[int, int]]] = {}
        self._read: dict[_Key, tuple[int, int]] = {}
        self._sure: set[_Key] = set()

    def old(self, peer: PeerRow, log: LogState) -> int:
        """The size that the next round names as accepted before."""
        known = peer.acknowledged_size if peer.our_origin == log.origin else 0
        key = peer.peer, log.origin
        self._look(key, peer.answered, known)
        offers = self._offers.setdefault(key, {})
        for number in [one for one in offers if one <= peer.answered]:
            del offers[number]
        if key in self._sure and len(offers) <= UNANSWERED_MAX:
            known = _expected(known, offers)
        return min(known, log.head.size)

    def _look(self, key: _Key, answered: int, known: int) -> None:
        """Whether the newest answer told that more was accepted."""
        before = self._read.get(key, (answered, known))
        if known > before[1]:
            self._sure.add(key)
        elif answered > before[0]:
            self._sure.discard(key)
        self._read[key] = answered, known

    def written(self, peer: PeerRow, number: int, log: LogState, old: int) -> None:
        """Round `number` is committed: it went on from `old`, and has offered the log as it is."""
        self._offers.setdefault((peer.peer, log.origin), {})[number] = old, log.head.size


def _expected(known: int, offers: Mapping[int, tuple[int, int]]) -> int:
    """The tree that a partner has accepted once it has judged all these rounds in turn."""
    for number in sorted(offers):
        old, size = offers[number]
        if old == known:
            known = size
    return known
