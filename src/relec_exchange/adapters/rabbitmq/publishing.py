"""The sending half: a window of unconfirmed envelopes, and exactly one outcome for each.

Lives on the event loop's thread. What is unconfirmed when the connection ends is LOST (it may have
arrived; whoever publishes it again relies on the recipient's check for duplicates). What was not
sent yet stays here and goes out with the next connection. Classes are served flash first, then
control, then ordinary, each in the order it came; so a warning about lives never waits behind an
import.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pika import BasicProperties, DeliveryMode, SelectConnection, spec
from pika.channel import Channel
from pika.exceptions import AMQPError
from pika.frame import Method

from relec_exchange.adapters.rabbitmq.access import Tuning
from relec_exchange.adapters.rabbitmq.faults import printable, translate
from relec_exchange.adapters.rabbitmq.link import Link
from relec_exchange.adapters.rabbitmq.names import exchange_name, routing_key
from relec_exchange.errors import Unavailable
from relec_exchange.message.identifiers import MessageClass
from relec_exchange.ports import Outcome, Outgoing

ORDER = (MessageClass.FLASH, MessageClass.CONTROL, MessageClass.ORDINARY)
# Nothing else: the broker need not know more than the envelope's clear header says.
PROPERTIES = BasicProperties(delivery_mode=DeliveryMode.Persistent)


@dataclass(slots=True)
class _Sent:
    item: Outgoing
    at: float
    returned: bool = False


class Publisher:
    """Publishes to our own exchange over `link`; `settled` is told each key and outcome once."""

    def __init__(
        self,
        link: Link,
        node: str,
        tuning: Tuning,
        settled: Callable[[int, Outcome], None],
        became_ready: Callable[[], None],
        log: Callable[..., None],
    ) -> None:
        self._link = link
        self._exchange = exchange_name(node)
        self._tuning = tuning
        self._settled = settled
        self._became_ready = became_ready
        self._log = log
        self._waiting: dict[MessageClass, deque[Outgoing]] = {each: deque() for each in ORDER}
        self._unconfirmed: dict[int, _Sent] = {}
        self._bytes = 0
        self._tag = 0
        self._channel: Channel | None = None
        self._blocked = False

    @property
    def ready(self) -> bool:
        """A channel in confirm mode is open to an exchange that exists."""
        return self._channel is not None

    @property
    def unconfirmed(self) -> int:
        """Sent, and not answered by the broker yet."""
        return len(self._unconfirmed)

    def opened(self, connection: SelectConnection) -> None:
        """The link is up: open a channel and see that our exchange exists."""
        self._blocked = False
        connection.add_on_connection_blocked_callback(self._on_blocked)
        connection.add_on_connection_unblocked_callback(self._on_unblocked)
        connection.channel(on_open_callback=self._on_channel)

    def closed(self) -> None:
        """The link is down: everything unconfirmed is lost."""
        self._channel = None
        lost = [sent.item for sent in self._unconfirmed.values()]
        self._unconfirmed.clear()
        self._bytes = 0
        for item in lost:
            self._settled(item.key, Outcome.LOST)

    def add(self, items: Iterable[Outgoing]) -> None:
        """Take items in and send what the window allows."""
        for item in items:
            self._waiting[item.message_class].append(item)
        self.pump()

    def abandon(self) -> None:
        """Everything that has not been sent yet is lost; used when the transport stops."""
        for item in self.take_waiting():
            self._settled(item.key, Outcome.LOST)

    def take_waiting(self) -> list[Outgoing]:
        """Give back what has not been sent yet, without an outcome."""
        taken = [item for each in ORDER for item in self._waiting[each]]
        for waiting in self._waiting.values():
            waiting.clear()
        return taken

    def pump(self) -> None:
        """Send until the window is full or nothing waits."""
        while self._channel is not None and not self._blocked and self._room():
            waiting = next((self._waiting[each] for each in ORDER if self._waiting[each]), None)
            if waiting is None:
                return
            try:
                self._send(self._channel, waiting[0])
            except AMQPError as fault:
                self._channel = None
                self._link.drop(translate(fault))
                return
            # Only now: whatever goes wrong, an item is in one of the two places.
            waiting.popleft()

    def check_patience(self) -> None:
        """Drop the connection when the oldest unconfirmed envelope waits for too long."""
        oldest = next(iter(self._unconfirmed.values()), None)
        if oldest is None or self._blocked:
            return
        if time.monotonic() - oldest.at > self._tuning.confirm_seconds:
            self._link.drop(Unavailable("the broker does not confirm what it is sent"))

    def _room(self) -> bool:
        if not self._unconfirmed:
            return True
        tuning = self._tuning
        return len(self._unconfirmed) < tuning.window and self._bytes < tuning.window_bytes

    def _send(self, channel: Channel, item: Outgoing) -> None:
        channel.basic_publish(
            exchange=self._exchange,
            routing_key=routing_key(item.recipient, item.message_class),
            body=item.envelope,
            properties=PROPERTIES,
            mandatory=True,
        )
        # The broker counts what is published on a channel from 1 and confirms by that number.
        self._tag += 1
        self._unconfirmed[self._tag] = _Sent(item, time.monotonic())
        self._bytes += len(item.envelope)

    def _on_channel(self, channel: Channel) -> None:
        channel.add_on_close_callback(self._on_channel_closed)
        channel.add_on_return_callback(self._on_return)
        # Passive: only asks. Without it the first publish would be the one to find out.
        channel.exchange_declare(
            exchange=self._exchange,
            passive=True,
            callback=lambda _: channel.confirm_delivery(
                self._on_confirm, callback=lambda _: self._on_ready(channel)
            ),
        )

    def _on_ready(self, channel: Channel) -> None:
        self._tag = 0
        self._channel = channel
        self._became_ready()
        self.pump()

    def _on_channel_closed(self, channel: Channel, fault: BaseException) -> None:
        self._channel = None
        # Also called when the whole connection ends; dropping it again is then without effect.
        self._link.drop(translate(fault))

    def _on_return(
        self, channel: Channel, method: spec.Basic.Return, properties: object, body: bytes
    ) -> None:
        """No queue is bound. The confirm follows and must not count, so remember which it is.

        Envelopes are told apart by their bytes (each is sealed with fresh randomness), which
        spares an identifier in the properties that others could count.
        """
        for sent in self._unconfirmed.values():
            if not sent.returned and sent.item.envelope == body:
                key = routing_key(sent.item.recipient, sent.item.message_class)
                if key == method.routing_key:
                    sent.returned = True
                    return

    def _on_confirm(self, frame: Method[spec.Basic.Ack | spec.Basic.Nack]) -> None:
        method = frame.method
        good = isinstance(method, spec.Basic.Ack)
        if not method.multiple:
            self._settle(method.delivery_tag, good)
        else:
            # Tags were added in rising order, so the ones meant stand at the front.
            for tag in list(self._unconfirmed):
                if tag > method.delivery_tag:
                    break
                self._settle(tag, good)
        self.pump()

    def _settle(self, tag: int, good: bool) -> None:
        sent = self._unconfirmed.pop(tag, None)
        if sent is None:
            return
        self._bytes -= len(sent.item.envelope)
        if sent.returned:
            outcome = Outcome.NO_ROUTE
        else:
            outcome = Outcome.CONFIRMED if good else Outcome.REFUSED
        self._settled(sent.item.key, outcome)

    def _on_blocked(self, _: object, frame: Method[spec.Connection.Blocked]) -> None:
        self._blocked = True
        self._log("broker.blocked", reason=printable(str(frame.method.reason)))

    def _on_unblocked(self, _: object, frame: object) -> None:
        self._blocked = False
        self._log("broker.unblocked")
        self.pump()
