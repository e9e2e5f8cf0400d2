"""A unit's queue on the AMQP exchange inside the state's own network.

Contract: `deliver` returns when the local broker has confirmed a persistent message that reached
at least one queue (`mandatory`); everything else is `Unavailable`, and the router tries again. The
exchange and its queues are the state's: nothing is declared here. A repeated delivery carries the
same AMQP message id, `<message id>.<sender>`, by which a reader drops it. One thread at a time.

Not the network's broker: `adapters/rabbitmq` is for that. The event loop runs only while something
is delivered, so heartbeats are off; a connection that died in between is replaced at once.
"""

from __future__ import annotations

import ssl
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from pika import BasicProperties, ConnectionParameters, DeliveryMode, PlainCredentials, spec
from pika import SelectConnection as Connection
from pika import SSLOptions as TlsOptions
from pika.adapters.select_connection import IOLoop
from pika.channel import Channel
from pika.exceptions import AMQPError
from pika.frame import Method

from relec_exchange.adapters.privatefiles import read_private
from relec_exchange.adapters.rabbitmq.faults import translate
from relec_exchange.errors import Misconfigured, RelecError, Unavailable
from relec_exchange.message.identifiers import check_message_id, check_node

PASSWORD_MAX_BYTES = 1024


class ExchangeSettings(Protocol):
    """Where the exchange is; `LocalExchange` of the routing settings has this shape."""

    @property
    def exchange(self) -> str:
        """The exchange's name."""
        ...

    @property
    def host(self) -> str:
        """Host name or address."""
        ...

    @property
    def port(self) -> int:
        """TCP port."""
        ...

    @property
    def virtual_host(self) -> str:
        """Virtual host."""
        ...

    @property
    def username(self) -> str:
        """User."""
        ...

    @property
    def password_file(self) -> str:
        """File with the password, readable by this node's user only."""
        ...

    @property
    def ca_file(self) -> str | None:
        """Certificates to trust; None for a plain connection on this machine."""
        ...


class QueueItem(Protocol):
    """What a queue needs to know of a delivery."""

    @property
    def message_id(self) -> str:
        """UUID version 7, unique per sender."""
        ...

    @property
    def sender(self) -> str:
        """The sending node."""
        ...

    @property
    def type(self) -> str:
        """The message type."""
        ...

    @property
    def message(self) -> bytes:
        """The whole message."""
        ...


class LocalQueueTarget:
    """Delivers under one routing key. The password is read anew for each connection."""

    def __init__(
        self, settings: ExchangeSettings, routing_key: str, timeout_seconds: float = 10.0
    ) -> None:
        self._settings = settings
        self._key = routing_key
        self._timeout_seconds = timeout_seconds
        self._session: _Session | None = None

    def deliver(self, item: QueueItem) -> None:
        """Publish one message and wait for the broker's confirm."""
        sender = check_node(item.sender, field="sender")
        properties = BasicProperties(
            content_type="application/json",
            delivery_mode=DeliveryMode.Persistent,
            message_id=f"{check_message_id(item.message_id)}.{sender}",
            type=item.type,
        )
        if self._session is not None and self._session.alive:
            try:
                self._publish(self._session, item.message, properties)
                return
            except _ConnectionGoneError:
                # It died while nothing was delivered: that is no failure of this delivery.
                self.close()
        self._session = _Session(_parameters(self._settings), self._timeout_seconds)
        try:
            self._session.open(self._settings.exchange)
            self._publish(self._session, item.message, properties)
        except _ConnectionGoneError as gone:
            self.close()
            raise gone.error from None

    def close(self) -> None:
        """Let the connection go. A later delivery makes a new one."""
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def _publish(self, session: _Session, body: bytes, properties: BasicProperties) -> None:
        session.publish(self._settings.exchange, self._key, body, properties)


class _ConnectionGoneError(Exception):
    """The connection ended, or did not answer in time, before there was an outcome."""

    def __init__(self, error: RelecError) -> None:
        super().__init__(error.message)
        self.error = error


class _Session:
    """One connection with one channel in confirm mode. `_run` turns the loop until `_stop`."""

    def __init__(self, parameters: ConnectionParameters, timeout_seconds: float) -> None:
        self._loop = IOLoop()
        self._parameters = parameters
        self._timeout_seconds = timeout_seconds
        self._connection: Connection | None = None
        self._channel: Channel | None = None
        self._error: RelecError | None = None
        self._confirmed: bool | None = None
        self._returned = False

    @property
    def alive(self) -> bool:
        """No end of the connection has been noticed yet."""
        return self._error is None and self._channel is not None

    def open(self, exchange: str) -> None:
        """Connect, see that the exchange exists, and ask for confirms."""
        self._connection = Connection(
            self._parameters,
            on_open_callback=lambda connection: connection.channel(
                on_open_callback=lambda channel: self._on_channel(channel, exchange)
            ),
            on_open_error_callback=self._on_gone,
            on_close_callback=self._on_gone,
            custom_ioloop=self._loop,
        )
        self._run()

    def publish(self, exchange: str, key: str, body: bytes, properties: BasicProperties) -> None:
        """Publish one message. Raises `Unavailable` when the broker answered that it failed."""
        if self._channel is None:
            raise _ConnectionGoneError(Unavailable("the local exchange is not connected"))
        self._confirmed, self._returned = None, False
        try:
            self._channel.basic_publish(exchange, key, body, properties, mandatory=True)
        except AMQPError as fault:
            raise _ConnectionGoneError(translate(fault)) from None
        self._run()
        if self._returned:
            raise Unavailable(
                f"no queue is bound to {exchange} under {key}",
                field="routing.units.queue",
                remedy="bind the unit's queue; the message waits",
            )
        if not self._confirmed:
            raise Unavailable("the local broker refused the message", remedy="is a queue full?")

    def close(self) -> None:
        """Close in good order if the broker still answers, else cut; free the loop."""
        connection = self._connection
        if connection is not None and connection.is_open and self._error is None:
            with suppress(AMQPError, _ConnectionGoneError):
                connection.close()
                self._run()
        # pika offers no way to let go of a socket that does not answer.
        transport = getattr(connection, "_transport", None)
        if transport is not None:
            transport.abort()
        self._loop.close()

    def _run(self) -> None:
        timer = self._loop.call_later(self._timeout_seconds, self._on_silence)
        self._loop.start()
        self._loop.remove_timeout(timer)
        if self._error is not None:
            raise _ConnectionGoneError(self._error)

    def _on_channel(self, channel: Channel, exchange: str) -> None:
        channel.add_on_close_callback(self._on_gone)
        channel.add_on_return_callback(self._on_return)

        def ready(_: object) -> None:
            self._channel = channel
            self._loop.stop()

        # Passive: only asks whether it exists.
        channel.exchange_declare(
            exchange=exchange,
            passive=True,
            callback=lambda _: channel.confirm_delivery(self._on_confirm, callback=ready),
        )

    def _on_return(self, *_: object) -> None:
        # The confirm follows at once and must not count.
        self._returned = True

    def _on_confirm(self, frame: Method[spec.Basic.Ack | spec.Basic.Nack]) -> None:
        self._confirmed = isinstance(frame.method, spec.Basic.Ack)
        self._loop.stop()

    def _on_gone(self, _: object, fault: BaseException | str) -> None:
        # The first cause counts: a channel's end is followed by that of its connection.
        broken = fault if isinstance(fault, BaseException) else AMQPError(fault)
        self._error = self._error or translate(broken)
        self._channel = None
        self._loop.stop()

    def _on_silence(self) -> None:
        self._error = Unavailable(
            f"the local broker did not answer within {self._timeout_seconds:g} s"
        )
        self._channel = None
        self._loop.stop()


def _parameters(settings: ExchangeSettings) -> ConnectionParameters:
    password = read_private(Path(settings.password_file), PASSWORD_MAX_BYTES)
    try:
        secret = password.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise Misconfigured(
            f"{settings.password_file} is not UTF-8", field="routing.local_exchange.password_file"
        ) from None
    return ConnectionParameters(
        host=settings.host,
        port=settings.port,
        virtual_host=settings.virtual_host,
        credentials=PlainCredentials(settings.username, secret, erase_on_connect=True),
        ssl_options=_tls(settings),
        heartbeat=0,
        connection_attempts=1,
    )


def _tls(settings: ExchangeSettings) -> TlsOptions | None:
    if settings.ca_file is None:
        return None
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
    except OSError as error:
        raise Misconfigured(
            f"{settings.ca_file} cannot be used: {error.strerror or 'no certificates'}",
            field="routing.local_exchange.ca_file",
        ) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return TlsOptions(context, settings.host)
