"""The receiving half: one channel per queue, deliveries handed over in batches.

Lives on the event loop's thread. A queue that is missing or refused closes only its own channel
and is tried again later, so one partner's missing route never stops the others. Nothing is ever
rejected: what is not acknowledged comes again when its channel is opened anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial

from pika import SelectConnection, spec
from pika.adapters.select_connection import IOLoop
from pika.channel import Channel
from pika.exceptions import AMQPError

from relec_exchange.adapters.rabbitmq.access import Tuning
from relec_exchange.adapters.rabbitmq.faults import translate
from relec_exchange.adapters.rabbitmq.link import Backoff
from relec_exchange.adapters.rabbitmq.names import queue_name
from relec_exchange.errors import RelecError, Unavailable
from relec_exchange.message.identifiers import MessageClass
from relec_exchange.ports import Delivery

FEWEST_PREFETCHED = 32


@dataclass(frozen=True, slots=True)
class Tag:
    """Where a delivery came from: the number of our channel, and the broker's tag on it."""

    generation: int
    number: int


@dataclass(slots=True)
class _Source:
    """One queue that we want to consume, and its channel while there is one."""

    sender: str
    message_class: MessageClass
    queue: str
    backoff: Backoff
    wanted: bool = True
    channel: Channel | None = None
    generation: int = 0
    outstanding: dict[int, None] = field(default_factory=dict)


class Consumer:
    """Consumes our own queues; `deliver` gets what arrived, `failed` what a queue's fault was."""

    def __init__(
        self,
        loop: IOLoop,
        node: str,
        tuning: Tuning,
        random: Callable[[], float],
        deliver: Callable[[list[Delivery]], None],
        log: Callable[..., None],
    ) -> None:
        self._loop = loop
        self._node = node
        self._tuning = tuning
        self._random = random
        self._deliver = deliver
        self._log = log
        self._sources: dict[tuple[str, MessageClass], _Source] = {}
        self._open: dict[int, _Source] = {}
        self._generation = 0
        self._connection: SelectConnection | None = None
        self._paused = False
        self._partners = 1
        self._batch: list[Delivery] = []

    def opened(self, connection: SelectConnection) -> None:
        """The link is up: consume everything that is wanted."""
        self._connection = connection
        for source in self._sources.values():
            self._attach(source)

    def closed(self) -> None:
        """The link is down: all tags are void."""
        self._connection = None
        self._batch.clear()
        for source in self._sources.values():
            self._forget(source)

    def consume_from(self, partners: Mapping[str, frozenset[MessageClass]]) -> None:
        """Consume these queues and no others; running ones are not disturbed."""
        self._partners = max(1, len(partners))
        wanted = {(partner, each) for partner in partners for each in partners[partner]}
        for key in self._sources.keys() - wanted:
            source = self._sources.pop(key)
            source.wanted = False
            self._detach(source)
        for partner, each in sorted(wanted - self._sources.keys()):
            source = _Source(
                partner,
                each,
                queue_name(self._node, partner, each),
                Backoff(
                    self._tuning.first_delay_seconds,
                    self._tuning.longest_delay_seconds,
                    self._random,
                ),
            )
            self._sources[partner, each] = source
            self._attach(source)

    def pause(self) -> None:
        """Close the channels; what is unacknowledged returns to its queue."""
        self._paused = True
        self._batch.clear()
        for source in self._sources.values():
            self._detach(source)

    def resume(self) -> None:
        """Consume again."""
        self._paused = False
        for source in self._sources.values():
            self._attach(source)

    def acknowledge(self, deliveries: Iterable[Delivery]) -> None:
        """Acknowledge what came over channels that are still open; pass over the rest."""
        by_generation: dict[int, set[int]] = {}
        for delivery in deliveries:
            if isinstance(delivery.tag, Tag):
                by_generation.setdefault(delivery.tag.generation, set()).add(delivery.tag.number)
        for generation, numbers in by_generation.items():
            source = self._open.get(generation)
            if source is not None and source.channel is not None:
                self._acknowledge(source, source.channel, numbers)

    def _acknowledge(self, source: _Source, channel: Channel, numbers: set[int]) -> None:
        """One frame for the unbroken run from the oldest on, one for each further number."""
        prefix = 0
        for number in source.outstanding:
            if number not in numbers:
                break
            prefix = number
        rest = sorted(n for n in numbers if n > prefix and n in source.outstanding)
        try:
            if prefix:
                channel.basic_ack(prefix, multiple=True)
            for number in rest:
                channel.basic_ack(number)
        except AMQPError:
            return  # the channel is closing: everything on it comes again
        for number in [n for n in source.outstanding if n <= prefix] + rest:
            del source.outstanding[number]

    def _attach(self, source: _Source) -> None:
        connection = self._connection
        if connection is None or not connection.is_open:
            return
        if self._paused or not source.wanted or source.generation:
            return
        self._generation += 1
        source.generation = self._generation
        self._open[source.generation] = source
        connection.channel(on_open_callback=partial(self._on_channel, source, source.generation))

    def _detach(self, source: _Source) -> None:
        channel = source.channel
        self._forget(source)
        if channel is not None and channel.is_open:
            channel.close()

    def _forget(self, source: _Source) -> None:
        self._open.pop(source.generation, None)
        source.generation = 0
        source.channel = None
        source.outstanding.clear()

    def _on_channel(self, source: _Source, generation: int, channel: Channel) -> None:
        if source.generation != generation:
            channel.close()
            return
        source.channel = channel
        channel.add_on_close_callback(partial(self._on_channel_closed, source, generation))
        channel.add_on_cancel_callback(partial(self._on_cancelled, source, generation))
        share = 2 * self._tuning.prefetch // self._partners
        prefetch = max(FEWEST_PREFETCHED, min(self._tuning.prefetch, share))
        channel.basic_qos(
            prefetch_count=prefetch, callback=lambda _: self._consume(source, generation, channel)
        )

    def _consume(self, source: _Source, generation: int, channel: Channel) -> None:
        if source.generation == generation and channel.is_open:
            channel.basic_consume(
                source.queue,
                partial(self._on_message, source, generation),
                callback=lambda _: source.backoff.reset(),
            )

    def _on_message(
        self,
        source: _Source,
        generation: int,
        channel: Channel,
        method: spec.Basic.Deliver,
        properties: object,
        body: bytes,
    ) -> None:
        number = method.delivery_tag
        if source.generation != generation or number is None:
            return
        source.outstanding[number] = None
        if not self._batch:
            self._loop.add_callback(self._flush)
        tag = Tag(generation, number)
        self._batch.append(
            Delivery(tag, source.sender, source.message_class, body, method.redelivered)
        )

    def _flush(self) -> None:
        batch, self._batch = self._batch, []
        if batch:
            self._deliver(batch)

    def _on_cancelled(self, source: _Source, generation: int, frame: object) -> None:
        # The queue was deleted or lost its leader.
        self._lost(source, generation, Unavailable(f"the broker ended consuming {source.queue}"))

    def _on_channel_closed(
        self, source: _Source, generation: int, channel: Channel, fault: BaseException
    ) -> None:
        self._lost(source, generation, translate(fault))

    def _lost(self, source: _Source, generation: int, error: RelecError) -> None:
        if source.generation != generation:
            return
        self._detach(source)
        if self._connection is not None and self._connection.is_open:
            if source.backoff.failures == 0:
                self._log("queue.unavailable", queue=source.queue, error=error.message)
            self._loop.call_later(source.backoff.next(), partial(self._attach, source))
