"""The calls about messages that wait and about drafts: roles, signatures, bounds."""

from __future__ import annotations

from typing import Any

import pytest
from memory_node import MemoryNode, Officers
from test_api import item, ping

from relec_exchange.errors import Conflict, InvalidInput, NotAuthorised, NotFound
from relec_exchange.message.encoding import b64
from relec_exchange.trust.officer import Act

MESSAGE = "/v1/messages/00000000-0000-7000-8000-000000000000"
FORBIDDEN = [
    ("oper", "/v1/messages/check"),
    ("audit", "/v1/messages/check"),
    ("audit", f"{MESSAGE}/answers"),
    ("oper", f"{MESSAGE}/answers"),
    ("bora", f"{MESSAGE}/approve"),
    ("ayse", f"{MESSAGE}/confirm"),
    ("ayse", f"{MESSAGE}/return"),
    ("audit", "/v1/drafts"),
    ("oper", "/v1/drafts"),
]


@pytest.mark.parametrize(("officer", "target"), FORBIDDEN)
def test_a_call_without_its_role_is_refused_before_its_body_is_read(
    officers: Officers, officer: str, target: str
) -> None:
    with pytest.raises(NotAuthorised):
        officers[officer].post(target, {"nonsense": 1})


def submitted(officers: Officers, node: MemoryNode) -> str:
    [done] = officers["ayse"].post("/v1/messages", {"messages": [item(officers["ayse"], ping())]})[
        "results"
    ]
    return str(done["message_id"])


def signed(officers: Officers, node: MemoryNode, ident: str, act: Act, name: str) -> Any:
    digest = bytes.fromhex(node.out[ident]["commitment"])
    return {"officer": name, "signature": b64(officers[name].key.sign(act, digest))}


def test_answers_travel_with_a_submission_and_are_the_officers_own(
    officers: Officers, node: MemoryNode
) -> None:
    node.asked = ("protection-checked",)
    raw, wire = ping(), officers["ayse"]
    given = item(wire, raw)
    [open_] = wire.post("/v1/messages", {"messages": [given]})["results"]
    assert (open_["status"], open_["needs"]) == ("held", ["answer:protection-checked", "release"])
    other = item(wire, ping())
    digest = bytes(32)
    bad = {"question": "protection-checked", "officer": "ayse"}
    bad["signature"] = b64(wire.key.sign_answer("protection-checked", digest))
    [done] = wire.post("/v1/messages", {"messages": [{**other, "answers": [bad]}]})["results"]
    assert done["error"]["code"] == "not-authorised"


def test_a_signature_in_a_body_is_that_of_the_caller(officers: Officers, node: MemoryNode) -> None:
    ident = submitted(officers, node)
    body = signed(officers, node, ident, Act.RETURN, "bora")
    with pytest.raises(NotAuthorised):
        officers["deniz"].post(f"/v1/messages/{ident}/return", {**body, "comment": "why"})
    answer = {**body, "question": "protection-checked"}
    with pytest.raises(NotAuthorised):
        officers["ayse"].post(f"/v1/messages/{ident}/answers", answer)


@pytest.mark.parametrize("comment", ["", "x" * 4001])
def test_a_comment_is_bounded_and_never_empty(
    officers: Officers, node: MemoryNode, comment: str
) -> None:
    ident = submitted(officers, node)
    body = {**signed(officers, node, ident, Act.RETURN, "bora"), "comment": comment}
    with pytest.raises(InvalidInput):
        officers["bora"].post(f"/v1/messages/{ident}/return", body)


def test_a_check_takes_1_to_256_messages_in_canonical_base64(officers: Officers) -> None:
    for messages in ([], ["AA=="] * 257, ["not base64!"], [7]):
        with pytest.raises(InvalidInput):
            officers["ayse"].post("/v1/messages/check", {"messages": messages})
    found = officers["ayse"].post("/v1/messages/check", {"messages": [b64(ping())]})
    assert found == {"results": [{"findings": [], "needs": []}]}


def test_what_is_not_waited_for_is_a_conflict(officers: Officers, node: MemoryNode) -> None:
    ident = submitted(officers, node)
    body = signed(officers, node, ident, Act.CONFIRM, "bora")
    with pytest.raises(Conflict):
        officers["bora"].post(f"/v1/messages/{ident}/confirm", body)


def test_a_draft_may_be_incomplete_and_names_no_field_that_nobody_knows(
    officers: Officers, node: MemoryNode
) -> None:
    wire = officers["ayse"]
    line = wire.post("/v1/drafts", {"type": "warning.notice", "body": {"what": 1.5}})
    assert wire.get(f"/v1/drafts/{line['draft_id']}")["body"] == {"what": 1.5}
    assert "body" not in wire.get("/v1/drafts")["drafts"][0]
    for bad in ({}, {"type": "x", "sender": "tr"}, {"type": "x", "draft_id": "1"}):
        with pytest.raises(InvalidInput):
            wire.post("/v1/drafts", bad)
    wire.delete(f"/v1/drafts/{line['draft_id']}", {})
    with pytest.raises(NotFound):
        wire.get(f"/v1/drafts/{line['draft_id']}")
