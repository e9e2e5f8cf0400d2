"""Dates as people write them, to year, month and day of the calendar they are written in.

Contract: digits of every script, names of months in the languages of the region, in any order;
words for eras and calendars are passed over. A year has at least three digits, for two would be a
guess. What cannot be read raises `InvalidInput`. Nothing is converted here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

from relec_exchange.errors import InvalidInput
from relec_exchange.forms.day_counts import Calendar
from relec_exchange.forms.tables import nearest, read_rows

_TEXT_MAX: Final = 100
_TOKEN: Final = re.compile(r"[0-9]+|[^\s0-9/.,،\-–()]+")
_REMEDY: Final = "write it as in 1369, 1369-05-23 or 23 Mordad 1369, digits and names as you like"

# Letters that the languages of the region write differently and mean alike.
_ALIKE: Final = str.maketrans(
    {"ي": "ی", "ى": "ی", "ې": "ی", "ۍ": "ی", "ك": "ک", "ة": "ه", "ە": "ه", "ګ": "گ", "ı": "i"}
    | dict.fromkeys("\u0640\u200c\u200d\u200e\u200f'’ʿʾ`", "")
)
_ERAS: Final = (
    "ah sh hs ad ce bs am hijri hijra shamsi qamari solar lunar miladi hicri yili yil of the "
    "st nd rd th year ه ش ق م ھ هش هق هجری شمسی قمری خورشیدی میلادی هجریه سنه سال عام روز ماه ل "
    "کال د عیسوی বঙ্গাব্দ বাংলা সন সাল খ্রিস্টাব্দ খ্রিষ্টাব্দ হিজরি ই তারিখ"
)


@dataclass(frozen=True, slots=True)
class DateText:
    """Year, month and day as written; 0 where not written. `guessed`: day before month."""

    year: int
    month: int = 0
    day: int = 0
    guessed: bool = False


def read_date(text: str, calendar: Calendar) -> DateText:
    """What a text says, taken as written in one calendar."""
    if len(text) > _TEXT_MAX:
        raise _unread("it is longer than a date")
    tokens = _TOKEN.findall(_digits(_fold(text)))
    words = [token for token in tokens if not token.isdigit()]
    numbers = [token for token in tokens if token.isdigit()]
    month = _month(words, calendar)
    years = [at for at, number in enumerate(numbers) if len(number) in {3, 4}]
    if len(years) != 1 or any(len(number) > 4 for number in numbers):
        raise _unread("it needs exactly one year, with all its digits")
    year = int(numbers.pop(years[0]))
    rest = [int(number) for number in numbers]
    if month:
        return _with_name(year, month, rest)
    return _in_numbers(year, rest, year_first=years[0] == 0)


def _with_name(year: int, month: int, rest: Sequence[int]) -> DateText:
    if len(rest) > 1:
        raise _unread("it has a number too many")
    return DateText(year, month, rest[0] if rest else 0)


def _in_numbers(year: int, rest: Sequence[int], *, year_first: bool) -> DateText:
    if len(rest) > 2:
        raise _unread("it has a number too many")
    if any(part == 0 for part in rest):
        raise _unread("a day or month of 0 says nothing: leave out what is not known")
    first, second = (*rest, 0, 0)[:2]
    if len(rest) < 2 or year_first:
        return DateText(year, first, second)
    return DateText(year, month=second, day=first, guessed=first <= 12 and first != second)


def _month(words: Sequence[str], calendar: Calendar) -> int:
    """The month that the words name, or 0 if they name none; a stray word is refused."""
    names = _names()[calendar]
    left = [word for word in words if word not in _eras()]
    if not left:
        return 0
    name = "".join(left)
    if name in names:
        return names[name]
    for other, known in _names().items():
        if name in known:
            raise InvalidInput(
                f"this month belongs to the {other} calendar, not to {calendar}",
                field="text",
                remedy=f"choose {other}, or compare the month with the source",
            )
    meant = nearest(name, names)
    raise InvalidInput(
        f"a word in it names no month of the {calendar} calendar",
        field="text",
        remedy=f"did you mean {meant}?" if meant else _REMEDY,
    )


@cache
def _names() -> Mapping[Calendar, Mapping[str, int]]:
    """Number of the month by folded name without blanks, for each calendar."""
    _, rows = read_rows("months.csv")
    found: dict[Calendar, dict[str, int]] = {calendar: {} for calendar in Calendar}
    for row in rows:
        name = "".join(_TOKEN.findall(_fold(row["name"])))
        found[Calendar(row["calendar"])][name] = int(row["month"])
    return MappingProxyType(found)


@cache
def _eras() -> frozenset[str]:
    return frozenset(_fold(word) for word in _ERAS.split())


def _fold(text: str) -> str:
    """Lower case, without marks over Latin and Arabic letters, like letters written alike.

    The vowels of Bengali are marks too, and stay.
    """
    spread = unicodedata.normalize("NFKD", text.replace("İ", "i")).casefold().translate(_ALIKE)
    return "".join(sign for sign in spread if not _is_accent(sign))


def _is_accent(sign: str) -> bool:
    return unicodedata.category(sign) == "Mn" and sign < "\u0700"


def _digits(text: str) -> str:
    return "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in text)


def _unread(why: str) -> InvalidInput:
    return InvalidInput(f"this is not read as a date: {why}", field="text", remedy=_REMEDY)
