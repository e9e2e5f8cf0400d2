"""The life of a message is one table, and the table has no dead ends by accident."""

from __future__ import annotations

from itertools import permutations, product
from pathlib import Path

import pytest

from relec_exchange.errors import InvalidInput
from relec_exchange.message.lifecycle import (
    STARTS,
    TABLES,
    Direction,
    Event,
    State,
    advance,
    diagram,
)

HERE = Path(__file__).parent
TOLD = {Event.VALIDATE, Event.REJECT, Event.OPEN, Event.ANSWER}


def reachable(direction: Direction) -> set[State]:
    seen: set[State] = set()
    pending = list(STARTS[direction])
    while pending:
        state = pending.pop()
        if state not in seen:
            seen.add(state)
            pending.extend(TABLES[direction][state].values())
    return seen


@pytest.mark.parametrize("direction", Direction)
def test_every_state_can_be_reached_and_has_a_row(direction: Direction) -> None:
    assert reachable(direction) == set(TABLES[direction])


@pytest.mark.parametrize("direction", Direction)
def test_the_diagram_shows_the_table(direction: Direction) -> None:
    """Rewrite the file with `lifecycle.diagram` when the table changes, and look at it."""
    assert diagram(direction) == (HERE / f"lifecycle-{direction}.mmd").read_text()


def test_an_outbound_message_runs_through_its_stages() -> None:
    state = State.SUBMITTED
    for event in (Event.RELEASE, Event.RELAY, Event.VALIDATE, Event.OPEN, Event.ANSWER):
        state = advance(Direction.OUTBOUND, state, event)
    assert state is State.ANSWERED


@pytest.mark.parametrize(
    "order", list(permutations((Event.RELAY, Event.VALIDATE, Event.OPEN, Event.ANSWER)))
)
def test_confirm_and_receipts_in_any_order_end_in_answered(order: tuple[Event, ...]) -> None:
    state = State.RELEASED
    for event in order:
        state = advance("outbound", state, event)
    assert state is State.ANSWERED


@pytest.mark.parametrize(("state", "event"), list(product(TABLES[Direction.OUTBOUND], Event)))
def test_an_event_that_comes_twice_changes_nothing_more(state: State, event: Event) -> None:
    """What the recipient or the broker says may be repeated after any step."""
    once = TABLES[Direction.OUTBOUND][state].get(event)
    if once is not None and event in TOLD | {Event.RELAY}:
        assert advance("outbound", once, event) is once


@pytest.mark.parametrize(
    ("direction", "state", "event"),
    [
        ("outbound", "submitted", "validate"),
        ("outbound", "rejected", "validate"),
        ("outbound", "answered", "void"),
        ("outbound", "validated", "expire"),
        ("outbound", "received", "open"),
        ("outbound", "held", "relay"),
        ("outbound", "held", "validate"),
        ("outbound", "returned", "release"),
        ("outbound", "released", "return"),
        ("outbound", "released", "hold"),
        ("inbound", "held", "open"),
        ("inbound", "opened", "release"),
        ("inbound", "nonsense", "open"),
        ("sideways", "opened", "open"),
        ("inbound", "opened", "nonsense"),
    ],
)
def test_what_cannot_happen_is_refused(direction: str, state: str, event: str) -> None:
    with pytest.raises(InvalidInput):
        advance(direction, state, event)


def test_a_held_message_is_opened_only_after_it_was_freed() -> None:
    state = advance("inbound", "held", "free")
    assert state is State.RECEIVED
    assert advance("inbound", state, "open") is State.OPENED


def test_what_a_question_holds_leaves_only_after_it_was_freed_and_released() -> None:
    assert State.HELD in STARTS[Direction.OUTBOUND]
    state = advance("outbound", "held", "free")
    assert state is State.SUBMITTED
    assert advance("outbound", state, "release") is State.RELEASED


@pytest.mark.parametrize("state", [State.SUBMITTED, State.HELD])
def test_what_a_releaser_sent_back_never_leaves(state: State) -> None:
    returned = advance("outbound", state, "return")
    assert returned is State.RETURNED
    assert not TABLES[Direction.OUTBOUND][returned]
