"""Judging the checkpoint and the proofs of a partner's round, as a witness would.

Contract: reads, decides, writes nothing. The status numbers are those of C2SP tlog-witness: 200,
400, 403, 404, 409, 422. Cosignatures follow later; until then the checkpoint with its consistency
proof is what proves. Two roots for one size, or a tree that is no continuation, is an alarm
whatever the status.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from relec_exchange.audit.checkpoint import Checkpoint, CheckpointCache, parse_checkpoint
from relec_exchange.audit.merkle import EMPTY_ROOT, verify_consistency
from relec_exchange.audit.witness import WitnessRequest, parse_request
from relec_exchange.errors import InvalidInput, Unverified
from relec_exchange.journal.contradiction import both
from relec_exchange.message.bodies.control import ConsistencyProof, Round
from relec_exchange.message.encoding import unb64
from relec_exchange.message.identifiers import format_time
from relec_exchange.ports import Store
from relec_exchange.records import (
    AcceptedCheckpointRow,
    Change,
    Insert,
    PeerRow,
    Update,
    Where,
)
from relec_exchange.rounds.alarms import Alarm
from relec_exchange.trust.directory import Directory

FORK = "log-fork"
INCONSISTENT = "log-inconsistent"


@dataclass(slots=True)
class Judgement:
    """Our answer, the tree accepted (None unless 200), what was proven, what is alarming.

    `proven` are the sizes of accepted checkpoints that the round proved to be prefixes.
    """

    status: int
    body: str = ""
    accepted: Checkpoint | None = None
    proven: set[int] = field(default_factory=set)
    changes: list[Change] = field(default_factory=list)
    alarms: list[Alarm] = field(default_factory=list)


class Witnessing:
    """Used by the inbound thread only."""

    def __init__(
        self, store: Store, directory: Callable[[], Directory], checkpoints: CheckpointCache
    ) -> None:
        self._store = store
        self._directory = directory
        self._checkpoints = checkpoints

    def judge(self, peer: PeerRow, body: Round, origin: str, now: datetime) -> Judgement:
        """Judge one round of `peer` that stands in the log `origin`."""
        try:
            request = parse_request(body.checkpoint.encode())
            claimed = parse_checkpoint(request.checkpoint)
        except (Unverified, InvalidInput):
            return Judgement(400)
        if claimed.origin != origin:
            return Judgement(404)
        try:
            key = self._directory().log_key(origin)
            checkpoint = self._checkpoints.verify(request.checkpoint, key.public)
            key.check_size(checkpoint.size)
        except Unverified:
            return Judgement(403)
        judgement = self._judge_signed(peer, request, checkpoint)
        if judgement.accepted is not None:
            # Those of closed logs lead elsewhere: see `rounds.closed_logs`.
            proofs = [proof for proof in body.proofs if proof.origin in (None, origin)]
            self._take_proofs(peer.peer, judgement, checkpoint, proofs, now)
        return judgement

    def _judge_signed(
        self, peer: PeerRow, request: WitnessRequest, checkpoint: Checkpoint
    ) -> Judgement:
        """What holds for a checkpoint that its log's owner has signed."""
        size, root, note = _known(peer, checkpoint.origin)
        fork = self._fork(peer, checkpoint)
        if fork is not None:
            same = request.old_size == checkpoint.size == size
            return Judgement(409 if same else 422, f"{size}\n" if same else "", alarms=[fork])
        if request.old_size > checkpoint.size:
            return Judgement(400)
        if request.old_size != size:
            return Judgement(409, f"{size}\n")
        try:
            verify_consistency(size, root, checkpoint.size, checkpoint.root, request.path)
        except Unverified:
            evidence = note + b"\n" + checkpoint.note
            alarm = Alarm(INCONSISTENT, peer.peer, "a tree that does not continue", evidence)
            return Judgement(422, alarms=[alarm])
        return Judgement(200, accepted=checkpoint)

    def _fork(self, peer: PeerRow, checkpoint: Checkpoint) -> Alarm | None:
        """An alarm if we hold another root of this size, from a message or from a round."""
        size, root, note = _known(peer, checkpoint.origin)
        held = [(root, note)] if size == checkpoint.size else []
        held += [(r.root, r.note) for r in self._accepted(checkpoint.origin, [checkpoint.size])]
        for other_root, other_note in held:
            if other_root != checkpoint.root:
                evidence = both(other_note, checkpoint.note)
                return Alarm(FORK, peer.peer, "two trees for one log", evidence)
        return None

    def _take_proofs(
        self,
        peer: str,
        judgement: Judgement,
        top: Checkpoint,
        proofs: Sequence[ConsistencyProof],
        now: datetime,
    ) -> None:
        """Each checkpoint used towards us must be a prefix of the one just accepted.

        A proof may come before the message that used its checkpoint: then size and root are
        remembered, and bind that message.
        """
        sizes = {top.size, *(proof.size for proof in proofs)}
        held = {row.size: row for row in self._accepted(top.origin, sorted(sizes))}
        if top.size in held:  # the fork check has compared the roots
            judgement.proven.add(top.size)
            judgement.changes.append(_proven(top.origin, top.size, top.root))
        else:  # it binds every message that will use a tree of this size
            known = AcceptedCheckpointRow(
                top.origin, top.size, top.root, top.note, peer, format_time(now), proven=True
            )
            judgement.changes.append(Insert(known, ignore=True))
        for proof in proofs:
            row = held.get(proof.size)
            root = row.root if row is not None else bytes.fromhex(proof.root)
            path = [unb64(line) for line in proof.hashes]
            try:
                verify_consistency(proof.size, root, top.size, top.root, path)
            except Unverified:
                if row is not None and not row.proven:
                    evidence = row.note + b"\n" + top.note
                    detail = "a tree used towards us is no part of the log"
                    judgement.alarms.append(Alarm(INCONSISTENT, peer, detail, evidence))
                continue
            judgement.proven.add(proof.size)
            if row is None:
                foreseen = AcceptedCheckpointRow(
                    top.origin, proof.size, root, b"", peer, format_time(now), proven=True
                )
                judgement.changes.append(Insert(foreseen, ignore=True))
            judgement.changes.append(_proven(top.origin, proof.size, root))

    def _accepted(self, origin: str, sizes: Sequence[int]) -> list[AcceptedCheckpointRow]:
        return self._store.rows(
            AcceptedCheckpointRow, Where("origin", "=", origin), Where("size", "in", sizes)
        )


def _known(peer: PeerRow, origin: str) -> tuple[int, bytes, bytes]:
    """Size, root and note of the newest tree accepted from this log."""
    if peer.their_origin != origin:
        return 0, EMPTY_ROOT, b""
    return peer.their_size, peer.their_root or EMPTY_ROOT, peer.their_note


def _proven(origin: str, size: int, root: bytes) -> Change:
    """With the root: in one commit with a message that used another tree, that one stays open."""
    key = {"origin": origin, "size": size, "root": root}
    return Update(AcceptedCheckpointRow, key, {"proven": True})
