"""What commands print: tables, lines and progress for people, JSON for programs.

Contract: everything goes through `safe`; with `--json` standard output holds exactly one JSON
document and nothing else. `rich` is imported only where something is drawn.
"""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from relec_exchange.cli.safe import isolated, safe
from relec_exchange.cli.words import words

F = TypeVar("F", bound=Callable[..., Any])

_WIDTH_WITHOUT_TERMINAL = 160
_GAP = 2
_MARGIN = 4
"""Two columns before a name, two after it."""

_FREE_MIN = 7
"""A column of sentences and titles may fold to this width, or to its longest word."""


def json_option(function: F) -> F:
    """The option `--json`, as parameter `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(function)


def print_json(document: object) -> None:
    """One JSON document. Escaped to ASCII, so no terminal can obey what stands in it."""
    click.echo(json.dumps(document, indent=2))


def say(text: str, *, error: bool = False) -> None:
    """One or more lines for a person; the text may hold values of strangers."""
    click.echo(safe(text, lines=True), err=error)


def say_folded(text: str, *, error: bool = False) -> None:
    """Long lines for a person, folded between words at the width of the terminal, if it is one.

    What is no terminal gets each line whole, so that programs find it again.
    """
    if not (sys.stderr if error else sys.stdout).isatty():
        say(text, error=error)
        return
    width = max(shutil.get_terminal_size().columns, 40)
    for line in text.split("\n"):
        margin = " " * (len(line) - len(line.lstrip()))
        folded = textwrap.wrap(
            line, width, subsequent_indent=f"{margin}  " if margin else "", break_long_words=False
        )
        say("\n".join(folded), error=error)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table with a title; long cells are folded between words, never cut.

    On a terminal that is too narrow for its columns each row stands as a block of lines instead.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    lines = [[safe(cell(value)) for value in row] for row in rows]
    terminal = sys.stdout.isatty()
    console = Console(
        width=None if terminal else _WIDTH_WITHOUT_TERMINAL,
        highlight=False,
        markup=False,
        emoji=False,
    )
    widths = _widths(columns, lines, console.width)
    if widths is None and terminal:
        _blocks(title, columns, lines)
        return
    drawn = Table(
        title=Text(safe(title)),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        show_edge=False,
    )
    for place, column in enumerate(columns):
        drawn.add_column(Text(column), overflow="fold", width=(widths or {}).get(place))
    for line in lines:
        drawn.add_row(*(_drawn(text) for text in line))
    console.print(drawn)
    console.print()


def _widths(
    columns: Sequence[str], lines: Sequence[Sequence[str]], width: int
) -> dict[int, int] | None:
    """How wide each column is, so that all fit and no word breaks; None if they cannot."""
    from rich.cells import cell_len

    texts = [[*columns[n].split("\n"), *(line[n] for line in lines)] for n in range(len(columns))]
    wide = {n: max(map(cell_len, found)) for n, found in enumerate(texts)}
    least = {
        n: max(_least(text, cell_len(text)) for text in found) for n, found in enumerate(texts)
    }
    room = width - _GAP * len(columns) + 1
    if sum(least.values()) > room:
        return None
    while sum(wide.values()) > room:
        widest = max((n for n in wide if wide[n] > least[n]), key=lambda n: wide[n])
        wide[widest] -= 1
    return wide


def _least(text: str, wide: int) -> int:
    """The width below which a cell would break inside a word."""
    from rich.cells import cell_len

    return wide if wide <= _FREE_MIN else max(_FREE_MIN, *map(cell_len, text.split(" ")))


def _blocks(title: str, columns: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    names = [" ".join(column.split()) for column in columns]
    margin = max(len(name) for name in names)
    click.echo(safe(title))
    for line in lines:
        click.echo("")
        for name, text in zip(names, line, strict=True):
            if text:
                click.echo(f"  {safe(name).ljust(margin)}  {isolated(text)}".rstrip())
    click.echo("")


def _drawn(text: str) -> Any:
    """A cell. Text from right to left is isolated line by line, as the width folds it."""
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.measure import Measurement
    from rich.text import Text

    if isolated(text) == text:
        return Text(text)

    class Cell:
        def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
            for line in Text(text).wrap(console, options.max_width, overflow="fold"):
                yield Text(isolated(line.plain.rstrip()))

        def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
            return Measurement.get(console, options, Text(text))

    return Cell()


def details(title: str, values: Mapping[str, Sequence[str]]) -> None:
    """A title and below it each value on its own line; empty ones are left out.

    A value is a text, or its pieces: each is isolated, so that none reorders another.
    """
    say(title)
    for name, value in values.items():
        pieces = [value] if isinstance(value, str) else value
        text = "".join(isolated(safe(piece)) for piece in pieces)
        if text:
            click.echo(f"  {name}: {text}" if name else f"  {text}")


def pairs(title: str, values: Mapping[str, object]) -> None:
    """Names and values below each other; empty values are left out.

    On a terminal long values are folded between words; what is no terminal gets each line whole.
    """
    given = {name: cell(value) for name, value in values.items() if value not in (None, "", [])}
    say(title)
    width = max((len(name) for name in given), default=0)
    for name, value in given.items():
        first, *others = _folded(safe(value), width + _MARGIN)
        click.echo(f"  {safe(name).ljust(width)}  {isolated(first)}")
        for line in others:
            click.echo(f"{'':{width + _MARGIN}}{isolated(line)}")


def _folded(text: str, margin: int) -> list[str]:
    """The lines of a value beside a margin, as the terminal has room for them; one, if it is none.

    At least one line; a word is never broken.
    """
    from rich.cells import cell_len

    room = shutil.get_terminal_size().columns - margin
    if not sys.stdout.isatty() or cell_len(text) <= room or room < _FREE_MIN:
        return [text]
    return textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False) or [text]


def document(title: str, value: object, depth: int = 1) -> None:
    """A nested document as indented lines; texts over several lines keep them."""
    say(title)
    for line in _outline(value, depth):
        click.echo(line)


@contextmanager
def progress(label: str, total: int, shown: bool = True) -> Iterator[Callable[[int], None]]:
    """A progress bar on standard error; call what it gives with the amount done since.

    Where the total is not known (0), the bar only says that something moves, and how far it is.
    """
    if not shown or not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    known = Progress.get_default_columns()
    counted = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}"))
    columns = known if total else counted
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=total or None)
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
            yield f"{margin}{isolated(line)}"


def _named(name: str, item: object, depth: int) -> Iterator[str]:
    margin = "  " * depth
    mark = name if name == "-" else f"{name}:"
    plain = not isinstance(item, (Mapping, list, tuple))
    if item in ([], ()):
        yield f"{margin}{mark} {words('none')}"
        return
    if plain and "\n" not in str(item):
        yield f"{margin}{mark} {isolated(safe(cell(item)))}"
        return
    yield f"{margin}{mark}"
    yield from _outline(item, depth + 1)
