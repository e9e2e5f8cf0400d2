"""Records of how long what is kept and what others allow to be done with it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LegalHoldRow:
    """A message that is kept beyond its term, by whose order and until when (retention).

    `direction` is `in` or `out`, `peer` the other node. `content` is the reason, encrypted at rest.
    """

    hold_id: str
    direction: str
    peer: str
    message_id: str
    officer: str
    at: str
    until: str
    ended_at: str
    ended_by: str
    key_id: str
    content: bytes


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """What a provider decided about a use of its message that we asked for (inbound).

    `request_id` is our `consent.request`, `message_id` the provider's message, `decision_id` the
    decision. Conditions stand in the decision alone.
    """

    request_id: str
    provider: str
    message_id: str
    use: str
    onward_to: str
    purpose: str
    decision: str
    expires_on: str
    decided_at: str
    decision_id: str


@dataclass(frozen=True, slots=True)
class CutRow:
    """Fields that were cut from a message of ours, with their salts (outbound).

    `content` is encrypted under the key of the message itself, and ends with it.
    """

    message_id: str
    key_id: str
    content: bytes


@dataclass(frozen=True, slots=True)
class AnnouncedRow:
    """An end that was announced so many days ahead (rounds); 0 when it had come."""

    what: str
    subject: str
    days: int
    at: str
