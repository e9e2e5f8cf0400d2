"""Laws of the quick looks: what they pass over, the exact look would not have found either."""

from __future__ import annotations

import os
import re
import sys
import tomllib
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relec_exchange.errors import InvalidInput, Unverified
from relec_exchange.forms import name_search, patterns, revealing
from relec_exchange.forms.name_index import sought
from relec_exchange.forms.patterns import find_patterns, revealed
from relec_exchange.forms.scripts import find_names
from relec_exchange.message.document import Message
from relec_exchange.protection import register, walking, words
from relec_exchange.protection.model import Facts, Finding
from relec_exchange.protection.rules import judge

HERE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(HERE / "redteam"))

from test_red_team import ATTEMPTS, LEGITIMATE, facts_of, message_of, read  # noqa: E402

FULL = bool(os.environ.get("RELEC_FULL"))
laws = settings(max_examples=5_000 if FULL else 150, derandomize=not FULL, deadline=None)
ALWAYS = re.compile("")
NAMES = tuple(
    f"{one} {other}"
    for one in ("Ahmad", "Reza", "Omer", "Zahra", "یوسف", "মুহাম্মদ", "Şükran", "Said", "Jan", "Leyla")
    for other in ("Karimi", "Yılmaz", "Demir", "کریمی", "احمدزی", "চৌধুরী", "Noori", "Butt", "Ali")
) + tuple(f"Nobody{at:03} Newcomer{at:03}" for at in range(40))
UNITS = (
    *("a", "e", "s", "Ş", "ı", "İ", "K", "ſ", "а", "е", "ο", "К", "ا", "ي", "ك", "ه", "ক", "া"),
    *("1", "2", "0", "۰", "٣", "৫", "１", " ", " ", ".", "-", "_", "*", "'", "(", "[", "<", ">"),
    *("@", "+", "/", ":", "=", "%", "&", "$", "!", "|", "\\", "\n", "°", "ﷺ", "Ａ", "Ⓐ", "🇦"),
    *("\u200c", "\u00ad", "\u0640", "\u064e", "\u0301", "one ", "SIFIR ", "یک ", "dot com"),
    *("maps.", "geo:", "goo.gl/maps", "///a.b.c", "12 34 56 N", "41.123, 26.123", "AB123456"),
    *("905321234567", "TR33", "telegram id: x_y", "&#65;", "%41", "=41", "\\u0041", "QWhtYWQg"),
    *("Karimi", "ahmad", "k a r i m i ", "Kari mi", "ahmadkarimi", "imirak", "b3latedr3z4"),
)


@cache
def listed() -> tuple[str, ...]:
    entries = [entry for label in words.LISTS for entry in words.entries(label)]
    return tuple(entry.replace("*", "") for entry in entries)


@cache
def written() -> tuple[str, ...]:
    """Every text in the files of the red team."""
    cases = [tomllib.loads(path.read_text("utf-8")) for path in (*ATTEMPTS, *LEGITIMATE)]
    return tuple(text for case in cases for text in strings(case))


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from strings(inner)


pieces = st.sampled_from(UNITS) | st.deferred(lambda: st.sampled_from(listed())) | st.characters()
texts = st.lists(pieces, max_size=30).map("".join) | st.deferred(
    lambda: st.tuples(st.sampled_from(written()), st.integers(0, 200), st.sampled_from(UNITS)).map(
        lambda three: three[0][: three[1]] + three[2] + three[0][three[1] :]
    )
)


@contextmanager
def exact() -> Iterator[None]:
    """Without any quick look, and each sign of a text looked at."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(words, "_begins", lambda word: True)
        patch.setattr(words, "_JOINT", ALWAYS)
        patch.setattr(words, "_LEET_SIGN", ALWAYS)
        patch.setattr(words, "_APART_LEAST", 0)
        patch.setattr(words, "fold", folded_sign_by_sign)
        patch.setattr(patterns, "_worth", lambda view: True)
        patch.setattr(patterns, "_HYPHENS_OF_AN_ID", 0)
        patch.setattr(patterns, "_SEVEN_DIGITS", ALWAYS)
        patch.setattr(patterns, "_view", seen_sign_by_sign)
        looks = tuple(replace(look, hint=lambda view: True) for look in patterns._ORDER)
        patch.setattr(patterns, "_ORDER", looks)
        fragments = tuple((found, unpack, 0) for found, unpack, _ in revealing._FRAGMENTS)
        patch.setattr(revealing, "_FRAGMENTS", fragments)
        patch.setattr(revealing, "_visible", visible_sign_by_sign)
        patch.setattr(name_search, "_in_pieces", lambda said, index: True)
        patch.setattr(name_search, "_flattened", lambda text: "".join(map(name_search._flat, text)))
        patch.setattr(register._Index, "_beginnings", lambda _, text: range(len(text)))
        patch.setattr(walking, "_fields_with_parts", lambda kind: tuple(kind.model_fields))
        yield


def folded_sign_by_sign(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(sign for sign in plain if unicodedata.category(sign) != "Cf")
    return words._ACCENTS.sub("", plain).translate(words._SPELLINGS)


def visible_sign_by_sign(text: str) -> str:
    unified = unicodedata.normalize("NFKC", text)
    return "".join(sign for sign in unified if unicodedata.category(sign) != "Cf")


def seen_sign_by_sign(text: str) -> tuple[str, frozenset[str]]:
    plain = [sign if sign.isascii() else patterns._plain(sign) for sign in text]
    dropped = frozenset(sign for sign, to in zip(text, plain, strict=True) if not to)
    return "".join(plain), dropped


def read_all(text: str) -> tuple[Any, ...]:
    return (
        words.fold(text),
        sorted({(hit.label, hit.start, hit.end) for hit in words.hits(words.fold(text))}),
        revealed(text),
        find_patterns(text),
        find_names(text, NAMES),
    )


@laws
@given(texts)
def test_a_quick_look_finds_what_the_exact_look_finds(text: str) -> None:
    quick = read_all(text)
    with exact():
        assert read_all(text) == quick


def test_a_quick_look_finds_what_the_exact_look_finds_in_every_text_of_the_red_team() -> None:
    quick = [read_all(text) for text in written()]
    with exact():
        assert [read_all(text) for text in written()] == quick


def test_every_rule_finds_the_same_in_every_message_of_the_red_team() -> None:
    cases = [case for case in map(read, (*ATTEMPTS, *LEGITIMATE)) if judged(case) is not None]
    assert len(cases) > 100
    quick = [judged(case) for case in cases]
    with exact():
        assert [judged(case) for case in cases] == quick


def judged(case: dict[str, Any]) -> tuple[tuple[Finding, ...], ...] | None:
    """What is found at both ends, also with names known; None where it is no message at all."""
    try:
        message: Message = message_of(case)
    except (InvalidInput, Unverified):
        return None
    both: list[Facts] = [facts_of(case, "outbound"), facts_of(case, "inbound")]
    more = [replace(facts, today=date(2026, 11, 21), known_names=NAMES) for facts in both]
    return tuple(judge(message, facts) for facts in (*both, *more))


@laws
@given(texts)
def test_many_names_are_found_as_each_of_them_alone(text: str) -> None:
    together = {found.name for found in find_names(text, NAMES)}
    assert together == {name for name in NAMES if find_names(text, (name,))}


@laws
@given(texts)
def test_pieces_of_names_are_found_without_a_look_at_their_beginnings(text: str) -> None:
    class Everything:
        def __contains__(self, _: object) -> bool:
            return True

    index, said = sought(NAMES).index, name_search._WORD.findall(text)
    quick = list(name_search._pieces(said, index))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index, "beginnings", Everything())
        assert list(name_search._pieces(said, index)) == quick
    assert not quick or name_search._in_pieces(said, index)


def test_words_for_digits_are_told_by_every_letter_that_a_pattern_takes_for_theirs() -> None:
    letters = sorted(set(patterns._DIGIT_NAMES) - {" "})
    for code in range(0x110000):
        sign = chr(code)
        if not sign.isalpha() or unicodedata.category(sign) == "Lo":
            continue
        folded = sign.casefold().replace("i\u0307", "i").replace("ı", "i")
        taken = re.compile(re.escape(sign), re.IGNORECASE).fullmatch
        for letter in letters:
            if taken(letter):
                assert folded == letter.replace("ı", "i"), (sign, letter)


def test_one_more_name_leaves_the_index_of_the_others_as_it_is() -> None:
    index = sought(NAMES).index
    more = (*NAMES, "Somebody Else")
    assert sought(more).index is index
    assert find_names("seen with Somebody Else", more)
    assert find_names("seen with Somebody Else", NAMES) == ()
    assert sought(more[1:]).index is index
