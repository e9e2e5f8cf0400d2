"""Calls of auditors: search, replay, judging again, gaps, coverage, access, figures of a period."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from relec_exchange.api import answers
from relec_exchange.api.callers import Auditor
from relec_exchange.api.requests import MessageIdText, Request
from relec_exchange.message.identifiers import TIME_PATTERN

router = APIRouter(prefix="/v1/auditing", tags=["audit"])

PAGE_MAX = 1000
Reason = Annotated[str, Field(pattern=r"^[a-z][a-z0-9._-]{0,63}$", description="one word")]
_Time = Annotated[str, Field(pattern=rf"{TIME_PATTERN}|^$")]
_Word = Annotated[str, Field(max_length=200)]


class _Period(BaseModel):
    """A period in wire time, from `since` on until before `until`; nothing unknown."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    since: _Time = ""
    until: _Time = ""


class SearchFilters(_Period):
    """What to look for; what is empty is not asked for. `after` is `next` of the page before."""

    log: Literal["", "exchange", "activity"] = ""
    kind: _Word = ""
    peer: _Word = ""
    type: _Word = ""
    area: _Word = ""
    rule: _Word = ""
    actor: _Word = ""
    outcome: _Word = ""
    ref: _Word = ""
    after: Annotated[str, Field(max_length=400)] = ""
    limit: Annotated[int, Field(ge=1, le=PAGE_MAX)] = 100


class AccessFilters(_Period):
    """Whose access of which kind; the newest `limit` lines come."""

    actor: _Word = ""
    action: _Word = ""
    limit: Annotated[int, Field(ge=1, le=PAGE_MAX)] = 200


class Unsealing(Request):
    """Which message is judged again, and why its content has to be opened for that."""

    message_id: MessageIdText
    direction: answers.Direction
    reason: Reason


@router.get("/search", response_model=answers.AuditPage)
def audit_search(caller: Auditor, filters: Annotated[SearchFilters, Query()]) -> Any:
    """Entries of both logs, in the order of time; each search is logged."""
    return caller.node.audit_search(filters.model_dump(), caller.officer.name)


@router.get("/replay", response_model=answers.ReplayPage)
def audit_replay(
    caller: Auditor,
    log: Annotated[str, Query(pattern=r"^activity(-[1-9][0-9]{0,8})?$")] = "activity",
    start: Annotated[int, Query(ge=0, lt=2**63)] = 0,
) -> Any:
    """Decisions of agreements among the next entries of an activity log, recomputed."""
    return caller.node.audit_replay(log, start, caller.officer.name)


@router.get("/judgements", response_model=answers.JudgementPage)
def judgements(
    caller: Auditor,
    after: Annotated[int, Query(ge=0, lt=2**63)] = 0,
    limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 100,
) -> Any:
    """Messages that the protection rules have judged."""
    return caller.node.judgements(after, limit, caller.officer.name)


@router.post(
    "/judgements", response_model=answers.JudgedAgain, openapi_extra={"x-body": "Unsealing"}
)
def unseal(caller: Auditor) -> Any:
    """Judge one message again; that its content was opened is logged first, with the reason."""
    given = caller.parsed(Unsealing)
    return caller.node.unseal(given.model_dump(), caller.officer.name)


@router.get("/gaps", response_model=answers.GapsForAudit)
def audit_gaps(caller: Auditor) -> Any:
    """Numbers that went missing, here and of ours at partners, and how they ended."""
    return caller.node.audit_gaps(caller.officer.name)


@router.get("/coverage", response_model=answers.CoveragePart)
def audit_coverage(caller: Auditor, part: Annotated[str, Query(max_length=40)] = "sent") -> Any:
    """One part of the comparison of all records with the logs."""
    return caller.node.audit_coverage(part, caller.officer.name)


@router.get("/access", response_model=answers.AccessPage)
def audit_access(caller: Auditor, filters: Annotated[AccessFilters, Query()]) -> Any:
    """Who opened, searched, exported, unsealed, or was turned away."""
    return caller.node.audit_access(filters.model_dump(), caller.officer.name)


@router.get("/report", response_model=answers.AuditReport)
def audit_report(caller: Auditor, period: Annotated[_Period, Query()]) -> Any:
    """The figures of a period, without content."""
    return caller.node.audit_report(period.since, period.until, caller.officer.name)
