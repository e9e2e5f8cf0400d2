"""The story on a screen: headings, sentences, tables, facts. Prints, and decides nothing.

Contract: at most 100 columns, also readable in 80 and without a terminal or colours. Everything is
printed as plain text: no value is ever taken for markup.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from rich import box
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from relec_exchange.demo.facts import Fact, Played, Report

COLUMNS_MAX: Final = 100
COLUMNS_PLAIN: Final = 80
SHORT: Final = 13
_INDENT: Final = 2
Json = Mapping[str, Any]


def screen() -> Console:
    """Standard output: as wide as the terminal up to a limit, or 80 columns without one."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # where there is no ü, the rest is still told
    console = Console(highlight=False, markup=False, emoji=False)
    console.width = min(console.width, COLUMNS_MAX) if console.is_terminal else COLUMNS_PLAIN
    return console


def short(message_id: str) -> str:
    """The beginning of a message id: enough to tell the messages of one story apart."""
    return message_id[:SHORT]


class Teller:
    """Prints one story."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._spaced = True

    def title(self, text: str) -> None:
        """The beginning of a part."""
        self.blank()
        self._print(Rule(Text(text, "bold"), style="bold", characters="="))

    def scene(self, number: int, text: str) -> None:
        """The beginning of a scene."""
        self.blank()
        self._print(Rule(Text(f"{number}. {text}", "bold"), align="left", style="dim"))

    def say(self, text: str) -> None:
        """A sentence or more, wrapped."""
        self._print(Text(text))

    def command(self, line: str) -> None:
        """A line that a person may copy: never wrapped."""
        self._console.print(Text(" " * _INDENT + line, "bold"), soft_wrap=True)
        self._spaced = False

    def blank(self) -> None:
        """An empty line, if there is none yet."""
        if not self._spaced:
            self._console.print()
        self._spaced = True

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """A table with a title above it; long cells are folded, never cut."""
        drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
        for column in columns:
            drawn.add_column(Text(column), overflow="fold")
        for row in rows:
            drawn.add_row(*(Text(str(value)) for value in row))
        self.blank()
        if title:
            self._print(_indented(Text(title, "italic")))
        self._print(_indented(drawn))
        self.blank()

    def life(self, sent: Json, received: Json | None) -> None:
        """The life line of one message, both ends in the order of time, with its receipts."""
        head = f"{short(sent['message_id'])}  {sent['type']}  {sent['sender']} -> "
        head += f"{sent['recipient']}  {sent['class']} no. {sent['seq']}"
        rows = [(s["at"], sent["sender"], s["stage"], _outgoing(s, sent)) for s in sent["stages"]]
        for s in received["stages"] if received else ():
            # The sender's line shows the receipt itself.
            if s["stage"] != "receipted":
                rows.append((s["at"], sent["recipient"], s["stage"], _detail(s)))
        # Within a millisecond the recipient's act comes before what the sender learns of it.
        rows.sort(key=lambda row: (row[0], row[1] == sent["sender"]))
        self.table(
            head,
            ("UTC", "at", "stage", "by whom, or what shows it"),
            [(at[11:23], node, stage, text) for at, node, stage, text in rows],
        )

    def fact(self, fact: Fact) -> None:
        """A claim, and whether it held."""
        line = Table.grid(padding=(0, 1))
        mark = Text("[yes]", "green") if fact.holds else Text("[ NO]", "bold red")
        line.add_row(mark, Text(fact.text))
        self._print(_indented(line))

    def broken(self, why: str) -> None:
        """What ended a scene before its end."""
        self._print(_indented(Text(f"The scene ended early: {why}", "bold red")))

    def summary(self, report: Report) -> None:
        """Every scene in one line, then what was not as told."""
        played = {scene.title: scene for scene in report.played}
        drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
        drawn.add_column("", justify="right")
        drawn.add_column("scene", overflow="fold")
        drawn.add_column("facts", justify="right")
        drawn.add_column("seconds", justify="right")
        drawn.add_column("")
        for number, title in enumerate(report.titles, start=1):
            drawn.add_row(str(number), Text(title), *_outcome(played.get(title)))
        self.blank()
        self._print(drawn)
        self.blank()
        for scene in report.played:
            for fault in scene.faults():
                self._print(Text(f"{scene.title}: {fault}", "bold red"))

    @contextmanager
    def waiting(self, text: str) -> Iterator[None]:
        """Something that takes a moment; shown only on a terminal, and gone afterwards."""
        if not self._console.is_terminal:
            yield
            return
        with self._console.status(Text(text, "dim")):
            yield

    def _print(self, what: RenderableType) -> None:
        self._console.print(what)
        self._spaced = False


def _indented(what: RenderableType) -> Padding:
    return Padding(what, (0, 0, 0, _INDENT), expand=False)


def _outgoing(stage: Json, line: Json) -> str:
    """What shows a stage of a message that was sent: for what the recipient says, its receipt."""
    for receipt in line["receipts"]:
        if receipt["stage"] == stage["stage"]:
            place = f"entry {receipt['index']} of {line['recipient']}'s log"
            return f"signed receipt: {receipt['code']}, {place}"
    return _detail(stage)


def _detail(stage: Json) -> str:
    return ", ".join(str(part) for part in (stage["by"], stage["detail"]) if part)


def _outcome(scene: Played | None) -> tuple[Text, Text, Text]:
    if scene is None:
        return Text("0"), Text("-"), Text("NOT PLAYED", "bold red")
    held = f"{sum(fact.holds for fact in scene.facts)}/{len(scene.facts)}"
    word = Text("as told", "green") if scene.as_told else Text("NOT AS TOLD", "bold red")
    return Text(held), Text(f"{scene.seconds:.1f}"), word
