"""Which messages end the waiting for an answer: known to both ends alike.

Contract: of all that may answer a type (`MessageType.answers`) some leave it open: asides such as
feedback and clarifications, interim and partial replies, and whoever asks for more before acting.
What a unit alone can read ends the waiting, whatever it says. The question of a clarification is
ended by its answer.
"""

from __future__ import annotations

from relec_exchange.message.bodies.referrals import CaseOutcome, CaseResponse
from relec_exchange.message.bodies.requests import ClarifyKind, InfoClarify, InfoReply, ReplyKind
from relec_exchange.message.bodies.returning import ReintegrationOutcome, ReintegrationResponse
from relec_exchange.message.catalogue import CATALOGUE
from relec_exchange.message.document import Message
from relec_exchange.message.fields import Document

_GOES_ON = (ReplyKind.INTERIM, ReplyKind.PARTIAL)


def answers(message: Message, asked_type: str) -> bool:
    """Whether this message answers one of that type, and for good."""
    asked = CATALOGUE[asked_type]
    name = message.header.type
    return name in asked.answers and name not in asked.asides and not _leaves_open(message.body)


def _leaves_open(body: Document) -> bool:
    match body:
        case InfoReply(kind=kind):
            return kind in _GOES_ON
        case InfoClarify(kind=kind):
            return kind is ClarifyKind.QUESTION
        case CaseResponse(outcome=outcome):
            return outcome is CaseOutcome.MORE_NEEDED
        case ReintegrationResponse(outcome=outcome):
            return outcome is ReintegrationOutcome.MORE_NEEDED
        case _:
            return False
