"""The call about what depended on revoked keys."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from relec_exchange.api import answers
from relec_exchange.api.callers import Caller, allow
from relec_exchange.trust.officer import Role

router = APIRouter(prefix="/v1", tags=["audit"])

_Concerned = Annotated[Caller, Depends(allow(Role.AUDITOR, Role.SECURITY_OFFICER))]


@router.get("/disputed", response_model=answers.DisputedList)
def disputed(caller: _Concerned) -> Any:
    """What depended on keys that were revoked: messages, entries and texts, without content."""
    return caller.node.disputed(caller.officer.name)
