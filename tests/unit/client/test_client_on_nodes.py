"""The SDK, the API and real nodes together, in a simulated network with a steered clock."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conversations import homes
from relec_exchange.cli.log_check import check_log, check_proof, log_key
from relec_exchange.client import Client, Draft
from relec_exchange.errors import NotFound, Refused
from relec_exchange.message.encoding import unb64
from relec_exchange.testing import OFFICER, SimulatedNetwork
from relec_exchange.trust.card import parse_card
from served_nodes import clients_of, short_directory

NODES = ("tr", "pk")


@pytest.fixture(scope="module")
def network() -> Iterator[SimulatedNetwork]:
    with short_directory() as base:
        network = SimulatedNetwork(base, founded=homes(names=NODES))
        yield network
        network.close()


@pytest.fixture(scope="module")
def clients(network: SimulatedNetwork) -> Iterator[dict[str, Client]]:
    with clients_of(network) as made:
        yield {n if o == OFFICER else f"{n}/{o}": client for (n, o), client in made.items()}


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
    answers = ("no-person-recognisable",)
    [sent] = clients["tr"].submit(type="warning.notice", to="pk", body=body, answers=answers)
    assert (sent.status, sent.needs) == ("submitted", ("release",))
    assert clients["tr/second"].release(sent.message_id).status == "released"
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


WARNING = {
    "kind": "surge",
    "where": {"country": "TR"},
    "when": {"from": "2026-11-01", "to": "2026-11-02"},
    "what": "More boats than in other weeks",
}


def test_a_check_tells_what_a_submission_would_wait_for(clients: dict[str, Client]) -> None:
    document = clients["tr"].compose(Draft("warning.notice", "pk", WARNING))
    [told] = clients["tr"].check([document])
    assert "answer:no-person-recognisable" in told["needs"]
    assert {finding["effect"] for finding in told["findings"]} <= {"ask", "second"}
    [sent] = clients["tr"].submit_documents([document], [document.header.message_id])
    assert sent.status == "held"
    assert set(told["needs"]) <= {*sent.needs, "release"}


def test_a_held_message_is_answered_returned_and_made_anew(clients: dict[str, Client]) -> None:
    [sent] = clients["tr"].submit(type="warning.notice", to="pk", body=WARNING)
    answered = clients["tr"].answer_question(sent.message_id, "no-person-recognisable")
    assert answered.status in ("submitted", "released")
    [other] = clients["tr"].submit(type="warning.notice", to="pk", body=WARNING)
    assert clients["tr/second"].send_back(other.message_id, "Where exactly?").status == "returned"
    assert clients["tr"].comments(other.message_id)[0]["comment"] == "Where exactly?"
    with pytest.raises(Refused):
        clients["tr"].wait(other.message_id, "validated", 1)


def test_copies_of_one_message_share_a_batch(clients: dict[str, Client]) -> None:
    drafts = [Draft("test.ping", "pk", {"text": str(n)}) for n in range(2)]
    documents = [clients["tr"].compose(draft) for draft in drafts]
    sent = clients["tr"].submit_documents(documents, [d.header.message_id for d in documents])
    batches = {clients["tr"].show(one.message_id, "out")["batch"] for one in sent}
    assert batches == {documents[0].header.message_id}


def test_a_draft_is_kept_for_the_unit_and_for_nobody_else(clients: dict[str, Client]) -> None:
    line = clients["tr"].drafts.save("warning.notice", ["pk"], {"what": "half a senten"})
    ident = line["draft_id"]
    assert clients["tr/second"].drafts.get(ident)["body"] == {"what": "half a senten"}
    assert ident not in [one["draft_id"] for one in clients["tr/desk"].drafts.list()]
    with pytest.raises(NotFound):
        clients["tr/desk"].drafts.get(ident)
    again = clients["tr/second"].drafts.save("warning.notice", ["pk"], WARNING, draft_id=ident)
    assert (again["draft_id"], again["officer"]) == (ident, "second")
    assert clients["tr"].drafts.get(ident)["body"] == WARNING
    clients["tr"].drafts.delete(ident)
    with pytest.raises(NotFound):
        clients["tr"].drafts.get(ident)


PATHS = """
/v1/node /v1/inbox /v1/outbox /v1/gaps /v1/contacts /v1/cards /v1/agreements /v1/cards/pk
/v1/audit/exchange /v1/events?wait=0 /v1/drafts
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
    decided = clients["tr"].wire.post("/v1/decisions", question)
    assert decided["allowed"]
    assert decided["grant"]
    assert decided["grant"] in decided["text"]
    held = clients["tr"].wire.get("/v1/agreements")["agreements"]
    assert decided["agreement"] in [one["hash"] for one in held]


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
