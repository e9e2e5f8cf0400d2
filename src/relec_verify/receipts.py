"""Messages as far as a proof needs them: the header of a message, and what a receipt says.

Prevents: a message shown under the entry of another one, and a receipt that is about something
else, of another node, or addressed to another.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from relec_verify.encodings import parse_time, read_json
from relec_verify.entries import matches
from relec_verify.refused import Refused

MESSAGE_MAX = 196_608
ITEMS_MAX = 256
_STAGES = ("validated", "rejected", "opened", "answered")
_CODES = ("accepted", "conflict", "stale", "sequence", "syntax", "schema", "not-permitted")


def header_of(message: bytes, entry: Mapping[str, Any]) -> dict[str, Any]:
    """The header of a message, which must be the one its entry tells of (`content`)."""
    header, _ = _parts(message, "content")
    wanted = {
        "message_id": entry["id"],
        "type": entry["type"],
        "sender": entry["from"],
        "recipient": entry["to"],
    }
    if any(header.get(name) != value for name, value in wanted.items()):
        raise Refused("content", "the message says other things of itself than its entry")
    return header


def about(
    message: bytes, entry: Mapping[str, Any], sent: Mapping[str, Any], leaf: str
) -> list[dict[str, str]]:
    """The items of a receipt about one leaf: stage, code and time each (`receipt`)."""
    header, body = _parts(message, "receipt")
    route = {"sender": sent["to"], "recipient": sent["from"], "type": "receipt"}
    if any(header.get(name) != value for name, value in route.items()):
        raise Refused("receipt", "not a receipt of the recipient to the sender")
    told = {"id": header.get("message_id"), "from": sent["to"], "to": sent["from"]}
    if any(entry[name] != value for name, value in told.items()) or entry["type"] != "receipt":
        raise Refused("receipt", "the receipt's entry tells of something else")
    items = body.get("items")
    if body.keys() != {"items"} or not isinstance(items, list) or len(items) > ITEMS_MAX:
        raise Refused("receipt", f"a receipt has up to {ITEMS_MAX} items and nothing else")
    found = [_item(item) for item in items]
    mine = [item for item in found if item["leaf"] == leaf]
    if not mine:
        raise Refused("receipt", "the receipt is not about this message")
    return mine


def _item(item: Any) -> dict[str, str]:
    if not isinstance(item, dict) or item.keys() != {"leaf", "stage", "code", "at"}:
        raise Refused("receipt", "an item of a receipt has another form")
    known = item["stage"] in _STAGES and item["code"] in _CODES
    if not known or not matches("[0-9a-f]{64}")(item["leaf"]) or not isinstance(item["at"], str):
        raise Refused("receipt", "an item of a receipt has another form")
    if (item["stage"] == "rejected") == (item["code"] == "accepted"):
        raise Refused("receipt", "stage and code of a receipt contradict each other")
    parse_time(item["at"], "receipt")
    return item


def _parts(message: bytes, code: str) -> tuple[dict[str, Any], dict[str, Any]]:
    if not 1 <= len(message) <= MESSAGE_MAX:
        raise Refused(code, "a message of another length")
    whole = read_json(message, code)
    if not isinstance(whole, dict) or whole.keys() != {"header", "body"}:
        raise Refused(code, "a message is a header and a body")
    header, body = whole["header"], whole["body"]
    if not isinstance(header, dict) or not isinstance(body, dict):
        raise Refused(code, "a message is a header and a body")
    return header, body
