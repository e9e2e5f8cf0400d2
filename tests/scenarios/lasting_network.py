"""Two nodes on homes that others have worked on before, and a broker that outlives them in a file.

For tests that end processes: whoever opens the homes next finds what was left of the one before.
"""

from __future__ import annotations

import base64
import json
import os
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from key_holder import CheapFiles
from relec_exchange.adapters.keyfiles import KeyFiles
from relec_exchange.adapters.successions import AuthorityFiles, WitnessFiles
from relec_exchange.adapters.trustfiles import TrustFiles
from relec_exchange.founding import issue
from relec_exchange.message.identifiers import MessageClass
from relec_exchange.ports import Delivery, Outcome, Outgoing
from relec_exchange.testing import OFFICER, PASSPHRASE, Hub, HubTransport, SimulatedNetwork
from relec_exchange.testing.clock import SteeredClock
from relec_exchange.testing.succeeding import announce, current_origin
from relec_exchange.trust.card import Card, SignedCard
from relec_exchange.trust.officer import OfficerKey

NAMES: Final = ("tr", "pk")

Staff = Mapping[str, Mapping[str, OfficerKey]]
Chain = tuple[str, str, MessageClass]


# ---- a broker that outlives the nodes ----------------------------------------------------------


class LastingHub(Hub):
    """Keeps what it confirmed in a file until a node has acknowledged it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        for sign, recipient, sender, cls, text in _lines(path):
            chain, envelope = (recipient, sender, MessageClass(cls)), base64.b64decode(text)
            waiting = self.queues.setdefault(chain, deque())
            if sign == "+":
                waiting.append(envelope)
            else:
                waiting.remove(envelope)
        part = path.with_suffix(".part")
        part.write_bytes(b"".join(_line("+", c, e) for c, q in self.queues.items() for e in q))
        part.replace(path)
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND)

    def put(self, sender: str, item: Outgoing) -> Outcome:
        chain = (item.recipient, sender, item.message_class)
        os.write(self._file, _line("+", chain, item.envelope))
        return super().put(sender, item)

    def took(self, chain: Chain, envelope: bytes) -> None:
        """A node has it."""
        os.write(self._file, _line("-", chain, envelope))


class LastingTransport(HubTransport):
    """Tells its broker what was acknowledged."""

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        for one in deliveries:
            self._hub.took(*one.tag)  # type: ignore[attr-defined]
        super().acknowledge(deliveries)


def _line(sign: str, chain: Chain, envelope: bytes) -> bytes:
    return json.dumps([sign, *chain, base64.b64encode(envelope).decode()]).encode() + b"\n"


def _lines(path: Path) -> Iterable[list[str]]:
    """All whole lines: one that a kill cut short was never confirmed."""
    data = path.read_bytes() if path.exists() else b""
    return [json.loads(line) for line in data.split(b"\n")[:-1]]


class LastingNetwork(SimulatedNetwork):
    """Nodes that are opened on homes which others have worked on before."""

    def __init__(self, directory: Path, staff: Staff, now: datetime) -> None:
        self.directory, self.names = directory, NAMES
        self.clock, self.hub = SteeredClock(now), LastingHub(directory / "broker")
        self._staff, self._keys = staff, {name: keys[OFFICER] for name, keys in staff.items()}
        self._transports, self._nodes = {}, {}
        for name in NAMES:
            self.open(name)

    def edge(self, name: str) -> LastingTransport:
        return LastingTransport(self.hub, name)

    # ---- what officers and authorities do -------------------------------------------------------

    def path(self, name: str) -> Path:
        return self.home(name) / "keys"

    def files(self, name: str) -> KeyFiles:
        return KeyFiles(self.path(name), PASSPHRASE)

    def authority_files(self, name: str) -> AuthorityFiles:
        return CheapFiles(self.path(name), PASSPHRASE)

    def witness_files(self, name: str) -> WitnessFiles:
        return WitnessFiles(self.path(name), self.files(name))

    def card(self, name: str) -> Card:
        return self.node(name).book.current.card(name).card

    def adopt(self, name: str, signed: SignedCard) -> None:
        """As the commands do it: first the folder, then the node."""
        TrustFiles(self.home(name) / "trust").put_card(signed)
        self.node(name).desk.import_card(signed.note.decode(), None, OFFICER)

    def new_card(self, name: str) -> None:
        card, signer = self.card(name), self.authority(name)
        made = issue(card, card.partners, self.files(name), signer, self.clock(), os.urandom)
        self.adopt(name, made)

    def finish(self, name: str) -> None:
        """Give the commands again that may have been broken off."""
        card, authority = self.card(name), self.authority_files(name)
        if authority.pending(card):
            authority.settle(card)
        if self.witness_files(name).pending(card):
            self.witness_files(name).settle(card)
        named = {log.origin for log in card.logs if log.state == "current"}
        if {current_origin(self.node(name), log) for log in ("exchange", "activity")} != named:
            announce(self, name)
