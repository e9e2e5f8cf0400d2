"""Laws of canonical JSON, base64, times and strict parsing."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from relec_exchange.errors import InvalidInput, Unverified
from relec_exchange.message.encoding import (
    b64,
    canonical,
    canonical_with_decimals,
    parse_json,
    unb64,
)
from relec_exchange.message.identifiers import format_time, parse_time

ASCII = st.text(st.characters(max_codepoint=127), max_size=8)
INTEGERS = st.integers(-(2**53) + 1, 2**53 - 1)
PLAIN = st.none() | st.booleans() | INTEGERS | st.text(max_size=20)
NESTED = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ASCII, inner, max_size=4)
)
# What a stranger may send: near-JSON made of the pieces that parsers disagree about.
PIECES = st.sampled_from(
    [
        *rb"""{ } [ ] " \ \u d800 0000 : , 1 - e400 NaN Infinity null true "a" {"a":""".split(),
        *rb"""{"a":1,"a":1} "\u0000" "\ud800" """.split(),
        *(b" ", b"\n", b"\x00", b"\xff", b"\xed\xa0\x80", b"9" * 30, b"[" * 40),
    ]
)


def parsed(data: bytes) -> object:
    """The value, or the refusal: anything else that is raised fails the test."""
    try:
        return parse_json(data)
    except Unverified as refusal:
        return refusal


@given(NESTED)
@settings(max_examples=200, deadline=None)
def test_canonical_bytes_are_those_of_rfc_8785(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@given(st.integers(-1_800_000, 1_800_000))
@settings(max_examples=300, deadline=None)
def test_decimals_of_positions_are_written_as_rfc_8785_writes_them(tenthousandths: int) -> None:
    value = tenthousandths / 10_000
    assert canonical_with_decimals([value]) == rfc8785.dumps([value])


@given(NESTED)
@settings(max_examples=100, deadline=None)
def test_canonical_bytes_without_nul_are_read_back(value: object) -> None:
    data = canonical(value)
    if b"\\u0000" in data:
        with pytest.raises(Unverified):
            parse_json(data)
    else:
        assert parse_json(data) == value


@given(st.binary(max_size=64) | st.lists(PIECES, max_size=12).map(b"".join))
@settings(max_examples=600, deadline=None)
def test_parsing_ends_in_a_value_or_in_unverified_and_nothing_else(data: bytes) -> None:
    value = parsed(data)
    if isinstance(value, Unverified):
        assert value.reason.step == 9
    else:
        # Whatever passes can be written again: no surrogate, no infinity is left inside.
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()


@given(NESTED, st.data())
@settings(max_examples=100, deadline=None)
def test_a_damaged_byte_is_refused_or_read_as_any_json_reader_reads_it(
    value: object, data: st.DataObject
) -> None:
    good = canonical(value)
    place = data.draw(st.integers(0, len(good) - 1))
    bad = good[:place] + bytes([data.draw(st.integers(0, 255))]) + good[place + 1 :]
    found = parsed(bad)
    if isinstance(found, Unverified):
        assert bad != good or b"\\u0000" in good
        assert found.reason.step == 9
    else:
        assert found == json.loads(bad.decode())


@given(st.binary(max_size=100))
def test_base64_is_read_back(data: bytes) -> None:
    assert unb64(b64(data)) == data


@given(st.text("ABab01+/=", max_size=12) | st.text(max_size=8))
@settings(max_examples=300)
def test_at_most_one_text_stands_for_given_bytes(text: str) -> None:
    try:
        data = unb64(text)
    except InvalidInput:
        return
    assert b64(data) == text


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_time_is_read_back_to_the_millisecond(moment: datetime) -> None:
    cut = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert parse_time(format_time(moment)) == cut
