"""The activity log's entry of a decision: what was asked of the agreements, and the answer.

Contract: the entry has every feature that `decide` is asked about and nothing of the body, so that
an auditor who holds the texts recomputes the answer without the message. Of a protection rule it
says `protection` and no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from relec_exchange.journal.plan import EntryFields
from relec_exchange.message.catalogue import Features
from relec_exchange.message.identifiers import format_time


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked: the features of a message, and the moment (aware, UTC) that counts."""

    features: Features
    at: datetime


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision. `rule` names what refused or held it, `agreement` and `grant` what allowed."""

    message_id: str
    direction: Literal["outbound", "inbound"]
    outcome: str
    rule: str = ""
    agreement: str = ""
    grant: str = ""


def decision_entry(network: str, decided: Decided, asked: Asked | None) -> EntryFields:
    """The entry; without `asked` (nothing could be read) its features are empty."""
    return {
        "kind": "decision",
        "network": network,
        "id": decided.message_id,
        "direction": decided.direction,
        "outcome": decided.outcome,
        "rule": decided.rule,
        "agreement": decided.agreement,
        "grant": decided.grant,
        **_asked(decided.direction, asked),
    }


def _asked(direction: str, asked: Asked | None) -> EntryFields:
    if asked is None:
        names = ("type", "peer", "exercise", "area", "purpose", "level", "handling", "unit", "at")
        return {**dict.fromkeys(names, ""), "version": 0}
    seen = asked.features
    return {
        "type": seen.type,
        "peer": seen.recipient if direction == "outbound" else seen.sender,
        "version": seen.schema_version,
        "exercise": "yes" if seen.exercise else "no",
        "area": str(seen.area or ""),
        "purpose": str(seen.purpose or ""),
        "level": str(seen.data_level),
        "handling": "+".join(sorted(seen.handling)),
        "unit": seen.sender_unit,
        "at": format_time(asked.at),
    }
