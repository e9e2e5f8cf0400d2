"""From a date as its source wrote it to Gregorian days, without knowing more than the source.

Contract: the answer is a range of days, for a year or month of another calendar lies across two
Gregorian ones, and some calendars are uncertain by days. `text` is the Gregorian date as far as
all days of the range agree, so no day is ever invented.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from relec_exchange.forms.date_texts import DateText, read_date
from relec_exchange.forms.day_counts import VARIANTS, Calendar, Days, days

__all__ = ["VARIANTS", "Calendar", "Converted", "convert"]

_AGREE: Final = ((10, "day"), (7, "month"), (4, "year"))


@dataclass(frozen=True, slots=True)
class Converted:
    """The Gregorian days that a source date may be.

    `text` is `YYYY-MM-DD`, `YYYY-MM` or `YYYY`, as far as the range agrees, or two years as in
    `1990/1991`; `precision` is `day`, `month` or `year` accordingly, and `estimated` where the
    calendar is uncertain by days or two years remain. `note` tells an officer why, in words.
    """

    first: date
    last: date
    text: str
    precision: Literal["day", "month", "year", "estimated"]
    note: str

    def may_be(self, known: str) -> bool:
        """Whether a Gregorian date, written as far as it is known, may be one of these days."""
        first, last = (day.isoformat()[: len(known)] for day in (self.first, self.last))
        return first <= known <= last


def convert(text: str, calendar: Calendar | str, variant: str = "") -> Converted:
    """Convert a date as written; no variant means the first of `VARIANTS[calendar]`.

    Raises `InvalidInput`, which tells what cannot be read or does not exist, and how to write it.
    """
    kind = Calendar(calendar)
    chosen = variant or VARIANTS[kind][0]
    written = read_date(text, kind)
    found = days(kind, chosen, written.year, written.month, written.day)
    known = _common(found)
    notes = (
        _range_note(written, found),
        _sky_note(kind, chosen, found),
        "read as day before month" if written.guessed else "",
    )
    return Converted(
        first=found.first,
        last=found.last,
        text=known or f"{found.first.year}/{found.last.year}",
        precision=_precision(known, found),
        note="; ".join(note for note in notes if note),
    )


def _common(found: Days) -> str:
    """The part of the date that the first and the last day share, or nothing."""
    first, last = found.first.isoformat(), found.last.isoformat()
    return next((first[:length] for length, _ in _AGREE if first[:length] == last[:length]), "")


def _precision(known: str, found: Days) -> Literal["day", "month", "year", "estimated"]:
    if found.wider or not known:
        return "estimated"
    if len(known) == 10:
        return "day"
    return "month" if len(known) == 7 else "year"


def _range_note(written: DateText, found: Days) -> str:
    if written.day:
        return ""
    part = "month" if written.month else "year"
    return f"the source gives the {part} alone, from {found.first} to {found.last}"


def _sky_note(calendar: Calendar, variant: str, found: Days) -> str:
    if not found.wider:
        return ""
    plain = calendar.replace("_", " ")
    named = variant.replace("_", " ")
    return f"the {plain} calendar ({named}) is uncertain here, {found.wider} day(s) either way"
