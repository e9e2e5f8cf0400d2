"""Control messages, their keys and their evidence end: a busy partner must not fill the disk.

Contract: once a day what nobody can ask for any more goes. Rounds and the like of ours go when
their recipient has told that it has their numbers; other control messages keep their content until
they are as old as envelopes may get. A record stays until its recipient has told so (the newest of
each chain stays always: numbers go on from it). Of what came by rounds a day later only number and
leaf are left, and at that age nothing; receipts stay as long as what they receipt has content, and
notes for officers and voids stay. A checkpoint has its note while it proves an entry that is kept,
and its root while an envelope under it can be opened, so that none counts as unproven. Blanked
first, then the keys: a kill in between leaves keys of nothing, which the next start sweeps. No log
entry is touched. Used by the rounds thread only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from relec_exchange.journal.content import Keyed
from relec_exchange.journal.plan import Plan
from relec_exchange.journal.writer import Journal
from relec_exchange.message.identifiers import MessageClass, format_time, parse_time
from relec_exchange.ports import Store, Vault
from relec_exchange.records import (
    AcceptedCheckpointRow,
    AcceptedRow,
    ChainRow,
    Change,
    CommentRow,
    Delete,
    DraftRow,
    EventRow,
    OutboxRow,
    PeerChainRow,
    ReceiptRow,
    ReceivedContentRow,
    Update,
    Where,
)
from relec_exchange.rounds.epochs import resend_life
from relec_exchange.trust.directory import Directory

WHY: Final = "control-expired"
SETTLED: Final = timedelta(days=1)
"""After this a round has done what it was for."""

EVENTS_KEPT: Final = timedelta(days=400)
DRAFTS_KEPT: Final = timedelta(days=90)
"""How long a draft stays that nobody changes: it may hold what was erased elsewhere."""

REPORTS_KEPT: Final = EVENTS_KEPT
"""How long it stays who asked about whom (`relec subject report`), and why."""

CLOSED_KEPT: Final = timedelta(days=366)
"""How long records of a closed log stay: its numbers are never used again."""

PASSING: Final = ("round", "resend.request", "card.update")
"""Control types that prove nothing afterwards."""

LASTING: Final = ("message.freed",)
"""Events that are asked for as long as their message is there."""

Told = Mapping[tuple[str, str, str], PeerChainRow]
"""What each partner told of each class of each log, by (peer, log, class)."""

PAGE: Final = 500
TURN: Final = 20
"""Pages of one turn of the rounds; the others follow in the next."""


class Clearing:
    """See the module."""

    def __init__(
        self, store: Store, vault: Vault, journal: Journal, directory: Callable[[], Directory]
    ) -> None:
        self._store = store
        self._vault = vault
        self._journal = journal
        self._directory = directory
        self._at = ""
        self._done: date | None = None
        self._left: Iterator[None] | None = None

    def tick(self, now: datetime) -> None:
        """A part of the day's work, until it is done."""
        if self._done == now.date():
            return
        self._left = self._left or self._day(now)
        try:
            for _ in range(TURN):
                next(self._left)
        except StopIteration:
            self._done, self._left = now.date(), None
        except Exception:
            self._left = None  # it begins again at the next turn
            raise

    def _day(self, now: datetime) -> Iterator[None]:
        """Everything that is over; each step is one commit."""
        self._at = format_time(now)
        times = self._directory().times()
        limit, young = format_time(now - resend_life(times)), format_time(now - SETTLED)
        epoch = timedelta(seconds=times.sealing_epoch_max_seconds)
        oldest = format_time(now - 2 * resend_life(times) - epoch)
        yield from self._told(young)
        yield from self._sent(now)
        yield from self._receipts(limit)
        yield from self._passed(young)
        yield from self._forgotten(limit)
        yield from self._checkpoints(young, oldest)
        yield from self._events(format_time(now - EVENTS_KEPT))
        yield from self._drafts(format_time(now - DRAFTS_KEPT))
        yield from self._reports(format_time(now - REPORTS_KEPT))
        self._vault.forget_tombstones(WHY)
        self._store.settle()

    # ---- ours ----------------------------------------------------------------------------------

    def _told(self, young: str) -> Iterator[None]:
        """Rounds and the like of ours that their recipients have."""
        state = self._journal.state
        for chain in self._store.rows(PeerChainRow, Where("cls", "=", str(MessageClass.CONTROL))):
            newest = state.sequences.get((chain.peer, chain.cls), 0) - 1
            while rows := self._store.rows(
                OutboxRow,
                Where("origin", "=", state.exchange.head.origin),
                Where("recipient", "=", chain.peer),
                Where("cls", "=", chain.cls),
                Where("seq", "<=", min(chain.contiguous, newest - 1)),
                Where("type", "in", PASSING),
                # Told a day after it was sent: it is told of this log, not of one before it.
                Where("sent_at", "<", min(young, _day_before(chain.at))),
                limit=PAGE,
                blobs=False,
            ):
                gone = [Delete(OutboxRow, {"message_id": row.message_id}) for row in rows]
                self._write([*gone, *_receipts_of(rows)], rows)
                yield

    def _sent(self, now: datetime) -> Iterator[None]:
        """Control messages of ours."""
        told = {(r.peer, r.origin, r.cls): r for r in self._store.rows(PeerChainRow)}
        after = 0
        while rows := self._store.rows(
            OutboxRow,
            Where("cls", "=", str(MessageClass.CONTROL)),
            Where("expires_at", "<=", format_time(now)),
            Where("row", ">", after),
            order="row",
            limit=PAGE,
            blobs=False,
        ):
            self._write([c for row in rows for c in self._cleared(row, told, now)], rows)
            after = rows[-1].row
            yield

    def _cleared(self, row: OutboxRow, told: Told, now: datetime) -> list[Change]:
        where = {"message_id": row.message_id}
        if self._may_go(row, told, now):
            return [Delete(OutboxRow, where), Delete(ReceiptRow, {"leaf": row.leaf})]
        if row.key_id:
            return [Update(OutboxRow, where, {"content": b"", "key_id": "", "envelope": None})]
        return []

    def _may_go(self, row: OutboxRow, told: Told, now: datetime) -> bool:
        """Nobody will ask for this number, and none is counted from it."""
        state = self._journal.state
        if row.origin != state.exchange.head.origin:
            return row.sent_at < format_time(now - CLOSED_KEPT)
        chain = told.get((row.recipient, row.origin, row.cls))
        # What was told so much later is told of this log, also where another went before it.
        if chain is None or row.seq is None or chain.at < row.expires_at:
            return False
        if row.seq > chain.contiguous:
            return False
        return row.seq + 1 < state.sequences.get((row.recipient, row.cls), 0)

    # ---- theirs --------------------------------------------------------------------------------

    def _receipts(self, limit: str) -> Iterator[None]:
        """Receipts of messages that are all erased or gone."""
        after = ""
        while rows := self._store.rows(
            ReceivedContentRow,
            Where("type", "=", "receipt"),
            Where("message_id", ">", after),
            order="message_id",
            limit=PAGE,
            blobs=False,
        ):
            over = self._answered_for(rows, limit)
            changes: list[Change] = []
            for row in over:
                key = {"sender": row.sender, "message_id": row.message_id}
                changes += [Delete(ReceivedContentRow, key), Delete(AcceptedRow, dict(key))]
            self._write(changes, over)
            after = rows[-1].message_id
            yield

    def _answered_for(
        self, rows: Sequence[ReceivedContentRow], limit: str
    ) -> list[ReceivedContentRow]:
        """Those that are old, and receipt nothing that is still here."""
        ids = [row.message_id for row in rows]
        came = self._store.rows(
            AcceptedRow,
            Where("message_id", "in", ids),
            Where("received_at", "<", limit),
            blobs=False,
        )
        old = {row.message_id for row in came if not self._newest(row)}
        told = self._store.rows(ReceiptRow, Where("receipt_id", "in", sorted(old)))
        here = {
            row.leaf
            for row in self._store.rows(
                OutboxRow, Where("leaf", "in", sorted({one.leaf for one in told})), blobs=False
            )
            if not row.erased_at
        }
        needed = {one.receipt_id for one in told if one.leaf in here}
        return [row for row in rows if row.message_id in old - needed]

    def _passed(self, young: str) -> Iterator[None]:
        """Of what came by rounds, entry and path prove nothing that anybody asks for."""
        while rows := self._store.rows(
            AcceptedRow,
            Where("type", "in", PASSING),
            Where("received_at", "<", young),
            Where("entry", "!=", b""),
            limit=PAGE,
            blobs=False,
        ):
            bare = {"entry": b"", "path": b""}
            keys = [{"origin": row.origin, "idx": row.idx} for row in rows]
            self._write([Update(AcceptedRow, key, bare) for key in keys], ())
            yield

    def _forgotten(self, limit: str) -> Iterator[None]:
        """What is so old that it would be refused as stale if it came again."""
        while rows := self._store.rows(
            AcceptedRow,
            Where("type", "in", PASSING),
            Where("received_at", "<", limit),
            limit=PAGE,
            blobs=False,
        ):
            gone = [row for row in rows if not self._newest(row)]
            if not gone:
                return
            keys = [{"origin": row.origin, "idx": row.idx} for row in gone]
            self._write([Delete(AcceptedRow, key) for key in keys], ())
            yield

    def _newest(self, row: AcceptedRow) -> bool:
        """Whether it is the highest place accepted from its log: what comes is held against it."""
        above = Where("origin", "=", row.origin), Where("idx", ">", row.idx)
        return not self._store.rows(AcceptedRow, *above, order="idx", limit=1, blobs=False)

    def _checkpoints(self, young: str, oldest: str) -> Iterator[None]:
        """Checkpoints that rounds have proven and that prove no entry which is kept."""
        for origin in sorted({row.origin for row in self._store.rows(ChainRow)}):
            mine, after = Where("origin", "=", origin), 0
            while rows := self._store.rows(
                AcceptedCheckpointRow,
                mine,
                Where("size", ">", after),
                Where("proven", "=", True),
                Where("first_at", "<", young),
                order="size",
                limit=PAGE,
            ):
                self._write([*self._idle(origin, rows, oldest)], ())
                after = rows[-1].size
                yield

    def _idle(
        self, origin: str, rows: Sequence[AcceptedCheckpointRow], oldest: str
    ) -> Iterator[Change]:
        mine = Where("origin", "=", origin)
        sizes = Where("size", "in", [row.size for row in rows])
        used = self._store.rows(AcceptedRow, mine, sizes, blobs=False)
        needed = {row.size for row in used if row.type not in PASSING}
        newest = self._store.rows(AcceptedCheckpointRow, mine, order="-size", limit=1)
        needed |= {row.size for row in newest}
        for row in rows:
            key = {"origin": origin, "size": row.size}
            if row.size in needed:
                continue
            if row.first_at < oldest:
                yield Delete(AcceptedCheckpointRow, key)
            elif row.note:
                yield Update(AcceptedCheckpointRow, key, {"note": b""})

    # ---- of officers ---------------------------------------------------------------------------

    def _drafts(self, limit: str) -> Iterator[None]:
        old = Where("updated_at", "<", limit)
        while rows := self._store.rows(DraftRow, old, limit=PAGE, blobs=False):
            changes = [Delete(DraftRow, {"draft_id": row.draft_id}) for row in rows]
            self._write(changes, rows, "over")
            yield

    def _reports(self, limit: str) -> Iterator[None]:
        """Comments on a message of ours end with it; those on none are reports."""
        after = 0
        while rows := self._store.rows(
            CommentRow,
            Where("at", "<", limit),
            Where("row", ">", after),
            order="row",
            limit=PAGE,
            blobs=False,
        ):
            ids = sorted({row.message_id for row in rows})
            ours = self._store.rows(OutboxRow, Where("message_id", "in", ids), blobs=False)
            of_ours = {one.message_id for one in ours}
            gone = [row for row in rows if row.message_id not in of_ours]
            self._write([Delete(CommentRow, {"row": row.row}) for row in gone], gone, "over")
            after = rows[-1].row
            yield

    # ---- both ----------------------------------------------------------------------------------

    def _events(self, limit: str) -> Iterator[None]:
        after = 0
        while rows := self._store.rows(
            EventRow, Where("at", "<", limit), Where("row", ">", after), order="row", limit=PAGE
        ):
            gone = [row for row in rows if row.kind not in LASTING]
            self._write([Delete(EventRow, {"row": row.row}) for row in gone], ())
            after = rows[-1].row
            yield

    def _write(self, changes: Sequence[Change], rows: Sequence[Keyed], why: str = WHY) -> None:
        """Commit, then destroy the keys of these records."""
        if changes:
            self._journal.write(Plan(changes=tuple(changes)))
        keys = [row.key_id for row in rows if row.key_id]
        self._vault.destroy(keys, why, self._at)


def _receipts_of(rows: Sequence[OutboxRow]) -> list[Change]:
    return [Delete(ReceiptRow, {"leaf": row.leaf}) for row in rows]


def _day_before(at: str) -> str:
    return format_time(parse_time(at) - SETTLED) if at else ""
