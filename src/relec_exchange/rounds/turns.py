"""Whether a tree that a full round had no room for waits its turn: proofs go oldest first.

Contract: reads and decides, writes nothing. A place is (number of the log, size), the order in
which proofs go. A tree waits for as long as the rounds that leave it out prove trees before it that
messages used: there are only so many, for no entry is added to a log before that tree any more. A
proof that comes again counts too, unless its sender had read that we have it. What no message
brought yet may be anything, and excuses for a time only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from relec_exchange.message.bodies.control import ConsistencyProof
from relec_exchange.message.identifiers import parse_origin
from relec_exchange.ports import Store
from relec_exchange.records import AcceptedCheckpointRow, Where
from relec_exchange.rounds.demands import Tree

PROGRESS_TIMES: Final = 10
"""A round that proves what we did not know excuses so many times as long as one that does not."""

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Spans:
    """What was first used after `short` (wire times) may wait behind any full round, what was after
    `long` behind one that proves something new.
    """

    short: str
    long: str


@dataclass(frozen=True, slots=True)
class Known:
    """What the sender of a round had read when it wrote it: the newest tree of its log `origin`
    that we have accepted, and whether that is the newest there is.
    """

    origin: str
    size: int
    all: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """What one full round proved: `used` are the places of trees that messages used, and when each
    was first used (wire time); `fresh` counts these and all others that are new, of `proofs`. `top`
    is the place up to which its log reaches.
    """

    proofs: int
    used: Sequence[tuple[Place, str]]
    fresh: int
    top: Place
    spans: Spans

    def waits(self, row: AcceptedCheckpointRow) -> bool:
        """Whether this tree, which it did not prove, may go with a later one."""
        since = self.spans.long if 2 * self.fresh >= self.proofs > 0 else self.spans.short
        if row.first_at > since:
            return True
        place = place_of(row.origin, row.size)
        before = sum(one < place and at <= row.first_at for one, at in self.used)
        return place <= self.top and 2 * before >= self.proofs > 0


def place_of(origin: str, size: int) -> Place:
    """Where a tree of this size comes in the order of proofs."""
    return parse_origin(origin).number, size


def turn(
    store: Store,
    proofs: Sequence[ConsistencyProof],
    proven: Collection[Tree],
    known: Known,
    spans: Spans,
    top: int,
) -> Turn:
    """What a full round comes to whose tree of `top` entries was accepted; `proven` are the trees
    that it proved.
    """
    trees = {(proof.origin or known.origin, proof.size) for proof in proofs} & set(proven)
    rows = {(row.origin, row.size): row for row in _rows(store, trees)}
    used, fresh = [], 0
    for tree in trees:
        row = rows.get(tree)
        if row is None or not row.proven or _may_come_again(row, known):
            fresh += 1
            if row is not None and _holds_up(row, known):
                used.append((place_of(*tree), row.first_at))
    return Turn(len(proofs), used, fresh, place_of(known.origin, top), spans)


def _holds_up(row: AcceptedCheckpointRow, known: Known) -> bool:
    """Whether what waits behind this tree waits without a limit: a message used it, and this is its
    first proof, or it comes again and it is known since when its owner could know.
    """
    used = bool(row.note) and not row.heard_from
    return used and (not row.proven or row.origin == known.origin)


def _may_come_again(row: AcceptedCheckpointRow, known: Known) -> bool:
    """Whether its owner could not know yet that we have this proof."""
    if row.origin != known.origin:
        return not known.all
    return row.top_size > known.size


def _rows(store: Store, trees: Iterable[Tree]) -> list[AcceptedCheckpointRow]:
    sizes: dict[str, list[int]] = {}
    for origin, size in trees:
        sizes.setdefault(origin, []).append(size)
    return [
        row
        for origin, of_log in sizes.items()
        for row in store.rows(
            AcceptedCheckpointRow, Where("origin", "=", origin), Where("size", "in", sorted(of_log))
        )
    ]
