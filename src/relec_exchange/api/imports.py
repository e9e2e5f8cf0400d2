"""The call of an import: what was sent before from the same records."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from relec_exchange.api import answers
from relec_exchange.api.callers import Submitter
from relec_exchange.api.requests import NodeName, Request
from relec_exchange.message.constants import LIMITS

router = APIRouter(prefix="/v1/imports", tags=["imports"])

_Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 in hex")]


class Imported(Request):
    """One record for one recipient: digests of what it is about and of what it says."""

    recipient: NodeName
    subject: _Digest
    content: _Digest


class ImportQuestion(Request):
    """Up to 256 records."""

    items: Annotated[list[Imported], Field(min_length=1, max_length=LIMITS.batch_max)]


@router.post(
    "/compare", response_model=answers.SentBeforeList, openapi_extra={"x-body": "ImportQuestion"}
)
def compare_import(caller: Submitter) -> Any:
    """What stands of each record, so that an import corrects it instead of repeating it."""
    items = [item.model_dump() for item in caller.parsed(ImportQuestion).items]
    return {"items": caller.node.sent_before(items)}
