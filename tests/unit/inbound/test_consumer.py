"""From the transport to the inbox in a thread: batches, back-off, and when to stop for good."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from core_faults import UNAVAILABLE, FailingStore
from core_network import captured, inbox_ids, quarantined, warning
from relec_exchange.errors import RelecError
from relec_exchange.inbound import consumer as consumer_module
from relec_exchange.inbound.consumer import Consumer
from relec_exchange.message.constants import LIMITS
from relec_exchange.message.identifiers import MessageClass
from relec_exchange.node import Node
from relec_exchange.ports import Delivery, WriterReplaced
from relec_exchange.testing import HubTransport, SimulatedNetwork


def eventually(condition: Callable[[], bool], seconds: float = 60.0) -> bool:
    """Whether it becomes true in time."""
    ends = time.monotonic() + seconds
    while not condition() and time.monotonic() < ends:
        time.sleep(0.01)
    return condition()


class Bench:
    """pk's inbox behind a consumer of its own, on its real store, with the broker's queue."""

    def __init__(self, network: SimulatedNetwork) -> None:
        self.network = network
        self.node: Node = network.node("pk")
        self.faulty = FailingStore(self.node.store)
        self.node.journal._store = self.faulty
        self.node._inbox._store = self.faulty
        self.node._inbox._memory._store = self.faulty
        self.transport: HubTransport = network.transport("pk")
        self.fatal: list[RelecError] = []
        self.ended = threading.Event()
        self.consumer = Consumer(self.node._inbox, self.transport, self._stop)
        self.transport._on_deliveries = self.consumer.deliver

    def _stop(self, error: RelecError) -> None:
        self.fatal.append(error)
        self.ended.set()

    def queue(self, count: int) -> list[bytes]:
        envelopes = [captured(self.network, warning(self.network)) for _ in range(count)]
        for envelope in envelopes:
            self.network.hub.inject("pk", "tr", MessageClass.ORDINARY, envelope)
        return envelopes

    @property
    def left(self) -> int:
        """Envelopes that the broker still has: waiting, or not acknowledged."""
        queues = self.network.hub.queues.items()
        queued = sum(len(queue) for (recipient, _, _), queue in queues if recipient == "pk")
        return queued + len(self.transport._unacknowledged)


@pytest.fixture
def bench(network: SimulatedNetwork, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr(consumer_module, "BACKOFF_SECONDS", (0.01, 0.02, 0.05))
    return Bench(network)


def test_what_was_committed_is_acknowledged_and_nothing_before(bench: Bench) -> None:
    bench.queue(3)
    bench.transport.poll()
    assert bench.left == 3
    assert bench.consumer.step() == 3
    assert bench.left == 0
    assert len(inbox_ids(bench.node)) == 3


def test_a_batch_takes_no_more_than_its_limit(bench: Bench) -> None:
    nonsense = [Delivery(n, "tr", MessageClass.FLASH, b"x", False) for n in range(300)]
    bench.consumer.deliver(nonsense)
    assert bench.consumer.step() == LIMITS.batch_max
    assert bench.consumer.step() == 300 - LIMITS.batch_max


def test_a_store_that_fails_costs_time_and_no_message(bench: Bench) -> None:
    bench.queue(6)
    bench.faulty.commits = [UNAVAILABLE] * 5
    bench.consumer.start()
    assert eventually(lambda: bench.transport.poll() >= 0 and bench.left == 0)
    bench.consumer.stop()
    assert len(inbox_ids(bench.node)) == 6
    assert quarantined(bench.node) == []
    assert bench.fatal == []


def test_an_error_that_nobody_foresaw_is_met_like_a_failing_store(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.queue(2)
    take_in, errors = bench.node._inbox.take_in, [ZeroDivisionError(), MemoryError()]

    def stumbling(arrivals: object) -> object:
        if errors:
            raise errors.pop()
        return take_in(arrivals)  # type: ignore[arg-type]

    monkeypatch.setattr(bench.node._inbox, "take_in", stumbling)
    bench.consumer.start()
    assert eventually(lambda: bench.transport.poll() >= 0 and bench.left == 0)
    bench.consumer.stop()
    assert len(inbox_ids(bench.node)) == 2


def test_a_node_that_must_not_go_on_is_told_and_acknowledges_nothing_more(bench: Bench) -> None:
    bench.queue(2)
    bench.node.store.claim("another process")
    bench.consumer.start()
    bench.transport.poll()
    assert bench.ended.wait(60)
    bench.consumer.stop()
    assert isinstance(bench.fatal[0], WriterReplaced)
    assert bench.left == 2


def test_what_is_held_is_judged_again_when_the_directory_changes(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    errors = [UNAVAILABLE]

    def retry() -> None:
        if errors:
            raise errors.pop()
        calls.append(1)

    monkeypatch.setattr(bench.node._inbox, "retry_held", retry)
    bench.consumer.retry_held()
    with pytest.raises(type(UNAVAILABLE)):
        bench.consumer.step()
    bench.consumer.step()
    bench.consumer.step()
    assert calls == [1]


def test_stopping_an_idle_consumer_is_quick(bench: Bench) -> None:
    bench.consumer.start()
    begun = time.monotonic()
    bench.consumer.stop()
    assert time.monotonic() - begun < consumer_module.HELD_CHECK_SECONDS / 2
