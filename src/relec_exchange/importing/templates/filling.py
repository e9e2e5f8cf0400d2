"""Message files to fill in for the common messages, and what in a message file is not filled in.

Contract: a template is a message file (type, header, body) in which every place to fill begins
with `FILL IN:` and ends with an example. `fill_dates` puts days in; everything else is the
officer's. A file with such a place left is never sent (`unfilled`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import resources
from typing import Final

from relec_exchange.errors import InvalidInput
from relec_exchange.message.codes import nearest
from relec_exchange.message.identifiers import format_time

MARK: Final = "FILL IN:"
"""How a place to fill begins."""

_PACKAGE: Final = __package__
_ENDING: Final = ".toml"
_DAY: Final = re.compile(r"\{(today|now|in ([0-9]{1,3}) days)\}")


@dataclass(frozen=True, slots=True)
class Template:
    """One template: its `text` is TOML with comments; `title` is its first line."""

    name: str
    title: str
    type: str
    area: str
    text: str


def templates() -> tuple[Template, ...]:
    """All templates, by area and name."""
    names = [
        entry.name.removesuffix(_ENDING)
        for entry in resources.files(_PACKAGE).iterdir()
        if entry.name.endswith(_ENDING)
    ]
    return tuple(sorted(map(_read, names), key=lambda one: (one.area, one.name)))


def template(name: str) -> Template:
    """The template of this name, or `InvalidInput` with the nearest name there is."""
    found = {one.name: one for one in templates()}
    if name not in found:
        meant = nearest(name, found)
        raise InvalidInput(
            "there is no such template",
            field="name",
            remedy=f"did you mean {meant}?" if meant else "see: relec template list",
        )
    return found[name]


def fill_dates(text: str, now: datetime) -> str:
    """A template's text with `{today}`, `{now}` and `{in N days}` filled in, in UTC."""

    def filled(match: re.Match[str]) -> str:
        if match[1] == "now":
            return format_time(now)
        return (now + timedelta(days=int(match[2] or 0))).date().isoformat()

    return _DAY.sub(filled, text)


def unfilled(value: object, path: str = "") -> Iterator[str]:
    """The path of every place in a message file that still is to be filled, as `body.what`."""
    if isinstance(value, str):
        if value.startswith(MARK):
            yield path
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from unfilled(item, f"{path}.{name}" if path else str(name))
    elif isinstance(value, Sequence):
        for number, item in enumerate(value):
            yield from unfilled(item, f"{path}.{number}")


def _read(name: str) -> Template:
    text = resources.files(_PACKAGE).joinpath(f"{name}{_ENDING}").read_text("utf-8")
    found = tomllib.loads(text)
    title = text.partition("\n")[0].removeprefix("# ")
    return Template(name, title, found["type"], found["header"]["area"], text)
