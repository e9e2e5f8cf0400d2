"""When answers are due, and how questions stop the clock: pure, and the same at both ends."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relec_exchange.journal.clock import Question, clock, first_due, owed
from relec_exchange.journal.quiet import first_quiet, moved_quiet
from relec_exchange.message.constants import TIMES
from relec_exchange.message.identifiers import format_time, parse_time

START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
DUE = START + timedelta(days=4)
RECEIVED = format_time(START)

MINUTES = st.integers(0, 10 * 24 * 60)
STRETCH = st.tuples(MINUTES, MINUTES | st.none())


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def asked(stretch: tuple[int, int | None]) -> Question:
    begin, lasts = stretch
    return Question(at(begin), at(begin + lasts) if lasts is not None else None)


@pytest.mark.parametrize(
    ("urgency", "hours"), [("routine", 7 * 24), ("urgent", 3 * 24), ("flash", 8)]
)
def test_an_answer_is_due_by_urgency_counted_from_the_receipt(urgency: str, hours: int) -> None:
    due = first_due("info.request", urgency, "", RECEIVED, TIMES)
    assert parse_time(due) == START + timedelta(hours=hours)


def test_a_deadline_counts_and_one_that_had_passed_counts_from_the_receipt() -> None:
    deadline = format_time(START + timedelta(hours=5))
    assert first_due("info.request", "routine", deadline, RECEIVED, TIMES) == deadline
    passed = format_time(START - timedelta(hours=5))
    assert first_due("info.request", "routine", passed, RECEIVED, TIMES) == RECEIVED


def test_a_recall_has_a_time_of_its_own() -> None:
    due = first_due("recall", "routine", "", RECEIVED, TIMES)
    assert parse_time(due) == START + timedelta(seconds=TIMES.recall_seconds)


@pytest.mark.parametrize("kind", ["ack", "stat.report", "stat.analysis", "test.ping", "receipt"])
def test_nobody_owes_an_answer_to_what_needs_none(kind: str) -> None:
    assert owed(kind) == ()
    assert first_due(kind, "routine", "", RECEIVED, TIMES) == ""
    assert first_quiet(kind, RECEIVED, "", TIMES) == ""


def test_the_clock_stands_between_a_question_and_its_answer() -> None:
    questions = [Question(at(60), at(90))]
    assert clock(START, DUE, questions, at(75)).due == DUE + timedelta(minutes=30)
    found = clock(START, DUE, [Question(at(60))], at(75))
    assert found.paused == at(60)


def test_a_question_without_an_answer_stops_it_as_long_as_the_request_had() -> None:
    found = clock(START, DUE, [Question(at(60))], at(60) + timedelta(days=5))
    assert (found.due, found.paused) == (DUE + timedelta(days=4), None)
    late = [Question(at(60), at(60) + timedelta(days=9))]
    assert clock(START, DUE, late, at(90)).due == DUE + timedelta(days=4)


@given(st.lists(STRETCH, max_size=6), st.integers(0, 10))
@settings(max_examples=200)
def test_the_order_in_which_an_end_learns_of_questions_changes_nothing(
    stretches: list[tuple[int, int | None]], seed: int
) -> None:
    questions = [asked(one) for one in stretches]
    now = at(5 * 24 * 60)
    before = clock(START, DUE, questions, now)
    random.Random(seed).shuffle(questions)
    assert clock(START, DUE, questions, now) == before


@given(st.lists(st.tuples(MINUTES, MINUTES), max_size=6))
@settings(max_examples=200)
def test_stretches_that_overlap_count_once(stretches: list[tuple[int, int]]) -> None:
    """Against the plain way: minute by minute, is any answered question open?"""
    span = DUE - START
    ends = [
        (begin, min(begin + lasts, begin + span.total_seconds() / 60)) for begin, lasts in stretches
    ]
    minutes = sum(any(a <= m < b for a, b in ends) for m in range(0, 20 * 24 * 60))
    found = clock(START, DUE, [asked(one) for one in stretches], at(0))
    assert found.stopped == timedelta(minutes=minutes)
    assert found.due == DUE + found.stopped


@given(st.lists(MINUTES, max_size=6))
def test_questions_without_an_answer_stop_it_together_no_longer_than_the_request_had(
    times: list[int],
) -> None:
    found = clock(START, DUE, [Question(at(one)) for one in times], at(0))
    assert found.stopped == (DUE - START if times else timedelta(0))


def test_nobody_puts_an_answer_off_by_asking_again_and_again() -> None:
    again = [Question(START + timedelta(days=4 * n)) for n in range(50)]
    assert clock(START, DUE, again, at(0)).due == DUE + timedelta(days=4)


@given(st.lists(STRETCH, max_size=4), st.integers(0, 3 * 24 * 60))
def test_the_slot_is_a_full_hour_and_never_before_three_quarters(
    stretches: list[tuple[int, int | None]], offset: int
) -> None:
    received = at(offset)
    due = received + timedelta(days=4)
    found = clock(received, due, [asked(one) for one in stretches], received)
    slot = parse_time(moved_quiet(received, due, found, TIMES))
    assert (slot.minute, slot.second, slot.microsecond) == (0, 0, 0)
    earliest = received + timedelta(days=3) + found.stopped
    assert earliest <= slot < earliest + timedelta(hours=1)
