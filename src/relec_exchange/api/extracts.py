"""Calls about extracts of warnings for the public."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from pydantic import Field

from relec_exchange.api import answers
from relec_exchange.api.callers import Caller, Reader, allow
from relec_exchange.api.requests import Request, Signed
from relec_exchange.message.fields import LANGUAGE_PATTERN
from relec_exchange.message.identifiers import MESSAGE_ID_PATTERN
from relec_exchange.trust.officer import Role

router = APIRouter(prefix="/v1/extracts", tags=["extracts"])

TEXT_MAX = 4_000
ExtractId = Annotated[str, Path(alias="id", pattern=MESSAGE_ID_PATTERN)]
# A system cannot know what the public may read.
Maker = Annotated[Caller, Depends(allow(Role.SUBMITTER, Role.RELEASER))]
Person = Annotated[Caller, Depends(allow(Role.RELEASER))]


class ExtractRequest(Request):
    """Of which warning, with which fields besides the coded facts, and with which public text."""

    message_id: Annotated[str, Field(pattern=MESSAGE_ID_PATTERN)]
    direction: answers.Direction | None = None
    fields: Annotated[
        list[Annotated[str, Field(max_length=40)]], Field(max_length=8, default_factory=list)
    ]
    text: Annotated[str, Field(min_length=1, max_length=TEXT_MAX)] | None = None
    language: Annotated[str, Field(max_length=35, pattern=LANGUAGE_PATTERN)] | None = None


@router.get("", response_model=answers.ExtractList)
def list_extracts(caller: Reader) -> Any:
    """All extracts, without content."""
    return {"items": caller.node.extracts()}


@router.post("", response_model=answers.Extract, openapi_extra={"x-body": "ExtractRequest"})
def make_extract(caller: Maker) -> Any:
    """Make an extract; it waits for another officer."""
    given = caller.parsed(ExtractRequest).model_dump()
    return caller.node.make_extract(given, caller.officer.name)


@router.get("/{id}", response_model=answers.Extract)
def show_extract(extract_id: ExtractId, caller: Reader) -> Any:
    """One extract with what would be published."""
    return caller.node.extract(extract_id)


@router.post("/{id}/release", response_model=answers.Extract, openapi_extra={"x-body": "Signed"})
def release_extract(extract_id: ExtractId, caller: Person) -> Any:
    """Another officer signs that the public may read it."""
    signed, signature = caller.signed(Signed)
    return caller.node.release_extract(extract_id, signed.officer, signature)
