"""The body of `ack`: a person has seen a message and says what was done."""

from __future__ import annotations

from typing import Annotated

from relec_exchange.message.fields import (
    Bounded,
    Document,
    Line,
    Text,
)


class Ack(Document):
    """The officer's unit, the action taken, to whom it was passed. `in_reply_to` says to what."""

    unit: Line
    action_taken: Text
    passed_to: Annotated[tuple[Line, ...], Bounded(32, distinct=True)] = ()
