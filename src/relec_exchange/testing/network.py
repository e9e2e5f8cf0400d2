"""Simulated nodes stepped in turn. Only the broker and the clock are simulated."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from relec_exchange.adapters.guard import GuardFile
from relec_exchange.adapters.keyfiles import KeyFiles
from relec_exchange.audit.entry import commitment
from relec_exchange.message.document import Message
from relec_exchange.node import Node
from relec_exchange.node.starting import guard_mark
from relec_exchange.protection.model import QUESTIONS
from relec_exchange.settings import read_settings
from relec_exchange.testing.clock import SteeredClock
from relec_exchange.testing.homes import (
    DESK,
    OFFICER,
    PASSPHRASE,
    SECOND,
    STAFF,
    Founded,
    authority_key,
    found_home,
    found_network,
)
from relec_exchange.testing.hub import Hub, HubTransport, SteppedTransport
from relec_exchange.trust.agreement import Grant
from relec_exchange.trust.card import SignedCard
from relec_exchange.trust.officer import Act, OfficerKey
from relec_exchange.trust.signature import HybridKey

TURNS_MAX = 200


class SimulatedNetwork:
    """Nodes with a charter of all and agreements of each pair, stepped in turn."""

    def __init__(
        self,
        directory: Path,
        names: Sequence[str] = ("tr", "pk"),
        *,
        times: Mapping[str, int] | None = None,
        grants: Sequence[Grant] = (),
        founded: Founded | None = None,
    ) -> None:
        """Found `names` in `directory`, or begin there as a copy of what was `founded`."""
        if founded is None:
            founded = found_network(directory, names, times=times, grants=grants)
        else:
            shutil.copytree(founded.directory, directory, dirs_exist_ok=True)
            for name in founded.names:
                _own(directory / name)
        self.directory, self.names = directory, founded.names
        self.clock, self.hub = SteeredClock(founded.now), Hub()
        self._keys: Mapping[str, OfficerKey] = founded.officers
        self._staff = founded.staff
        self._transports: dict[str, SteppedTransport] = {}
        self._nodes: dict[str, Node] = {}
        for name in self.names:
            self.open(name)

    def home(self, name: str) -> Path:
        """The home directory of a node."""
        return self.directory / name

    def node(self, name: str) -> Node:
        """A running node."""
        return self._nodes[name]

    def transport(self, name: str) -> SteppedTransport:
        """A node's edge, to switch it off and on."""
        return self._transports[name]

    def open(self, name: str, *, newest: bool = False) -> Node:
        """Start (again) a node on its home directory. `newest`: it need not ask its partners
        whether this store is the newest, also when the directory was copied.
        """
        settings = read_settings(self.home(name))
        keys = KeyFiles(settings.path(settings.paths.keys), PASSPHRASE)
        transport = self.edge(name)
        node = Node(settings, keys, transport, self.clock, os.urandom)
        node.prepare(newest=newest)
        node.connect()
        self._nodes[name], self._transports[name] = node, transport
        return node

    def edge(self, name: str) -> SteppedTransport:
        """The transport of a node that is being opened; a network over a real broker has others."""
        return HubTransport(self.hub, name)

    def found(self, name: str) -> SignedCard:
        """Found the home of one more node, whom nobody lists yet; `open` starts it."""
        staff = {officer: OfficerKey.generate(os.urandom) for officer in STAFF}
        card = found_home(self.directory, name, staff, self.clock)
        self._staff = {**self._staff, name: staff}
        self._keys = {**self._keys, name: staff[OFFICER]}
        return card

    def close(self, *names: str) -> None:
        """Stop nodes (all without names)."""
        for name in names or tuple(self._nodes):
            self._nodes.pop(name).stop()
            self._transports.pop(name)

    def run(self) -> None:
        """Step all nodes until nothing moves any more."""
        for _ in range(TURNS_MAX):
            moved = 0
            for name, node in tuple(self._nodes.items()):
                moved += self._transports[name].poll()
                node.step()
            if not moved and not any(t.wanted for t in self._transports.values()):
                return
        raise AssertionError("the network does not come to rest")

    def pass_minutes(self, minutes: int) -> None:
        """Move the clock minute by minute, and let everything happen each time."""
        for _ in range(minutes):
            self.clock.forward(minutes=1)
            self.run()

    def key(self, name: str, officer: str = OFFICER) -> OfficerKey:
        """The key of one of a node's officers."""
        return self._staff[name][officer]

    def submit(
        self,
        message: Message,
        *,
        release: bool = True,
        salt: bytes | None = None,
        by: str = OFFICER,
        releaser: str = SECOND,
        withhold: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Submit a composed message at its sender as the duty officer; the result as the API's.

        The second officer releases it, every question of the protection rules is answered with
        yes, and what needs the protection desk's approval gets it. `withhold` names questions that
        stay open, or `approve`. With the same `salt` it is the same request again.
        """
        name = message.header.sender
        key, salt = self.key(name, by), os.urandom(32) if salt is None else salt
        digest = commitment(salt, message.raw)
        signature = self.key(name, releaser).sign_release(digest)
        item = {
            "idempotency_key": message.header.message_id,
            "message": message.raw,
            "salt": salt,
            "submit": {"officer": by, "signature": key.sign_submit(digest)},
            "release": {"officer": releaser, "signature": signature} if release else None,
            "answers": [
                {"question": one, "officer": by, "signature": key.sign_answer(one, digest)}
                for one in QUESTIONS
                if one not in withhold
            ],
        }
        result = self._nodes[name].desk.submit([item])[0]
        if "approve" in result["needs"] and "approve" not in withhold:
            approval = self.key(name, DESK).sign(Act.APPROVE, digest)
            return self._nodes[name].desk.approve(result["message_id"], DESK, approval)
        return result

    def act(self, name: str, message_id: str, act: Act, officer: str = SECOND) -> bytes:
        """An officer's signature on a message of this node that waits."""
        digest = bytes.fromhex(self._nodes[name].desk.show(message_id, "out")["commitment"])
        return self.key(name, officer).sign(act, digest)

    def open_message(self, name: str, message_id: str) -> dict[str, object]:
        """Open a received message as the duty officer."""
        desk = self._nodes[name].desk
        leaf = bytes.fromhex(desk.show(message_id, "in")["leaf"])
        signature = self._keys[name].sign_open(leaf)
        return desk.open(message_id, "in", OFFICER, signature)

    def authority(self, name: str) -> HybridKey:
        """The authority key of a node."""
        return authority_key(self.directory, name)


def _own(home: Path) -> None:
    """A copy of a whole network is a network of its own: each guard copy is of the files here."""
    settings = read_settings(home)
    path = settings.path(settings.paths.guard)
    if path.exists():
        guard = GuardFile(path)
        guard.bind(guard_mark(settings))
        guard.write({})
        guard.close()
