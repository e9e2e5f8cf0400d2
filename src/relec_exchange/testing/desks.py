"""Keys of the protection desks of simulated nodes, named in cards that all nodes hold.

Contract: each call makes new keys and issues one more card for each node that is named.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from relec_exchange.adapters.keyfiles import KeyFiles
from relec_exchange.founding import issue
from relec_exchange.message.constants import PROTECTION_UNIT
from relec_exchange.message.encoding import b64
from relec_exchange.sealing.suite import SealingPrivate
from relec_exchange.testing.homes import OFFICER, PASSPHRASE
from relec_exchange.testing.network import SimulatedNetwork
from relec_exchange.trust.card_parts import Unit


def give_desk_keys(
    network: SimulatedNetwork, names: Sequence[str] = ()
) -> dict[str, SealingPrivate]:
    """A private key for the desk of each node (all without `names`); the network comes to rest."""
    keys = {}
    for name in names or network.names:
        keys[name] = SealingPrivate.from_seed(os.urandom(32))
        note = _card(network, name, keys[name])
        for node in network.names:
            network.node(node).desk.import_card(note, None, OFFICER)
    network.run()
    return keys


def _card(network: SimulatedNetwork, name: str, key: SealingPrivate) -> str:
    """The note of the next card of a node, which names the key of its desk."""
    card = network.node(name).desk.core.directory.card(name).card
    desk = Unit(name=PROTECTION_UNIT, key=b64(key.public_bytes()))
    others = [unit for unit in card.units if unit.name != PROTECTION_UNIT]
    later = card.model_copy(update={"units": (*others, desk)})
    files = KeyFiles(network.home(name) / "keys", PASSPHRASE)
    authority, now = network.authority(name), network.clock()
    return issue(later, card.partners, files, authority, now, os.urandom).note.decode()
