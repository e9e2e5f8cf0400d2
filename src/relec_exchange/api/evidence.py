"""Calls for a message as evidence: with its commitment alone, or signed with its content."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from relec_exchange.api import answers
from relec_exchange.api.callers import Caller, EvidenceReader, allow
from relec_exchange.api.messages import MessageId
from relec_exchange.api.requests import Signed
from relec_exchange.trust.officer import Role

router = APIRouter(prefix="/v1/messages", tags=["evidence"])

REASON_PATTERN = r"^[a-z][a-z0-9._-]{0,63}$"
_Releaser = Annotated[Caller, Depends(allow(Role.RELEASER))]


class EvidenceRequest(Signed):
    """Which way the message went, and a word for the log that says why (a case number, say).

    The signature (export, for the use court) is over the leaf hash.
    """

    direction: answers.Direction | None = None
    reason: Annotated[str, Field(pattern=REASON_PATTERN)] | None = None


@router.get("/{id}/bundle", response_model=answers.EvidenceBundle)
def bundle(
    message_id: MessageId,
    caller: EvidenceReader,
    direction: answers.Direction | None = None,
    reason: Annotated[str | None, Query(pattern=REASON_PATTERN)] = None,
) -> Any:
    """A bundle of evidence with the commitment alone; logged."""
    return caller.node.evidence_bundle(message_id, direction, caller.officer.name, reason or "")


@router.post(
    "/{id}/bundle",
    response_model=answers.EvidenceBundle,
    openapi_extra={"x-body": "EvidenceRequest"},
)
def bundle_with_content(message_id: MessageId, caller: _Releaser) -> Any:
    """A bundle of evidence with the message in it; signed, logged, as an export for a court."""
    signed, signature = caller.signed(EvidenceRequest)
    given = {
        "message_id": message_id,
        "direction": signed.direction,
        "reason": signed.reason or "",
    }
    return caller.node.evidence_with_content(given, signed.officer, signature)
