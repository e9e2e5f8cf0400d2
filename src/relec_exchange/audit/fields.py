"""What may stand in one field of a log entry.

Contract: a check tells whether a value fits, and never raises. Every text is ASCII without quotes,
backslashes and spaces, so no entry can carry a sentence, a payload, or the name of a person other
than the officers' own. A check also says how its values look when written, which `written` makes
whole entries of: what the pattern does not say, `rest` does.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from relec_exchange.errors import InvalidInput
from relec_exchange.message.codes import Handling
from relec_exchange.message.encoding import INTEGER_MAX
from relec_exchange.message.identifiers import (
    DIGEST_PATTERN,
    MESSAGE_ID_PATTERN,
    NETWORK_PATTERN,
    NODE_PATTERN,
    TIME_PATTERN,
    TYPE_PATTERN,
    MessageClass,
    parse_origin,
)
from relec_exchange.trust.officer import OFFICER_PATTERN, Role

Test = Callable[[Any], bool]
_GROUP: Final = re.compile(r"\((?!\?)")


@dataclass(frozen=True, slots=True)
class Check:
    """`fits` is the whole truth about a value. `written` is a pattern, without groups, of at least
    all values that fit, or "" where there is none; `rest` is what it leaves open, None if nothing.
    With `number` the value is an integer, else a text, which stands in quotes.
    """

    fits: Test
    written: str = ""
    rest: Test | None = None
    number: bool = False

    def __call__(self, value: object) -> bool:
        """Whether the value fits."""
        return self.fits(value)


def _bare(pattern: str) -> str:
    """A pattern without anchors and groups."""
    return _GROUP.sub("(?:", pattern.removeprefix("^").removesuffix("$"))


def text(pattern: str, shape: str = "") -> Check:
    """A text that the whole pattern matches; `shape` stands for one that looks around itself."""
    bare = _bare(pattern)
    matches = re.compile(bare).fullmatch

    def fits(value: object) -> bool:
        return isinstance(value, str) and matches(value) is not None

    return Check(fits, shape or bare, fits if shape else None)


def one_of(*values: str) -> Check:
    """One of a closed list."""
    allowed = frozenset(values)
    return Check(
        lambda value: isinstance(value, str) and value in allowed,
        f"(?:{'|'.join(re.escape(value) for value in values)})",
    )


def integer_from(lowest: int) -> Check:
    """An integer from `lowest` to 2^53-1."""

    def fits(value: object) -> bool:
        # type(), not isinstance(): True is an int too.
        return type(value) is int and lowest <= value <= INTEGER_MAX

    return Check(fits, r"(?:0|[1-9][0-9]{0,15})", fits, number=True)


def or_empty(check: Check) -> Check:
    """What a check of a text accepts, or the empty text where there is none."""
    rest = check.rest
    return Check(
        lambda value: value == "" or check.fits(value),
        f"(?:{check.written})?",
        None if rest is None else lambda value: value == "" or rest(value),
    )


_time_matches: Final = re.compile(_bare(TIME_PATTERN)).fullmatch


def _is_time(value: object) -> bool:
    return isinstance(value, str) and _time_matches(value) is not None and _exists(value)


@lru_cache(maxsize=1024)
def _exists(value: str) -> bool:
    """Whether the calendar and the clock have a time of the right form; a batch shares its time."""
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_minute(value: object) -> bool:
    return _is_time(value) and str(value).endswith(":00.000Z")


def _is_day(value: object) -> bool:
    return isinstance(value, str) and len(value) == 10 and _is_time(f"{value}T00:00:00.000Z")


_HANDLING: Final = frozenset(code.value for code in Handling)


def _is_handling(value: object) -> bool:
    if not isinstance(value, str):
        return False
    codes = value.split("+")
    return codes == sorted(set(codes)) and set(codes) <= _HANDLING


def _is_origin(value: object) -> bool:
    try:
        return isinstance(value, str) and parse_origin(value) is not None
    except InvalidInput:
        return False


_ROLES: Final = frozenset(role.value for role in Role)


def _is_roles(value: object) -> bool:
    return (
        type(value) is list
        and all(isinstance(item, str) and item in _ROLES for item in value)
        and value == sorted(set(value))
    )


is_time: Final = Check(_is_time, _bare(TIME_PATTERN), _exists)
"""A time in its wire form that exists."""
is_minute: Final = Check(_is_minute, _bare(TIME_PATTERN), _is_minute)
"""A time at which a minute begins."""
is_day: Final = Check(_is_day, r"[0-9]{4}-[0-9]{2}-[0-9]{2}", _is_day)
"""A date as `2026-11-21` that exists."""
is_handling: Final = Check(_is_handling, r"[A-Z0-9+]+", _is_handling)
"""Handling codes, sorted, each once, joined by `+`."""
is_origin: Final = Check(_is_origin, r"[a-z0-9./-]+", _is_origin)
"""The name of a log."""
is_roles: Final = Check(_is_roles)
"""A list of officers' roles, sorted and without doubles."""

NETWORK: Final = text(NETWORK_PATTERN)
NODE: Final = text(NODE_PATTERN)
DIGEST: Final = text(DIGEST_PATTERN)
RANDOM: Final = text(r"[0-9a-f]{32}")
ID: Final = text(MESSAGE_ID_PATTERN)
TYPE: Final = text(r"(?=.{1,64}$)" + TYPE_PATTERN.removeprefix("^"), shape=r"[a-z._]{1,64}")
OFFICER: Final = text(OFFICER_PATTERN)
# 64 bytes in base64: the last character carries four bits that must be zero.
SIGNATURE: Final = text(r"[A-Za-z0-9+/]{85}[AQgw]==")
VERIFIER_KEY: Final = text(r"[a-z0-9._/-]{1,160}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}")
WORD: Final = text(r"[a-z][a-z0-9._-]{0,63}")
REFERENCE: Final = text(r"[A-Za-z0-9][A-Za-z0-9._:/@-]{0,199}")
CLASS: Final = one_of(*MessageClass)
COUNT: Final = integer_from(0)
POSITIVE: Final = integer_from(1)
