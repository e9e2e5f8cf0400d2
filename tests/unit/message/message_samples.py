"""One valid document of every type, as parsed JSON, for tests that change one thing."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

ID = "01a1ff38-3de2-7fff-bfff-ffffffffffff"
OTHER_ID = "01a1ff38-3de2-7000-8000-000000000000"
TIME = "2026-11-21T17:30:00.123Z"
HASH = "ab" * 32
HASH_B64 = "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s="

CONTROL = {
    "message_id": ID,
    "type": "",
    "schema_version": 1,
    "sender": "tr",
    "recipient": "pk",
    "exercise": True,
    "created_at": TIME,
}
FULL = CONTROL | {
    "sender_unit": "ncp",
    "author_role": "submitter",
    "area": "irregular_migration",
    "purpose": "situational_awareness",
    "data_level": "none",
    "handling": ["H1", "H2"],
    "urgency": "routine",
    "language": "en",
}
GRADED = {"data_level": "non_nominal", "source_grade": "B", "info_grade": "3"}
QUIET = {"last_sent": 0, "contiguous": 0, "missing": []}

_SAMPLES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "stat.report": (
        FULL | {"data_level": "aggregate"},
        {
            "reporting_country": "PK",
            "period": {"year": 2015, "quarter": 3},
            "rows": [
                {"indicator": "fran.1a", "month": "2015-07", "citizenship": "PAK", "value": 41},
                {"indicator": "fran.1a", "month": "2015-08", "suppressed": True},
            ],
        },
    ),
    "warning.notice": (
        FULL | GRADED,
        {
            "kind": "new_route",
            "where": {
                "country": "TR",
                "subdivision": "TR-65",
                "position": {"lat": 38.5, "lon": 43.38},
            },
            "when": {"from": "2026-11-01", "to": "2026-11-20"},
            "what": "Groups of about twenty walk at night.\nThey wait for vans.",
            "expires_on": "2026-12-31",
        },
    ),
    "warning.life_at_risk": (
        FULL
        | GRADED
        | {"purpose": "rescue_only", "urgency": "flash", "urgency_reason": "Boat takes water"},
        {
            "place": {"text": "West of Lesvos", "position": {"lat": 39.1234, "lon": 25.9}},
            "time": TIME,
            "craft": {"kind": "rubber_boat"},
            "persons": {"estimated": 40, "children": 6},
            "condition": "Engine stopped",
            "authority_contacted": "Coast guard, by radio",
        },
    ),
    "ack": (FULL | {"in_reply_to": OTHER_ID}, {"unit": "Duty desk", "action_taken": "Boat sent"}),
    "info.request": (
        FULL | {"data_level": "nominal", "purpose": "criminal_investigation"},
        {
            "questions": [{"number": 1, "text": "Is the passport valid?", "why": "Seen altered"}],
            "reasons": "Synthetic case 7",
            "persons": [
                {
                    "category": "suspect",
                    "names": [{"text": "نمونه", "kind": "birth", "script": "Arab"}],
                    "birth": {"date": "1988", "precision": "year"},
                    "documents": [{"kind": "passport", "number": "X0000000", "issuer": "PAK"}],
                }
            ],
            "objects": [{"kind": "vehicle", "identifier": "00 ABC 000"}],
        },
    ),
    "info.reply": (
        FULL | {"data_level": "nominal", "in_reply_to": OTHER_ID},
        {
            "kind": "full",
            "answers": [
                {
                    "number": 1,
                    "answer": "It was never issued",
                    "source_grade": "A",
                    "info_grade": "1",
                    "handling": ["H1"],
                }
            ],
        },
    ),
    "test.ping": (FULL, {"text": "hello"}),
    "test.pong": (FULL | {"in_reply_to": OTHER_ID}, {"text": "hello", "ping_id": OTHER_ID}),
    "receipt": (
        CONTROL,
        {"items": [{"leaf": HASH, "stage": "validated", "code": "accepted", "at": TIME}]},
    ),
    "round": (
        CONTROL,
        {
            "number": 7,
            "checkpoint": "old 0\n\nrelec.example/tr/exchange/1\n0\nAAAA\n\n— x AAAA\n",
            "answer": {
                "number": 6,
                "status": 409,
                "body": "7\n",
                "origin": "relec.example/pk/exchange/1",
            },
            "proofs": [{"size": 3, "root": HASH, "hashes": [HASH_B64]}],
            "status": {
                "classes": {
                    "control": {"last_sent": 9, "contiguous": 4, "missing": [[5, 6], [8, 8]]},
                    "flash": QUIET,
                    "ordinary": QUIET,
                }
            },
            "directory": {"cards": HASH, "agreements": HASH},
            "clock": TIME,
        },
    ),
    "resend.request": (CONTROL, {"items": [{"class": "ordinary", "from": 3, "to": 5}]}),
    "void": (
        CONTROL,
        {"items": [{"class": "flash", "seq": 3, "entry": "e30=", "reason": "expired"}]},
    ),
    "card.update": (CONTROL, {"cards": ['format = "relec/v1 card"\n\n— x AAAA\n']}),
}

TYPES = tuple(_SAMPLES)


def sample(name: str) -> dict[str, Any]:
    """A fresh copy of the valid document of a type."""
    header, body = deepcopy(_SAMPLES[name])
    return {"header": header | {"type": name}, "body": body}


def changed(name: str, part: str, /, **fields: Any) -> dict[str, Any]:
    """The sample with some fields of header or body set; `...` leaves a field out."""
    document = sample(name)
    for field, value in fields.items():
        document[part].pop(field, None)
        if value is not ...:
            document[part][field] = value
    return document
