"""Canonical bytes have one form, and parsing refuses what parsers would read differently."""

from __future__ import annotations

import pytest

from relec_exchange.errors import InvalidInput, Reason, Unverified
from relec_exchange.message.encoding import (
    b64,
    canonical,
    canonical_with_decimals,
    parse_json,
    unb64,
)


def test_canonical_json_is_sorted_dense_and_not_escaped_beyond_need() -> None:
    value = {"b": [1, True, None], "a": 'Türkiye "\n\x01\x7f'}
    assert canonical(value) == '{"a":"Türkiye \\"\\n\\u0001\x7f","b":[1,true,null]}'.encode()


@pytest.mark.parametrize(
    "value",
    [1.5, float("nan"), 2**53, -(2**53), {"ü": 1}, {1: 1}, "\ud800", b"x", {1, 2}, object()],
)
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(InvalidInput):
        canonical({"a": [value]})


def test_a_structure_that_contains_itself_is_refused() -> None:
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(InvalidInput):
        canonical(loop)


def test_decimals_of_positions_are_written_as_in_rfc_8785() -> None:
    assert (
        canonical_with_decimals([27.0, -0.0, 37.28, -0.0001, 61.5]) == b"[27,0,37.28,-0.0001,61.5]"
    )


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e-5, 1e300])
def test_other_decimals_are_refused(value: float) -> None:
    with pytest.raises(InvalidInput):
        canonical_with_decimals(value)


@pytest.mark.parametrize(
    "text", ["AA", "AA=", "AB==", "AAA", "AAB=", "AA==\n", " AA==", "AA==AA==", "-_-_", "ÄA=="]
)
def test_base64_that_is_not_canonical_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        unb64(text)


def test_canonical_base64_is_read_back() -> None:
    assert unb64(b64(b"\x00\xff")) == b"\x00\xff"
    assert unb64("") == b""


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xff", Reason.NOT_UTF8),
        (b'"\xed\xa0\x80"', Reason.NOT_UTF8),
        (b'"\xc0\x80"', Reason.NOT_UTF8),
        (b"\xef\xbb\xbf{}", Reason.NOT_JSON),
        ('"a"'.encode("utf-16"), Reason.NUL),
        (b'"\x00"', Reason.NUL),
        (b'"\\u0000"', Reason.NUL),
        (b'{"\\u0000":1}', Reason.NUL),
        (b'"\\ud800"', Reason.SURROGATE),
        (b'"\\uDC00\\uD800"', Reason.SURROGATE),
        (b'[{"a":["\\uD83D"]}]', Reason.SURROGATE),
        (b'{"\\ud800":1}', Reason.SURROGATE),
        (b"1e400", Reason.NUMBER),
        (b"[-1e400]", Reason.NUMBER),
        (b"NaN", Reason.NUMBER),
        (b"[Infinity]", Reason.NUMBER),
        (b"-Infinity", Reason.NUMBER),
        (b"9223372036854775808", Reason.NUMBER),
        (b"1" * 5000, Reason.NUMBER),
        (b'{"a":1,"a":1}', Reason.DUPLICATE_KEY),
        (b'[{"b":{"a":1,"\\u0061":2}}]', Reason.DUPLICATE_KEY),
        (b"[" * 33 + b"]" * 33, Reason.DEPTH),
        (b"[" * 100_000, Reason.DEPTH),
        (b'{"a":' * 33 + b"1" + b"}" * 33, Reason.DEPTH),
        (b'"\\"' + b"[" * 33, Reason.NOT_JSON),
        (b"", Reason.NOT_JSON),
        (b"{} {}", Reason.NOT_JSON),
        (b"{'a':1}", Reason.NOT_JSON),
        (b"[1,]", Reason.NOT_JSON),
        (b"01", Reason.NOT_JSON),
        (b"+1", Reason.NOT_JSON),
        (b'"\n"', Reason.NOT_JSON),
        (b'"' + b'\\"' * 90_000, Reason.NOT_JSON),
        (b"\x0b1", Reason.NOT_JSON),
    ],
)
def test_poison_is_refused_with_its_own_reason(data: bytes, reason: Reason) -> None:
    with pytest.raises(Unverified) as caught:
        parse_json(data)
    assert caught.value.reason is reason


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"[" * 32 + b"]" * 32, None),
        (b'"' + b"[" * 100 + b'"', "[" * 100),
        (b'["\\\\", "\\"[[[[", "]"]', ["\\", '"[[[[', "]"]),
        (b'"\\\\u0000 \\\\ud800"', "\\u0000 \\ud800"),
        (b'"\\ud83d\\ude00"', "😀"),
        (b" [9223372036854775807, -9223372036854775808]\n", [2**63 - 1, -(2**63)]),
        (b"1e-400", 0.0),
    ],
)
def test_what_only_looks_like_poison_is_read(data: bytes, value: object) -> None:
    parsed = parse_json(data)
    assert value is None or parsed == value
