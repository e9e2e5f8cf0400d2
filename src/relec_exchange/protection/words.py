"""Words that tell a protected fact or a forbidden ground, found in seven languages.

Contract: the lists stand in `data/*.toml`, one file a list, read on first use. `labels` says which
lists have a word in a text, and `spans` where. Spelling is folded: case, accents, vowel signs,
letters that look alike across scripts, digits for letters, letters set apart. It is pure and keeps
nothing of a text.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Final

from relec_exchange.forms.revealing import without

# The lists, each a file. A list is named by what its words tell.
LISTS: Final = (
    "asylum",
    "birth",
    "child",
    "ground",
    "ground_maybe",
    "naming",
    "offence",
    "organisation",
    "push_back",
    "victim",
)

_ACCENTS: Final = re.compile("[\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0640]")
_BENGALI: Final = "\u0980-\u09ff"
_TOKEN: Final = re.compile(rf"[{_BENGALI}]+|[^\W_]+")
# `a s y l u m`, `(r)(e)(f)(u)(g)(e)(e)`: at least four letters, each standing alone.
_MARKS: Final = r"\s.,\-_*/|·:;'\"\u2019`~+()\[\]{}"
_SET_APART: Final = re.compile(rf"(?<![^\W_])[^\W_](?:[{_MARKS}]{{1,4}}[^\W_]){{3,}}(?![^\W_])")
# `asy-lum`, `ref[u]gee`, `as**y**lum`, and a word broken at the end of a line. To begin at a word
# alone and to give nothing back keeps the search linear, here and below: strangers write texts.
_BROKEN: Final = re.compile(
    r"(?<![^\W_])[^\W_]++(?:(?:-[ \t]{0,8}\n\s{0,8}|[\-_.*·'\u2019`~()\[\]{}]{1,4})[^\W_]++)+"
)
_APART_LEAST: Final = 4
# What a broken word cannot be without, and a word with digits or signs for letters.
_JOINT: Final = re.compile(r"[\-_.*·'\u2019`~()\[\]{}](?:[^\W_]|[\-_.*·'\u2019`~()\[\]{}]|\s)")
_LEET_SIGN: Final = re.compile(r"[@$!|+0-9](?:(?<![0-9])|(?=[a-z])|(?<=[a-z][0-9]))")
_TAG: Final = re.compile(r"</?[a-z][^<>]{0,80}>|<!--[^<>]{0,80}-->")
_LEET_WORD: Final = re.compile(r"[a-z0-9@$!|+]++")
_LEET: Final = str.maketrans("0134578@$!|+", "oieastbasilt")
# Cyrillic, Greek, Armenian and small capital letters that look like Latin ones.
_ALIKE: Final = str.maketrans(
    "авекмнорстухіјѕԁһԛԝαβεικνορτυχηγսօոհցᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ",
    "abekmhopctyxijsdhqwabeikvoptuxnyuonhgabcdefghijklmnoprstuvwyz",
)
# Flags are written with letters of their own.
_FLAGS: Final = {0x1F1E6 + at: chr(ord("a") + at) for at in range(26)}
_SPELLINGS: Final = str.maketrans(
    {
        "\u064a": "\u06cc",
        "\u0649": "\u06cc",
        "\u06d2": "\u06cc",
        "\u06d0": "\u06cc",
        "\u06cd": "\u06cc",
        "\u0643": "\u06a9",
        "\u0629": "\u0647",
        "\u06be": "\u0647",
        "\u06c1": "\u0647",
        "\u06c3": "\u0647",
        "\u06d5": "\u0647",
        "\u0671": "\u0627",
        "\u0131": "i",
    }
    | _FLAGS
)
# What Arabic writes together with the word that follows it.
_PROCLITICS: Final = ("وال", "بال", "کال", "فال", "لل", "ال", "و", "ب", "ل", "ف", "ک")
_PROCLITIC_SIGNS: Final = frozenset(prefix[0] for prefix in _PROCLITICS)
_REST_LEAST: Final = 3
_BEFORE_MAX: Final = 3
# Words of these lists are found within others too, if they have so many letters.
_INSIDE_LISTS: Final = frozenset(("asylum", "ground"))
_INSIDE_LEAST: Final = 6


@dataclass(frozen=True, slots=True)
class Hit:
    """One word of a list in a text: the list, and where, in characters of the folded text."""

    label: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Index:
    """Phrases by the first four letters of their first word, each a tuple of (letters, open).

    `inside` has the words that are long enough to be looked for in the middle of others.
    """

    phrases: Mapping[str, tuple[tuple[str, tuple[tuple[str, bool], ...]], ...]]
    inside: Mapping[str, str]


def fold(text: str) -> str:
    """A text without what spelling varies in; never longer than twice its NFKD form."""
    if text.isascii():
        return text.lower()
    plain = without(unicodedata.normalize("NFKD", text).casefold(), "Cf")
    bare = _ACCENTS.sub("", plain)
    return bare if _SPELLINGS.keys().isdisjoint(map(ord, set(bare))) else bare.translate(_SPELLINGS)


def labels(text: str) -> frozenset[str]:
    """The lists that have a word in the text, also in its disguised spellings."""
    return frozenset(hit.label for hit in hits(fold(text)))


def hits(folded: str) -> Iterator[Hit]:
    """Every word of a list in a text that was folded."""
    words = _TOKEN.findall(folded)
    first = frozenset(filter(_begins, set(words)))
    if first:
        tokens = [(m.group(), m.start(), m.end()) for m in _TOKEN.finditer(folded)]
        yield from _among(tokens, first)
    for disguised in _disguised(folded, words):
        yield from _among([disguised], frozenset(disguised[:1]))
    if any(word in folded for word in _index().inside):
        for m in _inside().finditer(folded):
            yield Hit(_index().inside[m.group()], m.start(), m.end())


def _begins(word: str) -> bool:
    """Whether a phrase of a list may begin with the word."""
    index = _index().phrases
    if word[:4] not in index and word[0] not in _PROCLITIC_SIGNS:
        return False
    return any(
        _fits(form, phrase[0]) for form in _forms(word) for _, phrase in index.get(form[:4], ())
    )


def _disguised(folded: str, words: list[str]) -> Iterator[tuple[str, int, int]]:
    """Words written so that a list would miss them, each as it would be read.

    Each way of hiding is looked for where its signs are, and nowhere else.
    """
    yield from _torn(folded, words)
    if "<" in folded:
        bare = _TAG.sub("", folded)
        yield from ((m.group(), m.start(), m.end()) for m in _TOKEN.finditer(bare))
    if _LEET_SIGN.search(folded):
        for m in _LEET_WORD.finditer(folded):
            word = m.group()
            if not word.isalpha() and not word.isdecimal():
                yield word.translate(_LEET), m.start(), m.end()
    if not folded.isascii() and not _ALIKE.keys().isdisjoint(map(ord, set(folded))):
        for m in _TOKEN.finditer(folded):
            alike = m.group().translate(_ALIKE)
            if alike != m.group():
                yield alike, m.start(), m.end()


def _torn(folded: str, words: list[str]) -> Iterator[tuple[str, int, int]]:
    """Words whose letters stand apart, or that are broken by signs or the end of a line."""
    # A letter with vowel signs of Bengali is no word of one sign.
    if list(map(len, words)).count(1) >= _APART_LEAST or not folded.isascii():
        for m in _SET_APART.finditer(folded):
            letters = "".join(_TOKEN.findall(m.group()))
            # The first of them may be words of their own, as in `a r e f u g e e`.
            yield from ((letters[at:], m.start(), m.end()) for at in range(_BEFORE_MAX))
    if _JOINT.search(folded):
        for m in _BROKEN.finditer(folded):
            yield "".join(_TOKEN.findall(m.group())), m.start(), m.end()


def _among(tokens: list[tuple[str, int, int]], first: frozenset[str]) -> Iterator[Hit]:
    """The phrases that begin with one of the words in `first`."""
    index = _index().phrases
    for at, (word, start, _) in enumerate(tokens):
        if word not in first:
            continue
        for form in _forms(word):
            for label, phrase in index.get(form[:4], ()):
                if len(tokens) - at < len(phrase) or not _fits(form, phrase[0]):
                    continue
                rest = tokens[at + 1 : at + len(phrase)]
                if all(
                    any(_fits(f, part) for f in _forms(other))
                    for (other, _, _), part in zip(rest, phrase[1:], strict=True)
                ):
                    yield Hit(label, start, (rest or [tokens[at]])[-1][2])


def _fits(word: str, part: tuple[str, bool]) -> bool:
    letters, open_ended = part
    return word.startswith(letters) if open_ended else word == letters


def _forms(word: str) -> Sequence[str]:
    """The word, and for Arabic script without what is written together with it."""
    if word[:1] not in _PROCLITIC_SIGNS:
        return (word,)
    return [
        word,
        *(
            word[len(prefix) :]
            for prefix in _PROCLITICS
            if word.startswith(prefix) and len(word) - len(prefix) >= _REST_LEAST
        ),
    ]


@cache
def _index() -> _Index:
    """All lists as one table. An entry `word*` also begins longer words."""
    found: dict[str, list[tuple[str, tuple[tuple[str, bool], ...]]]] = {}
    inside: dict[str, str] = {}
    for label in LISTS:
        for entry in entries(label):
            phrase = tuple((fold(part.rstrip("*")), part.endswith("*")) for part in entry.split())
            first, open_ended = phrase[0]
            found.setdefault(first[:4], []).append((label, phrase))
            long = len(phrase) == 1 and len(first) >= _INSIDE_LEAST and first.isascii()
            if label in _INSIDE_LISTS and open_ended and long:
                inside.setdefault(first, label)
    return _Index(
        MappingProxyType({key: tuple(value) for key, value in found.items()}),
        MappingProxyType(inside),
    )


@cache
def _inside() -> re.Pattern[str]:
    """`theasylumoffice`: words run together, as names of files and tags are."""
    return re.compile("|".join(sorted(_index().inside, key=len, reverse=True)))


def entries(label: str) -> tuple[str, ...]:
    """The words and phrases of one list, as they stand in its file."""
    raw = resources.files(__package__).joinpath("data", f"{label}.toml").read_text("utf-8")
    by_language: Mapping[str, list[str]] = tomllib.loads(raw)["words"]
    return tuple(entry for language in by_language.values() for entry in language)
