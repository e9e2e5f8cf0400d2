"""The bodies of small notices: feedback, how to reach a contact point, a breach of security."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from relec_exchange.message.fields import (
    Bounded,
    Clock,
    Code,
    Date,
    Document,
    Email,
    LanguageTag,
    Line,
    MessageId,
    Phone,
    Text,
    Time,
    UnitName,
    ZoneName,
    rule,
)


class Useful(StrEnum):
    """Whether a message was of use."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


class Feedback(Document):
    """Whether the message that `in_reply_to` names was of use, and how."""

    useful: Code[Useful]
    text: Text | None = None


class Day(StrEnum):
    """Days of the week."""

    MONDAY = "mon"
    TUESDAY = "tue"
    WEDNESDAY = "wed"
    THURSDAY = "thu"
    FRIDAY = "fri"
    SATURDAY = "sat"
    SUNDAY = "sun"


class DutyHours(Document):
    """When somebody is there, by the clock of a zone; hours that run past midnight end earlier
    than they begin.
    """

    days: Annotated[tuple[Code[Day], ...], Bounded(7, least=1, distinct=True)]
    from_: Annotated[Clock, Field(alias="from")]
    to: Clock
    zone: ZoneName

    @model_validator(mode="after")
    def _takes_time(self) -> Self:
        if self.from_ == self.to:
            raise rule("hours_empty", "from and to must differ; all day is 00:00 to 23:59", "to")
        return self


class EscalationStep(Document):
    """Whom to call next, by function and not by name."""

    order: Annotated[int, Field(ge=1, le=16)]
    function: Line
    phone: Phone


def _in_order(steps: tuple[EscalationStep, ...]) -> tuple[EscalationStep, ...]:
    if [step.order for step in steps] != list(range(1, len(steps) + 1)):
        raise rule("escalation_order", "steps are numbered 1, 2, 3 in the order of calling")
    return steps


class ContactUpdate(Document):
    """How to reach a unit: it replaces what was said before, whole, from `valid_from` on."""

    unit: UnitName
    phone: Phone
    email: Email | None = None
    languages: Annotated[tuple[LanguageTag, ...], Bounded(16, distinct=True)] = ()
    hours: Annotated[tuple[DutyHours, ...], Bounded(14)] = ()
    escalation: Annotated[tuple[EscalationStep, ...], Bounded(16), AfterValidator(_in_order)] = ()
    valid_from: Date


class BreachNotice(Document):
    """Data of the recipient may be in wrong hands: which messages, what was done, whom to ask."""

    discovered_at: Time
    what: Text
    messages: Annotated[tuple[MessageId, ...], Bounded(256, distinct=True)] = ()
    measures: Text
    contact: Line
