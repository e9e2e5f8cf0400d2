"""From the outbox to the broker: nothing lost, nothing doubled, and memory that stays small."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import pytest

from core_faults import UNAVAILABLE, FailingStore
from core_network import inbox_ids, life_at_risk, sent, state, warning
from relec_exchange.errors import Unavailable
from relec_exchange.journal.plan import Plan
from relec_exchange.message.identifiers import MessageClass
from relec_exchange.outbound import publisher as publisher_module
from relec_exchange.outbound.publisher import Publisher
from relec_exchange.ports import Outcome, Outgoing
from relec_exchange.records import OutboxRow, Update, Where
from relec_exchange.testing import SimulatedNetwork


@dataclass
class Edge:
    """tr's publisher, the broker's answers to it, and its own idea of time."""

    network: SimulatedNetwork
    now: float = 0.0
    answers: list[Outcome] = field(default_factory=list)
    passed: list[Outgoing] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.node = self.network.node("tr")
        self.publisher: Publisher = self.node._publisher
        self.publisher._monotonic = lambda: self.now
        self.transport = self.network.transport("tr")
        self.network.hub.answer = self._answer

    def _answer(self, sender: str, item: Outgoing) -> Outcome:
        if sender != "tr":
            return Outcome.CONFIRMED
        self.passed.append(item)
        return self.answers.pop(0) if self.answers else Outcome.CONFIRMED

    def settle(self, times: int = 1) -> None:
        for _ in range(times):
            self.publisher.settle()
            self.node.journal.drain()

    def row(self, ident: str) -> OutboxRow:
        return self.node.store.rows(OutboxRow, Where("message_id", "=", ident))[0]


@pytest.fixture
def edge(network: SimulatedNetwork) -> Edge:
    return Edge(network)


def test_a_confirm_empties_the_outbox_of_the_envelope(edge: Edge) -> None:
    ident = sent(edge.network, warning(edge.network))
    assert edge.row(ident).envelope is not None
    edge.settle()
    row = edge.row(ident)
    assert (row.state, row.envelope) == ("relayed", None)
    assert row.relayed_at


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.NO_ROUTE, Outcome.LOST])
def test_what_the_broker_does_not_confirm_is_tried_again_with_growing_pauses(
    edge: Edge, outcome: Outcome
) -> None:
    edge.answers = [outcome] * 4
    ident = sent(edge.network, warning(edge.network))
    tries = []
    for _ in range(200):
        before = len(edge.passed)
        edge.settle()
        if len(edge.passed) > before:
            tries.append(edge.now)
        edge.now += 0.25
    assert tries == [1.0, 3.0, 8.0, 23.0]
    assert edge.row(ident).state == "relayed"
    edge.network.run()
    assert inbox_ids(edge.network.node("pk")) == [ident]


def test_envelopes_without_a_route_are_published_again_until_they_have_one(edge: Edge) -> None:
    edge.answers = [Outcome.NO_ROUTE, Outcome.NO_ROUTE]
    idents = [sent(edge.network, warning(edge.network)) for _ in range(2)]
    edge.settle()
    assert [edge.row(ident).state for ident in idents] == ["released", "released"]
    edge.now += 1
    for _ in ("published again", "recorded"):
        edge.settle()
    assert [edge.row(ident).state for ident in idents] == ["relayed", "relayed"]


def test_what_was_not_confirmed_before_a_kill_is_published_after_it(
    network: SimulatedNetwork,
) -> None:
    network.hub.answer = lambda sender, item: Outcome.LOST
    idents = [sent(network, warning(network)) for _ in range(5)]
    network.close("tr")
    network.hub.answer = None
    node = network.open("tr")
    assert len(network.hub.recorded) >= 5
    network.run()
    assert inbox_ids(network.node("pk")) == idents
    assert {state(node, ident) for ident in idents} == {"validated"}


def test_an_envelope_that_was_published_twice_is_delivered_once(
    network: SimulatedNetwork,
) -> None:
    network.hub.interfere = lambda sender, item: [item.envelope] * 3
    idents = [sent(network, warning(network)) for _ in range(3)]
    network.run()
    assert inbox_ids(network.node("pk")) == idents


def test_an_item_under_way_is_not_doubled(edge: Edge) -> None:
    edge.transport.online = False
    sent(edge.network, warning(edge.network))
    item = edge.transport._waiting[0]
    edge.publisher.publish([item, item])
    assert list(edge.transport._waiting) == [item]


def test_a_broker_that_is_away_costs_disk_and_not_memory(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher_module, "WINDOW", 5)
    monkeypatch.setattr(publisher_module, "LOAD_MAX", 3)
    edge.transport.online = False
    idents = [sent(edge.network, warning(edge.network)) for _ in range(23)]
    edge.settle(3)
    assert len(edge.publisher._underway) == 5
    assert len(edge.transport._waiting) == 5
    edge.transport.online = True
    for _ in range(30):
        edge.transport.poll()
        edge.settle()
    assert edge.publisher._underway == {}
    ordinary = [i for i in edge.passed if i.message_class is MessageClass.ORDINARY]
    assert [item.key for item in ordinary] == sorted(item.key for item in ordinary)
    assert len(ordinary) == 23
    assert edge.publisher._behind == set()
    edge.network.run()
    assert inbox_ids(edge.network.node("pk")) == idents


def test_bytes_are_bounded_as_numbers_are(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publisher_module, "WINDOW_BYTES", 3 * 9300)
    edge.transport.online = False
    for _ in range(9):
        sent(edge.network, warning(edge.network))
    assert edge.publisher._bytes <= 4 * 9400
    edge.transport.online = True
    for _ in range(12):
        edge.transport.poll()
        edge.settle()
    assert len(edge.passed) >= 9
    assert edge.publisher._bytes == 0


def test_a_flash_warning_never_waits_behind_an_import(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher_module, "WINDOW", 4)
    edge.transport.online = False
    for _ in range(12):
        sent(edge.network, warning(edge.network))
    ident = sent(edge.network, life_at_risk(edge.network))
    waiting = {item.key for item in edge.transport._waiting}
    assert edge.row(ident).leaf_index in waiting


def test_new_messages_go_on_being_published_after_a_backlog(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher_module, "WINDOW", 3)
    for _ in range(3):
        edge.transport.online = False
        idents = [sent(edge.network, warning(edge.network)) for _ in range(7)]
        edge.transport.online = True
        for _ in range(12):
            edge.transport.poll()
            edge.settle()
        assert {edge.row(ident).state for ident in idents} == {"relayed"}
    keys = [i.key for i in edge.passed if i.message_class is MessageClass.ORDINARY]
    assert len(keys) == len(set(keys)) == 21


def test_a_confirm_that_the_store_did_not_take_is_recorded_later(edge: Edge) -> None:
    ident = sent(edge.network, warning(edge.network))
    edge.node.journal._store = faulty = FailingStore(edge.node.store)
    faulty.commits = [UNAVAILABLE, UNAVAILABLE]
    edge.settle(2)
    assert edge.row(ident).state == "released"
    edge.settle()
    assert edge.row(ident).state == "relayed"
    assert edge.publisher._recording == set()


def test_a_retry_brings_what_the_outbox_has_now(edge: Edge) -> None:
    edge.answers = [Outcome.REFUSED] * 2
    one = sent(edge.network, warning(edge.network))
    other = sent(edge.network, warning(edge.network))
    key = {"message_id": one}
    edge.node.journal.write(Plan(changes=(Update(OutboxRow, key, {"envelope": b"newer"}),)))
    gone = Update(OutboxRow, {"message_id": other}, {"envelope": None, "state": "expired"})
    edge.node.journal.write(Plan(changes=(gone,)))
    edge.now += 1
    before = len(edge.passed)
    edge.settle()
    assert [item.envelope for item in edge.passed[before:]] == [b"newer"]
    assert edge.publisher._underway == {}


def test_a_store_that_cannot_be_read_only_delays_a_retry(edge: Edge) -> None:
    edge.answers = [Outcome.REFUSED]
    ident = sent(edge.network, warning(edge.network))
    edge.publisher._store = faulty = FailingStore(edge.node.store)
    edge.now += 1
    faulty.reads = [UNAVAILABLE]
    with pytest.raises(Unavailable):
        edge.settle()
    edge.now += 1
    edge.settle(2)
    assert edge.row(ident).state == "relayed"


def test_its_thread_records_retries_and_ends(network: SimulatedNetwork) -> None:
    node = network.node("tr")
    answers = [Outcome.LOST]
    network.hub.answer = lambda sender, item: answers.pop() if answers else Outcome.CONFIRMED
    node.journal.start()
    node._publisher.start()
    ident = sent(network, warning(network))
    ends = time.monotonic() + 60
    while state(node, ident) != "relayed" and time.monotonic() < ends:
        time.sleep(0.02)
    node._publisher.stop()
    node.journal.stop()
    assert state(node, ident) == "relayed"
