"""Calls about the two logs: heads, entries and proofs."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from relec_exchange.api import answers
from relec_exchange.api.callers import Anyone, Auditor, Caller
from relec_exchange.message.encoding import b64
from relec_exchange.trust.officer import Role

router = APIRouter(prefix="/v1/audit", tags=["audit"])

ENTRIES_MAX = 1000
_Log = Annotated[
    str,
    Path(
        pattern=r"^(exchange|activity)(-[1-9][0-9]{0,8})?$",
        description="the log that is written, or one by its number: exchange-1",
    ),
]
_Index = Annotated[int, Query(ge=0, lt=2**63)]
_Size = Annotated[int, Query(ge=1, lt=2**63)]


@router.get("/{log}", response_model=answers.LogHead)
def head(log: _Log, caller: Anyone) -> Any:
    """Size, root and signed checkpoint; the activity log's for auditors only."""
    return _may_see(caller, log).node.audit_head(log)


@router.get("/{log}/entries", response_model=answers.LogEntries)
def entries(
    log: _Log,
    caller: Auditor,
    start: _Index = 0,
    count: Annotated[int, Query(ge=1, le=ENTRIES_MAX)] = 100,
) -> Any:
    """Entries from `start` on; logged where reading begins, as `audit-entries`."""
    caller.node.audit_reading(log, start, caller.officer.name)
    return {"entries": caller.node.audit_entries(log, start, count)}


@router.get("/{log}/proof", response_model=answers.ProofText)
def proof(log: _Log, caller: Auditor, index: _Index, size: _Size | None = None) -> Any:
    """A tlog-proof of one entry, under the newest checkpoint unless a size is given."""
    return {"proof": caller.node.audit_proof(log, index, size)}


@router.get("/{log}/consistency", response_model=answers.Hashes)
def consistency(log: _Log, caller: Auditor, old: _Size, size: _Size) -> Any:
    """The hashes that prove the tree of size `old` a prefix of the one of `size`."""
    return {"hashes": [b64(item) for item in caller.node.audit_consistency(log, old, size)]}


def _may_see(caller: Caller, log: str) -> Caller:
    """How many steps officers took is not for everybody."""
    if log.startswith("activity"):
        caller.officer.require(Role.AUDITOR)
    return caller
