"""What comes while a node must not sign is kept, bounded, and judged in order when it may."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from core_network import captured, inbox_ids, warning
from relec_exchange.demo.waiting import eventually
from relec_exchange.errors import RelecError, Unavailable
from relec_exchange.inbound import sheltering
from relec_exchange.inbound.consumer import Consumer
from relec_exchange.inbound.gathered import Arrival
from relec_exchange.inbound.sheltering import Shelter
from relec_exchange.journal.standing import Permit, Standing, Turn
from relec_exchange.message.constants import LIMITS
from relec_exchange.message.identifiers import MessageClass
from relec_exchange.node import Node
from relec_exchange.ports import Delivery
from relec_exchange.records import HeldRow, QuarantineRow, ShelterRow
from relec_exchange.testing import SimulatedNetwork


class Sheltered:
    """The shelter of pk's node, and what was looked at."""

    def __init__(self, network: SimulatedNetwork) -> None:
        self.network, self.node = network, network.node("pk")
        self.seen: list[Arrival] = []
        self.shelter = self.fresh()

    def fresh(self) -> Shelter:
        journal = self.node.journal
        return Shelter(
            self.node.store,
            journal,
            self.node._inbox,
            lambda: journal.permit.signs,
            self.look,
            self.network.clock,
        )

    def look(self, arrivals: Sequence[Arrival]) -> None:
        self.seen += arrivals

    def stand(self, standing: Standing) -> None:
        self.node.journal.permit = Permit(standing)

    def letters(self, count: int) -> tuple[list[str], list[Arrival]]:
        found = [warning(self.network) for _ in range(count)]
        return (
            [one.header.message_id for one in found],
            [Arrival("tr", captured(self.network, one)) for one in found],
        )


@pytest.fixture
def pk(network: SimulatedNetwork) -> Sheltered:
    return Sheltered(network)


def kept(node: Node) -> list[bytes]:
    return [row.envelope for row in node.store.rows(ShelterRow, order="row")]


@pytest.mark.parametrize("standing", [Standing.LISTENING, Standing.REFUSING])
def test_without_the_permit_it_is_kept_looked_at_and_not_judged(
    pk: Sheltered, standing: Standing
) -> None:
    idents, letters = pk.letters(2)
    pk.stand(standing)
    before = pk.node.journal.state.exchange.head
    pk.shelter.take_in([*letters, Arrival("tr", b"no envelope")])
    assert kept(pk.node) == [*(one.envelope for one in letters), b"no envelope"]
    assert [row.cls for row in pk.node.store.rows(ShelterRow, order="row")] == [
        "ordinary",
        "ordinary",
        "",
    ]
    assert len(pk.seen) == 3
    assert not set(idents) & set(inbox_ids(pk.node))
    assert pk.node.journal.state.exchange.head == before
    assert not pk.shelter.held_due()


def test_with_the_permit_it_is_judged_before_what_comes_then_also_after_a_restart(
    pk: Sheltered,
) -> None:
    idents, letters = pk.letters(70)
    pk.stand(Standing.LISTENING)
    pk.shelter.take_in([*letters[:68], Arrival("tr", b"no envelope")])
    pk.stand(Standing.SIGNING)
    again = pk.fresh()
    assert again.held_due()
    again.take_in(letters[68:])
    assert inbox_ids(pk.node) == idents
    assert kept(pk.node) == []
    assert not again.held_due()
    assert pk.node.store.count(QuarantineRow) == 1


def test_what_is_kept_is_judged_without_anything_that_comes(pk: Sheltered) -> None:
    idents, letters = pk.letters(1)
    pk.stand(Standing.LISTENING)
    pk.shelter.take_in(letters)
    pk.shelter.retry_held()
    assert inbox_ids(pk.node) == []
    pk.stand(Standing.SIGNING)
    pk.shelter.retry_held()
    assert inbox_ids(pk.node) == idents


def test_a_proof_that_comes_while_a_batch_is_judged_keeps_the_whole_batch(
    pk: Sheltered, monkeypatch: pytest.MonkeyPatch
) -> None:
    idents, letters = pk.letters(3)
    judged = pk.node._inbox.take_in

    def proven(arrivals: Sequence[Arrival]) -> object:
        pk.node.journal.permit.turn(Turn.PROVEN)
        return judged(arrivals)

    monkeypatch.setattr(pk.node._inbox, "take_in", proven)
    pk.shelter.take_in(letters)
    assert kept(pk.node) == [one.envelope for one in letters]
    assert not set(idents) & set(inbox_ids(pk.node))
    assert pk.node.store.count(HeldRow) == pk.node.store.count(QuarantineRow) == 0


@pytest.mark.parametrize(("name", "limit"), [("SHELTER_MAX", 3), ("SHELTER_BYTES_MAX", 20_000)])
def test_a_full_shelter_leaves_the_rest_at_the_broker(
    pk: Sheltered, monkeypatch: pytest.MonkeyPatch, name: str, limit: int
) -> None:
    monkeypatch.setattr(sheltering, name, limit)
    _, letters = pk.letters(4)
    pk.stand(Standing.REFUSING)
    pk.shelter.take_in(letters[:2])
    with pytest.raises(Unavailable):
        pk.shelter.take_in(letters[2:])
    assert kept(pk.node) == [one.envelope for one in letters[:2]]
    with pytest.raises(Unavailable):
        pk.fresh().take_in(letters[2:])


def test_what_is_queued_behind_a_flood_is_looked_at_too(
    pk: Sheltered, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A partner that fills the shelter and more than a batch must not hide what others show."""
    monkeypatch.setattr(sheltering, "SHELTER_MAX", 0)
    pk.stand(Standing.LISTENING)
    fatal: list[RelecError] = []
    consumer = Consumer(pk.shelter, pk.network.transport("pk"), fatal.append)
    flood = [
        Delivery(n, "iq", MessageClass.FLASH, b"x", redelivered=False)
        for n in range(2 * LIMITS.batch_max)
    ]
    consumer.deliver([*flood, Delivery(-1, "tr", MessageClass.CONTROL, b"proof", False)])
    consumer.start()
    try:
        eventually(lambda: any(one.envelope == b"proof" for one in pk.seen), "it is looked at")
    finally:
        consumer.stop()
    assert (fatal, kept(pk.node)) == ([], [])


def test_what_goes_back_while_the_node_may_judge_is_not_looked_at(pk: Sheltered) -> None:
    pk.shelter.left([Arrival("tr", b"x")])
    assert pk.seen == []
