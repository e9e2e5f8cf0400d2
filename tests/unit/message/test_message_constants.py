"""Times can be made shorter for an exercise, and in no other way."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from relec_exchange.errors import InvalidInput
from relec_exchange.message.constants import LIMITS, TIMES, Times


def test_an_exercise_may_shorten_times() -> None:
    short = TIMES.shortened({"round_busy_seconds": 1, "gap_flash_seconds": 1})
    assert (short.round_busy_seconds, short.gap_flash_seconds) == (1, 1)
    assert short.time_to_live_seconds == TIMES.time_to_live_seconds


@pytest.mark.parametrize(
    "change",
    [
        {"hold_seconds": 86_401},
        {"hold_seconds": 0},
        {"hold_seconds": True},
        {"hold_seconds": 1.5},
        {"no_such": 1},
    ],
)
def test_a_time_cannot_be_lengthened_invented_or_abolished(change: dict[str, int]) -> None:
    with pytest.raises(InvalidInput) as caught:
        TIMES.shortened(change)
    assert caught.value.field == f"times.{next(iter(change))}"


def test_times_are_whole_positive_numbers_and_every_bucket_holds_the_smaller() -> None:
    assert all(type(value) is int and value > 0 for value in asdict(Times()).values())
    assert list(LIMITS.envelope_buckets_bytes) == sorted(LIMITS.envelope_buckets_bytes)
    rest = LIMITS.envelope_buckets_bytes[-1] - LIMITS.message_max_bytes
    assert rest > LIMITS.proof_max_bytes + LIMITS.entry_max_bytes + LIMITS.clear_header_max_bytes
