"""Our rounds: one message per partner with checkpoint, proofs, status, digests and clock.

Once a minute while anything changed on either side or is not cosigned yet, every ten minutes when
idle, in slots of the clock that are the same for all partners; and at once where more proofs wait
than one round carries. One checkpoint signature covers all rounds of a tick. The root of the
activity log is anchored in the exchange log before them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
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
from relec_exchange.rounds.claims import Claims
from relec_exchange.rounds.gathering import Gathering
from relec_exchange.rounds.proofs import PROOFS_MAX, is_full, taken_by
from relec_exchange.rounds.routes import partners
from relec_exchange.rounds.shown_trees import ShownTrees
from relec_exchange.rounds.slots import passed
from relec_exchange.rounds.status import Status
from relec_exchange.rounds.urgent import Urgent
from relec_exchange.trust.directory import Directory

OFFERS_MAX = 512
"""Rounds without an answer that are remembered; of an older one only a refusal says anything."""


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
        self._claims = Claims()
        self._gathering = Gathering(store, journal, directory)
        self._trees = ShownTrees(store, directory)
        self._told: dict[str, tuple[str, str]] = {}
        self._drawn = Urgent()

    def tick(self, now: datetime) -> tuple[str, ...]:
        """Commit a round for every partner that is due; returns those that got one.

        One plan each, in one batch: a partner that cannot be written to keeps no other waiting.
        """
        self._gathering.tick(now)
        directory = self._directory()
        peers = {row.peer: row for row in self._store.rows(PeerRow)}
        due = [
            peers.get(node, PeerRow(node))
            for node in partners(directory)
            if self._due(peers.get(node, PeerRow(node)), directory, now)
            and reachable(directory, node, now)
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
                old = self._claims.old(peer, state.exchange)
                self._claims.written(peer, peer.our_number + 1, state.exchange, old)
                self._told[peer.peer] = _digests(directory, peer.peer)
        return tuple(written)

    def _due(self, peer: PeerRow, directory: Directory, now: datetime) -> bool:
        if not peer.our_at:
            return True
        times, since = directory.times(), parse_time(peer.our_at)
        if now < since:  # our clock was put back
            return True
        if _idle_over(peer, directory, now):
            return True
        busy = timedelta(seconds=times.round_busy_seconds)
        if self._urgent(peer) and self._drawn.allows(peer.peer, now, busy):
            return True
        if not passed(since, now, times.round_busy_seconds, directory.own):
            return False
        return (
            self._news(peer.peer, directory)
            or self._busy(peer, peer.peer)
            or self._gathering.busy(peer, self._journal.state, now)
        )

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
        # A tree of which its owner was accused keeps nobody busy any more.
        limit = self._directory().times().rounds_unproven_max
        open_ = Where("proven", "=", False), Where("rounds", "<", limit)
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
                and count(AcceptedCheckpointRow, of_peer, *open_) > 1
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
        old = self._claims.old(peer, log)
        told = self._gathering.told(peer, number, state)
        body: dict[str, Any] = {"number": number, "checkpoint": _request(old, log), **told}
        if self._gathering.asks(state, now, idle=_idle_over(peer, directory, now)):
            body["asks"] = True
        if peer.answer:
            body["answer"] = json.loads(peer.answer)
        trees = self._trees.told(peer, number)
        body |= {"shown": trees.shown, "demands": trees.demands}
        waiting = self._unproven(peer.peer, state)
        body["proofs"] = _proofs(waiting, state, _taken(body))
        body["status"] = self._status.of(peer, directory, state)
        digests = _digests(directory, peer.peer)
        body["directory"] = {"cards": digests[0], "agreements": digests[1]}
        body["clock"] = format_time(now)
        send, secrets = control_send(directory, peer.peer, "round", body, now, self._random)
        cosigned = self._gathering.told_size(peer, state)
        changes = [
            *_mine(peer, number, log, now, cosigned),
            *_offered(waiting, len(body["proofs"]), number),
            self._gathering.own_lines(log),
            *trees.changes,
        ]
        # A checkpoint of a log that has a successor says nothing in a round of that successor.
        return Plan(sends=(send,), changes=tuple(changes), secrets=secrets, log=log.origin)

    def _unproven(self, peer: str, state: JournalState) -> list[UsedCheckpointRow]:
        """What waits to be proven: first what was offered before, for an answer may be under way
        that counts it; of each of these the closed logs first, and the oldest tree of each.
        """
        found: list[tuple[tuple[bool, int, int], UsedCheckpointRow]] = []
        for place, log in enumerate((*state.closed_exchange(), state.exchange)):
            mine = (
                Where("peer", "=", peer),
                Where("origin", "=", log.origin),
                Where("size", "<=", log.size),
            )
            # An envelope that is sent again may use a tree smaller than those that were offered.
            for offered in (Where("offered", ">", 0), Where("offered", "=", 0)):
                rows = self._store.rows(
                    UsedCheckpointRow, *mine, offered, order="size", limit=2 * PROOFS_MAX
                )
                found += [((not row.offered, place, row.size), row) for row in rows]
        return [row for _, row in sorted(found, key=itemgetter(0))]


def _digests(directory: Directory, node: str) -> tuple[str, str]:
    """The digests of all cards and of what is shared with this partner."""
    return directory.digest_cards(), directory.digest_agreements(node)


def _idle_over(peer: PeerRow, directory: Directory, now: datetime) -> bool:
    """Whether a slot of the idle interval has begun since our last round to this partner."""
    idle = directory.times().round_idle_seconds
    return not peer.our_at or passed(parse_time(peer.our_at), now, idle, directory.own)


def _request(old: int, log: LogState) -> str:
    """The checkpoint as a witness is asked to cosign it: it has grown from what was accepted."""
    path = log.log.tree.consistency(old) if old else ()
    return format_request(old, path, log.head.checkpoint).decode()


def _taken(body: Mapping[str, Any]) -> int:
    """The room that is taken before the first proof."""
    cosigned = body.get("cosigned", {"note": "", "hashes": []})
    return taken_by(cosigned["note"], len(cosigned["hashes"]), body.get("shown", []))


def _proofs(
    waiting: Sequence[UsedCheckpointRow], state: JournalState, taken: int
) -> list[dict[str, object]]:
    """Proofs in order, until the round is full; the rest goes with the next one."""
    proofs: list[dict[str, object]] = []
    lengths: list[int] = []
    for row in waiting:
        if is_full(lengths, taken):
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


def _offered(waiting: Sequence[UsedCheckpointRow], carried: int, number: int) -> list[Change]:
    """What round `number` offers first, and what an earlier one offered and this one has no room
    for: an answer to this round must not count for that.
    """
    first = [row for row in waiting[:carried] if not row.offered]
    dropped = [row for row in waiting[carried:] if row.offered]
    return [
        *(Update(UsedCheckpointRow, _key(row), {"offered": number}) for row in first),
        *(Update(UsedCheckpointRow, _key(row), {"offered": 0}) for row in dropped),
    ]


def _key(row: UsedCheckpointRow) -> dict[str, object]:
    return {"peer": row.peer, "origin": row.origin, "size": row.size}


def _mine(peer: PeerRow, number: int, log: LogState, now: datetime, cosigned: int) -> list[Change]:
    before = json.loads(peer.offers) if peer.our_origin == log.origin else []
    offers = [offer for offer in before if offer[0] > peer.answered]
    mine = {
        "our_origin": log.origin,
        "our_number": number,
        "our_at": format_time(now),
        "told_number": peer.their_number,
        "cosigned_told": cosigned,
        "offers": json.dumps([*offers, [number, log.head.size]][-OFFERS_MAX:]),
    }
    return [Insert(PeerRow(peer.peer), ignore=True), Update(PeerRow, {"peer": peer.peer}, mine)]


__all__ = ["Heartbeat", "partners"]
