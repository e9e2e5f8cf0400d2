"""The closed list of message types: what each may carry, and what it demands of its header.

Contract: `CATALOGUE` is the only place that knows the types of this version. `check_header`
raises `InvalidInput` naming the field; `features` is all that an agreement is asked about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from relec_exchange.errors import InvalidInput
from relec_exchange.message.bodies.acks import Ack
from relec_exchange.message.bodies.control import CardUpdate, Receipt, ResendRequest, Round, Void
from relec_exchange.message.bodies.ping import TestPing, TestPong
from relec_exchange.message.bodies.requests import InfoReply, InfoRequest
from relec_exchange.message.bodies.statistics import StatReport
from relec_exchange.message.bodies.warnings import LifeAtRisk, WarningNotice
from relec_exchange.message.codes import Area, DataLevel, Handling, Purpose, Urgency, nearest
from relec_exchange.message.fields import Document
from relec_exchange.message.header import ControlHeader, Header
from relec_exchange.message.identifiers import MessageClass

_ALL_PURPOSES: Final = tuple(Purpose)
_USUAL_PURPOSES: Final = tuple(p for p in Purpose if p is not Purpose.RESCUE_ONLY)


@dataclass(frozen=True, slots=True)
class MessageType:
    """One type. `answers` are the types that answer it; `reply` ones must name what they answer.

    `charter_default` is true where the charter's base grants allow it; `control` types need no
    agreement. `needs_grades`: the header grades source and information, because the body is facts.
    """

    name: str
    body: type[Document]
    levels: tuple[DataLevel, ...] = (DataLevel.NONE,)
    charter_default: bool = True
    control: bool = False
    answers: tuple[str, ...] = ()
    reply: bool = False
    needs_grades: bool = False
    purposes: tuple[Purpose, ...] = _USUAL_PURPOSES
    urgencies: tuple[Urgency, ...] = tuple(Urgency)
    version: int = 1

    @property
    def nominal(self) -> bool:
        """Whether a message of this type is about identified persons."""
        return bool({DataLevel.NOMINAL, DataLevel.NOMINAL_SENSITIVE} & set(self.levels))

    @property
    def header(self) -> type[ControlHeader]:
        """The model of its header."""
        return ControlHeader if self.control else Header


def _control(name: str, body: type[Document]) -> MessageType:
    return MessageType(name, body, control=True, charter_default=False, purposes=())


_TYPES: Final = (
    MessageType("stat.report", StatReport, levels=(DataLevel.AGGREGATE,)),
    MessageType(
        "warning.notice",
        WarningNotice,
        levels=(DataLevel.NON_NOMINAL,),
        answers=("ack",),
        needs_grades=True,
    ),
    MessageType(
        "warning.life_at_risk",
        LifeAtRisk,
        levels=(DataLevel.NON_NOMINAL,),
        answers=("ack",),
        needs_grades=True,
        purposes=(Purpose.RESCUE_ONLY,),
        urgencies=(Urgency.FLASH,),
    ),
    # An ack has the purpose of what it acknowledges, also where that is a rescue.
    MessageType("ack", Ack, reply=True, purposes=_ALL_PURPOSES),
    MessageType(
        "info.request",
        InfoRequest,
        levels=(DataLevel.NOMINAL,),
        charter_default=False,
        answers=("info.reply",),
    ),
    # Grades stand with each answer; a header without any looks the same for every kind of reply.
    MessageType(
        "info.reply", InfoReply, levels=(DataLevel.NOMINAL,), charter_default=False, reply=True
    ),
    MessageType("test.ping", TestPing, answers=("test.pong",)),
    MessageType("test.pong", TestPong, reply=True),
    _control("receipt", Receipt),
    _control("round", Round),
    _control("resend.request", ResendRequest),
    _control("void", Void),
    _control("card.update", CardUpdate),
)

CATALOGUE: Final[Mapping[str, MessageType]] = MappingProxyType({t.name: t for t in _TYPES})


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
