"""Whether two written names are one: keys to look up by, and a closer comparison.

Contract: the same name in its original script, in usual Latin spellings, with or without vowel
signs and particles shares a key; names that sound alike may share one too, so who needs to be
surer asks `same_name` about what a key found. Order of the parts does not matter.
"""

from __future__ import annotations

import re
from itertools import islice, product
from typing import Final

from relec_exchange.forms.name_readings import Reading, fits, readings
from relec_exchange.forms.transliteration import bare

# Longer than any name: what a stranger sends must not cost much.
_NAME_MAX: Final = 200
_PARTS_MAX: Final = 8
_KEYS_MAX: Final = 128

# Little words inside names; `bare` forms. Where they are part of a name they are written with it.
_LITTLE: Final = (
    "al el ul ur us uz ud un ad ar as az an e i ibn ibne bin ben bn b bint binti binte oglu ogly "
    "oglou kizi qizi zade zada zadeh mr mrs ms dr haji hajji haci mullah mawlawi maulvi "
    "ال بن ابن بنت حاج حاجی حاجي سید ملا مولوی زاده বিন ইবনে বিনতে হাজী মোঃ"
)
PARTICLES: Final = frozenset(_LITTLE.split())
_BREAK: Final = re.compile(r"[\s\-_.,;:/\\،؛()\[\]\"]+")
# Parts that are written apart or together, and are read together.
_OPENS: Final = re.compile(r"^(?:abd(?:[aeou]+[lrsnztd]?)?|عبد|عبدال|আব্দুল|আবদুল|আব্দুর|আবদুর)$")
_CLOSES: Final = re.compile(r"^(?:d[ie]+n|دین|دين|الدین|الدين|দিন|দীন|উদ্দিন|উদ্দীন|udd[ie]+n)$")
_APOSTROPHES: Final = str.maketrans("", "", "'’‘ʿʾ`´")


def name_parts(name: str) -> tuple[str, ...]:
    """The parts that carry a name, in lower case without marks and particles; at most eight."""
    plain = bare(name[:_NAME_MAX]).translate(_APOSTROPHES)
    words = [word for word in _BREAK.split(plain) if word]
    parts: list[str] = []
    opened = False
    for word in words:
        if word in PARTICLES:
            continue
        if parts and (opened or _CLOSES.match(word)):
            parts[-1] = joined(parts[-1], word)
        else:
            parts.append(word)
        opened = bool(_OPENS.match(word))
    return tuple((parts or words)[:_PARTS_MAX])


def joined(one: str, other: str) -> str:
    """Two parts written apart that are one name: Abdul Rahman, Nur al-Din."""
    if _OPENS.match(one) and one.startswith("abd"):
        return "abd" + other
    if _CLOSES.match(other) and other[0] in "du":
        return one + "din"
    return one + other.removeprefix("ال")


def name_keys(name: str) -> frozenset[str]:
    """Keys that the spellings of one name share; empty if no letter of it can be read.

    A key is for the whole name: with a part more or less the keys differ, and `same_name` helps.
    """
    ways = [readings(part) for part in name_parts(name)]
    ways = [way for way in ways if any(reading.consonants for reading in way)]
    if len(ways) == 1:
        return frozenset(key for reading in ways[0] for key in _keys_of_one(reading))
    sounds = [sorted({reading.consonants for reading in way}) for way in ways]
    wholes = (" ".join(sorted(whole)) for whole in product(*sounds) if whole)
    return frozenset(islice(wholes, _KEYS_MAX))


def same_name(one: str, other: str) -> bool:
    """Whether every part of the shorter name fits another part of the longer one."""
    shorter, longer = sorted((name_parts(one), name_parts(other)), key=len)
    left = list(longer)
    for part in shorter:
        found = next((there for there in left if part_fits(part, there)), None)
        if found is None:
            return False
        left.remove(found)
    return bool(shorter) and (not left or len(shorter) > 1)


def part_fits(one: str, other: str) -> bool:
    """Whether two parts may be spellings of one name."""
    return one == other or any(
        fits(here, there) for here in readings(one) for there in readings(other)
    )


def _keys_of_one(reading: Reading) -> list[str]:
    """Its consonants; where they are few, together with every way to read its vowels."""
    if len(reading.consonants) > 2:
        return [reading.consonants]
    slots = [sorted({kind.lower() for kind in slot}) for slot in reading.slots]
    return [reading.consonants + ":" + "".join(vowels) for vowels in product(*slots)]
