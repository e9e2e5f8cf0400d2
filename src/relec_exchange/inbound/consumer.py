"""From the transport to the inbox: batches, acknowledged after their commit.

If the store fails, the consumer cancels and backs off; it never rejects to the broker, so what was
not committed is delivered again. An error that nobody foresaw is met in the same way, for the next
try may go well. Only an error that says that the node must stop ends it. The inbox decides.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from relec_exchange.errors import IntegrityFailure, RelecError
from relec_exchange.inbound.gathered import Arrival
from relec_exchange.message.constants import LIMITS
from relec_exchange.ports import Delivery, Transport

BACKOFF_SECONDS = (0.5, 1.0, 2.0, 5.0, 15.0, 30.0)
HELD_CHECK_SECONDS = 10.0
"""How often an idle consumer looks whether the time of something that is held is over."""


class Intake(Protocol):
    """What takes batches in: the inbox, or what stands before it (`inbound.sheltering`)."""

    def take_in(self, arrivals: Sequence[Arrival]) -> object:
        """Returns when the disk has what became of them."""

    def held_due(self) -> bool:
        """Whether something that was kept is to be judged now."""

    def retry_held(self) -> None:
        """Judge it."""

    def left(self, arrivals: Sequence[Arrival]) -> None:
        """What cannot be taken in now and goes back to the broker: it may be looked at."""


class Consumer:
    """Feeds one inbox from one transport, in a thread."""

    def __init__(
        self, inbox: Intake, transport: Transport, on_fatal: Callable[[RelecError], None]
    ) -> None:
        self._inbox = inbox
        self._transport = transport
        self._on_fatal = on_fatal
        self._queue: deque[Delivery] = deque()
        self._wake = threading.Condition()
        self._stopping = False
        self._failures = 0
        self._again = False
        self._thread: threading.Thread | None = None

    def deliver(self, deliveries: list[Delivery]) -> None:
        """Take deliveries over (called on the transport's thread)."""
        with self._wake:
            self._queue.extend(deliveries)
            self._wake.notify()

    def retry_held(self) -> None:
        """Have the inbox judge again what it holds, on the inbound thread."""
        with self._wake:
            self._again = True
            self._wake.notify()

    def start(self) -> None:
        """Begin to take in."""
        self._thread = threading.Thread(target=self._run, name="consumer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the batch under way and end; what is left is delivered again."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        if self._thread is not None:
            self._thread.join()

    def step(self) -> int:
        """Take in one batch of what is queued; returns how many deliveries it had."""
        with self._wake:
            batch = [self._queue.popleft() for _ in range(min(len(self._queue), LIMITS.batch_max))]
        if batch:
            self._inbox.take_in([Arrival(d.sender, d.envelope) for d in batch])
            self._transport.acknowledge(batch)
        if self._again or self._inbox.held_due():
            self._again = False
            try:
                self._inbox.retry_held()
            except BaseException:
                self._again = True
                raise
        self._failures = 0
        return len(batch)

    def _run(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(self._wanted, timeout=HELD_CHECK_SECONDS)
                if self._stopping:
                    return
            try:
                self.step()
            except IntegrityFailure as error:
                self._on_fatal(error)
                return
            except Exception as error:  # noqa: BLE001 - unacknowledged, so nothing is lost
                self._back_off(error)

    def _leave(self) -> None:
        """What is queued behind the batch that failed: one partner's flood hides nobody's words."""
        with self._wake:
            queued = [Arrival(d.sender, d.envelope) for d in self._queue]
        try:
            self._inbox.left(queued)
        except Exception as error:  # noqa: BLE001 - it comes again
            kind = type(error).__name__
            structlog.get_logger().warning("consumer.left_unread", error=kind)

    def _wanted(self) -> bool:
        return bool(self._queue) or self._stopping or self._again

    def _back_off(self, error: Exception) -> None:
        """Cancel, forget what is queued (the broker has it), wait, consume again."""
        code = error.code if isinstance(error, RelecError) else type(error).__name__
        structlog.get_logger().warning("consumer.paused", code=code)
        self._leave()
        self._transport.pause()
        with self._wake:
            self._queue.clear()
            pause = BACKOFF_SECONDS[min(self._failures, len(BACKOFF_SECONDS) - 1)]
            self._failures += 1
            self._wake.wait_for(lambda: self._stopping, timeout=pause)
            self._queue.clear()
        self._transport.resume()
