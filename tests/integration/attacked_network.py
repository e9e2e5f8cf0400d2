"""Five nodes over a real broker whose operator, and whose nodes' operators, may go bad.

AMQP and TLS run in real time, rounds happen at steps of a clock; their times are those that an
exercise may set. Each attack begins with homes that have exchanged their first rounds.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pika
from stepped_broker import REST_SECONDS, BrokerNetwork, BrokerTransport, Wire

from core_network import introduced, sent, warning
from relec_exchange.adapters.keyfiles import KeyFiles
from relec_exchange.adapters.rabbitmq.access import Access, parameters
from relec_exchange.adapters.rabbitmq.control import Control
from relec_exchange.adapters.rabbitmq.names import (
    VIRTUAL_HOST,
    exchange_name,
    queue_name,
    routing_key,
)
from relec_exchange.adapters.rabbitmq.topology import TAG, Member, definitions
from relec_exchange.demo.private_broker import PrivateBroker
from relec_exchange.demo.waiting import eventually
from relec_exchange.message.identifiers import MessageClass
from relec_exchange.node import Node
from relec_exchange.ports import Outcome, Outgoing
from relec_exchange.settings import read_settings
from relec_exchange.testing import PASSPHRASE

NODES = ("tr", "pk", "iq", "bd", "af")
ROUND_SECONDS = 10
TIMES = (
    ("duplicate_receipt_interval_seconds", ROUND_SECONDS),
    ("gap_flash_seconds", 5),
    ("gap_ordinary_seconds", 15),
    ("resend_retry_seconds", 20),
    ("round_busy_seconds", ROUND_SECONDS),
    ("round_idle_seconds", 3 * ROUND_SECONDS),
)
"""Rounds of ten seconds; other times in the same proportion."""

OPERATOR = "operator"
EVERY = frozenset(MessageClass)


class BrokerOperator:
    """Whoever runs the broker: reads, destroys, repeats and makes up what he likes."""

    def __init__(self, broker: PrivateBroker) -> None:
        self.control = Control(broker.ctl_command, broker.environment)
        self.control.apply(_topology())
        certificate, key = broker.issue(OPERATOR)
        # Nobody beats this connection's heart while the network is founded or a disk looked at.
        access = Access(
            broker.host,
            broker.port,
            OPERATOR,
            broker.ca_file,
            certificate,
            key,
            heartbeat_seconds=0,
        )
        self._connection = pika.BlockingConnection(parameters(access))
        self._channel = self._connection.channel()
        self._channel.confirm_delivery()
        self._tapped: dict[str, tuple[str, str, MessageClass]] = {}
        self._early: list[tuple[str, bytes]] = []

    def close(self) -> None:
        self._connection.close()

    def put(self, recipient: str, sender: str, cls: MessageClass, envelope: bytes) -> None:
        """An envelope straight into a queue, as if its sender had sent it."""
        self._publish("", queue_name(recipient, sender, cls), envelope)

    def tap(self, pairs: Collection[tuple[str, str]]) -> None:
        """From now on all envelopes of these pairs pass through the operator's hands."""
        for sender, recipient in pairs:
            for cls in MessageClass:
                queue = queue_name(recipient, sender, cls)
                mine = f"tapped.{queue}"
                self._channel.queue_declare(mine, durable=True)
                key, exchange = routing_key(recipient, cls), exchange_name(sender)
                self._channel.queue_bind(mine, exchange, key)
                self._channel.queue_unbind(queue, exchange, key)
                self._tapped[mine] = (sender, recipient, cls)

    def carry(self, network: AttackedNetwork) -> int:
        """Hand on what the network's interference lets pass; returns how many were looked at."""
        found, self._early = self._early, []
        for mine in self._tapped:
            while True:
                method, _, body = self._channel.basic_get(mine, auto_ack=True)
                if method is None:
                    break
                found.append((mine, body))
        known = {item.envelope: item for _, item in network.wire.recorded}
        for mine, body in found:
            if body in known:
                self._hand_on(network, self._tapped[mine], known[body])
            else:  # its sender has not read the confirm yet
                self._early.append((mine, body))
        return len(found)

    def _hand_on(
        self, network: AttackedNetwork, chain: tuple[str, str, MessageClass], item: Outgoing
    ) -> None:
        sender, recipient, cls = chain
        interfere = network.hub.interfere
        arriving = [item.envelope] if interfere is None else interfere(sender, item)
        network.wire.confirmed[chain] += len(arriving) - 1
        for envelope in arriving:
            self.put(recipient, sender, cls, envelope)

    def tidy(self) -> None:
        """Everything as it was before any attack: no taps, all queues empty."""
        for mine, (sender, recipient, cls) in self._tapped.items():
            queue, key = queue_name(recipient, sender, cls), routing_key(recipient, cls)
            self._channel.queue_bind(queue, exchange_name(sender), key)
            self._channel.queue_delete(mine)
        self._tapped, self._early = {}, []
        for recipient in NODES:
            for sender in NODES:
                for cls in MessageClass if sender != recipient else ():
                    queue = queue_name(recipient, sender, cls)
                    eventually(partial(self._abandoned, queue), f"nobody consumes {queue}")
                    self._channel.queue_purge(queue)

    def _abandoned(self, queue: str) -> bool:
        """Whether nobody consumes from a queue: all that was not acknowledged is back in it."""
        found = self._channel.queue_declare(queue, passive=True).method
        return bool(found.consumer_count == 0)

    def _publish(self, exchange: str, key: str, body: bytes) -> None:
        properties = pika.BasicProperties(delivery_mode=2)
        self._channel.basic_publish(exchange, key, body, properties, mandatory=True)


def _topology() -> dict[str, Any]:
    """What the cards say, and the operator, who may do everything."""
    others = {name: {n: EVERY for n in NODES if n != name} for name in NODES}
    made = definitions([Member(name, name, others[name]) for name in NODES])
    user = {**made["users"][0], "name": OPERATOR, "tags": [TAG]}
    every = {"configure": ".*", "write": ".*", "read": ".*"}
    permission = {"user": OPERATOR, "vhost": VIRTUAL_HOST, **every}
    made["users"].append(user)
    made["permissions"].append(permission)
    return made


class ServingTransport(BrokerTransport):
    """An edge whose node's operator decides whom it reaches; without `serves` everybody."""

    def __init__(self, wire: Wire, access: Access) -> None:
        super().__init__(wire, access)
        self.serves: Collection[str] | None = None

    def publish(self, items: Sequence[Outgoing]) -> None:
        """What is for others seems to have left."""
        serves = self.serves
        for item in items:
            if serves is not None and item.recipient not in serves:
                self._told(item.key, Outcome.CONFIRMED)
        super().publish([one for one in items if serves is None or one.recipient in serves])

    def consume_from(self, partners: Mapping[str, frozenset[MessageClass]]) -> None:
        serves = self.serves
        mine = {n: c for n, c in partners.items() if serves is None or n in serves}
        super().consume_from(mine)


class AttackedNetwork(BrokerNetwork):
    """`BrokerNetwork` of five, with a broker operator between the nodes and their queues."""

    def __init__(
        self, operator: BrokerOperator, broker: PrivateBroker, directory: Path, *given: Any
    ) -> None:
        self.operator = operator
        self.turn = 0
        super().__init__(broker, directory, *given, founded=introduced(NODES, TIMES))

    def edge(self, name: str) -> ServingTransport:
        user = name.rstrip("2")
        certificate, key = self.broker.issue(user)
        broker = self.broker
        access = Access(broker.host, broker.port, user, broker.ca_file, certificate, key)
        return ServingTransport(self.wire, access)

    def run(self) -> None:
        """Until nothing is on its way any more, nor in the operator's hands."""
        until = time.monotonic() + REST_SECONDS
        while time.monotonic() < until:
            moved = self.operator.carry(self)
            for name in tuple(self._nodes):
                moved += self.transport(name).poll()
                self.node(name).step()
            if moved:
                continue
            if not any(self.transport(name).wanted for name in self._nodes):
                return
            time.sleep(0.002)
        raise AssertionError("the network does not come to rest")

    def settle(self) -> None:
        """Until every node works: homes that were copied listen to their partners first."""
        for _ in range(10):
            self.run()
            if all(node.journal.permit.signs for node in self._nodes.values()):
                return
            self.clock.forward(seconds=ROUND_SECONDS)
        raise AssertionError("a node does not begin to work")

    def rounds(
        self, count: int = 1, *, traffic: bool = True, without: Collection[str] = ()
    ) -> None:
        """So many busy intervals, with traffic of everybody to somebody but for some."""
        for _ in range(count):
            self.turn += 1
            if traffic:
                self.traffic(without)
            self.clock.forward(seconds=ROUND_SECONDS)
            self.run()

    def traffic(self, without: Collection[str] = ()) -> list[str]:
        """A warning of each node that may speak to another one, each time to the next."""
        up = [name for name in NODES if name in self._nodes and name not in without]
        step = 1 + self.turn % (len(up) - 1)
        pairs = [(name, up[(n + step) % len(up)]) for n, name in enumerate(up)]
        return [sent(self, warning(self, sender=one, recipient=two)) for one, two in pairs]

    # ---- what the operator of one node can do --------------------------------------------------

    def snapshot(self, name: str, directory: Path) -> Path:
        """The whole home of a node that is stopped for it: keys, store, vault and guard copy."""
        self.close(name)
        shutil.copytree(self.home(name), directory)
        self.open(name)
        return directory

    def put_back(self, name: str, copy: Path, only: Sequence[str] = ()) -> None:
        """Files of an old copy in place of those of now; everything without `only`."""
        for part in only or [path.name for path in copy.iterdir()]:
            there, here = copy / part, self.home(name) / part
            if here.is_dir():
                shutil.rmtree(here)
            else:
                here.unlink(missing_ok=True)
            (shutil.copytree if there.is_dir() else shutil.copy)(there, here)

    def serve(self, name: str, partners: Collection[str]) -> None:
        """Let a node reach and hear these only."""
        transport = self._transports[name]
        assert isinstance(transport, ServingTransport)
        transport.serves = frozenset(partners)
        self.node(name)._follow_directory()

    def twin(
        self,
        name: str,
        partners: Collection[str],
        copy: Path | None = None,
        *,
        newest: bool = False,
    ) -> Node:
        """A second node on a copy of a home, with the same keys, that serves these partners.

        `newest`: whoever starts it says that it holds the newest store, and has changed the
        software so that it signs whatever it is shown.
        """
        second = f"{name}2"
        if copy is None:
            copy = self.snapshot(name, self.directory / second)
        elif copy != self.directory / second:
            shutil.copytree(copy, self.directory / second)
        settings = read_settings(self.directory / second)
        keys = KeyFiles(settings.path(settings.paths.keys), PASSPHRASE)
        transport = self.edge(second)
        transport.serves = frozenset(partners)
        node = Node(settings, keys, transport, self.clock, os.urandom)
        self._nodes[second], self._transports[second] = node, transport
        node.prepare(newest=newest)
        node.connect()
        if newest:
            stubborn(node)
        return node

    def honest(self, *without: str) -> list[str]:
        """The nodes whose operators did nothing."""
        return [name for name in NODES if name not in without]


def stubborn(node: Node) -> None:
    """Software that was changed: nothing takes its permit to sign away."""
    node.journal.permit.turn = lambda turn: False  # type: ignore[method-assign]


@contextmanager
def attacked(
    operator: BrokerOperator, broker: PrivateBroker, directory: Path
) -> Iterator[AttackedNetwork]:
    """A network of five that is at rest after one round with traffic."""
    operator.tidy()
    network = AttackedNetwork(operator, broker, directory)
    try:
        network.settle()
        network.rounds(2)
        yield network
    finally:
        network.close()
        operator.tidy()
