"""Tells of answers that are due soon, and of those that did not come in time, once each.

Both directions: what we owe and what we are owed. An answer that the node would give by itself
counts by its slot: officers are told while there is time to say more. Each message is looked at
when something can have come due and not before, so that many open ones cost nothing meanwhile.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from relec_exchange.journal.plan import Plan
from relec_exchange.journal.threads import Row, other_end
from relec_exchange.journal.writer import Journal
from relec_exchange.message.identifiers import format_time, parse_time
from relec_exchange.ports import Store
from relec_exchange.records import Change, EventRow, InboxRow, Insert, OutboxRow, Update, Where
from relec_exchange.rounds.newrows import NewRows

LOOK_AGAIN = timedelta(minutes=1)
"""When a message whose clock stands, or that has not left yet, is looked at next."""

NEAR, PASSED = "near", "passed"
OPEN_IN = ("received", "opened", "held")
OPEN_OUT = ("released", "relayed", "validated", "opened")
WAITING_OUT = ("submitted", "held")


class Deadlines:
    """Used by the rounds thread only. `again` brings a thread's times up to date."""

    def __init__(
        self,
        store: Store,
        journal: Journal,
        again: Callable[[str, datetime], list[Change]],
    ) -> None:
        self._store = store
        self._journal = journal
        self._again = again
        self._came = NewRows(store, InboxRow, Where("due_at", "!=", ""))
        self._left = NewRows(store, OutboxRow, Where("due_at", "!=", ""))
        self._next: list[tuple[str, int, int]] = []  # when, 1 for the outbox, number of the row

    def tick(self, now: datetime) -> None:
        """Tell what is due now."""
        fresh: list[Row] = [*self._came.read(), *self._left.read()]
        for row in fresh:
            self._plan(row, now)
        changes = [change for row in self._due(now) for change in self._told(row, now)]
        if changes:
            self._journal.write(Plan(changes=tuple(changes)))

    def _due(self, now: datetime) -> list[Row]:
        """Messages whose moment is here, as they are stored now."""
        numbers: tuple[list[int], list[int]] = ([], [])
        at = format_time(now)
        while self._next and self._next[0][0] <= at:
            _, out, number = heapq.heappop(self._next)
            numbers[out].append(number)
        came = self._store.rows(InboxRow, Where("row", "in", numbers[0]), blobs=False)
        left = self._store.rows(OutboxRow, Where("row", "in", numbers[1]), blobs=False)
        return [*came, *left]

    def _told(self, row: Row, now: datetime) -> list[Change]:
        self._plan(row, now)
        if not still_open(row):
            return []
        if row.paused_at:  # a question without an answer stops the clock for a while only
            return self._again(row.thread or row.message_id, now)
        stage = reached(row, now)
        if stage in ("", row.warned) or row.warned == PASSED:
            return []
        direction = "in" if isinstance(row, InboxRow) else "out"
        told = {"type": row.type, "peer": other_end(row), "direction": direction}
        data = json.dumps({**told, "due_at": row.due_at})
        event = Insert(EventRow(format_time(now), f"deadline.{stage}", row.message_id, data))
        return [_marked(row, stage), event]

    def _plan(self, row: Row, now: datetime) -> None:
        """Remember when to look at a message next, if ever."""
        when = _moment(row, now)
        if when is not None:
            out = int(isinstance(row, OutboxRow))
            heapq.heappush(self._next, (format_time(when), out, row.row))


def open_rows(store: Store) -> Iterable[Row]:
    """Everything that an answer is due for, in both directions, without content."""
    due, unanswered = Where("due_at", "!=", ""), Where("answered_at", "=", "")
    yield from store.rows(InboxRow, Where("state", "in", OPEN_IN), due, unanswered, blobs=False)
    yield from store.rows(OutboxRow, Where("state", "in", OPEN_OUT), due, unanswered, blobs=False)


def still_open(row: Row) -> bool:
    """Whether somebody still waits for an answer to a message that has left or arrived."""
    states = OPEN_IN if isinstance(row, InboxRow) else OPEN_OUT
    return bool(row.due_at) and not row.answered_at and row.state in states


def reached(row: Row, now: datetime) -> str:
    """`near` from a quarter of the time before the end on, `passed` after it, else nothing."""
    if not _began(row):
        return ""
    if now >= parse_time(row.due_at):
        return PASSED
    return NEAR if now >= _near(row) else ""


def _began(row: Row) -> str:
    return row.received_at if isinstance(row, InboxRow) else row.judged_at or row.sent_at


def _near(row: Row) -> datetime:
    last = parse_time(row.due_at)
    if isinstance(row, InboxRow) and row.quiet_at:
        last = min(last, parse_time(row.quiet_at))
    return last - (last - parse_time(_began(row))) / 4


def _moment(row: Row, now: datetime) -> datetime | None:
    """When something can come due for a message; None if nothing can any more."""
    if isinstance(row, OutboxRow) and row.state in WAITING_OUT:
        return now + LOOK_AGAIN
    if not still_open(row) or row.warned == PASSED:
        return None
    if row.paused_at or not _began(row):
        return now + LOOK_AGAIN
    near = _near(row)
    return near if now < near else parse_time(row.due_at)


def _marked(row: Row, stage: str) -> Change:
    if isinstance(row, InboxRow):
        return Update(InboxRow, {"leaf": row.leaf}, {"warned": stage})
    return Update(OutboxRow, {"message_id": row.message_id}, {"warned": stage})
