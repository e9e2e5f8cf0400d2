"""Whether somebody is there now, by hours and zone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from relec_exchange.desk.contacts import on_duty

DAY = {"days": ["mon", "tue"], "from": "08:00", "to": "16:00", "zone": "Asia/Karachi"}
NIGHT = {"days": ["mon"], "from": "22:00", "to": "06:00", "zone": "Europe/Istanbul"}
ALWAYS = {"days": ["sun"], "from": "00:00", "to": "23:59", "zone": "UTC"}


def monday(hour: int, minute: int = 0, day: int = 9) -> datetime:
    """A moment of a week in November 2026 that begins with a Monday, the 9th (UTC)."""
    return datetime(2026, 11, day, hour, minute, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "now", "there"),
    [
        (DAY, monday(3), True),  # 08:00 in Karachi
        (DAY, monday(2, 59), False),
        (DAY, monday(10, 59), True),
        (DAY, monday(11), False),  # the end does not belong to the hours
        (DAY, monday(3, day=11), False),  # Wednesday
        (NIGHT, monday(19), True),  # 22:00 in Istanbul
        (NIGHT, monday(2, 59, day=10), True),  # the night of Monday
        (NIGHT, monday(3, day=10), False),
        (NIGHT, monday(2), False),  # the night before was a Sunday's
        (ALWAYS, monday(23, 59, day=15), True),
        (ALWAYS, monday(0, day=16), False),
    ],
)
def test_hours_are_those_of_their_zone(
    hours: dict[str, object], now: datetime, there: bool
) -> None:
    assert on_duty([hours], now) is there


def test_one_of_several_hours_is_enough_and_none_says_nothing() -> None:
    assert on_duty([NIGHT, DAY], monday(3)) is True
    assert on_duty([], monday(3)) is None


def test_a_zone_that_this_machine_does_not_know_says_nothing() -> None:
    assert on_duty([{**DAY, "zone": "Nowhere/Never"}], monday(3)) is None
