"""The keys of one node of a simulated network, and how its officers give it a new card."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from core_network import sent, warning
from relec_exchange.adapters.keyfiles import KeyFiles
from relec_exchange.adapters.successions import AuthorityFiles, WitnessFiles
from relec_exchange.adapters.trustfiles import TrustFiles
from relec_exchange.founding import rotate_authority, rotate_sealing, rotate_witness
from relec_exchange.message.identifiers import MessageClass
from relec_exchange.ports import Random
from relec_exchange.sealing.envelope import parse_envelope
from relec_exchange.testing import OFFICER, PASSPHRASE, SimulatedNetwork
from relec_exchange.trust.card import Card, SignedCard
from relec_exchange.trust.passphrase import COST_MIN
from relec_exchange.trust.signature import HybridKey


class CheapFiles(AuthorityFiles):
    """Authority keys whose passphrase costs as little as the format allows."""

    def after(self, random: Random, cost: int = COST_MIN) -> HybridKey:
        return super().after(random, cost)


@dataclass
class KeyHolder:
    """tr: its key files, its present card, and new keys for old ones while it runs."""

    network: SimulatedNetwork

    @property
    def path(self) -> Path:
        return self.network.home("tr") / "keys"

    @property
    def keys(self) -> KeyFiles:
        return KeyFiles(self.path, PASSPHRASE)

    @property
    def authority(self) -> AuthorityFiles:
        return CheapFiles(self.path, PASSPHRASE)

    @property
    def witness(self) -> WitnessFiles:
        return WitnessFiles(self.path, self.keys)

    @property
    def card(self) -> Card:
        return self.network.node("tr").book.current.card("tr").card

    def adopt(self, signed: SignedCard) -> None:
        TrustFiles(self.network.home("tr") / "trust").put_card(signed)
        self.network.node("tr").desk.import_card(signed.note.decode(), None, OFFICER)

    def new_authority(self) -> None:
        now = self.network.clock()
        signed = rotate_authority(self.card, self.keys, self.authority, now, os.urandom)
        self.adopt(signed)
        self.authority.settle(signed.card)

    def new_witness(self) -> None:
        now, signer = self.network.clock(), self.authority.present()
        signed = rotate_witness(self.card, self.keys, self.witness, signer, now, os.urandom)
        self.adopt(signed)
        self.witness.settle(signed.card)

    def new_sealing(self) -> None:
        now, signer = self.network.clock(), self.authority.present()
        self.adopt(rotate_sealing(self.card, self.keys, signer, now, os.urandom, all_new=True))

    def sealed_to(self) -> str:
        """The key to which pk seals an ordinary message to tr now."""
        self.network.hub.recorded.clear()
        sent(self.network, warning(self.network, sender="pk", recipient="tr"))
        self.network.run()
        [used] = {
            parse_envelope(item.envelope).header.key_id
            for sender, item in self.network.hub.recorded
            if (sender, item.recipient) == ("pk", "tr")
            and item.message_class is MessageClass.ORDINARY
        }
        return used
