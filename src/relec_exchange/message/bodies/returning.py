"""The bodies of return and reintegration: a planned return, a referral, its response.

Contract: a return rests on informed consent or a final decision, and never names a claim for
protection. Indicators are scores of 0 to 100 on three levels.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from relec_exchange.message.bodies.persons import Person
from relec_exchange.message.fields import Bounded, Code, Date, Document, Line, Text, rule


class ReturnBasis(StrEnum):
    """What a return rests on."""

    INFORMED_CONSENT = "informed_consent"
    FINAL_DECISION = "final_decision"


def _without_roles(persons: tuple[Person, ...]) -> tuple[Person, ...]:
    if any(person.roles for person in persons):
        raise rule("return_no_offence", "a return says nothing about an offence: leave roles out")
    return persons


Returnees = Annotated[tuple[Person, ...], Bounded(32, least=1), AfterValidator(_without_roles)]


class ReturnNotice(Document):
    """Who returns when, on what basis, and what is needed on arrival."""

    planned_on: Date
    basis: Code[ReturnBasis]
    basis_on: Date
    persons: Returnees
    escort: Text | None = None
    needs_on_arrival: Annotated[tuple[Text, ...], Bounded(32)] = ()

    @model_validator(mode="after")
    def _rests_on_something_earlier(self) -> Self:
        if self.basis_on > self.planned_on:
            raise rule(
                "basis_too_late", "consent or decision must be there before the return", "basis_on"
            )
        return self


class ReintegrationReferral(Document):
    """Who has returned or will, what they need, and the service that is asked to receive them."""

    basis: Code[ReturnBasis]
    basis_on: Date
    persons: Returnees
    needs: Annotated[tuple[Text, ...], Bounded(32, least=1)]
    receiving_service: Line


Score = Annotated[int, Field(ge=0, le=100)]


class ReintegrationIndicators(Document):
    """How far reintegration has come, from 0 to 100, on each level that was measured."""

    individual: Score | None = None
    community: Score | None = None
    structural: Score | None = None


class ReintegrationOutcome(StrEnum):
    """What the receiving side can do."""

    ACCEPTED = "accepted"
    CANNOT_HELP = "cannot_help"
    MORE_NEEDED = "more_needed"


class ReintegrationResponse(Document):
    """The answer: which service receives, whom to contact, and later how it went."""

    outcome: Code[ReintegrationOutcome]
    service: Line | None = None
    contact: Text | None = None
    indicators: ReintegrationIndicators | None = None
