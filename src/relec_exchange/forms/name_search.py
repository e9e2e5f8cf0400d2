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
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, pairwise, product
from typing import Final

from relec_exchange.forms.name_index import BEGINNING, Group, Hits, NameIndex, sought
from relec_exchange.forms.name_readings import Reading, readings
from relec_exchange.forms.names import PARTICLES
from relec_exchange.forms.transliteration import bare

# Letters, marks, signs that may stand in for letters, and signs that nobody sees.
_INVISIBLE: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e01ef"
)
_MARKS: Final = "\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0981-\u09fe"
_WORD: Final = re.compile(rf"(?:[^\W_]|[{_INVISIBLE}{_MARKS}@$!|'’‘ʿʾ`´])+")
_TOKEN_MAX: Final = 60
_SURE_MIN: Final = 3
# A single letter with its marks, so many of them in a row, and a piece of a name.
_LETTER_MAX: Final = 4
_LETTERS_LEAST: Final = 3
_PIECE_MAX: Final = 6
_PIECES_MAX: Final = 4
_GAP_SIGNS: Final = 40
_GAP_WORDS: Final = 2
# Particles between two parts do not count, but not any number of them.
_REACH_WORDS: Final = 3 * _GAP_WORDS + 1

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
class _Word:
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class _Spot:
    """Words from `first` to `last` may be parts of names."""

    first: int
    last: int
    hits: Hits


def find_names(text: str, names: Sequence[str]) -> tuple[Found, ...]:
    """Where each of the names that are in the text stands first, in the order of the text."""
    looked_for = sought(names if isinstance(names, tuple) else tuple(names))
    index = looked_for.index
    flat = _flattened(text)
    said = _WORD.findall(flat)
    heard = _heard(said, index, cased=any(map(str.isupper, set(text))))
    if not heard and not _in_pieces(said, index):
        return ()
    words = [_Word(*one.span(), one.group()) for one in _WORD.finditer(flat)]
    spots = [_Spot(at, at, heard[word]) for at, word in enumerate(said) if word in heard]
    spots += _spelled(words, index)
    spots.sort(key=lambda spot: (spot.first, spot.last))
    found = {**_whole(spots), **_together(spots, words)}
    places = (
        Found(words[first].start, words[last].end, name)
        for name, (first, last) in found.items()
        if name in looked_for.wanted
    )
    return tuple(sorted(set(places), key=lambda one: (one.start, one.end, one.name)))


def _flattened(text: str) -> str:
    """The text with plain letters for those in a circle, a square or another style."""
    if text.isascii():
        return text
    # A text has few different signs: looking at each of these once is enough.
    plain = {ord(sign): _flat(sign) for sign in set(text) if not sign.isascii()}
    changed = {sign: to for sign, to in plain.items() if to != chr(sign)}
    return text.translate(changed) if changed else text


@lru_cache(maxsize=4_000)
def _flat(sign: str) -> str:
    """One sign for one sign: the letter in a circle, a square or another style."""
    if sign in _SMALL_CAPITALS:
        return _SMALL_CAPITALS[sign]
    folded = unicodedata.normalize("NFKC", sign)
    return folded if len(folded) == 1 and folded.isascii() and folded.isalpha() else sign


def _heard(said: Sequence[str], index: NameIndex, *, cased: bool) -> dict[str, Hits]:
    """The words that may be a part of a name, each with what it may be."""
    found: dict[str, Hits] = {}
    for word in set(said):
        hits = index.hits((word, cased))
        if hits is None:
            hits = tuple(_hits(word, index, cased=cased))
            index.keep((word, cased), hits)
        if hits:
            found[word] = hits
    return found


def _hits(word: str, index: NameIndex, *, cased: bool) -> Iterator[tuple[Group, bool]]:
    for spelling in _spellings(word):
        if spelling in index.exact:
            yield index.exact[spelling], _is_no_common_word(word, spelling)
        for reading in readings(spelling):
            for group in index.alike(reading):
                yield group, _is_sure(word, spelling, reading, cased=cased)
    backwards = _bare(word)[::-1]
    if len(backwards) > 3 and backwards in index.exact:
        yield index.exact[backwards], True


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


def _in_pieces(said: Sequence[str], index: NameIndex) -> bool:
    """Whether `_spelled` may find anything."""
    letters = [word for word in said if len(word) <= _LETTER_MAX and _may_be_letter(word)]
    return len(letters) >= _LETTERS_LEAST or any(True for _ in _pieces(said, index))


def _may_be_letter(word: str) -> bool:
    return len(word) == 1 or (not word.isascii() and len(_bare(word)) == 1)


def _spelled(words: Sequence[_Word], index: NameIndex) -> Iterator[_Spot]:
    """Names in pieces: single letters in a row, and short pieces that give a part exactly."""
    for first, last in _letter_rows(words):
        letters = "".join(_bare(word.text) for word in words[first : last + 1])
        groups = [g for r in readings(letters[:_TOKEN_MAX]) for g in index.alike(r)]
        if groups:
            yield _Spot(first, last, tuple((group, True) for group in groups))
    yield from _pieces([word.text for word in words], index)


def _pieces(said: Sequence[str], index: NameIndex) -> Iterator[_Spot]:
    plain = [_bare(word) if len(word) <= _PIECE_MAX else "" for word in said]
    for at, (piece, following) in enumerate(pairwise(plain)):
        if not piece or not following or (piece + following)[:BEGINNING] not in index.beginnings:
            continue
        together = piece
        for last in range(at + 1, min(at + _PIECES_MAX, len(plain))):
            if not plain[last]:
                break
            together += plain[last]
            if together in index.exact:
                yield _Spot(at, last, ((index.exact[together], True),))


def _letter_rows(words: Sequence[_Word]) -> Iterator[tuple[int, int]]:
    """Runs of at least three single letters; a wider gap than the one before ends a run."""
    first = 0
    for at in range(1, len(words) + 1):
        if at < len(words) and _continues(words, first, at):
            continue
        if at - first >= _LETTERS_LEAST and len(_bare(words[first].text)) == 1:
            yield first, at - 1
        first = at


def _continues(words: Sequence[_Word], first: int, at: int) -> bool:
    both = words[at - 1], words[at]
    if any(len(word.text) > _LETTER_MAX or len(_bare(word.text)) != 1 for word in both):
        return False
    gap = both[1].start - both[0].end
    usual = words[first + 1].start - words[first].end
    return gap <= min(usual, 3)


def _whole(spots: Iterable[_Spot]) -> dict[str, tuple[int, int]]:
    """By name, where a name of one part, or one written together, stands first."""
    found: dict[str, tuple[int, int]] = {}
    done: set[Group] = set()
    for spot in spots:
        for group, sure in spot.hits:
            if sure and group not in done:
                done.add(group)
                for name in tuple(group.alone):
                    found.setdefault(name, (spot.first, spot.last))
    return found


def _together(spots: Sequence[_Spot], words: Sequence[_Word]) -> dict[str, tuple[int, int]]:
    """By name, where two different parts of it stand first close together, one of them surely."""
    found: dict[str, tuple[int, int]] = {}
    both: dict[tuple[Group, Group], set[str]] = {}
    for at, one in enumerate(spots):
        for other in _behind(spots, at):
            for (group, sure), (further, surely) in product(one.hits, other.hits):
                pair = (group, further)
                if pair not in both:
                    both[pair] = _in_both(group, further)
                if both[pair] and (sure or surely) and _near(one, other, words):
                    # Whoever was found is not looked for again, however often a text repeats it.
                    for name in (name for name in both[pair] if name not in found):
                        found[name] = (one.first, _last(name, spots, at, words))
                    both[pair] = set()
    return found


def _behind(spots: Sequence[_Spot], at: int) -> Iterator[_Spot]:
    """Spots that begin behind this one and not too many words further."""
    for other in islice(spots, at + 1, None):
        if other.first - spots[at].last > _REACH_WORDS:
            return
        if other.first > spots[at].last:
            yield other


def _in_both(one: Group, other: Group) -> set[str]:
    """The names of which these may be two different parts."""
    if one.parts.keys().isdisjoint(other.parts):
        return set()
    fewer, more = sorted((one.parts, other.parts), key=len)
    return {name for name in fewer if name in more and len((fewer[name] | more[name]) - {-1}) > 1}


def _last(name: str, spots: Sequence[_Spot], at: int, words: Sequence[_Word]) -> int:
    """The last word of a name that begins at a spot, with the further parts that follow it."""
    end, had = spots[at], _parts_of(name, spots[at])
    for other in _behind(spots, at):
        new = _parts_of(name, other) - had
        if new and _near(end, other, words):
            end, had = other, had | new
    return end.last


def _parts_of(name: str, spot: _Spot) -> set[int]:
    return {part for group, _ in spot.hits for part in group.parts.get(name, ())}


def _near(one: _Spot, other: _Spot, words: Sequence[_Word]) -> bool:
    """At most two words between, particles not counted, and not far."""
    between = words[one.last + 1 : other.first]
    if len(between) >= _REACH_WORDS:
        return False
    strange = [word for word in between if _bare(word.text) not in PARTICLES]
    return (
        len(strange) <= _GAP_WORDS and words[other.first].start - words[one.last].end <= _GAP_SIGNS
    )


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
