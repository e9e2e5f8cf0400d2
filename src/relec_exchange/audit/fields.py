"""What may stand in one field of a log entry.

Contract: a check tells whether a value fits, and never raises. Every text is ASCII without quotes,
backslashes and spaces, so no entry can carry a sentence, a payload, or the name of a person other
than the officers' own.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from relec_exchange.errors import InvalidInput
from relec_exchange.message.codes import Handling
from relec_exchange.message.encoding import INTEGER_MAX
from relec_exchange.message.identifiers import (
    DIGEST_PATTERN,
    MESSAGE_ID_PATTERN,
    NETWORK_PATTERN,
    NODE_PATTERN,
    TYPE_PATTERN,
    MessageClass,
    parse_origin,
    parse_time,
)
from relec_exchange.trust.officer import OFFICER_PATTERN, Role

Check = Callable[[object], bool]


def text(pattern: str) -> Check:
    """A text that the whole pattern matches."""
    matches = re.compile(pattern.removeprefix("^").removesuffix("$")).fullmatch

    def check(value: object) -> bool:
        return isinstance(value, str) and matches(value) is not None

    return check


def one_of(*values: str) -> Check:
    """One of a closed list."""
    allowed = frozenset(values)
    return lambda value: isinstance(value, str) and value in allowed


def integer_from(lowest: int) -> Check:
    """An integer from `lowest` to 2^53-1."""
    # type(), not isinstance(): True is an int too.
    return lambda value: type(value) is int and lowest <= value <= INTEGER_MAX


def or_empty(check: Check) -> Check:
    """What `check` accepts, or the empty text where there is none."""
    return lambda value: value == "" or check(value)


def is_time(value: object) -> bool:
    """A time in its wire form that exists."""
    try:
        return isinstance(value, str) and parse_time(value) is not None
    except InvalidInput:
        return False


def is_minute(value: object) -> bool:
    """A time at which a minute begins."""
    return is_time(value) and str(value).endswith(":00.000Z")


def is_day(value: object) -> bool:
    """A date as `2026-11-21` that exists."""
    return isinstance(value, str) and len(value) == 10 and is_time(f"{value}T00:00:00.000Z")


_HANDLING: Final = frozenset(code.value for code in Handling)


def is_handling(value: object) -> bool:
    """Handling codes, sorted, each once, joined by `+`."""
    if not isinstance(value, str):
        return False
    codes = value.split("+")
    return codes == sorted(set(codes)) and set(codes) <= _HANDLING


def is_origin(value: object) -> bool:
    """The name of a log."""
    try:
        return isinstance(value, str) and parse_origin(value) is not None
    except InvalidInput:
        return False


_ROLES: Final = frozenset(role.value for role in Role)


def is_roles(value: object) -> bool:
    """A list of officers' roles, sorted and without doubles."""
    return (
        type(value) is list
        and all(isinstance(item, str) and item in _ROLES for item in value)
        and value == sorted(set(value))
    )


NETWORK: Final = text(NETWORK_PATTERN)
NODE: Final = text(NODE_PATTERN)
DIGEST: Final = text(DIGEST_PATTERN)
RANDOM: Final = text(r"[0-9a-f]{32}")
ID: Final = text(MESSAGE_ID_PATTERN)
TYPE: Final = text(r"(?=.{1,64}$)" + TYPE_PATTERN.removeprefix("^"))
OFFICER: Final = text(OFFICER_PATTERN)
# 64 bytes in base64: the last character carries four bits that must be zero.
SIGNATURE: Final = text(r"[A-Za-z0-9+/]{85}[AQgw]==")
VERIFIER_KEY: Final = text(r"[a-z0-9._/-]{1,160}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}")
WORD: Final = text(r"[a-z][a-z0-9._-]{0,63}")
REFERENCE: Final = text(r"[A-Za-z0-9][A-Za-z0-9._:/@-]{0,199}")
CLASS: Final = one_of(*MessageClass)
COUNT: Final = integer_from(0)
POSITIVE: Final = integer_from(1)
