"""From which tree of ours the next round goes on: the one that its partner has probably accepted.

A partner answers with its next round, so the answer to our last one is often not here yet when we
write again. The next round then goes on from what the last one offered: if that was accepted, as
it nearly always is, this one is accepted too. Once an answer says otherwise, what was told counts,
and rounds under way are known to fail.
"""

from __future__ import annotations

from typing import Final

from relec_exchange.journal.state import LogState
from relec_exchange.records import PeerRow

UNANSWERED_MAX: Final = 3
"""Beyond so many rounds without an answer the partner is away, and will take in the newest alone:
that one goes on from what it is known to have.
"""


class Claims:
    """Used by the rounds thread only. What it forgets at a stop costs one answer 409."""

    def __init__(self) -> None:
        self._offers: dict[tuple[str, str], dict[int, int]] = {}

    def old(self, peer: PeerRow, log: LogState) -> int:
        """The size that the next round names as accepted before."""
        known = peer.acknowledged_size if peer.our_origin == log.origin else 0
        offers = self._offers.setdefault((peer.peer, log.origin), {})
        if offers.get(peer.answered, 0) > known:  # refused, and all that rested on it
            offers.clear()
        for number in [one for one in offers if one <= peer.answered]:
            del offers[number]
        if 0 < len(offers) <= UNANSWERED_MAX:
            known = offers[max(offers)]
        return min(known, log.head.size)

    def written(self, peer: PeerRow, number: int, log: LogState) -> None:
        """Round `number` is committed, and has offered the log as it is."""
        self._offers.setdefault((peer.peer, log.origin), {})[number] = log.head.size
