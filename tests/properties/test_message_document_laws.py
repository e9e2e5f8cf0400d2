"""Laws of whole messages: round trip, one form, agreement with the JSON Schemas, no crash."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
import rfc8785
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from message_strategies import BODIES, documents

from relec_exchange.errors import Reason, Unverified
from relec_exchange.message.catalogue import CATALOGUE
from relec_exchange.message.document import Message, compose, parse_message, read_document
from relec_exchange.message.schema import schemas

FEW = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
NAMES = sorted(CATALOGUE)


@cache
def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(schemas()[f"{name}.v1.schema.json"])


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
    document = data.draw(documents(name))
    validator(name).validate(document)
    header, body = read_document(document)
    message = compose(header, body)
    again = parse_message(message.raw)
    assert (again.header, again.body) == (header, body)
    assert compose(again.header, again.body).raw == message.raw
    wire = json.loads(message.raw)
    assert message.raw == rfc8785.dumps(wire)
    validator(name).validate(wire)


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
@FEW
def test_what_is_said_in_a_document_is_on_the_wire(name: str, data: st.DataObject) -> None:
    """Nothing is lost, changed or added but defaults: every value given is found again."""
    document = data.draw(documents(name))
    wire = json.loads(compose(*read_document(document)).raw)
    assert contains(wire, document)


def contains(wire: Any, given_value: Any) -> bool:
    if isinstance(given_value, dict):
        return all(
            value is None or contains(wire.get(key), value) for key, value in given_value.items()
        )
    if isinstance(given_value, list):
        return len(wire) == len(given_value) and all(map(contains, wire, given_value))
    return bool(wire == given_value)


JUNK = st.sampled_from(
    [None, True, 0, -1, 1.5, "", "x", "\x1b", "\u202e", [], [[]], {}, {"a": 1}, 2**60, "2026-01-01"]
)


@st.composite
def damaged(draw: st.DrawFn, name: str) -> Any:
    """A valid document with one value somewhere replaced, removed or added."""
    document = draw(documents(name))
    node: Any = document
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not keys:
            return document
        key = draw(st.sampled_from(keys))
        if not isinstance(node[key], (dict, list)) or draw(st.integers(0, 3)) == 0:
            break
        node = node[key]
    action = draw(st.sampled_from(["replace", "remove", "add"]))
    if action == "replace":
        node[key] = draw(JUNK)
    elif action == "remove":
        del node[key]
    elif isinstance(node, dict):
        node["Unexpected"] = draw(JUNK)
    else:
        node.append(draw(JUNK))
    return document


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
@settings(parent=FEW, max_examples=25)
def test_a_damaged_document_is_accepted_by_the_model_only_if_the_schema_accepts_it(
    name: str, data: st.DataObject
) -> None:
    """The schema knows fewer rules than the model, and no rule that the model does not know."""
    document = data.draw(damaged(name))
    outcome = received(json.dumps(document).encode())
    if isinstance(outcome, Unverified):
        assert outcome.reason in {Reason.SCHEMA, Reason.UNKNOWN_TYPE}
        assert "Unexpected" not in outcome.detail
    else:
        validator(outcome.header.type).validate(document)


@given(st.data(), st.sampled_from(NAMES))
@settings(parent=FEW, max_examples=60)
def test_one_changed_byte_never_crashes_the_parser(data: st.DataObject, name: str) -> None:
    raw = compose(*read_document(data.draw(documents(name)))).raw
    place = data.draw(st.integers(0, len(raw) - 1))
    changed = raw[:place] + bytes([data.draw(st.integers(0, 255))]) + raw[place + 1 :]
    outcome = received(changed)
    assert not isinstance(outcome, Unverified) or outcome.reason.step in {9, 10}
