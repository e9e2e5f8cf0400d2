"""Days and months as periods: what is taken, and what is refused with the option's name."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from relec_exchange.cli.periods import last_day, period, whole_period
from relec_exchange.errors import InvalidInput


@pytest.mark.parametrize(
    ("first", "last", "since", "until"),
    [
        ("2026-07", "2026-07", "2026-07-01", "2026-08-01"),
        ("2024-02-28", "2024-02", "2024-02-28", "2024-03-01"),
        ("2026-12-31", "2026-12-31", "2026-12-31", "2027-01-01"),
        ("1970-01", "9998-12", "1970-01-01", "9999-01-01"),
    ],
)
def test_a_period_ends_after_its_last_day(first: str, last: str, since: str, until: str) -> None:
    assert period(first, last) == (f"{since}T00:00:00.000Z", f"{until}T00:00:00.000Z")


def test_what_is_not_given_is_open() -> None:
    assert period("", "") == ("", "")


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        ("0001-01", "", "from"),
        ("2026-13", "", "from"),
        ("2026-02-30", "", "from"),
        ("yesterday", "", "from"),
        ("", "9999-12", "to"),
        ("", "9999-12-31", "to"),
        ("2026-07-02", "2026-07-01", "to"),
    ],
)
def test_what_is_no_period_is_refused_with_its_option(first: str, last: str, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        period(first, last)
    assert caught.value.field == field


def test_a_period_without_bounds_is_this_month_until_today() -> None:
    since, until = whole_period("", "", datetime(2026, 11, 22, 23, 30, tzinfo=UTC))
    assert (since[:10], until[:10], last_day(until)) == ("2026-11-01", "2026-11-23", "2026-11-22")
