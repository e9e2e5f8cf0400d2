"""A node whose own operator went bad: two trees for one partner, noticed and told, each way."""

from __future__ import annotations

import os

from core_network import Forger, alarms, entries, events, quarantined, take_in, warning
from relec_exchange.audit.entry import encode_entry
from relec_exchange.errors import Reason
from relec_exchange.inbound.receive import Quarantined, VerifiedMessage
from relec_exchange.message.identifiers import format_time
from relec_exchange.records import AcceptedCheckpointRow, PeerRow, Where
from relec_exchange.testing import NETWORK, SimulatedNetwork


def heard(network: SimulatedNetwork) -> PeerRow:
    return network.node("pk").store.rows(PeerRow, Where("peer", "=", "tr"))[0]


def refused(network: SimulatedNetwork, envelope: bytes) -> Reason:
    [verdict] = take_in(network, "pk", [envelope])
    assert isinstance(verdict, Quarantined), verdict
    return verdict.reason


def test_two_roots_for_one_size_are_refused_and_alarmed_with_both_notes(
    network: SimulatedNetwork,
) -> None:
    honest, other = Forger(network), Forger(network)
    [first] = take_in(network, "pk", [honest.send(warning(network).raw)])
    assert isinstance(first, VerifiedMessage)
    assert refused(network, other.send(warning(network).raw)) is Reason.LOG_FORK
    pk = network.node("pk")
    assert alarms(pk) == [("log-fork", "tr")]
    assert [entry["what"] for entry in entries(pk, "alarm", log="activity")] == ["log-fork"]
    assert len(events(pk, "alarm")) == 1
    assert quarantined(pk) == ["log-fork"]


def test_a_tree_that_no_round_proves_is_an_alarm_after_ten_rounds_and_not_before(
    network: SimulatedNetwork,
) -> None:
    forger, peer = Forger(network), heard(network)
    known, number = peer.their_size, peer.their_number
    take_in(network, "pk", [forger.send(warning(network).raw)])
    used, pk = len(forger), network.node("pk")
    for step in range(1, 11):
        assert alarms(pk) == [], f"too early, after {step - 1} rounds"
        # The newest tree of its log, in good order, and no word of the one used towards us.
        forger.entries.append(forger.entry(warning(network).raw, bytes(32), seq=1000 + step))
        size = len(forger)
        take_in(network, "pk", [forger.round(number + step, old=known, size=size)])
        known = size
    assert heard(network).their_size == known
    assert alarms(pk) == [("checkpoint-unproven", "tr")]
    [row] = pk.store.rows(AcceptedCheckpointRow, Where("size", "=", used))
    assert not row.proven


def test_a_round_about_a_tree_that_does_not_continue_the_known_one_is_an_alarm(
    network: SimulatedNetwork,
) -> None:
    peer = heard(network)
    forger = Forger(network)
    entries_of_another = [forger.entries[0], forger.entries[-1], *forger.entries[2:]]
    assert entries_of_another != forger.entries
    forked = Forger(network, entries=entries_of_another)
    envelope = forked.round(peer.their_number + 1, old=peer.their_size)
    take_in(network, "pk", [envelope])
    found = {what for what, _ in alarms(network.node("pk"))}
    assert found & {"log-inconsistent", "log-fork"}


def test_an_old_checkpoint_that_does_not_hold_the_entry_proves_nothing(
    network: SimulatedNetwork,
) -> None:
    forger = Forger(network)
    old = forger.checkpoint()
    raw, salt = warning(network).raw, os.urandom(32)
    forger.entries.append(forger.entry(raw, salt))
    index = len(forger) - 1
    path = forger.tree().inclusion(index)
    envelope = forger.sealed(raw, salt, index, checkpoint=old, path=path)
    assert refused(network, envelope) is Reason.PROOF_INCLUSION


def test_an_entry_dated_before_one_that_stands_before_it_is_refused(
    network: SimulatedNetwork,
) -> None:
    forger = Forger(network)
    early = format_time(network.clock())
    network.clock.forward(minutes=5)
    take_in(network, "pk", [forger.send(warning(network).raw)])
    assert refused(network, forger.send(warning(network).raw, time=early)) is Reason.TIME_ORDER


def test_an_entry_of_another_kind_carries_no_message(network: SimulatedNetwork) -> None:
    forger = Forger(network)
    raw, salt = warning(network).raw, os.urandom(32)
    forger.entries.append(
        encode_entry(
            {
                "kind": "erased",
                "time": format_time(network.clock()),
                "network": NETWORK,
                "what": "sealing-epoch",
                "subject": "0123456789abcdef",
                "reason": "epoch-over",
            }
        )
    )
    assert refused(network, forger.sealed(raw, salt, len(forger) - 1)) is Reason.ENTRY_KIND
