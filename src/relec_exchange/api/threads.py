"""Calls about conversations: threads, deadlines, copies, and closing a request."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from relec_exchange.api import answers
from relec_exchange.api.callers import Answerer, Anyone
from relec_exchange.api.messages import MessageId
from relec_exchange.api.requests import Signed

router = APIRouter(prefix="/v1", tags=["threads"])


@router.get("/deadlines", response_model=answers.Deadlines)
def deadlines(caller: Anyone) -> Any:
    """What we owe and what we are owed, the most urgent first."""
    return {"deadlines": caller.node.deadlines()}


@router.get("/messages/{id}/thread", response_model=answers.Thread)
def thread(message_id: MessageId, caller: Anyone) -> Any:
    """All messages of the thread that one belongs to, without content."""
    return caller.node.thread(message_id)


@router.get("/messages/{id}/copies", response_model=answers.Copies)
def copies(message_id: MessageId, caller: Anyone) -> Any:
    """Every copy of a message, and what was made from it and sent on."""
    return {"copies": caller.node.copies(message_id)}


@router.post(
    "/messages/{id}/nothing", response_model=answers.Closed, openapi_extra={"x-body": "Signed"}
)
def nothing(message_id: MessageId, caller: Answerer) -> Any:
    """Close a request, signed over its leaf hash: nothing can be provided. The node says so."""
    signed, signature = caller.signed(Signed)
    return caller.node.nothing(message_id, signed.officer, signature)
