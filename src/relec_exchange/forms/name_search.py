"""Find given names in a text, however they are written or hidden there.

Contract: pure, and linear in text and names. Found are spellings in every script that
`transliteration` knows, and names behind invisible signs, tatweel, diacritics, letters that look
alike, digits for letters, spaced or joined letters, and reversed. Names of several parts are
found by two of them close together; of a single short part only exact or capitalised spellings
count, because common words sound like it. Not found: a name described, split over sentences, or
spelled in words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Final

from relec_exchange.forms.name_readings import Reading, fits, readings
from relec_exchange.forms.names import PARTICLES, name_parts
from relec_exchange.forms.transliteration import bare, transliterate

# Letters, marks, signs that may stand in for letters, and signs that nobody sees.
_INVISIBLE: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e01ef"
)
_MARKS: Final = "\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0981-\u09fe"
_WORD: Final = re.compile(rf"(?:[^\W_]|[{_INVISIBLE}{_MARKS}@$!|'’‘ʿʾ`´])+")
_TOKEN_MAX: Final = 60
_SURE_MIN: Final = 3
_WHOLE_MIN: Final = 5
_GAP_SIGNS: Final = 40
_GAP_WORDS: Final = 2

_LOOKALIKES: Final = str.maketrans(
    "авсԁеһіјкмнорԛѕтуԝхѵεονικρταυχγηωϲ", "abcdehijkmhopqstywxveovikptauxynwc"
)
_SMALL_CAPITALS: Final = dict(
    zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘǫʀꜱᴛᴜᴠᴡʏᴢ", "ABCDEFGHIJKLMNOPQRSTUVWYZ", strict=True)
)
_LEET: Final = str.maketrans("4310578@$!|62", "aeiostbasiigz")
_ARABIZI: Final = {"2": "", "3": "a", "5": "kh", "6": "t", "7": "h", "8": "gh", "9": "q", "0": "o"}
_ARABIZI_DIGITS: Final = str.maketrans(_ARABIZI)
_APOSTROPHE: Final = re.compile(r"['’‘ʿʾ`´]")
_ENDING: Final = re.compile(r"(?<=...)['’][a-zıüöçşğ]{1,6}$")
_BENGALI_ENDING: Final = re.compile("(?<=..)(?:দের|েরা|ের|কে|রা|র)$")
# Common words that sound like short names.
_COMMON_WORDS: Final = (
    "a all ally allow also am an and any are area as at be but by day did do due each east for "
    "from had has have he head her here hers him his hour how i idea if in into is it its key "
    "know law lay lie like line live low lower main man many may me mean men mine money moon more "
    "my name near need new no none noon nor not now of off oil old on once one only or our out "
    "over own raid rail rain read real red road route sea see she side so some son soon such sure "
    "team than that the their them then there these they this those time to too two up us use via "
    "was way we week well were west what when where which while who whom whose why will with year "
    "yes you your case coast cost date dead deed died fear few hard head heat hit hot iran iraq "
    "late leader let list lost made make mid month need net noted ocean order other raise rate ray "
    "report rise said say sat seat sent set share shore shot sight sir sit site size sorry state "
    "tea test tide tie tied toll tour use used wait ve ile bir bu de da ne o "
    "على إلى الى ان أن هو هي ما من عن در از را که به با تا او ها هم این آن"
)
_COMMON: Final = frozenset(_COMMON_WORDS.split())


@dataclass(frozen=True, slots=True)
class Found:
    """Where in the text (from `start` to before `end`) which of the given names stands."""

    start: int
    end: int
    name: str


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a sought name; part -1 is the whole name written together."""

    name: int
    part: int
    reading: Reading


@dataclass(slots=True)
class _Sought:
    needed: list[int] = field(default_factory=list)
    sounds: dict[str, list[_Part]] = field(default_factory=dict)
    exact: dict[str, set[tuple[int, int]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Word:
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class _Match:
    """Words from `first` to `last` are a part of a name; `sure` if not by weak sound alone."""

    first: int
    last: int
    name: int
    part: int
    sure: bool


def find_names(text: str, names: Sequence[str]) -> tuple[Found, ...]:
    """Every place where one of the names stands, in the order of the text."""
    sought = _prepare(tuple(names))
    flat = text if text.isascii() else "".join(map(_flat, text))
    words = [_Word(*one.span(), one.group()) for one in _WORD.finditer(flat)]
    by_name: dict[int, list[_Match]] = {}
    cased = any(sign.isupper() for sign in text)
    for match in (*_matches(words, sought, cased=cased), *_spelled(words, sought)):
        by_name.setdefault(match.name, []).append(match)
    found = {
        Found(words[first].start, words[last].end, names[name])
        for name, matches in by_name.items()
        for first, last in _together(matches, sought.needed[name], words)
    }
    return tuple(sorted(found, key=lambda one: (one.start, one.end, one.name)))


@lru_cache(maxsize=4_000)
def _flat(sign: str) -> str:
    """One sign for one sign: the letter in a circle, a square or another style."""
    if sign in _SMALL_CAPITALS:
        return _SMALL_CAPITALS[sign]
    folded = unicodedata.normalize("NFKC", sign)
    return folded if len(folded) == 1 and folded.isascii() and folded.isalpha() else sign


# A node asks with the same few thousand names for every text.
@lru_cache(maxsize=16)
def _prepare(names: tuple[str, ...]) -> _Sought:
    sought = _Sought()
    for number, name in enumerate(names):
        parts = name_parts(name)
        sought.needed.append(min(2, len(parts)))
        whole = ["".join(parts), "".join(reversed(parts))] if len(parts) > 1 else []
        pairs = [one + other for one, other in pairwise(parts)] if len(parts) > 2 else []
        for at, part in (*enumerate(parts), *enumerate(pairs), *((-1, one) for one in whole)):
            for reading in readings(part):
                if reading.consonants:
                    place = _Part(number, at, reading)
                    sought.sounds.setdefault(reading.consonants, []).append(place)
            for spelling in {part, transliterate(part)}:
                sought.exact.setdefault(spelling, set()).add((number, at))
    return sought


def _matches(words: Sequence[_Word], sought: _Sought, *, cased: bool) -> Iterator[_Match]:
    for at, word in enumerate(words):
        for spelling in _spellings(word.text):
            for name, part in sought.exact.get(spelling, ()):
                yield _Match(at, at, name, part, _is_no_common_word(word.text, spelling))
            for reading in readings(spelling):
                for place in sought.sounds.get(reading.consonants, ()):
                    if _alike(reading, place):
                        sure = _is_sure(word.text, spelling, reading, cased=cased)
                        yield _Match(at, at, place.name, place.part, sure)
        backwards = _bare(word.text)[::-1]
        if len(backwards) > 3:
            for name, part in sought.exact.get(backwards, ()):
                yield _Match(at, at, name, part, sure=True)


def _alike(reading: Reading, place: _Part) -> bool:
    """A short name written together sounds like too many words to go by its sound."""
    if place.part == -1 and len(reading.consonants) < _WHOLE_MIN:
        return False
    return fits(reading, place.reading)


def _is_sure(word: str, spelling: str, reading: Reading, *, cased: bool) -> bool:
    """Few consonants prove little: a common word or one without capital may sound like it.

    A text without any capital tells nothing by not having one; scripts without capitals neither.
    """
    many = len(reading.consonants)
    if many > _SURE_MIN:
        return True
    lower = word[:1].islower()
    return spelling not in _COMMON and (not lower or (not cased and many == _SURE_MIN))


def _is_no_common_word(word: str, spelling: str) -> bool:
    return spelling not in _COMMON or word[:1].isupper()


def _spelled(words: Sequence[_Word], sought: _Sought) -> Iterator[_Match]:
    """Names in pieces: single letters in a row, and short pieces that give a part exactly."""
    for first, last in _letter_rows(words):
        letters = "".join(_bare(word.text) for word in words[first : last + 1])
        for reading in readings(letters[:_TOKEN_MAX]):
            for place in sought.sounds.get(reading.consonants, ()):
                if _alike(reading, place):
                    yield _Match(first, last, place.name, place.part, sure=True)
    plain = [_bare(word.text) if len(word.text) <= 6 else "" for word in words]
    for at, piece in enumerate(plain):
        together = piece
        for last in range(at + 1, min(at + 4, len(words))):
            if not together or not plain[last]:
                break
            together += plain[last]
            for name, part in sought.exact.get(together, ()):
                yield _Match(at, last, name, part, sure=True)


def _letter_rows(words: Sequence[_Word]) -> Iterator[tuple[int, int]]:
    """Runs of at least three single letters; a wider gap than the one before ends a run."""
    first = 0
    for at in range(1, len(words) + 1):
        if at < len(words) and _continues(words, first, at):
            continue
        if at - first >= 3 and len(_bare(words[first].text)) == 1:
            yield first, at - 1
        first = at


def _continues(words: Sequence[_Word], first: int, at: int) -> bool:
    both = words[at - 1], words[at]
    if any(len(word.text) > 4 or len(_bare(word.text)) != 1 for word in both):
        return False
    gap = both[1].start - both[0].end
    usual = words[first + 1].start - words[first].end
    return gap <= min(usual, 3)


def _together(
    matches: Iterable[_Match], needed: int, words: Sequence[_Word]
) -> Iterator[tuple[int, int]]:
    """Spans of words in which enough different parts of one name stand close together."""
    ordered = sorted(set(matches), key=lambda match: (match.first, match.last, match.part))
    group: list[_Match] = []
    for match in ordered:
        if match.part == -1 or needed == 1:
            if match.sure:
                yield match.first, match.last
            continue
        if group and not _near(group[-1], match, words):
            yield from _span(group, needed)
            group = []
        group.append(match)
    yield from _span(group, needed)


def _near(one: _Match, other: _Match, words: Sequence[_Word]) -> bool:
    """At most two words between, particles not counted, and not far."""
    between = words[one.last + 1 : other.first]
    if len(between) > 3 * _GAP_WORDS:
        return False
    strange = [word for word in between if _bare(word.text) not in PARTICLES]
    return (
        len(strange) <= _GAP_WORDS and words[other.first].start - words[one.last].end <= _GAP_SIGNS
    )


def _span(group: Sequence[_Match], needed: int) -> Iterator[tuple[int, int]]:
    """One span over a group of matches, if different words give different parts."""
    parts = {match.part for match in group}
    places = {match.first for match in group}
    if min(len(parts), len(places)) >= needed and any(match.sure for match in group):
        yield min(match.first for match in group), max(match.last for match in group)


@lru_cache(maxsize=20_000)
def _bare(word: str) -> str:
    return bare(word)


@lru_cache(maxsize=20_000)
def _spellings(word: str) -> tuple[str, ...]:
    """What a word of the text may be meant to spell, in lower case without marks."""
    word = word[:_TOKEN_MAX].strip("!|'’‘`´")
    plain = _APOSTROPHE.sub("", _bare(word))
    found = [plain, bare(_ENDING.sub("", word))]
    if "@" in plain:
        found += plain.split("@")
    if any(sign > "\u036f" for sign in plain):
        found.append(plain.translate(_LOOKALIKES))
        found.append(_BENGALI_ENDING.sub("", plain))
        if len(plain) > 4 and plain[0] in "وبلف":
            found.append(plain[1:])
    if any(sign in "0123456789@$!|" for sign in plain) and any(sign.isalpha() for sign in plain):
        found += [plain.translate(_LEET), plain.translate(_ARABIZI_DIGITS)]
        found.append(plain.rstrip("0123456789"))
    return tuple(dict.fromkeys(one for one in found if one))
