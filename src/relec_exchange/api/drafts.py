"""Calls about drafts: messages in the making, kept for the officers of one unit."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import Field

from relec_exchange.api import answers
from relec_exchange.api.callers import Answerer
from relec_exchange.api.requests import Code, MessageIdText, NodeName, Request
from relec_exchange.message.identifiers import MESSAGE_ID_PATTERN

router = APIRouter(prefix="/v1/drafts", tags=["drafts"])

DraftId = Annotated[str, Path(alias="id", pattern=MESSAGE_ID_PATTERN)]


class DraftDocument(Request):
    """A message in the making; it may be incomplete. With `draft_id` it replaces that draft."""

    type: Code
    to: Annotated[list[NodeName], Field(max_length=64, default_factory=list)]
    header: dict[str, Any] = Field(default_factory=dict)
    body: dict[str, Any] = Field(default_factory=dict)
    draft_id: MessageIdText | None = None


@router.get("", response_model=answers.Drafts)
def drafts(caller: Answerer) -> Any:
    """The drafts of the caller's unit, newest first, without content."""
    return {"drafts": caller.node.drafts(caller.officer.name)}


@router.post("", response_model=answers.DraftLine, openapi_extra={"x-body": "DraftDocument"})
def save_draft(caller: Answerer) -> Any:
    """Keep a draft, or replace the one with this id."""
    document = caller.parsed(DraftDocument).model_dump()
    draft_id = document.pop("draft_id")
    return caller.node.save_draft(caller.officer.name, document, draft_id)


@router.get("/{id}", response_model=answers.DraftFull)
def draft(draft_id: DraftId, caller: Answerer) -> Any:
    """One draft with its content; reading is logged."""
    return caller.node.draft(draft_id, caller.officer.name)


@router.delete("/{id}", response_model=answers.DraftLine)
def delete_draft(draft_id: DraftId, caller: Answerer) -> Any:
    """Remove a draft; its content can never be read again."""
    return caller.node.delete_draft(draft_id, caller.officer.name)
