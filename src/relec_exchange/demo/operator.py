"""The broker's operator, who can read, change, hold back and delete what lies on the broker.

For scenes and tests of what such an operator cannot hide. The user `operator` has all rights in
the private virtual host of an exercise; no network of members has such a user.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError

from relec_exchange.adapters.rabbitmq.access import Access, parameters
from relec_exchange.adapters.rabbitmq.names import (
    VIRTUAL_HOST,
    exchange_name,
    queue_name,
    routing_key,
)
from relec_exchange.demo.private_broker import PrivateBroker
from relec_exchange.errors import Unavailable
from relec_exchange.message.identifiers import MessageClass

USER: Final = "operator"
WAIT_SECONDS: Final = 15.0
_POLL_SECONDS: Final = 0.02
_PERSISTENT: Final = pika.BasicProperties(delivery_mode=2)


def with_operator(definitions: Mapping[str, Any]) -> dict[str, Any]:
    """A topology with the operator as a user who may do everything in it."""
    extended = deepcopy(dict(definitions))
    extended["users"].append(
        {
            "name": USER,
            "password_hash": "",
            "hashing_algorithm": "rabbit_password_hashing_sha256",
            "tags": [],
        }
    )
    everything = dict.fromkeys(("configure", "write", "read"), ".*")
    extended["permissions"].append({"user": USER, "vhost": VIRTUAL_HOST, **everything})
    return extended


@dataclass(frozen=True, slots=True)
class Route:
    """The way of one class from a sender to a recipient."""

    sender: str
    recipient: str
    message_class: MessageClass = MessageClass.ORDINARY

    @property
    def queue(self) -> str:
        """The recipient's queue."""
        return queue_name(self.recipient, self.sender, self.message_class)

    @property
    def tap(self) -> str:
        """The operator's own queue in its place."""
        return f"operator.{self.queue}"


class BrokerOperator:
    """Acts on the queues of one private broker; each act is a connection of its own."""

    def __init__(self, broker: PrivateBroker) -> None:
        self._broker = broker

    def enrol(self) -> None:
        """Get a certificate; the topology must have `with_operator`."""
        self._broker.issue(USER)

    def depth(self, queue: str) -> int:
        """The messages that lie ready in a queue."""
        with self._channel() as channel:
            return _ready(channel, queue)

    def peek(self, queue: str) -> bytes | None:
        """The oldest message of a queue, which lies there again when this returns; None if it is
        empty. `Unavailable` if the broker does not put it back, or somebody else takes from it.
        """
        with self._channel() as channel:
            method, _, body = channel.basic_get(queue)
            if method is None or method.delivery_tag is None:
                return None
            channel.basic_nack(method.delivery_tag, requeue=True)
            # The broker puts it back in its own time; until then it is missing to everybody else.
            deadline = time.monotonic() + WAIT_SECONDS
            while _ready(channel, queue) <= (method.message_count or 0):
                if time.monotonic() > deadline:
                    raise Unavailable(f"what was looked at does not come back into {queue}")
                channel.connection.sleep(_POLL_SECONDS)
            return body

    def take(self, queue: str, timeout_seconds: float = WAIT_SECONDS) -> bytes:
        """Remove the oldest message of a queue, waiting for one. `Unavailable` if none comes."""
        with self._channel() as channel:
            deadline = time.monotonic() + timeout_seconds
            while time.monotonic() < deadline:
                method, _, body = channel.basic_get(queue, auto_ack=True)
                if method is not None and body is not None:
                    return body
                channel.connection.sleep(_POLL_SECONDS)
        raise Unavailable(f"nothing came into {queue} within {timeout_seconds:g} s")

    def put(self, queue: str, envelope: bytes) -> None:
        """Put an envelope at the end of a queue; returns when the broker has it."""
        with self._channel() as channel:
            channel.confirm_delivery()
            channel.basic_publish("", queue, envelope, _PERSISTENT, mandatory=True)

    def drop(self, queue: str) -> int:
        """Delete everything that lies ready in a queue; returns how much it was."""
        with self._channel() as channel:
            return channel.queue_purge(queue).method.message_count or 0

    def alter(self, queue: str, change: Callable[[bytes], bytes]) -> bytes:
        """Replace the oldest message of a queue by a changed one; returns the original."""
        original = self.take(queue)
        self.put(queue, change(original))
        return original

    @contextmanager
    def diverted(self, route: Route) -> Iterator[None]:
        """While this lasts, what takes the route ends in `route.tap`; the sender gets confirms."""
        key = routing_key(route.recipient, route.message_class)
        source = exchange_name(route.sender)
        with self._channel() as channel:
            channel.queue_declare(route.tap, durable=True)
            channel.queue_bind(route.tap, source, key)
            channel.queue_unbind(route.queue, source, key)
        try:
            yield
        finally:
            with self._channel() as channel:
                channel.queue_bind(route.queue, source, key)
                channel.queue_delete(route.tap)

    @contextmanager
    def _channel(self) -> Iterator[BlockingChannel]:
        clients = self._broker.directory / "clients"
        access = Access(
            self._broker.host,
            self._broker.port,
            USER,
            self._broker.ca_file,
            clients / f"{USER}.crt",
            clients / f"{USER}.key",
        )
        try:
            connection = pika.BlockingConnection(parameters(access))
        except AMQPError as error:
            raise Unavailable(f"the broker does not let its operator in: {error}") from error
        try:
            yield connection.channel()
        except AMQPError as error:
            raise Unavailable(f"the broker refused its operator: {error!r}") from error
        finally:
            with suppress(AMQPError):
                connection.close()


def _ready(channel: BlockingChannel, queue: str) -> int:
    return channel.queue_declare(queue, passive=True).method.message_count or 0


def altered(envelope: bytes) -> bytes:
    """The envelope with one bit of its last ciphertext byte turned over."""
    return envelope[:-1] + bytes([envelope[-1] ^ 1])
