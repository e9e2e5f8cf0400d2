"""Messages of a running network as evidence, judged by both implementations outside of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core_network import begun, entries, request, sent
from relec_exchange.audit.evidence_judging import judge_evidence
from relec_exchange.desk.evidence_trust import compared
from relec_exchange.errors import NotAuthorised, Refused
from relec_exchange.testing import DESK, OFFICER, SECOND, SimulatedNetwork
from relec_exchange.trust.officer import Act
from relec_verify.judging import judge

EXERCISE = ("tr", "pk", "iq")


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedNetwork]:
    """Three nodes after requests that were received, opened and witnessed."""
    with begun(tmp_path_factory.mktemp("evidence"), *EXERCISE) as made:
        yield made


@pytest.fixture(scope="module")
def ident(network: SimulatedNetwork) -> str:
    message = sent(network, request(network))
    network.run()
    network.open_message("pk", message)
    network.pass_minutes(10)
    return message


def whole(network: SimulatedNetwork, node: str, ident: str, officer: str = SECOND) -> Any:
    """The bundle with content, as an officer of the node signs for it."""
    desk = network.node(node).desk
    direction = "out" if node == "tr" else "in"
    leaf = bytes.fromhex(desk.show(ident, direction)["leaf"])
    signature = network.key(node, officer).sign(Act.EXPORT, leaf, "court")
    given = {"message_id": ident, "direction": direction, "reason": "case-17"}
    return desk.evidence_with_content(given, officer, signature)


def outside(network: SimulatedNetwork) -> dict[str, str]:
    return compared(network.node("iq").book.current)


def told(report: Any) -> list[tuple[str, str, str]]:
    return [(one.status, one.code, one.text) for one in report.statements]


@pytest.mark.parametrize("node", ["tr", "pk"])
def test_both_ends_export_evidence_that_a_stranger_finds_proven_and_witnessed(
    network: SimulatedNetwork, ident: str, node: str
) -> None:
    made = whole(network, node, ident)
    report = judge(made["bundle"].encode(), outside(network))
    proven = {one.code for one in report.statements if one.status == "proven"}
    assert report.outcome == made["outcome"] == "holds", told(report)
    assert {"sent", "content", "witnessed", "agreement", "grant", "policy"} <= proven
    assert ("receipt" if node == "tr" else "received") in proven


@pytest.mark.parametrize("node", ["tr", "pk"])
def test_both_implementations_say_the_same_of_an_export(
    network: SimulatedNetwork, ident: str, node: str
) -> None:
    data = whole(network, node, ident)["bundle"].encode()
    for known in (outside(network), {}, {"pk": outside(network)["pk"]}):
        assert told(judge_evidence(data, known)) == told(judge(data, known))


def test_with_the_commitment_alone_nothing_of_the_message_is_in_the_file(
    network: SimulatedNetwork, ident: str
) -> None:
    made = network.node("tr").desk.evidence_bundle(ident, "out", OFFICER, "case-17")
    report = judge(made["bundle"].encode(), outside(network))
    content = network.node("tr").desk.core.content(network.node("tr").desk.core.outgoing(ident))
    assert report.outcome == "holds"
    assert "content-absent" in {one.code for one in report.statements}
    assert content[0].decode() not in made["bundle"]


def test_what_was_just_sent_is_logged_and_said_not_to_be_witnessed(
    network: SimulatedNetwork,
) -> None:
    fresh = sent(network, request(network))
    made = network.node("tr").desk.evidence_bundle(fresh, "out", OFFICER, "")
    report = judge(made["bundle"].encode(), outside(network))
    codes = {one.code for one in report.statements if one.status == "not-proven"}
    assert {"witness-absent", "receipt-absent"} <= codes
    assert report.outcome == "holds"


def test_each_export_is_in_the_activity_log_with_who_made_it(
    network: SimulatedNetwork, ident: str
) -> None:
    node = network.node("pk")
    before = len(entries(node, "exported", "activity"))
    whole(network, "pk", ident)
    node.desk.evidence_bundle(ident, "in", OFFICER, "case-17")
    exported = entries(node, "exported", "activity")[before:]
    looked = [e for e in entries(node, "access", "activity") if e["action"] == "evidence"]
    assert [(one["actor"], one["use"], one["id"]) for one in exported] == [(SECOND, "court", ident)]
    assert looked[-1]["actor"] == OFFICER
    assert looked[-1]["ref"] == f"{ident}/case-17"


def test_nobody_exports_content_without_the_role_and_the_signature(
    network: SimulatedNetwork, ident: str
) -> None:
    desk = network.node("tr").desk
    given = {"message_id": ident, "direction": "out", "reason": ""}
    with pytest.raises(NotAuthorised):
        desk.evidence_with_content(given, SECOND, bytes(64))
    with pytest.raises(NotAuthorised):
        whole(network, "tr", ident, DESK)


def test_under_h1_content_is_no_evidence_without_its_provider_and_the_commitment_is(
    network: SimulatedNetwork,
) -> None:
    closed = sent(network, request(network, handling=["H1"]))
    network.run()
    network.open_message("pk", closed)
    with pytest.raises(Refused) as refused:
        whole(network, "pk", closed)
    made = network.node("pk").desk.evidence_bundle(closed, "in", OFFICER, "")
    assert refused.value.rule == "P7-third-party"
    assert made["outcome"] == "holds"


def test_an_altered_export_is_refused_by_both(network: SimulatedNetwork, ident: str) -> None:
    text = whole(network, "tr", ident)["bundle"]
    twice = text.replace('"content":{', '"content":null,"content":{', 1)
    renamed = text.replace("Simulated", "Real", 1)
    for data in (twice.encode(), text[:-10].encode(), renamed.encode()):
        assert judge(data, {}).outcome == "refused"
        assert judge_evidence(data, {}).outcome == "refused"


def test_evidence_of_a_closed_log_stands_after_its_successor(tmp_path: Path) -> None:
    from relec_exchange.testing.succeeding import announce, succeed

    with begun(tmp_path, *EXERCISE) as network:
        ident = sent(network, request(network))
        network.pass_minutes(10)
        succeed(network, "tr")
        announce(network, "tr")
        network.pass_minutes(10)
        made = network.node("tr").desk.evidence_bundle(ident, "out", OFFICER, "")
        report = judge(made["bundle"].encode(), outside(network))
    assert report.outcome == "holds", told(report)
    assert "witnessed" in {one.code for one in report.statements if one.status == "proven"}
