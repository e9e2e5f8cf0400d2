"""Calls about what changes between states: notices, proposals, and what ends soon."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from relec_exchange.api import answers
from relec_exchange.api.callers import Anyone, SecurityOfficer
from relec_exchange.api.requests import NodeName, Request
from relec_exchange.message.constants import LIMITS

router = APIRouter(prefix="/v1", tags=["notices"])

_Note = Annotated[str, Field(max_length=LIMITS.note_max_bytes)]


class NoticeImport(Request):
    """The note of a termination, suspension or revocation."""

    note: _Note


class ProposalRequest(Request):
    """The unsigned text of an agreement, and the nodes that it is proposed to."""

    text: _Note
    to: Annotated[list[NodeName], Field(min_length=1, max_length=64)]


@router.get("/notices", response_model=answers.Notices)
def notices(caller: Anyone) -> Any:
    """All terminations, suspensions and revocations held."""
    return {"notices": caller.node.notices()}


@router.post(
    "/notices", response_model=answers.NoticeInfo, openapi_extra={"x-body": "NoticeImport"}
)
def import_notice(caller: SecurityOfficer) -> Any:
    """Adopt a notice; one of the own authority is told at once to those whom it concerns."""
    return caller.node.import_notice(caller.parsed(NoticeImport).note, caller.officer.name)


@router.get("/notes", response_model=answers.Notes)
def notes(caller: Anyone) -> Any:
    """Cards, agreements and notices word for word, so that a client can decide as the node does."""
    return {"notes": caller.node.notes()}


@router.get("/proposals", response_model=answers.Proposals)
def proposals(caller: Anyone) -> Any:
    """Texts of agreements that somebody proposed, and who has signed each since."""
    return {"proposals": caller.node.proposals()}


@router.post(
    "/proposals", response_model=answers.Proposal, openapi_extra={"x-body": "ProposalRequest"}
)
def propose(caller: SecurityOfficer) -> Any:
    """Propose a text to the nodes that would sign it; it binds nobody."""
    asked = caller.parsed(ProposalRequest)
    return caller.node.propose(asked.text, asked.to, caller.officer.name)


@router.get("/expiring", response_model=answers.Expiring)
def expiring(caller: Anyone, days: Annotated[int, Query(ge=0, le=3650)] = 60) -> Any:
    """What ends within so many days, the next one first; and what has ended and was not renewed."""
    return {"expiring": caller.node.expiring(days)}
