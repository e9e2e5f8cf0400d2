"""Calls about this node's logs: which there are, and the successor of one."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from relec_exchange.api.answers.logs import LogSucceeded, OwnLogs
from relec_exchange.api.callers import Anyone, SecurityOfficer
from relec_exchange.api.requests import Request

router = APIRouter(prefix="/v1/logs", tags=["logs"])


class LogSuccession(Request):
    """The log that is to be replaced by its successor."""

    origin: Annotated[str, Field(max_length=128, pattern=r"^[a-z0-9.-]+/[a-z0-9]+/[a-z]+/[0-9]+$")]


@router.get("", response_model=OwnLogs)
def logs(caller: Anyone) -> Any:
    """The node's logs, current and closed, with their keys."""
    return {"logs": caller.node.logs()}


@router.post("/succeed", response_model=LogSucceeded, openapi_extra={"x-body": "LogSuccession"})
def succeed_log(caller: SecurityOfficer) -> Any:
    """Close a log and go on in its successor; a card that names both must follow."""
    asked = caller.parsed(LogSuccession)
    return caller.node.succeed_log(asked.origin, caller.officer.name)
