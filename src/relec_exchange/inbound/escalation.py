"""Which messages nobody acknowledged in time: a pure decision, told once for each.

Contract: a message counts from its receipt, not from its creation: a late network is not the
officer's fault. The limits are the settings' (minutes by urgency); the answer deadline of the
message shortens them where it comes earlier. The caller passes the messages whose type asks for
an acknowledgement and remembers what was escalated.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from relec_exchange.inbound.units import EscalationRules
from relec_exchange.message.codes import Urgency


@dataclass(frozen=True, slots=True)
class Unacknowledged:
    """A message that waits for an acknowledgement. Message ids are unique per sender."""

    message_id: str
    sender: str
    unit: str
    type: str
    urgency: Urgency
    received_at: datetime
    deadline: datetime | None = None
    escalated: bool = False


@dataclass(frozen=True, slots=True)
class Escalation:
    """One telling of the duty contact: which message, since when it is overdue. No content."""

    message_id: str
    sender: str
    unit: str
    type: str
    urgency: Urgency
    overdue_since: datetime
    deadline: datetime | None


def overdue_since(message: Unacknowledged, limits: EscalationRules) -> datetime:
    """The moment from which nobody may go on waiting silently."""
    by_urgency = message.received_at + limits.limit(message.urgency)
    if message.deadline is None:
        return by_urgency
    # A deadline that had passed on arrival means at once, not before the message was here.
    return max(message.received_at, min(by_urgency, message.deadline))


def escalations(
    waiting: Iterable[Unacknowledged], limits: EscalationRules, now: datetime
) -> tuple[Escalation, ...]:
    """What must be told now, the longest overdue first; what was told before is left out."""
    found = [
        Escalation(
            message_id=message.message_id,
            sender=message.sender,
            unit=message.unit,
            type=message.type,
            urgency=message.urgency,
            overdue_since=since,
            deadline=message.deadline,
        )
        for message in waiting
        if not message.escalated and (since := overdue_since(message, limits)) <= now
    ]
    return tuple(sorted(found, key=lambda one: (one.overdue_since, one.sender, one.message_id)))
