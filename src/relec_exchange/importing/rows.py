"""Reading a CSV file: bytes to rows that know their physical line. No meaning, no mapping.

Contract: `Table` is what every kind of file becomes. UTF-8 with or without a byte order mark; the
delimiter is declared, never guessed; the first record names the columns. Every row is either
returned or has a problem. A quoted cell may hold line breaks, hence `line` is where the row begins
in the file as an editor counts it.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from relec_exchange.errors import InvalidInput
from relec_exchange.importing.problems import Problem, shown

# How surrogateescape marks bytes that are not UTF-8.
_NOT_UTF8 = re.compile("[\udc80-\udcff]")
_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)


@dataclass(frozen=True, slots=True)
class ImportLimits:
    """Sizes beyond which a file is refused, so that a mistake costs a message and no memory."""

    file_max_bytes: int = 64 * 1024 * 1024
    rows_max: int = 500_000
    columns_max: int = 256
    cell_max_characters: int = 8_000
    # Of a workbook, which is a ZIP: what it would unpack to.
    unpacked_max_bytes: int = 128 * 1024 * 1024
    parts_max: int = 1_000


@dataclass(frozen=True, slots=True)
class Row:
    """One record: the line where it begins (from 1) and its cells by column."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """All rows that could be read, and what was wrong with the others.

    `columns` is empty if the header line itself is wrong. `records` counts data rows, good or bad.
    """

    columns: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    problems: tuple[Problem, ...] = ()
    records: int = 0


def read_table(data: bytes, delimiter: str, limits: ImportLimits) -> Table:
    """Read a whole file. `InvalidInput` only for sizes; all else becomes problems."""
    check_size(data, limits)
    if data.startswith(_WIDE_MARKS):
        return _unreadable("is UTF-16, not UTF-8", "save it as CSV UTF-8")
    # What is not UTF-8 stays recognisable, so that each such row is told and the others read.
    text = data.removeprefix(codecs.BOM_UTF8).decode("utf-8", "surrogateescape")
    records = _records(text, delimiter)
    _, header = next(records, (1, []))
    if isinstance(header, Problem):
        return Table(problems=(header,))
    columns = tuple(name.strip() for name in header)
    faults = header_faults(columns, 1, limits)
    if len(columns) == 1:
        rule = f"has one column only: the delimiter may not be {delimiter!r}"
        faults.append(Problem(1, "file", rule, shown(columns[0]), "set delimiter in the mapping"))
    if faults:
        return Table(problems=tuple(faults))
    return collect(columns, records, limits)


def check_size(data: bytes, limits: ImportLimits) -> None:
    """`InvalidInput` for a file larger than is read."""
    if len(data) > limits.file_max_bytes:
        raise InvalidInput(
            f"the file has {len(data):,} bytes, more than {limits.file_max_bytes:,}",
            field="file",
            remedy="split it by period",
        )


def collect(
    columns: tuple[str, ...],
    records: Iterator[tuple[int, list[str] | Problem]],
    limits: ImportLimits,
) -> Table:
    """Records after the header to a table: each becomes a row or has a problem."""
    rows: list[Row] = []
    problems: list[Problem] = []
    count = 0
    for line, record in islice(records, limits.rows_max):
        count += 1
        if isinstance(record, Problem):
            problems.append(record)
            continue
        faults = _row_faults(line, columns, record, limits)
        problems.extend(faults)
        if not faults:
            rows.append(Row(line, dict(zip(columns, record, strict=True))))
    beyond = next(records, None)
    if beyond is not None:
        rule = f"the file has more than {limits.rows_max:,} rows; this and what follows is not read"
        problems.append(Problem(beyond[0], "file", rule, remedy="split it by period"))
    return Table(columns, tuple(rows), tuple(problems), count)


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str] | Problem]]:
    """Each record that is not blank, or the problem in its place, with its first line."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error:
            rule = "quotes are broken: a quoted cell ends with one quote, a quote in it is doubled"
            yield line, Problem(line, "row", rule, remedy="look at the quotes from this line on")
            continue
        if any(cell.strip() for cell in record):
            yield line, record


def header_faults(names: Sequence[str], line: int, limits: ImportLimits) -> list[Problem]:
    """What keeps the columns from being told apart."""
    if not names:
        return [Problem(line, "file", "is empty: the first line must name the columns")]
    if len(names) > limits.columns_max:
        return [Problem(line, "file", f"has more than {limits.columns_max} columns")]
    faults = [
        Problem(line, shown(name), "two columns have this name", remedy="rename one")
        for name, count in Counter(names).items()
        if count > 1
    ]
    if any(_broken(name) for name in names):
        faults.append(Problem(line, "file", "is not UTF-8", remedy="save it as CSV UTF-8"))
    return faults


def _row_faults(
    line: int, columns: tuple[str, ...], record: list[str], limits: ImportLimits
) -> list[Problem]:
    if len(record) != len(columns):
        rule = f"has {len(record)} cells where the header names {len(columns)}"
        remedy = "a cell that contains the delimiter must stand in quotes"
        return [Problem(line, "row", rule, shown(record[0]), remedy)]
    faults = []
    for name, cell in zip(columns, record, strict=True):
        if len(cell) > limits.cell_max_characters:
            rule = f"is longer than {limits.cell_max_characters} characters"
            faults.append(Problem(line, name, rule, shown(cell), "is a quote missing?"))
        elif _broken(cell):
            faults.append(Problem(line, name, "is not UTF-8", shown(cell), "save as CSV UTF-8"))
    return faults


def _broken(text: str) -> bool:
    return not text.isascii() and _NOT_UTF8.search(text) is not None


def _unreadable(rule: str, remedy: str) -> Table:
    return Table(problems=(Problem(1, "file", rule, remedy=remedy),))
