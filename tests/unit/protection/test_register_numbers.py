"""Numbers of the protection register: found wherever they stand, however many there are."""

from __future__ import annotations

import pytest

from relec_exchange.protection.register import RegisterEntry, _index

PHONES = tuple(f"+90555{n:07d}" for n in range(300))
ENTRIES = tuple(RegisterEntry(phones=(phone,)) for phone in PHONES)


@pytest.mark.parametrize("place", [0, 150, 299])
def test_one_of_many_numbers_that_begin_alike_is_found(place: int) -> None:
    number = PHONES[place].lstrip("+")
    found = _index(ENTRIES).inside([f"x{number}y", "90555" * 50])
    assert number in found
    assert [p for n in found for p in _index(ENTRIES).by_number[n]] == [place]


def test_a_number_of_fewer_than_six_signs_is_found_in_its_field_alone() -> None:
    index = _index((RegisterEntry(documents=("A1234",)),))
    assert index.inside(["xa1234y"]) == set()
    assert list(index.by_number) == ["a1234"]
