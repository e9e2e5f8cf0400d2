"""Nothing a stranger wrote reaches a terminal raw."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relec_exchange.cli.safe import safe


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "<U+001B>[31mred<U+001B>[0m"),
        ("\x1b]0;title\x07", "<U+001B>]0;title<U+0007>"),
        ("abc\u202edef", "abc<U+202E>def"),
        ("\u2066x\u2069", "<U+2066>x<U+2069>"),
        ("a\rb", "a<U+000D>b"),
        ("a\nb", "a<U+000A>b"),
        ("\x9b31m", "<U+009B>31m"),
        ("\ufeffx", "<U+FEFF>x"),
        ("\U000e0041", "<U+E0041>"),
        ("half \ud800", "half <U+D800>"),
        (None, ""),
        (7, "7"),
    ],
)
def test_what_a_terminal_would_obey_or_hide_is_shown_by_its_number(
    text: object, shown: str
) -> None:
    assert safe(text) == shown


@pytest.mark.parametrize("text", ["Türkiye", "محمد رضا", "می‌خواهم", "ঢাকা", "Москва", "李"])
def test_the_letters_of_all_scripts_stay(text: str) -> None:
    assert safe(text) == text


def test_line_feeds_stay_only_where_lines_are_meant() -> None:
    assert safe("a\nb\x1b", lines=True) == "a\nb<U+001B>"


@given(st.text())
def test_nothing_unprintable_is_left(text: str) -> None:
    left = {unicodedata.category(c) for c in safe(text) if c not in "\u200c\u200d"}
    assert not left & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
