"""Receipts and replies that arrive: what they change of our own messages, and what they cannot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core_network import (
    Forger,
    ack,
    begun,
    events,
    reply,
    request,
    sent,
    stages,
    state,
    take_in,
    warning,
)
from relec_exchange.message.identifiers import format_time
from relec_exchange.records import OutboxRow, ReceiptRow, Where
from relec_exchange.testing import SimulatedNetwork

CONTROL = {"agreement": "", "class": "control"}


def leaf(network: SimulatedNetwork, ident: str) -> str:
    row = network.node("tr").store.rows(OutboxRow, Where("message_id", "=", ident))[0]
    return row.leaf.hex()


def told(
    network: SimulatedNetwork, forger: Forger, ident: str, stage: str, code: str = "accepted"
) -> None:
    """pk says of tr's message what it likes; signed, and in its log."""
    item = {"leaf": leaf(network, ident), "stage": stage, "code": code}
    item["at"] = format_time(network.clock())
    raw = forger.control("receipt", {"items": [item]})
    take_in(network, "tr", [forger.send(raw, **CONTROL)], source=forger.name)


def pk(network: SimulatedNetwork) -> Forger:
    return Forger(network, name="pk", victim="tr")


def withheld(network: SimulatedNetwork) -> str:
    """A message of tr that the broker keeps to itself."""
    network.hub.interfere = lambda sender, item: []
    ident = sent(network, warning(network))
    network.node("tr").step()
    network.hub.interfere = None
    return ident


def test_stages_follow_each_other(network: SimulatedNetwork) -> None:
    ident, forger, tr = withheld(network), pk(network), network.node("tr")
    assert state(tr, ident) == "relayed"
    for stage, expected in (
        ("validated", "validated"),
        ("opened", "opened"),
        ("validated", "opened"),
        ("answered", "answered"),
        ("opened", "answered"),
    ):
        told(network, forger, ident, stage)
        assert state(tr, ident) == expected
    assert [json.loads(e.data)["stage"] for e in events(tr, "message.receipt")] == [
        "validated",
        "opened",
        "validated",
        "answered",
        "opened",
    ]


def test_a_second_judgement_that_contradicts_the_first_changes_nothing(
    network: SimulatedNetwork,
) -> None:
    ident, forger, tr = withheld(network), pk(network), network.node("tr")
    told(network, forger, ident, "rejected", "schema")
    told(network, forger, ident, "validated")
    told(network, forger, ident, "opened")
    row = tr.store.rows(OutboxRow, Where("message_id", "=", ident))[0]
    assert (row.state, row.wire_code) == ("rejected", "schema")
    assert [r.code for r in tr.store.rows(ReceiptRow)] == ["schema"]


def test_a_receipt_of_another_node_than_the_recipient_says_nothing(tmp_path: Path) -> None:
    with begun(tmp_path, "tr", "pk", "iq") as network:
        ident = withheld(network)
        told(network, Forger(network, name="iq", victim="tr"), ident, "validated")
        assert state(network.node("tr"), ident) == "relayed"
        assert network.node("tr").store.count(ReceiptRow) == 0


def test_a_receipt_about_nothing_of_ours_says_nothing(network: SimulatedNetwork) -> None:
    forger = pk(network)
    item = {"leaf": "ab" * 32, "stage": "validated", "code": "accepted"}
    item["at"] = format_time(network.clock())
    raw = forger.control("receipt", {"items": [item]})
    take_in(network, "tr", [forger.send(raw, **CONTROL)], source="pk")
    assert network.node("tr").store.count(ReceiptRow) == 0


def test_a_receipt_that_overtakes_the_broker_s_confirm_is_not_undone_by_it(
    network: SimulatedNetwork,
) -> None:
    network.hub.interfere = lambda sender, item: []
    ident = sent(network, warning(network))  # confirmed, but the confirm is not recorded yet
    network.hub.interfere = None
    forger, tr = pk(network), network.node("tr")
    told(network, forger, ident, "validated")
    assert state(tr, ident) == "validated"
    tr.step()
    row = tr.store.rows(OutboxRow, Where("message_id", "=", ident))[0]
    assert (row.state, row.envelope) == ("validated", None)
    assert row.relayed_at


# ---- replies -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("full", "answered"),
        ("partial", "validated"),
        ("interim", "validated"),
    ],
)
def test_a_reply_answers_for_good_unless_it_says_that_more_comes(
    network: SimulatedNetwork, kind: str, expected: str
) -> None:
    asked = request(network)
    ident = sent(network, asked)
    network.run()
    sent(network, reply(network, asked, kind))
    network.run()
    assert state(network.node("tr"), ident) == expected
    at_recipient = "answered" if expected == "answered" else "received"
    assert state(network.node("pk"), ident, "in") == at_recipient
    if kind == "interim":
        sent(network, reply(network, asked, "full"))
        network.run()
        assert state(network.node("tr"), ident) == "answered"


def test_an_acknowledgement_answers_a_warning(network: SimulatedNetwork) -> None:
    message = warning(network)
    ident = sent(network, message)
    network.run()
    sent(network, ack(network, message))
    network.run()
    assert state(network.node("tr"), ident) == "answered"
    assert stages(network.node("tr"), ident)[-1] == "answered"


def test_a_message_that_only_refers_to_another_answers_nothing(network: SimulatedNetwork) -> None:
    ident = sent(network, warning(network))
    network.run()
    back = warning(network, sender="pk", recipient="tr", in_reply_to=ident)
    sent(network, back)
    network.run()
    assert state(network.node("tr"), ident) == "validated"
    assert state(network.node("pk"), ident, "in") == "received"


def test_an_answer_of_another_type_than_is_asked_for_answers_nothing(
    network: SimulatedNetwork,
) -> None:
    asked = request(network)
    ident = sent(network, asked)
    network.run()
    forger = pk(network)
    take_in(network, "tr", [forger.send(ack(network, asked).raw)], source="pk")
    assert state(network.node("tr"), ident) == "validated"
