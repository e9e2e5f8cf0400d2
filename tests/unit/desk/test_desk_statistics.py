"""What statistics are made of, on two simulated nodes: what is told, and what is logged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from conversations import homes
from core_network import letter
from relec_exchange.audit.entry import decode_entry
from relec_exchange.journal.plan import Plan
from relec_exchange.message.document import Message
from relec_exchange.message.identifiers import format_time
from relec_exchange.records import EntryRow, InboxRow, Update, Where
from relec_exchange.testing import SimulatedNetwork


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedNetwork]:
    network = SimulatedNetwork(tmp_path_factory.mktemp("statistics"), founded=homes())
    yield network
    network.close()


def message(network: SimulatedNetwork, kind: str, body: dict[str, Any], **given: Any) -> Message:
    level = {
        "area": "irregular_migration",
        "purpose": "situational_awareness",
        "data_level": "aggregate",
    }
    return letter(network, kind, body, **{**level, **given})


def report(network: SimulatedNetwork, value: int, **given: Any) -> Message:
    rows = [{"indicator": "fran.1a", "month": "2026-10", "value": value}]
    frame = {"reporting_country": "TR", "period": {"year": 2026, "month": 10}}
    return message(network, "stat.report", {**frame, "rows": rows}, **given)


def warning(network: SimulatedNetwork) -> Message:
    body = {
        "kind": "surge",
        "where": {"country": "IQ"},
        "when": {"from": "2026-11-01", "to": "2026-11-01"},
        "what": "More departures than usual (simulated).",
    }
    level = {"data_level": "non_nominal", "purpose": "prevention"}
    return message(network, "warning.notice", body, **level)


def asked(network: SimulatedNetwork, node: str, what: str, **given: Any) -> dict[str, Any]:
    filters = {"what": what, "direction": "in", "after": 0, "limit": 100, **given}
    return network.node(node).desk.statistics(filters, "duty")


def accesses(network: SimulatedNetwork, node: str) -> list[dict[str, Any]]:
    rows = network.node(node).store.rows(EntryRow, Where("kind", "=", "access"), order="idx")
    return [decode_entry(row.data) for row in rows]


def test_reports_come_with_their_bodies_page_by_page_and_each_page_is_logged(
    network: SimulatedNetwork,
) -> None:
    sent = [report(network, value) for value in (10, 20, 30)]
    for one in sent:
        assert network.submit(one)["status"] == "released"
    network.run()
    first = asked(network, "pk", "reports", limit=2)
    rest = asked(network, "pk", "reports", limit=2, after=first["next"])
    items = first["items"] + rest["items"]
    assert [one["body"]["rows"][0]["value"] for one in items] == [10, 20, 30]
    assert [one["message_id"] for one in items] == [one.header.message_id for one in sent]
    assert rest["next"] is None
    logged = accesses(network, "pk")[-2:]
    assert [(one["actor"], one["action"], one["ref"]) for one in logged] == [
        ("duty", "statistics", "reports")
    ] * 2


def test_own_reports_that_left_are_told_and_those_that_wait_are_not(
    network: SimulatedNetwork,
) -> None:
    waiting = report(network, 77)
    assert network.submit(waiting, release=False)["status"] == "submitted"
    told = asked(network, "tr", "reports", direction="out")["items"]
    assert 77 not in [one["body"]["rows"][0]["value"] for one in told]
    assert {one["sender"] for one in told} == {"tr"}
    assert all(one["received_at"] for one in told)


def test_of_a_warning_only_kind_and_country_are_told(network: SimulatedNetwork) -> None:
    network.submit(warning(network))
    network.run()
    [one] = asked(network, "pk", "warnings")["items"]
    assert (one["type"], one["kind"], one["country"]) == ("warning.notice", "surge", "IQ")
    assert "body" not in one
    assert "departures" not in str(one)


def test_what_the_protection_desk_holds_is_not_among_the_figures(network: SimulatedNetwork) -> None:
    node = network.node("pk")
    [*_, last] = node.store.rows(InboxRow, Where("type", "=", "stat.report"), order="row")
    change = Update(InboxRow, {"message_id": last.message_id}, {"state": "held"})
    node.desk.core.journal.write(Plan(changes=(change,)))
    ids = [one["message_id"] for one in asked(network, "pk", "reports")["items"]]
    assert last.message_id not in ids
    assert len(ids) == 2


def test_what_was_erased_is_gone_from_the_figures(network: SimulatedNetwork) -> None:
    core = network.node("pk").desk.core
    rows = core.store.rows(InboxRow, Where("type", "=", "stat.report"), order="row")
    core.vault.destroy([rows[0].key_id], "test", format_time(network.clock()))
    ids = [one["message_id"] for one in asked(network, "pk", "reports")["items"]]
    assert rows[0].message_id not in ids


def test_deadlines_tell_when_an_answer_was_due_and_no_content(network: SimulatedNetwork) -> None:
    body = {
        "questions": [{"number": 1, "text": "Is the stamp known?", "why": "A forged visa."}],
        "reasons": "A simulated case.",
    }
    fields = {"data_level": "nominal", "purpose": "criminal_investigation"}
    fields |= {"area": "migrant_smuggling", "source_grade": None, "info_grade": None}
    request = message(network, "info.request", body, **fields)
    assert network.submit(request)["status"] == "released"
    network.run()
    for node, direction in (("pk", "in"), ("tr", "out")):
        found = asked(network, node, "deadlines", direction=direction)["items"]
        [one] = [line for line in found if line["type"] == "info.request"]
        assert one["message_id"] == request.header.message_id
        assert one["due_at"] > one["received_at"]
        assert one["answered_at"] == ""
        assert "body" not in one
