"""The SDK, the API and real nodes together, in a simulated network with a steered clock."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from relec_exchange.api import create_app
from relec_exchange.api.server import LocalServer
from relec_exchange.cli.log_check import check_log, check_proof, log_key
from relec_exchange.client import Client, Draft
from relec_exchange.client.wire import Wire
from relec_exchange.message.encoding import unb64
from relec_exchange.testing import OFFICER, SimulatedNetwork
from relec_exchange.trust.card import parse_card
from relec_exchange.trust.officer import OfficerKey

NODES = ("tr", "pk")


@pytest.fixture(scope="module")
def network() -> Iterator[SimulatedNetwork]:
    base = Path(tempfile.mkdtemp(prefix="rl"))
    network = SimulatedNetwork(base, NODES)
    network.run()
    yield network
    network.close()
    shutil.rmtree(base)


@pytest.fixture(scope="module")
def clients(network: SimulatedNetwork) -> Iterator[dict[str, Client]]:
    servers, clients = [], {}
    for name in NODES:
        path = network.home(name) / "run" / "node.sock"
        server = LocalServer(create_app(network.node(name).desk), path)
        server.start()
        servers.append(server)
        key: OfficerKey = network._keys[name]
        clients[name] = Client.of(Wire(path, OFFICER, key, clock=network.clock))
    yield clients
    for client in clients.values():
        client.close()
    for server in servers:
        server.stop()


def test_a_message_goes_all_the_way_and_back(
    network: SimulatedNetwork, clients: dict[str, Client]
) -> None:
    [sent] = clients["tr"].submit(type="test.ping", to="pk", body={"text": "merhaba"})
    network.run()
    assert sent.check().status == "released"
    assert clients["tr"].wait(sent.message_id, "validated", 1)["receipts"]
    [arrived] = [m for m in clients["pk"].messages() if m.message_id == sent.message_id]
    assert arrived.open().body == {"text": "merhaba"}
    network.run()
    assert clients["tr"].show(sent.message_id, "out")["state"] in ("opened", "answered")


def test_a_warning_is_acknowledged(network: SimulatedNetwork, clients: dict[str, Client]) -> None:
    body = {
        "kind": "surge",
        "where": {"country": "TR"},
        "when": {"from": "2026-11-01", "to": "2026-11-02"},
        "what": "Many",
    }
    [sent] = clients["tr"].submit(type="warning.notice", to="pk", body=body)
    network.run()
    answer = clients["pk"].ack(sent.message_id, "Noted")
    network.run()
    assert answer.check().status == "released"
    assert clients["tr"].wait(sent.message_id, "answered", 1)["state"] == "answered"


def test_a_message_can_be_read_before_a_second_officer_releases_it(
    network: SimulatedNetwork, clients: dict[str, Client]
) -> None:
    draft = Draft("test.ping", "pk", {"text": "read me first"})
    waiting = network.submit(clients["tr"].compose(draft), release=False)
    message_id = str(waiting["message_id"])
    assert clients["tr"].open(message_id, "out").body == {"text": "read me first"}
    assert clients["tr"].show(message_id, "out")["state"] == "submitted"
    assert clients["tr"].release(message_id).status == "released"
    network.run()
    assert clients["pk"].show(message_id, "in")["state"] == "answered"  # by the node itself


PATHS = """
/v1/node /v1/inbox /v1/outbox /v1/gaps /v1/contacts /v1/cards /v1/agreements /v1/cards/pk
/v1/audit/exchange /v1/events?wait=0
"""


@pytest.mark.parametrize("path", PATHS.split())
def test_what_the_node_answers_fits_the_models(clients: dict[str, Client], path: str) -> None:
    assert clients["tr"].wire.get(path)


def test_a_decision_names_the_grant(clients: dict[str, Client]) -> None:
    question = {
        "sender": "tr",
        "recipient": "pk",
        "type": "warning.notice",
        "area": "migrant_smuggling",
        "purpose": "prevention",
        "data_level": "non_nominal",
        "handling": ["H0"],
        "at": None,
    }
    assert clients["tr"].wire.post("/v1/decisions", question)["allowed"]


def test_the_logs_of_real_nodes_pass_the_offline_check(
    network: SimulatedNetwork, clients: dict[str, Client]
) -> None:
    desk = network.node("tr").desk
    card = parse_card(desk.card("tr")["note"].encode()).card
    for log in ("exchange", "activity"):
        head = desk.audit_head(log)
        checked = check_log(
            head["origin"],
            head["size"],
            lambda start, log=log: [unb64(e["entry"]) for e in desk.audit_entries(log, start, 7)],  # type: ignore[misc]
            head["checkpoint"].encode(),
            log_key(card, head["origin"]),
        )
        assert checked.tree.size == head["size"]
    [sent] = clients["tr"].submit(type="test.ping", to="pk", body={"text": "proof"})
    network.run()
    evidence = desk.evidence(sent.message_id, "out")
    proven = check_proof(evidence["proof"].encode(), unb64(evidence["entry"]), card)
    assert proven.entry["id"] == sent.message_id
    receipt = evidence["receipts"][0]
    peer = parse_card(desk.card("pk")["note"].encode()).card
    assert check_proof(receipt["proof"].encode(), unb64(receipt["entry"]), peer).entry["to"] == "tr"
