"""Texts that authorities sign: TOML in which a person sees exactly what is signed.

Prevents: characters that nobody sees or that turn the order of their neighbours, two spellings of
one letter, fields that one reader knows and another passes over, and numbers that are not exact.
All refusals are `text-malformed`.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, NoReturn

from relec_verify.encodings import INTEGER_MAX
from relec_verify.refused import Refused

LINE_MAX = 4096
DOTS_MAX = 100
_HIDDEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\ufffb\U000e0000-\U000e0fff]"
)
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")

Table = dict[str, Any]
Check = Callable[[Any], bool]
Shape = Mapping[str, tuple[bool, Check]]
"""The names a table may have: whether each must be there, and what it must be."""


def identity(text: bytes) -> str:
    """What names a text everywhere: the SHA-256 of its bytes, in hex."""
    return hashlib.sha256(text).hexdigest()


def read_text(text: bytes, kind: str) -> Table:
    """The tables of a signed text of this kind."""
    written = text.decode("utf-8")
    if not written.endswith("\n"):
        _refuse("the last line has no end")
    lines = written.split("\n")
    for number, line in enumerate(lines, start=1):
        _check_line(number, line)
    if lines[0] != f'format = "relec/v1 {kind}"' or not lines[1].startswith("network = "):
        _refuse(f"not a {kind}")
    try:
        table = tomllib.loads(written)
    except (ValueError, RecursionError):
        _refuse("not TOML")
    _check_value(table, 0)
    return table


def kind_of(text: bytes) -> str:
    """What kind of text this claims to be in its first line."""
    match = re.match(rb'format = "relec/v1 ([a-z]+)"\n', text)
    return match[1].decode() if match else ""


def check_shape(table: Any, shape: Shape, where: str) -> None:
    """That a table has the names it must have, no others, and each in its form."""
    if not isinstance(table, dict) or not table.keys() <= shape.keys():
        _refuse(f"{where}: a name that is not known, or no table")
    for name, (must, check) in shape.items():
        if name in table and not check(table[name]):
            _refuse(f"{where}: {name} is malformed")
        if must and name not in table:
            _refuse(f"{where}: {name} is missing")


def line(value: Any) -> bool:
    """A text of 1 to 1000 characters."""
    return isinstance(value, str) and 1 <= len(value) <= 1000


def matching(pattern: str) -> Check:
    """A text that the whole pattern matches."""
    compiled = re.compile(pattern)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


def integer(lowest: int) -> Check:
    """An integer from `lowest` on, never a boolean."""
    return lambda value: type(value) is int and value >= lowest


def boolean(value: Any) -> bool:
    """True or false."""
    return isinstance(value, bool)


def moment(value: Any) -> bool:
    """A UTC time to the second."""
    return isinstance(value, datetime)


def distinct(check: Check, least: int = 0, most: int = 256) -> Check:
    """A list of different values that each pass the check."""

    def judge(value: Any) -> bool:
        return (
            isinstance(value, list)
            and least <= len(value) <= most
            and all(check(item) for item in value)
            and len({repr(item) for item in value}) == len(value)
        )

    return judge


def anything(_value: Any) -> bool:
    """A value that this verifier does not use; its form was checked as that of every value."""
    return True


def _check_line(number: int, text: str) -> None:
    if _HIDDEN.search(text) or not unicodedata.is_normalized("NFC", text):
        _refuse(f"line {number} holds a character that cannot be seen, or not in its one form")
    if len(text) > LINE_MAX or text.count(".") > DOTS_MAX:
        _refuse(f"line {number} is too long")
    if '"""' in text or "'''" in text:
        _refuse(f"line {number} begins a text over several lines")


def _check_value(value: Any, depth: int) -> None:
    if depth > 8:
        _refuse("nested too deeply")
    if isinstance(value, dict):
        for name, item in value.items():
            if _NAME.fullmatch(name) is None:
                _refuse("a name of another form")
            _check_value(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check_value(item, depth + 1)
    elif not _plain(value):
        _refuse("a value of a kind that no text has")


def _plain(value: Any) -> bool:
    if isinstance(value, datetime):
        return value.utcoffset() == timedelta(0) and not value.microsecond
    if isinstance(value, str):
        return _HIDDEN.search(value) is None and "\n" not in value
    return isinstance(value, bool) or (isinstance(value, int) and abs(value) <= INTEGER_MAX)


def _refuse(detail: str) -> NoReturn:
    raise Refused("text-malformed", detail)
