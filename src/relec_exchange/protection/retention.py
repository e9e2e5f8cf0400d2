"""Rule P8: nothing is kept longer than the shortest of the terms; a hold has a reason and an end.

Contract: pure, over days that are given. National rule, agreement, the message's own day and five
years are compared; the earliest counts. Dates are days in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from relec_exchange.errors import InvalidInput

RULE: Final = "P8-retention"
YEARS_MAX: Final = 5


@dataclass(frozen=True, slots=True)
class Terms:
    """How long each allows: days of the national rule and of the agreement, or None for no rule."""

    national_days: int | None = None
    agreement_days: int | None = None
    retain_until: date | None = None


@dataclass(frozen=True, slots=True)
class LegalHold:
    """Why something is kept beyond its term, who ordered it, and until when at the latest."""

    reason: str
    ordered_by: str
    until: date


def erase_on(received: date, terms: Terms) -> date:
    """The day on which a message that came or went on `received` is erased: the earliest of all."""
    days = [d for d in (terms.national_days, terms.agreement_days) if d is not None]
    ends = [five_years_after(received), *(received + timedelta(days=d) for d in days)]
    if terms.retain_until is not None:
        ends.append(terms.retain_until)
    return min(ends)


def kept_until(received: date, terms: Terms, holds: tuple[LegalHold, ...], today: date) -> date:
    """The day of erasing with the holds that are in force today; a hold never shortens."""
    in_force = [hold.until for hold in holds if today <= check_hold(hold, today=None).until]
    return max([erase_on(received, terms), *in_force])


def check_hold(hold: LegalHold, today: date | None) -> LegalHold:
    """The hold, or `InvalidInput` if it has no reason, no author, or an end in the past."""
    for field, value in (("reason", hold.reason), ("ordered_by", hold.ordered_by)):
        if not value.strip():
            raise InvalidInput(
                "a legal hold is reasoned: by whom and why", field=field, remedy="fill it in"
            )
    if today is not None and hold.until < today:
        raise InvalidInput(
            "a legal hold ends on a day to come", field="until", remedy="name that day"
        )
    return hold


def five_years_after(day: date) -> date:
    """The same day five years on; the last of February for a leap day."""
    try:
        return day.replace(year=day.year + YEARS_MAX)
    except ValueError:
        return day.replace(year=day.year + YEARS_MAX, day=28)
