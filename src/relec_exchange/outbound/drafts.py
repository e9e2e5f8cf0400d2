"""What goes into a submission and what comes out: approved bytes, signatures, outcomes."""

from __future__ import annotations

from dataclasses import dataclass, field

from relec_exchange.errors import RelecError
from relec_exchange.message.document import Message
from relec_exchange.message.header import Header
from relec_exchange.records import InboxRow
from relec_exchange.trust.decide import Allowed


@dataclass(frozen=True, slots=True)
class Signature:
    """One officer's signature (64 bytes) over the message's commitment."""

    officer: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class Draft:
    """Approved bytes with their salt and signatures; `release` may come later."""

    idempotency_key: str
    raw: bytes = field(repr=False)
    salt: bytes = field(repr=False)
    submit: Signature
    release: Signature | None


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of one draft: `released`, `submitted` (waits for a releaser) or `refused`."""

    message_id: str
    recipient: str
    status: str
    error: RelecError | None = None


@dataclass(frozen=True, slots=True)
class ReadDraft:
    """A draft whose bytes are a valid message of this node; `commitment` is over them.

    `answered` is the message that it answers, if it is of a type that answers.
    """

    draft: Draft
    message: Message
    header: Header
    commitment: bytes
    answered: InboxRow | None


@dataclass(frozen=True, slots=True)
class Judged:
    """A draft that may leave: its officers signed it, and an agreement allows it."""

    read: ReadDraft
    decision: Allowed
