"""Reading a sheet of an Excel workbook: cells to the same rows of text that a CSV file gives.

Contract: `line` is the number of the row in the sheet. Values are taken, never formulas: a formula
whose result is not stored is told, and so are hidden rows and columns and merged cells, because
what a person does not see or sees elsewhere must not be sent unnoticed. Dates are written in the
form that the mapping declares for their column, numbers plainly, true and false in words.
"""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from relec_exchange.errors import InvalidInput
from relec_exchange.importing.archive import chunks, open_archive
from relec_exchange.importing.problems import Problem, shown
from relec_exchange.importing.rows import (
    ImportLimits,
    Table,
    check_size,
    collect,
    header_faults,
)
from relec_exchange.importing.sheet import Oddities, letters, oddities
from relec_exchange.message.codes import nearest

if TYPE_CHECKING:
    from openpyxl import Workbook

# What the library raises for parts that contradict each other; it has no error of its own.
_BROKEN: Final = (
    ValueError,
    KeyError,
    TypeError,
    IndexError,
    AttributeError,
    OverflowError,
    OSError,
    SyntaxError,
    zipfile.BadZipFile,
)
_ERROR_VALUES: Final = frozenset(
    {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"}
)


@dataclass(frozen=True, slots=True)
class SheetRules:
    """What the mapping declares: the sheet (or the only one), and forms of dates by column.

    `needed` are the columns that it names: only there are hidden columns and results missed.
    """

    sheet: str | None = None
    forms: Mapping[str, str] | None = None
    needed: frozenset[str] = frozenset()


def read_workbook(data: bytes, rules: SheetRules, limits: ImportLimits) -> Table:
    """Read one sheet. `InvalidInput` for what cannot be opened; all else becomes problems."""
    check_size(data, limits)
    archive = open_archive(data, limits)
    try:
        return _read(archive, data, rules, limits)
    except _BROKEN:
        raise InvalidInput(
            "the workbook cannot be read: its parts contradict each other",
            field="file",
            remedy="open it, save it again as .xlsx, or save the sheet as CSV UTF-8",
        ) from None


def _read(archive: zipfile.ZipFile, data: bytes, rules: SheetRules, limits: ImportLimits) -> Table:
    import io

    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and extensions, which nobody needs here
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        try:
            sheet = _chosen(book, rules.sheet)
            if isinstance(sheet, Problem):
                return Table(problems=(sheet,))
            path = sheet._worksheet_path
            odd = oddities(chunks(archive, archive.getinfo(path)))
            # The declared size may be wrong, and is the writer's to choose: it is not believed.
            sheet.reset_dimensions()
            width = min(odd.widest, limits.columns_max + 1)
            rows = sheet.iter_rows(min_row=1, max_col=width, values_only=True)
            return _table(enumerate(rows, start=1), rules, odd, limits)
        finally:
            book.close()


def _chosen(book: Workbook, name: str | None) -> Any:
    """The sheet to read, or the problem of finding it."""
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

    sheets = {one.title: one for one in book.worksheets if isinstance(one, ReadOnlyWorksheet)}
    visible = [one.title for one in sheets.values() if one.sheet_state == "visible"]
    listed = shown(", ".join(visible))
    if name is None and len(visible) == 1:
        return sheets[visible[0]]
    if name is None:
        rule = f"has {len(visible)} sheets, and the mapping names none"
        return Problem(0, "file", rule, listed, 'name one under [file]: sheet = "..."')
    if name not in sheets:
        meant = nearest(name, sheets)
        remedy = f"did you mean {shown(meant)}?" if meant else "correct sheet in the mapping"
        return Problem(0, "file", f"has no sheet {shown(name)}", listed, remedy)
    if name not in visible:
        return Problem(0, "file", f"hides the sheet {shown(name)}", remedy="show it first")
    return sheets[name]


def _table(
    rows: Iterator[tuple[int, tuple[Any, ...]]],
    rules: SheetRules,
    odd: Oddities,
    limits: ImportLimits,
) -> Table:
    """The first row that is not blank names the columns; what follows are records."""
    line, header = next(((n, cells) for n, cells in rows if not _blank(cells)), (1, ()))
    width = max((n for n, value in enumerate(header, start=1) if value is not None), default=0)
    columns = tuple(str(value).strip() if value is not None else "" for value in header[:width])
    faults = header_faults(columns, line, limits)
    merged = odd.merged_at(line)
    if merged:
        faults.append(_merged(line, merged))
    if faults:
        return Table(problems=tuple(faults))
    places = {name: place for place, name in enumerate(columns, start=1)}
    hidden = [
        Problem(line, shown(name), "the column is hidden", remedy="show it, or delete it")
        for name in sorted(rules.needed & places.keys())
        if odd.hides(places[name])
    ]
    if hidden:
        return Table(problems=tuple(hidden))
    return collect(columns, _Records(columns, rules, odd).read(rows), limits)


class _Records:
    """Makes a record or a problem of each row."""

    def __init__(self, columns: tuple[str, ...], rules: SheetRules, odd: Oddities) -> None:
        self._columns = columns
        self._forms = rules.forms or {}
        self._odd = odd
        self._looked_at = [
            (place, name) for place, name in enumerate(columns, start=1) if name in rules.needed
        ]

    def read(
        self, rows: Iterator[tuple[int, tuple[Any, ...]]]
    ) -> Iterator[tuple[int, list[str] | Problem]]:
        """Each row that is not blank; one that is hidden or merged is told, not read."""
        for line, cells in rows:
            fault = self._fault(line, cells)
            if fault is not None:
                yield line, fault
            elif not _blank(cells):
                yield line, self._texts(cells)

    def _fault(self, line: int, cells: tuple[Any, ...]) -> Problem | None:
        merged = self._odd.merged_at(line)
        if merged is not None:
            return _merged(line, merged)
        uncalculated = self._odd.uncalculated
        for place, name in self._looked_at:
            if (line, place) in uncalculated:
                rule = "is a formula whose result is not stored in the file"
                return Problem(line, name, rule, remedy="open the workbook, save it, try again")
        if _blank(cells):
            return None
        if line in self._odd.hidden_rows:
            rule = "the row is hidden: it is not clear whether it is meant"
            return Problem(line, "row", rule, remedy="show it, or delete it")
        beyond = cells[len(self._columns) :]
        unnamed = next((n for n, value in enumerate(beyond) if value is not None), None)
        if unnamed is not None:
            name = letters(len(self._columns) + unnamed + 1)
            return Problem(line, "row", f"has a cell in column {name}, which has no name")
        return self._error_value(line, cells)

    def _error_value(self, line: int, cells: tuple[Any, ...]) -> Problem | None:
        for place, name in self._looked_at:
            value = cells[place - 1] if place <= len(cells) else None
            if isinstance(value, str) and value in _ERROR_VALUES:
                rule = "is the error of a formula, or a date that does not exist"
                return Problem(line, name, rule, value, "mend the cell in the workbook")
        return None

    def _texts(self, cells: tuple[Any, ...]) -> list[str]:
        padded = (*cells, *[None] * (len(self._columns) - len(cells)))
        named = zip(self._columns, padded, strict=False)
        return [text_of(value, self._forms.get(name, "")) for name, value in named]


def text_of(value: object, form: str) -> str:
    """The value of a cell as a CSV file would write it; `form` is how dates are written."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, timedelta):
        value = value.total_seconds()
    if isinstance(value, (int, float)):
        return _plain(value)
    return _moment(value, form) if isinstance(value, (date, time)) else str(value)


def _moment(value: date | time, form: str) -> str:
    """A day in its form; what also has a time of day is told whole, so that it is looked at."""
    if isinstance(value, datetime):
        if value.time() != time():
            return value.isoformat(sep=" ")
        value = value.date()
    # strftime does not pad years below 1000 everywhere; such a date is a slip in any case.
    if isinstance(value, date) and value.year >= 1000:
        return value.strftime(form or "%Y-%m-%d")
    return value.isoformat()


def _plain(number: float) -> str:
    """Digits and at most a point, never an exponent; 12.0 is 12."""
    if isinstance(number, float) and number.is_integer():
        return str(int(number))
    return format(Decimal(repr(number)), "f")


def _blank(cells: tuple[Any, ...]) -> bool:
    return all(value is None or (isinstance(value, str) and not value.strip()) for value in cells)


def _merged(line: int, merged: object) -> Problem:
    rule = f"has a part in merged cells ({merged}): only the first of them has the value"
    return Problem(line, "row", rule, remedy="unmerge them and fill every cell")
