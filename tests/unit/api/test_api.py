"""The API's own rules: signatures, roles, error answers, limits, and what it never says."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import httpx2
import pytest
from memory_node import MemoryNode, Officers, now

from relec_exchange.audit.entry import commitment
from relec_exchange.client.compose import Author, Draft, composed
from relec_exchange.client.wire import Wire
from relec_exchange.errors import (
    Conflict,
    InvalidInput,
    Misconfigured,
    NotAuthorised,
    NotFound,
    RelecError,
    Unavailable,
)
from relec_exchange.journal.standing import NodeBehind, StillListening
from relec_exchange.message.codes import AuthorRole
from relec_exchange.message.encoding import b64
from relec_exchange.message.identifiers import message_id
from relec_exchange.ports import RowConflict, StaleHead, WriterReplaced

AUTHOR = Author("tr", True, "contact-point", AuthorRole.SUBMITTER)


def ping(to: str = "iq", text: str = "hello") -> bytes:
    draft = Draft("test.ping", to, {"text": text})
    return composed(draft, AUTHOR, message_id(now(), os.urandom(10)), now()).raw


def item(wire: Wire, raw: bytes, *, release: bool = False, key: str = "") -> dict[str, Any]:
    salt = os.urandom(32)
    digest = commitment(salt, raw)
    signed = {"officer": wire.officer, "signature": b64(wire.key.sign_submit(digest))}
    return {
        "idempotency_key": key or os.urandom(8).hex(),
        "message": b64(raw),
        "salt": b64(salt),
        "submit": signed,
        "release": {"officer": wire.officer, "signature": b64(wire.key.sign_release(digest))}
        if release
        else None,
    }


def raw_http(socket: Path) -> httpx2.Client:
    return httpx2.Client(
        transport=httpx2.HTTPTransport(uds=str(socket)), base_url="http://node", timeout=10
    )


def test_health_needs_no_signature_and_tells_little(socket: Path) -> None:
    with raw_http(socket) as http:
        answer = http.get("/v1/health")
    assert answer.json() == {
        "status": "ok",
        "network": "relec.example",
        "node": "tr",
        "version": "0.1.0",
    }


def test_an_unsigned_request_is_401_and_says_what_is_missing(socket: Path) -> None:
    with raw_http(socket) as http:
        answer = http.get("/v1/inbox")
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "not-authorised"


def test_a_request_sent_twice_is_401(socket: Path, officers: Officers) -> None:
    headers = officers["ayse"]._headers("GET", "/v1/inbox", b"")
    with raw_http(socket) as http:
        assert http.get("/v1/inbox", headers=headers).status_code == 200
        again = http.get("/v1/inbox", headers=headers)
    assert again.status_code == 401
    assert again.json()["error"]["field"] == "Relec-Nonce"


@pytest.mark.parametrize("target", ["/v1/inbox?limit=1", "/v1/outbox"])
def test_a_signature_counts_for_its_path_and_query_only(
    socket: Path, officers: Officers, target: str
) -> None:
    headers = officers["ayse"]._headers("GET", "/v1/inbox", b"")
    with raw_http(socket) as http:
        assert http.get(target, headers=headers).status_code == 401


def test_a_changed_body_is_401_before_it_is_parsed(socket: Path, officers: Officers) -> None:
    headers = officers["ayse"]._headers("POST", "/v1/messages", b"{}")
    with raw_http(socket) as http:
        assert http.post("/v1/messages", content=b"not json", headers=headers).status_code == 401


def test_the_officer_who_asks_is_told_the_own_roles(officers: Officers) -> None:
    info = officers["deniz"].get("/v1/node")
    assert info["you"]["roles"] == ["releaser", "submitter"]


def test_what_no_model_names_never_leaves_the_node(officers: Officers) -> None:
    assert "secret" not in officers["ayse"].get("/v1/node")


FORBIDDEN = [
    ("oper", "POST", "/v1/messages"),
    ("bora", "POST", "/v1/messages"),
    ("audit", "POST", f"/v1/messages/{'0' * 8}-0000-7000-8000-{'0' * 12}/open"),
    ("oper", "POST", f"/v1/messages/{'0' * 8}-0000-7000-8000-{'0' * 12}/open"),
    ("ayse", "POST", f"/v1/messages/{'0' * 8}-0000-7000-8000-{'0' * 12}/release"),
    ("ayse", "GET", f"/v1/messages/{'0' * 8}-0000-7000-8000-{'0' * 12}/evidence"),
    ("ayse", "GET", "/v1/quarantine"),
    ("ayse", "POST", "/v1/cards"),
    ("bora", "POST", "/v1/agreements"),
    ("ayse", "GET", "/v1/officers"),
    ("audit", "POST", "/v1/officers"),
    ("ayse", "GET", "/v1/audit/activity"),
    ("oper", "GET", "/v1/audit/exchange/entries"),
    ("bora", "GET", "/v1/audit/exchange/proof?index=0"),
]


@pytest.mark.parametrize(("officer", "method", "target"), FORBIDDEN)
def test_a_call_without_its_role_is_403(
    officers: Officers, socket: Path, officer: str, method: str, target: str
) -> None:
    headers = officers[officer]._headers(method, target, b"{}" if method == "POST" else b"")
    with raw_http(socket) as http:
        body = b"{}" if method == "POST" else b""
        answer = http.request(method, target, content=body, headers=headers)
    assert answer.status_code == 403, answer.text
    assert answer.json()["error"]["remedy"]


def test_messages_are_judged_each_on_its_own(officers: Officers) -> None:
    wire = officers["deniz"]
    items = [item(wire, ping(), release=True), item(wire, ping("pk")), item(wire, ping())]
    results = wire.post("/v1/messages", {"messages": items})["results"]
    assert [result["status"] for result in results] == ["released", "refused", "submitted"]
    assert results[1]["error"]["rule"] == "no-agreement"


def test_the_same_submission_again_is_answered_the_same(
    officers: Officers, node: MemoryNode
) -> None:
    wire = officers["ayse"]
    one = item(wire, ping(), key="import-row-1")
    first = wire.post("/v1/messages", {"messages": [one]})
    assert wire.post("/v1/messages", {"messages": [one]}) == first
    assert len(node.out) == 1
    other = item(wire, ping(), key="import-row-1")
    [result] = wire.post("/v1/messages", {"messages": [other]})["results"]
    assert result["error"]["code"] == "conflict"


def test_nobody_submits_under_another_officers_name(officers: Officers) -> None:
    one = item(officers["deniz"], ping())
    with pytest.raises(NotAuthorised):
        officers["ayse"].post("/v1/messages", {"messages": [one]})


BAD_ITEMS = [
    {"salt": "A" * 42 + "B="},
    {"salt": "short"},
    {"message": "AB=="},
    {"message": "not base64!"},
    {"idempotency_key": "x"},
    {"unknown": 1},
    {"submit": None},
    {"submit": {"officer": "ayse", "signature": "A" * 88}},
]


@pytest.mark.parametrize("change", BAD_ITEMS, ids=[json.dumps(item) for item in BAD_ITEMS])
def test_a_malformed_item_names_its_field(officers: Officers, change: dict[str, Any]) -> None:
    one = {**item(officers["ayse"], ping()), **change}
    with pytest.raises(InvalidInput) as caught:
        officers["ayse"].post("/v1/messages", {"messages": [one]})
    assert caught.value.field.startswith("messages.0.")


def test_more_than_256_messages_are_refused(officers: Officers) -> None:
    one = item(officers["ayse"], ping())
    with pytest.raises(InvalidInput) as caught:
        officers["ayse"].post("/v1/messages", {"messages": [one] * 257})
    assert caught.value.field == "messages"


def test_a_body_beyond_its_limit_is_413_whether_announced_or_not(
    officers: Officers, socket: Path
) -> None:
    body = b"x" * (8 * 1024 * 1024 + 1)

    def chunks() -> Any:
        for start in range(0, len(body), 65536):
            yield body[start : start + 65536]

    for content in (body, chunks()):
        with raw_http(socket) as http:
            answer = http.post("/v1/messages", content=content)
        assert answer.status_code == 413
        assert answer.json()["error"]["remedy"]
    with raw_http(socket) as http:
        assert http.post("/v1/cards", content=b"x" * (1024 * 1024 + 1)).status_code == 413
    assert officers["ayse"].get("/v1/inbox")["items"] == []


@pytest.mark.parametrize(
    "target",
    [
        "/v1/inbox?limit=501",
        "/v1/inbox?limit=0",
        "/v1/inbox?after=-1",
        "/v1/inbox?colour=red",
        "/v1/messages/not-an-id",
    ],
)
def test_a_malformed_parameter_is_400_and_does_not_echo_the_value(
    officers: Officers, socket: Path, target: str
) -> None:
    headers = officers["ayse"]._headers("GET", target, b"")
    with raw_http(socket) as http:
        answer = http.get(target, headers=headers)
    assert answer.status_code == 400
    assert "not-an-id" not in answer.text


@pytest.mark.parametrize("target", ["/", "/docs", "/openapi.json", "/redoc", "/v1/nothing"])
def test_there_are_no_other_pages(socket: Path, target: str) -> None:
    with raw_http(socket) as http:
        answer = http.get(target)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not-found"


def test_the_wrong_method_is_answered_in_the_same_shape(socket: Path) -> None:
    with raw_http(socket) as http:
        answer = http.put("/v1/inbox")
    assert answer.status_code == 405
    assert answer.json()["error"]["code"] == "invalid-input"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound("x"), 404),
        (Conflict("x"), 409),
        (Unavailable("x"), 503),
        (Misconfigured("x"), 500),
        (ValueError("a secret"), 500),
        # Derived classes have the status of what they are, and the code of their own.
        (StillListening("x"), 503),
        (RowConflict("x"), 409),
        (NodeBehind("x"), 500),
    ],
)
def test_every_error_has_its_status_and_no_traceback(
    socket: Path, node: MemoryNode, error: Exception, status: int
) -> None:
    def fail() -> None:
        raise error

    node.broken = fail
    with raw_http(socket) as http:
        answer = http.get("/v1/health")
    assert answer.status_code == status
    assert set(answer.json()["error"]) == {"code", "message", "field", "rule", "remedy"}
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


def test_a_client_raises_what_the_node_raised() -> None:
    from relec_exchange.api.failures import error_body
    from relec_exchange.client.wire import error_from
    from relec_exchange.errors import IntegrityFailure, Reason, Refused, Unverified

    given = {"field": "f", "remedy": "r"}
    errors: list[RelecError] = [
        kind("m", **given)
        for kind in (InvalidInput, NotAuthorised, NotFound, Conflict, Misconfigured, Unavailable)
    ]
    errors += [IntegrityFailure("m", **given), Refused("m", rule="x", **given)]
    # Each code of docs/reference/errors.md reaches a caller, with the exit code it has there.
    errors += [kind("m", **given) for kind in (NodeBehind, RowConflict, StaleHead, WriterReplaced)]
    for error in errors:
        back = error_from(error_body(error))
        assert type(back) is type(error)
        assert vars(back) == vars(error)
    assert "unseal" in error_from(error_body(Unverified(Reason.UNSEAL, "no"))).message
    assert type(error_from(None)) is RelecError


def test_opening_needs_the_signature_over_the_leaf_hash(
    officers: Officers, node: MemoryNode
) -> None:
    author = Author("iq", True, "contact-point", AuthorRole.SUBMITTER)
    draft = Draft("test.ping", "tr", {"text": "merhaba"})
    raw = composed(draft, author, message_id(now(), os.urandom(10)), now()).raw
    line = node.deliver(raw)
    wire = officers["ayse"]
    path = f"/v1/messages/{line['message_id']}/open"
    wrong = {"officer": "ayse", "signature": b64(wire.key.sign_open(bytes(32)))}
    with pytest.raises(NotAuthorised):
        wire.post(path, wrong)
    leaf = bytes.fromhex(line["leaf"])
    opened = wire.post(path, {"officer": "ayse", "signature": b64(wire.key.sign_open(leaf))})
    assert opened["body"] == {"text": "merhaba"}


def test_a_life_line_never_shows_content(officers: Officers, node: MemoryNode) -> None:
    wire = officers["deniz"]
    raw = ping(text="very secret words")
    wire.post("/v1/messages", {"messages": [item(wire, raw, release=True)]})
    [sent] = node.out
    line = wire.get(f"/v1/messages/{sent}")
    assert line["state"] == "released"
    assert "secret" not in json.dumps(line)


def test_pages_go_on_where_the_last_one_ended(officers: Officers, node: MemoryNode) -> None:
    author = Author("iq", True, "contact-point", AuthorRole.SUBMITTER)
    for number in range(5):
        draft = Draft("test.ping", "tr", {"text": str(number)})
        node.deliver(composed(draft, author, message_id(now(), os.urandom(10)), now()).raw)
    wire, seen, after = officers["ayse"], [], 0
    while True:
        page = wire.get("/v1/inbox", after=after, limit=2)
        seen += [one["row"] for one in page["items"]]
        if page["next"] is None:
            break
        after = page["next"]
    assert seen == [1, 2, 3, 4, 5]


def test_alarms_are_told_to_those_who_may_ask_for_them(
    officers: Officers, node: MemoryNode
) -> None:
    for event in ("alarm", "alarm.closed", "behind.shown"):
        node.happen(event, "iq")
    for _ in range(600):  # more than a page of what an officer is not told
        node.happen("alarm", "iq")
    node.happen("gap.opened", "iq/flash")
    names = ("ayse", "bora", "audit", "oper")
    told = {name: officers[name].get("/v1/events", wait=0)["events"] for name in names}
    first = {name: found[0]["event"] for name, found in told.items()}
    watchers = {name for name, event in first.items() if event == "alarm"}
    assert watchers == {"audit", "oper"}
    assert {first[name] for name in ("ayse", "bora")} == {"gap.opened"}
    stream = officers["ayse"].events(after=0)
    assert next(stream)["event"] == "gap.opened"
    stream.close()  # type: ignore[attr-defined]


def test_events_as_a_list_and_as_a_stream(officers: Officers, node: MemoryNode) -> None:
    node.happen("gap.opened", "iq/flash")
    assert officers["oper"].get("/v1/events", wait=0)["events"][0]["event"] == "gap.opened"
    stream = officers["oper"].events(after=0)
    first = next(stream)
    node.happen("gap.closed", "iq/flash")
    second = next(stream)
    assert [first["event"], second["event"]] == ["gap.opened", "gap.closed"]
    assert [first["id"], second["id"]] == [1, 2]
    stream.close()  # type: ignore[attr-defined]


def test_an_officer_can_only_send_records_that_are_own_or_the_authoritys(
    officers: Officers,
) -> None:
    body = {"record": "{}", "signature": "AA==", "by": "ayse"}
    with pytest.raises(NotAuthorised) as caught:
        officers["security"].post("/v1/officers", body)
    assert caught.value.field == "by"
