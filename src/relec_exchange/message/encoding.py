"""Bytes that two implementations agree on: canonical JSON, canonical base64, strict parsing.

Contract: `canonical` writes RFC 8785 for what protocol objects consist of; `parse_json` is receive
step 9 and raises nothing but `Unverified`; `unb64` accepts only what `b64` writes.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from typing import Final, NoReturn

from relec_exchange.errors import InvalidInput, Reason, Unverified
from relec_exchange.message.constants import LIMITS, Limits

INTEGER_MAX: Final = 2**53 - 1
_INT64_MAX: Final = 2**63 - 1
_INT64_DIGITS: Final = 20  # with the sign; longer ones are refused before int() sees them

# With escapes gone, every second piece between quotes lies inside a string.
_ESCAPE: Final = re.compile(rb"\\.", re.DOTALL)
_OPENING: Final = frozenset(b"[{")
_NOT_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))
# The only escapes that can make a character which strict UTF-8 could not carry, or U+0000.
_RISKY_ESCAPE: Final = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")


def canonical(value: object) -> bytes:
    """RFC 8785 bytes of None, bool, int, str, list and dict with ASCII keys; no floats.

    Raises `InvalidInput` for anything else, integers beyond 2^53-1 and lone surrogates.
    """
    _check_canonical(value, 0, floats=False)
    return _dump(value)


def canonical_with_decimals(value: object) -> bytes:
    """As `canonical`, but with the decimals of positions: 0, or 0.0001 to 2^53-1 either sign.

    In that range the shortest decimal form is the one of RFC 8785 too.
    """
    return _dump(_check_canonical(value, 0, floats=True))


def b64(data: bytes) -> str:
    """Standard base64 with padding."""
    return base64.b64encode(data).decode("ascii")


def unb64(text: str) -> bytes:
    """The bytes that `b64` wrote as this text, or `InvalidInput`: no junk, no spare bits."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise InvalidInput("not base64", remedy="use the standard alphabet and padding") from None
    if b64(data) != text:
        raise InvalidInput("not canonical base64", remedy="encode the bytes again")
    return data


def parse_json(data: bytes, limits: Limits = LIMITS) -> object:
    """Receive step 9: what the bytes mean to every parser, or `Unverified` with a fine reason.

    Refused: bytes that are not UTF-8, a byte order mark, U+0000, lone surrogates, NaN, infinities,
    integers beyond 64 bits, one name twice in an object, nesting deeper than the limit.
    """
    if b"\0" in data:
        raise Unverified(Reason.NUL)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Unverified(Reason.NOT_UTF8) from None
    _check_depth(data, limits.json_depth_max)
    try:
        value: object = _DECODER.decode(text)
    except ValueError:
        raise Unverified(Reason.NOT_JSON) from None
    if _RISKY_ESCAPE.search(data):
        _check_strings(value)
    return value


def _check_canonical(value: object, depth: int, *, floats: bool) -> object:
    """Refuse what has no canonical form. Returns the value, whole floats as integers."""
    if depth > LIMITS.json_depth_max:
        raise InvalidInput("nested too deeply")
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, int):
        return _checked_int(value)
    if isinstance(value, float) and floats:
        return _checked_float(value)
    if isinstance(value, (list, tuple)):
        return [_check_canonical(item, depth + 1, floats=floats) for item in value]
    if isinstance(value, dict):
        return {
            _checked_key(key): _check_canonical(item, depth + 1, floats=floats)
            for key, item in value.items()
        }
    raise InvalidInput(f"{type(value).__name__} has no canonical form")


def _checked_int(value: int) -> int:
    if not -INTEGER_MAX <= value <= INTEGER_MAX:
        raise InvalidInput("integers go to 2^53-1, either sign")
    return value


def _checked_float(value: float) -> float | int:
    if not (value == 0 or 0.0001 <= abs(value) <= INTEGER_MAX):  # NaN fails both
        raise InvalidInput("decimals go from 0.0001 to 2^53-1, either sign")
    return int(value) if value.is_integer() else value


def _checked_key(key: object) -> str:
    # RFC 8785 sorts by UTF-16 units, Python by code points: the same thing for ASCII.
    if not isinstance(key, str) or not key.isascii():
        raise InvalidInput("names in an object are ASCII strings")
    return key


def _dump(value: object) -> bytes:
    try:
        return json.dumps(
            value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
        ).encode("utf-8")
    except UnicodeEncodeError:
        raise InvalidInput("a text holds half of a surrogate pair") from None


def _check_depth(data: bytes, maximum: int) -> None:
    """Count brackets outside strings, so that no parser's stack is the limit."""
    # Right up to the first byte that no parser accepts; what follows it is never parsed.
    plain = _ESCAPE.sub(b"", data) if b"\\" in data else data
    depth = 0
    for bracket in b"".join(plain.split(b'"')[::2]).translate(None, _NOT_BRACKETS):
        depth += 1 if bracket in _OPENING else -1
        if depth > maximum:
            raise Unverified(Reason.DEPTH)


def _check_strings(value: object) -> None:
    """Look into every string, names too, for what an escape smuggled in."""
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            _check_string(item)
        elif isinstance(item, dict):
            pending.extend(item.keys())
            pending.extend(item.values())
        elif isinstance(item, list):
            pending.extend(item)


def _check_string(text: str) -> None:
    if "\0" in text:
        raise Unverified(Reason.NUL)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise Unverified(Reason.SURROGATE) from None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise Unverified(Reason.DUPLICATE_KEY)
    return result


def _integer(digits: str) -> int:
    if len(digits) > _INT64_DIGITS:
        raise Unverified(Reason.NUMBER)
    value = int(digits)
    if not -_INT64_MAX - 1 <= value <= _INT64_MAX:
        raise Unverified(Reason.NUMBER)
    return value


def _decimal(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise Unverified(Reason.NUMBER)
    return value


def _no_constant(name: str) -> NoReturn:
    raise Unverified(Reason.NUMBER)


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_int=_integer,
    parse_float=_decimal,
    parse_constant=_no_constant,
)
