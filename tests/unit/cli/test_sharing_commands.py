"""Commands about who has what, as a user runs them: recalls, consents, export, subject."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from commands import Relec, Run, at_nodes, ok

from conversations import delivered, homes, person, request_about
from core_network import warning
from relec_exchange.testing import DESK, OFFICER, SECOND, SimulatedNetwork
from served_nodes import present_network
from sharing import plain


@pytest.fixture(scope="module")
def network() -> Iterator[SimulatedNetwork]:
    """tr and pk, served, at the time of this machine; officers' keys lie in their homes."""
    with present_network(("tr", "pk"), (OFFICER, SECOND, DESK), homes()) as network:
        yield network


@pytest.fixture
def at(relec: Relec, network: SimulatedNetwork) -> Run:
    return at_nodes(relec, network)


def recall_of(at: Run, ident: str, *more: str) -> str:
    reason = ("--reason", "inaccurate", "--why", "A wrong place.")
    done = ok(at("tr", OFFICER, "recall", ident, *reason, "--yes", "--json", *more))
    return str(done["sent"][0]["message_id"])


def test_recalls_lists_what_is_open_and_says_so_when_nothing_is(
    at: Run, network: SimulatedNetwork
) -> None:
    ident = delivered(network, warning(network))
    asked = recall_of(at, ident, "--nobody-recognisable")
    at("tr", SECOND, "release", asked, "--yes", "--nobody-recognisable")
    [group] = ok(at("tr", OFFICER, "recalls", "--json"))["recalls"]
    assert (group["recall_id"], group["open"], group["untold"]) == (asked, True, [])
    made = delivered(network, warning(network, derived_from=[ident]))
    text = ok(at("tr", OFFICER, "recalls"))
    assert made in text
    assert f"relec recall {made}" in text
    again = recall_of(at, ident, "--nobody-recognisable")
    at("tr", SECOND, "release", again, "--yes", "--nobody-recognisable")
    [about] = [g["messages"][0]["about"] for g in listed(at) if g["recall_id"] == again]
    assert about == made, "only who was not told is told now"
    for one in (asked, again):
        answer = (
            "outcome",
            one,
            "passed_on",
            "--passed-to",
            "Coast guard",
            "--nobody-recognisable",
        )
        back = ok(at("pk", OFFICER, *answer, "--json"))["sent"][0]["message_id"]
        at("pk", SECOND, "release", back, "--yes", "--nobody-recognisable")
    assert "Nothing is open" in ok(at("tr", OFFICER, "recalls"))
    assert "Coast guard" in ok(at("tr", OFFICER, "recalls", "--all"))


def listed(at: Run) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ok(at("tr", OFFICER, "recalls", "--json"))["recalls"]
    return found


def test_a_court_gets_a_file_with_conditions_once_the_provider_agreed(
    at: Run, network: SimulatedNetwork, tmp_path: Path
) -> None:
    ident = delivered(network, warning(network, handling=["H1"]))
    file = tmp_path / "case.json"
    export = ("export", ident, "--for", "court", "--out", file, "--yes")
    assert at("pk", OFFICER, *export).code == 6, "nobody has read it"
    ok(at("pk", OFFICER, "show", ident, "--open"))
    refused = at("pk", OFFICER, *export, "--json")
    assert (refused.code, refused.error()["rule"]) == (3, "P7-third-party")
    assert not file.exists()
    ask = {"message_id": ident, "use": "court", "why": "A trial."}
    ends = {"sender": "pk", "recipient": "tr"}
    request = delivered(network, plain(network, "consent.request", ask, **ends))
    assert "waiting" in ok(at("pk", OFFICER, "consents"))
    say = {"decision": "granted", "conditions": "In camera only."}
    delivered(network, plain(network, "consent.decision", say, in_reply_to=request))
    [line] = ok(at("pk", OFFICER, "consents", "--json"))["consents"]
    assert (line["state"], line["use"], line["message_id"]) == ("granted", "court", ident)
    told = ok(at("pk", OFFICER, *export))
    assert "In camera only." in told
    kept = json.loads(file.read_text("utf-8"))
    assert (kept["handling"], kept["conditions"][-1]) == (["H1"], "In camera only.")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert at("pk", OFFICER, *export).code == 2, "a file is never written over"
    assert at("pk", DESK, *export[:-2], tmp_path / "other.json", "--yes").code == 4


def test_a_unit_that_may_not_see_it_gets_no_file(
    at: Run, network: SimulatedNetwork, tmp_path: Path
) -> None:
    ident = delivered(network, warning(network, handling=["H2"]))
    ok(at("pk", OFFICER, "show", ident, "--open"))
    export = ("export", ident, "--for", "analysis", "--out")
    refused = at("pk", OFFICER, *export, tmp_path / "a", "--to-unit", "analysts", "--yes", "--json")
    assert (refused.code, refused.error()["field"]) == (3, "unit")
    done = ok(at("pk", OFFICER, *export, tmp_path / "b", "--yes", "--json"))
    assert (done["use"], done["unit"]) == ("analysis", "contact-point")
    assert at("pk", OFFICER, "show", ident, "--open").code == 0
    assert at("pk", DESK, "show", ident, "--open").code == 3


def test_who_received_data_is_shown_for_a_reference_and_needs_a_reason(
    at: Run, network: SimulatedNetwork
) -> None:
    ident = delivered(network, request_about(network, person("Simulated Other"), own_ref="TR-417"))
    assert at("tr", OFFICER, "subject", "report", "TR-417").code == 2
    why = ("--reason", "A request of the person (simulated)")
    found = ok(at("tr", OFFICER, "subject", "report", "TR-417", *why, "--json"))
    assert [one["message_id"] for one in found["sent"]] == [ident]
    text = ok(at("tr", OFFICER, "subject", "report", "TR-417", *why))
    assert ident in text
    assert "by grant" in text
    assert "Simulated Other" not in text
    assert at("tr", OFFICER, "subject", "report", "TR-000", *why).code == 5


def test_withdrawn_consent_is_for_messages_that_rest_on_consent(
    at: Run, network: SimulatedNetwork
) -> None:
    ident = delivered(network, warning(network))
    done = at("tr", OFFICER, "withdraw-consent", ident, "--yes", "--json")
    assert (done.code, done.error()["field"]) == (2, "message_id")
    back = {
        "planned_on": "2027-01-10",
        "basis": "informed_consent",
        "basis_on": "2026-11-01",
        "persons": [{**person("Simulated Returnee"), "category": "migrant"}],
    }
    fields = {"data_level": "nominal", "purpose": "return_reintegration"}
    notice = delivered(network, plain(network, "return.notice", back, **fields))
    checked = ("--nobody-recognisable", "--protection-checked")
    sent = ok(at("tr", OFFICER, "withdraw-consent", notice, "--yes", *checked, "--json"))["sent"]
    recall = sent[0]["message_id"]
    at("tr", SECOND, "release", recall, "--yes", *checked)
    body = ok(at("pk", OFFICER, "show", recall, "--open", "--json"))["content"]["body"]
    assert (body["reason"], body["message_id"]) == ("consent_withdrawn", notice)
