"""Proposals are kept, bounded, told once, and never change what may be sent."""

from __future__ import annotations

import pytest

from core_network import Forger, begun, entries, events, take_in
from core_notices import agreement_text
from relec_exchange.errors import InvalidInput
from relec_exchange.records import NoteRow, Where
from relec_exchange.rounds import proposals
from relec_exchange.rounds.proposals import checked
from relec_exchange.testing import OFFICER, SimulatedNetwork

CONTROL = {"agreement": "", "class": "control"}


def propose(network: SimulatedNetwork, *texts: str) -> None:
    """As tr's own operator sends them, in one batch."""
    forger = Forger(network)
    raws = [forger.control("agreement.propose", {"text": text}) for text in texts]
    take_in(network, "pk", forger.send_all(raws, **CONTROL))


def titles(network: SimulatedNetwork) -> list[str]:
    return [one["title"] for one in network.node("pk").desk.proposals()]


def test_the_same_text_twice_is_one_proposal(network: SimulatedNetwork) -> None:
    text = agreement_text(network, "tr", "pk")
    propose(network, text, text)
    assert len(events(network.node("pk"), "proposal.received")) == 1
    assert [
        e["subject"] for e in entries(network.node("pk"), "adopted") if e["what"] == "proposal"
    ] == ["tr"]


def test_only_so_many_of_one_node_are_kept(
    network: SimulatedNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proposals, "KEPT_MAX", 2)
    for number in range(4):
        network.clock.forward(seconds=5)
        node, text = network.node("tr"), agreement_text(network, "tr", "pk", title=f"n{number}")
        node.desk.propose(text, ["pk"], OFFICER)
        network.run()
    assert titles(network) == ["n3", "n2"]
    assert network.node("tr").store.count(NoteRow, Where("kind", "=", "proposal")) == 2


def test_a_proposal_changes_nothing_that_is_decided(network: SimulatedNetwork) -> None:
    pk = network.node("pk")
    before = pk.book.current
    propose(network, agreement_text(network, "tr", "pk"))
    assert pk.book.current is before


def test_a_text_of_another_network_is_refused(network: SimulatedNetwork) -> None:
    text = agreement_text(network, "tr", "pk").replace("relec.example", "other.example")
    with pytest.raises(InvalidInput):
        checked(network.node("tr").book.current, text, ("pk",))


def test_a_text_may_be_proposed_to_several_and_again(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with begun(tmp_path, "tr", "pk", "iq") as network:
        desk = network.node("tr").desk
        text = agreement_text(network, "tr", "pk")
        desk.propose(text, ["pk"], OFFICER)
        desk.propose(text, ["pk"], OFFICER)
        with pytest.raises(InvalidInput):
            desk.propose(text, ["iq"], OFFICER)
        network.run()
        assert len(desk.proposals()) == len(network.node("pk").desk.proposals()) == 1
        assert network.node("iq").desk.proposals() == []
