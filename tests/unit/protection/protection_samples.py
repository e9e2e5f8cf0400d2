"""Small messages and facts for the tests of protection rules."""

from __future__ import annotations

from datetime import date
from typing import Any

from relec_exchange.message.catalogue import message_type
from relec_exchange.message.document import Message, read_body, read_header
from relec_exchange.protection.model import Effect, Facts, Finding
from relec_exchange.protection.rules import judge

ID = "01a1ff38-3de2-7fff-bfff-ffffffffffff"
EARLIER_ID = "01a1ff38-3de2-7000-8000-000000000000"
PROMISES = ("no_death_penalty", "no_torture")
FACTS = Facts("exercise", "outbound", date(2026, 11, 21), assurances=PROMISES)
INBOUND = Facts("exercise", "inbound", date(2026, 11, 21), assurances=PROMISES)


def message(type_name: str, body: dict[str, Any], **header: Any) -> Message:
    """A message from tr to pk; a body for a unit is open."""
    kind = message_type(type_name)
    given: dict[str, Any] = {
        "message_id": ID,
        "type": type_name,
        "schema_version": 1,
        "sender": "tr",
        "recipient": "pk",
        "exercise": True,
        "created_at": "2026-11-21T17:30:00.123Z",
    }
    if not kind.control:
        urgency = kind.urgencies[0].value
        given |= {
            "sender_unit": "ncp",
            "author_role": "submitter",
            "area": "migrant_smuggling",
            "purpose": kind.purposes[0].value,
            "data_level": kind.levels[0].value,
            "handling": ["H0"],
            "urgency": urgency,
            "language": "en",
        }
        given |= {} if urgency == "routine" else {"urgency_reason": "Lives at risk"}
        given |= {"source_grade": "B", "info_grade": "2"} if kind.needs_grades else {}
        given |= {"in_reply_to": EARLIER_ID} if kind.reply else {}
    return Message(read_header(given | header), read_body(type_name, body), b"")


def person(category: str = "suspect", **fields: Any) -> dict[str, Any]:
    """A person with a name and a citizenship that is not the recipient's, unless said otherwise."""
    usual: dict[str, Any] = {
        "category": category,
        "names": [{"text": "Rustam Nazari", "kind": "birth", "script": "Latn"}],
        "citizenships": ["IRQ"],
    }
    return {name: value for name, value in (usual | fields).items() if value is not ...}


def request(*persons: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The body of a request about persons."""
    body: dict[str, Any] = {
        "reasons": "A van was stopped",
        "questions": [{"number": 1, "text": "Is the driver known?", "why": "He was paid"}],
    }
    return body | ({"persons": list(persons)} if persons else {}) | fields


def notice(**fields: Any) -> dict[str, Any]:
    """The body of a warning."""
    return {
        "kind": "new_route",
        "where": {"country": "TR"},
        "when": {"from": "2026-11-01", "to": "2026-11-18"},
        "what": "Groups walk at night.",
    } | fields


def reply(text: str) -> dict[str, Any]:
    """The body of a full reply with one answer."""
    answer = {"number": 1, "answer": text, "source_grade": "B", "info_grade": "2"}
    return {"kind": "full", "answers": [answer | {"handling": ["H0"]}]}


def found(message: Message, rule: str, facts: Facts = FACTS) -> list[Finding]:
    """What one rule finds."""
    return [one for one in judge(message, facts) if one.rule == rule]


def effects(message: Message, rule: str, facts: Facts = FACTS) -> list[tuple[Effect, str]]:
    """Effect and field of what one rule finds."""
    return [(one.effect, one.field) for one in found(message, rule, facts)]


def rescue(**fields: Any) -> dict[str, Any]:
    """The body of a warning of life at risk."""
    return {
        "place": {"text": "West of the strait"},
        "time": "2026-11-21T17:00:00.000Z",
        "craft": {"kind": "boat"},
        "persons": {},
        "condition": "Engine stopped",
        "authority_contacted": "Coast guard",
    } | fields
