"""Models and JSON Schemas agree on damaged documents, and nothing crashes or takes long.

What a schema refuses, the model refuses. What only the model refuses carries a code of
schemas/semantic-rules.json. `RELEC_FULL=1` damages 100,000 documents, else about 3,000.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from message_strategies import BODIES, documents
from mutations import mutated, respelled

from relec_exchange.errors import Reason, Unverified, WireCode
from relec_exchange.message.catalogue import CATALOGUE
from relec_exchange.message.constants import LIMITS
from relec_exchange.message.document import parse_body, parse_message
from relec_exchange.message.schema import schema_of

FULL = os.environ.get("RELEC_FULL") == "1"
NAMES = sorted(CATALOGUE)
SEALED = sorted(kind.name for kind in CATALOGUE.values() if kind.sealed_to)
WANTED = 100_000 if FULL else 3_000
DAMAGES = 20
EXAMPLES = WANTED // (DAMAGES * (len(NAMES) + len(SEALED))) + 1
SECONDS_MAX = 2.0
REPEATED = settings(
    max_examples=EXAMPLES,
    deadline=None,
    # A failure names the seed that repeats it; to shrink a seed is of no use.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
RULES = Path(__file__).parents[2] / "schemas" / "semantic-rules.json"
CODES = {one["code"] for one in json.loads(RULES.read_text("utf-8"))["rules"]}
SEEDS = st.integers(0, 2**32)


def whole_pattern(_: Any, pattern: str, value: Any, __: Any) -> Any:
    """`$` ends a text in ECMAScript; Python's would let a line feed follow."""
    ending = pattern[:-1] + r"\Z" if pattern.endswith("$") else pattern
    if isinstance(value, str) and not re.search(ending, value):
        yield ValidationError("does not match")


STRICT = extend(Draft202012Validator, {"pattern": whole_pattern})


@cache
def validator(name: str, part: str = "") -> Any:
    return STRICT(schema_of(CATALOGUE[name], part))


def codes(refusal: Unverified) -> set[str]:
    """The codes of the rules that a refusal names after each field."""
    return {fault.rsplit(": ", 1)[1] for fault in refusal.detail.split("; ")}


def judged(parse: Callable[[bytes], Any], raw: bytes) -> Unverified | None:
    """What refused the bytes; fails for any other error, and if it takes long."""
    before = time.process_time()
    try:
        parse(raw)
        refusal = None
    except Unverified as error:
        refusal = error
    assert time.process_time() - before < SECONDS_MAX
    return refusal


def check_agreement(refusal: Unverified | None, document: Any, schema: Any) -> None:
    if refusal is None:
        assert schema.is_valid(document), "the model accepts what the schema refuses"
        return
    assert refusal.reason.step in {9, 10}
    assert refusal.reason.wire in {WireCode.SYNTAX, WireCode.SCHEMA}
    if refusal.reason is Reason.SCHEMA and refusal.detail != "message: too_long":
        assert codes(refusal) <= CODES or not schema.is_valid(document), refusal.detail


def written(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")


def type_of(document: Any, name: str) -> str:
    """The type that a damaged document says it is, if there is one of that name."""
    header = document.get("header") if isinstance(document, dict) else None
    said = header.get("type") if isinstance(header, dict) else None
    return said if isinstance(said, str) and said in CATALOGUE else name


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data(), seed=SEEDS)
@REPEATED
def test_a_damaged_message_is_refused_clearly_and_as_its_schema_says(
    name: str, data: st.DataObject, seed: int
) -> None:
    document = data.draw(documents(name))
    for number in range(seed, seed + DAMAGES):
        damaged = mutated(document, number)
        refusal = judged(parse_message, written(damaged))
        note(f"seed of the damage: {number}")
        check_agreement(refusal, damaged, validator(type_of(damaged, name)))


@pytest.mark.parametrize("name", SEALED)
@given(data=st.data(), seed=SEEDS)
@REPEATED
def test_a_damaged_body_inside_a_seal_is_refused_clearly_and_as_its_schema_says(
    name: str, data: st.DataObject, seed: int
) -> None:
    body = data.draw(BODIES[name])
    for number in range(seed, seed + DAMAGES):
        damaged = mutated(body, number)
        refusal = judged(lambda raw: parse_body(name, raw), written(damaged))
        note(f"seed of the damage: {number}")
        check_agreement(refusal, damaged, validator(name, ".body"))


@given(name=st.sampled_from(NAMES), data=st.data(), seed=SEEDS)
@settings(parent=REPEATED, max_examples=EXAMPLES * 5)
def test_damaged_bytes_are_refused_clearly(name: str, data: st.DataObject, seed: int) -> None:
    raw = written(data.draw(documents(name)))
    for number in range(seed, seed + DAMAGES):
        refusal = judged(parse_message, respelled(raw, number))
        assert refusal is None or refusal.reason.step in {9, 10}


@pytest.mark.parametrize(
    "raw",
    [
        b"[" * LIMITS.message_max_bytes,
        b'{"header":' + b"[" * 32 + b"]" * 32 + b',"body":{}}',
        b'{"header":{"type":"' + b"a." * 90_000 + b'"},"body":{}}',
        b'{"header":{"type":"ack"},"body":{' + b'"a":1,' * 30_000 + b'"b":1}}',
        b'{"header":{"type":"stat.report"},"body":{"rows":[' + b"{}," * 60_000 + b"{}]}}",
        b'{"header":{"type":"stat.report"},"body":{"rows":[' + b"{}," * 1_999 + b"{}]}}",
        b'{"header":{"type":"ack","schema_version":' + b"9" * 100_000 + b'},"body":{}}',
        b'{"header":{"type":"ack","handling":[' + b'"H1",' * 30_000 + b'"H1"]},"body":{}}',
    ],
    ids=("brackets", "depth", "type", "names", "rows-60000", "rows-2000", "digits", "codes"),
)
def test_a_message_made_to_cost_time_is_refused_in_time(raw: bytes) -> None:
    assert judged(parse_message, raw) is not None
