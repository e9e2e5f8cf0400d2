"""The same message once more, or a void: asked for by number."""

from __future__ import annotations

import os

import pytest

from core_network import (
    Forger,
    alarms,
    chain,
    check_logs,
    entries,
    inbox_ids,
    sent,
    state,
    take_in,
    warning,
)
from relec_exchange.errors import NotFound
from relec_exchange.journal.plan import Plan
from relec_exchange.message.bodies.control import Void
from relec_exchange.message.document import parse_message
from relec_exchange.message.encoding import b64
from relec_exchange.message.identifiers import MessageClass, format_time
from relec_exchange.records import OutboxRow, ReceivedContentRow, Update, UsedCheckpointRow, Where
from relec_exchange.sealing.atrest import decrypt
from relec_exchange.sealing.envelope import parse_envelope
from relec_exchange.testing import SimulatedNetwork

ORDINARY = MessageClass.ORDINARY


def withheld(network: SimulatedNetwork, count: int = 1) -> list[str]:
    """Messages that the broker confirmed and keeps to itself."""
    network.hub.interfere = lambda sender, item: []
    idents = [sent(network, warning(network)) for _ in range(count)]
    network.node("tr").step()
    network.hub.interfere = None
    return idents


def ask(network: SimulatedNetwork, first: int, last: int) -> None:
    """What pk's resend request would make tr do."""
    node = network.node("tr")
    node._resender.requested("pk", ORDINARY, first, last)
    node.journal.drain()


def row(network: SimulatedNetwork, ident: str) -> OutboxRow:
    return network.node("tr").store.rows(OutboxRow, Where("message_id", "=", ident))[0]


def voids(network: SimulatedNetwork) -> list[Void]:
    """The voids that pk has kept."""
    node = network.node("pk")
    found = []
    for kept in node.store.rows(ReceivedContentRow, Where("type", "=", "void")):
        secret = node.vault.get([kept.key_id])[kept.key_id]
        body = parse_message(decrypt(secret[:32], kept.key_id.encode(), kept.content)).body
        assert isinstance(body, Void)
        found.append(body)
    return found


def test_it_is_the_same_message_salt_entry_and_number_under_a_newer_checkpoint(
    network: SimulatedNetwork,
) -> None:
    ident = withheld(network)[0]
    before = row(network, ident)
    sent(network, warning(network))
    network.node("tr").step()
    ask(network, 1, 1)
    network.run()
    assert ident in inbox_ids(network.node("pk"))
    after = row(network, ident)
    assert (after.leaf, after.seq, after.state) == (before.leaf, 1, "validated")
    assert after.resent == 1
    assert len([e for e in entries(network.node("tr"), "sent") if e["id"] == ident]) == 1
    check_logs(network)


def test_the_checkpoint_that_proves_it_again_is_one_to_be_proven(
    network: SimulatedNetwork,
) -> None:
    withheld(network)
    node = network.node("tr")
    head = node.journal.state.exchange.head
    key = Where("size", "=", head.size)
    node.journal.write(Plan(changes=()))
    ask(network, 1, 1)
    assert node.store.count(UsedCheckpointRow, key) == 1


def test_it_is_sealed_to_the_key_of_now(network: SimulatedNetwork) -> None:
    network.clock.forward(days=28)
    network.run()
    ident = withheld(network)[0]
    first = network.hub.recorded[-1][1].envelope
    network.clock.forward(days=5)
    ask(network, 1, 1)
    again = network.hub.recorded[-1][1].envelope
    assert parse_envelope(first).header.key_id != parse_envelope(again).header.key_id
    network.run()
    assert inbox_ids(network.node("pk")) == [ident]


def test_what_is_expired_is_void_and_closes_its_number(network: SimulatedNetwork) -> None:
    ident = withheld(network)[0]
    network.clock.forward(days=29)
    network.run()
    assert state(network.node("tr"), ident) == "expired"
    ask(network, 1, 1)
    network.run()
    assert state(network.node("tr"), ident) == "voided"
    found = chain(network.node("pk"))
    assert found is not None
    assert (found.contiguous, found.highest) == (1, 1)
    assert [e["reason"] for e in entries(network.node("tr"), "voided")] == ["expired"]
    item = voids(network)[0].items[0]
    assert (item.seq, item.reason.value) == (1, "expired")
    check_logs(network)


def test_what_is_erased_is_void(network: SimulatedNetwork) -> None:
    idents = withheld(network, 3)
    node = network.node("tr")
    node.vault.destroy([row(network, idents[1]).key_id], "retention", format_time(network.clock()))
    ask(network, 1, 3)
    network.run()
    assert inbox_ids(network.node("pk")) == [idents[0], idents[2]]
    assert [item.reason.value for item in voids(network)[0].items] == ["erased"]
    found = chain(network.node("pk"))
    assert found is not None
    assert found.contiguous == 3


def test_a_void_is_logged_once_however_often_it_is_asked_for(network: SimulatedNetwork) -> None:
    withheld(network)
    network.clock.forward(days=29)
    network.run()
    for _ in range(4):
        ask(network, 1, 1)
    network.run()
    assert len(entries(network.node("tr"), "voided")) == 1
    assert {item.reason.value for void in voids(network) for item in void.items} == {"expired"}


def test_what_the_recipient_judged_before_is_declared_gone_without_a_log_entry(
    network: SimulatedNetwork,
) -> None:
    ident = sent(network, warning(network))
    network.run()
    network.clock.forward(days=29)
    ask(network, 1, 1)
    network.run()
    assert state(network.node("tr"), ident) == "validated"
    assert entries(network.node("tr"), "voided") == []


def test_numbers_that_were_never_given_are_passed_over(network: SimulatedNetwork) -> None:
    withheld(network)
    before = network.node("tr").journal.state.exchange.head.size
    ask(network, 2, 200)
    ask(network, 10**9, 10**9 + 5)
    assert network.node("tr").journal.state.exchange.head.size == before


def test_a_message_that_crossed_its_void_is_delivered(network: SimulatedNetwork) -> None:
    ident = withheld(network)[0]
    kept = network.hub.recorded[-1][1].envelope
    node = network.node("tr")
    gone = {"state": "voided", "wire_code": "cancelled"}
    node.journal.write(Plan(changes=(Update(OutboxRow, {"message_id": ident}, gone),)))
    ask(network, 1, 1)
    network.run()
    assert [item.reason.value for item in voids(network)[0].items] == ["cancelled"]
    take_in(network, "pk", [kept])
    network.run()
    assert inbox_ids(network.node("pk")) == [ident]
    assert state(node, ident) == "validated"


def test_many_voids_fit_into_their_messages(network: SimulatedNetwork) -> None:
    withheld(network, 256)
    network.clock.forward(days=29)
    ask(network, 1, 256)
    network.run()
    assert sorted(item.seq for void in voids(network) for item in void.items) == [*range(1, 257)]
    found = chain(network.node("pk"))
    assert found is not None
    assert found.contiguous == 256
    assert alarms(network.node("pk")) == []


def test_without_a_key_to_seal_with_nothing_is_changed(network: SimulatedNetwork) -> None:
    network.clock.forward(days=205)
    ident = withheld(network)[0]
    network.clock.forward(days=10)
    before = row(network, ident)
    with pytest.raises(NotFound):
        ask(network, 1, 1)
    assert row(network, ident) == before


def test_asking_for_too_many_is_answered_in_part(network: SimulatedNetwork) -> None:
    withheld(network, 3)
    passed = len(network.hub.recorded)
    ask(network, 1, 10**12)
    assert len(network.hub.recorded) == passed + 3


def test_a_void_that_shows_the_entry_of_another_number_is_refused(
    network: SimulatedNetwork,
) -> None:
    forger = Forger(network)
    salt = os.urandom(32)
    entry = forger.entry(warning(network).raw, salt, seq=7)
    item = {"class": "ordinary", "seq": 8, "entry": b64(entry), "reason": "expired"}
    raw = forger.control("void", {"items": [item]})
    take_in(network, "pk", [forger.send(raw, agreement="", **{"class": "control"})])
    assert chain(network.node("pk")) is None
    item["seq"] = 7
    raw = forger.control("void", {"items": [item]})
    take_in(network, "pk", [forger.send(raw, agreement="", **{"class": "control"})])
    found = chain(network.node("pk"))
    assert found is not None
    assert (found.contiguous, found.highest) == (0, 7)
