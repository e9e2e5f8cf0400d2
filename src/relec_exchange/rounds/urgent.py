"""How many rounds a partner can draw from us at once: as many as an honest backlog needs, no more.

Contract: not in the store. What is forgotten at a stop is one interval's count.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

URGENT_MAX: Final = 60
"""Urgent rounds to one partner in one busy interval. They carry 7,680 proofs; whoever has more to
prove, or says so, gets the rest in later intervals.
"""


class Urgent:
    """Counts them. Used by the rounds thread only."""

    def __init__(self) -> None:
        self._drawn: dict[str, tuple[datetime, int]] = {}

    def allows(self, peer: str, now: datetime, interval: timedelta) -> bool:
        """Whether this partner may get one more now; counts it."""
        since, count = self._drawn.get(peer, (now, 0))
        if not since <= now < since + interval:  # also if our clock was put back
            since, count = now, 0
        if count >= URGENT_MAX:
            return False
        self._drawn[peer] = since, count + 1
        return True
