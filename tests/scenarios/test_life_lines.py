"""The life of a message at both ends, by every road it may take."""

from __future__ import annotations

from typing import Any

import pytest

from core_network import (
    Forger,
    ack,
    check_logs,
    entries,
    reply,
    request,
    sent,
    stages,
    state,
    warning,
)
from relec_exchange.inbound import receive
from relec_exchange.message.document import Message
from relec_exchange.records import ReceiptRow
from relec_exchange.testing import SECOND, SimulatedNetwork
from relec_exchange.trust.decide import Denied, decide


def both(network: SimulatedNetwork, ident: str) -> tuple[str, str]:
    return state(network.node("tr"), ident), state(network.node("pk"), ident, "in")


def test_from_submission_to_acknowledgement(network: SimulatedNetwork) -> None:
    message = warning(network)
    ident, tr = sent(network, message, release=False), network.node("tr")
    assert state(tr, ident) == "submitted"
    row = tr.desk.core.outgoing(ident)
    assert row is not None
    signature = network.key("tr", SECOND).sign_release(row.commitment)
    tr.desk.release(ident, SECOND, signature)
    assert state(tr, ident) == "released"
    tr.step()
    assert state(tr, ident) == "relayed"
    network.run()
    assert both(network, ident) == ("validated", "received")
    network.open_message("pk", ident)
    network.run()
    assert both(network, ident) == ("opened", "opened")
    sent(network, ack(network, message))
    network.run()
    assert both(network, ident) == ("answered", "answered")
    assert stages(tr, ident) == [
        "submitted",
        "released",
        "relayed",
        "validated",
        "opened",
        "answered",
    ]
    assert stages(network.node("pk"), ident, "in") == [
        "received",
        "receipted",
        "routed",
        "opened",
        "answered",
    ]
    check_logs(network)


def test_opening_is_never_told_of_data_about_persons(network: SimulatedNetwork) -> None:
    asked = request(network)
    ident = sent(network, asked)
    network.run()
    network.open_message("pk", ident)
    network.run()
    assert both(network, ident) == ("validated", "opened")
    assert [r.stage for r in network.node("tr").store.rows(ReceiptRow)] == ["validated"]
    sent(network, reply(network, asked))
    network.run()
    assert both(network, ident) == ("answered", "answered")


def test_a_message_that_the_recipient_refuses_ends_there_with_the_coarse_code(
    network: SimulatedNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:

    def refuses_warnings(directory: Any, features: Any, at: Any, named: str) -> Any:
        if features.type == "warning.notice":
            return Denied("no-grant-area", "not granted")
        return decide(directory, features, at, named)

    monkeypatch.setattr(receive, "decide", refuses_warnings)
    ident = sent(network, warning(network))
    network.run()
    tr, pk = network.node("tr"), network.node("pk")
    assert state(tr, ident) == "rejected"
    assert [r.code for r in tr.store.rows(ReceiptRow)] == ["not-permitted"]
    decisions = [e for e in entries(pk, "decision", "activity") if e["id"] == ident]
    assert [(e["outcome"], e["rule"]) for e in decisions] == [("not-agreed", "no-grant-area")]


def expired(network: SimulatedNetwork, message: Message) -> str:
    network.hub.interfere = lambda sender, item: []
    ident = sent(network, message)
    network.node("tr").step()
    network.hub.interfere = None
    for hours in (28 * 24, 23, 23, 23, 23):  # nobody confirms the leap, so it takes three days more
        network.clock.forward(hours=hours)
        network.node("tr").step()
    return ident


def test_a_message_that_never_arrives_expires_and_is_void_when_it_is_asked_for(
    network: SimulatedNetwork,
) -> None:
    network.pass_minutes(3)
    tr, ident = network.node("tr"), expired(network, warning(network))
    assert state(tr, ident) == "expired"
    network.pass_minutes(5)
    assert state(tr, ident) == "voided"
    voided = [e for e in entries(tr, "voided") if e["class"] == "ordinary"]
    assert [(e["seq"], e["reason"]) for e in voided] == [(1, "expired")]
    gaps = network.node("pk").desk.gaps()
    assert all(gap["closed"] for gap in gaps if gap["direction"] == "in")
    check_logs(network)


def test_a_message_under_a_forged_log_never_lives(network: SimulatedNetwork) -> None:
    forger = Forger(network)
    forged = forger.send(warning(network).raw)
    sent(network, warning(network))
    network.run()
    before = network.node("pk").desk.inbox({"after": 0, "limit": 10})["items"]
    network.hub.inject("pk", "tr", next(iter(network.hub.queues))[2], forged)
    network.run()
    assert network.node("pk").desk.inbox({"after": 0, "limit": 10})["items"] == before
