"""From what an author writes to the complete bytes of a message: header defaults filled in.

Contract: pure; what the author gave is never changed. `InvalidInput` names the field that is
wrong. Defaults: routine, H0, the only level, purpose and urgency where a type has one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from relec_exchange.message.catalogue import MessageType, message_type
from relec_exchange.message.codes import Area, AuthorRole, Handling, Purpose, Urgency
from relec_exchange.message.document import Message, compose
from relec_exchange.message.identifiers import format_time

_USUAL_PURPOSE: Final = Purpose.SITUATIONAL_AWARENESS
# The purpose for which agreements allow most of what is about persons.
_PURPOSE_ABOUT_PERSONS: Final = Purpose.CRIMINAL_INVESTIGATION
_GRADE_UNKNOWN: Final = {"source_grade": "X", "info_grade": "4"}


@dataclass(frozen=True, slots=True)
class Author:
    """The node and officer for whom messages are composed."""

    node: str
    exercise: bool
    unit: str
    role: AuthorRole
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Draft:
    """One message to be: type, recipient, body, and the header fields that the author chose."""

    type: str
    to: str
    body: Mapping[str, Any]
    header: Mapping[str, Any] = field(default_factory=dict)


def composed(draft: Draft, author: Author, message_id: str, now: datetime) -> Message:
    """The message of a draft, complete and checked, or `InvalidInput`."""
    return compose(header_of(draft, author, message_id, now), dict(draft.body))


def header_of(draft: Draft, author: Author, message_id: str, now: datetime) -> dict[str, Any]:
    """The header of a draft, complete and not checked yet."""
    kind = message_type(draft.type)
    header: dict[str, Any] = {
        "message_id": message_id,
        "type": kind.name,
        "schema_version": kind.version,
        "sender": author.node,
        "recipient": draft.to,
        "exercise": author.exercise,
        "created_at": format_time(now),
    }
    if not kind.control:
        header.update(_defaults(kind, author))
    header.update({name: value for name, value in draft.header.items() if value is not None})
    return header


def _defaults(kind: MessageType, author: Author) -> dict[str, Any]:
    """What a header says where its author said nothing; nothing here widens a permission."""
    usual = _PURPOSE_ABOUT_PERSONS if kind.nominal else _USUAL_PURPOSE
    purpose = usual if usual in kind.purposes else kind.purposes[0]
    urgency = kind.urgencies[0] if len(kind.urgencies) == 1 else Urgency.ROUTINE
    values: dict[str, Any] = {
        "sender_unit": author.unit,
        "author_role": author.role.value,
        "area": Area.IRREGULAR_MIGRATION.value,
        "purpose": purpose.value,
        "data_level": kind.levels[0].value,
        "handling": [Handling.H0.value],
        "urgency": urgency.value,
        "language": author.language,
    }
    if urgency is not Urgency.ROUTINE:
        values["urgency_reason"] = "lives at risk"
    if kind.needs_grades:
        values.update(_GRADE_UNKNOWN)
    return values
