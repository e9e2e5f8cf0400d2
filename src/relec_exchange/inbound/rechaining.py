"""Chains of numbers made again from what came, and held against the stored ones.

Contract: reads, and writes nothing. Numbers that were declared void, and rounds of long ago, stand
in no record that is left; so a chain is never said to have too much. Where its holes cannot be
read, it is made again without them, and partners are asked for those numbers once more.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import pairwise

from relec_exchange.inbound.chain import HOLES_MAX, Chain, Hole
from relec_exchange.journal.rebuilding.walks import Difference
from relec_exchange.ports import Store
from relec_exchange.records import ChainRow, Put

WHY = "it would have too many holes: ask the partner for a new log"


def chain_differences(
    store: Store, numbers: Mapping[tuple[str, str], Iterable[int]], now: str
) -> list[Difference]:
    """The chains that do not have all `numbers` that came, by (log, class); `now` as wire time."""
    stored = {(row.origin, row.cls): row for row in store.rows(ChainRow)}
    found = []
    for key in sorted({*numbers, *stored}):
        row, came = stored.get(key), sorted(set(numbers.get(key, ())))
        chain = _readable(row)
        right = _with_all(chain, came, now) if chain else _from_numbers(came, now)
        origin, cls = key
        sender = origin.split("/")[1]
        made = ChainRow(origin, sender, cls, right.contiguous, right.highest, right.to_json())
        if row == made or (row is None and not came):
            continue
        what = "the chain is missing" if row is None else "numbers that came"
        remedy = (Put(made),) if len(right.holes) <= HOLES_MAX else ()
        found.append(Difference("chain", f"{origin}/{cls}", what, remedy, "" if remedy else WHY))
    return found


def _readable(row: ChainRow | None) -> Chain | None:
    """The stored chain, if it can be one."""
    if row is None:
        return None
    try:
        chain = Chain.from_json(row.highest, row.missing)
        holes = [(int(h.first), int(h.last)) for h in chain.holes]
    except (ValueError, TypeError):
        return None
    ends = [*holes, (row.highest + 1, row.highest + 1)]
    ascending = all(first <= last for first, last in holes) and all(
        one[1] < other[0] for one, other in pairwise(ends)
    )
    same = json.dumps(json.loads(row.missing)) == chain.to_json()
    return chain if ascending and same and all(first >= 1 for first, _ in holes) else None


def _with_all(chain: Chain, came: list[int], now: str) -> Chain:
    """The chain with what came besides what it has."""
    for seq in came:
        if not chain.has(seq):
            chain = chain.receive(seq, now)
    return chain


def _from_numbers(came: list[int], now: str) -> Chain:
    """A chain of nothing but what came."""
    ends = pairwise([0, *came])
    holes = tuple(Hole(low + 1, high - 1, now) for low, high in ends if high > low + 1)
    return Chain(came[-1] if came else 0, holes)
