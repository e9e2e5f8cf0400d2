"""Gaps held against the chains of numbers that they are about.

Contract: reads, and writes nothing. A hole that is older than the patience of its class, and that
rounds of ours were written after, had a gap: it is made again, as never asked for. A gap of which
every number came is over. Gaps that closed stay as they are, as long as they can be true.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

from relec_exchange.journal.rebuilding.acts import NO_ENTRY
from relec_exchange.journal.rebuilding.walks import Difference
from relec_exchange.message.constants import Times
from relec_exchange.message.identifiers import format_time, parse_time
from relec_exchange.ports import Store
from relec_exchange.records import ChainRow, Delete, GapRow, PeerChainRow, Put, Update
from relec_exchange.rounds.gaps import Hole, holes_of, patience

MARGIN: Final = timedelta(minutes=5)
"""A round of ours so much later was written after the gap."""


def gap_differences(store: Store, times: Times, last_round: str) -> list[Difference]:
    """The gaps that no chain has, those that it has and no record, and those that are over;
    `last_round` is when our newest round was written (wire time, or empty).
    """
    chains = {(row.origin, row.cls): row for row in store.rows(ChainRow)}
    told = {(row.origin, row.cls) for row in store.rows(PeerChainRow)}
    gaps = store.rows(GapRow)
    found: list[Difference] = []
    for gap in gaps:
        chain = chains.get((gap.origin, gap.cls))
        if chain is None and (gap.origin, gap.cls) not in told:
            found.append(Difference("gap", _name(gap), NO_ENTRY, (Delete(GapRow, _key(gap)),)))
        else:
            found += _columns(gap, chain, last_round)
    for chain in chains.values():
        mine = [gap for gap in gaps if (gap.origin, gap.cls) == (chain.origin, chain.cls)]
        found += _missing(chain, mine, times, last_round)
    return found


def _columns(gap: GapRow, chain: ChainRow | None, last_round: str) -> Iterator[Difference]:
    sender = gap.origin.split("/")[1]
    if gap.sender != sender:
        change = Update(GapRow, _key(gap), {"sender": sender})
        yield Difference("gap", _name(gap), "sender", (change,))
    if gap.last < gap.first:
        yield Difference("gap", _name(gap), "first and last", (Delete(GapRow, _key(gap)),))
    elif not gap.closed_at and chain is not None and _came(gap, chain):
        # Where no round was written yet, that the numbers came is the newest that is known.
        change = Update(GapRow, _key(gap), {"closed_at": last_round or gap.since})
        yield Difference("gap", _name(gap), "open, but every number came", (change,))


def _came(gap: GapRow, chain: ChainRow) -> bool:
    return gap.last <= chain.highest and not any(hole.meets(gap) for hole in _holes(chain))


def _missing(
    chain: ChainRow, gaps: Sequence[GapRow], times: Times, last_round: str
) -> Iterator[Difference]:
    for hole in _holes(chain):
        due = format_time(parse_time(hole.since) + patience(chain.cls, times) + MARGIN)
        if due <= last_round and not any(hole.meets(gap) for gap in gaps):
            made = GapRow(chain.origin, chain.sender, chain.cls, hole.first, hole.last, hole.since)
            yield Difference("gap", _name(made), "the gap is missing", (Put(made),))


def _holes(chain: ChainRow) -> list[Hole]:
    try:
        return holes_of(chain)
    except (ValueError, TypeError):
        return []


def _key(gap: GapRow) -> dict[str, object]:
    return {"origin": gap.origin, "cls": gap.cls, "first": gap.first}


def _name(gap: GapRow) -> str:
    return f"{gap.origin}/{gap.cls}:{gap.first}"
