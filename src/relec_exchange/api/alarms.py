"""Calls about alarms: what stands, what shows it, and that a person has dealt with it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path

from relec_exchange.api import answers
from relec_exchange.api.auditing import Reason
from relec_exchange.api.callers import ALARM_WATCHERS, Caller, allow
from relec_exchange.api.requests import Request
from relec_exchange.trust.officer import Role

router = APIRouter(prefix="/v1/alarms", tags=["audit"])

_Watcher = Annotated[Caller, Depends(allow(*ALARM_WATCHERS))]
_Closer = Annotated[Caller, Depends(allow(Role.AUDITOR, Role.SECURITY_OFFICER))]
_Number = Annotated[int, Path(ge=1, lt=2**63)]


class AlarmClosing(Request):
    """Why an alarm needs nobody any more, in one word."""

    reason: Reason


@router.get("", response_model=answers.AlarmList)
def alarms(caller: _Watcher, everything: bool = False) -> Any:
    """Alarms that are open, or all."""
    return {"alarms": caller.node.alarms(everything)}


@router.get("/{number}", response_model=answers.Alarm)
def alarm(number: _Number, caller: _Closer) -> Any:
    """One alarm with its evidence."""
    return caller.node.alarm(number)


@router.post(
    "/{number}/close", response_model=answers.AlarmLine, openapi_extra={"x-body": "AlarmClosing"}
)
def close_alarm(number: _Number, caller: _Closer) -> Any:
    """Say that a person has dealt with it; logged with the reason."""
    reason = caller.parsed(AlarmClosing).reason
    return caller.node.close_alarm(number, reason, caller.officer.name)
