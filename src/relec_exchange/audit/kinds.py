"""The kinds of log entries as a table: which fields each has, and what holds between them.

Contract: data and nothing else. A rule looks at an entry whose fields have passed their checks and
returns what is wrong with it, or nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from relec_exchange.audit.fields import (
    CLASS,
    COUNT,
    DIGEST,
    ID,
    NETWORK,
    NODE,
    OFFICER,
    POSITIVE,
    RANDOM,
    REFERENCE,
    SIGNATURE,
    TYPE,
    VERIFIER_KEY,
    WORD,
    Check,
    is_day,
    is_handling,
    is_minute,
    is_origin,
    is_roles,
    is_time,
    one_of,
    or_empty,
)
from relec_exchange.errors import WireCode
from relec_exchange.message.identifiers import Origin, parse_origin

Entry = Mapping[str, Any]
Rule = Callable[[Entry], str]

ADOPTED: Final = ("card", "agreement", "termination", "suspension", "revocation", "proposal")
"""What a node adopts; a proposal is a text that nobody has signed yet."""

VOID_REASONS: Final = ("expired", "no_route", "erased", "cancelled")


def _sent(entry: Entry) -> str:
    return "from and to are one node" if entry["from"] == entry["to"] else ""


def _received(entry: Entry) -> str:
    origin = parse_origin(entry["origin"])
    expected = Origin(entry["network"], entry["from"], "exchange", origin.number)
    return "" if origin == expected else "origin is not an exchange log of the sender"


def _opened(entry: Entry) -> str:
    origin = parse_origin(entry["origin"])
    if origin.network != entry["network"]:
        return "origin is of another network"
    if entry["previous_origin"] == "":
        first = entry["previous_size"] == 0 and entry["previous_root"] == ""
        return "" if first else "size and root of no previous log"
    previous = parse_origin(entry["previous_origin"])
    follows = (origin.network, origin.node, origin.log) == (
        previous.network,
        previous.node,
        previous.log,
    )
    if not follows or previous.number >= origin.number or entry["previous_root"] == "":
        return "the previous log is not one that this log follows"
    return ""


def _anchored(entry: Entry) -> str:
    origin = parse_origin(entry["origin"])
    fits = origin.log == "activity" and origin.network == entry["network"]
    return "" if fits else "origin is not an activity log of this network"


def _none(_entry: Entry) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: the exact set of its fields with their checks, and a rule over all of them."""

    fields: Mapping[str, Check]
    keys: frozenset[str]
    rule: Rule


def _kind(rule: Rule = _none, /, **fields: Check) -> Kind:
    # A trailing underscore keeps Python's keywords apart from field names: from_ is "from".
    named = {name.rstrip("_"): check for name, check in fields.items()}
    every: dict[str, Check] = {"kind": WORD, "time": is_time, "network": NETWORK, **named}
    return Kind(MappingProxyType(every), frozenset(every), rule)


_OPENED: Final = _kind(
    _opened,
    origin=is_origin,
    previous_origin=or_empty(is_origin),
    previous_size=COUNT,
    previous_root=or_empty(DIGEST),
)

EXCHANGE_KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "opened": _OPENED,
        "sent": _kind(
            _sent,
            from_=NODE,
            to=NODE,
            class_=CLASS,
            seq=POSITIVE,
            id=ID,
            type=TYPE,
            agreement=or_empty(DIGEST),
            card=DIGEST,
            rules=DIGEST,
            random=RANDOM,
            commitment=DIGEST,
        ),
        "received": _kind(
            _received,
            from_=NODE,
            to=NODE,
            class_=CLASS,
            seq=POSITIVE,
            id=ID,
            origin=is_origin,
            index=COUNT,
            leaf=DIGEST,
            outcome=one_of(*(code.value for code in WireCode)),
        ),
        "adopted": _kind(what=one_of(*ADOPTED), subject=REFERENCE, version=POSITIVE, hash=DIGEST),
        "voided": _kind(
            to=NODE, class_=CLASS, seq=POSITIVE, leaf=DIGEST, reason=one_of(*VOID_REASONS)
        ),
        "erased": _kind(what=WORD, subject=REFERENCE, reason=WORD),
        "anchored": _kind(_anchored, origin=is_origin, size=COUNT, root=DIGEST),
    }
)
"""Entries whose proofs travel to partners. Only `sent` carries a commitment."""

ACTIVITY_KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "opened": _OPENED,
        "submitted": _kind(actor=OFFICER, id=ID, signature=SIGNATURE),
        "released": _kind(actor=OFFICER, id=ID, signature=SIGNATURE),
        "answered": _kind(actor=OFFICER, id=ID, question=WORD, signature=SIGNATURE),
        "approved": _kind(actor=OFFICER, id=ID, signature=SIGNATURE),
        "returned": _kind(actor=OFFICER, id=ID, signature=SIGNATURE),
        "confirmed": _kind(actor=OFFICER, id=ID, signature=SIGNATURE),
        "closed": _kind(actor=OFFICER, id=ID, leaf=DIGEST, signature=SIGNATURE),
        "freed": _kind(actor=OFFICER, id=ID, leaf=DIGEST, signature=SIGNATURE),
        "extracted": _kind(actor=OFFICER, id=ID, digest=DIGEST, signature=SIGNATURE),
        "opened_message": _kind(actor=OFFICER, id=ID, leaf=DIGEST, signature=SIGNATURE),
        "decision": _kind(
            id=ID,
            direction=one_of("outbound", "inbound"),
            outcome=WORD,
            rule=or_empty(WORD),
            agreement=or_empty(DIGEST),
            grant=or_empty(REFERENCE),
            type=or_empty(TYPE),
            peer=or_empty(NODE),
            version=COUNT,
            exercise=one_of("yes", "no", ""),
            area=or_empty(WORD),
            purpose=or_empty(WORD),
            level=or_empty(WORD),
            handling=or_empty(is_handling),
            unit=or_empty(WORD),
            at=or_empty(is_time),
        ),
        "kept": _kind(
            actor=OFFICER,
            id=ID,
            direction=one_of("in", "out"),
            leaf=DIGEST,
            until=is_day,
            signature=SIGNATURE,
        ),
        "unkept": _kind(
            actor=OFFICER, id=ID, direction=one_of("in", "out"), leaf=DIGEST, signature=SIGNATURE
        ),
        "exported": _kind(actor=OFFICER, id=ID, leaf=DIGEST, use=WORD, signature=SIGNATURE),
        "quarantined": _kind(
            reason=WORD, source=or_empty(REFERENCE), count=POSITIVE, minute=is_minute
        ),
        "officer": _kind(action=WORD, name=OFFICER, roles=is_roles, key=or_empty(VERIFIER_KEY)),
        "access": _kind(actor=OFFICER, action=WORD, ref=or_empty(REFERENCE)),
        "unsealed": _kind(actor=OFFICER, id=ID, leaf=or_empty(DIGEST), reason=WORD),
        "alarm_closed": _kind(actor=OFFICER, what=WORD, subject=or_empty(REFERENCE), reason=WORD),
        "alarm": _kind(what=WORD, subject=or_empty(REFERENCE), detail=or_empty(DIGEST)),
        "delivered": _kind(id=ID, unit=WORD, target=REFERENCE),
    }
)
"""Entries whose proofs stay with the node."""

KINDS: Final[Mapping[str, Kind]] = MappingProxyType({**ACTIVITY_KINDS, **EXCHANGE_KINDS})
