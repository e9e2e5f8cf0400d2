"""The bodies of `case.referral` and `case.response`: handing a case to who is competent.

Contract: `nothing_can_be_provided` is one answer for several truths and carries nothing else.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import model_validator

from relec_exchange.message.bodies.areas import Smuggling, Trafficking
from relec_exchange.message.bodies.blocks import Facts
from relec_exchange.message.bodies.persons import CaseObject, Person, roles_need_benefit
from relec_exchange.message.fields import Bounded, Code, Document, Line, Text, UnitName, rule


class CaseReferral(Document):
    """An offence, its facts, who is thought competent, and what is asked of them."""

    offence: Text
    facts: Facts
    competent_authority: Line
    asked: Text
    persons: Annotated[tuple[Person, ...], Bounded(32)] = ()
    objects: Annotated[tuple[CaseObject, ...], Bounded(32)] = ()
    smuggling: Smuggling | None = None
    trafficking: Trafficking | None = None

    @model_validator(mode="after")
    def _calls_nobody_a_smuggler_lightly(self) -> Self:
        roles_need_benefit(self.persons, self.smuggling)
        return self


class CaseOutcome(StrEnum):
    """What becomes of a case that was referred."""

    ACCEPTED = "accepted"
    MORE_NEEDED = "more_needed"
    NOTHING = "nothing_can_be_provided"


class CaseResponse(Document):
    """The answer to a referral: whom to contact if accepted, what is missing if more is needed."""

    outcome: Code[CaseOutcome]
    text: Text | None = None
    contact_unit: UnitName | None = None

    @model_validator(mode="after")
    def _says_what_its_outcome_needs(self) -> Self:
        if self.outcome is CaseOutcome.NOTHING and (self.text or self.contact_unit):
            raise rule(
                "outcome_alone",
                "nothing_can_be_provided stands alone: leave text and contact_unit out",
                "outcome",
            )
        if self.outcome is CaseOutcome.MORE_NEEDED and self.text is None:
            raise rule("text_missing", "more_needed needs text: say what is missing", "text")
        return self
