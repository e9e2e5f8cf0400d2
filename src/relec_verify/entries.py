"""Entries of a log: canonical JSON with exactly the fields of their kind.

Prevents: an entry that two readers understand differently, a field that hides something, and a
message that was exchanged for another one under the same entry (the salted commitment).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any

from relec_verify import activity
from relec_verify.encodings import INTEGER_MAX, canonical, parse_time, read_json
from relec_verify.refused import Refused

ENTRY_MAX = 4096
SALT_BYTES = 32
NETWORK = r"[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])"
NODE = r"[a-z][a-z0-9]{1,15}"
ID = r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
TYPE = r"(?=.{1,64}$)[a-z]+(\.[a-z_]+){0,2}"
DIGEST = r"[0-9a-f]{64}"
ORIGIN = rf"{NETWORK}/{NODE}/(exchange|activity)/[1-9][0-9]{{0,8}}"
_WORD, _REFERENCE = activity.WORD, activity.REFERENCE
_CLASS = "control|flash|ordinary"
_OUTCOME = "accepted|conflict|stale|sequence|syntax|schema|not-permitted"
_ADOPTED = "card|agreement|termination|suspension|revocation|proposal"

Check = Callable[[Any], bool]


def matches(pattern: str) -> Check:
    """A text that the whole pattern matches."""
    compiled = re.compile(pattern)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


def _empty_or(check: Check) -> Check:
    return lambda value: value == "" or check(value)


def _from(lowest: int) -> Check:
    return lambda value: type(value) is int and lowest <= value <= INTEGER_MAX


def _time(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(parse_time(value, "entry-malformed"))
    except Refused:
        return False


_OPENED: dict[str, Check] = {
    "origin": matches(ORIGIN),
    "previous_origin": _empty_or(matches(ORIGIN)),
    "previous_size": _from(0),
    "previous_root": _empty_or(matches(DIGEST)),
}
_ROUTE: dict[str, Check] = {
    "from": matches(NODE),
    "to": matches(NODE),
    "class": matches(_CLASS),
    "seq": _from(1),
    "id": matches(ID),
}
KINDS: dict[str, dict[str, Check]] = {
    "opened": _OPENED,
    "sent": {
        **_ROUTE,
        "type": matches(TYPE),
        "agreement": _empty_or(matches(DIGEST)),
        "card": matches(DIGEST),
        "rules": matches(DIGEST),
        "random": matches("[0-9a-f]{32}"),
        "commitment": matches(DIGEST),
    },
    "received": {
        **_ROUTE,
        "origin": matches(ORIGIN),
        "index": _from(0),
        "leaf": matches(DIGEST),
        "outcome": matches(_OUTCOME),
    },
    "adopted": {
        "what": matches(_ADOPTED),
        "subject": matches(_REFERENCE),
        "version": _from(1),
        "hash": matches(DIGEST),
    },
    "voided": {
        "to": matches(NODE),
        "class": matches(_CLASS),
        "seq": _from(1),
        "leaf": matches(DIGEST),
        "reason": matches("expired|no_route|erased|cancelled"),
    },
    "erased": {
        "what": matches(_WORD),
        "subject": matches(_REFERENCE),
        "reason": matches(_WORD),
    },
    "anchored": {"origin": matches(ORIGIN), "size": _from(0), "root": matches(DIGEST)},
}


def read_entry(data: bytes, kind: str = "") -> dict[str, Any]:
    """The fields of an entry (`entry-malformed`, `entry-kind`)."""
    if len(data) > ENTRY_MAX:
        raise Refused("entry-malformed", "longer than an entry may be")
    fields: dict[str, Any] = read_json(data, "entry-malformed")
    checks = _checks(fields.get("kind")) if isinstance(fields, dict) else None
    if checks is None:
        raise Refused("entry-malformed", "no kind of entry that is known")
    checks = {"kind": matches(_WORD), "time": _time, "network": matches(NETWORK), **checks}
    if fields.keys() != checks.keys():
        raise Refused("entry-malformed", "a field is missing, or one too many")
    for name, check in checks.items():
        if not check(fields[name]):
            raise Refused("entry-malformed", f"the field {name} is malformed")
    if canonical(fields) != data:
        raise Refused("entry-malformed", "not in canonical form")
    if not _holds_together(fields):
        raise Refused("entry-malformed", "its fields contradict each other")
    if kind and fields["kind"] != kind:
        raise Refused("entry-kind", f"an entry of another kind stands in place of {kind}")
    return fields


def _checks(kind: Any) -> dict[str, Check] | None:
    if not isinstance(kind, str):
        return None
    if kind in activity.PATTERNS:
        return {name: _activity(name, text) for name, text in activity.PATTERNS[kind].items()}
    return KINDS.get(kind)


def _activity(name: str, pattern: str) -> Check:
    """The check of one field of an activity entry."""
    if name == "roles":
        return _roles
    if name in activity.COUNTS:
        return _from(activity.COUNTS[name])
    checks = matches(pattern)
    if name in ("until", "minute", "at"):
        return lambda value: checks(value) and (not value or _time(_moment(value)))
    return checks


def _roles(value: Any) -> bool:
    activity.check_roles(value)
    return True


def _moment(value: str) -> str:
    return value if "T" in value else f"{value}T00:00:00.000Z"


def verify_commitment(fields: dict[str, Any], salt: bytes, message: bytes) -> None:
    """That a `sent` entry commits to exactly this message (`commitment`)."""
    if len(salt) != SALT_BYTES:
        raise Refused("commitment", "a salt has 32 bytes")
    if hashlib.sha256(b"relec/v1 message" + salt + message).hexdigest() != fields["commitment"]:
        raise Refused("commitment", "the entry does not commit to this message")


def _holds_together(fields: dict[str, Any]) -> bool:
    kind, network = fields["kind"], fields["network"]
    if kind == "sent":
        return bool(fields["from"] != fields["to"])
    if kind == "received":
        return str(fields["origin"]).startswith(f"{network}/{fields['from']}/exchange/")
    if kind == "anchored":
        parts = fields["origin"].split("/")
        return bool(parts[0] == network and parts[2] == "activity")
    return kind != "opened" or _follows(fields)


def _follows(fields: dict[str, Any]) -> bool:
    """Entry 0: without a log before it, or the next of the same node and kind."""
    own = fields["origin"].split("/")
    if own[0] != fields["network"]:
        return False
    if not fields["previous_origin"]:
        return bool(fields["previous_size"] == 0 and fields["previous_root"] == "")
    before = fields["previous_origin"].split("/")
    later = own[:3] == before[:3] and int(before[3]) < int(own[3])
    return later and fields["previous_root"] != ""
