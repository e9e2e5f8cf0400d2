"""Resend requests that arrive: each range is answered soon, on the rounds thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from relec_exchange.journal.arrived import Arrived
from relec_exchange.journal.plan import Committed, Plan
from relec_exchange.message.bodies.control import ResendRequest
from relec_exchange.message.identifiers import MessageClass


class ResendRequests:
    """Hands each range to `answer` (peer, class, first, last, log of ours or "" for the one that is
    written) once the request is committed.
    """

    def __init__(self, answer: Callable[[str, MessageClass, int, int, str], None]) -> None:
        self._answer = answer

    def handle(self, arrived: Sequence[Arrived], now: datetime) -> Plan:
        """A plan that changes nothing and answers afterwards."""
        ranges = [
            (one.message.header.sender, item.class_, item.from_, item.to, item.origin or "")
            for one in arrived
            if isinstance(one.message.body, ResendRequest)
            for item in one.message.body.items
        ]

        def after(_committed: Committed) -> None:
            for asked in ranges:
                self._answer(*asked)

        return Plan(after=after)
