"""Notes about agreements, keys and logs are accepted, receipted, kept and told; no more yet."""

from __future__ import annotations

import json

import pytest

from core_network import Forger, entries, events, take_in
from relec_exchange.inbound.accepting import FOR_OFFICERS
from relec_exchange.inbound.receive import VerifiedMessage
from relec_exchange.message.catalogue import CATALOGUE
from relec_exchange.message.document import parse_message
from relec_exchange.records import InboxRow, OutboxRow, ReceivedContentRow, Where
from relec_exchange.testing import SimulatedNetwork

NOTE = 'format = "relec/v1 agreement"\n'
BODIES = {name: {"note": NOTE} for name in FOR_OFFICERS} | {
    "agreement.propose": {"text": NOTE},
    "log.alarm": {"kind": "unproven", "notes": [NOTE]},
}


@pytest.mark.parametrize("name", sorted(FOR_OFFICERS))
def test_a_note_that_nobody_acts_on_yet_is_receipted_kept_and_told(
    network: SimulatedNetwork, name: str
) -> None:
    forger = Forger(network)
    raw = forger.control(name, BODIES[name])
    ident = parse_message(raw).header.message_id
    envelope = forger.send(raw, agreement="", **{"class": "control"})
    [verdict] = take_in(network, "pk", [envelope])
    assert isinstance(verdict, VerifiedMessage)
    node = network.node("pk")
    [kept] = node.store.rows(ReceivedContentRow, Where("message_id", "=", ident))
    assert (kept.sender, kept.type) == ("tr", name)
    assert NOTE.encode() not in kept.content
    assert len(node.store.rows(OutboxRow, Where("type", "=", "receipt"))) == 1
    assert node.store.rows(InboxRow) == []
    [told] = events(node, "control.received")
    assert told.ref == ident
    assert json.loads(told.data) == {"type": name, "peer": "tr"}
    logged = entries(node, "received")
    assert [e["outcome"] for e in logged] == ["accepted"]


def test_every_note_for_officers_is_a_control_type() -> None:
    assert all(CATALOGUE[name].control for name in FOR_OFFICERS)
