"""Judging the checkpoint and the proofs of a partner's round, as a witness would.

Contract: reads, decides, writes nothing. Status and body are those of C2SP tlog-witness: 200 with
our cosignature, 400, 403, 404, 409, 422. What contradicts anything accepted before is never
cosigned. Two roots for one size, or a tree that is no continuation, is an alarm whatever the
status.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from relec_exchange.audit.checkpoint import Checkpoint, CheckpointCache, parse_checkpoint
from relec_exchange.audit.cosignature import LINES
from relec_exchange.audit.merkle import EMPTY_ROOT, verify_consistency
from relec_exchange.audit.witness import WitnessRequest, parse_request
from relec_exchange.errors import InvalidInput, Unverified
from relec_exchange.journal.arrived import Arrived, Trees
from relec_exchange.journal.contradiction import accusing
from relec_exchange.message.bodies.control import ConsistencyProof, Round
from relec_exchange.message.encoding import unb64
from relec_exchange.message.identifiers import format_time
from relec_exchange.ports import Store
from relec_exchange.records import (
    AcceptedCheckpointRow,
    Change,
    Insert,
    PeerRow,
    PeerTreeRow,
    Update,
    Where,
)
from relec_exchange.rounds.alarms import Alarm
from relec_exchange.rounds.cosigning import Cosigning
from relec_exchange.rounds.quorums import Quorums
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.note import Note, split_note, verify_note
from relec_exchange.trust.signature import HybridPublic
from relec_exchange.trust.statement import parse_tree_head

FORK = "log-fork"
INCONSISTENT = "log-inconsistent"


@dataclass(slots=True)
class Judgement:
    """Our answer, the tree accepted (None unless 200), what was proven, what is alarming.

    `claimed` is the size of the round's checkpoint if its owner signed it, `proven` are the sizes
    of accepted checkpoints that the round proved to be prefixes. `ahead` says that it begins at a
    tree beyond the one accepted last: of a round that was passed over, for a newer one had come.
    """

    status: int
    body: str = ""
    accepted: Checkpoint | None = None
    claimed: int = 0
    ahead: bool = False
    proven: set[int] = field(default_factory=set)
    changes: list[Change] = field(default_factory=list)
    alarms: list[Alarm] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What binds a partner's round besides the store."""

    peer: PeerRow
    beside: Trees


class Witnessing:
    """Used by the inbound thread only."""

    def __init__(
        self,
        store: Store,
        directory: Callable[[], Directory],
        checkpoints: CheckpointCache,
        cosigning: Cosigning,
    ) -> None:
        self._store = store
        self._directory = directory
        self._checkpoints = checkpoints
        self._cosigning = cosigning
        self._quorums = Quorums(store, directory)

    def judge(self, peer: PeerRow, body: Round, item: Arrived, now: datetime) -> Judgement:
        """Judge one round of `peer`, which came as `item`."""
        origin, seen = item.origin, _Seen(peer, item.beside)
        try:
            request = parse_request(body.checkpoint.encode())
            claimed = parse_checkpoint(request.checkpoint)
        except (Unverified, InvalidInput):
            return Judgement(422 if self._emptied(body, origin) else 400)
        if claimed.origin != origin:
            return Judgement(404)
        try:
            key = self._directory().log_key(origin)
            checkpoint = self._checkpoints.verify(request.checkpoint, key.public)
            key.check_size(checkpoint.size)
        except Unverified:
            return Judgement(403)
        judgement = self._judge_signed(seen, request, checkpoint)
        judgement.claimed = checkpoint.size
        if judgement.accepted is not None:
            # Those of closed logs lead elsewhere: see `rounds.closed_logs`.
            proofs = [proof for proof in body.proofs if proof.origin in (None, origin)]
            self._take_proofs(peer.peer, judgement, checkpoint, proofs, now)
            self._take_tree(peer, judgement, checkpoint, request.path, now)
            self._take_cosigned(seen, judgement, body, key.public, now)
            self._answer(judgement, checkpoint, now)
        return judgement

    def _emptied(self, body: Round, origin: str) -> bool:
        """Whether its owner signed a tree of no entries with a root that such a tree has not."""
        try:
            note = split_note(parse_request(body.checkpoint.encode()).checkpoint)
            named, size, _ = parse_tree_head(note.text)
            verify_note(note, self._directory().log_key(origin).public)
        except (Unverified, InvalidInput):
            return False
        return (named, size) == (origin, 0)

    def _answer(self, judgement: Judgement, checkpoint: Checkpoint, now: datetime) -> None:
        """Our cosignature; or 422, if the log contradicts itself, in this round or before."""
        lines = None if judgement.alarms else self._cosigning.cosign(checkpoint, now)
        if lines is None:
            judgement.status = 422
        else:
            judgement.body = lines

    def _take_tree(
        self,
        peer: PeerRow,
        judgement: Judgement,
        top: Checkpoint,
        path: Sequence[bytes],
        now: datetime,
    ) -> None:
        """Keep how the accepted trees of a log follow each other: it leads to cosigned ones."""
        old, _, _ = _known(peer, top.origin)
        row = PeerTreeRow(top.origin, top.size, top.root, old, b"".join(path), format_time(now))
        judgement.changes.append(Insert(row, ignore=True))

    def _take_cosigned(
        self,
        seen: _Seen,
        judgement: Judgement,
        body: Round,
        owner: HybridPublic,
        now: datetime,
    ) -> None:
        """The partner's newest tree with a quorum, if it is new here and its quorum is one."""
        top, shown = judgement.accepted, body.cosigned
        cosigned = self._quorums.stated(shown, owner) if shown is not None else None
        if top is None or shown is None or cosigned is None:
            return
        # With its own lines alone: as many lines as a quorum has are no note that proves a fork.
        lines = Note(cosigned.lines.text, cosigned.lines.signatures[:LINES]).encode()
        fork = self._fork(seen, replace(cosigned.checkpoint, note=lines))
        if fork is not None:
            judgement.alarms.append(fork)
            return
        row = self._quorums.taken(cosigned, shown, top, now)
        if row is not None:
            judgement.changes.append(Insert(row, ignore=True))

    def _judge_signed(
        self, seen: _Seen, request: WitnessRequest, checkpoint: Checkpoint
    ) -> Judgement:
        """What holds for a checkpoint that its log's owner has signed, in the order of C2SP. Two
        trees of one size are an alarm whichever step ends it.
        """
        size, root, note = _known(seen.peer, checkpoint.origin)
        fork = self._fork(seen, checkpoint)
        alarms = [fork] if fork is not None else []
        if request.old_size > checkpoint.size:
            return Judgement(400, alarms=alarms)
        if request.old_size != size:
            ahead = request.old_size > size
            return Judgement(409, f"{size}\n", ahead=ahead, alarms=alarms)
        if alarms:
            return Judgement(422, alarms=alarms)
        try:
            verify_consistency(size, root, checkpoint.size, checkpoint.root, request.path)
        except Unverified:
            evidence = accusing(checkpoint.note, note)
            alarm = Alarm(INCONSISTENT, seen.peer.peer, "a tree that does not continue", evidence)
            return Judgement(422, alarms=[alarm])
        return Judgement(200, accepted=checkpoint)

    def _fork(self, seen: _Seen, checkpoint: Checkpoint) -> Alarm | None:
        """An alarm if we hold another root of this size: from a message, one that came in the same
        batch too, or from a round.
        """
        size, root, note = _known(seen.peer, checkpoint.origin)
        held = [(root, note)] if size == checkpoint.size else []
        held += [(r.root, r.note) for r in self._accepted(checkpoint.origin, [checkpoint.size])]
        beside = seen.beside.get((checkpoint.origin, checkpoint.size))
        held += [(beside.root, beside.note)] if beside is not None else []
        for other_root, other_note in held:
            if other_root != checkpoint.root:
                evidence = accusing(checkpoint.note, other_note or note)
                detail = f"two trees of {checkpoint.size} entries for one log"
                return Alarm(FORK, seen.peer.peer, detail, evidence)
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
        else:  # it binds every message that will use a tree of this size
            judgement.changes.append(_foreseen(top, top.size, top.root, peer, now))
        judgement.changes.append(_proven(top, top.size, top.root, ()))
        for proof in proofs:
            row = held.get(proof.size)
            root = row.root if row is not None else bytes.fromhex(proof.root)
            path = [unb64(line) for line in proof.hashes]
            try:
                verify_consistency(proof.size, root, top.size, top.root, path)
            except Unverified:
                if row is not None and not row.proven:
                    evidence = accusing(row.note, top.note)
                    detail = "a tree used towards us is no part of the log"
                    judgement.alarms.append(Alarm(INCONSISTENT, peer, detail, evidence))
                continue
            judgement.proven.add(proof.size)
            if row is None:
                judgement.changes.append(_foreseen(top, proof.size, root, peer, now))
            if row is None or not row.proven:  # the first proof stays: it says since when we know
                judgement.changes.append(_proven(top, proof.size, root, path))

    def _accepted(self, origin: str, sizes: Sequence[int]) -> list[AcceptedCheckpointRow]:
        return self._store.rows(
            AcceptedCheckpointRow, Where("origin", "=", origin), Where("size", "in", sizes)
        )


def _known(peer: PeerRow, origin: str) -> tuple[int, bytes, bytes]:
    """Size, root and note of the newest tree accepted from this log."""
    if peer.their_origin != origin:
        return 0, EMPTY_ROOT, b""
    return peer.their_size, peer.their_root or EMPTY_ROOT, peer.their_note


def _foreseen(top: Checkpoint, size: int, root: bytes, peer: str, now: datetime) -> Change:
    """A tree that no message has used yet; only of the round's own tree is there a note."""
    note = top.note if size == top.size else b""
    row = AcceptedCheckpointRow(top.origin, size, root, note, peer, format_time(now), proven=True)
    return Insert(row, ignore=True)


def _proven(top: Checkpoint, size: int, root: bytes, path: Sequence[bytes]) -> Change:
    """With the root: in one commit with a message that used another tree, that one stays open."""
    key = {"origin": top.origin, "size": size, "root": root}
    values = {"proven": True, "top_size": top.size, "path": b"".join(path)}
    return Update(AcceptedCheckpointRow, key, values)
