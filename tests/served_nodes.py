"""Simulated nodes behind their local APIs, as commands and clients find them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

from relec_exchange.api import create_app
from relec_exchange.api.server import LocalServer
from relec_exchange.client import Client
from relec_exchange.client.wire import Wire
from relec_exchange.testing import DESK, OFFICER, SECOND, Founded, SimulatedNetwork


@contextmanager
def short_directory() -> Iterator[Path]:
    """A directory whose path is short enough for a socket."""
    base = Path(tempfile.mkdtemp(prefix="rl"))
    try:
        yield base
    finally:
        shutil.rmtree(base)


@contextmanager
def served(network: SimulatedNetwork, *names: str) -> Iterator[None]:
    """The local APIs of these nodes, each on the socket of its home."""
    with ExitStack() as stack:
        for name in names:
            socket = network.home(name) / "run" / "node.sock"
            server = LocalServer(create_app(network.node(name).desk), socket)
            server.start()
            stack.callback(server.stop)
        yield


@contextmanager
def clients_of(network: SimulatedNetwork) -> Iterator[dict[tuple[str, str], Client]]:
    """Clients of the officers of all nodes by (node, officer), each at the API of its node."""
    with served(network, *network.names), ExitStack() as stack:
        clients = {}
        for name, officer in product(network.names, (OFFICER, SECOND, DESK)):
            socket = network.home(name) / "run" / "node.sock"
            wire = Wire(socket, officer, network.key(name, officer), clock=network.clock)
            clients[name, officer] = Client.of(wire)
            stack.callback(clients[name, officer].close)
        yield clients


@contextmanager
def present_network(
    names: Sequence[str], officers: Sequence[str], founded: Founded | None = None
) -> Iterator[SimulatedNetwork]:
    """tr and pk at the time of this machine; `names` are served, their officers' keys lie there."""
    with short_directory() as base:
        network = SimulatedNetwork(base, founded=founded)
        set_to_now(network)
        for name in names:
            lay_keys(network, name, officers)
        with served(network, *names):
            yield network
        network.close()


def set_to_now(network: SimulatedNetwork) -> None:
    """Commands look at the clock of this machine, so the nodes have to as well."""
    network.clock.forward(seconds=(datetime.now(UTC) - network.clock()).total_seconds())
    network.run()


def lay_keys(network: SimulatedNetwork, name: str, officers: Sequence[str]) -> None:
    """The officers' keys in the home of their node, without a passphrase."""
    folder = network.home(name) / "officers"
    folder.mkdir(exist_ok=True)
    for officer in officers:
        file = folder / f"{officer}.key"
        file.touch(mode=0o600)
        file.write_bytes(network.key(name, officer).to_pkcs8(None, bytes))
