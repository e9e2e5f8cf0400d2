"""Which messages end the waiting for an answer: known to both ends alike."""

from __future__ import annotations

from relec_exchange.message.bodies.requests import InfoReply, ReplyKind
from relec_exchange.message.catalogue import CATALOGUE
from relec_exchange.message.document import Message


def answers(message: Message, asked_type: str) -> bool:
    """Whether this message answers one of that type, and for good: an interim reply does not."""
    if message.header.type not in CATALOGUE[asked_type].answers:
        return False
    body = message.body
    return not (isinstance(body, InfoReply) and body.kind is ReplyKind.INTERIM)
