"""Calls that list: the node itself, inbox, outbox, quarantine, gaps, contacts, decisions."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from relec_exchange.api import answers
from relec_exchange.api.callers import Anyone, QuarantineReader, node_of
from relec_exchange.api.facade import NodeFacade
from relec_exchange.api.requests import Question

router = APIRouter(prefix="/v1", tags=["boxes"])

PAGE_MAX = 500
_Word = Annotated[str | None, Field(max_length=64)]


class _Page(BaseModel):
    """Where a page begins and how long it is; an unknown filter is refused, not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    after: Annotated[int, Field(ge=0, lt=2**63)] = 0
    limit: Annotated[int, Field(ge=1, le=PAGE_MAX)] = 100

    def given(self) -> dict[str, Any]:
        """The filters that were given; absent ones have no key."""
        return self.model_dump(exclude_none=True)


class BoxFilters(_Page):
    """Filters of inbox and outbox."""

    peer: _Word = None
    type: _Word = None
    area: _Word = None
    unit: _Word = None
    state: _Word = None


class QuarantineFilters(_Page):
    """Filters of the quarantine."""

    reason: _Word = None
    source: _Word = None


@router.get("/health", response_model=answers.Health, tags=["node"])
def health(node: Annotated[NodeFacade, Depends(node_of)]) -> Any:
    """Whether the node answers. Needs no signature."""
    return node.info()


@router.get("/node", response_model=answers.NodeInfo, tags=["node"])
def node_info(caller: Anyone) -> Any:
    """The node, its partners, logs, broker and limits, and who is asking."""
    return {**caller.node.info(), "you": caller.officer.described()}


@router.get("/inbox", response_model=answers.InboxPage)
def inbox(caller: Anyone, filters: Annotated[BoxFilters, Query()]) -> Any:
    """Messages received, oldest first, without content."""
    return caller.node.inbox(filters.given())


@router.get("/outbox", response_model=answers.OutboxPage)
def outbox(caller: Anyone, filters: Annotated[BoxFilters, Query()]) -> Any:
    """Messages submitted, oldest first, without content."""
    return caller.node.outbox(filters.given())


@router.get("/quarantine", response_model=answers.QuarantinePage)
def quarantine(caller: QuarantineReader, filters: Annotated[QuarantineFilters, Query()]) -> Any:
    """Envelopes without an authenticated sender, and the reason of each."""
    return caller.node.quarantine(filters.given())


@router.get("/gaps", response_model=answers.Gaps)
def gaps(caller: Anyone) -> Any:
    """Numbers that are missing, in both directions."""
    return {"gaps": caller.node.gaps()}


@router.get("/contacts", response_model=answers.Contacts)
def contacts(caller: Anyone) -> Any:
    """Whom to call at each partner."""
    return {"contacts": caller.node.contacts()}


@router.post("/decisions", response_model=answers.Decision, openapi_extra={"x-body": "Question"})
def decisions(caller: Anyone) -> Any:
    """May a message like this be sent, by which grant, or why not."""
    return caller.node.check(caller.parsed(Question).model_dump())
