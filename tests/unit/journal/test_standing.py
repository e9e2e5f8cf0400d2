"""May a node sign: every standing, every turn, and what the writer refuses."""

from __future__ import annotations

import itertools

import pytest

from relec_exchange.errors import IntegrityFailure, Unavailable
from relec_exchange.journal.plan import Plan
from relec_exchange.journal.standing import (
    NodeBehind,
    Permit,
    Standing,
    StillListening,
    Turn,
    after,
)
from relec_exchange.records import EventRow, Insert
from relec_exchange.testing import SimulatedNetwork

L, S, R = Standing.LISTENING, Standing.SIGNING, Standing.REFUSING


@pytest.mark.parametrize(
    ("standing", "turn", "then"),
    [
        (L, Turn.HEARD, S),
        (L, Turn.OVER, S),
        (L, Turn.DECLARED, S),
        (L, Turn.PROVEN, R),
        (S, Turn.HEARD, S),
        (S, Turn.OVER, S),
        (S, Turn.DECLARED, S),
        (S, Turn.PROVEN, R),
        (R, Turn.HEARD, R),
        (R, Turn.OVER, R),
        (R, Turn.DECLARED, R),
        (R, Turn.PROVEN, R),
    ],
)
def test_every_turn_leads_where_the_table_says(
    standing: Standing, turn: Turn, then: Standing
) -> None:
    assert after(standing, turn) is then


def test_nothing_that_follows_a_proof_lets_a_node_sign_again() -> None:
    for turns in itertools.product(Turn, repeat=4):
        permit = Permit(L)
        for turn in turns:
            permit.turn(turn)
        assert permit.signs == (Turn.PROVEN not in turns)


def test_a_turn_says_whether_it_changed_anything() -> None:
    permit = Permit(L)
    assert permit.turn(Turn.HEARD)
    assert not permit.turn(Turn.OVER)
    assert permit.turn(Turn.PROVEN)
    assert not permit.turn(Turn.PROVEN)


@pytest.mark.parametrize(
    ("standing", "error", "base"),
    [(L, StillListening, Unavailable), (R, NodeBehind, IntegrityFailure)],
)
def test_whoever_asks_to_sign_without_permit_is_told_why_and_what_to_do(
    standing: Standing, error: type[Exception], base: type[Exception]
) -> None:
    with pytest.raises(error) as refused:
        Permit(standing).check()
    assert isinstance(refused.value, base)
    assert refused.value.remedy


def grow() -> Plan:
    entry = {"kind": "access", "network": "relec.example", "actor": "duty", "action": "looked"}
    return Plan(activity=({**entry, "ref": ""},))


def note_down() -> Plan:
    return Plan(changes=(Insert(EventRow("", "x", "x", "{}")),))


@pytest.mark.parametrize(("turn", "error"), [(None, StillListening), (Turn.PROVEN, NodeBehind)])
def test_the_writer_lets_no_log_grow_and_still_writes_what_needs_no_signature(
    network: SimulatedNetwork, turn: Turn | None, error: type[Exception]
) -> None:
    journal = network.node("tr").journal
    journal.permit = Permit(L)
    if turn is not None:
        journal.permit.turn(turn)
    before = journal.state.exchange.head, journal.state.activity.head
    refused, written = journal.submit(grow()), journal.submit(note_down())
    journal.drain()
    assert isinstance(refused.exception(), error)
    assert written.exception() is None
    with pytest.raises(error):
        journal.signed(journal.state.exchange)
    with pytest.raises(error):
        journal.begin()
    assert (journal.state.exchange.head, journal.state.activity.head) == before
