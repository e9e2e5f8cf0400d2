"""Whether the evidence of one message holds, as both ends give it to their auditors.

Contract: pure; looks only at what the nodes hand out and at the members' cards, and raises
`Unverified`, `IntegrityFailure` or `NotFound` where anything does not fit together.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from relec_exchange.audit.entry import commitment
from relec_exchange.cli.log_check import ProvenEntry, check_proof
from relec_exchange.errors import IntegrityFailure
from relec_exchange.message.bodies.control import Receipt
from relec_exchange.message.document import parse_message
from relec_exchange.message.encoding import unb64
from relec_exchange.trust.agreement import parse_agreement
from relec_exchange.trust.card import Card

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What holds: the message's place in its sender's log, and the stages that receipts prove."""

    sent: ProvenEntry
    stages: tuple[str, ...]


def check_evidence(
    message_id: str, at_sender: Json, at_recipient: Json, cards: Mapping[str, Card]
) -> Evidence:
    """The evidence of one message from both ends, checked piece by piece and against each other."""
    theirs = _entry(at_recipient, cards, message_id)
    ours = _entry(at_sender, cards, message_id)
    if ours.leaf != theirs.leaf or ours.index != theirs.index:
        raise IntegrityFailure("the two ends hold different entries for this message")
    for end in (at_sender, at_recipient):
        _check_agreement(end["agreement"], ours)
    stages = [
        stage
        for receipt in at_sender["receipts"]
        for stage in _receipt_stages(receipt, ours, cards)
    ]
    if "validated" not in stages:
        raise IntegrityFailure("no receipt says that the message was validated")
    return Evidence(ours, tuple(stages))


def _entry(end: Json, cards: Mapping[str, Card], message_id: str) -> ProvenEntry:
    """The message's entry, proven in its sender's log with what one end holds."""
    data = unb64(end["entry"])
    proven = _proven(end["proof"], data, cards)
    if proven.entry["kind"] != "sent" or proven.entry["id"] != message_id:
        raise IntegrityFailure("the evidence is of another message")
    return proven


def _proven(proof: str, data: bytes, cards: Mapping[str, Card]) -> ProvenEntry:
    claimed = proof.partition("\n\n")[2].split("\n", 1)[0]
    owners = [card for card in cards.values() if any(log.origin == claimed for log in card.logs)]
    if not owners:
        raise IntegrityFailure("the proof is from the log of no member")
    return check_proof(proof.encode(), data, owners[0])


def _check_agreement(note: str, sent: ProvenEntry) -> None:
    """The text that both signed must be the one that the entry names."""
    signed = parse_agreement(note.encode())
    parties = {sent.entry["from"], sent.entry["to"]}
    if signed.hash != sent.entry["agreement"] or not parties <= set(signed.signatures):
        raise IntegrityFailure("the agreement is not the one that the entry names")
    if hashlib.sha256(signed.text.encode()).hexdigest() != signed.hash:
        raise IntegrityFailure("the agreement's text has another hash")


def _receipt_stages(receipt: Json, sent: ProvenEntry, cards: Mapping[str, Card]) -> list[str]:
    """What one receipt says of the message, proven in its recipient's log."""
    proven = _proven(receipt["proof"], unb64(receipt["entry"]), cards)
    raw, salt = unb64(receipt["message"]), unb64(receipt["salt"])
    if commitment(salt, raw).hex() != proven.entry["commitment"]:
        raise IntegrityFailure("the receipt's entry commits to other bytes")
    message = parse_message(raw)
    route = (proven.entry["from"], proven.entry["to"], proven.entry["type"])
    if route != (sent.entry["to"], sent.entry["from"], "receipt"):
        raise IntegrityFailure("the receipt is not from the recipient")
    body = message.body
    if not isinstance(body, Receipt) or message.header.message_id != proven.entry["id"]:
        raise IntegrityFailure("the receipt is another message than its entry says")
    return [str(item.stage) for item in body.items if item.leaf == sent.leaf.hex()]
