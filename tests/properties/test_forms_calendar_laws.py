"""Laws of the calendars: conversion there and back, months without gaps, no crash."""

from __future__ import annotations

import os
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relec_exchange.errors import InvalidInput
from relec_exchange.forms.calendars import convert
from relec_exchange.forms.day_counts import VARIANTS, YEARS, Calendar, days, in_calendar

FULL = bool(os.environ.get("RELEC_FULL"))
laws = settings(max_examples=3_000 if FULL else 100, derandomize=not FULL, deadline=None)

KINDS = [(calendar, variant) for calendar in Calendar for variant in VARIANTS[calendar]]
births = st.dates(date(1900, 1, 1), date(2050, 12, 31))


@pytest.mark.parametrize(("calendar", "variant"), KINDS)
@laws
@given(day=births)
def test_a_day_written_in_a_calendar_comes_back(
    calendar: Calendar, variant: str, day: date
) -> None:
    found = days(calendar, variant, *in_calendar(day, calendar, variant))
    wider = timedelta(found.wider)
    assert (found.first + wider, found.last - wider) == (day, day)


@pytest.mark.parametrize(("calendar", "variant"), KINDS)
@laws
@given(data=st.data())
def test_the_months_of_a_year_follow_each_other_without_a_gap(
    calendar: Calendar, variant: str, data: st.DataObject
) -> None:
    low, high = YEARS[calendar]
    year = data.draw(st.integers(low, high - 1))
    months = [days(calendar, variant, year, month) for month in range(1, 13)]
    months.append(days(calendar, variant, year + 1, 1))
    for before, after in pairwise(months):
        ends, starts = before.last - timedelta(before.wider), after.first + timedelta(after.wider)
        assert starts - ends == timedelta(1)
        assert 27 <= (ends - before.first - timedelta(before.wider)).days <= 32
    whole = days(calendar, variant, year)
    assert (whole.first, whole.last) == (months[0].first, months[11].last)


@laws
@given(births, st.sampled_from([Calendar.SOLAR_HIJRI, Calendar.GREGORIAN]))
def test_a_date_in_persian_digits_is_read_like_one_in_latin_digits(
    day: date, calendar: Calendar
) -> None:
    year, month, number = in_calendar(day, calendar, VARIANTS[calendar][0])
    text = f"{year}/{month:02}/{number:02}"
    persian = text.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
    assert convert(text, calendar) == convert(persian, calendar)
    assert convert(text, calendar).first <= day <= convert(text, calendar).last


@laws
@given(st.text(max_size=60), st.sampled_from(list(Calendar)))
def test_no_text_crashes_the_reader(text: str, calendar: Calendar) -> None:
    try:
        found = convert(text, calendar)
    except InvalidInput:
        return
    assert found.first <= found.last
