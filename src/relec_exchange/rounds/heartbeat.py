"""Our rounds: one message per partner with checkpoint, proofs, status, digests and clock.

Once a minute while anything changed on either side, every ten minutes when idle, and at once where
more proofs wait than one round carries. One checkpoint signature covers all rounds of a tick. The
activity log's root is anchored in the exchange log before them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any

import structlog

from relec_exchange.audit.witness import format_request
from relec_exchange.errors import RelecError
from relec_exchange.journal.control import control_send, reachable
from relec_exchange.journal.plan import Plan
from relec_exchange.journal.state import JournalState, LogState
from relec_exchange.journal.writer import Journal
from relec_exchange.message.encoding import b64
from relec_exchange.message.identifiers import format_time, parse_time
from relec_exchange.ports import Random, Store
from relec_exchange.records import (
    AcceptedCheckpointRow,
    AcceptedRow,
    Change,
    GapRow,
    HeldRow,
    Insert,
    OutboxRow,
    PeerRow,
    Update,
    UsedCheckpointRow,
    Where,
)
from relec_exchange.rounds.proofs import PROOFS_MAX, is_full
from relec_exchange.rounds.routes import partners
from relec_exchange.rounds.status import Status
from relec_exchange.trust.directory import Directory

OFFERS_MAX = 64
"""Rounds without an answer that are remembered; an answer to an older one says nothing."""


class Heartbeat:
    """Writes the rounds that are due. Used by the rounds thread only."""

    def __init__(
        self,
        store: Store,
        journal: Journal,
        directory: Callable[[], Directory],
        random: Random,
    ) -> None:
        self._store = store
        self._journal = journal
        self._directory = directory
        self._random = random
        self._anchored = ("", 0)
        self._status = Status(store)
        self._told: dict[str, tuple[str, str]] = {}

    def tick(self, now: datetime) -> tuple[str, ...]:
        """Commit a round for every partner that is due; returns those that got one.

        One plan each, in one batch: a partner that cannot be written to keeps no other waiting.
        """
        directory = self._directory()
        peers = {row.peer: row for row in self._store.rows(PeerRow)}
        due = [
            peers.get(node, PeerRow(node))
            for node in partners(directory)
            if self._due(peers.get(node), node, directory, now) and reachable(directory, node, now)
        ]
        if not due:
            return ()
        state = self._journal.state
        anchor = self._anchor(state, directory.network)
        plans = [self._round(peer, directory, state, now) for peer in due]
        answers = self._journal.write_all([anchor, *plans] if anchor else plans)
        if anchor and not isinstance(answers.pop(0), RelecError):
            self._anchored = (state.activity.origin, state.activity.head.size)
        written = []
        for peer, answer in zip(due, answers, strict=True):
            if isinstance(answer, RelecError):
                structlog.get_logger().warning("round.failed", code=answer.code, peer=peer.peer)
            else:
                written.append(peer.peer)
                self._told[peer.peer] = _digests(directory, peer.peer)
        return tuple(written)

    def _due(self, peer: PeerRow | None, node: str, directory: Directory, now: datetime) -> bool:
        if peer is None or not peer.our_at:
            return True
        times = directory.times()
        age = now - parse_time(peer.our_at)
        if age < timedelta(0):  # our clock was put back
            return True
        if age >= timedelta(seconds=times.round_idle_seconds) or self._urgent(peer):
            return True
        if age < timedelta(seconds=times.round_busy_seconds):
            return False
        return self._news(node, directory) or self._busy(peer, node)

    def _news(self, node: str, directory: Directory) -> bool:
        """Whether our last round told other digests than those of now, or nobody knows."""
        return self._told.get(node) != _digests(directory, node)

    def _urgent(self, peer: PeerRow) -> bool:
        """Whether proofs wait that did not fit: theirs for our answer, or ours for a next round."""
        if peer.full_number > peer.told_number:
            return True
        if peer.answered < peer.our_number:
            return False  # nothing can be proven before they have answered
        waiting = self._store.count(UsedCheckpointRow, Where("peer", "=", peer.peer))
        return waiting > PROOFS_MAX

    def _busy(self, peer: PeerRow, node: str) -> bool:
        """Whether anything but rounds happened between us since our last round to this node, or
        something is left to ask, to prove or to answer.
        """
        since, count = peer.our_at, self._store.count
        no_round = Where("type", "!=", "round")
        to_peer, of_peer = Where("peer", "=", node), Where("sender", "=", node)
        to_node = Where("recipient", "=", node)
        return bool(
            count(OutboxRow, to_node, Where("sent_at", ">=", since), no_round)
            or count(AcceptedRow, of_peer, Where("received_at", ">=", since), no_round)
            or count(HeldRow, of_peer)
            or count(GapRow, of_peer, Where("closed_at", "=", ""))
            # The checkpoint of the last round itself is always among those not proven yet.
            or count(UsedCheckpointRow, to_peer, Where("offered", "=", 0)) > 1
            or (peer.answered >= peer.our_number and count(UsedCheckpointRow, to_peer) > 1)
            or (
                peer.their_number > peer.told_number
                and count(AcceptedCheckpointRow, of_peer, Where("proven", "=", False)) > 1
            )
        )

    def _anchor(self, state: JournalState, network: str) -> Plan | None:
        head = state.activity.head
        if (head.origin, head.size) == self._anchored:
            return None
        entry = {
            "kind": "anchored",
            "network": network,
            "origin": head.origin,
            "size": head.size,
            "root": head.root.hex(),
        }
        return Plan(exchange=(entry,))

    def _round(
        self, peer: PeerRow, directory: Directory, state: JournalState, now: datetime
    ) -> Plan:
        log, number = state.exchange, peer.our_number + 1
        used = self._unproven(peer.peer, state)
        proofs = _proofs(used, state)
        acknowledged = peer.acknowledged_size if peer.our_origin == log.origin else 0
        old = min(acknowledged, log.head.size)
        digests = _digests(directory, peer.peer)
        body: dict[str, Any] = {
            "number": number,
            "checkpoint": format_request(
                old, log.log.tree.consistency(old) if old else (), log.head.checkpoint
            ).decode(),
            "proofs": proofs,
            "status": self._status.of(peer, directory, state),
            "directory": {"cards": digests[0], "agreements": digests[1]},
            "clock": format_time(now),
        }
        if peer.answer:
            body["answer"] = json.loads(peer.answer)
        send, secrets = control_send(directory, peer.peer, "round", body, now, self._random)
        changes = [
            *_mine(peer, number, log, now),
            *(
                Update(UsedCheckpointRow, _key(row), {"offered": number})
                for row in used[: len(proofs)]
                if not row.offered
            ),
        ]
        # A checkpoint of a log that has a successor says nothing in a round of that successor.
        return Plan(sends=(send,), changes=tuple(changes), secrets=secrets, log=log.origin)

    def _unproven(self, peer: str, state: JournalState) -> list[UsedCheckpointRow]:
        """What waits to be proven: first what was offered before, for an answer may be under way
        that counts it; of each of these the closed logs first, and the oldest tree of each.
        """
        found: list[tuple[tuple[bool, int, int], UsedCheckpointRow]] = []
        for place, log in enumerate((*state.closed_exchange(), state.exchange)):
            rows = self._store.rows(
                UsedCheckpointRow,
                Where("peer", "=", peer),
                Where("origin", "=", log.origin),
                Where("size", "<=", log.size),
                order="size",
                limit=PROOFS_MAX,
            )
            found += [((not row.offered, place, row.size), row) for row in rows]
        return [row for _, row in sorted(found, key=itemgetter(0))][:PROOFS_MAX]


def _digests(directory: Directory, node: str) -> tuple[str, str]:
    """The digests of all cards and of what is shared with this partner."""
    return directory.digest_cards(), directory.digest_agreements(node)


def _proofs(used: list[UsedCheckpointRow], state: JournalState) -> list[dict[str, object]]:
    """Proofs in order, until the round is full; the rest goes with the next one."""
    proofs: list[dict[str, object]] = []
    lengths: list[int] = []
    for row in used:
        if is_full(lengths):
            break
        log = state.log(row.origin) or state.exchange
        hashes = log.log.tree.consistency(row.size, log.size)
        lengths.append(len(hashes))
        proof: dict[str, object] = {
            "size": row.size,
            "root": row.root.hex(),
            "hashes": [b64(h) for h in hashes],
        }
        proofs.append(proof if log is state.exchange else {**proof, "origin": log.origin})
    return proofs


def _key(row: UsedCheckpointRow) -> dict[str, object]:
    return {"peer": row.peer, "origin": row.origin, "size": row.size}


def _mine(peer: PeerRow, number: int, log: LogState, now: datetime) -> list[Change]:
    before = json.loads(peer.offers) if peer.our_origin == log.origin else []
    offers = [offer for offer in before if offer[0] > peer.answered]
    mine = {
        "our_origin": log.origin,
        "our_number": number,
        "our_at": format_time(now),
        "told_number": peer.their_number,
        "offers": json.dumps([*offers, [number, log.head.size]][-OFFERS_MAX:]),
    }
    return [Insert(PeerRow(peer.peer), ignore=True), Update(PeerRow, {"peer": peer.peer}, mine)]


__all__ = ["Heartbeat", "partners"]
