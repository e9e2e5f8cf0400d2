"""What messages in a bundle say of themselves: a header that fits its entry, and receipts.

Contract: raises `EvidenceRefused` (`commitment`, `content`, `receipt`); the body of a message that
is no receipt is not judged, so that a message of a later version is evidence too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from relec_exchange.audit.entry import commitment
from relec_exchange.audit.evidence import ContentPart
from relec_exchange.audit.evidence_report import EvidenceRefused
from relec_exchange.errors import InvalidInput, RelecError
from relec_exchange.message.bodies.control import Receipt
from relec_exchange.message.constants import LIMITS
from relec_exchange.message.encoding import parse_json, unb64


def read_content(content: ContentPart, fields: Mapping[str, Any]) -> bytes:
    """The message, if the entry commits to it with this salt."""
    message, salt = unb64(content.message), unb64(content.salt)
    try:
        found = commitment(salt, message).hex()
    except InvalidInput as error:
        raise EvidenceRefused("commitment", error.message) from None
    if found != fields["commitment"]:
        raise EvidenceRefused("commitment", "the entry does not commit to this message")
    return message


def header_of(message: bytes, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The header of a message, which must be the one its entry tells of."""
    header, _ = _parts(message, "content")
    told = (fields["id"], fields["type"], fields["from"], fields["to"])
    if told != tuple(header.get(n) for n in ("message_id", "type", "sender", "recipient")):
        raise EvidenceRefused("content", "the message says other things of itself than its entry")
    return header


def items_about(
    message: bytes, entry: Mapping[str, Any], sent: Mapping[str, Any], leaf: str
) -> list[dict[str, str]]:
    """The items of a receipt about one leaf: stage, code and time each."""
    header, body = _parts(message, "receipt")
    route = (entry["from"], entry["to"], entry["type"], entry["id"])
    said = tuple(header.get(n) for n in ("sender", "recipient", "type", "message_id"))
    if route != said or route[:3] != (sent["to"], sent["from"], "receipt"):
        raise EvidenceRefused("receipt", "not a receipt of the recipient to the sender")
    try:
        items = Receipt.model_validate(body).items
    except ValidationError:
        raise EvidenceRefused("receipt", "the receipt breaks a rule of its type") from None
    mine = [item.model_dump(mode="json") for item in items if item.leaf == leaf]
    if not mine:
        raise EvidenceRefused("receipt", "the receipt is not about this message")
    return mine


def _parts(message: bytes, code: str) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        whole: Any = parse_json(message)
    except RelecError as error:
        raise EvidenceRefused(code, error.message) from None
    if not isinstance(whole, dict) or whole.keys() != {"header", "body"}:
        raise EvidenceRefused(code, "a message is a header and a body")
    header, body = whole["header"], whole["body"]
    if len(message) > LIMITS.message_max_bytes:
        raise EvidenceRefused(code, "a message of another length")
    if not isinstance(header, dict) or not isinstance(body, dict):
        raise EvidenceRefused(code, "a message is a header and a body")
    return header, body
