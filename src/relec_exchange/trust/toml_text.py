"""Writing TOML for people: short lines, comments, one way to write each value.

Contract: what `TomlText.render` returns is read back by `plaintext.read_text` as the same values.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from relec_exchange.errors import InvalidInput

_WIDTH: Final = 98
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")


def toml_value(value: object) -> str:
    """One value: a string, a bool, an integer, a UTC time (to the second) or a list of these."""
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, datetime):
        if value.tzinfo is None or value.microsecond:
            raise InvalidInput("a time is written to the second and says its zone", field="time")
        return f"{value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"
    if isinstance(value, Sequence):
        return f"[{', '.join(toml_value(item) for item in value)}]"
    raise InvalidInput(f"{type(value).__name__} cannot be written", field="value")


class TomlText:
    """A text that grows from top to bottom."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def comment(self, *paragraphs: str) -> None:
        """Comment lines, wrapped; each paragraph begins a new line."""
        for paragraph in paragraphs:
            self._lines += [f"# {line}" for line in textwrap.wrap(paragraph, _WIDTH - 2)]

    def pairs(self, values: Mapping[str, object]) -> None:
        """One `key = value` line each; a long list gets one line per element."""
        for key, value in values.items():
            self._lines += _pair(key, value)

    def table(self, name: str, values: Mapping[str, object], *comments: str) -> None:
        """A `[name]` table after an empty line, with comments above it."""
        self._header(f"[{_key(name)}]", comments)
        self.pairs(values)

    def row(self, name: str, values: Mapping[str, object], *comments: str) -> None:
        """One more `[[name]]` table after an empty line, with comments above it."""
        self._header(f"[[{_key(name)}]]", comments)
        self.pairs(values)

    def blank(self) -> None:
        """An empty line."""
        self._lines.append("")

    def _header(self, header: str, comments: Iterable[str]) -> None:
        self.blank()
        self.comment(*comments)
        self._lines.append(header)

    def render(self) -> str:
        """The text so far, final newline included."""
        return "\n".join(self._lines) + "\n"


def _pair(key: str, value: object) -> list[str]:
    name = _key(key)
    line = f"{name} = {toml_value(value)}"
    if len(line) <= _WIDTH or isinstance(value, str) or not isinstance(value, Sequence):
        return [line]
    return [f"{name} = [", *(f"  {toml_value(item)}," for item in value), "]"]


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else _string(key)


def _string(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
