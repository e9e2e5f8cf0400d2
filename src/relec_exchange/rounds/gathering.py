"""Our newest tree that a quorum has cosigned: made of single cosignatures, and told to partners.

Contract: the note of a quorum is made as soon as the last cosignature that it needs is stored, and
takes up later ones of the same tree. Everything is derived from records, so a kill costs nothing
but a second telling.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from relec_exchange.audit.checkpoint import checkpoint_text
from relec_exchange.audit.cosignature import COSIGNED_LINES_MAX, LINES, with_cosignatures
from relec_exchange.audit.entry import decode_entry
from relec_exchange.audit.quorum import counted
from relec_exchange.errors import Unverified
from relec_exchange.journal.plan import Plan
from relec_exchange.journal.state import JournalState, LogState
from relec_exchange.journal.writer import Journal
from relec_exchange.message.encoding import b64
from relec_exchange.message.identifiers import format_time, parse_time
from relec_exchange.ports import Store
from relec_exchange.records import (
    Change,
    CosignatureRow,
    CosignedRow,
    Delete,
    EntryRow,
    Insert,
    OutboxRow,
    PeerRow,
    Put,
    Where,
)
from relec_exchange.rounds.proofs import COSIGNED_BYTES_MAX
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.note import split_note
from relec_exchange.trust.witnesses import (
    Witness,
    known_keys,
    nodes_of,
    quorum_of,
    witnesses,
)

SIZES_KEPT: Final = 32
"""Trees whose cosignatures are kept while no quorum is reached."""

BUSY_INTERVALS: Final = 10
"""So long what is not cosigned makes a node busy: a quorum that does not answer is asked at the
idle interval from then on.
"""


@dataclass(frozen=True, slots=True)
class Open:
    """The newest entry of our log that is not about the rounds themselves."""

    index: int
    time: datetime


class Gathering:
    """Used by the rounds thread only."""

    def __init__(self, store: Store, journal: Journal, directory: Callable[[], Directory]) -> None:
        self._store = store
        self._journal = journal
        self._directory = directory
        self._looked: tuple[object, ...] = ()
        self._entry: tuple[str, int, Open | None] = ("", -1, None)
        self._newest: CosignedRow | None = None
        self._told: dict[str, tuple[int, int]] = {}
        self._possible: tuple[Directory | None, int, bool] = (None, 0, False)

    def tick(self, now: datetime) -> None:
        """Make the note of the newest tree with a quorum, if it is new or has grown."""
        directory, log = self._directory(), self._journal.state.exchange
        mine = Where("origin", "=", log.origin)
        count = self._store.count(CosignatureRow, mine)
        if self._looked == (log.origin, directory, count):
            return
        newest = self._cosigned(log.origin)
        least = newest.size if newest else 0
        rows = self._store.rows(CosignatureRow, mine, Where("size", ">=", least), order="-size")
        changes = self._quorum(directory, rows, newest, now)
        changes += self._outdated(log.origin, rows, changes)
        if changes:
            self._journal.write(Plan(changes=tuple(changes)))
        self._looked = (log.origin, directory, self._store.count(CosignatureRow, mine))
        self._newest = self._cosigned(log.origin)

    # ---- what rounds ask and tell --------------------------------------------------------------

    def asks(self, state: JournalState, now: datetime, *, idle: bool) -> bool:
        """Whether a round asks to be answered soon: entries wait to be cosigned that are not about
        the rounds themselves, and have not waited too long. From then on only the rounds of the
        idle interval ask, or two nodes would go on answering each other.
        """
        last = self._last(state)
        return last is not None and self._open(last, state) and (idle or self._patient(last, now))

    def _open(self, last: Open, state: JournalState) -> bool:
        newest = self._of(state)
        return last.index >= (newest.size if newest else 0)

    def busy(self, peer: PeerRow, state: JournalState, now: datetime) -> bool:
        """Whether this partner should hear of us in the next slot: it asks, we ask, or it has not
        been shown that entries of ours are witnessed by now.
        """
        if peer.asked and peer.their_number > peer.told_number:
            return True
        last = self._last(state)
        if last is None:
            return False
        if self._open(last, state):
            return self._patient(last, now)
        told = peer.cosigned_told if peer.our_origin == state.exchange.origin else 0
        return told <= last.index or self._refused(peer)

    def told(self, peer: PeerRow, number: int, state: JournalState) -> dict[str, Any]:
        """The field `cosigned` of round `number` to this partner; empty if it knows."""
        newest, log = self._of(state), state.exchange
        if newest is None or newest.size > log.head.size or self._knows(peer, newest, log):
            return {}
        self._told[peer.peer] = (number, log.head.size)
        path = log.log.tree.consistency(newest.size, log.head.size)
        return {"cosigned": {"note": newest.note.decode(), "hashes": [b64(h) for h in path]}}

    def told_size(self, peer: PeerRow, state: JournalState) -> int:
        """What is remembered as told with a round of now."""
        newest = self._of(state)
        return newest.size if newest and newest.size <= state.exchange.head.size else 0

    def own_lines(self, log: LogState) -> Change:
        """The lines of our own log under the checkpoint of a round: kept with those of witnesses,
        for the note of a quorum begins with them.
        """
        head = log.head
        lines = b"".join(line.encode() for line in split_note(head.checkpoint).signatures)
        own = self._directory().own
        row = CosignatureRow(head.origin, head.size, head.root, own, "", 0, lines)
        return Insert(row, ignore=True)

    # ---- inside --------------------------------------------------------------------------------

    def _patient(self, last: Open, now: datetime) -> bool:
        """Whether the witnesses may still be about to answer; where there are none, nobody is."""
        limit = timedelta(seconds=BUSY_INTERVALS * self._directory().times().round_busy_seconds)
        return now - last.time < limit and self.possible(now)

    def possible(self, now: datetime) -> bool:
        """Whether our log has witnesses at all."""
        directory, minute = self._directory(), int(now.timestamp()) // 60
        known, at, answer = self._possible
        if known is not directory or at != minute:
            answer = bool(witnesses(directory, directory.own, now))
            self._possible = (directory, minute, answer)
        return answer

    def _knows(self, peer: PeerRow, newest: CosignedRow, log: LogState) -> bool:
        if peer.our_origin != log.origin or peer.cosigned_told < newest.size:
            return False
        pending = self._told.get(peer.peer)
        if pending is None:  # after a start: told once more, for the last round may not have come
            return False
        number, offered = pending
        return peer.answered < number or peer.acknowledged_size >= offered

    def _refused(self, peer: PeerRow) -> bool:
        """Whether the round that told it was answered, and its tree not accepted."""
        pending = self._told.get(peer.peer)
        if pending is None:
            return False
        return peer.answered >= pending[0] and peer.acknowledged_size < pending[1]

    def _of(self, state: JournalState) -> CosignedRow | None:
        if self._newest is None or self._newest.origin != state.exchange.origin:
            self._newest = self._cosigned(state.exchange.origin)
        return self._newest

    def _cosigned(self, origin: str) -> CosignedRow | None:
        rows = self._store.rows(CosignedRow, Where("origin", "=", origin), order="-size", limit=1)
        return rows[0] if rows else None

    def _last(self, state: JournalState) -> Open | None:
        origin, size = state.exchange.origin, state.exchange.head.size
        if self._entry[:2] != (origin, size):
            self._entry = (origin, size, self._read_last(origin))
        return self._entry[2]

    def _read_last(self, origin: str) -> Open | None:
        mine = Where("origin", "=", origin)
        entries = self._store.rows(
            EntryRow,
            mine,
            Where("kind", "!=", "sent"),
            Where("kind", "!=", "anchored"),
            order="-idx",
            limit=1,
        )
        sent = self._store.rows(
            OutboxRow,
            mine,
            Where("leaf_index", ">=", 0),
            Where("type", "!=", "round"),
            order="-leaf_index",
            limit=1,
            blobs=False,
        )
        found = [Open(e.idx, parse_time(str(decode_entry(e.data)["time"]))) for e in entries]
        found += [Open(s.leaf_index, parse_time(s.sent_at)) for s in sent]
        return max(found, key=lambda one: one.index, default=None)

    def _quorum(
        self,
        directory: Directory,
        rows: Sequence[CosignatureRow],
        newest: CosignedRow | None,
        now: datetime,
    ) -> list[Change]:
        """The note of the newest tree that has a quorum; `rows` are in order of falling sizes."""
        for size in dict.fromkeys(row.size for row in rows):
            of_size = [row for row in rows if row.size == size]
            note = _note(directory, of_size)
            if note is None:
                continue
            if newest is not None and newest.size == size and newest.note == note:
                return []
            at = newest.at if newest is not None and newest.size == size else format_time(now)
            first = of_size[0]
            return [Put(CosignedRow(first.origin, size, first.root, note, at))]
        return []

    def _outdated(
        self, origin: str, rows: Sequence[CosignatureRow], made: Sequence[Change]
    ) -> list[Change]:
        """Cosignatures that no note will be made of any more."""
        sizes = list(dict.fromkeys(row.size for row in rows))
        least = sizes[SIZES_KEPT - 1] if len(sizes) >= SIZES_KEPT else 0
        for change in made:
            if isinstance(change, Put) and isinstance(change.record, CosignedRow):
                least = max(least, change.record.size)
        if not least:
            return []
        mine = Where("origin", "=", origin), Where("size", "<", least)
        return [
            Delete(CosignatureRow, {"origin": origin, "size": row.size, "witness": row.witness})
            for row in self._store.rows(CosignatureRow, *mine)
        ]


def _note(directory: Directory, rows: Sequence[CosignatureRow]) -> bytes | None:
    """The checkpoint with the lines of all who count, or None if they are no quorum."""
    own = [row for row in rows if row.witness == directory.own]
    times: dict[Witness, int] = {}
    lines: dict[str, bytes] = {}
    for row in rows:
        if row.witness != directory.own and row.witness in directory.members:
            for key in known_keys(directory.members[row.witness]):
                if key.fingerprint() == row.key:
                    times[row.witness, key] = row.at
                    lines[row.witness] = row.lines
    try:
        signed = counted(directory, directory.own, times)
    except Unverified:
        return None
    if not own:
        return None
    text = checkpoint_text(own[0].origin, own[0].size, own[0].root)
    note = text + b"\n" + own[0].lines
    room = COSIGNED_BYTES_MAX - len(note)
    taken: list[bytes] = []
    for node in signed:
        if sum(map(len, taken)) + len(lines[node]) > room:
            break
        taken.append(lines[node])
    taken = taken[: COSIGNED_LINES_MAX // LINES - 1]
    # Where fewer have room than a quorum needs, the note would show less than it says.
    enough = len(taken) >= quorum_of(_asked(directory, times))
    return with_cosignatures(note, taken) if enough else None


def _asked(directory: Directory, times: Mapping[Witness, int]) -> int:
    """How many witnesses there were at the newest of these times."""
    at = datetime.fromtimestamp(max(times.values()), UTC)
    return len(nodes_of(witnesses(directory, directory.own, at)))
