"""The closed list of message types by name, and what each demands of its header.

Contract: `CATALOGUE` is where everybody else looks a type up. `check_header`
raises `InvalidInput` naming the field; `features` is all that an agreement is asked about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from relec_exchange.errors import InvalidInput
from relec_exchange.message.attachments import MEDIA_OF_LEVEL
from relec_exchange.message.codes import Area, DataLevel, Handling, Purpose, Urgency, nearest
from relec_exchange.message.header import ControlHeader, Header
from relec_exchange.message.identifiers import MessageClass
from relec_exchange.message.message_types import TYPES, MessageType

SEALED_REASON: Final = "told in the sealed body"
"""The reason for urgency in the header of a message whose body is sealed to a unit."""

# Fields of the header that may name, describe or refer to a person.
_TELLING: Final = (
    "legal_basis",
    "handling_note",
    "own_ref",
    "your_ref",
    "subject_categories",
    "withheld",
    "attachments",
)
CATALOGUE: Final[Mapping[str, MessageType]] = MappingProxyType({t.name: t for t in TYPES})


@dataclass(frozen=True, slots=True)
class Features:
    """What an agreement is asked about: nothing of the body, nothing that names a person."""

    type: str
    sender: str
    recipient: str
    exercise: bool
    schema_version: int
    area: Area | None = None
    purpose: Purpose | None = None
    data_level: DataLevel = DataLevel.NONE
    handling: tuple[Handling, ...] = ()
    sender_unit: str = ""


def message_type(name: str) -> MessageType:
    """The type of this name, or `InvalidInput` with the nearest name there is."""
    kind = CATALOGUE.get(name)
    if kind is None:
        meant = nearest(name, CATALOGUE)
        raise InvalidInput(
            "there is no such type of message",
            field="header.type",
            remedy=f"did you mean {meant}?" if meant else "see the list of types",
        )
    return kind


def message_class(type_name: str, urgency: str | None = None) -> MessageClass:
    """The chain and queue of a type: control (without urgency), flash, or ordinary."""
    if message_type(type_name).control:
        return MessageClass.CONTROL
    return MessageClass.FLASH if urgency == Urgency.FLASH else MessageClass.ORDINARY


def header_class(header: ControlHeader) -> MessageClass:
    """The chain and queue of a message with this header."""
    return message_class(header.type, header.urgency if isinstance(header, Header) else None)


def features(header: ControlHeader) -> Features:
    """Take from a header what decides whether an agreement allows it."""
    base = (
        header.type,
        header.sender,
        header.recipient,
        header.exercise,
        header.schema_version,
    )
    if not isinstance(header, Header):
        return Features(*base)
    return Features(
        *base,
        area=header.area,
        purpose=header.purpose,
        data_level=header.data_level,
        handling=tuple(sorted(header.handling)),
        sender_unit=header.sender_unit,
    )


def check_header(header: ControlHeader) -> MessageType:
    """Check what the type demands of its header, and return the type."""
    kind = message_type(header.type)
    if type(header) is not kind.header:
        raise InvalidInput(f"{kind.name} takes another kind of header", field="header")
    if header.schema_version != kind.version:
        raise InvalidInput(
            f"{kind.name} is known in version {kind.version}", field="header.schema_version"
        )
    if isinstance(header, Header):
        _check_choices(kind, header)
        _check_presence(kind, header)
        _check_silence(kind, header)
    return kind


def _check_choices(kind: MessageType, header: Header) -> None:
    """The header's codes must be among those of the type."""
    for field, value, allowed in (
        ("data_level", header.data_level, kind.levels),
        ("purpose", header.purpose, kind.purposes),
        ("urgency", header.urgency, kind.urgencies),
    ):
        if value not in allowed:
            raise InvalidInput(
                f"{field} of {kind.name} must be {' or '.join(allowed)}", field=f"header.{field}"
            )


def _check_presence(kind: MessageType, header: Header) -> None:
    """Fields that only some types must have."""
    if kind.needs_grades and header.source_grade is None:
        raise InvalidInput(
            f"{kind.name} carries facts and needs source_grade and info_grade",
            field="header.source_grade",
            remedy="grade the source A, B, C or X and the information 1 to 4; X and 4 if unsure",
        )
    if kind.reply and header.in_reply_to is None:
        raise InvalidInput(
            f"{kind.name} must name the message it answers", field="header.in_reply_to"
        )
    if kind.supersedes and header.supersedes is None:
        raise InvalidInput(
            f"{kind.name} must name the message it replaces", field="header.supersedes"
        )
    if header.attachments:
        _check_attachments(kind, header)


def _check_attachments(kind: MessageType, header: Header) -> None:
    """Only types that carry facts have attachments, and only of kinds that fit their level."""
    if not kind.attachments:
        raise InvalidInput(
            f"{kind.name} carries no attachments",
            field="header.attachments",
            remedy="leave them out, or send them with a message about the facts",
        )
    allowed = MEDIA_OF_LEVEL[header.data_level]
    for number, item in enumerate(header.attachments):
        if item.media_type not in allowed:
            raise InvalidInput(
                f"at level {header.data_level} an attachment is {' or '.join(sorted(allowed))}",
                field=f"header.attachments.{number}.media_type",
            )


def _check_silence(kind: MessageType, header: Header) -> None:
    """What the node can read of a message for a unit must not tell what the unit alone may read."""
    if not kind.sealed_to:
        return
    for field in _TELLING:
        if getattr(header, field):
            raise InvalidInput(
                f"{field} would tell what {kind.name} seals",
                field=f"header.{field}",
                remedy="say it in the body",
            )
    if header.urgency_reason not in (None, SEALED_REASON):
        raise InvalidInput(
            f'urgency_reason of {kind.name} is "{SEALED_REASON}"',
            field="header.urgency_reason",
            remedy="say why in the body",
        )


__all__ = [
    "CATALOGUE",
    "SEALED_REASON",
    "Features",
    "MessageType",
    "check_header",
    "features",
    "header_class",
    "message_class",
    "message_type",
]
