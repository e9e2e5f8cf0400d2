"""Logs of simulated nodes that are replaced by their successors, with the card that says so.

Contract: the acts of a security officer and of an authority, one by one, so that a test can let
traffic pass, or kill a node, between them.
"""

from __future__ import annotations

import os
from typing import Any

from relec_exchange.adapters.keyfiles import KeyFiles
from relec_exchange.founding import issue
from relec_exchange.node import Node
from relec_exchange.testing.homes import OFFICER, PASSPHRASE
from relec_exchange.testing.network import SimulatedNetwork
from relec_exchange.trust.signature import HybridPublic
from relec_exchange.trust.succession import OwnLog, with_logs


def current_origin(node: Node, log: str = "exchange") -> str:
    """The name of the log that a node writes now."""
    state = node.journal.state
    return (state.exchange if log == "exchange" else state.activity).origin


def succeed(network: SimulatedNetwork, name: str, log: str = "exchange") -> dict[str, Any]:
    """Close a node's log and open its successor; nobody else knows yet."""
    desk = network.node(name).desk
    return desk.succeed_log(current_origin(network.node(name), log), OFFICER)


def card_of_logs(network: SimulatedNetwork, name: str) -> str:
    """The note of a node's next card, which lists its logs as they are now."""
    desk = network.node(name).desk
    logs = [
        OwnLog(
            HybridPublic.from_vkeys("log", one["ed25519"], one["mldsa44"]),
            (one["size"], one["root"]) if one["state"] == "closed" else None,
        )
        for one in desk.logs()
    ]
    card = with_logs(desk.core.directory.card(name).card, logs)
    files = KeyFiles(network.home(name) / "keys", PASSPHRASE)
    authority, now = network.authority(name), network.clock()
    return issue(card, card.partners, files, authority, now, os.urandom).note.decode()


def announce(network: SimulatedNetwork, name: str) -> str:
    """Have a node adopt the card that names its logs as they are now; its partners come to it by
    the network.
    """
    note = card_of_logs(network, name)
    network.node(name).desk.import_card(note, None, OFFICER)
    return note
