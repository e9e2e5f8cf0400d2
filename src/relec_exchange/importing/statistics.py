"""Rows of figures to `stat.report` bodies: one report for each period and reporting country.

Contract: every row is in exactly one report, or has a problem, or its report is held back because
another row of it has one. A report too large for one message goes in parts, each row in one part.
Suppressed figures stay rows without a value. Order: country, period, then the file's order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final

from pydantic import ValidationError

from relec_exchange.errors import InvalidInput
from relec_exchange.importing import cells
from relec_exchange.importing.drafts import DraftMessage, body_room, declared_header
from relec_exchange.importing.mapping import CountCell, StatisticsMapping
from relec_exchange.importing.problems import CellError, Problem
from relec_exchange.importing.reader import RowReader, text_of
from relec_exchange.importing.rows import Row
from relec_exchange.message.bodies import statistics as model
from relec_exchange.message.encoding import canonical

# As in the model of the body.
ROWS_MAX: Final = 2000
# The names and numbers of part, parts and rows.
_PART_BYTES: Final = 64
# Above the longest row: every text in it is a code or a line of at most 200 characters.
_ROW_BYTES_MAX: Final = 2048
# Stands for a suppressed figure until the row is put together; never on the wire.
_SUPPRESSED: Final = "suppressed"


@dataclass(frozen=True, slots=True, order=True)
class _Key:
    """Whose report for which period; `number` is the quarter or month."""

    country: str
    year: int
    number: int


@dataclass(slots=True)
class _Report:
    rows: list[dict[str, object]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    bad: int = 0
    seen: dict[tuple[str | None, ...], int] = field(default_factory=dict)


def reports(
    mapping: StatisticsMapping, rows: Iterable[Row]
) -> tuple[list[DraftMessage], list[Problem]]:
    """All drafts and all problems of the rows."""
    header = declared_header(mapping.kind, mapping.message)
    collected: dict[_Key, _Report] = {}
    problems: list[Problem] = []
    for row in rows:
        problems.extend(_collect(mapping, row, collected))
    drafts: list[DraftMessage] = []
    for key in sorted(collected):
        report = collected[key]
        if report.bad:
            problems.append(_held_back(mapping, key, report))
        else:
            drafts.extend(_drafts(mapping, header, key, report))
    return drafts, problems


def _collect(mapping: StatisticsMapping, row: Row, collected: dict[_Key, _Report]) -> list[Problem]:
    """Put one row into its report, or count it as bad there; return its problems."""
    reader = RowReader(row)
    key, values = _read(mapping, reader)
    cell: tuple[str | None, ...] = ()
    if not reader.problems:
        try:
            cell = model.Row.model_validate(values).cell()
        except ValidationError as error:
            reader.report(error, mapping.columns)
    if key is None:
        return reader.problems
    report = collected.setdefault(key, _Report())
    if not reader.problems and (first := report.seen.setdefault(cell, row.line)) != row.line:
        rule = f"gives a second figure for the same cell of the table as line {first}"
        remedy = "remove one, or map the column that tells them apart"
        reader.problems.append(Problem(row.line, "row", rule, remedy=remedy))
    if reader.problems:
        report.bad += 1
    else:
        report.rows.append(values)
    report.lines.append(row.line)
    return reader.problems


def _read(mapping: StatisticsMapping, reader: RowReader) -> tuple[_Key | None, dict[str, object]]:
    """Whose report a row belongs to, if that can be read, and the row in wire form."""
    columns = mapping.columns
    take = reader.take
    form = columns.reporting_country.codes
    country = take(
        "reporting_country",
        columns.reporting_country,
        partial(cells.country, form=form),
        required=True,
    )
    month = take("month", columns.month, partial(_month, columns.month.form), required=True)
    values: dict[str, object] = {
        "indicator": take(
            "indicator", columns.indicator, cells.code_of(model.Indicator), required=True
        ),
        "month": month and f"{month.year:04}-{month.month:02}",
        "citizenship": take("citizenship", columns.citizenship, cells.citizenship),
        "route": take("route", columns.route, text_of(columns.route)),
        "border_type": take("border_type", columns.border_type, cells.code_of(model.BorderType)),
        "sex": take("sex", columns.sex, cells.code_of(model.Sex)),
        "age_band": take("age_band", columns.age_band, cells.code_of(model.AgeBand)),
        "value": take("value", columns.value, partial(_figure, columns.value), required=True),
    }
    # Said in either case, so that a row here has the size that it has in the message.
    values["suppressed"] = values["value"] == _SUPPRESSED
    if values["suppressed"]:
        values["value"] = None
    known = {name: value for name, value in values.items() if value is not None}
    if country is None or month is None:
        return None, known
    number = month.month if mapping.period == "month" else (month.month + 2) // 3
    return _Key(country, month.year, number), known


def _month(form: str, text: str) -> datetime:
    moment = cells.moment(text, form)
    if not 1990 <= moment.year <= 2200:
        raise CellError("must be a month of the years 1990 to 2200", "correct the cell")
    return moment


def _figure(cell: CountCell, text: str) -> int | str:
    return _SUPPRESSED if text in cell.suppressed else cells.whole_number(text)


def _held_back(mapping: StatisticsMapping, key: _Key, report: _Report) -> Problem:
    rule = f"{_label(mapping, key)} is held back: {report.bad} of its {len(report.lines)} rows"
    return Problem(
        min(report.lines), "report", f"{rule} have problems", remedy="correct those rows first"
    )


def _drafts(
    mapping: StatisticsMapping, header: dict[str, object], key: _Key, report: _Report
) -> Iterator[DraftMessage]:
    frame: dict[str, object] = {
        "reporting_country": key.country,
        "period": {"year": key.year, mapping.period: key.number},
        "revision": mapping.revision,
        "method_note": mapping.method_note,
        "sources": list(mapping.sources),
        "illustration": mapping.illustration,
    }
    parts = list(_parts(report.rows, body_room(header) - len(canonical(frame)) - _PART_BYTES))
    start = 0
    for number, rows in enumerate(parts, start=1):
        label = _label(mapping, key)
        subject = f"{label}/part {number}"
        yield DraftMessage(
            type=mapping.kind,
            area=str(header["area"]),
            header={**header, "own_ref": f"{mapping.name}/{subject}"},
            body={**frame, "part": number, "parts": len(parts), "rows": rows},
            source_lines=tuple(report.lines[start : start + len(rows)]),
            subject=subject,
            group=label,
        )
        start += len(rows)


def _parts(rows: Sequence[dict[str, object]], room: int) -> Iterator[list[dict[str, object]]]:
    """Cut rows into as few parts as fit into `room` bytes each, in order."""
    if room < _ROW_BYTES_MAX:
        raise InvalidInput(
            "method note, sources and header leave no room for rows",
            field="method_note",
            remedy="shorten the method note and the notes of the header",
        )
    part: list[dict[str, object]] = []
    size = 0
    for row in rows:
        length = len(canonical(row)) + 1
        if part and (size + length > room or len(part) == ROWS_MAX):
            yield part
            part, size = [], 0
        part.append(row)
        size += length
    yield part


def _label(mapping: StatisticsMapping, key: _Key) -> str:
    period = f"Q{key.number}" if mapping.period == "quarter" else f"{key.number:02}"
    return f"{key.country} {key.year}-{period}"
