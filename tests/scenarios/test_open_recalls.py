"""Recalls reach everybody and stay open; who received data on a reference can be told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conversations import told
from core_network import begun, check_logs, entries, sent, warning
from relec_exchange.errors import InvalidInput, NotAuthorised, NotFound
from relec_exchange.inbound.deliveries import StoredDeliveries
from relec_exchange.inbound.units import Channel
from relec_exchange.journal.content import read_content
from relec_exchange.journal.plan import Plan
from relec_exchange.message.document import Message
from relec_exchange.message.identifiers import format_time
from relec_exchange.records import CommentRow, DeliveryRow, OutboxRow, Update, Where
from relec_exchange.rounds.overdue_recalls import OverdueRecalls
from relec_exchange.testing import DESK, OFFICER, SimulatedNetwork
from sharing import NAMES, came, delivered, exported, plain, sensitive, went


@pytest.fixture
def network(tmp_path: Path) -> Iterator[SimulatedNetwork]:
    with begun(tmp_path, *NAMES) as made:
        yield made


def recall(network: SimulatedNetwork, about: str, to: str = "pk", **more: Any) -> str:
    """tr calls one message back from one recipient."""
    body = {"message_id": about, "why": "A wrong place.", "reason": "inaccurate"}
    made = plain(network, "recall", body, recipient=to, data_level="non_nominal", **more)
    return delivered(network, made)


def outcome(
    network: SimulatedNetwork, about: str, asked: str, what: str, sender: str = "pk", **more: Any
) -> str:
    """What a recipient says became of it."""
    now = format_time(network.clock())
    body = {"message_id": about, "outcome": what, "at": now, **more}
    ends = {"sender": sender, "recipient": "tr", "in_reply_to": asked}
    made = plain(network, "recall.outcome", body, data_level="non_nominal", **ends)
    return delivered(network, made)


def listed(network: SimulatedNetwork, everything: bool = False) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = network.node("tr").desk.recalls(everything)
    return found


def untold(network: SimulatedNetwork) -> set[tuple[str, str]]:
    return {(o["recipient"], o["message_id"]) for g in listed(network) for o in g["untold"]}


def two_steps(network: SimulatedNetwork) -> tuple[str, str, str]:
    """A warning to pk, one made from it to iq, and one made from that to pk."""
    first = delivered(network, warning(network))
    second = delivered(network, warning(network, recipient="iq", derived_from=[first]))
    third = delivered(network, warning(network, derived_from=[second]))
    return first, second, third


def test_a_recall_is_open_until_everybody_was_told_and_has_answered(
    network: SimulatedNetwork,
) -> None:
    first, second, third = two_steps(network)
    asked = recall(network, first)
    [group] = listed(network)
    assert (group["recall_id"], group["type"], group["overdue"]) == (asked, "recall", 0)
    assert untold(network) == {("iq", second), ("pk", third)}
    others = {second: recall(network, second, "iq"), third: recall(network, third)}
    assert untold(network) == set()
    assert len(listed(network)) == 3
    outcome(network, first, asked, "destroyed")
    outcome(network, second, others[second], "destroyed", "iq")
    outcome(network, third, others[third], "used", note="In a report.")
    assert listed(network) == []
    closed = {g["recall_id"]: g["messages"][0]["outcome"] for g in listed(network, True)}
    assert closed == {
        asked: "destroyed",
        others[second]: "destroyed",
        others[third]: "used",
    }
    check_logs(network)


def test_what_is_made_after_the_recall_is_untold_again(network: SimulatedNetwork) -> None:
    first = delivered(network, warning(network))
    outcome(network, first, recall(network, first), "destroyed")
    assert listed(network) == []
    later = delivered(network, warning(network, recipient="iq", derived_from=[first]))
    assert untold(network) == {("iq", later)}


def test_names_to_whom_it_was_passed_on_are_told(network: SimulatedNetwork) -> None:
    first = delivered(network, warning(network))
    asked = recall(network, first)
    outcome(network, first, asked, "passed_on", passed_to=["Coast guard", "iq", "pk"])
    [group] = listed(network, True)
    assert group["passed_on"] == ["Coast guard", "iq"]
    assert group["messages"][0]["outcome"] == "passed_on"


def test_the_outcome_of_a_correction_is_kept_too(network: SimulatedNetwork) -> None:
    first = delivered(network, warning(network))
    body = {
        "message_id": first,
        "why": "A typing error.",
        "fields": [{"path": "/body/what", "now": "Fewer."}],
    }
    asked = delivered(network, plain(network, "correction", body, data_level="non_nominal"))
    outcome(network, first, asked, "used", note="In a report.")
    assert went(network, "tr", asked).outcome == "used"
    assert listed(network) == []


def test_an_overdue_recall_is_told_once_and_stays_open(network: SimulatedNetwork) -> None:
    first = delivered(network, warning(network))
    asked = recall(network, first)
    assert told(network, "tr", "recall.overdue") == []
    for _ in range(3):
        network.clock.forward(days=2)
        network.run()
    assert told(network, "tr", "recall.overdue") == [asked]
    [group] = listed(network)
    assert (group["overdue"], group["messages"][0]["stage"]) == (1, "passed")
    network.close("tr")
    network.open("tr")
    network.run()
    assert told(network, "tr", "recall.overdue") == [asked]
    outcome(network, first, asked, "destroyed")
    assert listed(network) == []


# ---- who received data -------------------------------------------------------------------------


def report(network: SimulatedNetwork, ref: str, officer: str = OFFICER) -> dict[str, Any]:
    found: dict[str, Any] = network.node("tr").desk.subject_report(ref, "Complaint 12", officer)
    return found


def about(network: SimulatedNetwork, **more: Any) -> Message:
    return warning(network, own_ref="TR-2026-0417", **more)


def test_a_report_names_every_recipient_with_what_became_of_it(network: SimulatedNetwork) -> None:
    first = delivered(network, about(network))
    second = delivered(network, warning(network, recipient="iq", derived_from=[first]))
    sent(network, warning(network))
    asked = recall(network, first)
    outcome(network, first, asked, "passed_on", passed_to=["Coast guard"])
    found = report(network, "TR-2026-0417")
    lines = {one["message_id"]: one for one in found["sent"]}
    assert lines.keys() == {first, second, asked}
    assert {lines[first]["recipient"], lines[second]["recipient"]} == {"pk", "iq"}
    assert lines[first]["withdrawn"] == "recalled"
    assert lines[first]["passed_to"] == ["Coast guard"]
    assert [one["outcome"] for one in lines[first]["amendments"]] == ["passed_on"]
    assert (lines[first]["purpose"], lines[first]["type"]) == ("prevention", "warning.notice")
    assert lines[first]["agreement"] == went(network, "tr", first).agreement != ""
    assert [one["type"] for one in found["received"]] == ["recall.outcome"]


def test_a_report_is_found_by_id_and_thread_and_by_the_reference_of_the_other_side(
    network: SimulatedNetwork,
) -> None:
    ident = delivered(network, about(network, your_ref="PK/77"))
    for ref in ("TR-2026-0417", "PK/77", ident, went(network, "tr", ident).thread):
        assert [one["message_id"] for one in report(network, ref)["sent"]] == [ident], ref
    with pytest.raises(NotFound):
        report(network, "TR-2026-04")
    assert "TR-2026-0417" not in json.dumps(report(network, ident)["sent"])


def test_what_came_in_shows_with_the_units_that_have_it_and_where_it_was_given_out(
    network: SimulatedNetwork,
) -> None:
    ident = sensitive(network, "H1", own_ref="IQ-9")
    network.open_message("tr", ident)
    exported(network, ident, "analysis")
    [line] = report(network, "IQ-9")["received"]
    assert (line["sender"], line["units"]) == ("iq", ["contact-point"])
    assert (line["opened_by"], line["opened_at"] != "") == (OFFICER, True)
    [given] = line["given_out"]
    assert (given["use"], given["by"]) == ("analysis", OFFICER)


def test_after_erasing_the_id_still_answers_and_the_reference_no_more(
    network: SimulatedNetwork,
) -> None:
    ident = delivered(network, about(network))
    node = network.node("tr")
    node.vault.destroy([went(network, "tr", ident).key_id], "test", "2026-11-02T08:00:00.000Z")
    [line] = report(network, ident)["sent"]
    assert (line["recipient"], line["purpose"]) == ("pk", "")
    with pytest.raises(NotFound):
        report(network, "TR-2026-0417")


def test_a_report_is_logged_and_reason_and_reference_are_kept_encrypted(
    network: SimulatedNetwork,
) -> None:
    delivered(network, about(network))
    node = network.node("tr")
    made = report(network, "TR-2026-0417")["report_id"]
    [entry] = [e for e in entries(node, "access", "activity") if e["action"] == "subject-report"]
    assert (entry["actor"], entry["ref"]) == (OFFICER, made)
    [row] = node.store.rows(CommentRow, Where("message_id", "=", made))
    assert b"Complaint" not in row.content
    kept = json.loads(read_content(row, node.vault.get([row.key_id])[row.key_id])[0])
    assert kept == {"ref": "TR-2026-0417", "reason": "Complaint 12"}
    every = json.dumps(entries(node, "", "activity") + entries(node))
    assert "TR-2026-0417" not in every


@pytest.mark.parametrize(("ref", "reason"), [("", "why"), ("x" * 201, "why"), ("x", " ")])
def test_a_report_needs_a_reference_and_a_reason(
    network: SimulatedNetwork, ref: str, reason: str
) -> None:
    with pytest.raises(InvalidInput):
        network.node("tr").desk.subject_report(ref, reason, OFFICER)


def test_only_who_answers_for_data_may_ask(network: SimulatedNetwork) -> None:
    delivered(network, about(network))
    assert report(network, "TR-2026-0417", DESK)["sent"]
    with pytest.raises(NotAuthorised):
        report(network, "TR-2026-0417", "security")


# ---- copies, and the duty contact --------------------------------------------------------------


def test_copies_that_went_out_together_are_recalled_together(network: SimulatedNetwork) -> None:
    one, other = (delivered(network, warning(network, recipient=to)) for to in ("pk", "iq"))
    together = tuple(Update(OutboxRow, {"message_id": i}, {"batch": one}) for i in (one, other))
    network.node("tr").journal.write(Plan(changes=together))
    reached = network.node("tr").known.derivations.reach(other)
    assert {row.recipient for row in reached} == {"pk", "iq"}
    recall(network, one)
    assert untold(network) == {("iq", other)}


def test_no_delivery_is_made_where_no_program_calls_the_duty_contact(
    network: SimulatedNetwork,
) -> None:
    first = delivered(network, warning(network))
    asked = recall(network, first)
    network.clock.forward(days=4)
    network.run()
    store = network.node("tr").store
    assert store.rows(DeliveryRow, Where("message_id", "=", asked)) == []
    assert came(network, "pk", asked).type == "recall"


def test_the_duty_contact_is_called_for_an_overdue_recall_where_a_program_does_it(
    network: SimulatedNetwork,
) -> None:
    first = delivered(network, warning(network))
    asked = recall(network, first)
    node = network.node("tr")
    network.clock.forward(days=4)
    now = network.clock()
    OverdueRecalls(node.store, node.journal, lambda: "tr", "contact-point").tick(now)
    [item] = StoredDeliveries(node.store, node.vault, node.journal, lambda: "n").due(now, 9)
    assert (item.message_id, item.type, item.channel) == (asked, "recall", Channel.ESCALATE)
    assert (item.unit, item.message) == ("contact-point", b"")
    assert item.deadline is not None
    assert item.deadline < now


def test_what_was_erased_here_can_still_be_recalled_under_a_purpose_of_its_grant(
    network: SimulatedNetwork,
) -> None:
    ident = delivered(network, warning(network))
    node = network.node("tr")
    row = went(network, "tr", ident)
    node.vault.destroy([row.key_id], "test", "2026-11-02T08:00:00.000Z")
    [copy] = node.desk.copies(ident)
    signed = node.book.current.agreements[row.agreement].agreement
    [grant] = [one for one in signed.grants if one.id == row.grant_id]
    assert copy["purpose"] in {str(one) for one in grant.purposes}
    asked = recall(network, ident, purpose=copy["purpose"])
    assert went(network, "tr", asked).state in ("released", "relayed", "validated")
