"""The bodies that mend what was sent: correction, recall, its outcome, proof of destruction."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import AfterValidator, StringConstraints, model_validator

from relec_exchange.message.constants import LIMITS
from relec_exchange.message.fields import (
    TEXT_PATTERN,
    Bounded,
    Code,
    Date,
    Digest,
    Document,
    HashB64,
    Line,
    MessageId,
    Pointer,
    Text,
    Time,
    rule,
)

_VALUE_MAX: Final = LIMITS.message_max_bytes


class CorrectedField(Document):
    """A field of the message and what it should say; without `now` it should not be there."""

    path: Pointer
    now: Text | None = None


class DisclosedField(Document):
    """A field that was withheld from the message: its value as RFC 8785 JSON, and its salt."""

    path: Pointer
    value: Annotated[
        str,
        StringConstraints(min_length=1, max_length=_VALUE_MAX, pattern=TEXT_PATTERN),
    ]
    salt: HashB64


def _once_each(fields: tuple[CorrectedField, ...]) -> tuple[CorrectedField, ...]:
    if len({field.path for field in fields}) != len(fields):
        raise rule("path_repeated", "two corrections are about one field")
    return fields


def _disclosed_once(fields: tuple[DisclosedField, ...]) -> tuple[DisclosedField, ...]:
    if len({field.path for field in fields}) != len(fields):
        raise rule("path_repeated", "one field is disclosed twice")
    return fields


class Correction(Document):
    """Which message of ours is wrong or says too little, why, and what its fields should say.

    `disclosed` are fields that were withheld from it: the recipient checks each against the
    commitment that the message has of it.
    """

    message_id: MessageId
    why: Text
    fields: Annotated[tuple[CorrectedField, ...], Bounded(64), AfterValidator(_once_each)] = ()
    disclosed: Annotated[
        tuple[DisclosedField, ...], Bounded(64), AfterValidator(_disclosed_once)
    ] = ()

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.fields and not self.disclosed:
            raise rule(
                "correction_empty", "a correction changes a field or discloses one", "fields"
            )
        return self


class RecallReason(StrEnum):
    """Why a message is recalled."""

    WRONG_PERSON = "wrong_person"
    WRONG_RECIPIENT = "wrong_recipient"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    INACCURATE = "inaccurate"
    UNLAWFUL = "unlawful"
    OTHER = "other"


class Recall(Document):
    """Which message of ours must not be used any more, and why."""

    message_id: MessageId
    why: Text
    reason: Code[RecallReason]


class Outcome(StrEnum):
    """What became of a message that was recalled."""

    DESTROYED = "destroyed"
    LEGAL_HOLD = "legal_hold"
    USED = "used"
    PASSED_ON = "passed_on"


class RecallOutcome(Document):
    """What became of the message, and when; who else holds it, and until when it must be kept."""

    message_id: MessageId
    outcome: Code[Outcome]
    at: Time
    hold_until: Date | None = None
    passed_to: Annotated[tuple[Line, ...], Bounded(32, distinct=True)] = ()
    note: Text | None = None

    @model_validator(mode="after")
    def _says_what_its_outcome_needs(self) -> Self:
        if self.outcome is Outcome.LEGAL_HOLD and self.hold_until is None:
            raise rule(
                "hold_until_missing", "legal_hold needs hold_until: a hold ends", "hold_until"
            )
        if self.outcome is Outcome.PASSED_ON and not self.passed_to:
            raise rule("passed_to_missing", "passed_on needs passed_to: say to whom", "passed_to")
        return self


class Shredded(StrEnum):
    """What was destroyed. `sender_copy` is everything that the message's sender kept of it,
    `quarantined` every envelope that was set aside sealed to a key which could have opened it.
    """

    CONTENT = "content"
    CONTENT_KEY = "content_key"
    SALT = "salt"
    SEALING_KEY = "sealing_key"
    UNIT_COPIES = "unit_copies"
    EXTRACTS = "extracts"
    SENDER_COPY = "sender_copy"
    QUARANTINED = "quarantined"


class ShredAttestation(Document):
    """That a message, by the hash of its leaf, was destroyed here: when, and what of it."""

    leaf: Digest
    destroyed_at: Time
    what: Annotated[tuple[Code[Shredded], ...], Bounded(8, least=1, distinct=True)]
