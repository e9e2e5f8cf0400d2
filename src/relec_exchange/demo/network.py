"""A whole exercise network on this machine: a real broker, and each node a process of its own.

    with ExerciseNetwork(directory, Exercise(nodes=("tr", "pk"))) as network:
        network.build()
        network.start()
        client = network.client("tr", "system")

For the demonstration, for tests of kills and imports, and for measuring. Contract: everything lies
in `directory`; `close` ends all processes that were started here, by their ids, and nothing else;
a second object on the same directory (`reopen`) finds what runs and can end it.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from relec_exchange.adapters.rabbitmq.control import Control
from relec_exchange.adapters.rabbitmq.members import members_from_cards
from relec_exchange.adapters.rabbitmq.topology import definitions
from relec_exchange.adapters.unitkeys import read_unit_key
from relec_exchange.client import Client
from relec_exchange.client.units import no_keys
from relec_exchange.demo.exercise import PASSPHRASE, Exercise
from relec_exchange.demo.homes import SOCKETS_PREFIX, Homes
from relec_exchange.demo.operator import BrokerOperator, with_operator
from relec_exchange.demo.private_broker import PrivateBroker
from relec_exchange.demo.processes import NodeProcess, run_command
from relec_exchange.demo.waiting import eventually
from relec_exchange.errors import NotFound
from relec_exchange.sealing.suite import SealingPrivate
from relec_exchange.settings import FILE_NAME, read_settings

_USUAL: Final = Exercise()


def _now() -> datetime:
    return datetime.now(UTC)


class ExerciseNetwork:
    """The broker, the homes and the processes of one exercise. Used by one thread.

    `command` makes the command line of a node from its home. `seconds` tells how long each phase
    of building and starting took.
    """

    def __init__(
        self,
        directory: Path,
        exercise: Exercise = _USUAL,
        command: Callable[[Path], Sequence[str]] = run_command,
    ) -> None:
        self.directory = directory.absolute()
        self.exercise = exercise
        self.homes = Homes(self.directory, exercise)
        self.broker = PrivateBroker(self.directory / "broker", exercise.network)
        self.operator = BrokerOperator(self.broker)
        self.seconds: dict[str, float] = {}
        self._command = command
        self._processes: dict[str, NodeProcess] = {}
        self._clients: dict[tuple[str, str], Client] = {}

    @classmethod
    def reopen(cls, directory: Path) -> Self:
        """The network that was built in a directory, running or not. `NotFound` if none was."""
        homes = sorted(path.parent for path in directory.glob(f"*/{FILE_NAME}"))
        if not homes:
            raise NotFound(f"there is no exercise network in {directory}", field="directory")
        network = read_settings(homes[0]).network
        return cls(directory, Exercise(nodes=tuple(h.name for h in homes), network=network))

    @property
    def nodes(self) -> tuple[str, ...]:
        """The names of all nodes."""
        return self.exercise.nodes

    def __enter__(self) -> Self:
        """Use as a context manager: all ends with the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End everything."""
        self.close()

    # ---- building ------------------------------------------------------------------------------

    def build(self) -> None:
        """Start the broker, make all homes, and give the broker the topology of the cards."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with ThreadPoolExecutor(1) as pool:
            broker = pool.submit(self._timed, "broker started", self.broker.start)
            self._timed("homes founded", lambda: self.homes.build(_now(), os.urandom))
            broker.result()
        self.homes.connect(self.broker.authority, self.broker.port, _now())
        self._timed("topology applied", self.apply_topology)

    def apply_topology(self) -> None:
        """Compute the topology from the members' cards, add the operator, and apply it."""
        members = members_from_cards(self.homes.cards, _now())
        wanted = definitions([each.member for each in members])
        self.control.apply(with_operator(wanted))
        self.operator.enrol()

    @property
    def control(self) -> Control:
        """`rabbitmqctl` for this broker."""
        return Control(self.broker.ctl_command, self.broker.environment)

    # ---- nodes ---------------------------------------------------------------------------------

    def home(self, node: str) -> Path:
        """The home directory of a node."""
        return self.homes.home(node)

    def process(self, node: str) -> NodeProcess:
        """The process of a node."""
        if node not in self._processes:
            home = self.home(node)
            settings = read_settings(home)
            self._processes[node] = NodeProcess(
                node,
                self._command(home),
                settings.path(settings.api.socket),
                self.directory / "log",
            )
        return self._processes[node]

    def start(self, *nodes: str) -> None:
        """Start nodes (all without names) and wait until they answer and reach the broker."""
        chosen = nodes or self.nodes
        with self._phase(f"{', '.join(chosen)} started"):
            for node in chosen:
                self.process(node).spawn()
            for node in chosen:
                self.process(node).await_ready()
            for node in chosen:
                eventually(partial(self.connected, node), f"{node} reaches the broker")

    def stop(self, *nodes: str) -> None:
        """End nodes (all without names) in good order."""
        for node in nodes or self.nodes:
            self._forget_clients(node)
            self.process(node).stop()

    def kill(self, node: str) -> None:
        """End a node with SIGKILL."""
        self._forget_clients(node)
        self.process(node).kill()

    def running(self, node: str) -> bool:
        """Whether the process of a node is there."""
        return self.process(node).pid is not None

    def connected(self, node: str) -> bool:
        """Whether a node is connected to the broker."""
        return bool(self.status(node)["broker"]["connected"])

    def status(self, node: str) -> dict[str, Any]:
        """GET /v1/node, asked anew."""
        anyone = next(iter(self.exercise.officers))
        return self.client(node, anyone).wire.get("/v1/node")

    def client(self, node: str, officer: str) -> Client:
        """A session of an officer with a node; closed when the node is ended, or with all."""
        key = (node, officer)
        if key not in self._clients:
            unit_keys = (
                partial(self._desk_keys, node) if self.exercise.at_desk(officer) else no_keys
            )
            self._clients[key] = Client(self.home(node), officer, unit_keys=unit_keys)
        return self._clients[key]

    def _desk_keys(self, node: str) -> tuple[SealingPrivate, ...]:
        """What the officers of a protection desk open what is sealed to it with."""
        return (read_unit_key(self.homes.desk_key(node), PASSPHRASE).private,)

    # ---- the end -------------------------------------------------------------------------------

    def close(self) -> None:
        """End all nodes, then the broker; each even if another one resists."""
        errors: list[Exception] = []
        built = [node for node in self.nodes if (self.home(node) / FILE_NAME).exists()]
        for node in built:
            _collect(errors, partial(self.stop, node))
            _clear_socket(self.process(node).socket)
        _collect(errors, self.broker.stop)
        if errors:
            raise errors[0]

    def leave(self) -> None:
        """Let go without ending anything: what runs goes on (`reopen` finds it)."""
        for node in self.nodes:
            self._forget_clients(node)

    def _forget_clients(self, node: str) -> None:
        for key in [key for key in self._clients if key[0] == node]:
            self._clients.pop(key).close()

    def _timed(self, phase: str, act: Callable[[], None]) -> None:
        with self._phase(phase):
            act()

    @contextmanager
    def _phase(self, phase: str) -> Iterator[None]:
        started = time.monotonic()
        yield
        self.seconds[phase] = time.monotonic() - started


def _clear_socket(socket: Path) -> None:
    """Remove the directory that `homes` made where a home's own path was too long."""
    if socket.parent.name.startswith(SOCKETS_PREFIX):
        shutil.rmtree(socket.parent, ignore_errors=True)


def _collect(errors: list[Exception], act: Callable[[], None]) -> None:
    try:
        act()
    except Exception as error:  # noqa: BLE001 - the next one must be ended all the same
        errors.append(error)
