"""What a node knows besides a message: the register, names, and texts of the thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from conversations import answered, arrived, delivered, person, protect, request_about, talking
from core_network import warning
from relec_exchange.journal.known import NAMES_MAX, Known, free_texts, person_names
from relec_exchange.message.document import Message
from relec_exchange.protection.model import Facts
from relec_exchange.testing import DESK, SimulatedNetwork
from relec_exchange.trust.decide import Allowed

GRANTED = Allowed("", "some-grant", min_cell=7)


@pytest.fixture
def network(tmp_path: Path) -> Iterator[SimulatedNetwork]:
    with talking(tmp_path) as made:
        yield made


def facts(network: SimulatedNetwork, message: Message, known: Known | None = None) -> Facts:
    node = network.node("pk")
    known = known or node.known
    return known.inbound(message, GRANTED, node.book.current, network.clock())


def test_the_facts_say_which_end_it_is_and_what_the_grant_says(network: SimulatedNetwork) -> None:
    node, message = network.node("tr"), warning(network)
    found = node.known.outbound(message, GRANTED, node.book.current, network.clock())
    assert (found.direction, found.min_cell, found.network_kind) == ("outbound", 7, "exercise")
    assert facts(network, message).direction == "inbound"
    assert found.today == network.clock().date()


def test_names_of_stored_messages_are_known_and_also_to_a_node_that_starts_anew(
    network: SimulatedNetwork,
) -> None:
    delivered(network, request_about(network, person("Kemal Other")))
    assert "Kemal Other" in facts(network, warning(network)).known_names
    node = network.node("pk")
    fresh = Known(node.store, node.vault)
    assert "Kemal Other" in facts(network, warning(network), fresh).known_names


def test_a_message_does_not_know_its_own_names_before(network: SimulatedNetwork) -> None:
    asked = request_about(network, person("Kemal Other"))
    assert facts(network, asked).known_names == ()
    assert facts(network, warning(network)).known_names == ("Kemal Other",)


def test_names_are_kept_up_to_a_bound_the_oldest_go(network: SimulatedNetwork) -> None:
    node = network.node("pk")
    known = Known(node.store, node.vault)
    facts(network, warning(network), known)
    known._note((), [f"Person {n}" for n in range(NAMES_MAX + 5)])
    names = facts(network, warning(network), known).known_names
    assert len(names) == NAMES_MAX
    assert names[0] == "Person 5"


def test_texts_of_the_thread_are_known_to_what_answers_in_it(network: SimulatedNetwork) -> None:
    asked = request_about(network, why="A forged visa of spring.")
    delivered(network, asked)
    answer = answered(network, asked)
    found = network.node("pk").known.outbound(
        answer, GRANTED, network.node("pk").book.current, network.clock()
    )
    assert "A forged visa of spring." in found.earlier
    assert not found.replied
    delivered(network, answered(network, asked, "interim"))
    found = network.node("pk").known.outbound(
        answered(network, asked), GRANTED, network.node("pk").book.current, network.clock()
    )
    assert found.replied
    assert facts(network, warning(network)).earlier == ()


def test_the_register_is_read_once_and_again_when_it_changed(network: SimulatedNetwork) -> None:
    known = network.node("pk").known
    assert known.register() == ()
    entry = protect(network, "pk", "Zarifa Simulated")
    [registered] = known.register()
    assert registered.names == ("Zarifa Simulated",)
    assert known.register() is known.register()
    network.node("pk").desk.end_registered(entry, DESK)
    assert known.register() == ()


def test_names_of_what_was_erased_are_known_no_more(network: SimulatedNetwork) -> None:
    ident = delivered(network, request_about(network, person("Kemal Other")))
    node = network.node("pk")
    assert facts(network, warning(network)).known_names == ("Kemal Other",)
    node.vault.destroy([arrived(network, "pk", ident).key_id], "test", "2026-11-02T08:00:00.000Z")
    node.known.forget_names()
    assert facts(network, warning(network)).known_names == ()


def test_asking_from_several_threads_loses_no_name(network: SimulatedNetwork) -> None:
    asked = [request_about(network, person(f"Person {n}")) for n in range(24)]
    threads = [threading.Thread(target=facts, args=(network, one)) for one in asked]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(facts(network, warning(network)).known_names) == {f"Person {n}" for n in range(24)}


def test_names_are_found_however_deep_and_codes_are_no_texts() -> None:
    name = {"text": "Ada", "transliteration": "Ade"}
    document = {
        "body": {
            "persons": [{"names": [name], "note": "Seen there."}],
            "kind": "life_at_risk",
            "names": "not a list",
        }
    }
    assert person_names(document) == ["Ada", "Ade"]
    assert "Seen there." in free_texts(document)
    assert "life_at_risk" not in free_texts(document)
    assert free_texts({"body": {"commitment": "", "parts": [], "text": "x"}}) == []
