"""Rule P8: nothing is kept longer than the shortest of the terms; a hold has a reason and an end.

Contract: pure, over days that are given. National rule, agreement, the message's own day and five
years are compared; the earliest counts. Dates are days in UTC. A message is erased on its day, not
after it; a hold keeps it through the hold's last day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from relec_exchange.errors import InvalidInput
from relec_exchange.message.document import Message
from relec_exchange.message.header import Header
from relec_exchange.protection.model import Effect, Facts, Finding

RULE: Final = "P8-retention"
YEARS_MAX: Final = 5


def within_ceiling(message: Message, facts: Facts) -> Iterator[Finding]:
    """Refuse a message that asks to be kept, or to be reviewed, beyond five years or in the past:
    what is over before it arrives would go unread.
    """
    header = message.header
    if not isinstance(header, Header):
        return
    last = five_years_after(header.created_at.date())
    for name in ("retain_until", "review_on"):
        day = getattr(header, name)
        if day is not None and day > last:
            text = "no message is kept for more than five years"
            yield Finding(RULE, Effect.REFUSE, f"header.{name}", text, "name an earlier day")
    written = header.created_at.date()
    if header.retain_until is not None and header.retain_until <= written:
        text = "the message would be erased on the day on which it is written, unread"
        yield Finding(RULE, Effect.REFUSE, "header.retain_until", text, "name a later day")
    if header.review_on is not None and header.review_on < written:
        text = "the day of the review is over"
        yield Finding(RULE, Effect.REFUSE, "header.review_on", text, "name a day to come")


@dataclass(frozen=True, slots=True)
class Terms:
    """How long each allows: days of the national rule and of the agreement, or None for no rule."""

    national_days: int | None = None
    agreement_days: int | None = None
    retain_until: date | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """The national rule of one node: days by data level; a level that is not named has none."""

    national_days: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    def terms(self, level: str, agreement_days: int, retain_until: date | None) -> Terms:
        """The terms of a message of this level; 0 days of an agreement mean that it says none."""
        return Terms(self.national_days.get(level), agreement_days or None, retain_until)


NO_RULE: Final = Policy()
"""No national rule: agreement, message and five years alone."""


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


def goes_on(ends: date, kept_through: date | None) -> date:
    """The day of erasing of what its term ends on `ends`, with a hold through a last day, or none;
    a hold never shortens.
    """
    return ends if kept_through is None else max(ends, kept_through + timedelta(days=1))


def check_hold(hold: LegalHold, today: date | None) -> LegalHold:
    """The hold, or `InvalidInput` if it has no reason, no author, or an end in the past."""
    for name, value in (("reason", hold.reason), ("ordered_by", hold.ordered_by)):
        if not value.strip():
            raise InvalidInput(
                "a legal hold is reasoned: by whom and why", field=name, remedy="fill it in"
            )
    if today is not None and hold.until < today:
        raise InvalidInput(
            "a legal hold ends on a day to come", field="until", remedy="name that day"
        )
    if today is not None and hold.until > five_years_after(today):
        raise InvalidInput(
            "a legal hold ends within five years",
            field="until",
            remedy="name an earlier day, and order a new hold then if there is still a reason",
        )
    return hold


def five_years_after(day: date) -> date:
    """The same day five years on; the last of February for a leap day."""
    try:
        return day.replace(year=day.year + YEARS_MAX)
    except ValueError:
        return day.replace(year=day.year + YEARS_MAX, day=28)
