"""The composition root: settings in, a running node out. The only place that chooses adapters.

    node = Node.open(home, passphrase)      # checks the guard, loads the directory, adopts notes
    node.start()                            # journal, publisher, consumer, rounds, router
    node.wait()                             # until `stop`, or until the node must not go on
    node.stop()

Threads: the journal is the one writer; the consumer takes in; the publisher records confirms; the
ticker does what happens by the clock; the transport has its own. `step` does one turn of each
without threads, for simulations.
"""

from __future__ import annotations

import os
import threading
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import structlog

from relec_exchange.adapters.card_copies import CardCopies
from relec_exchange.adapters.guard import GuardFile
from relec_exchange.adapters.keyfiles import KeyFiles
from relec_exchange.adapters.local_queue import LocalQueueTarget
from relec_exchange.adapters.rabbitmq.transport import RabbitTransport
from relec_exchange.adapters.sqlite import SqliteStore
from relec_exchange.adapters.trustfiles import TrustFiles
from relec_exchange.adapters.vault import SqliteVault
from relec_exchange.audit.checkpoint import CheckpointCache
from relec_exchange.desk.core import Core
from relec_exchange.desk.desk import Desk
from relec_exchange.errors import RelecError
from relec_exchange.inbound.consumer import Consumer
from relec_exchange.inbound.deliveries import StoredDeliveries, targets_for
from relec_exchange.inbound.receive import Receiver
from relec_exchange.inbound.router import Router
from relec_exchange.inbound.routing import RoutingRules
from relec_exchange.journal.build import Surroundings
from relec_exchange.journal.known import Known
from relec_exchange.journal.own_trees import OwnTrees
from relec_exchange.journal.standing import NodeBehind, Standing
from relec_exchange.journal.writer import Journal
from relec_exchange.message.constants import LIMITS
from relec_exchange.message.header import Header
from relec_exchange.node.duties import Ground, duties
from relec_exchange.node.listening import Listening, when_ready
from relec_exchange.node.receiving import Ears, receiving, sheltered
from relec_exchange.node.sending import Base, sending
from relec_exchange.node.starting import Starting
from relec_exchange.node.surroundings import (
    broker_access,
    certificate,
    lock_directory,
    unit_targets,
)
from relec_exchange.ports import Clock, Random, Transport
from relec_exchange.protection.retention import Policy
from relec_exchange.protection.rules import rules_digest
from relec_exchange.rounds.book import DirectoryBook
from relec_exchange.rounds.dated import Dated
from relec_exchange.rounds.notes import Notes
from relec_exchange.rounds.retention import Retention
from relec_exchange.rounds.routes import consumed
from relec_exchange.rounds.ticker import Ticker
from relec_exchange.settings import Settings, read_settings
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.signature import check_build

PACE_SECONDS = 1.0
STOP_SECONDS = 10.0


def _now() -> datetime:
    return datetime.now(UTC)


class Node:
    """A running node. `desk` answers its local API; it is there after `prepare`."""

    desk: Desk

    def __init__(
        self, settings: Settings, keys: KeyFiles, transport: Transport, clock: Clock, random: Random
    ) -> None:
        check_build()
        self.settings = settings
        self._ended = threading.Event()
        self._connected = False
        self._keys, self._clock, self._random = keys, clock, random
        self._transport = transport
        self._locked = lock_directory(settings.path(settings.paths.store).parent)
        self._open_stores()
        self._build_outbound()
        self._build_inbound()
        self._build_rounds()
        self.fatal: RelecError | None = None

    @classmethod
    def open(cls, home: Path, passphrase: str, *, newest: bool = False) -> Node:
        """A node on its home directory with the real broker, ready to start. `newest`: the operator
        says that this store is the newest, and the node need not ask its partners.
        """
        settings = read_settings(home)
        keys = KeyFiles(settings.path(settings.paths.keys), passphrase)
        transport = RabbitTransport(broker_access(settings))
        node = cls(settings, keys, transport, _now, os.urandom)
        node.prepare(newest=newest)
        return node

    def prepare(self, *, newest: bool = False) -> None:
        """Check the guard, load the directory; then begin to work, or to listen."""
        self._starting.open()
        if self.journal.permit.standing is Standing.LISTENING:
            self.listening.begin(self._clock())
            if newest:
                self.listening.declared()
        if self.journal.permit.signs:
            self.listening.tick(self._clock())
        else:
            self.desk = Desk(self._core(), self._keys)

    def _settle(self) -> None:
        """What is done once before the node works."""
        records = self._starting.adopt()
        if not hasattr(self, "desk"):
            self.desk = Desk(self._core(), self._keys)
        self.desk.adopt_records(records)
        self._starting.finish()

    def start(self) -> None:
        """Start all threads and connect; returns at once."""
        self.journal.start()
        self._publisher.start()
        self._consumer.start()
        self.connect()
        self._ticker.start()
        structlog.get_logger().info("node.started", node=self.settings.node)

    def step(self) -> None:
        """One turn of everything without threads (simulations)."""
        self.journal.drain()
        while self._consumer.step():
            self.journal.drain()
        self._ticker.step()
        self.journal.drain()
        self._publisher.settle()
        self.journal.drain()

    def connect(self) -> None:
        """Connect the transport, without threads of our own (so simulations do)."""
        self._transport.start(self._publisher.outcome, self._consumer.deliver)
        self._connected = True
        self._work()

    def _work(self) -> None:
        """Consume; and publish what waits, once the node works."""
        if self._connected:
            self._follow_directory()
            if self.listening.ready:
                self._publisher.load()

    def wait(self, timeout_seconds: float | None = None) -> bool:
        """Wait until the node has ended; True if it has."""
        return self._ended.wait(timeout_seconds)

    def end(self) -> None:
        """Let `wait` return (signal handlers)."""
        self._ended.set()

    def stop(self) -> None:
        """Finish what is under way and close; unconfirmed envelopes stay in the outbox."""
        if self._ticker.running:
            self._ticker.stop()
            self._consumer.stop()
            self._transport.stop(STOP_SECONDS)
            self._publisher.stop()
            self.journal.stop()
        else:
            self._transport.stop(0.0)
        for target in self._unit_targets.values():
            if isinstance(target, LocalQueueTarget):
                target.close()
        self.store.close()
        self.vault.close()
        self._guard.close()
        os.close(self._locked)
        self._ended.set()

    # ---- building ------------------------------------------------------------------------------

    def _open_stores(self) -> None:
        paths, at = self.settings.paths, self.settings.path
        self.store = SqliteStore(at(paths.store))
        self.vault = SqliteVault(at(paths.vault), self._keys.storage_key(), self._random)
        self.known = Known(self.store, self.vault)
        self._guard = GuardFile(at(paths.guard))
        settings = self.settings
        self._policy = Policy(dict(settings.retention.national_days.items()))
        empty = Directory(settings.network, settings.network_kind, settings.node)
        self.book = DirectoryBook(self.store, empty, self._follow_directory)
        self.journal = Journal(
            self.store,
            self.vault,
            self._guard,
            self._surroundings,
            self._clock,
            lambda items: self._publisher.publish(items),  # noqa: PLW0108 - made later
        )

    def _build_outbound(self) -> None:
        base = Base(
            self.store,
            self.vault,
            lambda: self.journal,
            self.known,
            lambda: self.book.current,
            lambda name: self.desk.officer(name),  # noqa: PLW0108 - made later
            self._transport,
            self._policy,
            self._clock,
            self._random,
            (self.settings.network, self.settings.node),
        )
        made = sending(base)
        self._publisher, self._resender, self.erasure = made.publisher, made.resender, made.erasure
        self._submissions, self._waiting = made.submissions, made.waiting
        self._checking = made.checking

    def _build_inbound(self) -> None:
        self._checkpoints = CheckpointCache()
        self._rules = RoutingRules.parse(self.settings.routing)
        self._notes = Notes(self.store, self.journal, self.book, self._random)
        self.own_trees = OwnTrees(self.store, self.journal, lambda: self.book.current, self._keys)
        ears = Ears(
            self.store,
            self.journal,
            self.book,
            self._notes,
            self.own_trees,
            self._checkpoints,
            self._keys,
            self._resender,
            self._receiver,
            self._targets,
            lambda call: self._ticker.later(call),  # noqa: PLW0108 - made later
            self._clock,
            self._random,
        )
        self._starting = Starting(
            self.settings, self._keys, self.vault, self._guard, self.erasure, ears
        )
        self.listening = listening = Listening(ears, self._settle, self._work)
        self._inbox = receiving(ears)
        shelter = sheltered(ears, self._inbox, lambda: listening.ready, listening.look)
        self._consumer = Consumer(shelter, self._transport, self._fail)
        self._unit_targets = unit_targets(self._rules)
        self._router = Router(
            StoredDeliveries(self.store, self.vault, self.journal, lambda: self.settings.network),
            self._unit_targets,
        )

    def _build_rounds(self) -> None:
        dated = Dated(self.store, self.vault, lambda: self.book.current, self._policy)
        self.retention = Retention(self.store, self.journal, self.erasure, dated)
        ground = Ground(
            self.store,
            self.vault,
            self.journal,
            lambda: self.book.current,
            self._random,
            self._keys,
            self._rules,
            self._router,
            self.settings.network,
            certificate(self.settings),
            self.retention,
            TrustFiles(self.settings.path(self.settings.paths.trust)),
            CardCopies(self.settings.path(self.settings.paths.guard), self.settings.node),
        )
        ticks = when_ready(self.listening, duties(ground, self._notes))
        self._ticker = Ticker(ticks, self._clock, PACE_SECONDS, self._fail)

    def _core(self) -> Core:
        return Core(
            store=self.store,
            vault=self.vault,
            journal=self.journal,
            book=self.book,
            submissions=self._submissions,
            waiting=self._waiting,
            retention=self.retention,
            checking=self._checking,
            known=self.known,
            targets=self._targets,
            clock=self._clock,
            random=self._random,
            broker=self._transport.status,
            units=tuple(unit.name for unit in self._rules.units),
            certificate=certificate(self.settings),
            limits={k: v for k, v in asdict(LIMITS).items() if isinstance(v, int)},
            version=version("relec-exchange"),
            listening=self.listening.waits_for,
        )

    def _surroundings(self) -> Surroundings:
        return Surroundings(
            self.settings.network,
            self.settings.node,
            self._keys,
            self.book.current,
            rules_digest(),
            self._random,
        )

    def _receiver(self) -> Receiver:
        return Receiver(
            self.settings.network,
            self.settings.node,
            self.book.current,
            self._keys,
            self._checkpoints,
            self.known,
            self._policy,
        )

    def _targets(self, header: Header) -> list[tuple[str, str]]:
        return targets_for(self._rules, header)

    # ---- running -------------------------------------------------------------------------------

    def _follow_directory(self) -> None:
        """Consume from the partners that the cards list, and judge again what waited for a card."""
        self._transport.consume_from(consumed(self.book.current))
        self._consumer.retry_held()

    def _fail(self, error: RelecError) -> None:
        if isinstance(error, NodeBehind):
            return  # it stays up to be read, and to say what to do
        structlog.get_logger().critical("node.must_stop", code=error.code)
        self.fatal = error
        self._ended.set()
