"""One incident row to one `warning.notice` of the kind deadly incident.

Contract: rows that repeat another word for word are events of their own and become warnings of
their own; only a declared reference must not repeat. A draft is complete and valid, or its row has
a problem for every rule that it breaks. Positions are coarsened to two decimals here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from functools import partial
from typing import Final

from pydantic import ValidationError

from relec_exchange.importing import cells
from relec_exchange.importing.drafts import DraftMessage, body_room, declared_header
from relec_exchange.importing.mapping import (
    DateCell,
    ListCell,
    TemplateCell,
    WarningColumns,
    WarningMapping,
)
from relec_exchange.importing.problems import CellError, Problem, problem
from relec_exchange.importing.reader import RowReader, split_list, text_of
from relec_exchange.importing.rows import Row
from relec_exchange.message.bodies.warnings import Cause, Counting, WarningKind, WarningNotice
from relec_exchange.message.encoding import canonical_with_decimals

ILLUSTRATION: Final = "Illustration made from public records: no state reported this warning"


def notices(
    mapping: WarningMapping, rows: Iterable[Row]
) -> tuple[list[DraftMessage], list[Problem]]:
    """All drafts, in the order of the file, and all problems."""
    header = declared_header(mapping.kind, mapping.message)
    drafts: list[DraftMessage] = []
    problems: list[Problem] = []
    references: dict[str, int] = {}
    room = body_room(header)
    for row in rows:
        reader = RowReader(row)
        body = _body(mapping, reader)
        reference = _reference(mapping, reader, references)
        _check(mapping, reader, body, room)
        if reader.problems:
            problems.extend(reader.problems)
            continue
        own_ref = f"{mapping.name}/{reference}"
        drafts.append(
            DraftMessage(
                type=mapping.kind,
                area=str(header["area"]),
                header={**header, "own_ref": own_ref},
                body=body,
                source_lines=(row.line,),
                # Without a number of its own, a corrected row cannot be told from a new one.
                subject=reference if mapping.columns.reference else "",
            )
        )
    return drafts, problems


def _body(mapping: WarningMapping, reader: RowReader) -> dict[str, object]:
    """The whole body in wire form; what is not known is left out."""
    columns = mapping.columns
    sources = [ILLUSTRATION, *mapping.sources] if mapping.illustration else list(mapping.sources)
    return _known(
        kind=WarningKind.DEADLY_INCIDENT.value,
        where=_where(columns, reader),
        **_days(mapping, reader),
        what=_what(columns.what, reader),
        persons=_known(
            dead_or_missing=reader.take(
                "dead_or_missing", columns.dead_or_missing, cells.whole_number, required=True
            ),
            survivors=reader.take("survivors", columns.survivors, cells.whole_number),
        ),
        counting=reader.take("counting", columns.counting, cells.code_of(Counting)),
        causes=_items("causes", columns.causes, cells.code_of(Cause), reader),
        origins=_items("origins", columns.origins, cells.citizenship, reader),
        route=reader.take("route", columns.route, text_of(columns.route)),
        recommended_action=mapping.recommended_action,
        sources=sources,
    )


def _where(columns: WarningColumns, reader: RowReader) -> dict[str, object]:
    latitude = reader.take("latitude", columns.latitude, partial(cells.degrees, limit=90))
    longitude = reader.take("longitude", columns.longitude, partial(cells.degrees, limit=180))
    # Half a position is none: it is left out like an unknown one.
    known = latitude is not None and longitude is not None
    return _known(
        country=reader.take(
            "country",
            columns.country,
            partial(cells.country, form=columns.country.codes),
            required=True,
        ),
        subdivision=reader.take("subdivision", columns.subdivision, str),
        place=reader.take("place", columns.place, text_of(columns.place)),
        position={"lat": latitude, "lon": longitude} if known else None,
    )


def _days(mapping: WarningMapping, reader: RowReader) -> dict[str, object]:
    """First and last day, and the day on which the warning expires."""
    columns = mapping.columns
    first = _day("day", columns.day, reader)
    last = _day("last_day", columns.last_day, reader) or first
    if first is None or last is None:
        return {}
    try:
        expires = last + timedelta(days=mapping.expires_after_days)
    except OverflowError:
        expires = date.max
    return {
        "when": {"from": first.isoformat(), "to": last.isoformat()},
        "expires_on": expires.isoformat(),
    }


def _day(name: str, cell: DateCell | None, reader: RowReader) -> date | None:
    if cell is None:
        return None
    convert = partial(cells.moment, form=cell.form)
    moment = reader.take(name, cell, convert, required=name == "day")
    return moment.date() if moment else None


def _what(cell: TemplateCell, reader: RowReader) -> str | None:
    text = cell.fill(reader.row.cells)
    try:
        return cells.clean_text(text, cell.tidy)
    except CellError as error:
        reader.problems.append(problem(reader.row.line, "what", error, text))
        return None


def _items(
    name: str, cell: ListCell | None, convert: Callable[[str], str], reader: RowReader
) -> list[str] | None:
    if cell is None:
        return None
    declared = cell
    return reader.take(
        name, cell, lambda text: [convert(item) for item in split_list(declared, text)]
    )


def _reference(mapping: WarningMapping, reader: RowReader, seen: dict[str, int]) -> str:
    """The file's own number of the row where one is declared, else its line."""
    cell = mapping.columns.reference
    if cell is None:
        return f"line {reader.row.line}"
    reference = reader.take("reference", cell, partial(cells.clean_text, tidy=()), required=True)
    if reference is None:
        return ""
    first = seen.setdefault(reference, reader.row.line)
    if first != reader.row.line:
        error = CellError(f"must not repeat: line {first} has the same", "number the rows")
        reader.problems.append(
            problem(reader.row.line, cell.column or "reference", error, reference)
        )
    return reference


def _check(mapping: WarningMapping, reader: RowReader, body: dict[str, object], room: int) -> None:
    """What the model of the message refuses, where the row seemed good."""
    if reader.problems:
        return
    try:
        WarningNotice.model_validate(body, by_alias=True, by_name=False)
    except ValidationError as error:
        reader.report(error, mapping.columns)
        return
    if len(canonical_with_decimals(body)) > room:
        rule = "makes a message that is too large"
        reader.problems.append(Problem(reader.row.line, "row", rule, remedy="shorten its texts"))


def _known(**values: object) -> dict[str, object]:
    return {name: value for name, value in values.items() if value is not None}
