"""Calls about who has what: open recalls, consents, exports, reports for a person who asks."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from relec_exchange.api import answers
from relec_exchange.api.callers import Anyone, Caller, allow
from relec_exchange.api.messages import MessageId
from relec_exchange.api.requests import Request, Signed
from relec_exchange.message.identifiers import UNIT_PATTERN
from relec_exchange.trust.officer import Role

router = APIRouter(prefix="/v1", tags=["sharing"])

Person = Annotated[Caller, Depends(allow(Role.RELEASER))]
Answering = Annotated[Caller, Depends(allow(Role.RELEASER, Role.PROTECTION_DESK))]


class ExportRequest(Signed):
    """For which use, and for which unit (the officer's own if left out); the signature (export) is
    over the leaf hash.
    """

    use: Literal["court", "analysis"]
    to_unit: Annotated[str, Field(pattern=UNIT_PATTERN)] | None = None


class SubjectQuestion(Request):
    """A reference (`own_ref`, `your_ref`, the id of a message or a thread), and why it is asked."""

    ref: Annotated[str, Field(min_length=1, max_length=200)]
    reason: Annotated[str, Field(min_length=1, max_length=1000)]


@router.get("/recalls", response_model=answers.Recalls)
def recalls(caller: Anyone, everything: Annotated[bool, Query(alias="all")] = False) -> Any:
    """Corrections and recalls of ours that are open, or all: who answered, who was not told."""
    return {"recalls": caller.node.recalls(everything)}


@router.get("/consents", response_model=answers.Consents)
def consents(caller: Anyone) -> Any:
    """What providers decided about uses that we asked for, and what still waits for them."""
    return {"consents": caller.node.consents()}


@router.post(
    "/messages/{id}/export",
    response_model=answers.Exported,
    openapi_extra={"x-body": "ExportRequest"},
)
def export(message_id: MessageId, caller: Person) -> Any:
    """A message received, for a court or for analysis; signed, logged, with its conditions."""
    signed, signature = caller.signed(ExportRequest)
    given = {"message_id": message_id, "use": signed.use, "to_unit": signed.to_unit}
    return caller.node.export(given, signed.officer, signature)


@router.post(
    "/subjects",
    response_model=answers.SubjectReport,
    openapi_extra={"x-body": "SubjectQuestion"},
)
def subjects(caller: Answering) -> Any:
    """Who received data on a reference; logged, with the reason kept encrypted."""
    asked = caller.parsed(SubjectQuestion)
    return caller.node.subject_report(asked.ref, asked.reason, caller.officer.name)
