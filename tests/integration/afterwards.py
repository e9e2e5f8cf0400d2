"""The homes of an exercise years later: opened again in this process, with a clock that is moved.

The processes must have ended. Only the broker is simulated; stores, vaults, keys and logs are those
that the processes left.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from relec_exchange.adapters.keyfiles import KeyFiles, read_authority
from relec_exchange.demo.homes import PASSPHRASE
from relec_exchange.demo.network import ExerciseNetwork
from relec_exchange.founding import issue
from relec_exchange.node import Node
from relec_exchange.settings import read_settings
from relec_exchange.testing import Hub, HubTransport, SteeredClock

TURNS_MAX = 400


class Afterwards:
    """The nodes of an exercise, stepped in turn."""

    def __init__(self, network: ExerciseNetwork, now: datetime) -> None:
        self.clock, self._hub = SteeredClock(now), Hub()
        self._homes = {name: network.home(name) for name in network.nodes}
        self._transports: dict[str, HubTransport] = {}
        self.nodes: dict[str, Node] = {}

    def open(self) -> Mapping[str, Node]:
        """Every node, on the home that its process left."""
        for name, home in self._homes.items():
            settings = read_settings(home)
            keys = KeyFiles(settings.path(settings.paths.keys), PASSPHRASE)
            transport = HubTransport(self._hub, name)
            node = Node(settings, keys, transport, self.clock, os.urandom)
            node.prepare()
            node.connect()
            self.nodes[name], self._transports[name] = node, transport
        return self.nodes

    def close(self) -> None:
        """All of them."""
        for node in self.nodes.values():
            node.stop()

    def run(self) -> None:
        """Step all nodes until nothing moves any more."""
        for _ in range(TURNS_MAX):
            moved = 0
            for name, node in self.nodes.items():
                moved += self._transports[name].poll()
                node.step()
            if not moved and not any(one.wanted for one in self._transports.values()):
                return
        raise AssertionError("the nodes do not come to rest")

    def pass_days(self, days: Iterable[int]) -> None:
        """Some days, again and again, with what is due at the end of each."""
        for count in days:
            self.clock.forward(days=count)
            self.run()
            self.clock.forward(minutes=11)
            self.run()

    def renew_cards(self) -> None:
        """Cards and sealing keys of now, known to all."""
        notes = []
        for name, node in self.nodes.items():
            home, card = self._homes[name], node.book.current.card(name).card
            authority = read_authority(home / "keys" / "authority.key", PASSPHRASE)
            keys = KeyFiles(home / "keys", PASSPHRASE)
            signed = issue(card, card.partners, keys, authority, self.clock(), os.urandom)
            notes.append(signed.note.decode())
        for node in self.nodes.values():
            for note in notes:
                node.desk.import_card(note, None, "security")
        self.run()


@contextmanager
def afterwards(network: ExerciseNetwork, now: datetime) -> Iterator[Afterwards]:
    """The nodes of a network whose processes have ended, at a later time."""
    later = Afterwards(network, now)
    try:
        later.open()
        yield later
    finally:
        later.close()
