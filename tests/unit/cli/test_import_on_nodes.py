"""`relec import` and `relec extract` on two simulated nodes, with every rule in force."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from commands import Relec, Run, at_nodes

from conversations import homes
from relec_exchange.message.document import parse_message
from relec_exchange.records import InboxRow, OutboxRow, Where
from relec_exchange.testing import OFFICER, SECOND, SimulatedNetwork
from served_nodes import present_network

ROOT = Path(__file__).parents[3]
MAPPING = ROOT / "config" / "import" / "detections.toml"
NUMBERED = '\n[columns.reference]\ncolumn = "number"\n'


@pytest.fixture(scope="module")
def network() -> Iterator[SimulatedNetwork]:
    """tr and pk; tr is served at the time of this machine, with its officers' keys."""
    with present_network(("tr",), (OFFICER, SECOND), homes()) as network:
        yield network


@pytest.fixture
def at(relec: Relec, network: SimulatedNetwork) -> Run:
    """`relec` at tr as an officer: at("duty", "outbox")."""
    return partial(at_nodes(relec, network), "tr")


def figures(january: int, february: int) -> str:
    return (
        "month,route,border_type,citizenship,detections\n"
        f"2024-01,Route,Sea,AFG,{january}\n2024-02,Route,Sea,AFG,{february}\n"
    )


def received(network: SimulatedNetwork) -> list[dict[str, Any]]:
    """Header and body of every report that pk holds."""
    core = network.node("pk").desk.core
    rows = core.store.rows(InboxRow, Where("type", "=", "stat.report"), order="row")
    found = []
    for row in rows:
        message = parse_message(core.content(row)[0])
        found.append({
            "header": message.header.model_dump(mode="json", exclude_none=True),
            "body": message.body.model_dump(mode="json", exclude_none=True),
            "withdrawn": row.withdrawn,
        })  # fmt: skip
    return found


def test_a_first_import_waits_for_a_second_officer_who_has_the_same_file(
    at: Run, network: SimulatedNetwork, tmp_path: Path
) -> None:
    file = tmp_path / "figures.csv"
    file.write_text(figures(30, 40))
    asked = ("import", file, "--mapping", MAPPING, "--to", "pk", "--json")
    held = at(OFFICER, *asked, "--yes")
    assert (held.json()["waiting"], received(network)) == (1, [])
    [row] = network.node("tr").store.rows(OutboxRow, Where("type", "=", "stat.report"))
    assert row.needs == "answer:no-person-recognisable release"
    assert at(OFFICER, "answer", row.message_id, "--nobody-recognisable", "--yes").code == 0
    again = at(OFFICER, *asked, "--yes", "--nobody-recognisable").json()
    assert (again["unchanged"], again["sent"]["sent"]) == (1, 0)
    # Another file than the one that waits releases nothing.
    file.write_text(figures(31, 40))
    assert at(SECOND, *asked, "--release", "--yes").json()["waiting"] == 0
    file.write_text(figures(30, 40))
    done = at(SECOND, *asked, "--release", "--yes")
    assert done.json() == {"waiting": 1, "released": 1, "refused": []}
    [report] = received(network)
    assert [one["value"] for one in report["body"]["rows"]] == [30, 40]


def test_the_next_state_of_the_file_replaces_the_report_at_the_recipient(
    at: Run, network: SimulatedNetwork, tmp_path: Path
) -> None:
    file = tmp_path / "figures.csv"
    file.write_text(figures(3, 40))
    asked = ("import", file, "--mapping", MAPPING, "--to", "pk", "--json", "--nobody-recognisable")
    dry = at(SECOND, *asked, "--dry-run").json()
    assert (dry["changed"], dry["suppressed"]) == (1, 1)
    # Whichever officer imports: the node knows what it sent.
    done = at(SECOND, *asked, "--yes")
    assert done.json()["sent"] == {"sent": 1, "sent_before": 0, "refused": 0}, done.err
    first, second = received(network)
    assert second["body"]["revision"] == 2
    assert second["header"]["supersedes"] == first["header"]["message_id"]
    assert first["withdrawn"] == "superseded"
    assert [one.get("value") for one in second["body"]["rows"]] == [None, 40]
    file.write_text(figures(300, 40))
    assert at(OFFICER, *asked, "--yes").json()["sent"]["sent"] == 1
    *_, third = received(network)
    assert third["body"]["revision"] == 3
    assert third["body"]["rows"][0].get("value") is None
    assert third["body"]["rows"][0]["suppressed"] is True


def test_a_numbered_incident_that_changed_reaches_the_recipient_as_an_update(
    at: Run, network: SimulatedNetwork, tmp_path: Path
) -> None:
    text = (ROOT / "config" / "import" / "incidents.toml").read_text("utf-8")
    mapping = tmp_path / "numbered.toml"
    mapping.write_text(text + NUMBERED, encoding="utf-8")
    file = tmp_path / "incidents.csv"
    head = (
        "number,date,incident_type,route,country,location,latitude,longitude,cause,"
        "dead_or_missing,survivors,origin\n"
    )
    row = "7,2026-11-05,Incident,R,TUR,Near the coast,38.1,26.9,Drowning,{dead},,AFG\n"
    asked = ("import", file, "--mapping", mapping, "--to", "pk", "--json", "--nobody-recognisable")
    for dead in (3, 5):
        file.write_text(head + row.format(dead=dead))
        done = at(OFFICER, *asked, "--yes")
        told = done.json()
        assert (told["sent"]["sent"], told["waiting"]) == (1, 0), (done.out, done.err)
    rows = network.node("pk").store.rows(
        InboxRow, Where("type", "in", ["warning.notice", "warning.update"]), order="row"
    )
    assert [(one.type, one.withdrawn) for one in rows] == [
        ("warning.notice", "superseded"),
        ("warning.update", ""),
    ]


def test_an_extract_of_an_own_warning_is_made_released_and_exported(
    at: Run, network: SimulatedNetwork, tmp_path: Path
) -> None:
    rows = network.node("tr").store.rows(OutboxRow, Where("type", "=", "warning.update"))
    made = at(OFFICER, "extract", "make", rows[0].message_id, "--json")
    assert made.code == 0, made.err
    extract = made.json()["extract_id"]
    assert at(OFFICER, "extract", "release", extract, "--yes").code == 4
    assert at(SECOND, "extract", "release", extract, "--yes").code == 0
    page = tmp_path / "page.html"
    assert at(OFFICER, "extract", "export", extract, "-o", page, "--html").code == 0
    assert "deadly incident" in page.read_text("utf-8")
    assert "Near the coast" not in page.read_text("utf-8")
