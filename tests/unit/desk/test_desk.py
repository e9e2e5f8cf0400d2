"""The desks on two simulated nodes: what officers ask, what is logged, what is refused."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conversations import homes
from core_network import letter
from relec_exchange.audit.entry import decode_entry
from relec_exchange.audit.merkle import leaf_hash, verify_consistency, verify_inclusion
from relec_exchange.audit.proof import parse_proof
from relec_exchange.errors import Conflict, InvalidInput, NotAuthorised, NotFound
from relec_exchange.message.document import Message
from relec_exchange.message.identifiers import message_id
from relec_exchange.protection.model import QUESTIONS
from relec_exchange.records import EntryRow, Where
from relec_exchange.testing import OFFICER, SECOND, SimulatedNetwork


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedNetwork]:
    network = SimulatedNetwork(tmp_path_factory.mktemp("desk"), founded=homes())
    yield network
    network.close()


def warning(network: SimulatedNetwork, **fields: Any) -> Message:
    body = {
        "kind": "surge",
        "where": {"country": "TR"},
        "when": {"from": "2026-11-01", "to": "2026-11-01"},
        "what": "More departures than usual (simulated).",
    }
    return letter(network, "warning.notice", body, **fields)


def request(network: SimulatedNetwork) -> Message:
    body = {
        "questions": [{"number": 1, "text": "Is the stamp known?", "why": "A forged visa."}],
        "reasons": "A simulated case.",
    }
    fields = {
        "data_level": "nominal",
        "purpose": "criminal_investigation",
        "source_grade": None,
        "info_grade": None,
    }
    return letter(network, "info.request", body, **fields)


def activity(network: SimulatedNetwork, node: str, kind: str) -> list[dict[str, Any]]:
    rows = network.node(node).store.rows(EntryRow, Where("kind", "=", kind), order="idx")
    return [decode_entry(row.data) for row in rows]


def stages(network: SimulatedNetwork, node: str, message: Message) -> list[str]:
    line = network.node(node).desk.show(message.header.message_id, None)
    return [stage["stage"] for stage in line["stages"]]


def test_a_submitted_message_waits_until_another_signature_releases_it(
    network: SimulatedNetwork,
) -> None:
    message = warning(network)
    assert network.submit(message, release=False)["status"] == "submitted"
    network.run()
    desk = network.node("tr").desk
    assert network.node("pk").desk.core.incoming(message.header.message_id) is None
    line = desk.show(message.header.message_id, "out")
    with pytest.raises(NotAuthorised):
        desk.release(message.header.message_id, SECOND, bytes(64))
    signature = network.key("tr", SECOND).sign_release(bytes.fromhex(line["commitment"]))
    released = desk.release(message.header.message_id, SECOND, signature)
    network.run()
    assert released["status"] == "released"
    assert stages(network, "tr", message)[-1] == "validated"
    with pytest.raises(Conflict):
        desk.release(message.header.message_id, SECOND, signature)


def test_opening_is_logged_with_the_officers_signature_and_told_to_the_sender(
    network: SimulatedNetwork,
) -> None:
    message = warning(network)
    network.submit(message)
    network.run()
    opened = network.open_message("pk", message.header.message_id)
    network.run()
    assert opened["header"]["message_id"] == message.header.message_id
    entry = activity(network, "pk", "opened_message")[-1]
    assert (entry["actor"], entry["id"]) == (OFFICER, message.header.message_id)
    assert stages(network, "tr", message)[-1] == "opened"


def test_opening_a_nominal_message_is_never_told(network: SimulatedNetwork) -> None:
    message = request(network)
    assert network.submit(message)["status"] == "released"
    network.run()
    network.open_message("pk", message.header.message_id)
    network.run()
    assert "opened" in stages(network, "pk", message)
    assert "opened" not in stages(network, "tr", message)


def test_a_wrong_signature_opens_nothing_and_logs_nothing(network: SimulatedNetwork) -> None:
    message = warning(network)
    network.submit(message)
    network.run()
    before = len(activity(network, "pk", "opened_message"))
    with pytest.raises(NotAuthorised):
        network.node("pk").desk.open(message.header.message_id, "in", OFFICER, bytes(64))
    assert len(activity(network, "pk", "opened_message")) == before


def test_a_refusal_names_its_rule_and_is_logged(network: SimulatedNetwork) -> None:
    message = warning(network, handling=["H2"], purpose="return_reintegration")
    result = network.submit(message)
    error: Any = result["error"]
    assert (result["status"], error["code"]) == ("refused", "refused")
    assert error["rule"]
    network.node("tr").journal.drain()
    logged = activity(network, "tr", "decision")[-1]
    assert (logged["outcome"], logged["id"]) == ("refused", message.header.message_id)


def test_the_same_submission_again_gets_the_same_answer_and_no_second_message(
    network: SimulatedNetwork,
) -> None:
    message = warning(network)
    key, salt = network._keys["tr"], os.urandom(32)
    from relec_exchange.audit.entry import commitment

    digest = commitment(salt, message.raw)
    item = {
        "idempotency_key": "report-7",
        "message": message.raw,
        "salt": salt,
        "submit": {"officer": OFFICER, "signature": key.sign_submit(digest)},
        "release": {
            "officer": SECOND,
            "signature": network.key("tr", SECOND).sign_release(digest),
        },
        "answers": [
            {"question": one, "officer": OFFICER, "signature": key.sign_answer(one, digest)}
            for one in QUESTIONS
        ],
    }
    desk = network.node("tr").desk
    first, again = desk.submit([item])[0], desk.submit([item])[0]
    assert first == again
    assert first["status"] == "released"
    other = {**item, "salt": os.urandom(32)}
    assert desk.submit([other])[0]["error"]["code"] == "conflict"


def test_an_unreadable_draft_is_refused_with_the_field(network: SimulatedNetwork) -> None:
    raw = warning(network).raw.replace(b'"surge"', b'"surf"')
    item = {
        "idempotency_key": "bad",
        "message": raw,
        "salt": bytes(32),
        "submit": {"officer": OFFICER, "signature": bytes(64)},
        "release": None,
    }
    error = network.node("tr").desk.submit([item])[0]["error"]
    assert error["code"] == "invalid-input"
    assert "body.kind" in error["message"]


def test_the_inbox_is_paged_and_filtered(network: SimulatedNetwork) -> None:
    for _ in range(3):
        network.submit(warning(network))
    network.run()
    desk = network.node("pk").desk
    page = desk.inbox({"after": 0, "limit": 2, "peer": "tr"})
    assert len(page["items"]) == 2
    rest = desk.inbox({"after": page["next"], "limit": 500, "peer": "tr"})
    assert rest["next"] is None
    assert {i["row"] for i in page["items"]}.isdisjoint(i["row"] for i in rest["items"])
    assert desk.inbox({"after": 0, "limit": 10, "peer": "iq"})["items"] == []


def test_proofs_of_both_logs_verify(network: SimulatedNetwork) -> None:
    desk = network.node("tr").desk
    for log in ("exchange", "activity"):
        head = desk.audit_head(log)
        root = bytes.fromhex(head["root"])
        entries = desk.audit_entries(log, 0, 1000)
        assert [e["index"] for e in entries] == list(range(head["size"]))
        last = entries[-1]
        proof = parse_proof(desk.audit_proof(log, last["index"], None).encode())
        leaf = leaf_hash(base64.b64decode(last["entry"]))
        verify_inclusion(leaf, proof.index, head["size"], proof.path, root)
        hashes = desk.audit_consistency(log, 1, head["size"])
        verify_consistency(1, bytes.fromhex(entries[0]["leaf"]), head["size"], root, hashes)
    with pytest.raises(InvalidInput):
        desk.audit_proof("exchange", 10**9, None)


def test_evidence_holds_the_entry_its_proof_and_the_recipients_receipts(
    network: SimulatedNetwork,
) -> None:
    message = warning(network)
    network.submit(message)
    network.run()
    sent = network.node("tr").desk.evidence(message.header.message_id, "out")
    received = network.node("pk").desk.evidence(message.header.message_id, "in")
    assert sent["entry"] == received["entry"]
    leaf = leaf_hash(base64.b64decode(sent["entry"])).hex()
    receipt = json.loads(base64.b64decode(sent["receipts"][0]["message"]))
    assert leaf in [item["leaf"] for item in receipt["body"]["items"]]
    assert sent["agreement"] == received["agreement"] != ""


def test_a_message_nobody_knows_is_not_found(network: SimulatedNetwork) -> None:
    with pytest.raises(NotFound):
        network.node("tr").desk.show(message_id(network.clock(), os.urandom(10)), None)


def test_check_answers_with_the_grant_or_the_rule(network: SimulatedNetwork) -> None:
    desk = network.node("tr").desk
    question = {
        "sender": "tr",
        "recipient": "pk",
        "type": "stat.report",
        "area": "irregular_migration",
        "purpose": "situational_awareness",
        "data_level": "aggregate",
        "handling": ["H0"],
        "at": None,
    }
    allowed = desk.check(question)
    assert allowed["allowed"]
    assert allowed["grant"]
    denied = desk.check({**question, "handling": ["H3"]})
    assert not denied["allowed"]
    assert denied["rule"]


def test_the_node_survives_a_restart_with_everything_it_had(
    network: SimulatedNetwork, tmp_path: Path
) -> None:
    message = warning(network)
    network.submit(message)
    network.run()
    before = network.node("tr").desk.audit_head("exchange")
    network.close("tr")
    network.open("tr")
    network.run()
    after = network.node("tr").desk.audit_head("exchange")
    assert after["size"] >= before["size"]
    assert stages(network, "tr", message)[-1] == "validated"
