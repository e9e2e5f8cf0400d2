"""From the flags of `relec send` to message bodies.

Contract: only renames and groups; what is wrong with a value is told by the message's own model.
Fields that were not given are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from relec_exchange.errors import InvalidInput
from relec_exchange.message.identifiers import format_time

Json = dict[str, Any]


def life_at_risk_body(given: Mapping[str, Any]) -> Json:
    """The body of `warning.life_at_risk`."""
    counts = {"estimated": "persons"} | {
        name: name for name in ("children", "injured", "dead", "missing")
    }
    place = {"text": given["where"], "country": given["country"], "position": _position(given)}
    return _given(
        {
            "place": _given(place),
            "time": given["time"] or format_time(datetime.now(UTC)),
            "craft": _given({"kind": given["craft"], "description": given["craft_description"]}),
            "persons": _given({name: given[flag] for name, flag in counts.items()}),
            "condition": given["condition"],
            "authority_contacted": given["authority"],
        }
    )


def notice_body(given: Mapping[str, Any]) -> Json:
    """The body of `warning.notice`."""
    first = given["first_day"] or datetime.now(UTC).date().isoformat()
    where = {
        "country": given["country"],
        "subdivision": given["subdivision"],
        "place": given["where"],
        "position": _position(given),
    }
    persons = None
    if given["dead_or_missing"] is not None:
        persons = _given(
            {"dead_or_missing": given["dead_or_missing"], "survivors": given["survivors"]}
        )
    return _given(
        {
            "kind": given["kind"],
            "where": _given(where),
            "when": {"from": first, "to": given["last_day"] or first},
            "what": given["what"],
            "estimated_persons": given["persons"],
            "persons": persons,
            "route": given["route"],
            "group": given["group"],
            "indicators": list(given["indicators"]) or None,
            "recommended_action": given["action"],
            "expires_on": given["expires"],
            "sources": list(given["sources"]) or None,
        }
    )


def request_body(given: Mapping[str, Any]) -> Json:
    """The body of `info.request`; questions are numbered in the order given."""
    questions = [
        {"number": number, "text": text, "why": given["why"]}
        for number, text in enumerate(given["questions"], 1)
    ]
    persons = [
        {
            "category": given["category"],
            "names": [_given({"text": name, "kind": "birth", "script": given["script"]})],
        }
        for name in given["persons"]
    ]
    return _given(
        {
            "questions": questions,
            "reasons": given["reasons"],
            "persons": persons or None,
            "objects": [_object(text) for text in given["objects"]] or None,
            "use_restrictions": given["use_restrictions"],
        }
    )


def _object(text: str) -> Json:
    kind, colon, identifier = text.partition(":")
    if not colon or not identifier:
        raise InvalidInput(
            "an object is KIND:IDENTIFIER", field="object", remedy="for example vehicle:06ABC123"
        )
    return {"kind": kind, "identifier": identifier}


def _position(given: Mapping[str, Any]) -> Json | None:
    lat, lon = given["lat"], given["lon"]
    if (lat is None) != (lon is None):
        raise InvalidInput("a position has --lat and --lon", field="lat")
    return None if lat is None else {"lat": lat, "lon": lon}


def _given(values: Mapping[str, Any]) -> Json:
    return {name: value for name, value in values.items() if value is not None}
