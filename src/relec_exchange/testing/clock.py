"""A clock that a test moves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


class SteeredClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now

    def __call__(self) -> datetime:
        """The time now; each reading is a millisecond later than the one before."""
        self._now += timedelta(milliseconds=1)
        return self._now

    def forward(self, **delta: float) -> None:
        """Move by `timedelta(**delta)`."""
        self._now += timedelta(**delta)
