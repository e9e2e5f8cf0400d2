"""Names, numbers and times as they are written on the wire, and nothing that is not so written.

Contract: `check_*` return their argument or raise `InvalidInput`; `format_*` and `parse_*` are
exact inverses; the forms are those of `docs/protocol.md`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final, Literal

from relec_exchange.errors import InvalidInput

NODE_PATTERN: Final = r"^[a-z][a-z0-9]{1,15}$"
NETWORK_PATTERN: Final = r"^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])$"
MESSAGE_ID_PATTERN: Final = r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
TIME_PATTERN: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$"
DATE_PATTERN: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
DIGEST_PATTERN: Final = r"^[0-9a-f]{64}$"
UNIT_PATTERN: Final = r"^[a-z][a-z0-9-]{0,31}$"
TYPE_PATTERN: Final = r"^[a-z]+(\.[a-z_]+){0,2}$"

_NODE = re.compile(NODE_PATTERN)
_NETWORK = re.compile(NETWORK_PATTERN)
_MESSAGE_ID = re.compile(MESSAGE_ID_PATTERN)
_TIME = re.compile(TIME_PATTERN)
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


class MessageClass(StrEnum):
    """The three queues, and chains of numbers, between two nodes."""

    CONTROL = "control"
    FLASH = "flash"
    ORDINARY = "ordinary"


@dataclass(frozen=True, slots=True)
class Origin:
    """The name of one log: whose it is, which of the two, and its number from 1."""

    network: str
    node: str
    log: Literal["exchange", "activity"]
    number: int

    def __str__(self) -> str:
        return f"{self.network}/{self.node}/{self.log}/{self.number}"


def check_node(name: str, *, field: str = "node") -> str:
    """Return a node name (2 to 16 of a-z 0-9, a letter first) or raise `InvalidInput`."""
    if _NODE.fullmatch(name) is None:
        raise InvalidInput(
            f"{field} must be 2 to 16 lower-case letters or digits and begin with a letter",
            field=field,
            remedy="use the name on the member's card, for example tr",
        )
    return name


def check_network(name: str, *, field: str = "network") -> str:
    """Return a network name (2 to 63 of a-z 0-9 . -, no . or - at the ends) or raise."""
    if _NETWORK.fullmatch(name) is None:
        raise InvalidInput(
            f"{field} must be 2 to 63 of a-z, 0-9, dot and hyphen, a letter or digit at both ends",
            field=field,
            remedy="use the name in the agreement, for example relec.example",
        )
    return name


def message_id(now: datetime, random: bytes) -> str:
    """A UUID version 7 (RFC 9562): milliseconds of `now`, then 74 of the 80 bits of `random`."""
    if len(random) != 10:
        raise InvalidInput("a message id takes exactly 10 random bytes", field="random")
    millis = (_aware(now) - _EPOCH) // _MILLISECOND
    if not 0 <= millis < 1 << 48:
        raise InvalidInput("the time does not fit into a message id", field="now")
    noise = int.from_bytes(random, "big") & ((1 << 74) - 1)
    value = millis << 80 | 0x7 << 76 | (noise >> 62) << 64 | 0b10 << 62 | noise & ((1 << 62) - 1)
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def check_message_id(value: str, *, field: str = "message_id") -> str:
    """Return a lower-case UUID version 7 or raise `InvalidInput`."""
    if _MESSAGE_ID.fullmatch(value) is None:
        raise InvalidInput(
            f"{field} must be a UUID of version 7 in lower case",
            field=field,
            remedy="leave it out when composing: the node makes it",
        )
    return value


def format_time(moment: datetime) -> str:
    """Write an aware time as `2026-11-21T17:30:00.123Z`; what is below a millisecond is cut."""
    utc = _aware(moment)
    return f"{utc.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def parse_time(text: str, *, field: str = "time") -> datetime:
    """Read exactly the form that `format_time` writes; anything else is `InvalidInput`."""
    if _TIME.fullmatch(text) is None:
        raise InvalidInput(
            f"{field} must be UTC with milliseconds, as 2026-11-21T17:30:00.123Z", field=field
        )
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(
            f"{field} names a day or hour that does not exist", field=field
        ) from None


def exchange_origin(network: str, node: str, number: int) -> str:
    """The name of a node's exchange log, whose proofs travel: `<network>/<node>/exchange/<n>`."""
    return _origin(network, node, "exchange", number)


def activity_origin(network: str, node: str, number: int) -> str:
    """The name of a node's activity log, whose proofs stay: `<network>/<node>/activity/<n>`."""
    return _origin(network, node, "activity", number)


@lru_cache(maxsize=1024)
def parse_origin(text: str) -> Origin:
    """Read a log's name, or raise `InvalidInput` naming the part that is wrong."""
    parts = text.split("/")
    if len(parts) != 4:
        raise InvalidInput("an origin is <network>/<node>/<log>/<number>", field="origin")
    network, node, log, number = parts
    check_network(network, field="origin.network")
    check_node(node, field="origin.node")
    if _NUMBER.fullmatch(number) is None:
        raise InvalidInput("the number of a log is counted from 1", field="origin.number")
    if log == "exchange":
        return Origin(network, node, "exchange", int(number))
    if log == "activity":
        return Origin(network, node, "activity", int(number))
    raise InvalidInput("a log is called exchange or activity", field="origin.log")


def _origin(network: str, node: str, log: str, number: int) -> str:
    return str(parse_origin(f"{network}/{node}/{log}/{number}"))


def _aware(moment: datetime) -> datetime:
    """A naive time could mean anything, so it is refused rather than guessed at."""
    if moment.tzinfo is None:
        raise InvalidInput("a time must say its zone", field="time", remedy="use UTC")
    return moment.astimezone(UTC)
