"""A control message that passed every receive step, for whoever acts on it.

`inbound` makes these, `rounds` and the receipts of `inbound` take them: neither knows the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from relec_exchange.audit.checkpoint import Checkpoint
from relec_exchange.journal.plan import Plan
from relec_exchange.message.document import Message

Trees = Mapping[tuple[str, int], Checkpoint]
"""Signed trees by log and size."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """The message, the log it stands in, its place and leaf there, its number in its chain.

    `beside` are the trees that messages of the same batch are the first to use: the store has them
    only after the commit that this message comes with.
    """

    message: Message
    origin: str
    index: int
    leaf: bytes
    seq: int
    beside: Trees = field(default_factory=dict, repr=False)


Handler = Callable[[Sequence[Arrived], datetime], Plan]
"""What a control type does besides being logged: its plan joins the receiving transaction."""
