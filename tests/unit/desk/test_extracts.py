"""Extracts on two simulated nodes: made by one officer, released by another, kept and logged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from conversations import homes
from core_network import letter
from relec_exchange.audit.entry import commitment, decode_entry
from relec_exchange.errors import Conflict, InvalidInput, NotAuthorised, NotFound, Refused
from relec_exchange.message.document import Message
from relec_exchange.message.encoding import b64, canonical, unb64
from relec_exchange.message.identifiers import message_id
from relec_exchange.node.adoption import sweep_vault
from relec_exchange.records import EntryRow, ExtractRow, Where
from relec_exchange.testing import OFFICER, SimulatedNetwork
from relec_exchange.testing.homes import DESK, SECOND
from relec_exchange.trust.officer import Act


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedNetwork]:
    network = SimulatedNetwork(tmp_path_factory.mktemp("extracts"), founded=homes())
    yield network
    network.close()


def sent(network: SimulatedNetwork, **fields: Any) -> Message:
    """A warning of tr that pk has received."""
    body = {
        "kind": "surge",
        "where": {"country": "TR", "place": "a quiet bay"},
        "when": {"from": "2026-11-01", "to": "2026-11-01"},
        "what": "More departures than usual (simulated).",
        "recommended_action": "Stay ashore in bad weather.",
    }
    if fields.get("type") == "warning.update":
        body["changes"] = "Later figures (simulated)."
    message = letter(network, str(fields.pop("type", "warning.notice")), body, **fields)
    network.submit(message)
    network.run()
    return message


def make(network: SimulatedNetwork, node: str, message: Message, **given: Any) -> dict[str, Any]:
    asked = {
        "message_id": message.header.message_id,
        "direction": None,
        "fields": [],
        "text": None,
        "language": None,
        **given,
    }
    return network.node(node).desk.make_extract(asked, OFFICER)


def release(
    network: SimulatedNetwork, node: str, extract: dict[str, Any], officer: str = SECOND
) -> dict[str, Any]:
    digest = commitment(unb64(extract["salt"]), canonical(extract["document"]))
    signature = network.key(node, officer).sign(Act.EXTRACT, digest)
    return network.node(node).desk.release_extract(extract["extract_id"], officer, signature)


def entries(network: SimulatedNetwork, node: str, kind: str) -> list[dict[str, Any]]:
    rows = network.node(node).store.rows(EntryRow, Where("kind", "=", kind), order="idx")
    return [decode_entry(row.data) for row in rows]


def test_an_extract_is_made_by_one_officer_and_released_by_another(
    network: SimulatedNetwork,
) -> None:
    message = sent(network)
    made = make(network, "pk", message, fields=["recommended_action"])
    assert made["document"]["warning"]["recommended_action"] == "Stay ashore in bad weather."
    assert (made["sender"], made["made_by"], made["released_by"]) == ("tr", OFFICER, "")
    access = entries(network, "pk", "access")[-1]
    assert (access["actor"], access["action"]) == (OFFICER, "make-extract")
    with pytest.raises(NotAuthorised, match="another officer"):
        release(network, "pk", made, OFFICER)
    with pytest.raises(NotAuthorised, match="role"):
        release(network, "pk", made, DESK)
    released = release(network, "pk", made)
    assert released["released_by"] == SECOND
    entry = entries(network, "pk", "extracted")[-1]
    assert (entry["actor"], entry["id"]) == (SECOND, message.header.message_id)
    assert entry["digest"] == made["commitment"]
    with pytest.raises(Conflict):
        release(network, "pk", made)


def test_a_signature_over_another_extract_releases_nothing(network: SimulatedNetwork) -> None:
    message = sent(network)
    made = make(network, "pk", message)
    other = make(network, "pk", message, fields=["recommended_action"])
    forged = {**made, "document": other["document"]}
    with pytest.raises(NotAuthorised, match="signature"):
        release(network, "pk", forged)
    assert network.node("pk").desk.extract(made["extract_id"])["released_by"] == ""


def test_the_store_holds_no_readable_extract(network: SimulatedNetwork) -> None:
    made = make(network, "pk", sent(network), text="Warm words.", language="en")
    store = network.node("pk").store
    [row] = store.rows(ExtractRow, Where("extract_id", "=", made["extract_id"]))
    assert b"Warm words" not in row.content
    assert made["document"]["text"] == "Warm words."
    assert unb64(made["bytes"]) == canonical(made["document"])
    listed = network.node("pk").desk.extracts()
    assert made["extract_id"] in [one["extract_id"] for one in listed]
    assert "document" not in listed[-1]


def test_an_own_warning_gives_an_extract_too_once_it_left(network: SimulatedNetwork) -> None:
    message = sent(network, purpose="situational_awareness")
    assert make(network, "tr", message)["document"]["warning"]["kind"] == "surge"
    with pytest.raises(Refused) as caught:
        make(network, "pk", message)
    assert caught.value.rule == "extract-purpose"


@pytest.mark.parametrize("handling", [["H1"], ["H2"], ["H1", "H2"]])
def test_a_warning_with_restrictions_gives_none(
    network: SimulatedNetwork, handling: list[str]
) -> None:
    with pytest.raises(Refused) as caught:
        make(network, "tr", sent(network, handling=handling))
    assert caught.value.rule == "extract-handling"


def test_a_warning_that_was_replaced_gives_none_and_releases_none(
    network: SimulatedNetwork,
) -> None:
    message = sent(network)
    made = make(network, "pk", message)
    sent(network, type="warning.update", supersedes=message.header.message_id)
    with pytest.raises(Refused) as caught:
        make(network, "pk", message)
    assert caught.value.rule == "extract-standing"
    with pytest.raises(Refused):
        release(network, "pk", made)
    with pytest.raises(Refused):
        make(network, "tr", message)


def test_a_public_text_that_names_a_document_or_a_phone_is_refused(
    network: SimulatedNetwork,
) -> None:
    message = sent(network)
    with pytest.raises(InvalidInput) as caught:
        make(network, "pk", message, text="Call the driver at +90 532 123 45 67.", language="en")
    assert caught.value.field == "text"
    assert "532" not in str(caught.value)


def test_what_does_not_exist_is_not_found(network: SimulatedNetwork) -> None:
    nothing = message_id(network.clock(), bytes(10))
    with pytest.raises(NotFound):
        network.node("pk").desk.extract(nothing)


def test_keys_of_extracts_and_of_the_import_ledger_outlive_a_restart(
    network: SimulatedNetwork,
) -> None:
    node = network.node("pk")
    made = make(network, "pk", sent(network))
    item = {"recipient": "tr", "subject": "0" * 64, "content": "1" * 64}
    before = node.desk.sent_before([item])
    sweep_vault(node.desk.core.vault, node.store, network.clock())
    assert node.desk.extract(made["extract_id"])["document"] == made["document"]
    assert node.desk.sent_before([item]) == before
    assert b64(b"") == ""
