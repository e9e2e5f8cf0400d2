"""The bodies that mend what was sent: correction, recall, its outcome, proof of destruction."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, model_validator

from relec_exchange.message.fields import (
    Bounded,
    Code,
    Date,
    Digest,
    Document,
    Line,
    MessageId,
    Pointer,
    Text,
    Time,
    rule,
)


class CorrectedField(Document):
    """A field of the message and what it should say; without `now` it should not be there."""

    path: Pointer
    now: Text | None = None


def _once_each(fields: tuple[CorrectedField, ...]) -> tuple[CorrectedField, ...]:
    if len({field.path for field in fields}) != len(fields):
        raise rule("path_repeated", "two corrections are about one field")
    return fields


class Correction(Document):
    """Which message of ours is wrong, why, and what its fields should say."""

    message_id: MessageId
    why: Text
    fields: Annotated[tuple[CorrectedField, ...], Bounded(64, least=1), AfterValidator(_once_each)]


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
    """What was destroyed."""

    CONTENT = "content"
    CONTENT_KEY = "content_key"
    SALT = "salt"
    SEALING_KEY = "sealing_key"
    UNIT_COPIES = "unit_copies"
    EXTRACTS = "extracts"


class ShredAttestation(Document):
    """That a message, by the hash of its leaf, was destroyed here: when, and what of it."""

    leaf: Digest
    destroyed_at: Time
    what: Annotated[tuple[Code[Shredded], ...], Bounded(6, least=1, distinct=True)]
