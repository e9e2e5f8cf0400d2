"""Source dates keep their precision: a range where the source says less than a day."""

from __future__ import annotations

from datetime import date

import pytest

from relec_exchange.errors import InvalidInput
from relec_exchange.forms.calendars import Calendar, convert

SOLAR, LUNAR, BENGALI, GREGORIAN = (
    Calendar.SOLAR_HIJRI,
    Calendar.LUNAR_HIJRI,
    Calendar.BENGALI,
    Calendar.GREGORIAN,
)

# Days of history and public holidays that both calendars are published for.
KNOWN = [
    ("۲۲ بهمن ۱۳۵۷", SOLAR, "iran", "1979-02-11"),
    ("28 Mordad 1332", SOLAR, "iran", "1953-08-19"),
    ("1329/12/29", SOLAR, "iran", "1951-03-20"),
    ("۱۳۹۹/۱۲/۳۰", SOLAR, "iran", "2021-03-20"),
    ("1 Farvardin 1400", SOLAR, "iran", "2021-03-21"),
    ("۱ فروردین ۱۴۰۴ ه.ش.", SOLAR, "iran", "2025-03-21"),
    ("۲۶ سرطان ۱۳۵۲", SOLAR, "afghanistan", "1973-07-17"),
    ("7 Saur 1357", SOLAR, "afghanistan", "1978-04-27"),
    ("۷ غویی ۱۳۵۷", SOLAR, "afghanistan", "1978-04-27"),
    ("১ বৈশাখ ১৪৩০", BENGALI, "bangladesh", "2023-04-14"),
    ("২৫ বৈশাখ ১৪৩০ বঙ্গাব্দ", BENGALI, "bangladesh", "2023-05-08"),
    ("8 Falgun 1426", BENGALI, "bangladesh", "2020-02-21"),
    ("১ পৌষ ১৪৩০", BENGALI, "bangladesh", "2023-12-16"),
    ("১২ চৈত্র ১৪৩০", BENGALI, "bangladesh", "2024-03-26"),
    ("12 Ağustos 1991", GREGORIAN, "", "1991-08-12"),
    ("١ كانون الثاني ١٩٨٥", GREGORIAN, "", "1985-01-01"),
    ("۲۱ جولائی ۱۹۹۰ عیسوی", GREGORIAN, "", "1990-07-21"),
    ("১৬ ডিসেম্বর ১৯৭১", GREGORIAN, "", "1971-12-16"),
    ("21st of March, 1990", GREGORIAN, "", "1990-03-21"),
    ("1990-03-21", GREGORIAN, "", "1990-03-21"),
]


@pytest.mark.parametrize(("text", "calendar", "variant", "day"), KNOWN)
def test_a_published_pair_of_dates_is_met_to_the_day(
    text: str, calendar: Calendar, variant: str, day: str
) -> None:
    found = convert(text, calendar, variant)
    assert (found.text, found.precision) == (day, "day")
    assert found.first == found.last == date.fromisoformat(day)


# What is kept by sight or by differing tables: the published day lies in the range.
UNCERTAIN = [
    ("١ محرم ١٤٤٥", LUNAR, "umm_al_qura", "2023-07-19"),
    ("1 Ramazan 1445", LUNAR, "umm_al_qura", "2024-03-12"),
    ("1 Muharram 1400", LUNAR, "umm_al_qura", "1979-11-21"),
    ("1 Muharram 1400", LUNAR, "tabular", "1979-11-21"),
    ("10 Dhu al-Hijjah 1318", LUNAR, "tabular", "1901-03-31"),
    ("28 Asad 1298", SOLAR, "afghanistan", "1919-08-19"),
    ("৮ ফাল্গুন ১৩৫৮", BENGALI, "bangladesh", "1952-02-21"),
    ("১ বৈশাখ ১৪৩০", BENGALI, "west_bengal", "2023-04-15"),
    ("১ বৈশাখ ১৪৩১", BENGALI, "west_bengal", "2024-04-14"),
]


@pytest.mark.parametrize(("text", "calendar", "variant", "day"), UNCERTAIN)
def test_an_uncertain_calendar_gives_a_range_around_the_published_day(
    text: str, calendar: Calendar, variant: str, day: str
) -> None:
    found = convert(text, calendar, variant)
    assert found.first < date.fromisoformat(day) < found.last
    assert found.precision == "estimated"
    assert "uncertain" in found.note
    assert variant.replace("_", " ") in found.note


def test_a_year_of_another_calendar_tells_both_gregorian_years_and_no_day() -> None:
    found = convert("۱۳۶۹", SOLAR)
    assert (found.first, found.last) == (date(1990, 3, 21), date(1991, 3, 20))
    assert (found.text, found.precision) == ("1990/1991", "estimated")
    assert "the year alone" in found.note
    assert "1990-03-21 to 1991-03-20" in found.note


def test_a_month_of_another_calendar_keeps_what_its_days_share() -> None:
    found = convert("مرداد ۱۳۶۹", SOLAR)
    assert (found.first, found.last) == (date(1990, 7, 23), date(1990, 8, 22))
    assert (found.text, found.precision) == ("1990", "year")
    assert convert("1369/5", SOLAR) == found


def test_a_gregorian_month_or_year_stays_what_it_is() -> None:
    assert (convert("1990", GREGORIAN).text, convert("1990", GREGORIAN).precision) == (
        "1990",
        "year",
    )
    found = convert("شباط 1992", GREGORIAN)
    assert (found.text, found.precision, found.last) == ("1992-02", "month", date(1992, 2, 29))


def test_a_date_whose_order_was_guessed_says_so() -> None:
    assert "day before month" in convert("03/04/1990", GREGORIAN).note
    assert convert("23/04/1990", GREGORIAN).note == ""


def test_the_calendar_may_be_named_by_its_code() -> None:
    assert convert("1369", "solar_hijri") == convert("1369", SOLAR, "iran")


@pytest.mark.parametrize(
    ("text", "calendar", "told"),
    [
        ("1990", SOLAR, "gregorian"),
        ("1369", GREGORIAN, "solar_hijri or lunar_hijri or bengali"),
        ("12 Ramadan 1369", SOLAR, "choose lunar_hijri"),
        ("12 Farvardn 1369", SOLAR, "did you mean farvardin?"),
        ("31 Mehr 1369", SOLAR, "give the month alone"),
        ("30 Esfand 1402", SOLAR, "give the month alone"),
        ("69/5/3", SOLAR, "write it as in"),
        ("00/00/1990", GREGORIAN, "write it as in"),
        ("1369/13/2", SOLAR, "month by name"),
        ("1369 1370", SOLAR, "write it as in"),
        ("1 2 3 1369", SOLAR, "write it as in"),
        ("1 2 Mehr 1369", SOLAR, "write it as in"),
        ("", SOLAR, "write it as in"),
        ("about the harvest", SOLAR, "write it as in"),
        ("1" * 5000, SOLAR, "write it as in"),
    ],
)
def test_what_is_no_date_of_the_calendar_is_told_what_helps(
    text: str, calendar: Calendar, told: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        convert(text, calendar)
    assert told in caught.value.remedy


def test_an_unknown_variant_is_told_the_variants_there_are() -> None:
    with pytest.raises(InvalidInput) as caught:
        convert("1369", SOLAR, "jalali")
    assert "iran, afghanistan" in caught.value.remedy
