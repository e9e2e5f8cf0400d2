"""A control message that passed every receive step, for whoever acts on it.

`inbound` makes these, `rounds` and the receipts of `inbound` take them: neither knows the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from relec_exchange.journal.plan import Plan
from relec_exchange.message.document import Message


@dataclass(frozen=True, slots=True)
class Arrived:
    """The message, the log it stands in, its place and leaf there, its number in its chain."""

    message: Message
    origin: str
    index: int
    leaf: bytes
    seq: int


Handler = Callable[[Sequence[Arrived], datetime], Plan]
"""What a control type does besides being logged: its plan joins the receiving transaction."""
