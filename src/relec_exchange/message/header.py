"""The header of a message: who to whom, about what, for which purpose, under which restrictions.

Contract: field rules and rules between fields of one header. What a type demands of its header is
in the catalogue; what an agreement allows is decided elsewhere.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Self

from pydantic import (
    BeforeValidator,
    Field,
    Strict,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from relec_exchange.errors import InvalidInput
from relec_exchange.message.attachments import MediaType, check_file
from relec_exchange.message.codes import (
    Area,
    AuthorRole,
    DataLevel,
    InfoGrade,
    Purpose,
    SourceGrade,
    SubjectCategory,
    Urgency,
)
from relec_exchange.message.constants import LIMITS
from relec_exchange.message.encoding import unb64
from relec_exchange.message.fields import (
    FILE_NAME_PATTERN,
    Bounded,
    Code,
    Date,
    Digest,
    Document,
    HandlingSet,
    LanguageTag,
    Line,
    MessageId,
    NodeName,
    Pointer,
    Text,
    Time,
    UnitName,
    rule,
    spelled_out,
)
from relec_exchange.message.identifiers import TYPE_PATTERN

_MEDIA_TYPE = r"^[a-z0-9][a-z0-9.+-]{0,63}/[a-z0-9][a-z0-9.+-]{0,99}$"
_BASE64_MAX = (LIMITS.attachments_max_bytes + 2) // 3 * 4


def _allowed(value: object) -> object:
    """Which kinds of files may travel is policy: the form of the field is as it was before it."""
    if isinstance(value, str) and value not in set(MediaType):
        raise rule("media_type", f"an attachment is {' or '.join(MediaType)}")
    return value


_MediaType = Annotated[
    MediaType,
    Strict(False),
    BeforeValidator(_allowed),
    WithJsonSchema({"type": "string", "pattern": _MEDIA_TYPE}),
]


class Attachment(Document):
    """A small file inside the message: `data` in base64, `size` in bytes, SHA-256 in hex."""

    name: Annotated[str, StringConstraints(max_length=120, pattern=FILE_NAME_PATTERN)]
    media_type: _MediaType
    size: Annotated[int, Field(ge=0, le=LIMITS.attachments_max_bytes)]
    digest: Digest
    data: Annotated[str, StringConstraints(max_length=_BASE64_MAX)]

    @model_validator(mode="after")
    def _is_what_it_says(self) -> Self:
        try:
            data = unb64(self.data)
        except InvalidInput as error:
            raise rule("attachment_data", error.message, "data") from None
        if len(data) != self.size:
            raise rule("attachment_size", "size is not the number of bytes in data", "size")
        if hashlib.sha256(data).hexdigest() != self.digest:
            raise rule(
                "attachment_digest", "digest is not the SHA-256 of the bytes in data", "digest"
            )
        try:
            check_file(self.media_type, data)
        except InvalidInput as error:
            words = f"{error.message}; {error.remedy}"
            raise rule("attachment_file", words, error.field) from None
        return self


class Withheld(Document):
    """One field that was cut: where it stood, and a salted commitment to what it said."""

    path: Pointer
    commitment: Digest


class ControlHeader(Document):
    """The header of control types, and the beginning of every other. Times are UTC."""

    message_id: MessageId
    type: Annotated[str, StringConstraints(max_length=40, pattern=TYPE_PATTERN)]
    schema_version: Annotated[int, Field(ge=1, le=999)]
    sender: NodeName
    recipient: NodeName
    exercise: bool
    created_at: Time

    @model_validator(mode="after")
    def _goes_to_another(self) -> Self:
        if self.sender == self.recipient:
            raise rule(
                "recipient_is_sender", "recipient must be another node than sender", "recipient"
            )
        return self


class Header(ControlHeader):
    """The header of everything that is not control. What is absent was not said."""

    sender_unit: UnitName
    author_role: Code[AuthorRole]
    area: Code[Area]
    purpose: Code[Purpose]
    legal_basis: Line | None = None
    data_level: Code[DataLevel]
    handling: HandlingSet
    handling_note: Text | None = None
    source_grade: Code[SourceGrade] | None = None
    info_grade: Code[InfoGrade] | None = None
    urgency: Code[Urgency]
    urgency_reason: Text | None = None
    deadline: Time | None = None
    retain_until: Date | None = None
    review_on: Date | None = None
    language: LanguageTag
    own_ref: Line | None = None
    your_ref: Line | None = None
    in_reply_to: MessageId | None = None
    supersedes: MessageId | None = None
    related: Annotated[tuple[MessageId, ...], Bounded(64, distinct=True)] = ()
    derived_from: Annotated[tuple[MessageId, ...], Bounded(64, distinct=True)] = ()
    subject_categories: Annotated[tuple[Code[SubjectCategory], ...], Bounded(8, distinct=True)] = ()
    withheld: Annotated[tuple[Withheld, ...], Bounded(64)] = ()
    attachments: Annotated[tuple[Attachment, ...], Bounded(16)] = ()

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        spelled_out(self.handling, self.handling_note)
        if self.urgency is not Urgency.ROUTINE and self.urgency_reason is None:
            raise rule(
                "urgency_reason_missing",
                "urgency other than routine needs urgency_reason",
                "urgency_reason",
            )
        if (self.source_grade is None) != (self.info_grade is None):
            raise rule(
                "grades_incomplete",
                "source_grade and info_grade are given together",
                "source_grade",
            )
        return self

    @model_validator(mode="after")
    def _dates_follow(self) -> Self:
        if self.deadline is not None and self.deadline <= self.created_at:
            raise rule("deadline_passed", "deadline must be later than created_at", "deadline")
        if self.review_on and self.retain_until and self.review_on > self.retain_until:
            raise rule(
                "review_too_late", "review_on must not be later than retain_until", "review_on"
            )
        return self

    @model_validator(mode="after")
    def _lists_are_sound(self) -> Self:
        if sum(item.size for item in self.attachments) > LIMITS.attachments_max_bytes:
            raise rule(
                "attachments_too_large", "attachments together exceed 128 KiB", "attachments"
            )
        if len({item.name for item in self.attachments}) != len(self.attachments):
            raise rule(
                "attachment_name_repeated", "two attachments have the same name", "attachments"
            )
        if len({item.path for item in self.withheld}) != len(self.withheld):
            raise rule("withheld_path_repeated", "withheld names a path twice", "withheld")
        return self
