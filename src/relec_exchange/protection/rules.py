"""The protection rules in force, and the two questions asked of them.

Contract: a rule is a pure function of what a header says and of the facts given; it returns a
`Finding` or None and never raises. `protect` raises `Refused` for the first finding. Every rule
runs for every message; the digest in each log entry says which rules those were.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from relec_exchange.errors import Refused
from relec_exchange.message.catalogue import CATALOGUE, Features
from relec_exchange.message.codes import DataLevel

_NOMINAL: Final = frozenset((DataLevel.NOMINAL, DataLevel.NOMINAL_SENSITIVE))


@dataclass(frozen=True, slots=True)
class Facts:
    """What a rule may know besides the header. All of it is known to both ends alike."""

    network_kind: Literal["exercise", "production"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule objects to: the field, the reason in words and the remedy; never a value."""

    field: str
    text: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `text` says what must never be; `version` rises when its meaning changes."""

    identifier: str
    version: int
    text: str
    check: Callable[[Features, Facts], Finding | None]


def _about_persons(features: Features) -> bool:
    """By what the header says, or by what the type is for: either is enough."""
    kind = CATALOGUE.get(features.type)
    return features.data_level in _NOMINAL or (kind is not None and kind.nominal)


def _nominal_exercise_only(features: Features, facts: Facts) -> Finding | None:
    if facts.network_kind == "exercise" or not _about_persons(features):
        return None
    return Finding(
        "header.data_level",
        "data about identified persons is exchanged in exercise networks only",
        "send what is known without naming a person, or call the duty contact",
    )


RULES: Final = (
    Rule(
        "P0-nominal-exercise-only",
        1,
        "Data about identified persons stays out of production until its protection rules exist.",
        _nominal_exercise_only,
    ),
)


def rules_digest(rules: tuple[Rule, ...] = RULES) -> str:
    """SHA-256 in hex over one line `identifier version` per rule, sorted."""
    lines = sorted(f"{rule.identifier} {rule.version}\n" for rule in rules)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def protect(features: Features, network_kind: Literal["exercise", "production"]) -> None:
    """Raise `Refused`, with the rule's identifier, if any rule objects."""
    facts = Facts(network_kind)
    for rule in RULES:
        finding = rule.check(features, facts)
        if finding is not None:
            raise Refused(
                finding.text, rule=rule.identifier, field=finding.field, remedy=finding.remedy
            )
