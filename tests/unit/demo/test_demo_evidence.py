"""The evidence of a message holds as both ends give it, and no piece of it can be exchanged."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest

from conversations import homes
from core_network import warning
from relec_exchange.demo.evidence import check_evidence
from relec_exchange.errors import RelecError
from relec_exchange.message.encoding import b64, unb64
from relec_exchange.testing import SimulatedNetwork
from relec_exchange.trust.card import Card, parse_card

Case = dict[str, Any]
"""`ours` and `theirs`: the evidence of one message at its sender and its recipient."""


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedNetwork]:
    network = SimulatedNetwork(tmp_path_factory.mktemp("evidence"), founded=homes())
    yield network
    network.close()


@pytest.fixture(scope="module")
def cards(network: SimulatedNetwork) -> dict[str, Card]:
    desk = network.node("tr").desk
    return {node: parse_card(desk.card(node)["note"].encode()).card for node in ("tr", "pk")}


@pytest.fixture(scope="module")
def sent(network: SimulatedNetwork) -> list[str]:
    """Two messages from tr to pk, received and receipted."""
    identifiers = []
    for what in ("more boats", "fewer boats"):
        message = warning(network, what)
        network.submit(message)
        network.run()
        identifiers.append(message.header.message_id)
    return identifiers


@pytest.fixture
def case(network: SimulatedNetwork, sent: list[str]) -> Case:
    return deepcopy(evidence(network, sent[0]))


@pytest.fixture
def other(network: SimulatedNetwork, sent: list[str]) -> Case:
    return deepcopy(evidence(network, sent[1]))


def evidence(network: SimulatedNetwork, message_id: str) -> Case:
    return {
        "ours": network.node("tr").desk.evidence(message_id, "out"),
        "theirs": network.node("pk").desk.evidence(message_id, "in"),
    }


def test_both_ends_of_a_message_hold_and_a_receipt_proves_its_validation(
    case: Case, sent: list[str], cards: dict[str, Card]
) -> None:
    found = check_evidence(sent[0], case["ours"], case["theirs"], cards)
    assert found.sent.entry["id"] == sent[0]
    assert found.stages == ("validated",)


def _without_receipts(case: Case, other: Case) -> None:
    case["ours"]["receipts"] = []


def _with_the_receipt_of_another(case: Case, other: Case) -> None:
    case["ours"]["receipts"] = other["ours"]["receipts"]


def _with_an_altered_receipt(case: Case, other: Case) -> None:
    [receipt] = case["ours"]["receipts"]
    message = json.loads(unb64(receipt["message"]))
    message["body"]["items"][0]["at"] = "2026-01-01T00:00:00.000Z"
    receipt["message"] = b64(json.dumps(message).encode())


def _with_another_entry_there(case: Case, other: Case) -> None:
    case["theirs"] = other["theirs"]


def _with_an_altered_entry(case: Case, other: Case) -> None:
    data = unb64(case["ours"]["entry"]).replace(b'"seq":1', b'"seq":7')
    case["ours"]["entry"] = b64(data)


def _with_the_proof_of_another(case: Case, other: Case) -> None:
    case["theirs"]["proof"] = other["theirs"]["proof"]


def _with_an_altered_agreement(case: Case, other: Case) -> None:
    note = case["ours"]["agreement"]
    case["ours"]["agreement"] = note.replace("Simulated", "Emulated!", 1)


def _without_an_agreement(case: Case, other: Case) -> None:
    case["theirs"]["agreement"] = ""


@pytest.mark.parametrize(
    "change",
    [
        _without_receipts,
        _with_the_receipt_of_another,
        _with_an_altered_receipt,
        _with_another_entry_there,
        _with_an_altered_entry,
        _with_the_proof_of_another,
        _with_an_altered_agreement,
        _without_an_agreement,
    ],
)
def test_evidence_with_one_piece_exchanged_or_altered_does_not_hold(
    change: Callable[[Case, Case], None],
    case: Case,
    other: Case,
    sent: list[str],
    cards: dict[str, Card],
) -> None:
    change(case, other)
    with pytest.raises(RelecError):
        check_evidence(sent[0], case["ours"], case["theirs"], cards)


def test_evidence_for_another_message_does_not_hold(
    case: Case, sent: list[str], cards: dict[str, Card]
) -> None:
    with pytest.raises(RelecError):
        check_evidence(sent[1], case["ours"], case["theirs"], cards)


def test_a_proof_from_the_log_of_a_stranger_does_not_hold(
    case: Case, sent: list[str], cards: dict[str, Card]
) -> None:
    with pytest.raises(RelecError):
        check_evidence(sent[0], case["ours"], case["theirs"], {"pk": cards["pk"]})
