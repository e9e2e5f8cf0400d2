"""Laws of patterns: digit scripts do not matter, output is bounded, time is linear."""

from __future__ import annotations

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relec_exchange.forms.patterns import find_patterns, revealed
from relec_exchange.forms.revealing import GROWTH, TEXTS_MAX
from relec_exchange.forms.scripts import find_names

FULL = bool(os.environ.get("RELEC_FULL"))
laws = settings(max_examples=2_000 if FULL else 100, derandomize=not FULL, deadline=None)

DIGITS = ("۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩", "০১২৩৪৫৬৭৮৯", "０１２３４５６７８９")
numbers = st.text("0123456789", min_size=9, max_size=9).map(lambda rest: "+90 5" + rest)


@laws
@given(numbers, st.sampled_from(DIGITS))
def test_a_number_is_found_in_the_digits_of_every_script(number: str, digits: str) -> None:
    written = number.translate(str.maketrans("0123456789", digits))
    (hit,) = find_patterns(f"({written})")
    assert (hit.kind, hit.start, hit.end) == ("phone", 1, 1 + len(written))


@laws
@given(st.text(max_size=300))
def test_hits_lie_in_the_text_in_order_and_apart(text: str) -> None:
    last = 0
    for hit in find_patterns(text):
        assert last <= hit.start < hit.end <= len(text)
        last = hit.end


@laws
@given(
    st.text(st.sampled_from("ABab01=%&;#x\\u /+-<\n\ufdfa\u200b4") | st.characters(), max_size=400)
)
def test_what_is_revealed_is_bounded(text: str) -> None:
    found = revealed(text)
    assert found[0] == text
    assert len(found) <= TEXTS_MAX + 1
    assert sum(map(len, found)) <= (GROWTH + 2) * len(text) + 1_000


UNITS = (
    *("A", "a ", "1 ", "1", "<", "@", "a.", "a@", "1.123 ", "1°", "one ", "A1", "°1'", "a@a."),
    *(
        "%41",
        "=41",
        "QUJD",
        "telegram ",
        "(1",
        "+ ",
        "tel ",
        "&#65;",
        "\\u0041",
        "AB<<",
        "1-",
        "/1",
    ),
    *("\u200b", "'", "th", "Ahmad ", "0x41 ", "A\n"),
)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("unit", UNITS)
def test_no_repetition_makes_a_search_run_away(unit: str) -> None:
    """Linear searches end in a second or two; one that is not would need hours and be stopped."""
    text = unit * (100_000 // len(unit))
    for hit in find_patterns(text):
        assert hit.end <= len(text)
    assert revealed(text)[0] == text
    assert isinstance(find_names(text, ["Ahmad Rahimi", "Yusuf"]), tuple)
