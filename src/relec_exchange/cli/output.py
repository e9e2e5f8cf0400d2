"""What commands print: tables, lines and progress for people, JSON for programs.

Contract: everything goes through `safe`; with `--json` standard output holds exactly one JSON
document and nothing else. `rich` is imported only where something is drawn.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from relec_exchange.cli.safe import safe

F = TypeVar("F", bound=Callable[..., Any])

_WIDTH_WITHOUT_TERMINAL = 160


def json_option(function: F) -> F:
    """The option `--json`, as parameter `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(function)


def print_json(document: object) -> None:
    """One JSON document. Escaped to ASCII, so no terminal can obey what stands in it."""
    click.echo(json.dumps(document, indent=2))


def say(text: str, *, error: bool = False) -> None:
    """One or more lines for a person; the text may hold values of strangers."""
    click.echo(safe(text, lines=True), err=error)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table with a title; long cells are folded, never cut."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(
        title=Text(safe(title)), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False
    )
    for column in columns:
        drawn.add_column(Text(column), overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(safe(cell(value))) for value in row))
    width = None if sys.stdout.isatty() else _WIDTH_WITHOUT_TERMINAL
    Console(width=width, highlight=False, markup=False, emoji=False).print(drawn)


def pairs(title: str, values: Mapping[str, object]) -> None:
    """Names and values below each other; empty values are left out."""
    given = {name: cell(value) for name, value in values.items() if value not in (None, "", [])}
    say(title)
    width = max((len(name) for name in given), default=0)
    for name, value in given.items():
        say(f"  {safe(name).ljust(width)}  {safe(value)}")


def document(title: str, value: object, depth: int = 1) -> None:
    """A nested document as indented lines; texts over several lines keep them."""
    say(title)
    for line in _outline(value, depth):
        say(line)


@contextmanager
def progress(label: str, total: int, shown: bool = True) -> Iterator[Callable[[int], None]]:
    """A progress bar on standard error; call what it gives with the amount done since."""
    if not shown or not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=total)
        yield lambda done: bar.advance(task, done)


def cell(value: object) -> str:
    """A value in words: yes and no, lists with commas, nothing for None. Not yet safe."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(cell(item) for item in value)
    return str(value)


def _outline(value: object, depth: int) -> Iterator[str]:
    margin = "  " * depth
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _named(safe(name), item, depth)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _named("-", item, depth)
    else:
        for line in safe(value, lines=True).split("\n"):
            yield f"{margin}{line}"


def _named(name: str, item: object, depth: int) -> Iterator[str]:
    margin = "  " * depth
    mark = name if name == "-" else f"{name}:"
    plain = not isinstance(item, (Mapping, list, tuple))
    if plain and "\n" not in str(item):
        yield f"{margin}{mark} {safe(cell(item))}"
        return
    yield f"{margin}{mark}"
    yield from _outline(item, depth + 1)
