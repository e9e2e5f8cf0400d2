"""One run of pika's event loop: a connection that publishes beside one that consumes.

Everything here belongs to the thread that calls `run`; only `wake` may be called from others. An
edge is made, run and thrown away; `transport` makes the next one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from pika import SelectConnection
from pika.adapters.select_connection import IOLoop

from relec_exchange.adapters.rabbitmq.access import Access, Renewal, Tuning
from relec_exchange.adapters.rabbitmq.consuming import Consumer
from relec_exchange.adapters.rabbitmq.link import Link
from relec_exchange.adapters.rabbitmq.publishing import Publisher
from relec_exchange.errors import RelecError, Unavailable
from relec_exchange.ports import Delivery, Outcome

TICK_SECONDS = 1.0
ENDING_TICK_SECONDS = 0.02
CLOSE_SECONDS = 1.0
"""How long the broker may take to agree that we leave."""


@dataclass(frozen=True, slots=True)
class Callbacks:
    """Whom the edge tells: outcomes, deliveries, a change of state, and events for the log."""

    settled: Callable[[int, Outcome], None]
    deliver: Callable[[list[Delivery]], None]
    changed: Callable[[RelecError | None], None]
    log: Callable[..., None]


class Edge:
    """The loop and what runs on it."""

    def __init__(
        self, access: Access, tuning: Tuning, random: Callable[[], float], told: Callbacks
    ) -> None:
        self._loop = IOLoop()
        self._told = told
        self._renewal = Renewal(access)
        self._out = Link(self._loop, access, tuning, random)
        self._in = Link(self._loop, access, tuning, random)
        self.publisher = Publisher(
            self._out, access.node, tuning, told.settled, self._ready, told.log
        )
        self.consumer = Consumer(self._loop, access.node, tuning, random, told.deliver, told.log)
        self._out.opened = self._out_opened
        self._out.closed = self._out_closed
        self._in.opened = self._in_opened
        self._in.closed = self._in_closed

    @property
    def connected(self) -> bool:
        """Both halves can work."""
        return self.publisher.ready and self._in.up

    def run(self, first: Callable[[], None]) -> None:
        """Connect, call `first` on the loop, and work until `finish` is through."""
        self._out.open()
        self._in.open()
        self._loop.add_callback(first)
        self._loop.call_later(TICK_SECONDS, self._tick)
        self._loop.start()

    def wake(self, callback: Callable[[], None]) -> None:
        """Have `callback` called on the loop's thread soon. Thread-safe."""
        self._loop.add_callback_threadsafe(callback)

    def finish(self, seconds: float) -> None:
        """Send nothing new, wait for confirms as long as `seconds`, close, and end `run`."""
        self.publisher.abandon()
        self.consumer.pause()
        self._settle_until(time.monotonic() + seconds)

    def discard(self) -> None:
        """After `run` has ended for whatever reason: unconfirmed is lost, sockets are closed."""
        self.publisher.closed()
        self.consumer.closed()
        self._out.cut()
        self._in.cut()
        self._loop.close()

    def _settle_until(self, deadline: float) -> None:
        if self.publisher.unconfirmed and time.monotonic() < deadline:
            self._loop.call_later(ENDING_TICK_SECONDS, lambda: self._settle_until(deadline))
            return
        self._out.end()
        self._in.end()
        self._leave_until(time.monotonic() + CLOSE_SECONDS)

    def _leave_until(self, deadline: float) -> None:
        if (self._out.idle and self._in.idle) or time.monotonic() > deadline:
            self._loop.stop()
        else:
            self._loop.call_later(ENDING_TICK_SECONDS, lambda: self._leave_until(deadline))

    def _tick(self) -> None:
        self.publisher.check_patience()
        if self._renewal.happened():
            self._renew()
        self._loop.call_later(TICK_SECONDS, self._tick)

    def _renew(self) -> None:
        """Connect anew with the certificate that is there now. What is unconfirmed is published
        again, what is unacknowledged is delivered again.
        """
        self._told.log("broker.certificate_renewed")
        for link in (self._out, self._in):
            link.drop(Unavailable("the certificate was renewed"))

    def _ready(self) -> None:
        self._told.changed(None)

    def _out_opened(self, connection: SelectConnection) -> None:
        self.publisher.opened(connection)
        self._in.hasten()  # the broker is back: who only sends looks as if it did not read

    def _out_closed(self, error: RelecError) -> None:
        self.publisher.closed()
        self._told.changed(error)

    def _in_opened(self, connection: SelectConnection) -> None:
        self.consumer.opened(connection)
        self._told.changed(None)
        self._out.hasten()

    def _in_closed(self, error: RelecError) -> None:
        self.consumer.closed()
        self._told.changed(error)
