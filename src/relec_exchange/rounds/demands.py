"""Trees that one partner saw and their log's owner has to prove to us, and the other way round.

Contract: reads and decides, writes nothing. A tree that we heard of is demanded in each of our
rounds to its owner until it is proven. A round of the owner counts against it only if it answers a
round of ours that demanded the tree: before, nobody can know. Of our own log we prove what somebody
wants proven, if it is a tree of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Final

import structlog

from relec_exchange.journal.contradiction import accusing
from relec_exchange.journal.state import JournalState
from relec_exchange.message.bodies.control import Demand
from relec_exchange.ports import Store
from relec_exchange.records import (
    AcceptedCheckpointRow,
    Change,
    Insert,
    PeerRow,
    Update,
    UsedCheckpointRow,
    Where,
)
from relec_exchange.rounds.alarms import Alarm
from relec_exchange.rounds.closed_logs import UNPROVEN, Bearing
from relec_exchange.rounds.routes import closed_logs
from relec_exchange.trust.directory import Directory

OPEN_MAX: Final = 1024
"""Trees of ours that wait to be proven to one partner: beyond, it cannot demand more."""

Tree = tuple[str, int]
"""A log and a size."""


def demanded_rows(store: Store, directory: Directory, owner: str) -> list[AcceptedCheckpointRow]:
    """The trees of a partner's logs that others saw and that it has not proven to us, in the order
    in which they are demanded: those last that it was accused of already.
    """
    limit = directory.times().rounds_unproven_max
    rows = [row for row in heard_rows(store, owner) if _provable(directory, row)]
    return sorted(rows, key=lambda row: (row.rounds >= limit, row.first_at, row.origin, row.size))


def heard_rows(store: Store, owner: str) -> list[AcceptedCheckpointRow]:
    """All trees of a node's logs that we only heard of and that nobody has proven."""
    return store.rows(
        AcceptedCheckpointRow,
        Where("sender", "=", owner),
        Where("proven", "=", False),
        Where("heard_from", "!=", ""),
    )


def _provable(directory: Directory, row: AcceptedCheckpointRow) -> bool:
    """Whether the cards name the log, and it did not end before this tree; nobody has to prove what
    was signed with a key that is revoked.
    """
    key = directory.member(row.sender).logs.get(row.origin)
    if key is None or key.good_size is not None:
        return False
    return key.final_size is None or row.size <= key.final_size


class Demands:
    """Used by the inbound thread only."""

    def __init__(
        self,
        store: Store,
        directory: Callable[[], Directory],
        state: Callable[[], JournalState],
    ) -> None:
        self._store = store
        self._directory = directory
        self._state = state

    def taken(self, peer: str, demands: Sequence[Demand]) -> list[Change]:
        """What a partner wants proven of our logs joins what we prove to it anyway."""
        mine = [
            UsedCheckpointRow(peer, one.origin, one.size, bytes.fromhex(one.root))
            for one in demands
            if self._is_ours(one)
        ]
        if len(mine) < len(demands):
            structlog.get_logger().warning("demand.not_ours", peer=peer)
        if not mine:
            return []
        waiting = self._store.count(UsedCheckpointRow, Where("peer", "=", peer))
        return [Insert(row, ignore=True) for row in mine[: max(0, OPEN_MAX - waiting)]]

    def _is_ours(self, demand: Demand) -> bool:
        state = self._state()
        for log in (state.exchange, *state.closed_exchange()):
            if log.origin == demand.origin and demand.size <= log.size:
                return log.log.tree.root_at(demand.size).hex() == demand.root
        return False

    def left(
        self,
        peer: PeerRow,
        demanded: Collection[Tree],
        proven: Collection[Tree],
        bearing: Bearing,
    ) -> tuple[list[Change], list[Alarm]]:
        """Count one round for each tree that was `demanded` when it was written and that it did not
        prove. At the limit there is an alarm: the tree, and the newest accepted one.
        """
        changes: list[Change] = []
        alarms: list[Alarm] = []
        for row in heard_rows(self._store, peer.peer) if demanded else ():
            tree = row.origin, row.size
            if tree not in demanded or tree in proven or row.rounds >= bearing.limit:
                continue
            if not _provable(self._directory(), row):
                continue
            if bearing.waits(row):
                continue
            key = {"origin": row.origin, "size": row.size, "root": row.root}
            changes.append(Update(AcceptedCheckpointRow, key, {"rounds": row.rounds + 1}))
            if row.rounds + 1 >= bearing.limit:
                detail = f"a tree of {row.size} entries that {row.heard_from} saw stays unproven"
                evidence = accusing(row.note, peer.their_note)
                alarms.append(Alarm(UNPROVEN, peer.peer, detail, evidence))
        return changes, alarms


def ended(directory: Directory, origin: str) -> tuple[int, bytes] | None:
    """Size and root of the end of a closed log, as its node's card names it."""
    node = origin.split("/")[1]
    return closed_logs(directory, node).get(origin) if node in directory.members else None
