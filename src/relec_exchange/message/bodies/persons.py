"""The person and object blocks of requests.

Contract: an absent field is not known or not said. The name in its original script is the one
that identifies; a transliteration is an aid. Citizenships and issuers are codes of ISO 3166-1
alone, because the codes for refugees and stateless persons would tell who is under protection.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import StringConstraints, model_validator

from relec_exchange.message.bodies.statistics import Sex
from relec_exchange.message.codes import SubjectCategory
from relec_exchange.message.fields import (
    Bounded,
    Code,
    Document,
    LanguageTag,
    Line,
    StateCode,
    Text,
    rule,
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
    script: Annotated[str, StringConstraints(pattern=r"^[A-Z][a-z]{3}$")]
    language: LanguageTag | None = None
    transliteration: Line | None = None
    transliteration_scheme: Line | None = None


class Precision(StrEnum):
    """How much of a date is known."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    ESTIMATED = "estimated"


class BirthDate(Document):
    """A Gregorian date written only as far as it is known: `YYYY-MM-DD`, `YYYY-MM` or `YYYY`."""

    date: Annotated[
        str,
        StringConstraints(pattern=r"^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$"),
    ]
    precision: Code[Precision]

    @model_validator(mode="after")
    def _claims_what_it_knows(self) -> Self:
        length = {Precision.DAY: 10, Precision.MONTH: 7, Precision.YEAR: 4}
        if length.get(self.precision, len(self.date)) != len(self.date):
            raise rule(
                "birth_precision", "date is written exactly as far as precision says", "precision"
            )
        return self


class TravelDocument(Document):
    """A document as it was seen: kind in words, number, three-letter code of its issuer."""

    kind: Line
    number: Line
    issuer: StateCode | None = None


class Person(Document):
    """A person asked about. At least one name, document or description."""

    category: Code[SubjectCategory]
    names: Annotated[tuple[PersonName, ...], Bounded(16)] = ()
    sex: Code[Sex] | None = None
    birth: BirthDate | None = None
    citizenships: Annotated[tuple[StateCode, ...], Bounded(8, distinct=True)] = ()
    documents: Annotated[tuple[TravelDocument, ...], Bounded(16)] = ()
    description: Text | None = None

    @model_validator(mode="after")
    def _is_someone(self) -> Self:
        if not self.names and not self.documents and self.description is None:
            raise rule(
                "person_empty", "a person needs a name, a document or a description", "names"
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
