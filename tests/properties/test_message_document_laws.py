"""Laws of whole messages: round trip, one form, agreement with the JSON Schemas, no crash."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import rfc8785
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from message_strategies import BODIES, documents

from relec_exchange.errors import Unverified
from relec_exchange.message.catalogue import CATALOGUE
from relec_exchange.message.document import (
    Message,
    body_bytes,
    compose,
    parse_body,
    parse_message,
    read_body,
    read_document,
)
from relec_exchange.message.presence import Presence, presence
from relec_exchange.message.schema import file_name, schemas

FULL = os.environ.get("RELEC_FULL") == "1"
FEW = settings(
    max_examples=200 if FULL else 4,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
NAMES = sorted(CATALOGUE)


SEALED = sorted(kind.name for kind in CATALOGUE.values() if kind.sealed_to)


@cache
def validator(name: str, part: str = "") -> Draft202012Validator:
    return Draft202012Validator(schemas()[file_name(CATALOGUE[name], part)])


def received(raw: bytes) -> Message | Unverified:
    """The message, or the refusal: anything else that is raised fails the test."""
    try:
        return parse_message(raw)
    except Unverified as refusal:
        return refusal


def test_every_type_has_a_strategy() -> None:
    assert sorted(BODIES) == NAMES


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
@FEW
def test_a_valid_document_survives_the_wire_and_satisfies_its_schema(
    name: str, data: st.DataObject
) -> None:
    """Nothing is lost, changed or added: every value given is found again, and no other is."""
    document = data.draw(documents(name))
    validator(name).validate(document)
    header, body = read_document(document)
    message = compose(header, body)
    again = parse_message(message.raw)
    assert (again.header, again.body) == (header, body)
    assert compose(again.header, again.body).raw == message.raw
    wire = json.loads(message.raw)
    assert message.raw == rfc8785.dumps(wire)
    assert contains(wire, document)
    assert contains(document, wire)
    for pointer, expected in said(document):
        assert presence(again, pointer) is expected, pointer


SAID = {"[]": Presence.EMPTY, "null": Presence.UNKNOWN}


def said(document: Any) -> Iterator[tuple[str, Presence]]:
    """What the document says of each of its fields, and of each that it withholds."""
    for item in document["header"].get("withheld", []):
        yield item["path"], Presence.WITHHELD
        yield f"{item['path']}/0", Presence.WITHHELD
    pending = [("/header", document["header"]), ("/body", document["body"])]
    while pending:
        pointer, node = pending.pop()
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            below = f"{pointer}/{key}"
            yield below, SAID.get(json.dumps(value), Presence.KNOWN)
            if isinstance(value, dict | list):
                pending.append((below, value))


@pytest.mark.parametrize("name", SEALED)
@given(data=st.data())
@FEW
def test_a_body_inside_a_seal_survives_and_satisfies_its_schema(
    name: str, data: st.DataObject
) -> None:
    document = data.draw(BODIES[name])
    validator(name, ".body").validate(document)
    body = read_body(name, document)
    inner = body_bytes(body)
    assert parse_body(name, inner) == body
    assert json.loads(inner) == document


def contains(wire: Any, given_value: Any) -> bool:
    if isinstance(given_value, dict):
        return all(
            value is None or contains(wire.get(key), value) for key, value in given_value.items()
        )
    if isinstance(given_value, list):
        return len(wire) == len(given_value) and all(map(contains, wire, given_value))
    return bool(wire == given_value)


@given(st.data(), st.sampled_from(NAMES))
@settings(parent=FEW, max_examples=2_000 if FULL else 60)
def test_one_changed_byte_never_crashes_the_parser(data: st.DataObject, name: str) -> None:
    raw = compose(*read_document(data.draw(documents(name)))).raw
    place = data.draw(st.integers(0, len(raw) - 1))
    changed = raw[:place] + bytes([data.draw(st.integers(0, 255))]) + raw[place + 1 :]
    outcome = received(changed)
    assert not isinstance(outcome, Unverified) or outcome.reason.step in {9, 10}
