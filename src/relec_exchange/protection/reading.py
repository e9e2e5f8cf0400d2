"""What a text says to a reader who takes its disguises off, alone and after what came before.

Contract: pure; keeps nothing of a text. A reading is the text as it stands, or what `revealed`
makes of it. `joined` finds what no single text of a thread says, but two together do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import product
from typing import Final

from relec_exchange.errors import InvalidInput
from relec_exchange.forms.mrz import Mrz, parse_mrz
from relec_exchange.forms.patterns import Kind, find_patterns, revealed
from relec_exchange.forms.revealing import turned_letters
from relec_exchange.forms.scripts import find_names
from relec_exchange.protection.memory import once
from relec_exchange.protection.words import labels

# Lines, length: the layouts of ICAO Doc 9303.
_ZONES: Final = ((2, 44), (2, 36), (3, 30))
_ZONE_LINE: Final = re.compile(r"[A-Z0-9<]{30,44}")
_SENTENCE: Final = re.compile(r"(?<=[.!?;\u061f\u06d4\u0964\n])\s+")
# So many texts are looked at on each side, and so many letters at the border between two.
_TEXTS_MAX: Final = 16
_BORDER: Final = 80


def revealed_in(text: str) -> tuple[str, ...]:
    """The text itself and what it hides."""
    return once("revealed", text, lambda: revealed(text))


def labels_of(text: str) -> frozenset[str]:
    """The word lists that have a word in any reading of the text."""
    return once("labels", text, lambda: _labels(text))


def names_in(text: str, names: tuple[str, ...]) -> frozenset[str]:
    """Which of the names stand in any reading of the text, in whatever script."""
    if not names:
        return frozenset()
    return frozenset(
        found.name for reading in revealed_in(text) for found in find_names(reading, names)
    )


def patterns_in(text: str) -> frozenset[str]:
    """The kinds of numbers and addresses of persons that stand in any reading of the text."""
    return once("kinds", text, lambda: _kinds(text)) - {Kind.POSITION}


def has_exact_place(text: str) -> bool:
    """Whether a position finer than a warning's stands in any reading of the text."""
    return Kind.POSITION in once("kinds", text, lambda: _kinds(text))


def zones_in(text: str) -> Iterator[Mrz]:
    """Machine-readable zones written into a text, with lines apart or run together."""
    for reading in revealed_in(text):
        lines = _ZONE_LINE.findall(reading)
        for count, width in _ZONES:
            fitting = [line for line in lines if len(line) == width]
            for at in range(len(fitting) - count + 1):
                with suppress(InvalidInput):
                    yield parse_mrz(fitting[at : at + count])


def sentences(text: str) -> list[str]:
    """The sentences of a text, by the full stops of its scripts."""
    return _SENTENCE.split(text)


def joined(
    earlier: tuple[str, ...], now: Iterable[str], found: Callable[[str], frozenset[str]]
) -> frozenset[str]:
    """What is found across the border between an earlier text and one of now, and in neither."""
    before = [text for text in earlier if len(text) > 1][-_TEXTS_MAX:]
    after = [text for text in now if text][:_TEXTS_MAX]
    if not before or not after:
        return frozenset()
    known = frozenset[str]().union(*map(found, (*before, *after)))
    across: set[str] = set()
    for one, other in product(before, after):
        for gap in (" ", ""):
            across |= found(one[-_BORDER:] + gap + other[:_BORDER])
    return frozenset(across) - known


def _labels(text: str) -> frozenset[str]:
    return frozenset(label for reading in revealed_in(text) for label in labels(reading))


def _kinds(text: str) -> frozenset[Kind]:
    # Turned by thirteen letters, numbers and addresses keep their forms.
    turned = turned_letters(text)
    return frozenset(
        hit.kind
        for reading in revealed_in(text)
        if reading == text or reading != turned
        for hit in find_patterns(reading)
    )
