"""The broker's edge as the port `Transport` asks for it: one thread, two connections.

Two connections, because a broker short of memory or disk stops reading from those that publish:
on a shared connection our acknowledgements would wait behind our own publishing, and no queue
would ever empty. All state belongs to the one thread that runs the event loop; other threads only
put work into three queues and wake it. A fault that nobody foresaw ends both connections, tells
LOST for what was unconfirmed, and starts over; it never ends the thread.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

import structlog

from relec_exchange.adapters.rabbitmq.access import Access, Tuning, tls_context
from relec_exchange.adapters.rabbitmq.edge import CLOSE_SECONDS, Callbacks, Edge
from relec_exchange.errors import Conflict, RelecError, Unavailable
from relec_exchange.message.identifiers import MessageClass
from relec_exchange.ports import Delivery, Outcome, Outgoing, TransportStatus

T = TypeVar("T")

RESTART_SECONDS = 1.0


def _now() -> datetime:
    return datetime.now(UTC)


def _log(event: str, **fields: object) -> None:
    structlog.get_logger("relec_exchange.broker").info(event, **fields)


class RabbitTransport:
    """Implements `ports.Transport`. Start it once; stop it once.

    Outcomes and deliveries are told on the transport's own thread: hand them over and return. An
    error that a callback raises is logged by its type and does not stop the traffic.
    """

    def __init__(
        self,
        access: Access,
        tuning: Tuning | None = None,
        *,
        clock: Callable[[], datetime] = _now,
        log: Callable[..., None] = _log,
        fraction: Callable[[], float] = random.random,
    ) -> None:
        self._access = access
        self._tuning = tuning or Tuning()
        self._clock = clock
        self._log = log
        self._fraction = fraction
        self._outgoing: deque[Outgoing] = deque()
        self._acknowledged: deque[Delivery] = deque()
        self._orders: deque[Callable[[Edge], None]] = deque()
        self._gate = threading.Lock()
        self._stopped = False
        self._woken = False
        self._thread: threading.Thread | None = None
        self._edge: Edge | None = None
        self._partners: Mapping[str, frozenset[MessageClass]] = {}
        self._paused = False
        self._connected = False
        self._since: datetime | None = None
        self._times_connected = 0
        self._last_error = ""
        self._on_outcome: Callable[[int, Outcome], None] = lambda key, outcome: None
        self._on_deliveries: Callable[[list[Delivery]], None] = lambda deliveries: None

    def start(
        self,
        on_outcome: Callable[[int, Outcome], None],
        on_deliveries: Callable[[list[Delivery]], None],
    ) -> None:
        """Begin to connect; returns at once. Errors: Misconfigured (TLS files), Conflict."""
        if self._thread is not None:
            raise Conflict("the transport was started before")
        tls_context(self._access)
        # pika's own records repeat what `faults` translates, and may quote frames.
        logging.getLogger("pika").setLevel(logging.CRITICAL + 1)
        self._on_outcome = on_outcome
        self._on_deliveries = on_deliveries
        self._thread = threading.Thread(target=self._live, name="relec-broker", daemon=True)
        self._thread.start()

    def publish(self, items: Sequence[Outgoing]) -> None:
        """Thread-safe, returns at once. After `stop` every item is LOST."""
        with self._gate:
            if not self._stopped:
                self._outgoing.extend(items)
                items = ()
        for item in items:
            self._settled(item.key, Outcome.LOST)
        self._wake()

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Thread-safe; tags of a dead channel are ignored, the broker delivers those again."""
        self._acknowledged.extend(deliveries)
        self._wake()

    def pause(self) -> None:
        """Stop consuming; what is unacknowledged goes back to its queue."""
        self._order(self._pause)

    def resume(self) -> None:
        """Consume again; what went back comes again, marked as redelivered."""
        self._order(self._resume)

    def consume_from(self, partners: Mapping[str, frozenset[MessageClass]]) -> None:
        """Consume from the queues of these partners and classes, and no others."""
        wanted = {partner: frozenset(classes) for partner, classes in partners.items()}

        def change(edge: Edge) -> None:
            self._partners = wanted
            edge.consumer.consume_from(wanted)

        self._order(change)

    def status(self) -> TransportStatus:
        """The state now; `since` is when `connected` changed last."""
        edge = self._edge
        return TransportStatus(
            connected=self._connected,
            since=self._since,
            unconfirmed=edge.publisher.unconfirmed if edge is not None else 0,
            reconnects=max(0, self._times_connected - 1),
            last_error=self._last_error,
        )

    def stop(self, timeout_seconds: float) -> None:
        """Wait for confirms at most so long, close; what then has no outcome is LOST."""
        with self._gate:
            self._stopped = True
        self._order(lambda edge: edge.finish(timeout_seconds))
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout_seconds + 2 * CLOSE_SECONDS)
        if thread is None:
            self._lose_outgoing()

    def _order(self, order: Callable[[Edge], None]) -> None:
        self._orders.append(order)
        self._wake()

    def _pause(self, edge: Edge) -> None:
        self._paused = True
        edge.consumer.pause()

    def _resume(self, edge: Edge) -> None:
        self._paused = False
        edge.consumer.resume()

    def _wake(self) -> None:
        # Work is queued before the flag is read, and the flag is cleared before work is taken.
        edge = self._edge
        if edge is not None and not self._woken:
            self._woken = True
            edge.wake(self._turn)

    def _turn(self) -> None:
        """On the loop: take what other threads have queued. Acknowledgements go first, so that
        they count even when a pause follows.
        """
        self._woken = False
        edge = self._edge
        if edge is None:
            return
        edge.consumer.acknowledge(_drain(self._acknowledged))
        edge.publisher.add(_drain(self._outgoing))
        for order in _drain(self._orders):
            order(edge)

    def _live(self) -> None:
        """The thread: one edge after another until one ends because `stop` asked for it."""
        told = Callbacks(self._settled, self._delivered, self._changed, self._log)
        waiting: list[Outgoing] = []
        ended = False
        while not ended:
            edge = Edge(self._access, self._tuning, self._fraction, told)
            edge.publisher.add(waiting)
            self._restore(edge)
            error: RelecError = Unavailable("the transport was stopped")
            try:
                edge.run(self._turn)
                ended = True
            except Exception as fault:  # noqa: BLE001 - the edge must outlive any fault in it
                error = Unavailable(f"the broker's edge failed ({type(fault).__name__})")
                self._log("broker.edge_failed", error=type(fault).__name__)
                time.sleep(RESTART_SECONDS)
            waiting = edge.publisher.take_waiting()
            self._edge = None
            edge.discard()
            self._changed(error)
        self._lose_outgoing(waiting)

    def _restore(self, edge: Edge) -> None:
        if self._paused:
            edge.consumer.pause()
        edge.consumer.consume_from(self._partners)
        self._woken = False
        self._edge = edge

    def _lose_outgoing(self, waiting: Sequence[Outgoing] = ()) -> None:
        for item in (*waiting, *_drain(self._outgoing)):
            self._settled(item.key, Outcome.LOST)

    def _settled(self, key: int, outcome: Outcome) -> None:
        try:
            self._on_outcome(key, outcome)
        except Exception as fault:  # noqa: BLE001 - not ours, and others wait for their outcomes
            self._log("broker.callback_failed", callback="outcome", error=type(fault).__name__)

    def _delivered(self, deliveries: list[Delivery]) -> None:
        try:
            self._on_deliveries(deliveries)
        except Exception as fault:  # noqa: BLE001 - not ours; unacknowledged, so nothing is lost
            self._log("broker.callback_failed", callback="deliveries", error=type(fault).__name__)

    def _changed(self, error: RelecError | None) -> None:
        """Keep the status; called on every change of either connection."""
        if error is not None:
            self._last_error = error.message
        now_connected = self._edge is not None and self._edge.connected
        first_failure = self._since is None and error is not None
        if now_connected == self._connected and not first_failure:
            return
        self._connected = now_connected
        self._since = self._clock()
        if now_connected:
            self._times_connected += 1
            self._log("broker.connected", reconnects=self._times_connected - 1)
        else:
            self._log("broker.disconnected", error=self._last_error)


def _drain(queue: deque[T]) -> list[T]:
    """Everything in the queue now; other threads may go on adding."""
    return [queue.popleft() for _ in range(len(queue))]
