"""Moves due times by the time that questions for clarification took.

A `info.clarify` from whom a request went to is a question about it; one from the requester that
answers a question ends its pause. Both ends have the same messages and the times of the same log
entries, so both come to the same times. Everything is computed anew from what is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from relec_exchange.journal.clock import Clock, Question, clock, first_due
from relec_exchange.journal.plan import Plan
from relec_exchange.journal.quiet import moved_quiet
from relec_exchange.journal.threads import Row, Threads
from relec_exchange.journal.writer import Journal
from relec_exchange.message.constants import Times
from relec_exchange.message.identifiers import format_time, parse_time
from relec_exchange.ports import Store
from relec_exchange.records import AcceptedRow, Change, InboxRow, OutboxRow, Update, Where
from relec_exchange.rounds.newrows import NewRows
from relec_exchange.trust.directory import Directory

CLARIFY = "info.clarify"
_STEPS_MAX = 64


@dataclass(frozen=True, slots=True)
class _Said:
    """One clarification: who said it (True: this node), to what, and the time of its entry."""

    message_id: str
    ours: bool
    in_reply_to: str
    at: str


class Clarifying:
    """Used by the rounds thread only; remembers up to which rows it has looked."""

    def __init__(self, store: Store, journal: Journal, directory: Callable[[], Directory]) -> None:
        self._store = store
        self._journal = journal
        self._directory = directory
        self._threads = Threads(store)
        self._came = NewRows(store, InboxRow, Where("type", "=", CLARIFY))
        self._left = NewRows(store, OutboxRow, Where("type", "=", CLARIFY))
        self._unsent: set[str] = set()

    def tick(self, now: datetime) -> None:
        """Count the clarifications that have come or left since."""
        threads = sorted({row.thread or row.message_id for row in self._fresh()})
        changes = [change for thread in threads for change in self._moved(thread, now)]
        if changes:
            self._journal.write(Plan(changes=tuple(changes)))

    def again(self, thread: str, now: datetime) -> list[Change]:
        """The times of a thread's requests as they are now (a question's longest pause ended)."""
        return self._moved(thread, now)

    def _fresh(self) -> list[Row]:
        self._unsent |= {row.message_id for row in self._left.read()}
        if not self._unsent:
            return [*self._came.read()]
        waited = self._store.rows(
            OutboxRow, Where("message_id", "in", sorted(self._unsent)), blobs=False
        )
        sent = [row for row in waited if row.sent_at]
        self._unsent -= {row.message_id for row in sent}
        return [*self._came.read(), *sent]

    def _moved(self, thread: str, now: datetime) -> list[Change]:
        rows = self._threads.rows(thread)
        said = [self._said(row) for row in rows if row.type == CLARIFY]
        changes: list[Change] = []
        for row in rows:
            if row.type != CLARIFY and row.due_at:
                changes += self._request(row, [one for one in said if one is not None], now)
        return changes

    def _request(self, row: Row, said: list[_Said], now: datetime) -> list[Change]:
        times = self._directory().times()
        start = row.received_at if isinstance(row, InboxRow) else row.judged_at
        questions = _questions(row, said)
        if not start or not questions:
            return []
        due = parse_time(first_due(row.type, row.urgency, row.deadline, start, times))
        found = clock(parse_time(start), due, questions, now)
        values = _values(row, parse_time(start), due, found, times)
        if all(getattr(row, name) == value for name, value in values.items()):
            return []
        if isinstance(row, InboxRow):
            return [Update(InboxRow, {"leaf": row.leaf}, values)]
        return [Update(OutboxRow, {"message_id": row.message_id}, values)]

    def _said(self, row: Row) -> _Said | None:
        if isinstance(row, OutboxRow):
            found = _Said(row.message_id, True, row.in_reply_to, row.sent_at)
            return found if row.sent_at else None
        places = self._store.rows(AcceptedRow, Where("leaf", "=", row.leaf), blobs=False)
        at = places[0].time if places else row.received_at
        return _Said(row.message_id, False, row.in_reply_to, at)


def _questions(row: Row, said: Iterable[_Said]) -> list[Question]:
    """The questions about one request, with their answers."""
    ours = isinstance(row, InboxRow)  # who was asked: that end asks back
    by_id = {one.message_id: one for one in said}
    answered: dict[str, str] = {}
    for one in sorted(by_id.values(), key=lambda one: one.at, reverse=True):
        if one.ours is not ours:
            answered[one.in_reply_to] = one.at
    found = []
    for one in by_id.values():
        if one.ours is ours and _root(one, by_id) == row.message_id:
            end = answered.get(one.message_id)
            found.append(Question(parse_time(one.at), parse_time(end) if end else None))
    return found


def _root(one: _Said, by_id: dict[str, _Said]) -> str:
    """The id of the request that a clarification leads back to."""
    for _ in range(_STEPS_MAX):
        parent = by_id.get(one.in_reply_to)
        if parent is None:
            break
        one = parent
    return one.in_reply_to


def _values(row: Row, start: datetime, due: datetime, found: Clock, times: Times) -> dict[str, Any]:
    paused = format_time(found.paused) if found.paused else ""
    values: dict[str, Any] = {"due_at": format_time(found.due), "paused_at": paused}
    if isinstance(row, InboxRow) and row.quiet_at:
        values["quiet_at"] = moved_quiet(start, due, found, times)
    return values
