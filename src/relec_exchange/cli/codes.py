"""Options that take codes: completed by the shell, and answered helpfully when mistyped.

Contract: a list is loaded when a value is looked at, not when a command is. A value that is not in
its list is `InvalidInput` with the code most likely meant; a country may be written by its name.
Completion never fails: where nothing can be listed it lists nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from relec_exchange.errors import InvalidInput, RelecError


class Codes(click.ParamType[str]):
    """A code of one list; `load` gives code and name (may be empty)."""

    def __init__(self, name: str, load: Callable[[], Mapping[str, str]]) -> None:
        self.name = name
        self._load = load

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The code, or `InvalidInput` that names the nearest one."""
        table = self._load()
        text = str(value)
        if text in table:
            return text
        meant = _meant(text, table)
        raise InvalidInput(
            f"{text[:40]} is no {self.name}",
            field=(param.name if param else None) or self.name,
            remedy=f"did you mean {meant}?" if meant else _some(table),
        )

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Codes that begin so, with their names."""
        return [
            CompletionItem(code, help=name or None)
            for code, name in self._load().items()
            if code.lower().startswith(incomplete.lower())
        ]


class Nodes(click.ParamType[str]):
    """Names of nodes with commas; the shell completes the last of them."""

    name = "nodes"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """The partners in the home directory that are not named yet."""
        before, comma, last = incomplete.rpartition(",")
        named = set(before.split(","))
        return [
            CompletionItem(f"{before}{comma}{node}")
            for node in _partners(ctx)
            if node.startswith(last) and node not in named
        ]


def areas() -> Mapping[str, str]:
    """The three areas."""
    from relec_exchange.message.codes import Area

    return _values(Area)


def purposes() -> Mapping[str, str]:
    """Purposes of use."""
    from relec_exchange.message.codes import Purpose

    return _values(Purpose)


def warning_kinds() -> Mapping[str, str]:
    """What a notice warns about."""
    from relec_exchange.message.bodies.warnings import WarningKind

    return _values(WarningKind)


def craft_kinds() -> Mapping[str, str]:
    """In or on what people are."""
    from relec_exchange.message.bodies.warnings import CraftKind

    return _values(CraftKind)


def country_codes() -> Mapping[str, str]:
    """Two-letter codes of ISO 3166-1 with their names."""
    from relec_exchange.message.codes import countries

    return {code: country.name for code, country in countries().items()}


def _values(codes: Any) -> dict[str, str]:
    return {code.value: "" for code in codes}


def _meant(text: str, table: Mapping[str, str]) -> str:
    """The nearest code, or the code whose name was written, with its name."""
    from relec_exchange.message.codes import nearest

    by_name = {name.casefold(): code for code, name in table.items() if name}
    code = by_name.get(text.casefold())
    if code is None and len(text) > 3 and by_name:
        name = nearest(text.casefold(), by_name)
        code = by_name[name] if name else None
    code = code or nearest(text, table)
    if code is None:
        return ""
    return f"{code} ({table[code]})" if table[code] else code


def _some(table: Mapping[str, str]) -> str:
    listed = ", ".join(list(table)[:12])
    return f"one of {listed}" if len(table) <= 12 else f"for example {listed}"


def _partners(ctx: click.Context) -> Iterator[str]:
    from relec_exchange.cli.home import Place

    home = ctx.params.get("home") or ctx.find_root().params.get("home")
    path = Path(home or os.environ.get("RELEC_HOME", "."))
    with suppress(RelecError, OSError):
        directory = Place(path).directory().directory
        yield from (node for node in directory.nodes() if node != directory.own)
