"""Answers about what depended on revoked keys."""

from __future__ import annotations

from relec_exchange.api.answers.base import Answer, Direction


class RevokedKey(Answer):
    """A key that its node revoked: `kind` is log, sealing, witness or authority."""

    node: str
    kind: str
    key: str
    since: str
    issued: str
    reason: str = ""


class DisputedMessage(Answer):
    """A message that depends on a revoked key: `why` is log, sealing or authority."""

    direction: Direction
    message_id: str
    peer: str
    type: str
    at: str
    why: str


class DisputedEntry(Answer):
    """What was accepted from a log beyond its last good size."""

    origin: str
    index: int
    message_id: str
    type: str
    received_at: str
    outcome: str = ""


class DisputedText(Answer):
    """A text that a revoked authority signed: card, agreement or notice."""

    node: str
    what: str
    subject: str
    hash: str


class DisputedList(Answer):
    """Everything that is disputed; the lists are cut, the totals are not."""

    revoked: list[RevokedKey]
    messages: list[DisputedMessage]
    messages_total: int
    entries: list[DisputedEntry]
    entries_total: int
    texts: list[DisputedText]
