"""The table of message types: what each may carry, and what answers it.

Contract: data and nothing else; `catalogue` looks things up in it and checks headers against it.
What an agreement allows of it is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from relec_exchange.message.bodies import control as c
from relec_exchange.message.bodies.acks import Ack
from relec_exchange.message.bodies.amendments import (
    Correction,
    Recall,
    RecallOutcome,
    ShredAttestation,
)
from relec_exchange.message.bodies.analysis import StatAnalysis
from relec_exchange.message.bodies.consents import ConsentDecision, ConsentRequest
from relec_exchange.message.bodies.notices import BreachNotice, ContactUpdate, Feedback
from relec_exchange.message.bodies.papers import DocAlert, DocVerifyReply, DocVerifyRequest
from relec_exchange.message.bodies.ping import TestPing, TestPong
from relec_exchange.message.bodies.protecting import ProtectionReferral, ProtectionResponse
from relec_exchange.message.bodies.referrals import CaseReferral, CaseResponse
from relec_exchange.message.bodies.requests import (
    InfoClarify,
    InfoReply,
    InfoRequest,
    InfoSpontaneous,
)
from relec_exchange.message.bodies.returning import (
    ReintegrationReferral,
    ReintegrationResponse,
    ReturnNotice,
)
from relec_exchange.message.bodies.sealed import SealedBody
from relec_exchange.message.bodies.statistics import StatReport
from relec_exchange.message.bodies.warnings import (
    LifeAtRisk,
    WarningCancel,
    WarningNotice,
    WarningUpdate,
)
from relec_exchange.message.codes import DataLevel, Purpose, Urgency
from relec_exchange.message.constants import PROTECTION_UNIT, RESCUE
from relec_exchange.message.fields import Document
from relec_exchange.message.header import ControlHeader, Header

ALL_PURPOSES: Final = tuple(Purpose)
USUAL_PURPOSES: Final = tuple(p for p in Purpose if p is not Purpose.RESCUE_ONLY)
NOMINAL_LEVELS: Final = frozenset({DataLevel.NOMINAL, DataLevel.NOMINAL_SENSITIVE})

_NONE: Final = (DataLevel.NONE,)
_AGGREGATE: Final = (DataLevel.AGGREGATE,)
_NON_NOMINAL: Final = (DataLevel.NON_NOMINAL,)
_NOMINAL: Final = (DataLevel.NOMINAL,)
_SENSITIVE: Final = (DataLevel.NOMINAL_SENSITIVE,)


@dataclass(frozen=True, slots=True)
class MessageType:
    """One type of message.

    `answers` are the types that may answer it, `asides` those of them that leave it waiting;
    `reply` types must name what they answer, `supersedes` ones what they replace.
    `charter_default` is true where the charter's base grants allow it; `control` types need no
    agreement. `needs_grades`: the header grades source and information, because the body is facts
    as a whole. `attachments`: it may carry files. `silent`: type and body of the answer that says
    nothing, which the node gives where nobody else answered. `sealed_to`: the unit that alone
    reads its body. `closes`: it closes open business, so it goes on when an agreement has ended.
    """

    name: str
    body: type[Document]
    levels: tuple[DataLevel, ...] = _NONE
    charter_default: bool = True
    control: bool = False
    answers: tuple[str, ...] = ()
    asides: tuple[str, ...] = ()
    reply: bool = False
    supersedes: bool = False
    needs_grades: bool = False
    attachments: bool = False
    purposes: tuple[Purpose, ...] = USUAL_PURPOSES
    urgencies: tuple[Urgency, ...] = tuple(Urgency)
    silent: tuple[str, Mapping[str, object]] | None = None
    sealed_to: str = ""
    closes: bool = False
    version: int = 1

    @property
    def nominal(self) -> bool:
        """Whether every message of this type is about identified persons."""
        return NOMINAL_LEVELS.issuperset(self.levels)

    @property
    def waits(self) -> bool:
        """Whether its sender waits for an answer."""
        return bool(set(self.answers) - set(self.asides))

    @property
    def header(self) -> type[ControlHeader]:
        """The model of its header."""
        return ControlHeader if self.control else Header

    @property
    def wire_body(self) -> type[Document]:
        """The model of its body as it travels: sealed where only one unit may read it."""
        return SealedBody if self.sealed_to else self.body


def _control(name: str, body: type[Document]) -> MessageType:
    return MessageType(name, body, control=True, charter_default=False, purposes=())


def _silent(reply: str, **body: object) -> tuple[str, Mapping[str, object]]:
    return reply, MappingProxyType(body)


_WARNING: Final = ("ack", "feedback")

_OPEN: Final = (
    MessageType("stat.report", StatReport, _AGGREGATE, attachments=True),
    MessageType(
        "stat.analysis",
        StatAnalysis,
        _AGGREGATE,
        answers=("feedback",),
        asides=("feedback",),
        attachments=True,
    ),
    MessageType(
        "warning.notice",
        WarningNotice,
        _NON_NOMINAL,
        answers=_WARNING,
        asides=("feedback",),
        needs_grades=True,
        attachments=True,
    ),
    MessageType(
        "warning.update",
        WarningUpdate,
        _NON_NOMINAL,
        answers=_WARNING,
        asides=("feedback",),
        supersedes=True,
        needs_grades=True,
        attachments=True,
    ),
    MessageType(
        "warning.cancel",
        WarningCancel,
        _NON_NOMINAL,
        answers=_WARNING,
        asides=("feedback",),
        supersedes=True,
    ),
    MessageType(
        RESCUE,
        LifeAtRisk,
        _NON_NOMINAL,
        answers=("ack",),
        needs_grades=True,
        attachments=True,
        purposes=(Purpose.RESCUE_ONLY,),
        urgencies=(Urgency.FLASH,),
    ),
    # An ack has the purpose of what it acknowledges, also where that is a rescue.
    MessageType("ack", Ack, reply=True, purposes=ALL_PURPOSES),
    MessageType(
        "doc.alert",
        DocAlert,
        _NON_NOMINAL,
        answers=_WARNING,
        asides=("feedback",),
        needs_grades=True,
        attachments=True,
    ),
)

_ABOUT_PERSONS: Final = (
    MessageType(
        "doc.verify.request",
        DocVerifyRequest,
        _NOMINAL,
        charter_default=False,
        answers=("doc.verify.reply",),
        attachments=True,
        silent=_silent("doc.verify.reply", answer="unknown"),
    ),
    MessageType("doc.verify.reply", DocVerifyReply, _NOMINAL, charter_default=False, reply=True),
    MessageType(
        "info.request",
        InfoRequest,
        _NOMINAL,
        charter_default=False,
        answers=("info.reply", "info.clarify"),
        asides=("info.clarify",),
        attachments=True,
        silent=_silent("info.reply", kind="nothing_can_be_provided"),
    ),
    MessageType(
        "info.clarify",
        InfoClarify,
        _NOMINAL,
        charter_default=False,
        answers=("info.clarify",),
        reply=True,
        attachments=True,
    ),
    # Grades stand with each answer; a header without any looks the same for every kind of reply.
    MessageType(
        "info.reply", InfoReply, _NOMINAL, charter_default=False, reply=True, attachments=True
    ),
    MessageType(
        "info.spontaneous",
        InfoSpontaneous,
        _NOMINAL,
        charter_default=False,
        answers=_WARNING,
        asides=("feedback",),
        attachments=True,
    ),
    MessageType(
        "case.referral",
        CaseReferral,
        _NOMINAL,
        charter_default=False,
        answers=("case.response",),
        attachments=True,
        silent=_silent("case.response", outcome="nothing_can_be_provided"),
    ),
    MessageType("case.response", CaseResponse, _NOMINAL, charter_default=False, reply=True),
    # No attachments: they stand in the header, which more than the desk can read.
    MessageType(
        "protection.referral",
        ProtectionReferral,
        _SENSITIVE,
        charter_default=False,
        answers=("protection.response",),
        purposes=(Purpose.VICTIM_PROTECTION,),
        sealed_to=PROTECTION_UNIT,
    ),
    MessageType(
        "protection.response",
        ProtectionResponse,
        _SENSITIVE,
        charter_default=False,
        reply=True,
        purposes=(Purpose.VICTIM_PROTECTION,),
        sealed_to=PROTECTION_UNIT,
    ),
    MessageType(
        "return.notice",
        ReturnNotice,
        _NOMINAL,
        charter_default=False,
        answers=("ack", "reintegration.response"),
        purposes=(Purpose.RETURN_REINTEGRATION,),
    ),
    MessageType(
        "reintegration.referral",
        ReintegrationReferral,
        _NOMINAL,
        charter_default=False,
        answers=("reintegration.response",),
        purposes=(Purpose.RETURN_REINTEGRATION,),
    ),
    MessageType(
        "reintegration.response",
        ReintegrationResponse,
        _NOMINAL,
        charter_default=False,
        reply=True,
        purposes=(Purpose.RETURN_REINTEGRATION,),
    ),
)

_HOUSEKEEPING: Final = (
    MessageType("consent.request", ConsentRequest, answers=("consent.decision",)),
    MessageType("consent.decision", ConsentDecision, reply=True),
    # What mends a message is as close to persons as the message was, and for its purpose. What was
    # sealed to a unit is not corrected in the open: it is recalled and sent anew.
    MessageType(
        "correction",
        Correction,
        tuple(level for level in DataLevel if level is not DataLevel.NOMINAL_SENSITIVE),
        answers=("ack", "recall.outcome"),
        purposes=ALL_PURPOSES,
        closes=True,
    ),
    MessageType(
        "recall",
        Recall,
        tuple(DataLevel),
        answers=("recall.outcome",),
        purposes=ALL_PURPOSES,
        closes=True,
    ),
    MessageType(
        "recall.outcome",
        RecallOutcome,
        tuple(DataLevel),
        reply=True,
        purposes=ALL_PURPOSES,
        closes=True,
    ),
    MessageType("shred.attestation", ShredAttestation, closes=True),
    MessageType("feedback", Feedback, reply=True),
    MessageType("contact.update", ContactUpdate),
    MessageType("breach.notice", BreachNotice, answers=("ack",)),
    MessageType("test.ping", TestPing, answers=("test.pong",)),
    MessageType("test.pong", TestPong, reply=True),
)

_CONTROL: Final = (
    _control("receipt", c.Receipt),
    _control("round", c.Round),
    _control("resend.request", c.ResendRequest),
    _control("void", c.Void),
    _control("card.update", c.CardUpdate),
    _control("agreement.propose", c.AgreementPropose),
    _control("agreement.sign", c.AgreementSign),
    _control("agreement.suspend", c.AgreementSuspend),
    _control("agreement.terminate", c.AgreementTerminate),
    _control("key.revoke", c.KeyRevoke),
    _control("log.alarm", c.LogAlarm),
)

TYPES: Final = (*_OPEN, *_ABOUT_PERSONS, *_HOUSEKEEPING, *_CONTROL)
