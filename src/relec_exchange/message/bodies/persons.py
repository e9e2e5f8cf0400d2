"""The person and object blocks: names, birth, documents, phones, roles.

Contract: an absent field is not known or not said. The name in its original script is the one
that identifies; a transliteration is an aid. Citizenships are codes of ISO 3166-1 alone, issuers
also those of organisations; the codes for refugees and stateless persons are in neither, because
they would tell who is under protection.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Self

from pydantic import StringConstraints, model_validator

from relec_exchange.errors import InvalidInput
from relec_exchange.forms.calendars import Converted, convert
from relec_exchange.message.bodies.areas import Smuggling, SmugglingRole
from relec_exchange.message.bodies.statistics import AgeBand, Sex
from relec_exchange.message.codes import SubjectCategory
from relec_exchange.message.fields import (
    Bounded,
    Code,
    Document,
    IssuerCode,
    LanguageTag,
    Line,
    MrzLine,
    Phone,
    Script,
    StateCode,
    Text,
    check_zone,
    rule,
)

# Roles in a business: they are not for those whom it harms, nor for who only saw it.
_WITH_ROLES = frozenset(
    {
        SubjectCategory.SUSPECT,
        SubjectCategory.CONVICTED,
        SubjectCategory.CONTACT,
        SubjectCategory.UNKNOWN,
    }
)


class NameKind(StrEnum):
    """Which name it is."""

    BIRTH = "birth"
    ALIAS = "alias"
    FATHER = "father"
    GRANDFATHER = "grandfather"
    NISBA = "nisba"


class PersonName(Document):
    """One name: script by ISO 15924, language by BCP 47, transliteration and its scheme."""

    text: Line
    kind: Code[NameKind]
    script: Script
    language: LanguageTag | None = None
    transliteration: Line | None = None
    transliteration_scheme: Line | None = None


class Precision(StrEnum):
    """How much of a date is known."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    ESTIMATED = "estimated"


class Calendar(StrEnum):
    """The calendar in which a source wrote a date."""

    GREGORIAN = "gregorian"
    SOLAR_HIJRI = "solar_hijri"
    LUNAR_HIJRI = "lunar_hijri"
    BENGALI = "bengali"


class SourceDate(Document):
    """A date as its source wrote it; of the Bengali calendar also which variant."""

    calendar: Code[Calendar]
    variant: Line | None = None
    text: Line

    @model_validator(mode="after")
    def _names_the_variant(self) -> Self:
        if self.calendar is Calendar.BENGALI and self.variant is None:
            raise rule(
                "variant_missing",
                "the Bengali calendar needs variant: that of Bangladesh or of India",
                "variant",
            )
        return self


def _converted(source: SourceDate) -> Converted | None:
    """The days that a source date may mean, or None where it is not written for a reader here."""
    try:
        return convert(source.text, source.calendar.value, source.variant or "")
    except InvalidInput:
        return None


class BirthDate(Document):
    """A Gregorian date written only as far as it is known: `YYYY-MM-DD`, `YYYY-MM` or `YYYY`.

    Where nobody knew the day, papers often say 1 January: `first_of_january_confirmed` tells
    whether somebody asked.
    """

    date: Annotated[
        str,
        StringConstraints(pattern=r"^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$"),
    ]
    precision: Code[Precision]
    source: SourceDate | None = None
    first_of_january_confirmed: bool | None = None

    @model_validator(mode="after")
    def _asks_about_new_year_only(self) -> Self:
        if self.first_of_january_confirmed is not None and not self.date.endswith("-01-01"):
            raise rule(
                "not_first_of_january",
                "first_of_january_confirmed goes with a date of 1 January",
                "first_of_january_confirmed",
            )
        return self

    @model_validator(mode="after")
    def _claims_what_it_knows(self) -> Self:
        length = {Precision.DAY: 10, Precision.MONTH: 7, Precision.YEAR: 4}
        if length.get(self.precision, len(self.date)) != len(self.date):
            raise rule(
                "birth_precision", "date is written exactly as far as precision says", "precision"
            )
        return self

    @model_validator(mode="after")
    def _agrees_with_its_source(self) -> Self:
        """Where the source can be read; an estimate may rest on more than its paper."""
        if self.source is not None and self.precision is not Precision.ESTIMATED:
            meant = _converted(self.source)
            if meant is not None and not meant.may_be(self.date):
                raise rule("birth_source", "date is not a day that source may mean", "date")
        return self


class DocumentStatus(StrEnum):
    """What is known of a document's worth."""

    VALID = "valid"
    EXPIRED = "expired"
    LOST = "lost"
    STOLEN = "stolen"
    REVOKED = "revoked"
    FORGED = "forged"
    UNKNOWN = "unknown"


class TravelDocument(Document):
    """A document as it was seen: kind in words, number, three-letter code of its issuer, and the
    lines of its machine-readable zone. Check digits fit, unless the document is known as forged.
    """

    kind: Line
    number: Line
    issuer: IssuerCode | None = None
    mrz: Annotated[tuple[MrzLine, ...], Bounded(3, least=2)] | None = None
    status: Code[DocumentStatus] | None = None

    @model_validator(mode="after")
    def _fits_its_check_digits(self) -> Self:
        if self.mrz is not None and self.status is not DocumentStatus.FORGED:
            check_zone(self.mrz, "if it stands so on the document, its status is forged")
        return self


class OnlineHandle(Document):
    """A name on a platform."""

    platform: Line
    handle: Line


class Person(Document):
    """A person a message is about. At least one name, document, phone, handle or description.

    For a child: an age band, or a birth date with `birth_needed`; a note on who speaks for the
    child, or on its best interest.
    """

    category: Code[SubjectCategory]
    names: Annotated[tuple[PersonName, ...], Bounded(16)] = ()
    sex: Code[Sex] | None = None
    birth: BirthDate | None = None
    age_band: Code[AgeBand] | None = None
    citizenships: Annotated[tuple[StateCode, ...], Bounded(8, distinct=True)] = ()
    residence: StateCode | None = None
    documents: Annotated[tuple[TravelDocument, ...], Bounded(16)] = ()
    phones: Annotated[tuple[Phone, ...], Bounded(16, distinct=True)] = ()
    handles: Annotated[tuple[OnlineHandle, ...], Bounded(16)] = ()
    description: Text | None = None
    roles: Annotated[tuple[Code[SmugglingRole], ...], Bounded(11, distinct=True)] = ()
    guardian_note: Text | None = None
    best_interest_note: Text | None = None
    birth_needed: Text | None = None

    @model_validator(mode="after")
    def _is_someone(self) -> Self:
        told = self.names or self.documents or self.phones or self.handles or self.description
        if not told:
            raise rule(
                "person_empty",
                "a person needs a name, a document, a phone, a handle or a description",
                "names",
            )
        return self

    @model_validator(mode="after")
    def _is_not_made_an_offender(self) -> Self:
        if self.roles and self.category not in _WITH_ROLES:
            raise rule(
                "role_against_category",
                "a role in smuggling is not for victims, witnesses and migrants",
                "roles",
            )
        return self


class ObjectKind(StrEnum):
    """What an object of a request is."""

    DOCUMENT = "document"
    VEHICLE = "vehicle"
    VESSEL = "vessel"
    PHONE = "phone"
    ACCOUNT = "account"
    ADDRESS = "address"
    ORGANISATION = "organisation"
    OTHER = "other"


class CaseObject(Document):
    """A thing asked about: what it is, its number or name, how it looks."""

    kind: Code[ObjectKind]
    identifier: Line | None = None
    description: Text | None = None

    @model_validator(mode="after")
    def _is_something(self) -> Self:
        if self.identifier is None and self.description is None:
            raise rule(
                "object_empty", "an object needs an identifier or a description", "identifier"
            )
        return self


def roles_need_benefit(persons: Iterable[Person], smuggling: Smuggling | None) -> None:
    """Raise if a role in smuggling is named without the benefit: nobody is a smuggler lightly."""
    if smuggling is None and any(person.roles for person in persons):
        raise rule(
            "benefit_missing",
            "roles in smuggling need smuggling with its benefit: without one nobody is a smuggler",
            "smuggling",
        )
