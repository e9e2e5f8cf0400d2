"""What is withheld, as an officer sees it: before signing, when reading, and when disclosing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from commands import Relec, Run, at_nodes

from conversations import homes
from core_terms import withhold
from relec_exchange.testing import OFFICER, SECOND, SimulatedNetwork
from served_nodes import present_network

PLACE = "/body/persons/0/birth"
BODY: dict[str, Any] = {
    "questions": [{"number": 1, "text": "Is the stamp known?", "why": "A forged visa."}],
    "reasons": "A simulated case.",
    "persons": [
        {
            "category": "contact",
            "names": [{"text": "Zarifa Simulated", "kind": "birth", "script": "Latn"}],
            "citizenships": ["SYR"],
            "birth": {"date": "1981-05-09", "precision": "day"},
            "guardian_note": "Nobody",
        }
    ],
}


@pytest.fixture(scope="module")
def network() -> Iterator[SimulatedNetwork]:
    """tr and pk, served, at the time of this machine; their agreement withholds two fields."""
    with present_network(("tr", "pk"), (OFFICER, SECOND), homes()) as network:
        withhold(network, ("tr", "pk"), "body.persons.birth", "body.persons.guardian_note")
        yield network


@pytest.fixture
def at(relec: Relec, network: SimulatedNetwork) -> Run:
    return at_nodes(relec, network)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    header = {"data_level": "nominal", "purpose": "criminal_investigation"}
    path = tmp_path / "request.json"
    path.write_text(json.dumps({"type": "info.request", "header": header, "body": BODY}))
    return path


def test_a_dry_run_names_what_is_cut_for_each_recipient(at: Run, file: Path) -> None:
    done = at("tr", OFFICER, "send", file, "--to", "pk", "--dry-run", "--json")
    [listed] = done.json()["recipients"]
    assert listed["withheld"] == [
        {"path": PLACE, "line": True},
        {"path": "/body/persons/0/guardian_note", "line": False},
    ]
    shown = at("tr", OFFICER, "send", file, "--to", "pk", "--dry-run").out
    assert "Withheld by the agreement" in shown
    assert "leaves no trace" in shown
    assert "1981" not in shown


def test_a_field_is_read_as_withheld_and_after_its_disclosure_as_proven(
    at: Run, file: Path, network: SimulatedNetwork
) -> None:
    yes = ("--yes", "--protection-checked", "--nobody-recognisable", "--json")
    [sent] = at("tr", OFFICER, "send", file, "--to", "pk", *yes).json()["sent"]
    ident = sent["message_id"]
    at("tr", SECOND, "release", ident, "--yes", "--json")
    [line] = at("pk", OFFICER, "show", ident, "--open", "--json").json()["content"]["withheld"]
    assert (line["path"], line["state"], line["value"]) == (PLACE, "withheld", "")
    [own] = at("tr", OFFICER, "show", ident, "--open", "--direction", "out", "--json").json()[
        "content"
    ]["withheld"]
    assert json.loads(own["value"]) == BODY["persons"][0]["birth"]
    why = ("--why", "The amended text allows it")
    refused = at("tr", OFFICER, "disclose", ident, PLACE, *why, *yes)
    assert refused.code == 3
    withhold(network, ("tr", "pk"))
    [told] = at("tr", OFFICER, "disclose", ident, PLACE, *why, *yes).json()["sent"]
    at("tr", SECOND, "release", told["message_id"], "--yes", "--json")
    [line] = at("pk", OFFICER, "show", ident, "--open", "--json").json()["content"]["withheld"]
    assert (line["state"], line["by"]) == ("disclosed", told["message_id"])
    assert json.loads(line["value"]) == BODY["persons"][0]["birth"]
    shown = at("pk", OFFICER, "show", ident, "--open").out
    assert "disclosed, proven unaltered" in shown
    withhold(network, ("tr", "pk"), "body.persons.birth", "body.persons.guardian_note")


def test_what_was_not_cut_cannot_be_disclosed(at: Run, file: Path) -> None:
    yes = ("--yes", "--protection-checked", "--json")
    [sent] = at("tr", OFFICER, "send", file, "--to", "pk", *yes).json()["sent"]
    at("tr", SECOND, "release", sent["message_id"], "--yes", "--json")
    silent = "/body/persons/0/guardian_note"
    done = at("tr", OFFICER, "disclose", sent["message_id"], silent, "--why", "No", *yes)
    assert done.code == 2
    assert PLACE in done.error()["remedy"]
