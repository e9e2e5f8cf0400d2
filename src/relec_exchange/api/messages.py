"""Calls about messages: submit, release, follow, open, and the evidence of one message."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path

from relec_exchange.api import answers
from relec_exchange.api.callers import Anyone, EvidenceReader, Reader, Releaser, Submitter
from relec_exchange.api.requests import (
    CutField,
    Headers,
    Signed,
    Submission,
    SubmitRequest,
    SubmittedAnswer,
    bytes_of,
)
from relec_exchange.message.identifiers import MESSAGE_ID_PATTERN

router = APIRouter(prefix="/v1/messages", tags=["messages"])

MessageId = Annotated[str, Path(alias="id", pattern=MESSAGE_ID_PATTERN)]


@router.post("", response_model=answers.SubmitResults, openapi_extra={"x-body": "SubmitRequest"})
def submit(caller: Submitter) -> Any:
    """Submit up to 256 messages, each judged on its own."""
    items = caller.parsed(SubmitRequest).messages
    for item in items:
        caller.must_be(item.submit.officer)
    return {"results": caller.node.submit([_item(n, item) for n, item in enumerate(items)])}


@router.post("/terms", response_model=answers.AllTerms, openapi_extra={"x-body": "Headers"})
def terms(caller: Submitter) -> Any:
    """Under which grant messages with such headers would go now, and what it withholds."""
    asked = [one.model_dump() for one in caller.parsed(Headers).headers]
    return {"terms": caller.node.terms(asked)}


@router.post("/{id}/release", response_model=answers.Submitted, openapi_extra={"x-body": "Signed"})
def release(message_id: MessageId, caller: Releaser) -> Any:
    """Add the second person's signature; the message leaves."""
    signed, signature = caller.signed(Signed)
    return caller.node.release(message_id, signed.officer, signature)


@router.get("/{id}", response_model=answers.LifeLine)
def show(message_id: MessageId, caller: Anyone, direction: answers.Direction | None = None) -> Any:
    """The life line of one message, without content."""
    return caller.node.show(message_id, direction)


@router.post("/{id}/open", response_model=answers.Opened, openapi_extra={"x-body": "Signed"})
def open_message(
    message_id: MessageId, caller: Reader, direction: answers.Direction | None = None
) -> Any:
    """Read one message; logged, and told to the sender where that is allowed."""
    signed, signature = caller.signed(Signed)
    return caller.node.open(message_id, direction, signed.officer, signature)


@router.get("/{id}/evidence", response_model=answers.Evidence)
def evidence(
    message_id: MessageId, caller: EvidenceReader, direction: answers.Direction | None = None
) -> Any:
    """Entry, proof, receipts, agreement and cards: what shows the exchange to others."""
    return caller.node.evidence(message_id, direction)


def _item(number: int, item: Submission) -> dict[str, Any]:
    """A submission with its byte strings decoded, as `NodeFacade.submit` takes it."""
    where = f"messages.{number}"
    release = item.release
    return {
        "idempotency_key": item.idempotency_key,
        "message": bytes_of(item.message, f"{where}.message"),
        "salt": bytes_of(item.salt, f"{where}.salt"),
        "submit": _signed(item.submit, f"{where}.submit.signature"),
        "release": None if release is None else _signed(release, f"{where}.release.signature"),
        "answers": [_answered(given, f"{where}.answers") for given in item.answers],
        "batch": item.batch or "",
        "cuts": [_cut(one, f"{where}.cuts") for one in item.cuts],
    }


def _answered(given: SubmittedAnswer, field: str) -> dict[str, Any]:
    signature = bytes_of(given.signature, field)
    return {"question": given.question, "officer": given.officer, "signature": signature}


def _cut(given: CutField, field: str) -> dict[str, Any]:
    return {"path": given.path, "value": given.value, "salt": bytes_of(given.salt, field)}


def _signed(signed: Signed, field: str) -> dict[str, Any]:
    return {"officer": signed.officer, "signature": bytes_of(signed.signature, field)}
