"""What local knowledge holds: nothing shows outside, nothing is lost, and the desk decides."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from conversations import (
    answered,
    arrived,
    close,
    delivered,
    person,
    protect,
    request_about,
    talking,
    told,
)
from core_network import check_logs, entries, events, sent, state, warning
from relec_exchange.errors import Conflict, NotAuthorised, NotFound, Refused
from relec_exchange.records import DeliveryRow, InboxRow, JudgementRow, RegisterRow, Where
from relec_exchange.testing import DESK, OFFICER, SimulatedNetwork
from relec_exchange.trust.officer import Act

NAME = "Zarifa Simulated"


@pytest.fixture
def network(tmp_path: Path) -> Iterator[SimulatedNetwork]:
    with talking(tmp_path) as made:
        yield made


def held(network: SimulatedNetwork) -> str:
    """A request of tr about a person under pk's protection, which pk holds."""
    protect(network, "pk", NAME)
    ident = delivered(network, request_about(network, person(NAME)))
    assert state(network.node("pk"), ident, "in") == "held"
    return ident


def freed(network: SimulatedNetwork, ident: str, officer: str = DESK) -> dict[str, object]:
    leaf = arrived(network, "pk", ident).leaf
    signature = network.key("pk", officer).sign(Act.FREE, leaf)
    return network.node("pk").desk.free(ident, "in", officer, signature)


def opened(network: SimulatedNetwork, ident: str, officer: str) -> dict[str, object]:
    leaf = arrived(network, "pk", ident).leaf
    signature = network.key("pk", officer).sign_open(leaf)
    return network.node("pk").desk.open(ident, "in", officer, signature)


def test_a_hold_looks_to_the_sender_like_any_other_acceptance(network: SimulatedNetwork) -> None:
    plain = delivered(network, request_about(network, person("Another Person")))
    before = len(entries(network.node("pk"))), len(entries(network.node("pk"), "", "activity"))
    ident = held(network)
    after = len(entries(network.node("pk"))), len(entries(network.node("pk"), "", "activity"))
    assert after[0] - before[0] == 2  # received, and the receipt
    lines = [network.node("tr").desk.show(one, "out") for one in (plain, ident)]
    for line in lines:
        assert [(r["stage"], r["code"]) for r in line["receipts"]] == [("validated", "accepted")]
        assert line["state"] == "validated"
    assert after[1] - before[1] == 2  # the decision, and the entry in the register
    check_logs(network)


def test_other_officers_see_that_a_message_is_held_and_nothing_of_why(
    network: SimulatedNetwork,
) -> None:
    ident = held(network)
    desk = network.node("pk").desk
    line = desk.show(ident, "in")
    assert (line["state"], line["hold"]) == ("held", "")
    [item] = desk.inbox({"after": 0, "limit": 10})["items"]
    assert (item["state"], item["hold"]) == ("held", "")
    with pytest.raises(Refused) as refused:
        opened(network, ident, OFFICER)
    assert refused.value.rule == "held"
    assert "protection" not in json.dumps(desk.events(0, 500)).lower()
    with pytest.raises(NotAuthorised):
        desk.holds(OFFICER)
    with pytest.raises(NotAuthorised):
        freed(network, ident, OFFICER)


def test_a_held_message_reaches_no_unit_until_it_is_freed(network: SimulatedNetwork) -> None:
    ident, node = held(network), network.node("pk")
    where = Where("message_id", "=", ident)
    assert node.store.rows(DeliveryRow, where) == []
    assert freed(network, ident)["state"] == "received"
    assert [row.unit for row in node.store.rows(DeliveryRow, where)] == ["contact-point"]
    assert state(node, ident, "in") == "received"
    assert opened(network, ident, OFFICER)["body"]["persons"][0]["names"][0]["text"] == NAME
    with pytest.raises(Conflict):
        freed(network, ident)
    assert [e["actor"] for e in entries(node, "freed", "activity")] == [DESK]
    check_logs(network)


def test_the_desk_sees_the_rule_and_reads_the_message_and_its_reading_is_no_opening(
    network: SimulatedNetwork,
) -> None:
    ident, desk = held(network), network.node("pk").desk
    [one] = desk.holds(DESK)
    assert one["message_id"] == ident
    assert one["findings"]
    assert opened(network, ident, DESK)["message_id"] == ident
    assert state(network.node("pk"), ident, "in") == "held"
    assert arrived(network, "pk", ident).opened_at == ""


def test_nobody_is_escalated_to_for_a_held_message(network: SimulatedNetwork) -> None:
    held(network)
    network.clock.forward(days=3)
    network.run()
    assert told(network, "pk", "message.escalated") == []


def test_the_log_says_protection_and_the_judgement_is_unreadable_without_its_key(
    network: SimulatedNetwork,
) -> None:
    ident, node = held(network), network.node("pk")
    [decision] = [e for e in entries(node, "decision", "activity") if e["id"] == ident]
    assert (decision["outcome"], decision["rule"]) == ("held", "protection")
    [row] = node.store.rows(JudgementRow, Where("message_id", "=", ident))
    assert row.outcome == "held"
    for secret in (NAME.encode(), b"P1", b"register"):
        assert secret not in row.content


def test_a_judgement_is_replayed_and_comes_out_the_same_after_the_register_changed(
    network: SimulatedNetwork,
) -> None:
    ident, desk = held(network), network.node("pk").desk
    entry = network.node("pk").store.rows(RegisterRow)[0].entry_id
    desk.end_registered(entry, DESK)
    found = desk.replay(ident, "in", DESK)
    assert (found["outcome"], found["now"]) == ("held", "held")
    assert found["same"]
    assert not found["rules_changed"]
    node = network.node("pk")
    node.vault.destroy([arrived(network, "pk", ident).key_id], "test", "2026-11-02T08:00:00.000Z")
    with pytest.raises(NotFound):
        desk.replay(ident, "in", DESK)


def test_a_judgement_of_a_clear_message_is_kept_too_and_names_nobody(
    network: SimulatedNetwork,
) -> None:
    protect(network, "pk", NAME)
    delivered(network, request_about(network, person("Known Before")))
    ident = delivered(network, request_about(network, person("Another Person")))
    found = network.node("pk").desk.replay(ident, "in", DESK)
    assert (found["outcome"], found["same"]) == ("clear", True)


def test_the_register_is_for_the_desk_alone_and_every_access_is_logged(
    network: SimulatedNetwork,
) -> None:
    entry, node = protect(network, "pk", NAME), network.node("pk")
    for call in (
        lambda: node.desk.register(OFFICER),
        lambda: node.desk.add_registered({"names": [NAME]}, OFFICER),
        lambda: node.desk.end_registered(entry, OFFICER),
    ):
        with pytest.raises(NotAuthorised):
            call()
    [listed] = node.desk.register(DESK)
    assert listed["entry"]["names"] == [NAME]
    node.desk.end_registered(entry, DESK)
    assert node.desk.register(DESK) == []
    actions = [(e["action"], e["ref"]) for e in entries(node, "access", "activity")]
    assert actions == [
        ("register-add", entry),
        ("register-list", ""),
        ("register-end", entry),
        ("register-list", ""),
    ]
    row = node.store.rows(RegisterRow)[0]
    assert (row.content, node.vault.get([row.key_id])) == (b"", {})


def test_the_register_and_its_keys_outlive_a_restart(network: SimulatedNetwork) -> None:
    protect(network, "pk", NAME)
    network.close("pk")
    network.open("pk")
    network.run()
    ident = delivered(network, request_about(network, person(NAME)))
    assert state(network.node("pk"), ident, "in") == "held"


def test_a_person_who_left_the_register_holds_nothing_any_more(network: SimulatedNetwork) -> None:
    entry = protect(network, "pk", NAME)
    network.node("pk").desk.end_registered(entry, DESK)
    ident = delivered(network, request_about(network, person(NAME)))
    assert state(network.node("pk"), ident, "in") == "received"


def test_what_a_units_own_client_finds_is_held_and_freed_in_the_same_way(
    network: SimulatedNetwork,
) -> None:
    ident = delivered(network, request_about(network))
    node = network.node("pk")
    opened(network, ident, DESK)
    with pytest.raises(NotAuthorised):
        node.desk.hold(ident, OFFICER)
    assert node.desk.hold(ident, DESK)["state"] == "held"
    with pytest.raises(Refused):
        opened(network, ident, OFFICER)
    assert freed(network, ident)["state"] == "received"


def test_an_officer_may_close_a_held_request_without_reading_it(network: SimulatedNetwork) -> None:
    ident = held(network)
    close(network, "pk", ident)
    assert arrived(network, "pk", ident).closed_by == OFFICER
    with pytest.raises(Conflict):
        close(network, "pk", ident)


def test_the_desk_may_answer_a_held_request_and_then_the_node_does_not(
    network: SimulatedNetwork,
) -> None:
    protect(network, "pk", NAME)
    asked = request_about(network, person(NAME))
    ident = delivered(network, asked)
    sent(network, answered(network, asked), by=DESK)
    network.run()
    row = arrived(network, "pk", ident)
    assert (row.state, bool(row.answered_at)) == ("held", True)
    assert network.node("pk").desk.deadlines() == []
    network.clock.forward(days=8)
    network.run()
    replies = network.node("tr").store.rows(InboxRow, Where("in_reply_to", "=", ident))
    assert len(replies) == 1
    assert freed(network, ident)["state"] == "answered"


def test_a_held_request_that_was_answered_by_the_node_is_freed_as_answered(
    network: SimulatedNetwork,
) -> None:
    ident = held(network)
    network.clock.forward(days=6)
    network.run()
    assert state(network.node("tr"), ident) == "answered"
    assert state(network.node("pk"), ident, "in") == "held"
    assert freed(network, ident)["state"] == "answered"


def test_a_message_of_ours_is_held_seen_and_freed_and_then_leaves(
    network: SimulatedNetwork,
) -> None:
    protect(network, "tr", NAME)
    message = request_about(network, person(NAME))
    result = network.submit(message)
    assert (result["status"], result["needs"][0]) == ("held", "desk")
    ident, desk = message.header.message_id, network.node("tr").desk
    [one] = desk.holds(DESK)
    assert (one["message_id"], one["direction"]) == (ident, "out")
    assert desk.replay(ident, "out", DESK)["same"]
    signature = network.key("tr", DESK).sign(Act.FREE, bytes.fromhex(one["commitment"]))
    assert desk.free(ident, "out", DESK, signature)["state"] == "released"
    network.run()
    assert state(network.node("tr"), ident) == "validated"
    assert desk.replay(ident, "out", DESK)["same"]


def test_a_warning_that_names_nobody_known_is_not_held(network: SimulatedNetwork) -> None:
    protect(network, "pk", NAME)
    ident = delivered(network, warning(network))
    assert state(network.node("pk"), ident, "in") == "received"
    assert len(events(network.node("pk"), "message.received")) == 1
