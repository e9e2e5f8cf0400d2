"""Commands about conversations, recalls and the protection desk, as a user runs them on a node."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import Relec, Run, at_nodes, ok

from conversations import delivered, homes, person, request_about
from core_network import warning
from relec_exchange.testing import DESK, OFFICER, SECOND, SimulatedNetwork
from served_nodes import present_network

NAME = "Zarifa Simulated"


@pytest.fixture(scope="module")
def network() -> Iterator[SimulatedNetwork]:
    """tr and pk, served, at the time of this machine; officers' keys lie in their homes."""
    with present_network(("tr", "pk"), (OFFICER, SECOND, DESK), homes()) as network:
        yield network


@pytest.fixture
def at(relec: Relec, network: SimulatedNetwork) -> Run:
    return at_nodes(relec, network)


@pytest.fixture
def entry(tmp_path: Path) -> Path:
    file = tmp_path / "entry.toml"
    file.write_text(f'names = ["{NAME}"]\nfears = ["AFG"]\n')
    return file


def test_the_register_and_its_holds(at: Run, network: SimulatedNetwork, entry: Path) -> None:
    added = ok(at("pk", DESK, "register", "add", "--file", entry, "--json"))
    assert added["entry"]["names"] == [NAME]
    ident = delivered(network, request_about(network, person(NAME)))
    assert "held" in ok(at("pk", OFFICER, "inbox"))
    assert at("pk", OFFICER, "show", ident, "--open").code == 3
    held = ok(at("pk", DESK, "hold", "list", "--json"))["holds"]
    assert [one["message_id"] for one in held] == [ident]
    assert ident in ok(at("pk", DESK, "hold", "list"))
    assert ok(at("pk", DESK, "hold", "replay", ident, "--json"))["same"]
    assert "outcome" in ok(at("pk", DESK, "hold", "replay", ident))
    assert at("pk", OFFICER, "hold", "list").code == 4
    assert "received" in ok(at("pk", DESK, "hold", "free", ident, "--yes"))
    assert at("pk", DESK, "hold", "free", ident, "--yes").code == 5
    assert NAME in ok(at("pk", DESK, "register", "list"))
    assert ok(at("pk", DESK, "register", "end", added["entry_id"], "--yes", "--json"))["ended_at"]
    assert ok(at("pk", DESK, "register", "list", "--json"))["entries"] == []


@pytest.mark.parametrize("text", ["names = [", '{"names": 3}', "", 'name = ["x"]'])
def test_an_entry_that_cannot_be_used_is_refused_and_quoted_nowhere(
    at: Run, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "entry"
    file.write_text(text + "\n# Secret Person\n")
    done = at("pk", DESK, "register", "add", "--file", file, "--json")
    assert done.code == 2
    assert done.error()["field"]
    assert "Secret" not in done.err


def test_a_question_its_answer_and_the_thread(at: Run, network: SimulatedNetwork) -> None:
    ident = delivered(network, request_about(network))
    checked = ("--protection-checked", "--nobody-recognisable")
    done = ok(at("pk", OFFICER, "clarify", ident, "--item", "1=Which?", *checked, "--json"))
    question = done["sent"][0]["message_id"]
    at("pk", SECOND, "release", question, "--yes", *checked)
    owed = {
        line["message_id"]: line
        for line in ok(at("tr", OFFICER, "deadlines", "--json"))["deadlines"]
    }
    assert (owed[ident]["stage"], owed[question]["owed_by"]) == ("paused", "tr")
    assert "paused" in ok(at("tr", OFFICER, "deadlines"))
    thread = ok(at("tr", OFFICER, "thread", question, "--json"))
    assert [one["message_id"] for one in thread["messages"]] == [ident, question]
    assert "info.clarify" in ok(at("tr", OFFICER, "thread", ident))
    assert at("pk", OFFICER, "clarify", ident, "--item", "no number").code == 2


def test_a_request_is_closed_and_nothing_is_sent(at: Run, network: SimulatedNetwork) -> None:
    ident = delivered(network, request_about(network))
    closed = ok(at("pk", OFFICER, "reply", ident, "--nothing", "--json"))
    assert closed["closed_by"] == OFFICER
    assert "reply at" in ok(at("pk", OFFICER, "show", ident))
    assert at("pk", OFFICER, "reply", ident, "--nothing").code == 6


def test_a_recall_is_shown_confirmed_sent_and_answered(at: Run, network: SimulatedNetwork) -> None:
    ident = delivered(network, warning(network))
    recall = ("recall", ident, "--reason", "inaccurate", "--why", "A wrong place.")
    read = "--nobody-recognisable"
    assert at("tr", OFFICER, *recall, "--json").code == 2
    sent = ok(at("tr", OFFICER, *recall, "--yes", read, "--json"))["sent"]
    back = sent[0]["message_id"]
    at("tr", SECOND, "release", back, "--yes", read)
    assert "recalled" in ok(at("pk", OFFICER, "inbox"))
    assert "recalled" in ok(at("tr", OFFICER, "outbox"))
    ok(at("pk", OFFICER, "outcome", back, "used", "--note", "Told.", read, "--json"))
    assert at("pk", OFFICER, "outcome", ident, "used").code == 2


def test_a_correction_needs_a_field(at: Run, network: SimulatedNetwork) -> None:
    ident = delivered(network, warning(network))
    why = ("--why", "A typing error.", "--yes")
    assert at("tr", OFFICER, "correct", ident, *why).code == 2
    assert at("tr", OFFICER, "correct", ident, *why, "--set", "what=x").code == 2
    changed = ("--set", "/body/what=Fewer", "--remove", "/body/routes")
    done = ok(
        at("tr", OFFICER, "correct", ident, *why, *changed, "--nobody-recognisable", "--json")
    )
    assert [one["recipient"] for one in done["sent"]] == ["pk"]


def test_contacts_have_units(at: Run) -> None:
    assert "tr" in ok(at("pk", OFFICER, "contacts"))
    found = json.loads(at("pk", OFFICER, "contacts", "--json").out)["contacts"]
    assert all("units" in one for one in found)
