"""A card inside an envelope that cannot be proven yet: adopted for its own signature, or not."""

from __future__ import annotations

import os

import pytest

from core_network import (
    Forger,
    alarms,
    check_logs,
    entries,
    inbox_ids,
    sent,
    take_in,
    warning,
)
from relec_exchange.adapters.keyfiles import KeyFiles
from relec_exchange.inbound.receive import Waiting
from relec_exchange.records import HeldRow
from relec_exchange.testing import PASSPHRASE, SimulatedNetwork
from relec_exchange.testing.succeeding import announce, card_of_logs, succeed
from relec_exchange.trust.signature import HybridKey

NEXT = "relec.example/tr/exchange/2"
CONTROL = {"agreement": "", "class": "control"}


def stranger(network: SimulatedNetwork) -> Forger:
    """Somebody at the broker who writes a log in tr's name, with a key of his own."""
    forger = Forger(network)
    forger.origin = NEXT
    forger.key = HybridKey.generate(NEXT, "log", os.urandom)
    return forger


def version(network: SimulatedNetwork, name: str = "pk", of: str = "tr") -> int:
    return network.node(name).book.current.card(of).card.version


def test_the_card_that_names_a_log_comes_in_that_log(network: SimulatedNetwork) -> None:
    network.run()
    succeed(network, "tr")
    ident = sent(network, warning(network))
    network.run()
    assert network.node("pk").store.count(HeldRow) > 0
    before = version(network)
    announce(network, "tr")
    network.clock.forward(seconds=61)
    network.run()
    assert version(network) == before + 1
    assert network.node("pk").store.count(HeldRow) == 0
    assert inbox_ids(network.node("pk")) == [ident]
    received = [entry["origin"] for entry in entries(network.node("pk"), "received")]
    assert NEXT in received
    check_logs(network)


def test_whoever_carries_a_card_its_authority_has_signed_it(network: SimulatedNetwork) -> None:
    network.run()
    succeed(network, "tr")
    note = card_of_logs(network, "tr")
    before = version(network)
    forger = stranger(network)
    raw = forger.control("card.update", {"cards": [note]})
    found = take_in(network, "pk", [forger.send(raw, **CONTROL)])[0]
    assert isinstance(found, Waiting)
    assert version(network) == before + 1
    network.run()
    # The real log is known now, and what the stranger wrote is not of it.
    assert network.node("pk").store.count(HeldRow) == 0
    assert [e for e in entries(network.node("pk"), "received") if e["origin"] == NEXT] == []


def test_a_card_that_its_authority_did_not_sign_changes_nothing(
    network: SimulatedNetwork,
) -> None:
    network.run()
    succeed(network, "tr")
    note = card_of_logs(network, "tr")
    before = version(network)
    forged = note.replace("Simulated node tr", "Simulated node xx")
    assert forged != note
    forger = stranger(network)
    raws = [
        forger.control("card.update", {"cards": [forged]}),
        forger.control("receipt", {"items": [_receipt()]}),
        warning(network).raw,
        b"no message at all",
    ]
    envelopes = [forger.send(raw, **CONTROL) for raw in raws[:2]]
    envelopes += [forger.send(raw) for raw in raws[2:]]
    verdicts = take_in(network, "pk", envelopes)
    assert all(isinstance(found, Waiting) for found in verdicts)
    assert version(network) == before
    assert network.node("pk").store.count(HeldRow) == len(raws)
    assert alarms(network.node("pk")) == []
    assert [found.carried is None for found in verdicts if isinstance(found, Waiting)] == [
        False,
        False,
        True,
        True,
    ]


def test_a_first_card_never_comes_this_way(network: SimulatedNetwork) -> None:
    network.run()
    keys = KeyFiles(network.home("tr") / "keys", PASSPHRASE)
    assert keys.log().name.endswith("/1")
    before = network.node("pk").book.current.nodes()
    own = network.node("pk").book.current.card("pk").note.decode()
    forger = stranger(network)
    raw = forger.control("card.update", {"cards": [own.replace("/pk/", "/iq/")]})
    take_in(network, "pk", [forger.send(raw, **CONTROL)])
    assert network.node("pk").book.current.nodes() == before


@pytest.mark.parametrize("cls", ["ordinary", "control"])
def test_what_waits_is_judged_by_every_step_afterwards(network: SimulatedNetwork, cls: str) -> None:
    network.run()
    told = succeed(network, "tr")
    note = card_of_logs(network, "tr")
    forger = Forger(network)
    forger.origin = told["opened"]["origin"]
    forger.key = KeyFiles(network.home("tr") / "keys", PASSPHRASE).log_key(forger.origin)
    forger.entries = []
    forger.sequences = dict.fromkeys(forger.sequences, 1)
    raw = forger.control("card.update", {"cards": [note]})
    body = raw if cls == "control" else warning(network).raw
    changes = {"time": "2031-01-01T00:00:00.000Z"}  # far ahead: step 4
    if cls == "control":
        changes |= CONTROL
    take_in(network, "pk", [forger.send(body, **changes)])
    network.node("pk").desk.import_card(note, None, "duty")
    network.run()
    assert network.node("pk").store.count(HeldRow) == 0
    assert inbox_ids(network.node("pk")) == []
    assert [e for e in entries(network.node("pk"), "received") if e["origin"] == NEXT] == []


def _receipt() -> dict[str, str]:
    return {
        "leaf": "00" * 32,
        "stage": "validated",
        "code": "accepted",
        "at": "2026-11-01T08:00:00.000Z",
    }
