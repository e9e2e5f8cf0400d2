"""Taking declared values out of one row, with every problem of the row kept.

Contract: a value that breaks a rule is reported and read as None, so that the other values of the
row are still looked at. A fault of a fixed value is the mapping's: its line is 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeVar

from pydantic import ValidationError

from relec_exchange.importing.cells import clean_text, one_of
from relec_exchange.importing.mapping import Cell, Columns, FileRules, ListCell, TextCell
from relec_exchange.importing.problems import CellError, Problem, problem, shown
from relec_exchange.importing.rows import Row
from relec_exchange.message.codes import nearest

T = TypeVar("T")
# Where a field of a message is named otherwise than the value that a mapping declares.
_COLUMN_OF = {"from": "day", "to": "last_day", "lat": "latitude", "lon": "longitude"}


class RowReader:
    """Reads one row. `problems` grows; a row is good while it is empty."""

    def __init__(self, row: Row) -> None:
        self.row = row
        self.problems: list[Problem] = []

    def take(
        self, name: str, cell: Cell | None, convert: Callable[[str], T], *, required: bool = False
    ) -> T | None:
        """The converted value; None if it is not declared, blank, or was reported."""
        if cell is None:
            return None
        try:
            text = _text(cell, self.row)
            if text is not None:
                return convert(text)
            if required:
                raise CellError("must not be empty", "fill the cell, or declare blank")
        except CellError as error:
            self._add(name, cell, error)
        return None

    def report(self, error: ValidationError, columns: Columns) -> None:
        """Add what the message's own model refused, under the column that the value came from."""
        for fault in error.errors(include_url=False, include_context=False, include_input=False):
            parts = [_COLUMN_OF.get(str(part), str(part)) for part in fault["loc"]]
            cell = next((c for c in (getattr(columns, p, None) for p in parts) if c), None)
            column = cell.column if isinstance(cell, Cell) else None
            field = column or ".".join(parts) or "row"
            value = shown(self.row.cells[column]) if column else ""
            self.problems.append(Problem(self.row.line, field, fault["msg"], value))

    def _add(self, name: str, cell: Cell, error: CellError) -> None:
        if cell.column is None:
            value = shown(cell.value or "")
            self.problems.append(
                Problem(0, f"mapping columns.{name}", error.rule, value, error.remedy)
            )
            return
        value = self.row.cells[cell.column]
        self.problems.append(problem(self.row.line, cell.column, error, value))


def text_of(cell: TextCell | None) -> Callable[[str], str]:
    """A conversion that takes words and tidies them as the cell declares."""
    return partial(clean_text, tidy=cell.tidy if cell else ())


def split_list(cell: ListCell, text: str) -> list[str]:
    """The items of a list, translated. Words of `values` may contain the separator."""
    if cell.values is None:
        return [item.strip() for item in text.split(cell.separator)]
    items = []
    rest = text
    while rest:
        # The longest word first: one word may begin another.
        for word in sorted(cell.values, key=len, reverse=True):
            if rest == word or rest.startswith(word + cell.separator):
                items.append(cell.values[word])
                rest = rest[len(word) + len(cell.separator) :].lstrip()
                break
        else:
            one_of(rest, cell.values, "a list of words that the mapping's values translate")
    return items


def selected(row: Row, rules: FileRules) -> bool:
    """Whether the mapping takes this row at all."""
    return all(row.cells[column].strip() in allowed for column, allowed in rules.only.items())


def missing_columns(needed: Iterable[str], present: Iterable[str]) -> list[Problem]:
    """One problem for each column that the mapping names and the file lacks."""
    there = tuple(present)
    problems = []
    for column in sorted(set(needed) - set(there)):
        meant = nearest(column, there)
        remedy = f"did you mean {meant}?" if meant else "correct the mapping or the header line"
        problems.append(
            Problem(1, shown(column), "the file has no such column", remedy=shown(remedy))
        )
    return problems


def _text(cell: Cell, row: Row) -> str | None:
    """The text of a value before conversion, or None if the cell is blank."""
    if cell.column is None:
        return cell.value
    raw = row.cells[cell.column].strip()
    if not raw:
        return cell.blank
    if cell.values is None or isinstance(cell, ListCell):
        return raw
    one_of(raw, cell.values, "a word that the mapping's values translate")
    return cell.values[raw]
