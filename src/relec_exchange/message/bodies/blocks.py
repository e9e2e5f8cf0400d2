"""The blocks that several bodies are made of: places, craft, organisations, money, events, legs.

Contract: an absent field is not known or not said. A place is as coarse as in a warning; amounts
are decimal text, because a float is no money.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from relec_exchange.message.bodies.warnings import CraftKind, When, Where
from relec_exchange.message.codes import InfoGrade, SourceGrade
from relec_exchange.message.fields import (
    Amount,
    Bounded,
    Code,
    CurrencyCode,
    Document,
    HandlingSet,
    Line,
    Text,
    rule,
    spelled_out,
)

Location = Where
"""A place is said as in a warning: country, subdivision, words, coarse position."""


class Transport(Document):
    """A craft or vehicle: its plate, hull or registration, and how it looks."""

    kind: Code[CraftKind]
    identifier: Line | None = None
    description: Text | None = None


class OrganisationKind(StrEnum):
    """What an organisation is or pretends to be. A list of our own."""

    TRANSPORT_COMPANY = "transport_company"
    TRAVEL_AGENCY = "travel_agency"
    EMPLOYMENT_AGENCY = "employment_agency"
    ACCOMMODATION = "accommodation"
    MONEY_SERVICE = "money_service"
    DOCUMENT_SUPPLIER = "document_supplier"
    ONLINE_CHANNEL = "online_channel"
    EMPLOYER = "employer"
    CRIMINAL_GROUP = "criminal_group"
    OTHER = "other"
    UNKNOWN = "unknown"


class Organisation(Document):
    """A firm, a channel or a group, by name or by what it does."""

    kind: Code[OrganisationKind]
    name: Line | None = None
    description: Text | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if self.name is None and self.description is None:
            raise rule(
                "organisation_empty", "an organisation needs a name or a description", "name"
            )
        return self


class PaymentMeans(StrEnum):
    """How money or value changes hands."""

    CASH = "cash"
    HAWALA = "hawala"
    BANK = "bank"
    MOBILE_MONEY = "mobile_money"
    CRYPTO = "crypto"
    IN_KIND = "in_kind"
    UNKNOWN = "unknown"


class Money(Document):
    """An amount in a currency of ISO 4217, how it was paid, and what for."""

    amount: Amount
    currency: CurrencyCode
    means: Code[PaymentMeans]
    paid_for: Line | None = None


class Event(Document):
    """Something that happened: what kind, when, where, and what."""

    kind: Line
    when: When
    where: Location
    what: Text


class RouteLeg(Document):
    """One leg of a route, and the border crossing on it by name."""

    from_: Annotated[Location, Field(alias="from")]
    to: Location
    mode: Code[CraftKind]
    border_crossing: Line | None = None


FactNumber = Annotated[int, Field(ge=1, le=999)]


class Fact(Document):
    """One statement with its own grades and handling, so that each can be used by its worth."""

    number: FactNumber
    text: Text
    source_grade: Code[SourceGrade]
    info_grade: Code[InfoGrade]
    handling: HandlingSet
    handling_note: Text | None = None

    @model_validator(mode="after")
    def _spells_out_h3(self) -> Self:
        spelled_out(self.handling, self.handling_note)
        return self


def _numbered_once(facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
    """Refuse facts of which two have one number: a reply could not say which it means."""
    if len({fact.number for fact in facts}) != len(facts):
        raise rule("fact_number_repeated", "two facts have the same number")
    return facts


Facts = Annotated[tuple[Fact, ...], Bounded(64, least=1), AfterValidator(_numbered_once)]
