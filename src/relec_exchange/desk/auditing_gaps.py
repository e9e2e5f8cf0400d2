"""Numbers that went missing: here of partners, and of ours at partners; since when, how they ended.

Contract: reads only, logged as an access. A number of a partner ended as `arrived`, as `void` (its
sender declared it empty), or as `given-up` (its log was closed, and its sender knows it no more);
one of ours as `arrived`, as `void` with the reason, or as `expired`. Else it is `missing`.
"""

from __future__ import annotations

import json
from typing import Any, Final

from relec_exchange.desk.core import Core, Json
from relec_exchange.inbound.chain import Chain
from relec_exchange.message.lifecycle import State
from relec_exchange.records import (
    AcceptedRow,
    ChainRow,
    EventRow,
    GapRow,
    OutboxRow,
    PeerChainRow,
    Where,
)

LISTED_MAX: Final = 5_000
"""The newest so many of each direction are listed."""

_STILL_OUT: Final = (str(State.RELEASED), str(State.RELAYED))
_LOST: Final = "gap.lost"


class GapDesk:
    """See the module."""

    def __init__(self, core: Core) -> None:
        self.core = core

    def audit_gaps(self, officer: str) -> Json:
        """`answers.GapsForAudit`, logged."""
        chains = {(row.origin, row.cls): row for row in self.core.store.rows(ChainRow)}
        rows = self.core.store.rows(GapRow, order="-since", limit=LISTED_MAX)
        lost = self._lost()
        found = [self._theirs(row, chains.get((row.origin, row.cls)), lost) for row in rows]
        self.core.log_access(officer, "audit-gaps")
        return {"theirs": found, "ours": self._ours()}

    def _theirs(
        self, gap: GapRow, chain: ChainRow | None, lost: set[tuple[str, str, int, int]]
    ) -> Json:
        came = (
            Where("origin", "=", gap.origin),
            Where("cls", "=", gap.cls),
            Where("seq", ">=", gap.first),
            Where("seq", "<=", gap.last),
        )
        newest = self.core.store.rows(
            AcceptedRow, *came, order="-received_at", limit=1, blobs=False
        )
        arrived, missing = self.core.store.count(AcceptedRow, *came), _missing(gap, chain)
        given_up = (gap.sender, gap.cls, gap.first, gap.last) in lost
        ended = {
            "arrived": arrived,
            "void": gap.last - gap.first + 1 - arrived - missing,
            "given-up" if given_up else "missing": missing,
        }
        return {
            "peer": gap.sender,
            "origin": gap.origin,
            "class": gap.cls,
            "first": gap.first,
            "last": gap.last,
            "since": gap.since,
            "asks": gap.asks,
            "asked_at": gap.asked_at,
            "asked_to": gap.asked_to,
            "closed_at": gap.closed_at,
            "arrived_at": newest[0].received_at if newest else "",
            "ended": {how: count for how, count in ended.items() if count > 0},
        }

    def _lost(self) -> set[tuple[str, str, int, int]]:
        """Ranges of closed logs that were given up, as their events tell."""
        found: set[tuple[str, str, int, int]] = set()
        for event in self.core.store.rows(EventRow, Where("kind", "=", _LOST)):
            data: dict[str, Any] = json.loads(event.data)
            found.add((event.ref, data["class"], data["first"], data["last"]))
        return found

    def _ours(self) -> list[Json]:
        """What a partner misses by its newest round, was sent again, or was declared void."""
        rows: dict[int, OutboxRow] = {}
        for where in (
            Where("missing_since", "!=", ""),
            Where("resent", ">", 0),
            Where("state", "=", str(State.VOIDED)),
        ):
            for row in self.core.store.rows(
                OutboxRow, where, order="-row", limit=LISTED_MAX, blobs=False
            ):
                rows[row.row] = row
        told = {(row.peer, row.origin, row.cls): row for row in self.core.store.rows(PeerChainRow)}
        listed = sorted(rows, reverse=True)[:LISTED_MAX]
        return [
            _ours(rows[n], told.get((rows[n].recipient, rows[n].origin, rows[n].cls)))
            for n in listed
        ]


def _ours(row: OutboxRow, told: PeerChainRow | None) -> Json:
    return {
        "peer": row.recipient,
        "origin": row.origin,
        "class": row.cls,
        "number": row.seq,
        "message_id": row.message_id,
        "type": row.type,
        "sent_at": row.sent_at,
        "missing_since": row.missing_since,
        "resent": row.resent,
        "state": row.state,
        "ended": _ended(row, told),
        "reason": row.wire_code if row.state == State.VOIDED else "",
    }


def _missing(gap: GapRow, chain: ChainRow | None) -> int:
    """How many numbers of the gap have neither come nor were declared void. Never counted one by
    one: nobody bounds how far a partner's number may jump.
    """
    if chain is None:
        return gap.last - gap.first + 1
    known = Chain.from_json(chain.highest, chain.missing)
    beyond = max(0, gap.last - max(gap.first - 1, known.highest))
    overlaps = (min(gap.last, h.last) - max(gap.first, h.first) + 1 for h in known.holes)
    return beyond + sum(max(0, overlap) for overlap in overlaps)


def _ended(row: OutboxRow, told: PeerChainRow | None) -> str:
    """What became of one number of ours, by what the partner has told."""
    if row.state == State.VOIDED:
        return "void"
    if row.state == State.EXPIRED:
        return "expired"
    if row.state not in _STILL_OUT or _has(told, row.seq or 0):
        return "arrived"
    return "missing"


def _has(told: PeerChainRow | None, number: int) -> bool:
    if told is None:
        return False
    missing = json.loads(told.missing)
    return number <= told.contiguous or (
        bool(missing)
        and number <= missing[-1][1]
        and not any(first <= number <= last for first, last in missing)
    )
