"""The matrix of agreements as one SVG picture that loads nothing. Pure text.

Contract: what a colour says stands beside it as a word and a mark; each line tells itself in a
sentence to who cannot see it. Titles and names are escaped, and keep their own direction.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from relec_exchange.trust.matrix import GROUPS, Cell, Matrix, State, Text, sentence


@dataclass(frozen=True, slots=True)
class _Look:
    """How a state looks: its word, the colours behind and of its mark, the mark, and its sense."""

    word: str
    behind: str
    colour: str
    mark: str
    sense: str


_CIRCLE: Final = "M0,-5a5,5 0 1 1 0,10a5,5 0 1 1 0,-10z"
_HALF: Final = "M0,-5a5,5 0 1 1 0,10z"
_PAUSE: Final = "M-4,-5h3v10h-3z M1,-5h3v10h-3z"
_ARROW: Final = "M-4,-5l9,5l-9,5z"
_CROSS: Final = (
    "M-4,-2.6l1.4,-1.4l2.6,2.6l2.6,-2.6l1.4,1.4l-2.6,2.6l2.6,2.6l-1.4,1.4l-2.6,-2.6l-2.6,2.6"
    "l-1.4,-1.4l2.6,-2.6z"
)
_BAR: Final = "M-4,-1h8v2h-8z"

# Backgrounds are light enough for black letters; marks are those of Okabe and Ito.
_LOOKS: Final[dict[State, _Look]] = {
    "open": _Look("yes", "#d3efe4", "#00694d", _CIRCLE, "every type of the group, in every area"),
    "part": _Look("part", "#fdf3c8", "#7a5c00", _HALF, "some types or areas only"),
    "suspended": _Look(
        "suspended", "#fbdcc9", "#a63f00", _PAUSE, "stopped, but for what closes open cases"
    ),
    "closing": _Look("closing", "#e4e0f2", "#4b3b8f", _CROSS, "only what closes open matters"),
    "later": _Look("later", "#d8eaf8", "#00507f", _ARROW, "signed, and not yet in force"),
    "over": _Look("ended", "#e9e9e9", "#444444", _CROSS, "was granted, and has ended"),
    "closed": _Look("no", "#ffffff", "#777777", _BAR, "nothing that is signed grants it"),
    "no route": _Look("no route", "#ffffff", "#777777", _BAR, "the cards do not list each other"),
}

_MARGIN: Final = 24
_CELL: Final = 212
_LINE: Final = 17
_HEAD: Final = 150
_PAD: Final = 6
_COLUMNS_OF_NOTE: Final = 96
_NAME_COLUMNS: Final = 22
_ISOLATE, _END = "\u2068", "\u2069"
_FONTS: Final = "DejaVu Sans, Verdana, Noto Sans, Noto Sans Arabic, Noto Naskh Arabic, sans-serif"
_STYLE: Final = (
    f"text{{font-family:{_FONTS};font-size:11px;fill:#1a1a1a}}"
    ".title{font-size:18px;font-weight:bold}.node{font-size:14px;font-weight:bold}"
    ".small{fill:#444}.frame{fill:none;stroke:#999}.none{fill:#f2f2f2}"
)


def matrix_svg(found: Matrix, title: str) -> str:
    """The picture: senders from top to bottom, recipients from left to right."""
    drawing = _Drawing()
    wide = 2 * _MARGIN + _HEAD + _CELL * len(found.nodes)
    wide = max(wide, 2 * _MARGIN + 760)
    drawing.heading(found, title)
    drawing.legend()
    drawing.texts(found)
    drawing.grid(found)
    words = f"{title}. At {found.at:%Y-%m-%d %H:%M} UTC. " + ". ".join(_sentences(found))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {drawing.y + _MARGIN}"'
        f' width="{wide}" height="{drawing.y + _MARGIN}" role="img" aria-labelledby="t d">\n'
        f'<title id="t">{_plain(title)}</title>\n<desc id="d">{_plain(words)}</desc>\n'
        f"<style>{_STYLE}</style>\n"
        f'<rect width="100%" height="100%" fill="#ffffff"/>\n'
        + "\n".join(drawing.parts)
        + "\n</svg>\n"
    )


def _sentences(found: Matrix) -> Iterator[str]:
    """Every cell that says more than no."""
    for sender, recipient in found.pairs():
        for group in GROUPS:
            if found.cells[sender, recipient, group].state not in ("closed", "no route"):
                yield sentence(found, sender, recipient, group)


class _Drawing:
    """Parts of the picture, from top to bottom; `y` is how far it has come."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.y = _MARGIN

    def heading(self, found: Matrix, title: str) -> None:
        self.y += 18
        self._text(_MARGIN, self.y, title, "title")
        self.y += 22
        told = f"State of {found.at:%Y-%m-%d %H:%M} UTC. Rows send, columns receive."
        if found.exercise:
            told += " Exercise: everything here is simulated."
        self._text(_MARGIN, self.y, told, "small")
        self.y += 12

    def legend(self) -> None:
        """What each mark, colour and word means."""
        for number, (state, look) in enumerate(_LOOKS.items()):
            x = _MARGIN + 390 * (number % 2)
            if number % 2 == 0:
                self.y += _LINE + 3
            self._line(x, self.y - 12, 80, state)
            self._text(x + 16, self.y, look.word)
            self._text(x + 90, self.y, look.sense, "small")
        self.y += 14

    def texts(self, found: Matrix) -> None:
        """The agreements by their tags."""
        for text in found.texts:
            self.y += _LINE
            self._text(_MARGIN, self.y, text.tag, "node")
            self._text(_MARGIN + 30, self.y, _facts(text), "small")
            for line in textwrap.wrap(text.title, _COLUMNS_OF_NOTE)[:3]:
                self.y += _LINE - 2
                self._text(_MARGIN + 30, self.y, line)
        if not found.texts:
            self.y += _LINE
            self._text(_MARGIN, self.y, "No agreement that is held grants anything here.")
        self.y += 22

    def grid(self, found: Matrix) -> None:
        """One block for each sender and recipient, with a line for each group."""
        for number, node in enumerate(found.nodes):
            x = _MARGIN + _HEAD + number * _CELL
            self._named(x + _PAD, self.y + 16, f"to {node}", found.names[node])
        self.y += 54
        high = _LINE * len(GROUPS) + 2 * _PAD
        for sender in found.nodes:
            self._named(_MARGIN, self.y + 20, f"from {sender}", found.names[sender])
            for number, recipient in enumerate(found.nodes):
                x = _MARGIN + _HEAD + number * _CELL
                self._block(found, sender, recipient, x, high)
            self.y += high

    def _block(self, found: Matrix, sender: str, recipient: str, x: int, high: int) -> None:
        frame = f'x="{x}" y="{self.y}" width="{_CELL}" height="{high}"'
        if sender == recipient:
            self.parts.append(f'<rect class="none" {frame}/>')
        elif found.cells[sender, recipient, next(iter(GROUPS))].state == "no route":
            self._no_route(found.cells[sender, recipient, next(iter(GROUPS))], x)
        else:
            for number, group in enumerate(GROUPS):
                y = self.y + _PAD + number * _LINE
                cell = found.cells[sender, recipient, group]
                told = _plain(sentence(found, sender, recipient, group))
                self.parts.append(f"<g><title>{told}</title>")
                self._line(x + _PAD, y, _CELL - 2 * _PAD, cell.state)
                self._text(x + _PAD + 17, y + 12, group)
                self._text(x + _CELL - _PAD - 4, y + 12, _word(found, cell), anchor="end")
                self.parts.append("</g>")
        self.parts.append(f'<rect class="frame" {frame}/>')

    def _no_route(self, cell: Cell, x: int) -> None:
        self._line(x + _PAD, self.y + _PAD, _CELL - 2 * _PAD, "no route")
        self._text(x + _PAD + 17, self.y + _PAD + 12, _LOOKS["no route"].word)
        for number, line in enumerate(textwrap.wrap(cell.why, 30)[:4]):
            self._text(x + _PAD + 17, self.y + _PAD + 30 + 14 * number, line, "small")

    def _named(self, x: int, y: int, node: str, name: str) -> None:
        self._text(x, y, node, "node")
        for number, line in enumerate(textwrap.wrap(name, _NAME_COLUMNS)[:2]):
            self._text(x, y + 15 + 13 * number, line, "small")

    def _line(self, x: int, y: int, wide: int, state: State) -> None:
        """The background of a line, and the mark at its beginning."""
        look = _LOOKS[state]
        self.parts.append(
            f'<rect x="{x}" y="{y}" width="{wide}" height="{_LINE - 1}" fill="{look.behind}"/>'
            f'<path transform="translate({x + 8},{y + 8})" d="{look.mark}" fill="{look.colour}"/>'
        )

    def _text(self, x: int, y: int, text: str, kind: str = "", *, anchor: str = "") -> None:
        looks = f' class="{kind}"' if kind else ""
        looks += f' text-anchor="{anchor}"' if anchor else ""
        shown = _plain(text) if text.isascii() else f"{_ISOLATE}{_plain(text)}{_END}"
        self.parts.append(f'<text x="{x}" y="{y}"{looks}>{shown}</text>')


def _word(found: Matrix, cell: Cell) -> str:
    """What a line says at its end: the word of its state, and which texts."""
    look = _LOOKS[cell.state]
    if cell.state == "closed":
        return look.word
    tags = found.tags(cell).split(", ")
    shown = ", ".join(tags[:3]) + (", ..." if len(tags) > 3 else "")
    if cell.state == "part" and cell.stopped:
        return f"part: {len(cell.stopped)} suspended {shown}"
    if cell.state == "part" and cell.missing:
        return f"part: {len(cell.types)} of {len(cell.types) + len(cell.missing)} {shown}"
    if cell.state == "later":
        return f"from {cell.until:%Y-%m-%d} {shown}"
    return f"{look.word} {shown}"


def _facts(text: Text) -> str:
    kind = "charter" if text.charter else "agreement"
    return (
        f"{kind}, version {text.version}, {text.valid_from:%Y-%m-%d} to"
        f" {text.valid_until:%Y-%m-%d}, {text.hash[:16]}"
    )


def _plain(text: str) -> str:
    return escape(text, {'"': "&quot;"})
