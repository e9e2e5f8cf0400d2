"""Laws of passages: what is long enough is found, whatever is put between its letters."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from relec_exchange.protection.quoting import (
    PASSAGE,
    WINDOW,
    digest,
    remembered_of,
    runs_of,
    sounds,
)

LETTERS = st.text("bdfklmnprstz", min_size=1, max_size=7)
SCRIPTS = "abcdefgh ijklmnop qrstuvwxyz 0123 گچپژ کمن سشد بتل أيو বরল কমন пргд αβγ"
TEXTS = st.text(SCRIPTS, max_size=200)
BETWEEN = st.sampled_from([" ", "-", "\n", ". ", "a", "ou", "!!", "\u200b"])


@given(TEXTS)
def test_sounds_are_of_latin_consonants_and_digits_none_twice_in_a_row(text: str) -> None:
    found = sounds(text)
    assert set(found) <= set("bdfklmnprstz0123456789")
    assert all(one != other for one, other in pairwise(found))
    assert sounds(found) == found


@given(st.lists(LETTERS, min_size=8, max_size=40), st.data())
def test_a_part_that_is_long_enough_shares_a_remembered_window(
    words: list[str], data: st.DataObject
) -> None:
    whole = sounds(" ".join(words))
    if len(whole) < PASSAGE:
        return
    at = data.draw(st.integers(0, len(whole) - PASSAGE))
    part = whole[at : at + PASSAGE]
    windows = {part[n : n + WINDOW] for n in range(len(part) - WINDOW + 1)}
    assert windows & set(remembered_of(whole))


@given(st.lists(LETTERS, min_size=4, max_size=20), st.lists(BETWEEN, min_size=19, max_size=19))
def test_signs_and_vowels_between_words_change_nothing(
    words: list[str], between: list[str]
) -> None:
    joined = words[0] + "".join(b + w for b, w in zip(between, words[1:], strict=False))
    assert sounds(joined) == sounds(" ".join(words)) == sounds("".join(words).upper())


@given(TEXTS)
def test_digests_are_short_and_the_same_for_the_same_passages(text: str) -> None:
    assert runs_of([text]) == runs_of([text])
    assert all(len(one) == 16 for one in runs_of([text]))
    assert {digest(one) for one in remembered_of(sounds(text))} == set(runs_of([text]))
