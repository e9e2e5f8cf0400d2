"""The arithmetic of the calendars of the region: which Gregorian days a foreign date may be.

Contract: pure; years, months and days count from 1. Every calendar answers with a first and a
last day, because some are kept by sight or by differing tables: then the range is wider than the
date. A date that its calendar does not have raises `InvalidInput`.

Sources: solar Hijri by the leap years of the 33-year cycle, which equal the official calendar of
Iran for 1178 to 1633; lunar Hijri by the tables of Umm al-Qura (library hijridate, 1343 to 1500),
else the tabular calendar of 30 years with leap years 2, 5, 7, 10, 13, 16, 18, 21, 24, 26, 29;
Bengali by the revision of Bangladesh (1 Boishakh is 14 April; in force since 1987, month lengths
of 1426 and later as revised in 2019), or for West Bengal by the mean lengths of the months of the
Surya Siddhanta.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import accumulate
from types import MappingProxyType
from typing import Final

from relec_exchange.errors import InvalidInput


class Calendar(StrEnum):
    """The calendars in which birth dates of the region are written."""

    GREGORIAN = "gregorian"
    SOLAR_HIJRI = "solar_hijri"
    LUNAR_HIJRI = "lunar_hijri"
    BENGALI = "bengali"


# The first variant is the one that is meant where none is named.
VARIANTS: Final[Mapping[Calendar, tuple[str, ...]]] = MappingProxyType(
    {
        Calendar.GREGORIAN: ("",),
        Calendar.SOLAR_HIJRI: ("iran", "afghanistan"),
        Calendar.LUNAR_HIJRI: ("umm_al_qura", "tabular"),
        Calendar.BENGALI: ("bangladesh", "west_bengal"),
    }
)
YEARS: Final[Mapping[Calendar, tuple[int, int]]] = MappingProxyType(
    {
        Calendar.GREGORIAN: (1850, 2100),
        Calendar.SOLAR_HIJRI: (1230, 1480),
        Calendar.LUNAR_HIJRI: (1270, 1520),
        Calendar.BENGALI: (1260, 1505),
    }
)

# New moons are seen a day or two apart between states, and tables differ likewise.
LUNAR_DAYS: Final = 2
_SOLAR_LEAP: Final = frozenset({1, 5, 9, 13, 17, 22, 26, 30})
# 1 Farvardin 1400 and the years of the two states from which on months have fixed lengths.
_SOLAR_START: Final = date(2021, 3, 21).toordinal()
_SOLAR_FIXED: Final[Mapping[str, int]] = MappingProxyType({"iran": 1304, "afghanistan": 1336})
# 1 Muharram of year 1 (16 July 622 in the Julian calendar), as a day that Python counts.
_TABULAR_START: Final = date(622, 7, 19).toordinal()
_UMM_AL_QURA: Final = (1343, 1500)
_BENGALI_REVISED: Final = 1394
_BENGALI_2019: Final = 1426
# Mean lengths of the sidereal months from Boishakh on, and 1 Boishakh 1427 in West Bengal.
_SIDEREAL: Final = (30.93, 31.40, 31.64, 31.48, 31.03, 30.46, 29.90, 29.49, 29.32, 29.45, 29.82)
_SIDEREAL_YEAR: Final = 365.2587565
_SIDEREAL_START: Final = date(2020, 4, 14).toordinal() + 0.85


@dataclass(frozen=True, slots=True)
class Days:
    """From `first` to `last`; `wider` is by how many days each end was moved outwards."""

    first: date
    last: date
    wider: int


def days(calendar: Calendar, variant: str, year: int, month: int = 0, day: int = 0) -> Days:
    """The Gregorian days of a date, a month (`day` 0) or a year (`month` 0)."""
    _known(calendar, variant, year, month)
    start = _month_start(calendar, variant, year, month or 1)
    end = _month_start(calendar, variant, *_next(year, month)) - 1
    if day:
        if day > end - start + 1:
            raise InvalidInput(
                f"this month has {end - start + 1} days in the {calendar} calendar",
                field="day",
                remedy="compare the day with the source, or give the month alone",
            )
        start = end = start + day - 1
    wider = _uncertain(calendar, variant, year)
    moved = timedelta(wider)
    return Days(date.fromordinal(start) - moved, date.fromordinal(end) + moved, wider)


def in_calendar(day: date, calendar: Calendar, variant: str) -> tuple[int, int, int]:
    """Year, month and day of a Gregorian day, as the tables have it."""
    ordinal = day.toordinal()
    low, high = YEARS[calendar]
    year = _last_start(low, high, ordinal, lambda at: _month_start(calendar, variant, at, 1))
    month = _last_start(1, 12, ordinal, lambda at: _month_start(calendar, variant, year, at))
    return year, month, ordinal - _month_start(calendar, variant, year, month) + 1


def _last_start(low: int, high: int, ordinal: int, start: Callable[[int], int]) -> int:
    """The last of the numbers `low` to `high` that starts on or before a day."""
    found = bisect_right(range(low, high + 1), ordinal, key=start)
    if not found:
        raise InvalidInput(
            "this day is before the years that are converted here",
            field="day",
            remedy="compare the year with the source",
        )
    return low + found - 1


def _known(calendar: Calendar, variant: str, year: int, month: int) -> None:
    low, high = YEARS[calendar]
    if variant not in VARIANTS[calendar]:
        raise InvalidInput(
            f"the {calendar} calendar has no such variant here",
            field="variant",
            remedy=f"the variants are {', '.join(VARIANTS[calendar]) or 'none'}",
        )
    if not low <= year <= high:
        raise InvalidInput(
            f"year is from {low} to {high} in the {calendar} calendar",
            field="year",
            remedy=_other_calendar(calendar, year),
        )
    if month not in range(13):
        raise InvalidInput(
            "month is from 1 to 12",
            field="month",
            remedy="write the year first or the month by name",
        )


def _other_calendar(calendar: Calendar, year: int) -> str:
    fits = [other for other, (low, high) in YEARS.items() if low <= year <= high]
    if fits and calendar not in fits:
        return f"a year like this is {' or '.join(fits)}: compare the calendar with the source"
    return "write the year with four digits"


def _next(year: int, month: int) -> tuple[int, int]:
    """The month after a month, or after a whole year where `month` is 0."""
    return (year, month + 1) if 0 < month < 12 else (year + 1, 1)


def _month_start(calendar: Calendar, variant: str, year: int, month: int) -> int:
    if calendar is Calendar.SOLAR_HIJRI:
        return _solar(year, month)
    if calendar is Calendar.LUNAR_HIJRI:
        return _lunar(variant, year, month)
    if calendar is Calendar.BENGALI:
        return _sidereal(year, month) if variant == "west_bengal" else _bangladesh(year, month)
    return date(year, month, 1).toordinal()


def _solar(year: int, month: int) -> int:
    """Six months of 31 days, five of 30, and the last of 29, in leap years 30."""
    return _SOLAR_START + _solar_days(year) - _solar_days(1400) + _before(month, 6)


def _solar_days(year: int) -> int:
    """Days from 1 Farvardin of year 0 to that of `year`, by whole cycles of 33 years."""
    cycles, rest = divmod(year, 33)
    return year * 365 + cycles * len(_SOLAR_LEAP) + sum(leap < rest for leap in _SOLAR_LEAP)


def _before(month: int, long: int) -> int:
    """Days before a month where the first `long` months have 31 days and the others 30."""
    return 30 * (month - 1) + min(month - 1, long)


def _lunar(variant: str, year: int, month: int) -> int:
    low, high = _UMM_AL_QURA
    if variant == "umm_al_qura" and low <= year <= high:
        from hijridate import Hijri

        return Hijri(year, month, 1).to_gregorian().toordinal()
    months = (59 * (month - 1) + 1) // 2
    return _TABULAR_START + 354 * (year - 1) + (3 + 11 * year) // 30 + months


def _bangladesh(year: int, month: int) -> int:
    """Months of 31 days: five, since 1426 six; Falgun takes up what the year has left."""
    start = date(year + 593, 4, 14)
    if month == 12:
        # Chaitra has 30 days before the next 14 April.
        return date(year + 594, 4, 14).toordinal() - 30
    return start.toordinal() + _before(month, 6 if year >= _BENGALI_2019 else 5)


def _sidereal(year: int, month: int) -> int:
    passed = list(accumulate(_SIDEREAL, initial=0.0))[month - 1]
    return int(_SIDEREAL_START + _SIDEREAL_YEAR * (year - 1427) + passed)


def _uncertain(calendar: Calendar, variant: str, year: int) -> int:
    """By how many days a date may be off. Old months followed the sky, not a table."""
    if calendar is Calendar.LUNAR_HIJRI:
        return LUNAR_DAYS
    if calendar is Calendar.SOLAR_HIJRI:
        return 0 if year >= _SOLAR_FIXED[variant] else 2
    if calendar is Calendar.BENGALI:
        return 1 if variant == "west_bengal" else 0 if year >= _BENGALI_REVISED else 2
    return 0
