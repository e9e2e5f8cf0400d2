"""Nodes with injected clocks over a real broker: AMQP and TLS run in real time, the rest in steps.

Every envelope that a node publishes is recorded, as the broker's operator could record it.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from relec_exchange.adapters.rabbitmq.access import Access, Tuning
from relec_exchange.adapters.rabbitmq.control import Control
from relec_exchange.adapters.rabbitmq.members import members_from_cards
from relec_exchange.adapters.rabbitmq.topology import definitions
from relec_exchange.adapters.rabbitmq.transport import RabbitTransport
from relec_exchange.demo.private_broker import PrivateBroker
from relec_exchange.message.identifiers import MessageClass
from relec_exchange.ports import Delivery, Outcome, Outgoing, TransportStatus
from relec_exchange.testing import SimulatedNetwork
from relec_exchange.testing.hub import SteppedTransport

REST_SECONDS = 240.0
Chain = tuple[str, str, MessageClass]


class Wire:
    """What has left and what has come, counted by sender, recipient and class."""

    def __init__(self) -> None:
        self.confirmed: Counter[Chain] = Counter()
        self.arrived: Counter[Chain] = Counter()
        self.seen: set[tuple[str, bytes]] = set()
        self.recorded: list[tuple[str, Outgoing]] = []
        self.lock = threading.Lock()


class BrokerTransport:
    """`RabbitTransport`, calling back only from `poll`."""

    def __init__(self, wire: Wire, access: Access) -> None:
        self._wire, self._node = wire, access.node
        self._inner = RabbitTransport(
            access, Tuning(first_delay_seconds=0.05, longest_delay_seconds=0.5)
        )
        self._outcomes: deque[tuple[int, Outcome]] = deque()
        self._deliveries: deque[Delivery] = deque()
        self._published: dict[int, Outgoing] = {}
        self._partners: Mapping[str, frozenset[MessageClass]] = {}
        self._on_outcome: Callable[[int, Outcome], None] = lambda key, outcome: None
        self._on_deliveries: Callable[[list[Delivery]], None] = lambda found: None
        self._online = True

    @property
    def online(self) -> bool:
        return self._online

    @online.setter
    def online(self, value: bool) -> None:
        self._online = value
        (self._inner.resume if value else self._inner.pause)()

    def start(
        self,
        on_outcome: Callable[[int, Outcome], None],
        on_deliveries: Callable[[list[Delivery]], None],
    ) -> None:
        self._on_outcome, self._on_deliveries = on_outcome, on_deliveries
        self._inner.start(self._told, self._deliveries.extend)

    def _told(self, key: int, outcome: Outcome) -> None:
        self._outcomes.append((key, outcome))

    def publish(self, items: Sequence[Outgoing]) -> None:
        for item in items:
            self._published[item.key] = item
        self._inner.publish(items)

    def poll(self, limit: int = 256) -> int:
        moved = 0
        while self._outcomes:
            key, outcome = self._outcomes.popleft()
            item = self._published.pop(key, None)
            if outcome is Outcome.CONFIRMED and item is not None:
                with self._wire.lock:
                    self._wire.confirmed[self._node, item.recipient, item.message_class] += 1
                    self._wire.recorded.append((self._node, item))
            self._on_outcome(key, outcome)
            moved += 1
        found: list[Delivery] = []
        while self._deliveries and len(found) < limit:
            found.append(self._deliveries.popleft())
        with self._wire.lock:
            for one in found:
                # What the broker delivers again may never have come as far as here.
                first = (self._node, one.envelope) not in self._wire.seen
                if first or not one.redelivered:
                    self._wire.arrived[one.sender, self._node, one.message_class] += 1
                    self._wire.seen.add((self._node, one.envelope))
        if found:
            self._on_deliveries(found)
        return moved + len(found)

    @property
    def wanted(self) -> int:
        """Envelopes without an outcome, and those that lie in queues which we read now."""
        waiting = len(self._published) + len(self._outcomes) + len(self._deliveries)
        if not self._online:
            return waiting
        with self._wire.lock:
            return waiting + sum(
                max(0, count - self._wire.arrived[chain])
                for chain, count in self._wire.confirmed.items()
                if chain[1] == self._node and chain[2] in self._partners.get(chain[0], ())
            )

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        self._inner.acknowledge(deliveries)

    def pause(self) -> None:
        self._inner.pause()

    def resume(self) -> None:
        self._inner.resume()

    def consume_from(self, partners: Mapping[str, frozenset[MessageClass]]) -> None:
        self._partners = partners
        self._inner.consume_from(partners)

    def status(self) -> TransportStatus:
        return self._inner.status()

    def stop(self, timeout_seconds: float) -> None:
        self._inner.stop(max(timeout_seconds, 2.0))


class BrokerNetwork(SimulatedNetwork):
    """`SimulatedNetwork` over a private RabbitMQ; `apply` is the operator's."""

    def __init__(self, broker: PrivateBroker, directory: Path, *given: Any, **options: Any) -> None:
        self.broker, self.wire = broker, Wire()
        self.control = Control(broker.ctl_command, broker.environment)
        self.cards = directory / "operator"
        super().__init__(directory, *given, **options)

    def edge(self, name: str) -> SteppedTransport:
        user = self.user(name)
        certificate, key = self.broker.issue(user)
        access = Access(
            self.broker.host, self.broker.port, user, self.broker.ca_file, certificate, key
        )
        return BrokerTransport(self.wire, access)

    def user(self, name: str) -> str:
        """The user that a node's card names."""
        return name

    def apply(self, *members: str) -> None:
        """Make the broker hold what the newest cards of these members say."""
        self.cards.mkdir(exist_ok=True)
        for old in self.cards.glob("*.card"):
            old.unlink()
        for name in members:
            note = self.node(name).desk.core.directory.card(name).note
            (self.cards / f"{name}.card").write_bytes(note)
        found = members_from_cards(self.cards, self.clock())
        self.control.apply(definitions([each.member for each in found]))

    def run(self) -> None:
        """Step all nodes until nothing is on its way any more."""
        until = time.monotonic() + REST_SECONDS
        while time.monotonic() < until:
            moved = 0
            for name in tuple(self._nodes):
                moved += self.transport(name).poll()
                self.node(name).step()
            if moved:
                continue
            if not any(self.transport(name).wanted for name in self._nodes):
                return
            time.sleep(0.005)
        raise AssertionError("the network does not come to rest")
