"""Laws of entries read and written in one step: never another answer than field by field gives."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from relec_exchange.audit import entry as entries
from relec_exchange.audit.entry import decode_entry, encode_entry
from relec_exchange.audit.fields import Check
from relec_exchange.audit.kinds import KINDS
from relec_exchange.audit.written import read, written
from relec_exchange.errors import InvalidInput, Unverified

FULL = os.environ.get("RELEC_FULL") == "1"
SOME = settings(max_examples=400 if FULL else 15, derandomize=not FULL, deadline=None)
FORMS = sorted(name for name in KINDS if written(name) is not None)

KNOWN = {
    "kind": ["sent"],
    "time": ["2026-11-21T17:30:00.123Z", "2026-02-30T17:30:00.123Z", "2026-11-21T24:00:00.000Z"],
    "minute": ["2026-11-21T17:30:00.000Z", "2026-11-21T17:30:01.000Z"],
    "origin": [
        "relec.example/tr/exchange/1",
        "relec.example/tr/activity/2",
        "relec.example/tr/x/1",
    ],
    "previous_origin": ["", "relec.example/tr/exchange/1", "relec.example/tr/exchange/01"],
    "network": ["relec.example", "other.example", "-"],
    "from": ["tr", "pk"],
    "to": ["tr", "pk"],
}
ODD = st.sampled_from(
    [
        "",
        " ",
        "é",
        '"',
        "\\",
        "a\nb",
        0,
        -1,
        2**53,
        2**53 - 1,
        1.0,
        True,
        None,
        [],
        {},
        "0",
        "A" * 300,
    ]
)


def values(name: str, kind: str, check: Check) -> st.SearchStrategy[Any]:
    """Mostly what fits the field, sometimes what nearly does."""
    if name == "kind":
        return st.just(kind)
    if check.number:
        return st.integers(0, 2**53 + 2)
    shaped = st.from_regex(check.written, fullmatch=True)
    return st.sampled_from(KNOWN[name]) if name in KNOWN else shaped


@st.composite
def fields_of(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    checks = KINDS[kind].fields
    fields = {name: draw(values(name, kind, check)) for name, check in checks.items()}
    if draw(st.integers(0, 3)) == 0:
        fields[draw(st.sampled_from(sorted(fields)))] = draw(ODD)
    return fields


def answer(act: Any, *arguments: Any) -> Any:
    try:
        return act(*arguments)
    except (InvalidInput, Unverified) as error:
        return type(error), error.message


@pytest.mark.parametrize("kind", FORMS)
@given(data=st.data())
@SOME
def test_an_entry_is_written_as_field_by_field(kind: str, data: st.DataObject) -> None:
    fields = data.draw(fields_of(kind))
    assert answer(encode_entry, fields) == answer(entries._encode_by_field, fields)


@pytest.mark.parametrize("kind", FORMS)
@given(data=st.data())
@SOME
def test_an_entry_is_read_as_field_by_field(kind: str, data: st.DataObject) -> None:
    fields = data.draw(fields_of(kind))
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"))
    raw = bytearray(text.encode())
    if data.draw(st.booleans()):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    given_ = bytes(raw)
    assume(len(given_) > 2)
    assert answer(decode_entry, given_) == answer(entries._decode_by_field, given_)


def test_the_one_step_is_taken_for_entries_of_nearly_every_kind() -> None:
    example = {
        "kind": "erased",
        "time": "2026-11-21T17:30:00.123Z",
        "network": "relec.example",
        "what": "message",
        "subject": "tr/1",
        "reason": "retention",
    }
    assert read(encode_entry(example)) == example
    assert set(KINDS) - set(FORMS) == {"officer"}
