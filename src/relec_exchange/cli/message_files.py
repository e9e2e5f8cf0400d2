"""A message in a JSON or TOML file: type, recipients, header, body.

Contract: `InvalidInput` names what is wrong; times and dates of TOML become wire text. Whether
the fields are right is judged when the message is composed.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from relec_exchange.errors import InvalidInput, Unverified
from relec_exchange.message.constants import LIMITS
from relec_exchange.message.encoding import parse_json
from relec_exchange.message.identifiers import format_time

_NAMES: Final = frozenset({"type", "to", "header", "body"})


@dataclass(frozen=True, slots=True)
class MessageFile:
    """What a file says; `to` is empty if it names nobody."""

    type: str
    to: tuple[str, ...]
    header: dict[str, Any]
    body: dict[str, Any]


def read_message_file(file: Path) -> MessageFile:
    """Read a file ending in .json or .toml, at most twice as large as a message."""
    with file.open("rb") as opened:
        data = opened.read(2 * LIMITS.message_max_bytes + 1)
    if len(data) > 2 * LIMITS.message_max_bytes:
        raise InvalidInput(f"{file} is larger than any message", field="file")
    found = _toml(data) if file.suffix == ".toml" else _json(data)
    if not isinstance(found, dict):
        raise InvalidInput("a message file is an object with type and body", field="file")
    unknown = sorted(set(found) - _NAMES)
    if unknown:
        raise InvalidInput(
            f"a message file has no {unknown[0]}", field=unknown[0], remedy="type, to, header, body"
        )
    _check_filled(found)
    return _message(found)


def _check_filled(found: dict[str, Any]) -> None:
    """`InvalidInput` that names every place of a template that was not filled in."""
    from relec_exchange.importing.templates.filling import MARK, unfilled

    places = list(unfilled(found))
    if places:
        raise InvalidInput(
            f"not filled in yet: {', '.join(places)}",
            field=places[0],
            remedy=f"replace each text that begins with {MARK}",
        )


def _message(found: dict[str, Any]) -> MessageFile:
    to = found.get("to", [])
    to = [to] if isinstance(to, str) else to
    header = found.get("header")
    # A whole message names its type in its header.
    named = header.get("type") if isinstance(header, dict) else None
    for name, value, kind in (
        ("type", found.get("type", named), str),
        ("to", to, list),
        ("header", found.get("header", {}), dict),
        ("body", found.get("body"), dict),
    ):
        if not isinstance(value, kind):
            raise InvalidInput(f"{name} is missing or of the wrong kind", field=name)
    return MessageFile(
        str(found.get("type", named)),
        tuple(str(node) for node in to),
        found.get("header", {}),
        found["body"],
    )


def _toml(data: bytes) -> object:
    try:
        return _wire(tomllib.loads(data.decode("utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput(f"the file is not TOML: {error}", field="file") from None


def _json(data: bytes) -> object:
    try:
        return parse_json(data)
    except Unverified as error:
        raise InvalidInput(f"the file is not JSON: {error}", field="file") from None


def _wire(value: object) -> object:
    """TOML knows times and dates; on the wire they are text."""
    if isinstance(value, dict):
        return {name: _wire(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_wire(item) for item in value]
    if isinstance(value, datetime):
        return format_time(value)
    return value.isoformat() if isinstance(value, date) else value
