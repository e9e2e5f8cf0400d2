"""An auditor at simulated nodes: enrolled by the authority, with a key and a client."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from relec_exchange.client import Client
from relec_exchange.client.wire import Wire
from relec_exchange.testing import NETWORK, SimulatedNetwork
from relec_exchange.trust.officer import Officer, OfficerKey, Role
from relec_exchange.trust.register import adding, sign_as_authority
from served_nodes import served

AUDITOR = "ines"


def enrol(
    network: SimulatedNetwork, node: str, name: str = AUDITOR, role: Role = Role.AUDITOR
) -> OfficerKey:
    """An officer of this role; returns the key."""
    desk, key = network.node(node).desk, OfficerKey.generate(os.urandom)
    officer = Officer(name, f"Simulated {name}", "inspection", frozenset({role}), key.public)
    number = desk.officers()["number"] + 1
    record = adding(NETWORK, node, number, officer, network.clock())
    signed = sign_as_authority(record, network.authority(node))
    desk.add_officer(signed.text, signed.signature, signed.by)
    return key


@contextmanager
def auditing(network: SimulatedNetwork, node: str) -> Iterator[Client]:
    """A client of an auditor at the local API of a node."""
    key = enrol(network, node)
    with served(network, node):
        socket = network.home(node) / "run" / "node.sock"
        client = Client.of(Wire(socket, AUDITOR, key, clock=network.clock))
        try:
            yield client
        finally:
            client.close()
