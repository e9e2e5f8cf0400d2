"""The call that statistics are made from."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from relec_exchange.api import answers
from relec_exchange.api.callers import Caller, allow
from relec_exchange.trust.officer import Role

router = APIRouter(prefix="/v1", tags=["statistics"])

PAGE_MAX = 200
# Who may read reports may read them all at once.
Reader = Annotated[
    Caller, Depends(allow(Role.SUBMITTER, Role.RELEASER, Role.PROTECTION_DESK, Role.SYSTEM))
]


class StatisticsFilters(BaseModel):
    """What to read, of which direction, and where the page begins; nothing unknown."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    what: Literal["reports", "warnings", "deadlines"] = "reports"
    direction: answers.Direction = "in"
    after: Annotated[int, Field(ge=0, lt=2**63)] = 0
    limit: Annotated[int, Field(ge=1, le=PAGE_MAX)] = 100


@router.get("/statistics", response_model=answers.StatisticsPage)
def statistics(caller: Reader, filters: Annotated[StatisticsFilters, Query()]) -> Any:
    """Bodies of reports, coarse facts of warnings, or deadlines; each call is logged."""
    return caller.node.statistics(filters.model_dump(), caller.officer.name)
