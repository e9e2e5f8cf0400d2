"""The bodies of warnings: notices of what is going on, their update and end, lives at risk now.

Contract: groups are described, persons and organisations are not named. A notice gives a coarse
position (2 decimals, about a kilometre); a rescue gets the exact one.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, model_validator

from relec_exchange.message.fields import (
    Bounded,
    CitizenshipCode,
    Code,
    Count,
    CountryCode,
    Date,
    Document,
    Line,
    SubdivisionCode,
    Text,
    Time,
    rule,
)


class WarningKind(StrEnum):
    """What a notice warns about."""

    NEW_ROUTE = "new_route"
    SURGE = "surge"
    MODUS_OPERANDI = "modus_operandi"
    DOCUMENT_FRAUD = "document_fraud"
    PRICE_CHANGE = "price_change"
    TRANSPORT = "transport"
    ONLINE_RECRUITMENT = "online_recruitment"
    GROUP = "group"
    DEADLY_INCIDENT = "deadly_incident"


class Cause(StrEnum):
    """Causes of death, by the categories of the IOM Missing Migrants Project."""

    DROWNING = "drowning"
    VEHICLE = "vehicle_accident"
    ACCIDENT = "accidental_death"
    SICKNESS = "sickness"
    CONDITIONS = "harsh_conditions"
    VIOLENCE = "violence"
    MIXED_OR_UNKNOWN = "mixed_or_unknown"


# What the project publishes for each category, in files as of 2025-06.
CAUSE_LABELS: Final[Mapping[Cause, str]] = MappingProxyType(
    {
        Cause.DROWNING: "Drowning",
        Cause.VEHICLE: "Vehicle accident / death linked to hazardous transport",
        Cause.ACCIDENT: "Accidental death",
        Cause.SICKNESS: "Sickness / lack of access to adequate healthcare",
        Cause.CONDITIONS: (
            "Harsh environmental conditions / lack of adequate shelter, food, water"
        ),
        Cause.VIOLENCE: "Violence",
        Cause.MIXED_OR_UNKNOWN: "Mixed or unknown",
    }
)


class Counting(StrEnum):
    """How a record of deaths counts, by the kinds of the IOM Missing Migrants Project."""

    SINGLE = "incident"
    SPLIT = "split_incident"  # one event told in several records
    CUMULATIVE = "cumulative_incident"  # several events in one record


def _two_decimals(value: float) -> float:
    if round(value, 2) != value:
        raise rule("position_too_exact", "a position in a notice has at most 2 decimals")
    return value


def _four_decimals(value: float) -> float:
    if round(value, 4) != value:
        raise rule("position_too_exact", "a position has at most 4 decimals")
    return value


_Latitude = Annotated[float, Field(ge=-90, le=90)]
_Longitude = Annotated[float, Field(ge=-180, le=180)]


class CoarsePosition(Document):
    """Degrees north and east (WGS 84) with at most 2 decimals."""

    lat: Annotated[_Latitude, AfterValidator(_two_decimals)]
    lon: Annotated[_Longitude, AfterValidator(_two_decimals)]


class ExactPosition(Document):
    """Degrees north and east (WGS 84) with at most 4 decimals, about ten metres."""

    lat: Annotated[_Latitude, AfterValidator(_four_decimals)]
    lon: Annotated[_Longitude, AfterValidator(_four_decimals)]


class Where(Document):
    """Country, ISO 3166-2 subdivision of it, a place in words, a coarse position."""

    country: CountryCode
    subdivision: SubdivisionCode | None = None
    place: Text | None = None
    position: CoarsePosition | None = None

    @model_validator(mode="after")
    def _is_in_the_country(self) -> Self:
        if self.subdivision is not None and not self.subdivision.startswith(self.country):
            raise rule(
                "subdivision_elsewhere", "subdivision does not belong to country", "subdivision"
            )
        return self


class When(Document):
    """First and last day, the same for one day."""

    from_: Annotated[Date, Field(alias="from")]
    to: Date

    @model_validator(mode="after")
    def _runs_forward(self) -> Self:
        if self.to < self.from_:
            raise rule("when_backwards", "to must not be earlier than from", "to")
        return self


class Casualties(Document):
    """Persons counted: an absent number of survivors is not known, which is not none."""

    dead_or_missing: Count
    survivors: Count | None = None


class WarningNotice(Document):
    """Something others should know. `origins` are citizenships of those concerned, if known."""

    kind: Code[WarningKind]
    where: Where
    when: When
    what: Text
    estimated_persons: Count | None = None
    persons: Casualties | None = None
    counting: Code[Counting] | None = None
    causes: Annotated[tuple[Code[Cause], ...], Bounded(7, distinct=True)] = ()
    origins: Annotated[tuple[CitizenshipCode, ...], Bounded(64, distinct=True)] = ()
    route: Line | None = None
    group: Text | None = None
    indicators: Annotated[tuple[Line, ...], Bounded(32, distinct=True)] = ()
    recommended_action: Text | None = None
    expires_on: Date | None = None
    sources: Annotated[tuple[Line, ...], Bounded(16, distinct=True)] = ()

    @model_validator(mode="after")
    def _says_what_its_kind_needs(self) -> Self:
        if self.kind is WarningKind.DEADLY_INCIDENT and self.persons is None:
            raise rule("persons_missing", "kind deadly_incident needs persons", "persons")
        if self.kind is WarningKind.GROUP and self.group is None:
            raise rule(
                "group_missing", "kind group needs group: describe it, without names", "group"
            )
        return self


class WarningUpdate(WarningNotice):
    """A notice in its new state, whole, and in words what changed. `supersedes` says of which."""

    changes: Text


class CancelReason(StrEnum):
    """Why a warning does not hold any more."""

    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    WRONG = "wrong"
    MERGED = "merged"  # another warning says it now


class WarningCancel(Document):
    """The warning that `supersedes` names does not hold any more."""

    reason: Code[CancelReason]
    text: Text | None = None


class CraftKind(StrEnum):
    """In or on what the persons are."""

    RUBBER_BOAT = "rubber_boat"
    BOAT = "boat"
    SHIP = "ship"
    CAR = "car"
    VAN = "van"
    TRUCK = "truck"
    CONTAINER = "container"
    TRAIN = "train"
    ON_FOOT = "on_foot"
    OTHER = "other"
    UNKNOWN = "unknown"


class Craft(Document):
    """The craft or vehicle, and how it can be recognised."""

    kind: Code[CraftKind]
    description: Text | None = None


class RescuePlace(Document):
    """Where help is needed; no country on the high sea."""

    text: Text
    country: CountryCode | None = None
    position: ExactPosition | None = None


class PersonsAtRisk(Document):
    """Estimates; an absent number is not known."""

    estimated: Count | None = None
    children: Count | None = None
    injured: Count | None = None
    dead: Count | None = None
    missing: Count | None = None


class LifeAtRisk(Document):
    """People may die: where, since when, in what, how many, in what state, who was told."""

    place: RescuePlace
    time: Time
    craft: Craft
    persons: PersonsAtRisk
    condition: Text
    authority_contacted: Text
