"""From a file and a mapping to an import plan. Nothing is sent here: this is the dry run.

Contract: all problems at once, in the order of the file (line 0 is the mapping). Reading the same
file with the same mapping gives the same plan. `InvalidInput` only for what keeps the whole file
from being read: its size, a workbook that cannot be opened, or a mapping that is wrong in itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from relec_exchange.errors import NotFound
from relec_exchange.importing.archive import is_workbook
from relec_exchange.importing.drafts import DraftMessage, ImportPlan
from relec_exchange.importing.mapping import ImportMapping, StatisticsMapping
from relec_exchange.importing.problems import Problem
from relec_exchange.importing.reader import missing_columns, selected
from relec_exchange.importing.rows import ImportLimits, Row, Table, read_table
from relec_exchange.importing.statistics import reports
from relec_exchange.importing.warnings import notices
from relec_exchange.importing.workbook import SheetRules, read_workbook

_LIMITS = ImportLimits()


def read_import(path: Path, mapping: ImportMapping, limits: ImportLimits = _LIMITS) -> ImportPlan:
    """Read a CSV file or a workbook into drafts and problems.

    Which of the two it is, is told by its first bytes. Raises `NotFound` or `InvalidInput`.
    """
    try:
        with path.open("rb") as file:
            data = file.read(limits.file_max_bytes + 1)
    except OSError as error:
        raise NotFound(f"the file {path} cannot be read: {error.strerror}", field="file") from None
    return plan_import(data, mapping, limits)


def plan_import(data: bytes, mapping: ImportMapping, limits: ImportLimits = _LIMITS) -> ImportPlan:
    """The same for bytes that are in memory. Raises `InvalidInput`."""
    needed = mapping.columns.needed() | frozenset(mapping.file.only)
    table = _table(data, mapping, needed, limits)
    problems = list(table.problems)
    if table.columns:
        missing = missing_columns(needed, table.columns)
        if missing:
            return ImportPlan((), _sorted([*problems, *missing]), table.records)
    taken = [row for row in table.rows if selected(row, mapping.file)]
    drafts, found = _convert(mapping, taken)
    left_out = len(table.rows) - len(taken)
    return ImportPlan(tuple(drafts), _sorted([*problems, *found]), table.records, left_out)


def _table(
    data: bytes, mapping: ImportMapping, needed: frozenset[str], limits: ImportLimits
) -> Table:
    if is_workbook(data):
        rules = SheetRules(mapping.file.sheet, mapping.columns.forms(), needed)
        return read_workbook(data, rules, limits)
    return read_table(data, mapping.file.delimiter, limits)


def _convert(mapping: ImportMapping, rows: list[Row]) -> tuple[list[DraftMessage], list[Problem]]:
    if isinstance(mapping, StatisticsMapping):
        return reports(mapping, rows)
    return notices(mapping, rows)


def _sorted(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    # A fault of the mapping comes back with every row: it is told once.
    return tuple(sorted(dict.fromkeys(problems), key=lambda one: one.line))
