"""The bodies about documents: `doc.alert` for series, `doc.verify.*` for one document.

Contract: an alert is about blanks and series that were never issued to somebody; one issued
document belongs to a person and into `doc.verify.request`. `unknown` is one answer for many
truths and therefore carries nothing else.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from relec_exchange.message.encoding import INTEGER_MAX
from relec_exchange.message.fields import (
    Bounded,
    Code,
    Date,
    Document,
    IssuerCode,
    Line,
    MrzLine,
    Text,
    check_zone,
    rule,
)

_SERIAL: Final = re.compile(r"(.*?)([0-9]{1,15})")


class SeriesState(StrEnum):
    """What is wrong with a series."""

    STOLEN_BLANK = "stolen_blank"
    LOST_BLANK = "lost_blank"
    COUNTERFEIT = "counterfeit"
    ALTERED = "altered"


class DocumentSeries(Document):
    """A range of document numbers of one issuer, and how many of it are meant: two at least."""

    issuer: IssuerCode
    document_type: Line
    first: Line
    last: Line
    count: Annotated[int, Field(ge=2, le=INTEGER_MAX)]
    state: Code[SeriesState]

    @model_validator(mode="after")
    def _is_a_series(self) -> Self:
        if self.first == self.last:
            raise rule("series_of_one", "a series has more than one number", "last")
        first, last = _SERIAL.fullmatch(self.first), _SERIAL.fullmatch(self.last)
        if first and last and first[1] == last[1]:
            span = int(last[2]) - int(first[2]) + 1
            if span < 2:
                raise rule("series_backwards", "last must come after first", "last")
            if self.count > span:
                raise rule(
                    "series_count", "count is greater than the numbers from first to last", "count"
                )
        return self


class DocAlert(Document):
    """Series to look out for, how they were made or changed, and how that is seen."""

    series: Annotated[tuple[DocumentSeries, ...], Bounded(64, least=1)]
    alteration: Text | None = None
    features: Annotated[tuple[Line, ...], Bounded(32, distinct=True)] = ()
    detection_tip: Text | None = None


class VerifyQuestion(StrEnum):
    """What is asked about a document. One question, answered by yes, no or unknown."""

    ISSUED = "issued"
    VALID = "valid"
    HOLDER_MATCHES = "holder_matches"
    REPORTED_LOST_OR_STOLEN = "reported_lost_or_stolen"


class DocumentFields(Document):
    """What stands on a document that has no machine-readable zone at hand."""

    document_type: Line
    number: Line
    issuer: IssuerCode
    expiry: Date | None = None


class DocVerifyRequest(Document):
    """One document, by its machine-readable zone or its fields; one question, and why."""

    mrz: Annotated[tuple[MrzLine, ...], Bounded(3, least=2)] | None = None
    fields: DocumentFields | None = None
    question: Code[VerifyQuestion]
    why: Text

    @model_validator(mode="after")
    def _shows_a_document(self) -> Self:
        if self.mrz is None and self.fields is None:
            raise rule("document_missing", "give mrz, or fields", "fields")
        if self.mrz is not None:
            check_zone(self.mrz, "if it stands so on the document, give fields instead")
        return self


class VerifyAnswer(StrEnum):
    """The answer to the one question."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class DocVerifyReply(Document):
    """Yes or no, with a note if need be; or unknown, and nothing else."""

    answer: Code[VerifyAnswer]
    note: Text | None = None

    @model_validator(mode="after")
    def _unknown_says_nothing_more(self) -> Self:
        if self.answer is VerifyAnswer.UNKNOWN and self.note is not None:
            raise rule("note_with_unknown", "unknown stands alone: leave note out", "note")
        return self
