"""A node that only witnesses: no agreement, one officer, and it counts in every quorum."""

from __future__ import annotations

import os
from pathlib import Path

from core_network import alarms, begun, sent, warning
from relec_exchange.adapters.keyfiles import KeyFiles
from relec_exchange.adapters.trustfiles import TrustFiles
from relec_exchange.audit.cosignature import read_cosigned
from relec_exchange.audit.quorum import check_quorum
from relec_exchange.errors import Unverified
from relec_exchange.founding import Founding, Secrets, found, issue
from relec_exchange.journal.witnessed import state
from relec_exchange.records import AcceptedRow, CosignedRow, InboxRow, Where
from relec_exchange.testing import NETWORK, OFFICER, PASSPHRASE, SimulatedNetwork
from relec_exchange.testing.homes import authority_key
from relec_exchange.trust.card import Card, SignedCard
from relec_exchange.trust.card_parts import Partner
from relec_exchange.trust.passphrase import COST_MIN
from relec_exchange.trust.witnesses import nodes_of, witnesses

WITNESS = "secretariat"


def founded(network: SimulatedNetwork) -> SignedCard:
    founding = Founding(
        network=NETWORK,
        network_kind="exercise",
        node=WITNESS,
        kind="witness",
        name="Simulated secretariat",
        phone="+100 000 0000",
        email="duty@secretariat.example",
        languages=("en",),
    )
    secrets = Secrets(PASSPHRASE, PASSPHRASE, None, COST_MIN)
    return found(network.home(WITNESS), founding, secrets, network.clock(), os.urandom)


def issued(network: SimulatedNetwork, card: Card, others: dict[str, str]) -> SignedCard:
    """The next card of a node, with these partners besides its own."""
    keys = KeyFiles(network.home(card.node) / "keys", PASSPHRASE)
    listed = [*card.partners, *(Partner(node=n, authority=f) for n, f in others.items())]
    authority = authority_key(network.directory, card.node)
    return issue(card, listed, keys, authority, network.clock(), os.urandom)


def fingerprint(signed: SignedCard) -> str:
    return signed.card.authority.public().fingerprint()


def join(network: SimulatedNetwork) -> None:
    """The secretariat meets all who run: each lists it, and it lists each."""
    first = founded(network)
    names = tuple(network._nodes)
    cards = {name: network.node(name).book.current.card(name) for name in names}
    others = {name: fingerprint(card) for name, card in cards.items()}
    files = TrustFiles(network.home(WITNESS) / "trust")
    for name, card in cards.items():
        files.pin(name, others[name])
        files.put_card(card)
    signed = issued(network, first.card, others)
    files.put_card(signed)
    for name in names:
        desk = network.node(name).desk
        desk.import_card(first.note.decode(), fingerprint(first), OFFICER)
        desk.import_card(signed.note.decode(), None, OFFICER)
        theirs = issued(network, cards[name].card, {WITNESS: fingerprint(first)})
        TrustFiles(network.home(name) / "trust").put_card(theirs)
        desk.import_card(theirs.note.decode(), None, OFFICER)
        files.put_card(theirs)
    network.open(WITNESS)


def test_a_node_that_only_witnesses_takes_rounds_cosigns_and_receives_no_message(
    tmp_path: Path,
) -> None:
    with begun(tmp_path, "tr", "pk") as network:
        join(network)
        network.pass_minutes(5)
        directory = network.node("pk").book.current
        assert nodes_of(witnesses(directory, "tr", network.clock())) == ("pk", WITNESS)
        ident = sent(network, warning(network))
        network.pass_minutes(4)
        note = network.node("tr").store.rows(CosignedRow, order="-size", limit=1)[0].note
        assert check_quorum(directory, read_cosigned(note), network.clock()) == ("pk", WITNESS)
        row = network.node("pk").store.rows(AcceptedRow, Where("message_id", "=", ident))[0]
        assert state(network.node("pk").store, row.origin, row.idx) == "witnessed"
        third = network.node(WITNESS)
        assert third.store.count(InboxRow) == 0
        assert third.book.current.agreements == {}
        assert [alarms(network.node(name)) for name in ("tr", "pk", WITNESS)] == [[], [], []]
        lone = b"".join(note.splitlines(keepends=True)[:-2])
        try:
            check_quorum(directory, read_cosigned(lone), network.clock())
        except Unverified:
            return
        raise AssertionError("one of two witnesses is no quorum")
