"""Delivers accepted messages to units until each delivery is done.

Contract: at least once. A delivery is a record of the node's store; it is marked done only after
its target said so, hence a crash between the two repeats it. Targets therefore write under a name
that is made from the message (a repeat replaces, never adds). A delivery is never given up: it
waits longer after each failure, up to a ceiling, and is reported as stuck so that a person looks.
A target that is unavailable rests, so that its time-outs cost others one wait and not one for each
message; when it is back, everything that waited goes at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from relec_exchange.errors import RelecError, Unavailable
from relec_exchange.inbound.routing import DeliveryItem
from relec_exchange.inbound.units import Channel

REASON_MAX_CHARACTERS = 200


class DeliveryQueue(Protocol):
    """The durable list of deliveries.

    `due` returns the oldest first, at most `limit`, whose time has come and which are not done.
    `done` and `failed` are durable when they return. `failed` keeps the record due at `next_at`
    with one attempt more.
    """

    def due(self, now: datetime, limit: int) -> Sequence[DeliveryItem]:
        """Deliveries whose time has come, with content only for the channels that carry it."""
        ...

    def done(self, id: int, now: datetime) -> None:
        """Record a delivery as made."""
        ...

    def failed(self, id: int, now: datetime, reason: str, next_at: datetime) -> None:
        """Record a failure and when to try again."""
        ...


class UnitTarget(Protocol):
    """One place that receives.

    `deliver` returns when the item is as durable as the place can make it. It raises
    `Unavailable` when trying again is right. The same item again must change nothing.
    """

    def deliver(self, item: DeliveryItem) -> None:
        """Receive one item."""
        ...


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waiting times after failures: doubled each time from `first`, never above `ceiling`."""

    first: timedelta = timedelta(seconds=1)
    ceiling: timedelta = timedelta(minutes=15)
    stuck_after: int = 8

    def wait(self, attempts: int) -> timedelta:
        """How long to wait after the attempt number `attempts` (from 1) failed."""
        # The exponent is bounded so that a record with millions of attempts stays cheap.
        return min(self.ceiling, self.first * (1 << min(attempts - 1, 20)))


@dataclass(frozen=True, slots=True)
class RoutedBatch:
    """What one run did: ids delivered, ids that wait again, and those of them that are stuck."""

    delivered: tuple[int, ...] = ()
    failed: tuple[int, ...] = ()
    stuck: tuple[DeliveryItem, ...] = ()


class Mailbox:
    """The unit reads its inbox through the local API: the message is there already."""

    def deliver(self, item: DeliveryItem) -> None:
        """Nothing to move: the inbox record was written with the receipt."""


_Key = tuple[str, Channel]


@dataclass(frozen=True, slots=True)
class _Rest:
    """A target that was unavailable `failures` times in a row is left alone until then."""

    failures: int
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class _Failure:
    reason: str
    next_at: datetime


@dataclass(slots=True)
class Router:
    """Works off what is due. Everything durable is in the queue; it remembers who rests."""

    queue: DeliveryQueue
    targets: Mapping[_Key, UnitTarget]
    backoff: Backoff = field(default_factory=Backoff)
    _resting: dict[_Key, _Rest] = field(default_factory=dict, init=False)

    def run_once(self, now: datetime, limit: int = 64) -> RoutedBatch:
        """Try each due delivery once. Raises only what the queue raises (the store is broken)."""
        delivered: list[int] = []
        failed: list[int] = []
        stuck: list[DeliveryItem] = []
        for item in self.queue.due(now, limit):
            failure = self._try(item, now)
            if failure is None:
                self.queue.done(item.id, now)
                delivered.append(item.id)
                continue
            self.queue.failed(item.id, now, failure.reason, failure.next_at)
            failed.append(item.id)
            if item.attempts + 1 >= self.backoff.stuck_after:
                stuck.append(item)
        return RoutedBatch(tuple(delivered), tuple(failed), tuple(stuck))

    def _try(self, item: DeliveryItem, now: datetime) -> _Failure | None:
        """Deliver one item. Returns None, or why it failed (without content) and when to retry."""
        key = (item.unit, item.channel)
        rest = self._resting.get(key)
        if rest is not None and now < rest.until:
            return _Failure(rest.reason, rest.until)
        later = now + self.backoff.wait(item.attempts + 1)
        target = self.targets.get(key)
        if target is None:
            return _Failure(f"unit {item.unit} has no {item.channel} in the settings", later)
        try:
            target.deliver(item)
        except Unavailable as error:
            reason = error.message[:REASON_MAX_CHARACTERS]
            failures = rest.failures + 1 if rest else 1
            until = now + self.backoff.wait(failures)
            self._resting[key] = _Rest(failures, until, reason)
            return _Failure(reason, until)
        except RelecError as error:
            return _Failure(error.message[:REASON_MAX_CHARACTERS], later)
        except Exception as error:  # noqa: BLE001 - a broken target must not stop the others
            # The text of a foreign exception may quote the message: only its kind is kept.
            return _Failure(f"unexpected {type(error).__name__}", later)
        self._resting.pop(key, None)
        return None
