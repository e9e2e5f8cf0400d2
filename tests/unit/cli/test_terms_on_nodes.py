"""`relec agreement` at a node that runs: it knows what partners have sent, and tells them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import Relec, Result, Run, at_nodes

from conversations import homes
from relec_exchange.testing import OFFICER, PASSPHRASE, SimulatedNetwork
from relec_exchange.trust.note import split_note
from served_nodes import present_network


@pytest.fixture(scope="module")
def network() -> Iterator[SimulatedNetwork]:
    """tr and pk at the time of this machine; both are served."""
    with present_network(("tr", "pk"), (OFFICER,), homes()) as network:
        yield network


@pytest.fixture
def at(relec: Relec, network: SimulatedNetwork) -> Run:
    """`relec agreement` at a node as its security officer; then everything under way arrives."""

    def call(node: str, *arguments: object, officer: str = "security") -> Result:
        return at_nodes(relec, network)(node, officer, *arguments)

    return call


def drafted(at: Run, network: SimulatedNetwork, title: str) -> Path:
    file = network.home("tr") / "proposed.agreement"
    given = ("--with", "pk", "--title", title, "--legal-basis", "None (simulated)", "--out", file)
    assert at("tr", "agreement", "draft", *given).code == 0
    return file


def test_a_text_is_proposed_and_the_partner_reads_it(at: Run, network: SimulatedNetwork) -> None:
    file = drafted(at, network, "A proposal (simulated)")
    done = at("tr", "agreement", "propose", file, "--to", "pk", "--yes", "--json")
    assert done.code == 0, done.err
    assert done.json()["title"] == "A proposal (simulated)"
    found = at("pk", "proposals", done.json()["hash"][:8]).out
    assert found == file.read_text("utf-8")


def test_what_a_partner_has_sent_is_listed_shown_and_in_the_matrix(
    at: Run, network: SimulatedNetwork
) -> None:
    """A suspension of pk travels to tr, whose files have never seen it."""
    secret = network.home("pk") / "passphrase"
    secret.touch(mode=0o600)
    secret.write_text(PASSPHRASE)
    given = ("--with", "tr", "--type", "stat.report", "--reason", "Audit (simulated)", "--yes")
    done = at("pk", "agreement", "suspend", *given, "--authority-passphrase-file", secret, "--json")
    assert done.code == 0, done.err
    assert done.json()["told"]
    network.run()
    told = at("tr", "agreement", "matrix", "--json").json()
    [cell] = [
        one
        for one in told["cells"]
        if (one["from"], one["to"], one["group"]) == ("tr", "pk", "statistics")
    ]
    assert cell["suspended"] == ["stat.report"]
    said = at("tr", "agreement", "explain", "stat.report", "--to", "pk")
    assert said.code == 3
    assert "Audit (simulated)" in said.out
    lifted = ("--with", "tr", "--reason", "Done (simulated)", "--yes")
    done = at("pk", "agreement", "lift", *lifted, "--authority-passphrase-file", secret)
    assert done.code == 0, done.err
    assert at("tr", "agreement", "check", "stat.report", "--to", "pk").code == 0


def test_an_officer_who_may_not_is_refused_by_the_node(at: Run, network: SimulatedNetwork) -> None:
    file = drafted(at, network, "Not to be sent (simulated)")
    given = ("propose", file, "--to", "pk", "--yes", "--json")
    done = at("tr", "agreement", *given, officer=OFFICER)
    assert done.code == 4


def test_the_text_of_what_the_node_holds_is_shown(at: Run, network: SimulatedNetwork) -> None:
    held = network.node("tr").desk.core.directory.agreements
    for name, one in held.items():
        shown = at("tr", "agreement", "show", name[:12]).out
        assert shown.strip() == split_note(one.signed.note).text.decode().strip()
