"""The numbers of one chain (origin, class): which have come, which are missing and since when.

A value without I/O. Out of order never delays delivery: `receive` only remembers. A hole is a
range with the time at which newer traffic first showed it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from relec_exchange.errors import Reason, Unverified

HOLES_MAX = 256
"""A number that would make more separate holes than this in one chain is refused (step 8)."""


@dataclass(frozen=True, slots=True)
class Hole:
    """Numbers `first` to `last`, both missing, noticed at `since` (wire time)."""

    first: int
    last: int
    since: str


@dataclass(frozen=True, slots=True)
class Chain:
    """All numbers up to `highest` have come but those in `holes` (ascending, disjoint)."""

    highest: int = 0
    holes: tuple[Hole, ...] = ()

    @property
    def contiguous(self) -> int:
        """The highest number below which nothing is missing."""
        return self.holes[0].first - 1 if self.holes else self.highest

    def has(self, seq: int) -> bool:
        """Whether this number has come (or was declared void)."""
        return 1 <= seq <= self.highest and not any(h.first <= seq <= h.last for h in self.holes)

    def receive(self, seq: int, now: str) -> Chain:
        """The chain after `seq` has come, this one if it had come before.

        Unverified(SEQUENCE) for a number that no sender gives: it would tear too many holes.
        """
        if seq < 1:
            raise Unverified(Reason.SEQUENCE, "sequences start at 1")
        if seq == self.highest + 1:
            return replace(self, highest=seq)
        if seq > self.highest:
            return self._with((*self.holes, Hole(self.highest + 1, seq - 1, now)), seq)
        if self.has(seq):
            return self
        return self._with(tuple(p for h in self.holes for p in _without(h, seq)), self.highest)

    def _with(self, holes: tuple[Hole, ...], highest: int) -> Chain:
        if len(holes) > HOLES_MAX:
            raise Unverified(Reason.SEQUENCE, "the chain has too many holes already")
        return Chain(highest, holes)

    def missing(self) -> list[list[int]]:
        """The holes as [first, last] pairs, as rounds tell them."""
        return [[h.first, h.last] for h in self.holes]

    def to_json(self) -> str:
        """The holes as they are stored."""
        return json.dumps([[h.first, h.last, h.since] for h in self.holes])

    @classmethod
    def from_json(cls, highest: int, holes: str) -> Chain:
        """The inverse of `to_json`."""
        return cls(highest, tuple(Hole(*h) for h in json.loads(holes)))


def _without(hole: Hole, seq: int) -> list[Hole]:
    if not hole.first <= seq <= hole.last:
        return [hole]
    parts = []
    if hole.first < seq:
        parts.append(Hole(hole.first, seq - 1, hole.since))
    if seq < hole.last:
        parts.append(Hole(seq + 1, hole.last, hole.since))
    return parts
