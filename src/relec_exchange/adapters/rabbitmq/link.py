"""One connection to the broker that comes back by itself, with bounded and jittered delays.

Lives on the thread of the event loop it is given. Its owner is told when the connection is there
(`opened`) and, once per `opened` or failed attempt, when it is not (`closed`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pika import SelectConnection
from pika.adapters.select_connection import IOLoop
from pika.exceptions import AMQPError

from relec_exchange.adapters.rabbitmq.access import Access, Tuning, parameters
from relec_exchange.adapters.rabbitmq.faults import translate
from relec_exchange.errors import RelecError

STEADY_SECONDS = 10.0
"""A connection that lasted so long counts as a success; the next delay starts small again."""


@dataclass(slots=True)
class Backoff:
    """Delays that double from `first` to `longest`, each cut by up to half at random, so that
    many nodes that lost one broker do not all come back at the same moment.
    """

    first: float
    longest: float
    random: Callable[[], float]
    failures: int = field(default=0)

    def next(self) -> float:
        """The seconds to wait before the next attempt."""
        full = min(self.longest, self.first * 2.0 ** min(self.failures, 32))
        self.failures += 1
        return full * (1.0 - self.random() / 2.0)

    def reset(self) -> None:
        """The last attempt succeeded."""
        self.failures = 0


class Link:
    """Keeps one connection. Give it `opened` and `closed` before `open`."""

    def __init__(self, loop: IOLoop, access: Access, tuning: Tuning, random: Callable[[], float]):
        self._loop = loop
        self._access = access
        self._backoff = Backoff(tuning.first_delay_seconds, tuning.longest_delay_seconds, random)
        self._connection: SelectConnection | None = None
        self._why: RelecError | None = None
        self._ending = False
        self._steady: Any = None
        self._retry: Any = None
        self.opened: Callable[[SelectConnection], None] = lambda connection: None
        self.closed: Callable[[RelecError], None] = lambda error: None
        self.up = False
        self.times_opened = 0

    @property
    def idle(self) -> bool:
        """No connection, and none coming."""
        return self._connection is None

    def open(self) -> None:
        """Begin the first or next attempt."""
        self._retry = None
        if self._ending:
            return
        try:
            wanted = parameters(self._access)
        except RelecError as error:
            self._failed(error)
            return
        self._connection = SelectConnection(
            wanted,
            on_open_callback=self._on_open,
            on_open_error_callback=self._on_gone,
            on_close_callback=self._on_gone,
            custom_ioloop=self._loop,
        )

    def hasten(self) -> None:
        """Make the next attempt now, if one is waited for: another connection came through."""
        if self._retry is not None:
            self._loop.remove_timeout(self._retry)
            self.open()

    def drop(self, why: RelecError) -> None:
        """Give this connection up because something on it went wrong; a new one will follow."""
        if self.up:
            self._why = self._why or why
            self._close()

    def end(self) -> None:
        """Close for good."""
        self._ending = True
        self._close()

    def cut(self) -> None:
        """The loop will not run again: close the socket without a word, tell nobody."""
        connection, self._connection = self._connection, None
        self._ending = True
        self.up = False
        # pika offers no way to let go of a socket at once; left open, the broker would go on
        # sending into it.
        transport = getattr(connection, "_transport", None)
        if transport is not None:
            transport.abort()

    def _close(self) -> None:
        connection = self._connection
        if connection is None or connection.is_closing or connection.is_closed:
            return
        try:
            connection.close()
        except AMQPError as error:
            self._on_gone(connection, error)

    def _on_open(self, connection: SelectConnection) -> None:
        self.up = True
        self.times_opened += 1
        self._steady = self._loop.call_later(STEADY_SECONDS, self._backoff.reset)
        self.opened(connection)

    def _on_gone(self, connection: object, fault: BaseException) -> None:
        if connection is not self._connection:
            return
        self._connection = None
        self.up = False
        if self._steady is not None:
            self._loop.remove_timeout(self._steady)
            self._steady = None
        error, self._why = self._why or translate(fault), None
        self._failed(error)

    def _failed(self, error: RelecError) -> None:
        if not self._ending:
            self._retry = self._loop.call_later(self._backoff.next(), self.open)
        self.closed(error)
