"""The numbers of one chain: what has come, what is missing, and what no sender would give."""

from __future__ import annotations

import pytest

from relec_exchange.errors import Reason, Unverified
from relec_exchange.inbound.chain import HOLES_MAX, Chain, Hole

EARLY, LATE = "2026-11-02T08:00:00.000Z", "2026-11-02T09:00:00.000Z"


def received(*numbers: int) -> Chain:
    chain = Chain()
    for number in numbers:
        chain = chain.receive(number, EARLY)
    return chain


def test_numbers_in_turn_leave_no_hole() -> None:
    chain = received(1, 2, 3)
    assert (chain.contiguous, chain.highest, chain.missing()) == (3, 3, [])


def test_a_jump_leaves_a_hole_with_the_time_it_was_noticed() -> None:
    chain = received(1, 5)
    assert chain.holes == (Hole(2, 4, EARLY),)
    assert (chain.contiguous, chain.highest) == (1, 5)
    assert not chain.has(3)


def test_a_late_number_splits_its_hole_and_keeps_the_time() -> None:
    chain = received(1, 7).receive(4, LATE)
    assert chain.holes == (Hole(2, 3, EARLY), Hole(5, 6, EARLY))


def test_the_last_missing_number_closes_the_hole() -> None:
    chain = received(1, 3).receive(2, LATE)
    assert (chain.contiguous, chain.missing()) == (3, [])


def test_a_number_that_came_before_changes_nothing() -> None:
    chain = received(1, 2, 5)
    assert chain.receive(2, LATE) is chain


@pytest.mark.parametrize("number", [0, -1])
def test_numbers_start_at_one(number: int) -> None:
    with pytest.raises(Unverified) as refused:
        Chain().receive(number, EARLY)
    assert refused.value.reason is Reason.SEQUENCE


def test_too_many_holes_by_jumping_are_refused() -> None:
    chain = received(*range(2, 2 * HOLES_MAX + 2, 2))
    assert len(chain.holes) == HOLES_MAX
    with pytest.raises(Unverified) as refused:
        chain.receive(10_000, EARLY)
    assert refused.value.reason is Reason.SEQUENCE
    assert chain.receive(chain.highest + 1, EARLY).highest == chain.highest + 1


def test_too_many_holes_by_filling_every_second_number_are_refused() -> None:
    chain = received(1, 1_000_000)
    for number in range(3, 2 * HOLES_MAX + 1, 2):
        chain = chain.receive(number, EARLY)
    assert len(chain.holes) == HOLES_MAX
    with pytest.raises(Unverified):
        chain.receive(500_000, EARLY)
    assert chain.receive(2, EARLY).has(2)


def test_it_is_stored_and_read_back() -> None:
    chain = received(1, 5, 9).receive(7, LATE)
    assert Chain.from_json(chain.highest, chain.to_json()) == chain
