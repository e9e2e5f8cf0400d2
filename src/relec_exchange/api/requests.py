"""What the API is asked: strict models; byte strings arrive as canonical base64.

Contract: `bytes_of` and the models raise `InvalidInput` or a validation error, never anything
else; lengths are bounded here, meanings are judged by the node.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from relec_exchange.errors import InvalidInput
from relec_exchange.message.constants import LIMITS
from relec_exchange.message.encoding import unb64
from relec_exchange.message.fields import POINTER_PATTERN
from relec_exchange.message.identifiers import MESSAGE_ID_PATTERN, NODE_PATTERN, TIME_PATTERN
from relec_exchange.trust.officer import OFFICER_PATTERN

_MESSAGE_B64_MAX = 4 * (LIMITS.message_max_bytes + 2) // 3 + 4
OfficerName = Annotated[str, Field(pattern=OFFICER_PATTERN)]
NodeName = Annotated[str, Field(pattern=NODE_PATTERN)]
Signature = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{86}==$", description="base64, 64 bytes")]
Code = Annotated[str, Field(max_length=64)]


MessageText = Annotated[str, Field(max_length=_MESSAGE_B64_MAX, description="base64")]
Salt = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{43}=$", description="base64, 32 bytes")]
QuestionName = Annotated[str, Field(pattern=r"^[a-z][a-z-]{1,39}$")]
MessageIdText = Annotated[str, Field(pattern=MESSAGE_ID_PATTERN)]


class Request(BaseModel):
    """Base of all requests: strict, and nothing unknown."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Signed(Request):
    """An officer's signature over a commitment or a leaf hash."""

    officer: OfficerName
    signature: Signature


class SubmittedAnswer(Request):
    """An officer's signed yes to a question of the protection rules, given with the message."""

    question: QuestionName
    officer: OfficerName
    signature: Signature


class CutField(Request):
    """A field that was cut from the message: where it stood, its value as JSON, and its salt."""

    path: Annotated[str, Field(pattern=POINTER_PATTERN, max_length=300)]
    value: Annotated[str, Field(min_length=1, max_length=LIMITS.message_max_bytes)]
    salt: Salt


class Submission(Request):
    """One complete message with its salt. Repeating a key with the same content is harmless.

    `batch` is the id of the first copy where several recipients get the same message; `cuts` are
    the fields that its header names as withheld.
    """

    idempotency_key: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{8,64}$")]
    message: MessageText
    salt: Salt
    submit: Signed
    release: Signed | None = None
    answers: Annotated[list[SubmittedAnswer], Field(max_length=16, default_factory=list)]
    batch: MessageIdText | None = None
    cuts: Annotated[list[CutField], Field(max_length=64, default_factory=list)]


class HeaderFeatures(Request):
    """The part of a header that decides under which grant a message of this node would go."""

    recipient: NodeName
    type: Code
    schema_version: Annotated[int, Field(ge=1, le=999)]
    area: Code
    purpose: Code
    data_level: Code
    handling: Annotated[list[Code], Field(max_length=4)]
    sender_unit: Code


class SubmitRequest(Request):
    """Up to 256 messages, each judged on its own."""

    messages: Annotated[list[Submission], Field(min_length=1, max_length=LIMITS.batch_max)]


class Headers(Request):
    """What the headers of up to 256 messages say that agreements are asked about."""

    headers: Annotated[list[HeaderFeatures], Field(min_length=1, max_length=LIMITS.batch_max)]


class Question(Request):
    """May a message like this be sent? `at` is now if left out."""

    sender: NodeName
    recipient: NodeName
    type: Code
    area: Code
    purpose: Code
    data_level: Code
    handling: Annotated[list[Code], Field(max_length=4)]
    at: Annotated[str, Field(pattern=TIME_PATTERN)] | None = None


class CardImport(Request):
    """A card's note; the fingerprint that an officer compared, for a first card."""

    note: Annotated[str, Field(max_length=LIMITS.note_max_bytes)]
    fingerprint: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None


class AgreementImport(Request):
    """An agreement's note with all signatures at hand."""

    note: Annotated[str, Field(max_length=LIMITS.note_max_bytes)]


class OfficerChange(Request):
    """A signed record of the officers' register (`trust/register.py`).

    `by` is an officer or `authority`, whose signature is a block of note lines.
    """

    record: Annotated[str, Field(max_length=4096)]
    signature: Annotated[str, Field(max_length=8192)]
    by: OfficerName


def bytes_of(text: str, field: str) -> bytes:
    """The bytes of canonical base64, or `InvalidInput` naming the field."""
    try:
        return unb64(text)
    except InvalidInput as error:
        raise InvalidInput(error.message, field=field, remedy=error.remedy) from None
