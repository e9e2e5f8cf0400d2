"""Messages whose body is for a unit alone: what nodes check, what headers may not say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from message_samples import INNER, changed, sample

from relec_exchange.errors import InvalidInput, Reason, Unverified
from relec_exchange.message.bodies.protecting import ProtectionReferral
from relec_exchange.message.bodies.sealed import SealedBody
from relec_exchange.message.catalogue import CATALOGUE, SEALED_REASON
from relec_exchange.message.document import (
    body_bytes,
    compose,
    header_bytes,
    parse_body,
    parse_message,
    read_body,
    read_document,
    received_header_bytes,
)
from relec_exchange.message.encoding import canonical
from relec_exchange.message.header import Header
from relec_exchange.message.schema import schemas

NAME = "protection.referral"
SEALED = sorted(kind.name for kind in CATALOGUE.values() if kind.sealed_to)


def refusal(document: dict[str, Any]) -> Unverified:
    with pytest.raises(Unverified) as caught:
        parse_message(json.dumps(document).encode())
    return caught.value


def test_protection_messages_are_for_the_protection_desk() -> None:
    assert SEALED == ["protection.referral", "protection.response"]
    assert {CATALOGUE[name].sealed_to for name in SEALED} == {"protection-desk"}


@pytest.mark.parametrize("name", SEALED)
def test_on_the_wire_the_body_is_a_sealed_one(name: str) -> None:
    header, body = read_document(sample(name))
    assert isinstance(body, SealedBody)
    assert isinstance(parse_message(compose(header, body).raw).body, SealedBody)


@pytest.mark.parametrize("name", SEALED)
def test_an_open_body_never_travels(name: str) -> None:
    header, _ = read_document(sample(name))
    assert refusal(sample(name) | {"body": INNER[name]}).reason is Reason.SCHEMA
    for body in (INNER[name], read_body(name, INNER[name])):
        with pytest.raises(InvalidInput):
            compose(header, body)


def test_a_sealed_body_is_for_the_unit_of_its_type_alone() -> None:
    found = refusal(changed(NAME, "body", unit="contact-point"))
    assert "body.unit: sealed_unit" in found.detail
    schema = Draft202012Validator(schemas()[f"{NAME}.v1.schema.json"])
    assert schema.is_valid(sample(NAME))
    assert not schema.is_valid(changed(NAME, "body", unit="contact-point"))


def test_other_types_take_no_sealed_body() -> None:
    assert refusal(sample("ack") | {"body": sample(NAME)["body"]}).reason is Reason.SCHEMA


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("legal_basis", "Article 5"),
        ("handling_note", "For the shelter only"),
        ("own_ref", "Case Z"),
        ("your_ref", "Case Z"),
        ("subject_categories", ["victim"]),
        ("withheld", [{"path": "/body/person", "commitment": "0f" * 32}]),
        ("urgency_reason", "She may be found"),
    ],
)
def test_its_header_does_not_tell(field: str, value: object) -> None:
    assert f"header.{field}" in refusal(changed(NAME, "header", **{field: value})).detail


def test_an_urgent_one_says_where_the_reason_stands() -> None:
    fields = {"urgency": "urgent", "urgency_reason": SEALED_REASON}
    header, _ = read_document(changed(NAME, "header", **fields))
    assert isinstance(header, Header)
    assert header.urgency_reason == SEALED_REASON
    refused = refusal(changed(NAME, "header", urgency="urgent", urgency_reason=...))
    assert "urgency_reason_missing" in refused.detail


def test_the_body_inside_is_read_by_the_schema_of_its_type() -> None:
    inner = read_body(NAME, INNER[NAME])
    assert isinstance(inner, ProtectionReferral)
    assert parse_body(NAME, body_bytes(inner)) == inner
    Draft202012Validator(schemas()[f"{NAME}.body.v1.schema.json"]).validate(INNER[NAME])


@pytest.mark.parametrize(
    ("inner", "reason"),
    [
        (b"{", Reason.NOT_JSON),
        (b'{"needs":1,"needs":2}', Reason.DUPLICATE_KEY),
        (b"{}", Reason.SCHEMA),
        (canonical(INNER[NAME] | {"offence": "theft"}), Reason.SCHEMA),
        (b"[" * 50, Reason.DEPTH),
    ],
)
def test_a_body_inside_that_is_at_fault_is_refused_without_its_values(
    inner: bytes, reason: Reason
) -> None:
    with pytest.raises(Unverified) as caught:
        parse_body(NAME, inner)
    assert caught.value.reason is reason
    assert "theft" not in str(caught.value)


def test_the_seal_is_bound_to_the_header_however_it_is_spelled() -> None:
    message = compose(*read_document(sample(NAME)))
    spelled = json.dumps(json.loads(message.raw), indent=3).encode()
    assert received_header_bytes(spelled) == received_header_bytes(message.raw)
    assert received_header_bytes(message.raw) == header_bytes(message.header)


@pytest.mark.parametrize("raw", [b"[]", b'{"body":{}}', b'{"header":{"a":0.5}}'])
def test_bytes_without_a_header_of_canonical_form_bind_nothing(raw: bytes) -> None:
    with pytest.raises(Unverified):
        received_header_bytes(raw)
