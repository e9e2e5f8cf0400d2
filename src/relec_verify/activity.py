"""The kinds of entries of an activity log, for whoever verifies one of those.

An evidence bundle holds entries of exchange logs alone. This table makes the second implementation
whole for log entries, so that all vectors of that kind can be run.
"""

from __future__ import annotations

from typing import Any

from relec_verify.refused import Refused

OFFICER = r"[a-z][a-z0-9._-]{1,31}"
WORD = r"[a-z][a-z0-9._-]{0,63}"
REFERENCE = r"[A-Za-z0-9][A-Za-z0-9._:/@-]{0,199}"
_ID = r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
_DIGEST = "[0-9a-f]{64}"
_SIGNATURE = r"[A-Za-z0-9+/]{85}[AQgw]=="
_VKEY = r"[a-z0-9._/-]{1,160}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}"
_TYPE = r"(?=.{1,64}$)[a-z]+(\.[a-z_]+){0,2}"
_HANDLING = r"(H0(\+H1)?(\+H2)?(\+H3)?|H1(\+H2)?(\+H3)?|H2(\+H3)?|H3)"
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_MINUTE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:00\.000Z"
_ROLES = (
    *("auditor", "operator", "protection_desk", "releaser"),
    *("security_officer", "submitter", "system"),
)
_ACT = {"actor": OFFICER, "id": _ID, "signature": _SIGNATURE}
_LEAF = {**_ACT, "leaf": _DIGEST}

COUNTS = {"count": 1, "version": 0}
"""Fields that are integers, and the lowest value of each."""

PATTERNS: dict[str, dict[str, str]] = {
    "submitted": _ACT,
    "released": _ACT,
    "approved": _ACT,
    "returned": _ACT,
    "confirmed": _ACT,
    "answered": {**_ACT, "question": WORD},
    "closed": _LEAF,
    "freed": _LEAF,
    "opened_message": _LEAF,
    "extracted": {**_ACT, "digest": _DIGEST},
    "kept": {**_LEAF, "direction": "in|out", "until": _DAY},
    "unkept": {**_LEAF, "direction": "in|out"},
    "exported": {**_LEAF, "use": WORD},
    "decision": {
        "id": _ID,
        "direction": "outbound|inbound",
        "outcome": WORD,
        "rule": f"({WORD})?",
        "agreement": f"({_DIGEST})?",
        "grant": f"({REFERENCE})?",
        "type": f"({_TYPE})?",
        "peer": "([a-z][a-z0-9]{1,15})?",
        "version": "",
        "exercise": "(yes|no)?",
        "area": f"({WORD})?",
        "purpose": f"({WORD})?",
        "level": f"({WORD})?",
        "handling": f"({_HANDLING})?",
        "unit": f"({WORD})?",
        "at": r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z)?",
    },
    "quarantined": {"reason": WORD, "source": f"({REFERENCE})?", "count": "", "minute": _MINUTE},
    "officer": {"action": WORD, "name": OFFICER, "roles": "", "key": f"({_VKEY})?"},
    "access": {"actor": OFFICER, "action": WORD, "ref": f"({REFERENCE})?"},
    "unsealed": {
        "actor": OFFICER,
        "id": _ID,
        "leaf": f"({_DIGEST})?",
        "reason": WORD,
    },
    "alarm_closed": {
        "actor": OFFICER,
        "what": WORD,
        "subject": f"({REFERENCE})?",
        "reason": WORD,
    },
    "alarm": {"what": WORD, "subject": f"({REFERENCE})?", "detail": f"({_DIGEST})?"},
    "delivered": {"id": _ID, "unit": WORD, "target": REFERENCE},
}
"""Each kind with its fields beside kind, time and network; an empty pattern is judged elsewhere."""


def check_roles(value: Any) -> None:
    """A sorted list of roles without doubles (`entry-malformed`)."""
    known = type(value) is list and all(isinstance(x, str) and x in _ROLES for x in value)
    if not known or value != sorted(set(value)):
        raise Refused("entry-malformed", "the field roles is malformed")
