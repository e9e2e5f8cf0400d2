"""Records of what officers prepare, note and decide beside the messages themselves.

`content` is encrypted at rest under a key of the vault, as the content of messages is.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A message in the making, kept for its unit (outbound)."""

    draft_id: str
    officer: str
    unit: str
    type: str
    recipients: str
    updated_at: str
    key_id: str
    content: bytes


@dataclass(frozen=True, slots=True)
class CommentRow:
    """What a releaser wrote when sending a message back (outbound)."""

    message_id: str
    at: str
    officer: str
    key_id: str
    content: bytes
    row: int = 0


@dataclass(frozen=True, slots=True)
class ActRow:
    """An officer's signature on one of our messages: `act`, and `question` for an answer
    (outbound).
    """

    message_id: str
    act: str
    question: str
    officer: str
    signature: bytes
    at: str
    row: int = 0


@dataclass(frozen=True, slots=True)
class JudgementRow:
    """A decision of the protection rules with the facts they saw, for replaying (both ends).

    The log says `protection` and no more: which rule, and about whom, lies in `content` alone and
    is gone with the key.
    """

    message_id: str
    peer: str
    direction: str
    at: str
    outcome: str
    key_id: str
    content: bytes
    row: int = 0


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """A person under protection, known to the protection desk and to the rules (desk)."""

    entry_id: str
    officer: str
    at: str
    ended_at: str
    key_id: str
    content: bytes


@dataclass(frozen=True, slots=True)
class ContactRow:
    """The newest `contact.update` of one unit of a partner; functions, never persons (inbound)."""

    node: str
    unit: str
    at: str
    message_id: str
    content: str


@dataclass(frozen=True, slots=True)
class ExtractRow:
    """A public extract of a warning, made by one officer and released by another (desk)."""

    extract_id: str
    message_id: str
    sender: str
    made_by: str
    made_at: str
    released_by: str
    released_at: str
    key_id: str
    content: bytes
