"""How a written name may sound: its consonants, and which vowels may stand between them.

Contract: a `Reading` is the common ground of the spellings of a name. Consonants that the
languages of the region write for each other are one (d and t; k, q and g; s and sh; the letters
for z). A vowel slot holds what may stand there: `0` nothing, `a i u` a short vowel, `A I U` a
long one; Arabic script leaves short vowels out, so its empty slots may be any of them. Two
readings of one sound fit each other (`fits`). The rules are ours, made rather to find a name too
often than to miss it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Final

from relec_exchange.forms.transliteration import bengali, transliterate

_UNWRITTEN: Final = "0aiu"
_VOWEL: Final = "AIUaiu"
_MOST: Final = 8

# Spellings that no rule of sound brings together.
_SAME: Final = {
    variant: group.split(" ", maxsplit=1)[0]
    for group in (
        "muhammad mehmet mehmed muhammet mohd muhd mohammod mokhammed",
        "fatima fatma fatme",
        "ramazan ramadan ramzan",
        "rizwan ridwan ridvan",
        "reza riza raza rida ridha redha",
        "fazl fadl fadhl fazal fadel",
        "murtaza murtada mortada mortaza",
        "khizr khidr hidir",
        "abdullah abdallah abdalla abdulla abdollah abdellah",
        "abubakr abubakar bubakar ebubekir",
        "ibrahim ebrahim abrahim",
        "haydar heydar hyder haider",
    )
    for variant in group.split()
}

_LATIN_SOUND: Final = re.compile(r"th|dh|sh|kh|gh|zh|ch|ph|dj|dz|ts|ck|[a-z~]")
# What each sound of Latin spelling may be: consonants, one string for each possibility.
_LATIN: Final = {
    "b": ("B",), "p": ("B",), "c": ("K", "J"), "ck": ("K",), "ch": ("J", "S"), "d": ("T",),
    "dh": ("Z", "T"), "dj": ("J",), "dz": ("Z", "TZ"), "f": ("F",), "g": ("K",), "gh": ("K",),
    "h": ("H",), "j": ("J",), "k": ("K",), "kh": ("H",), "l": ("L",), "m": ("M",), "n": ("N",),
    "ph": ("F",), "q": ("K",), "r": ("R",), "s": ("S",), "sh": ("S", "SH"), "t": ("T",),
    "th": ("S", "T", "TH"), "ts": ("S", "TS"), "x": ("H",), "z": ("Z",), "zh": ("J", "Z"),
}  # fmt: skip
_LATIN_VOWELS: Final = frozenset("aeiouyvw~")

_ARABIC_LIKE: Final = str.maketrans(
    {"ي": "ی", "ې": "ی", "ۍ": "ی", "ے": "ی", "ئ": "ی", "ؤ": "و", "أ": "ا", "إ": "ا", "ٱ": "ا"}
    | {"ك": "ک", "ګ": "گ", "ة": "ه", "ۃ": "ه", "ہ": "ه", "ۀ": "ه", "ە": "ه", "ھ": ""}
)
_ARABIC: Final = {
    **dict.fromkeys("بپ", ("B",)), **dict.fromkeys("تطدټٹډڈ", ("T",)),
    **dict.fromkeys("ثسشص", ("S",)), **dict.fromkeys("جچ", ("J",)), "ځ": ("J", "Z"),
    "څ": ("S", "J"), "ژ": ("J", "Z"), **dict.fromkeys("حخ", ("H",)), "ه": ("H",),
    **dict.fromkeys("ذزظ", ("Z",)), "ض": ("Z", "T"), **dict.fromkeys("رړڑ", ("R",)),
    "ږ": ("K", "Z"), "ښ": ("S", "H"), "ف": ("F",), **dict.fromkeys("قکگغ", ("K",)), "ل": ("L",),
    "م": ("M",), **dict.fromkeys("نںڼ", ("N",)),
}  # fmt: skip
_ARABIC_VOWELS: Final = frozenset("اآویىعء")

# What one vowel letter of Latin spelling may be; `~` is the vowel that Bengali leaves unwritten.
_COLOUR: Final = {
    "a": "Aa", "e": "AIai", "i": "Ii", "y": "Ii", "o": "AUau", "u": "Uu", "v": "U", "w": "U",
    "~": "0aiu",
}  # fmt: skip
# One way to write what is written in several: the article inside a name, and initial glides.
_JOINTS: Final = (
    (re.compile(r"^abd(?:[aeou]+l(?!l)|[aeou]+([rsnztdl])(?=\1))"), "abd"),
    (re.compile(r"(?<=..)[aeou](?:dd|tt|d)[ie]+n$"), "din"),
    (re.compile(r"^iy?(?=[ou])"), "y"),
    (re.compile(r"([^eo~])\1+"), r"\1"),
)
_BENGALI_JOINTS: Final = (
    (re.compile(r"^i~?y(?=[aeiou])"), "y"),
    (re.compile(r"^o~?y(?=[aeiou])"), "w"),
    (re.compile(r"chh"), "ch"),
    (re.compile(r"j|z"), "zh"),
)
_ARABIC_JOINTS: Final = (
    (re.compile("الله$"), "له"),
    (re.compile("^عبد ?ال"), "عبد"),
    (re.compile("الدین$"), "دین"),
    (re.compile("رحمن$"), "رحمان"),
    (re.compile("^ال(?=...)"), ""),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """Consonants, and one slot before, between and after them."""

    consonants: str
    slots: tuple[str, ...]


def fits(one: Reading, other: Reading) -> bool:
    """Whether two readings may be one name.

    Up to two consonants every slot has to agree. In longer names one vowel may be an u for
    another vowel; where vowels are, and a against i, tells names apart.
    """
    if one.consonants != other.consonants:
        return False
    apart = [
        set(here + there)
        for here, there in zip(one.slots, other.slots, strict=True)
        if not set(here) & set(there)
    ]
    if len(one.consonants) <= 2:
        return not apart
    return len(apart) <= 1 and all("U" in both and "0" not in both for both in apart)


@lru_cache(maxsize=20_000)
def readings(word: str) -> tuple[Reading, ...]:
    """How one word, in lower case without marks (`bare`), may be read; at most a few ways."""
    if word.isascii():
        latin = word.lower()
        return _latin(_SAME.get(latin, latin))
    if any("\u0600" <= sign <= "\u06ff" for sign in word):
        return _arabic(_rejoined(word.translate(_ARABIC_LIKE), _ARABIC_JOINTS))
    if any("\u0980" <= sign <= "\u09ff" for sign in word):
        return _latin(_rejoined(bengali(word, "~"), _BENGALI_JOINTS))
    latin = transliterate(word)
    return _latin(_SAME.get(latin, latin))


def _rejoined(word: str, joints: Sequence[tuple[re.Pattern[str], str]]) -> str:
    for pattern, written in joints:
        word = pattern.sub(written, word)
    return word


def _latin(word: str) -> tuple[Reading, ...]:
    sounds = _LATIN_SOUND.findall(_rejoined(word, _JOINTS))
    steps: list[tuple[str, ...]] = []
    run = ""
    for at, sound in enumerate(sounds):
        following = sounds[at + 1 : at + 2]
        opens = at == 0 and sound in {"y", "w", "v"} and _vowel_next(following)
        if sound in _LATIN_VOWELS and not opens:
            run += sound
            continue
        steps.append((_colours(run),))
        run = ""
        if opens:
            steps.append(("Y",) if sound == "y" else ("W",))
        elif sound == "h" and not following:
            steps.append(("H", ""))
        else:
            steps.append(_LATIN[sound])
    steps.append((_colours(run),))
    return _all(steps)


def _vowel_next(following: list[str]) -> bool:
    return bool(following) and following[0] in _LATIN_VOWELS


def _colours(run: str) -> str:
    """The kinds of vowel that a run of vowel letters may stand for."""
    if not run:
        return "0"
    letters = set(run)
    if len(run) > 1 and (letters & set("iy") or "ee" in run):
        return "I" + ("U" if letters & set("uvw") else "")
    if len(run) > 1 and (letters & set("uvw") or "oo" in run):
        return "U"
    return "".join(sorted({kind for letter in run for kind in _COLOUR[letter]}))


def _arabic(word: str) -> tuple[Reading, ...]:
    steps: list[tuple[str, ...]] = []
    run = ""
    last = len(word) - 1
    for at, sign in enumerate(word):
        opens = at == 0 and sign in "وی" and last > 0
        if (sign in _ARABIC_VOWELS and not opens) or (sign == "ه" and at == last and at > 0):
            run += sign
            continue
        if sign not in _ARABIC and not opens:
            continue
        steps.append((_arabic_colours(run, first=not steps),))
        run = ""
        if opens:
            steps.append(("W",) if sign == "و" else ("Y",))
        elif sign == "ح" and at == last:
            steps.append(("H", ""))
        else:
            steps.append(_ARABIC[sign])
    if run == "ی" and last >= 4:
        # Persian and Urdu write Mustafa's last vowel like an i.
        run = "ى"
    steps.append((_arabic_colours(run, first=not steps, final=True),))
    return _all(steps)


def _arabic_colours(run: str, *, first: bool, final: bool = False) -> str:
    if not run:
        return "0" if first or final else _UNWRITTEN
    if "ی" in run or "و" in run:
        return ("I" if "ی" in run else "") + ("U" if "و" in run else "")
    if "ى" in run:
        return "AIai"
    if first and run == "ا":
        return _VOWEL
    return "A" if "ا" in run or "آ" in run or "ه" in run else _VOWEL


def _all(steps: list[tuple[str, ...]]) -> tuple[Reading, ...]:
    """Every way through the steps, at most `_MOST`: slots at even places, consonants between."""
    found: dict[Reading, None] = {}
    for way in product(*steps):
        found[_joined(way)] = None
        if len(found) == _MOST:
            break
    return tuple(found)


def _joined(way: tuple[str, ...]) -> Reading:
    """Slots beside a consonant that is silent fall together, and so do doubled consonants."""
    consonants: list[str] = []
    slots = [way[0]]
    for sound, slot in zip(way[1::2], way[2::2], strict=True):
        if not sound:
            slots[-1] = _both(slots[-1], slot)
        elif consonants and slots[-1] == "0" and consonants[-1] == sound:
            slots[-1] = slot
        else:
            for extra in sound[:-1]:
                consonants.append(extra)
                slots.append("0")
            consonants.append(sound[-1])
            slots.append(slot)
    return Reading("".join(consonants), tuple(slots))


def _both(one: str, other: str) -> str:
    if "0" in (one, other):
        return other if one == "0" else one
    return "".join(sorted(set(one) | set(other)))
