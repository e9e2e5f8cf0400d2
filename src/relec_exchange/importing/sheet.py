"""What a sheet of a workbook hides from a reader of its values: hidden, merged, not calculated.

Contract: reads the XML of one sheet that `archive` has checked, piece by piece, and keeps only
positions. Rows and columns are numbered from 1.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from relec_exchange.errors import InvalidInput

_CELL: Final = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_TRUE: Final = frozenset({"1", "true", "on"})
# Beyond so many of a kind there is no use in telling them one by one.
_TOLD_MAX: Final = 10_000


@dataclass(frozen=True, slots=True)
class Range:
    """A rectangle of cells, both ends included."""

    top: int
    left: int
    bottom: int
    right: int

    def __str__(self) -> str:
        return f"{letters(self.left)}{self.top}:{letters(self.right)}{self.bottom}"


@dataclass(slots=True)
class Oddities:
    """Positions in one sheet. `uncalculated` are formulas without a stored result (row, column);
    `widest` is the last column in which any row has a value.
    """

    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    merged: list[Range] = field(default_factory=list)
    uncalculated: set[tuple[int, int]] = field(default_factory=set)
    widest: int = 1

    def hides(self, column: int) -> bool:
        """Whether this column is hidden."""
        return any(first <= column <= last for first, last in self.hidden_columns)

    def merged_at(self, row: int) -> Range | None:
        """A merged range that this row has a part in. `merged` is sorted and joined by rows."""
        place = bisect_right(self.merged, row, key=lambda one: one.top) - 1
        return self.merged[place] if place >= 0 and self.merged[place].bottom >= row else None


def oddities(pieces: Iterator[bytes]) -> Oddities:
    """Read a sheet through. `InvalidInput` if it has too many to tell one by one."""
    scan = _Scan()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = scan.enter
    parser.EndElementHandler = scan.leave
    parser.CharacterDataHandler = scan.text
    for piece in pieces:
        parser.Parse(piece, False)
    parser.Parse(b"", True)
    scan.found.merged = _joined(scan.found.merged)
    return scan.found


def letters(column: int) -> str:
    """The name of a column: 1 is A, 27 is AA."""
    name = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def _joined(ranges: list[Range]) -> list[Range]:
    """Ranges that share rows as one, so that no row has a part in two."""
    joined: list[Range] = []
    for one in sorted(ranges, key=lambda one: (one.top, one.left)):
        last = joined[-1] if joined else None
        if last is None or one.top > last.bottom:
            joined.append(one)
        else:
            left, right = min(last.left, one.left), max(last.right, one.right)
            joined[-1] = Range(last.top, left, max(last.bottom, one.bottom), right)
    return joined


class _Scan:
    """Where the parser stands in the sheet."""

    def __init__(self) -> None:
        self.found = Oddities()
        self._row = 0
        self._column = 0
        self._formula = False
        self._value = False
        self._in_value = False

    def enter(self, name: str, attributes: Mapping[str, str]) -> None:
        local = name.rpartition(" ")[2]
        if local == "c":
            self._enter_cell(attributes)
        elif local == "row":
            self._enter_row(attributes)
        elif local == "f":
            self._formula = True
        elif local in ("v", "is"):
            self._in_value = True
        elif local == "col":
            self._enter_column(attributes)
        elif local == "mergeCell":
            self._enter_merged(attributes)

    def text(self, _text: str) -> None:
        # A program that calculates nothing writes an empty element in the place of the result.
        self._value = self._value or self._in_value

    def leave(self, name: str) -> None:
        local = name.rpartition(" ")[2]
        if local in ("v", "is"):
            self._in_value = False
        if local != "c":
            return
        if self._value:
            self.found.widest = max(self.found.widest, self._column)
        if self._formula and not self._value:
            _told(len(self.found.uncalculated), "formulas without a result; calculate and save it")
            self.found.uncalculated.add((self._row, self._column))

    def _enter_row(self, attributes: Mapping[str, str]) -> None:
        self._row = _number(attributes.get("r")) or self._row + 1
        self._column = 0
        if attributes.get("hidden", "") in _TRUE:
            self.found.hidden_rows.add(self._row)

    def _enter_cell(self, attributes: Mapping[str, str]) -> None:
        place = _CELL.fullmatch(attributes.get("r", ""))
        self._column = _column(place[1]) if place else self._column + 1
        self._formula = self._in_value = False
        # The result of a formula may be an empty text.
        self._value = attributes.get("t") == "str"

    def _enter_column(self, attributes: Mapping[str, str]) -> None:
        first, last = _number(attributes.get("min")), _number(attributes.get("max"))
        hidden = attributes.get("hidden", "") in _TRUE
        if hidden and first and last:
            _told(len(self.found.hidden_columns), "hidden columns; show or delete them")
            self.found.hidden_columns.append((first, last))

    def _enter_merged(self, attributes: Mapping[str, str]) -> None:
        first, _, last = attributes.get("ref", "").partition(":")
        one, other = _CELL.fullmatch(first), _CELL.fullmatch(last or first)
        if one and other:
            _told(len(self.found.merged), "merged cells; unmerge them")
            self.found.merged.append(
                Range(int(one[2]), _column(one[1]), int(other[2]), _column(other[1]))
            )


def _told(count: int, what: str) -> None:
    if count >= _TOLD_MAX:
        raise InvalidInput(f"the sheet has more than {_TOLD_MAX:,} {what}", field="file")


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 7 else 0


def _column(name: str) -> int:
    number = 0
    for letter in name:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
