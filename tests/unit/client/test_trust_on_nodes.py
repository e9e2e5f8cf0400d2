"""Notices, proposals and ends through the API and the client, at real nodes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from conversations import homes
from core_notices import agreement_text, lift, suspension
from relec_exchange.cli import home as place
from relec_exchange.cli import run
from relec_exchange.client import Client
from relec_exchange.client.wire import Wire
from relec_exchange.errors import InvalidInput, NotAuthorised
from relec_exchange.testing import OFFICER, SimulatedNetwork
from relec_exchange.trust.note import sign_text
from relec_exchange.trust.officer import OfficerKey
from served_nodes import served as serving
from served_nodes import short_directory

Served = tuple[SimulatedNetwork, Client, Client]


@pytest.fixture
def served() -> Iterator[Served]:
    """A network, and two clients of tr: its security officer and its duty officer."""
    with short_directory() as base:
        network = SimulatedNetwork(base, founded=homes())
        socket = network.home("tr") / "run" / "node.sock"
        security = network.home("tr") / "officers" / "security.key"
        key = OfficerKey.from_pkcs8(security.read_bytes(), None)
        with (
            serving(network, "tr"),
            Client.of(Wire(socket, "security", key, clock=network.clock)) as boss,
            Client.of(Wire(socket, OFFICER, network.key("tr"), clock=network.clock)) as duty,
        ):
            yield network, boss, duty
        network.close()


def test_a_security_officer_imports_a_notice_and_everybody_sees_it(served: Served) -> None:
    network, security, duty = served
    note = suspension(network, "tr", with_=("pk",), areas=("migrant_smuggling",))
    made = security.trust.import_notice(note.decode())
    assert (made["kind"], made["state"], made["number"]) == ("suspension", "effective", 1)
    assert made["areas"] == ["migrant_smuggling"]
    with pytest.raises(NotAuthorised):
        duty.trust.import_notice(note.decode())
    security.trust.import_notice(lift(network, note).decode())
    first, second = duty.trust.notices()
    assert (first["state"], second["action"], second["lifts"]) == ("over", "lift", [first["hash"]])
    network.run()
    assert len(network.node("pk").book.current.notices) == 2


def test_a_notice_that_nobody_signed_is_refused(served: Served) -> None:
    network, security, _ = served
    text = suspension(network, "tr", with_=("pk",)).decode().rsplit("\n\n", 1)[0] + "\n"
    with pytest.raises(InvalidInput, match="proof-signature"):
        security.trust.import_notice(sign_text(text, network.authority("pk")).decode())
    with pytest.raises(InvalidInput):
        security.trust.import_notice("nonsense\n")


def test_a_text_is_proposed_and_listed(served: Served) -> None:
    network, security, duty = served
    text = agreement_text(network, "tr", "pk")
    made = security.trust.propose(text, ["pk"])
    assert (made["proposer"], made["parties"], made["signed_by"]) == ("tr", ["tr", "pk"], [])
    with pytest.raises(NotAuthorised):
        duty.trust.propose(text, ["pk"])
    assert duty.trust.proposals() == [made]


def test_what_ends_is_listed_within_the_days_asked_for(served: Served) -> None:
    _, _, duty = served
    assert duty.trust.expiring(0) == []
    found = duty.trust.expiring(3650)
    assert {one["what"] for one in found} == {"card", "agreement", "sealing"}
    assert [one["ends_at"] for one in found] == sorted(one["ends_at"] for one in found)


Command = Callable[..., str]


@pytest.fixture
def command(
    served: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """A command of tr's duty officer; what it printed."""
    network, _, _ = served
    socket = network.home("tr") / "run" / "node.sock"

    def client(_place: place.Place) -> Client:
        return Client.of(Wire(socket, OFFICER, network.key("tr"), clock=network.clock))

    monkeypatch.setattr(place.Place, "client", client)

    def called(*words: str) -> str:
        assert run([*words]) == 0
        return capsys.readouterr().out

    return called


def test_the_commands_print_what_the_node_knows(served: Served, command: Command) -> None:
    network, security, _ = served
    security.trust.import_notice(suspension(network, "tr", with_=("pk",)).decode())
    text = agreement_text(network, "tr", "pk")
    made = security.trust.propose(text, ["pk"])
    assert "A simulated emergency." in command("notices")
    assert json.loads(command("notices", "--json"))["notices"][0]["partners"] == ["pk"]
    assert "Signed over the network" in command("proposals")
    assert command("proposals", made["hash"][:12]) == text
    assert "agreement" in command("expiring", "--days", "3650")
    assert json.loads(command("expiring", "--days", "0", "--json")) == {"expiring": []}
    assert "Alarms: 0" in command("status")
    assert json.loads(command("status", "--json"))["partners"][0]["clock_wrong"] is False
