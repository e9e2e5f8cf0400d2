"""The bodies of `protection.referral` and `protection.response`: help for one victim.

Contract: for protection desks alone, with consent on record, and without any data on an offence.
`do_not_contact` names who must not learn of it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import model_validator

from relec_exchange.message.bodies.persons import Person
from relec_exchange.message.codes import SubjectCategory
from relec_exchange.message.fields import Bounded, Code, Date, Document, Line, Text, rule

_OFFENCE = frozenset({SubjectCategory.SUSPECT, SubjectCategory.CONVICTED})


class ConsentGiver(StrEnum):
    """Who consented."""

    SELF = "self"
    GUARDIAN = "guardian"


class ConsentRecord(Document):
    """That consent was given: when, by whom, to what, and where it is kept."""

    given_on: Date
    given_by: Code[ConsentGiver]
    scope: Text
    reference: Line


class ProtectionReferral(Document):
    """A person who needs help, what help, and how to reach them without danger."""

    consent: ConsentRecord
    person: Person
    needs: Annotated[tuple[Text, ...], Bounded(32, least=1)]
    urgency_note: Text | None = None
    guardian: Text | None = None
    safe_contact: Text
    do_not_contact: Annotated[tuple[Line, ...], Bounded(32, distinct=True)] = ()
    best_interest_note: Text | None = None

    @model_validator(mode="after")
    def _speaks_of_no_offence(self) -> Self:
        if self.person.roles or self.person.category in _OFFENCE:
            raise rule(
                "protection_no_offence",
                "a referral to protection says nothing about an offence",
                "person",
            )
        return self

    @model_validator(mode="after")
    def _names_who_consented(self) -> Self:
        if self.consent.given_by is ConsentGiver.GUARDIAN and self.guardian is None:
            raise rule(
                "guardian_missing", "consent by a guardian needs guardian: say who", "guardian"
            )
        return self


class ProtectionOutcome(StrEnum):
    """What the other desk can do."""

    ACCEPTED = "accepted"
    CANNOT_HELP = "cannot_help"
    CONTACT_NEEDED = "contact_needed"


class ProtectionResponse(Document):
    """The answer of the desk: which service helps, and whom to contact there."""

    outcome: Code[ProtectionOutcome]
    service: Line | None = None
    contact: Text | None = None

    @model_validator(mode="after")
    def _names_the_service(self) -> Self:
        if self.outcome is ProtectionOutcome.ACCEPTED and self.service is None:
            raise rule("service_missing", "accepted needs service: say who helps", "service")
        return self
