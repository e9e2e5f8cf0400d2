"""Partners' clocks: told when one goes wrong by more than half of what a message may be ahead.

A round that lay in a queue reads like a clock that is slow, so one round says nothing: the round
before it must have said the same, in the same direction.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Final

from relec_exchange.message.constants import Times
from relec_exchange.message.identifiers import format_time
from relec_exchange.ports import Store
from relec_exchange.records import (
    AnnouncedRow,
    Change,
    Delete,
    EventRow,
    Insert,
    PeerRow,
    Where,
)

TOLD: Final = "clock"


def skewed(skew_ms: int, times: Times) -> bool:
    """Whether a difference of clocks is more than half of what is accepted."""
    return abs(skew_ms) > times.clock_ahead_seconds * 500


def clock_told(
    store: Store, before: PeerRow, skew_ms: int, times: Times, now: datetime
) -> list[Change]:
    """The event `partner.clock`, once until the clock is right again."""
    mark = {"what": TOLD, "subject": before.peer, "days": 0}
    told = store.count(AnnouncedRow, Where("what", "=", TOLD), Where("subject", "=", before.peer))
    if not skewed(skew_ms, times):
        return [Delete(AnnouncedRow, mark)] if told else []
    twice = skewed(before.skew_ms, times) and (before.skew_ms > 0) == (skew_ms > 0)
    if told or not twice:
        return []
    at = format_time(now)
    event = EventRow(at, "partner.clock", before.peer, json.dumps({"skew_ms": skew_ms}))
    return [Insert(AnnouncedRow(TOLD, before.peer, 0, at), ignore=True), Insert(event)]
