"""A chain knows exactly which numbers came, in whatever order they came."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from relec_exchange.errors import Unverified
from relec_exchange.inbound.chain import Chain

AT = "2026-11-02T08:00:00.000Z"
NUMBERS = st.lists(st.integers(1, 60), max_size=80)


def received(numbers: list[int]) -> Chain:
    chain = Chain()
    for number in numbers:
        chain = chain.receive(number, AT)
    return chain


@settings(max_examples=200)
@given(NUMBERS)
def test_a_chain_has_the_numbers_that_came_and_no_others(numbers: list[int]) -> None:
    chain, came = received(numbers), set(numbers)
    assert {n for n in range(-2, 70) if chain.has(n)} == came
    assert chain.highest == max(came, default=0)
    missing = {n for first, last in chain.missing() for n in range(first, last + 1)}
    assert missing == set(range(1, chain.highest)) - came


@settings(max_examples=200)
@given(NUMBERS)
def test_contiguous_is_the_last_number_before_the_first_that_is_missing(numbers: list[int]) -> None:
    chain, came = received(numbers), set(numbers)
    expected = 0
    while expected + 1 in came:
        expected += 1
    assert chain.contiguous == expected


@settings(max_examples=200)
@given(NUMBERS, st.randoms())
def test_order_and_repetition_do_not_matter(numbers: list[int], random: object) -> None:
    shuffled = numbers * 2
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = received(numbers), received(shuffled)
    assert (one.highest, one.missing()) == (other.highest, other.missing())


@settings(max_examples=200)
@given(NUMBERS)
def test_holes_are_apart_and_rise_as_a_round_tells_them(numbers: list[int]) -> None:
    chain = received(numbers)
    last = 0
    for first, end in chain.missing():
        assert last + 1 < first <= end < chain.highest or (last == 0 and first == 1)
        last = end
    assert Chain.from_json(chain.highest, chain.to_json()) == chain


@settings(max_examples=100)
@given(st.lists(st.integers(1, 2**53 - 1), max_size=400))
def test_a_chain_stays_small_whatever_its_sender_does(numbers: list[int]) -> None:
    chain = Chain()
    for number in numbers:
        try:
            chain = chain.receive(number, AT)
        except Unverified:
            continue
    assert len(chain.holes) <= 256
