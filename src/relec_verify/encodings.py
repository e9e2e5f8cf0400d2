"""Bytes, times and JSON, each in its one spelling.

Prevents: two spellings of one thing (a signature with spare bits, a name twice in an object, `1.0`
for `1`), of which one reader believes this and another reader that.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from datetime import UTC, datetime
from typing import Any

from relec_verify.refused import Refused

INTEGER_MAX = 2**53 - 1
INT64 = 2**63 - 1
DEPTH_MAX = 32
_NUL = re.compile(r"(?<!\\)(\\\\)*\\u0000")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")


def unb64(text: str, code: str) -> bytes:
    """Decode base64 and refuse every other spelling of the same bytes."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise Refused(code, "not base64") from None
    if base64.b64encode(data).decode() != text:
        raise Refused(code, "base64 that is not in its one form")
    return data


def parse_time(text: str, code: str) -> datetime:
    """`2026-11-21T17:30:00.123Z`, exactly so, and a moment that exists."""
    if _TIME.fullmatch(text) is None:
        raise Refused(code, "a time is not in its one form")
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    except ValueError:
        raise Refused(code, "a time that does not exist") from None


def format_time(moment: datetime) -> str:
    """A time as people read it in a statement, to the second."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def read_json(data: bytes, code: str) -> Any:
    """Strict JSON: UTF-8, no name twice, at most 32 levels, no number of doubtful size."""
    if _too_deep(data):
        raise Refused(code, f"more than {DEPTH_MAX} levels")
    try:
        text = data.decode("utf-8")
        value = json.loads(
            text,
            object_pairs_hook=lambda pairs: _object(pairs, code),
            parse_constant=lambda _: _number(code),
            parse_float=lambda number: _float(number, code),
            parse_int=lambda number: _integer(number, code),
        )
        written = json.dumps(value, ensure_ascii=False)
        written.encode("utf-8")  # half a surrogate pair cannot
    except (ValueError, RecursionError):
        raise Refused(code, "not JSON in UTF-8") from None
    if _NUL.search(written):
        raise Refused(code, "a text holds U+0000")
    return value


def canonical(value: Any) -> bytes:
    """RFC 8785 for objects with ASCII names, arrays, texts, integers, booleans and null."""
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode("utf-8")


def _too_deep(data: bytes) -> bool:
    """Whether brackets outside texts are nested beyond the limit; asked before any parser runs."""
    level, in_text, escaped = 0, False, False
    for byte in data:
        if in_text:
            escaped, in_text = byte == 0x5C and not escaped, byte != 0x22 or escaped
        elif byte == 0x22:
            in_text = True
        elif byte in b"[{":
            level += 1
            if level > DEPTH_MAX:
                return True
        elif byte in b"]}":
            level -= 1
    return False


def _object(pairs: list[tuple[str, Any]], code: str) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Refused(code, "a name stands twice in one object")
    return found


def _number(code: str) -> Any:
    raise Refused(code, "a number that is none")


def _float(text: str, code: str) -> float:
    number = float(text)
    return number if abs(number) != float("inf") else _number(code)


def _integer(text: str, code: str) -> int:
    number = int(text) if len(text) <= 20 else INT64 + 1
    return number if -INT64 - 1 <= number <= INT64 else _number(code)
