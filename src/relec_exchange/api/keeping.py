"""Calls about how long messages are kept: terms, legal holds, erasing now."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from relec_exchange.api import answers
from relec_exchange.api.callers import Anyone, Caller, allow
from relec_exchange.api.messages import MessageId
from relec_exchange.api.requests import Signed
from relec_exchange.trust.officer import Role

router = APIRouter(prefix="/v1", tags=["retention"])

DAYS_MAX = 1_826
_Keeper = Annotated[Caller, Depends(allow(Role.SECURITY_OFFICER, Role.RELEASER))]
_Runner = Annotated[Caller, Depends(allow(Role.SECURITY_OFFICER, Role.OPERATOR))]


class KeepRequest(Signed):
    """Why a message is kept beyond its term, and until which day."""

    reason: Annotated[str, Field(min_length=1, max_length=2_000)]
    until: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]


@router.get("/retention", response_model=answers.KeptList)
def retention(caller: Anyone, days: Annotated[int, Query(ge=0, le=DAYS_MAX)] = 30) -> Any:
    """What is erased within so many days, and what legal holds keep."""
    return {"items": caller.node.retention(days)}


@router.post("/retention/run", response_model=answers.RetentionRan)
def run_retention(caller: _Runner) -> Any:
    """Erase what is over now; the node does it once a day by itself."""
    return caller.node.run_retention(caller.officer.name)


@router.get("/messages/{id}/retention", response_model=answers.KeptFull)
def kept(message_id: MessageId, caller: _Keeper, direction: answers.Direction | None = None) -> Any:
    """The term of one message, with the reason of its hold; logged."""
    return caller.node.kept(message_id, direction, caller.officer.name)


@router.post(
    "/messages/{id}/keep",
    response_model=answers.KeptState,
    openapi_extra={"x-body": "KeepRequest"},
)
def keep(message_id: MessageId, caller: _Keeper, direction: answers.Direction | None = None) -> Any:
    """Begin a legal hold; the signature (keep) is over the leaf hash."""
    given, signature = caller.signed(KeepRequest)
    asked = {
        "message_id": message_id,
        "direction": direction,
        "reason": given.reason,
        "until": given.until,
    }
    return caller.node.keep(asked, given.officer, signature)


@router.post(
    "/messages/{id}/unkeep", response_model=answers.KeptState, openapi_extra={"x-body": "Signed"}
)
def unkeep(
    message_id: MessageId, caller: _Keeper, direction: answers.Direction | None = None
) -> Any:
    """End a legal hold before its day; the signature (unkeep) is over the leaf hash."""
    signed, signature = caller.signed(Signed)
    return caller.node.unkeep(message_id, direction, signed.officer, signature)
