"""The calls about who has what: roles, signatures, bounds, and what leaves the node."""

from __future__ import annotations

from typing import Any

import pytest
from memory_node import MemoryNode, Officers
from test_api import ping

from relec_exchange.client.sharing import Sharing
from relec_exchange.errors import InvalidInput, NotAuthorised
from relec_exchange.message.document import compose
from relec_exchange.message.encoding import b64, parse_json
from relec_exchange.trust.officer import Act

MESSAGE = "/v1/messages/00000000-0000-7000-8000-000000000000"


@pytest.mark.parametrize(
    ("officer", "target"),
    [
        ("ayse", f"{MESSAGE}/export"),
        ("audit", f"{MESSAGE}/export"),
        ("ayse", "/v1/subjects"),
        ("audit", "/v1/subjects"),
        ("oper", "/v1/subjects"),
    ],
)
def test_a_call_without_its_role_is_refused_before_its_body_is_read(
    officers: Officers, officer: str, target: str
) -> None:
    with pytest.raises(NotAuthorised):
        officers[officer].post(target, {"nonsense": 1})


def test_open_recalls_and_all_are_two_questions(officers: Officers, node: MemoryNode) -> None:
    assert Sharing(officers["oper"]).recalls() == []
    [group] = Sharing(officers["oper"]).recalls(everything=True)
    assert (group["open"], group["untold"]) == (False, [])
    assert "body" not in group
    with pytest.raises(InvalidInput):
        officers["oper"].get("/v1/recalls", all="perhaps")


def test_consents_are_listed_with_their_state(officers: Officers, node: MemoryNode) -> None:
    [line] = Sharing(officers["ayse"]).consents()
    assert (line["state"], line["conditions"]) == ("waiting", "")


def came(node: MemoryNode) -> dict[str, Any]:
    document: Any = parse_json(ping())
    document["header"] |= {"sender": "pk", "recipient": "tr"}
    return node.deliver(compose(document["header"], document["body"]).raw)


def test_an_export_is_signed_over_the_leaf_by_who_asks(
    officers: Officers, node: MemoryNode
) -> None:
    line = came(node)
    found = Sharing(officers["bora"]).export(line["message_id"], "analysis", "analysts")
    assert (found["use"], found["unit"], found["exported_by"]) == ("analysis", "analysts", "bora")
    path = f"/v1/messages/{line['message_id']}/export"
    signature = officers["bora"].key.sign(Act.OPEN, bytes.fromhex(line["leaf"]))
    given = {"officer": "bora", "signature": b64(signature), "use": "court", "to_unit": None}
    with pytest.raises(NotAuthorised):
        officers["bora"].post(path, given)
    with pytest.raises(NotAuthorised):
        officers["deniz"].post(path, given)
    for wrong in ({"use": "press"}, {"to_unit": "No Unit"}, {"more": 1}):
        with pytest.raises(InvalidInput):
            officers["bora"].post(path, {**given, **wrong})


def test_a_report_needs_reference_and_reason_and_gives_the_reason_to_nobody(
    officers: Officers, node: MemoryNode
) -> None:
    found = Sharing(officers["bora"]).subject_report("TR-1", "Complaint 12")
    assert (found["ref"], found["made_by"]) == ("TR-1", "bora")
    assert "reason" not in found
    for wrong in ({"ref": "x"}, {"ref": "", "reason": "y"}, {"ref": "x", "reason": "y" * 1001}):
        with pytest.raises(InvalidInput):
            officers["bora"].post("/v1/subjects", wrong)
