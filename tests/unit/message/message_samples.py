"""One valid document of every type, as parsed JSON, for tests that change one thing."""

from __future__ import annotations

from base64 import b64encode
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
NOMINAL = {"data_level": "nominal", "purpose": "criminal_investigation"}
REPLY = NOMINAL | {"in_reply_to": OTHER_ID}
RETURN = {"data_level": "nominal", "purpose": "return_reintegration"}
DESK = {"data_level": "nominal_sensitive", "purpose": "victim_protection", "handling": ["H0"]}
GRADED = {"data_level": "non_nominal", "source_grade": "B", "info_grade": "3"}
MRZ = [
    "P<TURORNEK<<DENEME<<<<<<<<<<<<<<<<<<<<<<<<<<",
    "X0000000<1TUR8802299<3001019<<<<<<<<<<<<<<<4",
]
NOTE = 'format = "relec/v1 agreement"\n\n— x AAAA\n'
FACT = {
    "number": 1,
    "text": "Vans wait behind the station.",
    "source_grade": "B",
    "info_grade": "3",
    "handling": ["H2"],
}
SUSPECT = {
    "category": "suspect",
    "names": [{"text": "نمونه", "kind": "birth", "script": "Arab"}],
    "birth": {"date": "1988", "precision": "year"},
    "documents": [{"kind": "passport", "number": "X0000000", "issuer": "PAK"}],
}
RETURNEE = {
    "category": "migrant",
    "names": [{"text": "Örnek", "kind": "birth", "script": "Latn", "language": "tr"}],
    "age_band": "18-34",
    "citizenships": ["PAK"],
}
SMUGGLING = {
    "benefit": "Each pays 3000 US dollars before the boat leaves",
    "routes": [
        {
            "from": {"country": "TR", "subdivision": "TR-35"},
            "to": {"country": "GR"},
            "mode": "rubber_boat",
        }
    ],
    "fees": [{"amount": "3000", "currency": "USD", "means": "hawala"}],
    "services": ["sea_transport"],
    "danger_indicators": ["overcrowded"],
}
SEALED = {
    "unit": "protection-desk",
    "suite": "relec/v1",
    "commitment": HASH,
    "parts": [{"key": "0123456789abcdef", "data": b64encode(bytes(4096 + 1136)).decode()}],
}
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
        FULL | NOMINAL,
        {
            "questions": [{"number": 1, "text": "Is the passport valid?", "why": "Seen altered"}],
            "reasons": "Synthetic case 7",
            "persons": [SUSPECT],
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
    "stat.analysis": (
        FULL | {"data_level": "aggregate"},
        {
            "period": {"year": 2015, "quarter": 3},
            "findings": ["Crossings by sea doubled"],
            "trend": "rising",
            "confidence": "moderate",
            "sources": ["Coast guard"],
        },
    ),
    "warning.update": (
        FULL | GRADED | {"supersedes": OTHER_ID},
        {
            "kind": "surge",
            "where": {"country": "TR"},
            "when": {"from": "2026-11-01", "to": "2026-11-20"},
            "what": "Groups of about forty walk at night.",
            "changes": "The groups are larger",
        },
    ),
    "warning.cancel": (
        FULL | {"data_level": "non_nominal", "supersedes": OTHER_ID},
        {"reason": "expired"},
    ),
    "doc.alert": (
        FULL | GRADED,
        {
            "series": [
                {
                    "issuer": "PAK",
                    "document_type": "passport",
                    "first": "X0000100",
                    "last": "X0000199",
                    "count": 100,
                    "state": "stolen_blank",
                }
            ],
            "features": ["Line 2 is printed too low"],
        },
    ),
    "doc.verify.request": (
        FULL | NOMINAL,
        {"mrz": MRZ, "question": "issued", "why": "Seen at a border"},
    ),
    "doc.verify.reply": (FULL | REPLY, {"answer": "no", "note": "The number was never given out"}),
    "info.clarify": (
        FULL | REPLY,
        {"kind": "question", "items": [{"number": 1, "text": "Which of the two?"}]},
    ),
    "info.spontaneous": (
        FULL | NOMINAL,
        {"facts": [FACT], "relevance": "They drive to the border", "smuggling": SMUGGLING},
    ),
    "case.referral": (
        FULL | NOMINAL,
        {
            "offence": "Smuggling of migrants",
            "facts": [FACT],
            "competent_authority": "Prosecutor of a simulated city",
            "asked": "Take over the investigation",
            "persons": [SUSPECT | {"roles": ["driver"]}],
            "smuggling": SMUGGLING,
        },
    ),
    "case.response": (FULL | REPLY, {"outcome": "accepted", "contact_unit": "ncp"}),
    "protection.referral": (FULL | DESK, SEALED),
    "protection.response": (FULL | DESK | {"in_reply_to": OTHER_ID}, SEALED),
    "return.notice": (
        FULL | RETURN,
        {
            "planned_on": "2026-12-10",
            "basis": "informed_consent",
            "basis_on": "2026-11-02",
            "persons": [RETURNEE],
            "needs_on_arrival": ["A place to stay"],
        },
    ),
    "reintegration.referral": (
        FULL | RETURN,
        {
            "basis": "informed_consent",
            "basis_on": "2026-11-02",
            "persons": [RETURNEE],
            "needs": ["Training"],
            "receiving_service": "A Migrant Resource Centre",
        },
    ),
    "reintegration.response": (
        FULL | RETURN | {"in_reply_to": OTHER_ID},
        {
            "outcome": "accepted",
            "service": "A Migrant Resource Centre",
            "indicators": {"individual": 60},
        },
    ),
    "consent.request": (
        FULL,
        {
            "message_id": OTHER_ID,
            "use": "onward",
            "onward_to": "Border police of a third state",
            "why": "They search the same van",
        },
    ),
    "consent.decision": (
        FULL | {"in_reply_to": OTHER_ID},
        {"decision": "granted", "conditions": "Not in court", "expires_on": "2027-01-01"},
    ),
    "correction": (
        FULL | {"data_level": "non_nominal"},
        {
            "message_id": OTHER_ID,
            "why": "A typing error",
            "fields": [{"path": "/body/estimated_persons", "now": "40"}, {"path": "/body/group"}],
        },
    ),
    "recall": (
        FULL | NOMINAL,
        {"message_id": OTHER_ID, "why": "Another person", "reason": "wrong_person"},
    ),
    "recall.outcome": (
        FULL | REPLY,
        {"message_id": OTHER_ID, "outcome": "destroyed", "at": TIME},
    ),
    "shred.attestation": (
        FULL,
        {"leaf": HASH, "destroyed_at": TIME, "what": ["content", "content_key"]},
    ),
    "feedback": (FULL | {"in_reply_to": OTHER_ID}, {"useful": "yes", "text": "Two vans found"}),
    "contact.update": (
        FULL,
        {
            "unit": "ncp",
            "phone": "+902125550100",
            "email": "desk@ncp.example",
            "languages": ["tr", "en"],
            "hours": [
                {"days": ["mon", "tue"], "from": "08:30", "to": "17:00", "zone": "Europe/Istanbul"}
            ],
            "escalation": [{"order": 1, "function": "Duty officer", "phone": "+902125550101"}],
            "valid_from": "2026-12-01",
        },
    ),
    "breach.notice": (
        FULL,
        {
            "discovered_at": TIME,
            "what": "A computer was stolen",
            "messages": [OTHER_ID],
            "measures": "Its keys are revoked",
            "contact": "Security officer, by the duty phone",
        },
    ),
    "agreement.propose": (CONTROL, {"text": 'format = "relec/v1 agreement"\n'}),
    "agreement.sign": (CONTROL, {"note": NOTE}),
    "agreement.suspend": (CONTROL, {"note": NOTE}),
    "agreement.terminate": (CONTROL, {"note": NOTE}),
    "key.revoke": (CONTROL, {"note": NOTE}),
    "log.alarm": (CONTROL, {"kind": "fork", "notes": [NOTE, NOTE + NOTE]}),
}

TYPES = tuple(_SAMPLES)


# What travels sealed to a unit, as its author writes it.
INNER: dict[str, dict[str, Any]] = {
    "protection.referral": {
        "consent": {
            "given_on": "2026-11-20",
            "given_by": "self",
            "scope": "Housing and a doctor",
            "reference": "Form 7",
        },
        "person": RETURNEE | {"category": "victim"},
        "needs": ["A safe place"],
        "safe_contact": "By the social worker of the shelter",
        "do_not_contact": ["The family"],
    },
    "protection.response": {"outcome": "accepted", "service": "A shelter"},
}


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
