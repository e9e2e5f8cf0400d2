"""When an answer is due, and how a question for clarification stops that clock.

Contract: pure. Both ends compute the same from messages that both have: an answer is due at the
header's deadline, or after the time of its urgency counted from the receipt; the clock stands from
the time of the log entry of a question until that of its answer, and for a question without an
answer no longer than the request had from its receipt until it was due, all such questions
together: nobody puts an answer off for ever by asking again. Stretches that overlap count once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from relec_exchange.message.catalogue import CATALOGUE
from relec_exchange.message.codes import Urgency
from relec_exchange.message.constants import Times
from relec_exchange.message.identifiers import format_time, parse_time

BY_NODES = "test.ping"
"""Answered by the nodes themselves: nobody waits for it."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question for clarification: when it was asked, and when answered (None: not yet)."""

    asked: datetime
    answered: datetime | None = None


@dataclass(frozen=True, slots=True)
class Clock:
    """`due` is when an answer is due now; `paused` since when the clock stands, or None."""

    due: datetime
    stopped: timedelta
    paused: datetime | None


def owed(type_name: str) -> tuple[str, ...]:
    """The types of answer that a message of this type waits for; none if nobody owes one."""
    kind = CATALOGUE.get(type_name)
    if kind is None or type_name == BY_NODES:
        return ()
    return tuple(name for name in kind.answers if name not in kind.asides)


def first_due(type_name: str, urgency: str, deadline: str, received: str, times: Times) -> str:
    """When the answer to a message is due if no question stops the clock (wire text, or "")."""
    if not owed(type_name):
        return ""
    if type_name == "recall":
        return format_time(parse_time(received) + timedelta(seconds=times.recall_seconds))
    if deadline:
        return max(deadline, received)
    seconds = {
        Urgency.FLASH: times.deadline_flash_seconds,
        Urgency.URGENT: times.deadline_urgent_seconds,
    }.get(Urgency(urgency or Urgency.ROUTINE), times.deadline_routine_seconds)
    return format_time(parse_time(received) + timedelta(seconds=seconds))


def clock(received: datetime, due: datetime, questions: Iterable[Question], now: datetime) -> Clock:
    """The clock of a request received then and first due then, after these questions."""
    longest = left = due - received
    stopped, upto, paused = timedelta(0), received, None
    for question in sorted(questions, key=_in_order):
        start = max(question.asked, upto)
        ends = question.asked + longest
        if question.answered is not None:
            ends = min(ends, question.answered)
        else:
            ends = min(ends, start + left)
            if question.asked <= now < ends:
                paused = min(paused, question.asked) if paused else question.asked
        if ends > start:
            stopped += ends - start
            upto = ends
            if question.answered is None:
                left -= ends - start
    return Clock(due + stopped, stopped, paused)


def _in_order(question: Question) -> tuple[datetime, bool, datetime]:
    """By when they were asked; of two at once the answered one first, so that no order is left."""
    return question.asked, question.answered is None, question.answered or question.asked
