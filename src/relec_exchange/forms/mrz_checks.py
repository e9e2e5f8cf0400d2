"""What contradicts itself in a machine-readable zone, told so that an officer can look.

Contract: pure; a sound zone gives nothing. A zone that does not fit is no error here, for a
forged document is worth a message. Source: ICAO Doc 9303 parts 3 to 7, eighth edition (2021).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from relec_exchange.forms.mrz_layouts import PLANS, Plan
from relec_exchange.forms.mrz_reading import (
    FILLER,
    Mrz,
    check_digit,
    cut,
    cut_fields,
    long_number,
)
from relec_exchange.forms.tables import nearest, table

# Signs that readers take for each other, in both directions.
_LOOKALIKES: Final = ("0O", "0D", "0Q", "1I", "1L", "2Z", "5S", "6G", "8B")
_CHECKED: Final = ("number", "birth", "expiry", "optional")
_DATES: Final = ("birth", "expiry")


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One contradiction: which field, what was given and expected there, and a sentence."""

    field: str
    given: str
    expected: str
    explanation: str


def mismatches(mrz: Mrz) -> tuple[Mismatch, ...]:
    """Every contradiction inside the zone, in the order of its fields; empty if it is sound."""
    plan = PLANS[mrz.layout]
    fields = cut_fields(plan, mrz.lines)
    return (
        *_codes(mrz),
        *(found for name in _DATES for found in _date(name, fields[name], plan)),
        *_sex(mrz),
        *(found for name in _CHECKED for found in _digit(name, plan, fields)),
        *_composite(mrz, plan, fields),
    )


def _codes(mrz: Mrz) -> Iterator[Mismatch]:
    documents = table("icao9303-documents").entries
    if mrz.document_code[:1] not in documents:
        yield Mismatch(
            "document_code",
            mrz.document_code,
            "A, C, I, P or V first",
            "no document of ICAO Doc 9303 begins with this letter",
        )
    states = table("iso3166-1-alpha-3").entries
    others = table("icao9303-issuers").entries
    for name, code in (("issuer", mrz.issuer), ("nationality", mrz.nationality)):
        if code not in states and code not in others:
            meant = nearest(code, (*states, *others)) or ""
            yield Mismatch(
                name, code, meant, f"the {name} is no code of ISO 3166-1 or ICAO Doc 9303 part 3"
            )


def _date(name: str, text: str, plan: Plan) -> Iterator[Mismatch]:
    """A date is digits, or fillers from some part on; birth dates alone may be unknown."""
    span = plan.fields[name]
    for at, sign in enumerate(text):
        if sign.isalpha():
            digit = _digit_like(sign)
            where = f"line {span.line + 1}, column {span.start + at + 1}"
            likely = f"; likely {digit}" if digit else ""
            yield Mismatch(name, sign, digit, f"{where}: a letter in a date{likely}")
            return
    year, month, day = text[:2], text[2:4], text[4:]
    unknown = FILLER * 2
    if (FILLER in text) and (
        name == "expiry" or (year, month, day) not in _partial(year, month, unknown)
    ):
        yield Mismatch(name, text, "YYMMDD", "fillers stand only for unknown parts of a birth date")
    elif FILLER not in month and not "01" <= month <= "12":
        yield Mismatch(name, month, "01 to 12", f"the month of the {name} date does not exist")
    elif FILLER not in day and not "01" <= day <= _last_day(year, month):
        yield Mismatch(
            name, day, f"01 to {_last_day(year, month)}", f"the day of the {name} does not exist"
        )


def _partial(year: str, month: str, unknown: str) -> tuple[tuple[str, str, str], ...]:
    known_year = FILLER not in year
    parts = [(unknown, unknown, unknown)]
    if known_year:
        parts.append((year, unknown, unknown))
    if known_year and FILLER not in month:
        parts.append((year, month, unknown))
    return tuple(parts)


def _last_day(year: str, month: str) -> str:
    """29 February stands when one of the two centuries that may be meant has it."""
    if month == "02":
        leap = FILLER in year or int(year) % 4 == 0
        return "29" if leap else "28"
    return "30" if month in {"04", "06", "09", "11"} else "31"


def _digit_like(sign: str) -> str:
    return next((pair[0] for pair in _LOOKALIKES if pair[1] == sign), "")


def _sex(mrz: Mrz) -> Iterator[Mismatch]:
    if mrz.sex not in {"M", "F", ""}:
        yield Mismatch("sex", mrz.sex, "M, F or <", "the zone knows M, F and the filler")


def _digit(name: str, plan: Plan, fields: Mapping[str, str]) -> Iterator[Mismatch]:
    """The check digit of one field; for an empty optional field a filler is as good as 0."""
    if f"{name}_check" not in fields:
        return
    text, given = fields[name], fields[f"{name}_check"]
    if name == "number":
        text, given, _ = long_number(plan, fields)
    if name == "optional" and given == FILLER and not text.strip(FILLER):
        return
    expected = check_digit(text)
    if given != expected:
        yield Mismatch(
            f"{name}_check",
            given,
            expected,
            f"the check digit of {name} is {given}, but the signs give {expected}"
            + _would_fit(text, given),
        )


def _composite(mrz: Mrz, plan: Plan, fields: Mapping[str, str]) -> Iterator[Mismatch]:
    if not plan.composite:
        return
    expected = check_digit("".join(cut(mrz.lines, span) for span in plan.composite))
    given = fields["composite_check"]
    if given != expected:
        yield Mismatch(
            "composite_check",
            given,
            expected,
            f"the last check digit is {given}, but number, dates and optional data give {expected}",
        )


def _would_fit(text: str, given: str) -> str:
    """The single lookalikes that would make the check digit right, in words, or nothing."""
    fits = [
        f"{other} for {sign} as sign {at + 1}"
        for at, sign in enumerate(text)
        for pair in _LOOKALIKES
        if sign in pair
        for other in pair.replace(sign, "")
        if check_digit(text[:at] + other + text[at + 1 :]) == given
    ]
    return f"; it would fit with {' or '.join(fits)} of the field" if fits else ""
