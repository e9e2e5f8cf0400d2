"""Trees that partners show to us: of logs of others, and of our own.

Contract: reads and decides, writes nothing but through its plans. Nothing is believed: a note
counts by the signature of its log's owner, whoever shows it. Two roots for one size are an alarm
with both notes. A tree that is new here is kept, as heard and not proven, and demanded from its
owner. What is kept is bounded for each log and each partner that shows it, so that nobody can push
out what others show. A tree of our own log goes to `on_own_note`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog

from relec_exchange.audit.checkpoint import Checkpoint, CheckpointCache, parse_checkpoint
from relec_exchange.errors import Reason, RelecError, Unverified
from relec_exchange.journal.arrived import Arrived
from relec_exchange.journal.contradiction import accusing, both
from relec_exchange.journal.plan import Committed, Plan, joined
from relec_exchange.journal.state import JournalState
from relec_exchange.message.bodies.control import AlarmKind, LogAlarm
from relec_exchange.message.identifiers import Origin, format_time, parse_origin
from relec_exchange.ports import Store
from relec_exchange.records import (
    AcceptedCheckpointRow,
    Change,
    Delete,
    Insert,
    PeerRow,
    Where,
)
from relec_exchange.rounds.alarms import Alarm, alarm_plan
from relec_exchange.rounds.closed_logs import FORK
from relec_exchange.rounds.demands import Demands, Tree, ended
from relec_exchange.rounds.routes import partners
from relec_exchange.rounds.shown_trees import bare
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.member import LogKey

MISUSED: Final = "log-key-misused"
HEARD_OPEN_MAX: Final = 4
"""Trees of one log that one partner has shown and that nobody has proven yet."""

HEARD_KEPT_MAX: Final = 16
"""Trees of one log that one partner has shown, proven or given up, which are still remembered."""

AGAIN_MAX: Final = 64

OnOwnNote = Callable[[str, bytes, datetime], object]
"""(partner, note, now): a partner shows a tree of the log that we write. Verifies it itself; raises
Unverified for what we never signed.
"""

Told = tuple[str, Sequence[bytes]]
"""A partner, and the notes that it shows."""


@dataclass(slots=True)
class _Hearing:
    """What a batch of notes comes to."""

    now: datetime
    rows: dict[Tree, AcceptedCheckpointRow] = field(default_factory=dict)
    room: dict[tuple[str, str], int] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    alarms: list[Alarm] = field(default_factory=list)
    fresh: list[tuple[str, bytes]] = field(default_factory=list)


class Showing:
    """Used by the inbound thread, but for what a commit leaves behind. `demands` is the other half:
    what is to be proven, by us and to us.
    """

    def __init__(
        self,
        store: Store,
        directory: Callable[[], Directory],
        checkpoints: CheckpointCache,
        state: Callable[[], JournalState],
        on_own_note: OnOwnNote,
    ) -> None:
        self._store = store
        self._directory = directory
        self._checkpoints = checkpoints
        self._state = state
        self._on_own_note = on_own_note
        self.demands = Demands(store, directory, state)
        # What came beside another note of the same tree, in one commit: the other one was kept.
        self._again: deque[tuple[str, bytes]] = deque(maxlen=AGAIN_MAX)

    def take(self, told: Iterable[Told], now: datetime) -> Plan:
        """What partners show, in the transaction that receives it."""
        hearing = _Hearing(now)
        again = [self._again.popleft() for _ in range(len(self._again))]
        for sender, note in (*again, *((sender, note) for sender, shown in told for note in shown)):
            try:
                self._hear(hearing, sender, note)
            except RelecError as error:
                structlog.get_logger().warning("shown.refused", peer=sender, code=error.code)
        alarms = alarm_plan(self._store, hearing.alarms, self._directory().network, now)
        after = self._look_again(hearing.fresh) if hearing.fresh else None
        return joined(Plan(changes=tuple(hearing.changes), after=after), alarms)

    def accused(self, arrived: Sequence[Arrived], now: datetime) -> Plan:
        """The trees in `log.alarm` messages: what a partner says of them counts for nothing, but
        each is heard, and demanded, as if it had been shown in a round.
        """
        told = [
            (item.message.header.sender, [note.encode() for note in item.message.body.notes])
            for item in arrived
            if isinstance(item.message.body, LogAlarm)
            and item.message.body.kind is not AlarmKind.OTHER
        ]
        return self.take(told, now)

    def _look_again(self, fresh: Sequence[tuple[str, bytes]]) -> Callable[[Committed], None]:
        def after(_committed: Committed) -> None:
            self._again.extend(fresh)

        return after

    # ---- one note ------------------------------------------------------------------------------

    def _hear(self, hearing: _Hearing, sender: str, note: bytes) -> None:
        """Errors: Unverified, InvalidInput for what says nothing."""
        directory = self._directory()
        claimed = parse_checkpoint(note)
        origin = parse_origin(claimed.origin)
        if (origin.network, origin.log) != (directory.network, "exchange"):
            raise Unverified(Reason.PROOF_KEY, "no exchange log of this network")
        if origin.node == directory.own:
            self._own(hearing, sender, claimed)
        elif origin.node != sender:  # of its own log a partner's round speaks
            self._other(hearing, sender, claimed, origin)

    def _other(self, hearing: _Hearing, sender: str, claimed: Checkpoint, origin: Origin) -> None:
        row = hearing.rows.get((claimed.origin, claimed.size)) or self._known(claimed)
        if row is not None and row.root == claimed.root:
            return
        directory = self._directory()
        key = directory.log_key(claimed.origin)
        checkpoint = self._checkpoints.verify(claimed.note, key.public)
        if row is not None:
            evidence = self._against(row, checkpoint)
            hearing.alarms.append(_fork(origin.node, checkpoint, evidence))
            return
        end = ended(directory, checkpoint.origin)
        if end is not None and checkpoint.size == end[0]:
            if checkpoint.root != end[1]:
                evidence = both(checkpoint.note, directory.card(origin.node).note)
                hearing.alarms.append(_fork(origin.node, checkpoint, evidence))
            return
        key.check_size(checkpoint.size)
        if key.good_size is None:  # a revoked key's signature says nothing of its node any more
            self._keep(hearing, sender, checkpoint, key)

    def _against(self, row: AcceptedCheckpointRow, checkpoint: Checkpoint) -> bytes:
        """Both notes. Where only a proof told of the tree: this one, and the one it led to."""
        if row.note:
            return both(row.note, checkpoint.note)
        peers = self._store.rows(PeerRow, Where("peer", "=", row.sender))
        return accusing(checkpoint.note, peers[0].their_note if peers else b"")

    def _keep(self, hearing: _Hearing, sender: str, checkpoint: Checkpoint, key: LogKey) -> None:
        """Remember a tree that only this partner has shown, if it has room left."""
        origin, node = checkpoint.origin, checkpoint.origin.split("/")[1]
        place = origin, sender
        if place not in hearing.room:
            hearing.room[place] = self._room(hearing, origin, sender)
        if not hearing.room[place]:
            return
        hearing.room[place] -= 1
        row = AcceptedCheckpointRow(
            origin,
            checkpoint.size,
            checkpoint.root,
            bare(checkpoint.note, key.public).encode(),
            node,
            format_time(hearing.now),
            heard_from=sender,
        )
        hearing.rows[origin, checkpoint.size] = row
        hearing.changes.append(Insert(row, ignore=True))
        hearing.fresh.append((sender, row.note))

    def _room(self, hearing: _Hearing, origin: str, sender: str) -> int:
        """How many trees of this log this partner may show now; old ones make room.

        Whom we cannot ask for a proof never proves anything: of its log the newest ones are kept.
        """
        mine = Where("origin", "=", origin), Where("heard_from", "=", sender)
        rows = self._store.rows(AcceptedCheckpointRow, *mine, order="first_at")
        directory = self._directory()
        limit = directory.times().rounds_unproven_max
        asked = origin.split("/")[1] in partners(directory)
        waiting = [row for row in rows if asked and not row.proven and row.rounds < limit]
        done = [row for row in rows if row not in waiting]
        for row in done[: max(0, len(done) - HEARD_KEPT_MAX + HEARD_OPEN_MAX)]:
            gone = {"origin": origin, "size": row.size, "heard_from": sender}
            hearing.changes.append(Delete(AcceptedCheckpointRow, gone))
        return max(0, HEARD_OPEN_MAX - len(waiting))

    def _known(self, claimed: Checkpoint) -> AcceptedCheckpointRow | None:
        rows = self._store.rows(
            AcceptedCheckpointRow,
            Where("origin", "=", claimed.origin),
            Where("size", "=", claimed.size),
        )
        return rows[0] if rows else None

    # ---- our own -------------------------------------------------------------------------------

    def _own(self, hearing: _Hearing, sender: str, claimed: Checkpoint) -> None:
        """A tree of a log of ours. A closed one is no reason to stop: its key may be stolen, and
        what of it stands our card says.
        """
        log = self._state().closed.get(claimed.origin)
        if log is None:
            self._on_own_note(sender, claimed.note, hearing.now)
        elif claimed.size <= log.size and log.log.tree.root_at(claimed.size) != claimed.root:
            key = self._directory().log_key(claimed.origin)
            self._checkpoints.verify(claimed.note, key.public)
            detail = f"a tree of {claimed.size} entries that this closed log never had"
            hearing.alarms.append(Alarm(MISUSED, claimed.origin, detail, claimed.note))


def _fork(node: str, checkpoint: Checkpoint, evidence: bytes) -> Alarm:
    return Alarm(FORK, node, f"two trees of {checkpoint.size} entries for one log", evidence)
