"""Calls of the protection desk: holds, the register, and judging again."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import Field

from relec_exchange.api import answers
from relec_exchange.api.callers import Approver
from relec_exchange.api.messages import MessageId
from relec_exchange.api.requests import Request, Signed
from relec_exchange.message.identifiers import MESSAGE_ID_PATTERN

router = APIRouter(prefix="/v1", tags=["protection"])

EntryId = Annotated[str, Path(alias="id", pattern=MESSAGE_ID_PATTERN)]
_Text = Annotated[str, Field(min_length=1, max_length=4_000)]
_Texts = Annotated[list[_Text], Field(max_length=32, default_factory=list)]


class RegisterEntry(Request):
    """A person under protection. Names in any script, numbers, states feared (ISO 3166-1)."""

    names: _Texts
    birth: _Text | None = None
    documents: _Texts
    phones: _Texts
    fears: _Texts
    note: _Text | None = None


@router.get("/holds", response_model=answers.Holds)
def holds(caller: Approver) -> Any:
    """All messages that wait for the desk, and what was found; logged."""
    return {"holds": caller.node.holds(caller.officer.name)}


@router.post(
    "/messages/{id}/free", response_model=answers.HoldState, openapi_extra={"x-body": "Signed"}
)
def free(
    message_id: MessageId, caller: Approver, direction: answers.Direction | None = None
) -> Any:
    """End a hold, signed over the leaf hash, or the commitment of a message of ours."""
    signed, signature = caller.signed(Signed)
    return caller.node.free(message_id, direction, signed.officer, signature)


@router.post("/messages/{id}/hold", response_model=answers.HoldState)
def hold(message_id: MessageId, caller: Approver) -> Any:
    """Hold a message in which the desk's own client found what must not be there."""
    return caller.node.hold(message_id, caller.officer.name)


@router.post("/messages/{id}/replay", response_model=answers.Replay)
def replay(
    message_id: MessageId, caller: Approver, direction: answers.Direction | None = None
) -> Any:
    """Judge a message again by what was known then; logged."""
    return caller.node.replay(message_id, direction, caller.officer.name)


@router.get("/register", response_model=answers.RegisterList)
def register(caller: Approver) -> Any:
    """The protection register; logged."""
    return {"entries": caller.node.register(caller.officer.name)}


@router.post(
    "/register", response_model=answers.Registered, openapi_extra={"x-body": "RegisterEntry"}
)
def add_registered(caller: Approver) -> Any:
    """Put a person under protection."""
    entry = caller.parsed(RegisterEntry).model_dump(exclude_defaults=True)
    return caller.node.add_registered(entry, caller.officer.name)


@router.delete("/register/{id}", response_model=answers.Registered)
def end_registered(entry_id: EntryId, caller: Approver) -> Any:
    """The protection of a person ends; what the entry said is destroyed."""
    return caller.node.end_registered(entry_id, caller.officer.name)
