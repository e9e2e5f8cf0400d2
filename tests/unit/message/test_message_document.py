"""Bytes become a message or a refusal that names fields, and never a value."""

from __future__ import annotations

import json
from typing import Any

import pytest
from message_samples import TYPES, changed, sample

from relec_exchange.errors import InvalidInput, Reason, Unverified
from relec_exchange.message.constants import LIMITS
from relec_exchange.message.document import (
    compose,
    parse_message,
    read_body,
    read_document,
    read_header,
)


def raw(document: object) -> bytes:
    return json.dumps(document).encode()


@pytest.mark.parametrize("name", TYPES)
def test_a_message_is_read_back_as_it_was_composed(name: str) -> None:
    header, body = read_document(sample(name))
    message = compose(header, body)
    again = parse_message(message.raw)
    assert (again.header, again.body, again.raw) == (header, body, message.raw)
    assert compose(again.header, again.body).raw == message.raw


def test_the_order_and_spacing_of_a_draft_do_not_change_the_bytes() -> None:
    document = sample("warning.notice")
    turned = {key: dict(reversed(document[key].items())) for key in ("body", "header")}
    assert compose(*read_document(document)).raw == compose(turned["header"], turned["body"]).raw


def test_absent_fields_leave_no_trace_on_the_wire() -> None:
    message = compose(*read_document(changed("warning.notice", "body", group=None)))
    assert b"null" not in message.raw
    assert b'"group"' not in message.raw


SECRET = "Zxyzzy"


@pytest.mark.parametrize(
    ("document", "reason", "named"),
    [
        ({}, Reason.SCHEMA, "message: shape"),
        ([], Reason.SCHEMA, "message: shape"),
        ({"header": {}, "body": {}}, Reason.SCHEMA, "header.type: missing"),
        ({"header": [], "body": {}}, Reason.SCHEMA, "header.type: missing"),
        ({"header": {"type": 1}, "body": {}}, Reason.SCHEMA, "header.type: missing"),
        (
            {"header": {"type": SECRET}, "body": {}},
            Reason.UNKNOWN_TYPE,
            "header.type: unknown_type",
        ),
        (
            changed("stat.report", "header", type="match.query"),
            Reason.UNKNOWN_TYPE,
            "header.type: unknown_type",
        ),
        (sample("ack") | {SECRET: 1}, Reason.SCHEMA, "message: shape"),
        (changed("ack", "header", area=SECRET), Reason.SCHEMA, "header.area: enum"),
        (changed("ack", "header", sender=SECRET), Reason.SCHEMA, "header.sender: "),
        (changed("ack", "header", own_ref=SECRET + "\x1b"), Reason.SCHEMA, "header.own_ref: "),
        (changed("ack", "header", **{SECRET.lower(): 1}), Reason.SCHEMA, "header: extra_forbidden"),
        (changed("ack", "body", **{SECRET + "\x1b": 1}), Reason.SCHEMA, "body: extra_forbidden"),
        (changed("ack", "body", unit={SECRET: SECRET}), Reason.SCHEMA, "body.unit: string_type"),
        (
            changed("ack", "header", in_reply_to=...),
            Reason.SCHEMA,
            "header.in_reply_to: not_for_this_type",
        ),
        (changed("stat.report", "body", reporting_country="ZX"), Reason.SCHEMA, "body.reporting_"),
    ],
)
def test_a_refusal_names_fields_and_never_a_value(
    document: object, reason: Reason, named: str
) -> None:
    with pytest.raises(Unverified) as caught:
        parse_message(raw(document))
    assert caught.value.reason is reason
    assert caught.value.detail.startswith(named)
    assert SECRET.lower() not in str(caught.value).lower()
    assert "ZX" not in str(caught.value)


def test_a_refusal_names_at_most_five_fields() -> None:
    document = changed("stat.report", "body", rows=[{}] * 50)
    with pytest.raises(Unverified) as caught:
        parse_message(raw(document))
    assert caught.value.detail.count(";") == 4


def test_poison_inside_a_good_message_keeps_the_reason_of_parsing() -> None:
    data = raw(sample("ack")).replace(b"Boat sent", b"\\ud800")
    with pytest.raises(Unverified) as caught:
        parse_message(data)
    assert caught.value.reason is Reason.SURROGATE


def test_a_message_beyond_the_limit_is_not_even_parsed() -> None:
    with pytest.raises(Unverified) as caught:
        parse_message(b"[" * (LIMITS.message_max_bytes + 1))
    assert caught.value.reason is Reason.SCHEMA


def test_an_author_reads_sentences_not_expressions() -> None:
    with pytest.raises(InvalidInput) as caught:
        read_document(changed("warning.notice", "body", what="a\x1b", extra=1))
    assert "control characters" in caught.value.message
    assert "there is no field extra" in caught.value.message
    assert "\\u" not in caught.value.message


def test_an_author_is_told_the_code_that_was_meant() -> None:
    with pytest.raises(InvalidInput) as caught:
        read_document(changed("warning.notice", "body", origins=["AFG", "PKA"]))
    assert caught.value.field == "body.origins.1"
    assert "did you mean PAK?" in caught.value.message


def test_an_author_is_told_the_type_that_was_meant() -> None:
    with pytest.raises(InvalidInput) as caught:
        read_header(changed("ack", "header", type="akc")["header"])
    assert "did you mean ack?" in caught.value.message


def test_a_body_can_be_checked_before_there_is_a_header() -> None:
    assert read_body("test.ping", {"text": "x"})
    with pytest.raises(InvalidInput) as caught:
        read_body("test.ping", {"text": 1})
    assert caught.value.field == "body.text"


def test_a_header_and_a_body_of_different_types_do_not_compose() -> None:
    header, _ = read_document(sample("ack"))
    _, body = read_document(sample("test.ping"))
    with pytest.raises(InvalidInput):
        compose(header, body)


def test_a_message_that_became_too_long_says_so() -> None:
    rows: list[dict[str, Any]] = [
        {"indicator": "fran.1a", "month": "2015-07", "route": f"{n} " + "r" * 190, "value": n}
        for n in range(1000)
    ]
    with pytest.raises(InvalidInput) as caught:
        compose(*read_document(changed("stat.report", "body", rows=rows)))
    assert "parts" in caught.value.remedy
