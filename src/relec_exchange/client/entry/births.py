"""Birth dates as their sources write them: date and precision from the calendar of the source.

Contract: a date is filled in only as far as every day that the source may mean agrees; where two
years are left, the author is told both and nothing is filled in. A date of 1 January is asked
about, unless the source wrote another day of its own calendar.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from relec_exchange.client.entry.notes import Effect, Json, Sheet
from relec_exchange.errors import InvalidInput
from relec_exchange.forms.calendars import VARIANTS, Calendar, Converted, convert

_PRECISIONS: Final = {10: "day", 7: "month", 4: "year"}
_LENGTHS: Final = {name: length for length, name in _PRECISIONS.items()}
# Nobody alive was born earlier: such a year is one of another calendar.
_OLDEST: Final = "1850"


def enter_birth(birth: Json, path: str, sheet: Sheet) -> None:
    """Fill in and compare the birth date in `birth`, which is a private copy."""
    _plain_digits(birth, path, sheet)
    found = _converted(birth, path, sheet)
    if found is not None:
        if birth.get("date") is None:
            _fill_date(birth, path, found, sheet)
        else:
            _compare(birth, path, found, sheet)
    date = birth.get("date")
    if isinstance(date, str):
        length = _PRECISIONS.get(len(date))
        if length:
            why = ("birth_precision", "as much of the date as is written")
            sheet.fill(birth, path, "precision", length, why)
        _ask(birth, path, sheet, found)


def _plain_digits(birth: Json, path: str, sheet: Sheet) -> None:
    date = birth.get("date")
    if not isinstance(date, str):
        return
    plain = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in date)
    if plain != date:
        birth["date"] = plain
        said = "the same in the digits 0 to 9"
        sheet.note(Effect.CHANGED, f"{path}/date", "digits", said, given=date, expected=plain)
    if plain[:4].isdigit() and plain[:4] < _OLDEST:
        sheet.note(
            Effect.DISAGREES,
            f"{path}/date",
            "birth_calendar",
            "date is Gregorian, and this year looks like one of another calendar",
            given=plain,
            expected=f"a year from {_OLDEST} on",
            remedy='leave date out and write source = {calendar = "solar_hijri", text = "..."}',
        )


def _converted(birth: Json, path: str, sheet: Sheet) -> Converted | None:
    """What the source date may be, or None where it is not given or cannot be read."""
    source = birth.get("source")
    if not isinstance(source, dict) or not isinstance(source.get("text"), str):
        return None
    calendar, variant = source.get("calendar"), source.get("variant") or ""
    if calendar not in set(Calendar) or (calendar == Calendar.BENGALI and not variant):
        if calendar == Calendar.BENGALI:
            _ask_variant(path, sheet)
        return None
    try:
        return convert(source["text"], calendar, variant)
    except InvalidInput as error:
        sheet.note(
            Effect.WRONG if birth.get("date") is None else Effect.NOTED,
            f"{path}/source",
            "birth_unread",
            f"{error.message}; so it was not compared with date",
            given=source["text"],
            remedy=error.remedy,
        )
        return None


def _ask_variant(path: str, sheet: Sheet) -> None:
    sheet.note(
        Effect.WRONG,
        f"{path}/source/variant",
        "variant_missing",
        "the Bengali calendar has two variants, which differ by a day or more",
        expected=" or ".join(VARIANTS[Calendar.BENGALI]),
        remedy="write which state issued the paper",
    )


def _fill_date(birth: Json, path: str, found: Converted, sheet: Sheet) -> None:
    if sheet.holds_back(f"{path}/date"):
        return
    if "/" in found.text:
        first, last = found.text.split("/")
        sheet.note(
            Effect.WRONG,
            f"{path}/date",
            "birth_two_years",
            "the source date lies across two Gregorian years, and nothing in it says which",
            given=birth["source"]["text"],
            expected=f"{first} or {last}",
            remedy=f'find out the month; else write date = "{first}" and precision = "estimated",'
            " and leave source as it is: whoever reads it sees both",
        )
        return
    wanted = _LENGTHS.get(str(birth.get("precision")), len(found.text))
    date = found.text[: min(wanted, len(found.text))]
    sheet.fill(birth, path, "date", date, ("birth_date", found.note or "converted from source"))
    why = ("birth_precision", "as far as every day that the source may mean agrees")
    sheet.fill(birth, path, "precision", found.precision, why)


def _compare(birth: Json, path: str, found: Converted, sheet: Sheet) -> None:
    date = str(birth["date"])
    if not found.may_be(date):
        estimated = birth.get("precision") == "estimated"
        sheet.note(
            Effect.DISAGREES if estimated else Effect.WRONG,
            f"{path}/date",
            "birth_source",
            "date is not a day that source may mean",
            given=date,
            expected=found.text,
            remedy="compare both with the paper; leave date out to have it converted",
        )
    elif "/" not in found.text and len(date) > len(found.text):
        sheet.note(
            Effect.NOTED,
            f"{path}/date",
            "birth_finer",
            "date says more than source does",
            given=date,
            expected=found.text,
            remedy="write only what is known, unless another source has the day",
        )


def _ask(birth: Json, path: str, sheet: Sheet, found: Converted | None) -> None:
    """About 1 January, which papers write where nobody knew the day."""
    place = f"{path}/first_of_january_confirmed"
    if not birth["date"].endswith("-01-01") or birth.get("first_of_january_confirmed") is not None:
        return
    calendar = birth["source"]["calendar"] if found else Calendar.GREGORIAN
    if calendar != Calendar.GREGORIAN or sheet.holds_back(place):
        return
    answer = sheet.choices.first_of_january
    if answer:
        said = ("first_of_january", f"answered by you: {answer}")
        sheet.fill(birth, path, "first_of_january_confirmed", answer == "confirmed", said)
        return
    sheet.note(
        Effect.ASKED,
        place,
        "first_of_january",
        "papers say 1 January where nobody knew the day: did somebody confirm it?",
        given=birth["date"],
        expected="true or false",
        remedy="say so with first_of_january_confirmed; or write the year alone",
    )
