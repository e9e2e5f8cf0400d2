"""Calls about messages that wait: check first, answer, approve, confirm, send back, comments."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from relec_exchange.api import answers
from relec_exchange.api.callers import (
    Answerer,
    Approver,
    Confirmer,
    Returner,
    Submitter,
)
from relec_exchange.api.messages import MessageId
from relec_exchange.api.requests import (
    MessageText,
    QuestionName,
    Request,
    Signed,
    bytes_of,
)
from relec_exchange.message.constants import LIMITS

router = APIRouter(prefix="/v1/messages", tags=["messages"])


class CheckRequest(Request):
    """Up to 256 complete messages that are not submitted yet."""

    messages: Annotated[list[MessageText], Field(min_length=1, max_length=LIMITS.batch_max)]


class SignedAnswer(Signed):
    """An officer's signed yes to a question of the protection rules."""

    question: QuestionName


class Comment(Signed):
    """Why a message goes back to who submitted it."""

    comment: Annotated[str, Field(min_length=1, max_length=4000)]


@router.post(
    "/check", response_model=answers.CheckResults, openapi_extra={"x-body": "CheckRequest"}
)
def check_messages(caller: Submitter) -> Any:
    """What stands against messages, and what they would wait for; nothing is submitted."""
    texts = caller.parsed(CheckRequest).messages
    raws = [bytes_of(text, f"messages.{n}") for n, text in enumerate(texts)]
    return {"results": caller.node.check_messages(caller.officer.name, raws)}


@router.post(
    "/{id}/answers", response_model=answers.Submitted, openapi_extra={"x-body": "SignedAnswer"}
)
def answer_question(message_id: MessageId, caller: Answerer) -> Any:
    """Answer a question that a message waits for with yes; it leaves if nothing else is missing."""
    signed, signature = caller.signed(SignedAnswer)
    return caller.node.answer_question(message_id, signed.question, signed.officer, signature)


@router.post("/{id}/approve", response_model=answers.Submitted, openapi_extra={"x-body": "Signed"})
def approve(message_id: MessageId, caller: Approver) -> Any:
    """The protection desk approves; the message leaves if nothing else is missing."""
    signed, signature = caller.signed(Signed)
    return caller.node.approve(message_id, signed.officer, signature)


@router.post("/{id}/confirm", response_model=answers.Submitted, openapi_extra={"x-body": "Signed"})
def confirm(message_id: MessageId, caller: Confirmer) -> Any:
    """The second person, after a rescue message went first."""
    signed, signature = caller.signed(Signed)
    return caller.node.confirm(message_id, signed.officer, signature)


@router.post("/{id}/return", response_model=answers.Submitted, openapi_extra={"x-body": "Comment"})
def send_back(message_id: MessageId, caller: Returner) -> Any:
    """Send a message back to who submitted it; it never leaves."""
    given, signature = caller.signed(Comment)
    return caller.node.send_back(message_id, given.officer, signature, given.comment)


@router.get("/{id}/comments", response_model=answers.Comments)
def comments(message_id: MessageId, caller: Answerer) -> Any:
    """What was written when a message was sent back; reading is logged."""
    return {"comments": caller.node.comments(message_id, caller.officer.name)}
