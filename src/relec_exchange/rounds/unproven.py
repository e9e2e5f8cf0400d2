"""What a round could have proven and did not: counted against its sender, an alarm at the limit.

Contract: reads and decides, writes nothing. A round counts against a tree only if its sender knew
of it, and of the answer that it needed, when it wrote the round: by the place of the round in the
sender's own log, or because the round answers one of ours that was written later. So what a broker
keeps back is nobody's fault; who answers nothing is told by `rounds.unasked`. What a full round had
no room for waits its turn (`rounds.turns`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime

from relec_exchange.journal.arrived import Arrived
from relec_exchange.journal.contradiction import accusing
from relec_exchange.message.bodies.control import Round
from relec_exchange.message.identifiers import format_time
from relec_exchange.ports import Store
from relec_exchange.records import (
    AcceptedCheckpointRow,
    AcceptedRow,
    Change,
    PeerRow,
    Update,
    Where,
)
from relec_exchange.rounds.alarms import Alarm
from relec_exchange.rounds.closed_logs import UNPROVEN, Bearing, ClosedLogs, Waits
from relec_exchange.rounds.demands import Demands, Tree
from relec_exchange.rounds.proofs import is_full, taken_by
from relec_exchange.rounds.reading import deaf, read_at, read_by
from relec_exchange.rounds.shown_trees import Marks
from relec_exchange.rounds.turns import PROGRESS_TIMES, Known, Spans, turn
from relec_exchange.rounds.witnessing import Judgement
from relec_exchange.trust.directory import Directory


@dataclass(frozen=True, slots=True)
class Told:
    """A round as it came, with what is known of its sender, and how its tree was judged."""

    peer: PeerRow
    body: Round
    item: Arrived
    judgement: Judgement
    now: datetime

    @property
    def read(self) -> int:
        """Our newest round that its sender had read."""
        return read_by(self.peer, self.item.origin, self.body.answer)

    @property
    def full(self) -> bool:
        """Whether it had room for no further proof."""
        lengths = (len(proof.hashes) for proof in self.body.proofs)
        return is_full(lengths, _taken(self.body))


@dataclass(slots=True)
class Left:
    """What a round left unproven comes to."""

    changes: list[Change] = field(default_factory=list)
    alarms: list[Alarm] = field(default_factory=list)


class Unproven:
    """Used by the inbound thread only."""

    def __init__(self, store: Store, directory: Callable[[], Directory], demands: Demands) -> None:
        self._store = store
        self._directory = directory
        self._demands = demands
        self._closed = ClosedLogs(store, directory)

    def count(self, told: Told) -> Left:
        """Take its proofs of closed logs, and count what it left unproven of any log."""
        limit, left = self._directory().times().rounds_unproven_max, Left()
        taken = told.judgement.accepted is not None
        closed = self._closed.take(told.peer.peer, told.body.proofs if taken else (), told.now)
        proven = closed.proven | {(told.item.origin, size) for size in told.judgement.proven}
        bearing = Bearing(self._waits(told, proven), limit)
        self._closed.left(told.peer.peer, bearing, closed)
        self._count_demanded(told, proven, bearing, left)
        left.changes += closed.changes
        left.alarms += closed.alarms
        for row in self._could_be_proven(told):
            if not bearing.waits(row):
                self._count(told, row, limit, left)
        return left

    def _waits(self, told: Told, proven: Collection[Tree]) -> Waits:
        """Which trees the round may have left out. All: it began where its sender could not know
        better, or is full and its sender has not read what we wrote all that time ago, or we
        wrote nothing since, for it offers the same proofs again. `rounds.unasked` tells of both.
        """
        if told.judgement.status == 409 and self._may_not_know(told):
            return lambda row: True
        if not told.full:
            return lambda row: False
        span = self._directory().times().unproven_patience
        spans = Spans(format_time(told.now - span), format_time(told.now - PROGRESS_TIMES * span))
        if deaf(self._store, told.peer, told.read, spans.short):
            return lambda row: True
        if told.judgement.accepted is None:
            return lambda row: row.first_at > spans.short
        size = Marks.of(told.peer).known_size(told.read)
        known = Known(told.item.origin, size, all=not self._behind(told))
        top = told.judgement.accepted.size
        return turn(self._store, told.body.proofs, proven, known, spans, top).waits

    def _could_be_proven(self, told: Told) -> list[AcceptedCheckpointRow]:
        """Those used towards us that the sender knew to be unproven when it wrote the round.

        Its log held them then: by the round's place; or for it has read a round that we wrote after
        we had them, however large they are.
        """
        left = [row for row in self._unproven(told) if row.size not in told.judgement.proven]
        if not left:
            return []
        top = min(told.item.index, max(told.judgement.claimed, self._logged_before(told)))
        # A backlog is never so old.
        long_ago = format_time(told.now - self._directory().times().unproven_patience)
        unread = deaf(self._store, told.peer, told.read, long_ago)
        read = "" if unread else read_at(self._store, told.peer, told.read, long_ago)
        return [row for row in left if row.size <= top or row.first_at < min(read, long_ago)]

    def _unproven(self, told: Told) -> list[AcceptedCheckpointRow]:
        return self._store.rows(
            AcceptedCheckpointRow,
            Where("sender", "=", told.peer.peer),
            Where("proven", "=", False),
            Where("heard_from", "=", ""),
            Where("origin", "=", told.item.origin),
        )

    def _count(self, told: Told, row: AcceptedCheckpointRow, limit: int, left: Left) -> None:
        key = {"origin": row.origin, "size": row.size}
        left.changes.append(Update(AcceptedCheckpointRow, key, {"rounds": row.rounds + 1}))
        if row.rounds + 1 >= limit:
            evidence = accusing(row.note, told.peer.their_note)
            detail = f"a tree of {row.size} entries stays unproven"
            left.alarms.append(Alarm(UNPROVEN, told.peer.peer, detail, evidence))

    def _count_demanded(
        self, told: Told, proven: Collection[Tree], bearing: Bearing, left: Left
    ) -> None:
        """Trees that others saw: of those the round could prove what it had read a demand for."""
        since = Marks.of(told.peer).demanded
        demanded = {tree for tree, number in since.items() if number <= told.read}
        changes, alarms = self._demands.left(told.peer, demanded, proven, bearing)
        left.changes += changes
        left.alarms += alarms

    # ---- what its sender knew ------------------------------------------------------------------

    def _logged_before(self, told: Told) -> int:
        """Where the sender's round before this one stands. What is smaller it knew when it wrote
        this one, whatever tree it claims to have then; what it used between the two, and until
        this one was logged, it may not have known.
        """
        before = self._store.rows(
            AcceptedRow,
            Where("origin", "=", told.item.origin),
            Where("type", "=", "round"),
            Where("idx", "<", told.item.index),
            order="-idx",
            limit=1,
            blobs=False,
        )
        return before[0].idx if before else 0

    def _may_not_know(self, told: Told) -> bool:
        """Whether a refused round may have been written before its writer read where to begin:
        rounds pile up in front of a node that is busy or was away. It had not read which tree we
        accepted last; or it knew, went on from a round that was passed over or did not come, and
        had not read yet that this was refused. Whoever has goes on from what it was told.
        """
        refused = Marks.of(told.peer).refused
        unread = not refused or told.read < refused
        return self._behind(told) or (told.judgement.ahead and unread)

    def _behind(self, told: Told) -> bool:
        """Whether the sender had not read yet which tree we accepted last."""
        accepted, number = Marks.of(told.peer).told
        return accepted != told.peer.accepted_number or told.read < number


def _taken(body: Round) -> int:
    """The room that a round had given away before its first proof."""
    shown = [str(text) for text in body.shown]
    if body.cosigned is None:
        return taken_by("", 0, shown)
    return taken_by(body.cosigned.note, len(body.cosigned.hashes), shown)
