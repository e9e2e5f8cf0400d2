"""Rule P8 by the clock: once a day what is due is announced, and what is over is erased.

Contract: nothing is asked of anybody. A message goes on the day that its record names, with the
corrections that are about it; a legal hold in force keeps it through the hold's last day, and a
request that the node still has to answer by itself until it has. Reviews are announced 30 and 7
days ahead and on the message's own day, once each. How: `journal.erasure`. Thread-safe.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from relec_exchange.errors import IntegrityFailure, Unavailable
from relec_exchange.journal.erasure import (
    RETENTION,
    Erasure,
    Row,
    direction_of,
    in_force,
    kept_key,
    peer_of,
)
from relec_exchange.journal.plan import Committed, Plan
from relec_exchange.journal.writer import Journal
from relec_exchange.message.codes import DataLevel
from relec_exchange.message.identifiers import format_time
from relec_exchange.ports import Store
from relec_exchange.protection.retention import goes_on
from relec_exchange.records import (
    Change,
    EventRow,
    InboxRow,
    Insert,
    LegalHoldRow,
    OutboxRow,
    Update,
    Where,
)
from relec_exchange.rounds.dated import Dated
from relec_exchange.rounds.watch import BOXES, REVIEW, Watch

AHEAD: Final = (30, 7)
"""Days before the erasing at which a review is announced."""

KEPT: Final = "kept"
"""In `retention_told` while a legal hold keeps the message."""

TOGETHER: Final = 100
MOST: Final = 1000
"""Messages erased in one turn of the rounds; the others follow in the next."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What one run did; `whole` is False if more is due than one run takes."""

    erased: int
    announced: int
    whole: bool


class Retention:
    """See the module."""

    def __init__(self, store: Store, journal: Journal, erasure: Erasure, dated: Dated) -> None:
        self._store = store
        self._journal = journal
        self._erasure = erasure
        self._dated = dated
        self._watch = Watch(store)
        self._lock = threading.Lock()
        self._done: date | None = None

    def tick(self, now: datetime) -> None:
        """The day's run, unless it was done."""
        if self._done != now.date() and self.run(now).whole:
            self._done = now.date()

    def again(self) -> None:
        """The day's run is made once more, at the next turn (any thread may ask)."""
        self._done = None

    def run(self, now: datetime) -> Ran:
        """Date, end holds, announce, erase. Errors: Unavailable (it goes on at the next run)."""
        with self._lock:
            today = now.date().isoformat()
            self._watch.read(self._date)
            self._end_holds(today, now)
            announced = self._announce(now)
            erased = 0
            for rows in self._over(today):
                erased += self._erase(rows, now)
                if erased >= MOST:
                    return Ran(erased, announced, whole=False)
            return Ran(erased, announced, whole=True)

    # ---- terms and holds -----------------------------------------------------------------------

    def _date(self, rows: Sequence[Row]) -> None:
        self._write(self._dated.changes(rows))

    def _end_holds(self, today: str, now: datetime) -> None:
        """A hold ends by itself after its last day."""
        over = self._store.rows(
            LegalHoldRow, Where("ended_at", "=", ""), Where("until", "<", today), blobs=False
        )
        changes: list[Change] = []
        at = format_time(now)
        for hold in over:
            ended = Update(LegalHoldRow, {"hold_id": hold.hold_id}, {"ended_at": at})
            data = json.dumps({"peer": hold.peer, "direction": hold.direction})
            event = Insert(EventRow(at, "retention.hold_ended", hold.message_id, data))
            changes += [ended, untold(hold), event]
        self._write(changes)

    # ---- announcing ----------------------------------------------------------------------------

    def _announce(self, now: datetime) -> int:
        """Reviews that are ahead or today; returns how many were told of."""
        today = now.date()
        soon = (today + timedelta(days=max(AHEAD))).isoformat()
        ends = self._ends(today.isoformat())
        told = 0
        for kind in BOXES:
            for row in self._rows(kind, Where("erase_on", "<=", soon)):
                last = goes_on(date.fromisoformat(row.erase_on), ends.get(kept_key(row)))
                for word in _due_words(row, (last - today).days):
                    self._write(_told(row, word, last, now))
                    told += 1
        reviewed = [p for p, day in self._watch.reviews.items() if day <= today.isoformat()]
        for row in self._watch.found(reviewed):
            self._write(_told(row, REVIEW, date.fromisoformat(row.erase_on), now))
            told += 1
        for place in reviewed:
            del self._watch.reviews[place]
        return told

    def _ends(self, today: str) -> dict[tuple[str, str, str], date]:
        """The last day of the hold, of every message that one keeps."""
        return {
            (hold.direction, hold.peer, hold.message_id): date.fromisoformat(hold.until)
            for hold in self._store.rows(
                LegalHoldRow, Where("ended_at", "=", ""), Where("until", ">=", today), blobs=False
            )
        }

    # ---- erasing -------------------------------------------------------------------------------

    def _over(self, today: str) -> Iterable[list[Row]]:
        """What is to be erased, in portions."""
        kept = in_force(self._store, today)
        for kind in BOXES:
            after = 0
            while rows := self._rows(
                kind, Where("erase_on", "<=", today), Where("row", ">", after), limit=TOGETHER
            ):
                free = [row for row in rows if not _stays(row, kept)]
                if free:
                    yield free
                after = rows[-1].row
        yield self._outlived(kept)

    def _outlived(self, kept: set[tuple[str, str, str]]) -> list[Row]:
        """Corrections of what is erased: what they say is what was erased."""
        rows = self._watch.found(sorted(self._watch.corrections, key=lambda p: p[1]))
        self._watch.corrections = {(type(row), row.row) for row in rows}
        return [row for row in rows if not _stays(row, kept) and self._about_erased(row)]

    def _about_erased(self, row: Row) -> bool:
        peer = "sender" if isinstance(row, InboxRow) else "recipient"
        found: list[Row] = []
        found += self._store.rows(
            type(row),
            Where("message_id", "=", row.about),
            Where(peer, "=", peer_of(row)),
            blobs=False,
        )
        return bool(found) and bool(found[0].erased_at)

    def _erase(self, rows: Sequence[Row], now: datetime) -> int:
        """All steps for these; one that changed meanwhile is looked at again at the next run."""
        answers = self._journal.write_all([self._erasure.plan(row, RETENTION, now) for row in rows])
        marked = [row for row, a in zip(rows, answers, strict=True) if isinstance(a, Committed)]
        for answer in answers:
            if isinstance(answer, (Unavailable, IntegrityFailure)):
                raise answer
        self._erasure.complete(marked, now)
        return len(marked)

    # ---- reading and writing -------------------------------------------------------------------

    def _rows(
        self, kind: type[InboxRow] | type[OutboxRow], *conditions: Where, limit: int = 0
    ) -> list[Row]:
        found: list[Row] = []
        found += self._store.rows(
            kind,
            Where("erase_on", "!=", ""),
            Where("erased_at", "=", ""),
            *conditions,
            order="row",
            limit=limit,
            blobs=False,
        )
        return found

    def _write(self, changes: Sequence[Change]) -> None:
        if changes:
            self._journal.write(Plan(changes=tuple(changes)))


def untold(hold: LegalHoldRow) -> Update:
    """The message of a hold that is over is announced anew."""
    key = {"message_id": hold.message_id}
    if hold.direction == "in":
        return Update(InboxRow, {**key, "sender": hold.peer}, {"retention_told": ""})
    return Update(OutboxRow, {**key, "recipient": hold.peer}, {"retention_told": ""})


def _stays(row: Row, kept: set[tuple[str, str, str]]) -> bool:
    """What a hold keeps, also one that was placed after `kept` was read; and a request that the
    node answers by itself, which is needed for the answer's header.
    """
    waits = isinstance(row, InboxRow) and bool(row.quiet_at)
    return waits or kept_key(row) in kept or KEPT in row.retention_told.split()


def _due_words(row: Row, days: int) -> list[str]:
    """Which announcement is due so many days before the end; the nearest one only."""
    if row.data_level == DataLevel.NONE or days < 1:
        return []
    told = row.retention_told.split()
    due = [ahead for ahead in AHEAD if days <= ahead]
    nearest = str(min(due)) if due else ""
    return [nearest] if nearest and nearest not in told else []


def _told(row: Row, word: str, last: date, now: datetime) -> list[Change]:
    told = {
        "type": row.type,
        "peer": peer_of(row),
        "direction": direction_of(row),
        "why": word if word == REVIEW else "erase",
        "erase_on": last.isoformat(),
        "review_on": row.review_on,
    }
    was = {"row": row.row, "retention_told": row.retention_told}  # a hold may be placed meanwhile
    words = f"{row.retention_told} {word}".strip()
    return [
        Update(type(row), was, {"retention_told": words}),
        Insert(EventRow(format_time(now), "retention.review", row.message_id, json.dumps(told))),
    ]
