"""What the protection rules found in one message and the facts they saw, kept to be replayed.

Contract: the log says `protection` and no more; the detail is encrypted under a key of its own in
the vault, which goes when the message's own key goes. `detail` and `read_detail` are each other's
inverse.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any, Final

from relec_exchange.journal.content import store_content
from relec_exchange.message.document import Message
from relec_exchange.message.identifiers import format_time
from relec_exchange.ports import Random
from relec_exchange.protection.model import Effect, Facts, Finding
from relec_exchange.protection.provided import (
    consent_document,
    read_consent,
    read_received,
    received_document,
)
from relec_exchange.protection.register import RegisterEntry
from relec_exchange.protection.rules import judge
from relec_exchange.records import JudgementRow

_SALT_BYTES = 32
# What rests on consents is looked at after the messages that they are about: those that led to
# nothing are left out first, and their consents with them.
LISTS: Final = ("known_names", "registered", "earlier", "received", "consents")
# Read one by one: `asdict` copies every value first, and this is done for every message.
_FACTS: Final = tuple(field.name for field in fields(Facts))
_FINDING: Final = tuple(field.name for field in fields(Finding))
COARSE = "protection"
"""All that a log says of a protection rule."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One decision: what was found, and what the rules knew when they found it."""

    findings: tuple[Finding, ...]
    facts: Facts


@dataclass(frozen=True, slots=True)
class About:
    """The message that was judged; `direction` is outbound or inbound, `peer` the other node."""

    message_id: str
    peer: str
    direction: str


def judged(message: Message, facts: Facts) -> Judgement:
    """Ask every rule; of what this end knows, only what led to a finding is remembered.

    Names and texts of other messages must not live on in the records of this one: of a passage
    that stands in both, a digest is kept, and this message holds the passage itself.
    """
    findings = judge(message, facts)
    for name in LISTS:
        facts = least(facts, name, lambda fewer: not findings or judge(message, fewer) == findings)
    return Judgement(findings, facts)


def kept(
    about: About, judgement: Judgement, outcome: str, now: datetime, random: Random
) -> tuple[JudgementRow, dict[str, bytes]]:
    """The record of a decision, and the secret for the vault that goes before it."""
    name = f"judged/{about.direction}/{about.message_id}"
    stored = store_content(name, detail(judgement), random(_SALT_BYTES), random)
    row = JudgementRow(
        message_id=about.message_id,
        peer=about.peer,
        direction=about.direction,
        at=format_time(now),
        outcome=outcome,
        key_id=stored.key_id,
        content=stored.content,
    )
    return row, stored.secrets


def detail(judgement: Judgement) -> bytes:
    """A judgement as JSON."""
    facts = {name: getattr(judgement.facts, name) for name in _FACTS}
    facts["today"] = judgement.facts.today.isoformat()
    facts["registered"] = [
        one.model_dump(mode="json", exclude_none=True) for one in judgement.facts.registered
    ]
    facts["received"] = [received_document(one) for one in judgement.facts.received]
    facts["consents"] = [consent_document(one) for one in judgement.facts.consents]
    findings = [{name: getattr(one, name) for name in _FINDING} for one in judgement.findings]
    return json.dumps({"findings": findings, "facts": facts}, separators=(",", ":")).encode()


def read_detail(data: bytes) -> Judgement:
    """The judgement that `detail` wrote."""
    found: dict[str, Any] = json.loads(data)
    facts: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in found["facts"].items()
    }
    facts["today"] = date.fromisoformat(facts["today"])
    facts["registered"] = tuple(
        RegisterEntry.model_validate_json(json.dumps(one)) for one in facts["registered"]
    )
    facts["received"] = tuple(map(read_received, facts.get("received", ())))
    facts["consents"] = tuple(map(read_consent, facts.get("consents", ())))
    return Judgement(tuple(_finding(one) for one in found["findings"]), Facts(**facts))


def refusing(findings: Sequence[Finding]) -> Finding | None:
    """The finding that refuses, the first there is."""
    return next((found for found in findings if found.effect is Effect.REFUSE), None)


def least(facts: Facts, name: str, same: Callable[[Facts], bool]) -> Facts:
    """The facts with as few items of one list as it takes to find the same: first by halves, then
    by leaving out smaller and smaller parts.
    """
    items: tuple[Any, ...] = getattr(facts, name)
    if not items or same(_with(facts, name, ())):
        return _with(facts, name, ())
    size = (len(items) + 1) // 2
    while True:
        at = 0
        while at < len(items) and len(items) > 1:
            fewer = items[:at] + items[at + size :]
            if fewer and same(_with(facts, name, fewer)):
                items = fewer
            else:
                at += size
        if size == 1:
            return _with(facts, name, items)
        size = (size + 1) // 2


def _with(facts: Facts, name: str, items: tuple[Any, ...]) -> Facts:
    values: dict[str, Any] = {name: items}
    return replace(facts, **values)


def _finding(values: dict[str, Any]) -> Finding:
    return Finding(**{**values, "effect": Effect(values["effect"])})
