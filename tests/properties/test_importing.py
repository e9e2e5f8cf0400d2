"""Laws of importing: no row lost, no crash on any bytes, nothing that a terminal would obey."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relec_exchange.errors import InvalidInput
from relec_exchange.importing import load_mapping, plan_import
from relec_exchange.importing.archive import is_workbook
from relec_exchange.importing.cells import clean_text
from relec_exchange.importing.problems import shown
from relec_exchange.importing.rows import ImportLimits, read_table

ROOT = Path(__file__).parents[2]
DETECTIONS = load_mapping(ROOT / "config/import/detections.toml")
INCIDENTS = load_mapping(ROOT / "config/import/incidents.toml")
HEAD = ("month", "route", "border_type", "citizenship", "detections")
INCIDENT_HEAD = (
    *("date", "incident_type", "route", "country", "location", "latitude", "longitude"),
    *("cause", "dead_or_missing", "survivors", "origin"),
)

CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
ROW = st.tuples(
    st.sampled_from(["2024-01", "2024-02", "2024-05", "2023-11", "2024-13", ""]),
    st.sampled_from(["A", "B", "C"]),
    st.sampled_from(["Sea", "Land", "Air"]),
    st.sampled_from(["PAK", "IRQ", "SYR"]),
    st.one_of(st.integers(0, 10**6).map(str), st.sampled_from(["<5", "x", "-1"])),
)
INCIDENT = st.tuples(
    st.sampled_from(["2024-01-05", "2024-02-30", ""]),
    st.sampled_from(["Incident", "Accident"]),
    CELL,
    st.sampled_from(["TUR", "TR", "UNK"]),
    CELL,
    st.sampled_from(["38.1234", "91", ""]),
    st.sampled_from(["27.1", "x", ""]),
    st.sampled_from(["Drowning", "Drowning,Violence", "Rain", ""]),
    st.sampled_from(["1", "2.0", "", "0.5"]),
    st.sampled_from(["", "0", "7"]),
    st.sampled_from(["AFG", "AFG,UNK", "??", ""]),
)


def written(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerows([head, *rows])
    return text.getvalue().encode()


@settings(max_examples=150, deadline=None)
@given(st.lists(ROW, max_size=30))
def test_every_row_of_figures_is_sent_once_or_held_back_and_told(
    rows: list[tuple[str, ...]],
) -> None:
    plan = plan_import(written(HEAD, rows), DETECTIONS)
    lines = Counter(line for draft in plan.drafts for line in draft.source_lines)
    assert set(lines.values()) <= {1}
    taken = {n + 2 for n, row in enumerate(rows) if row[3] != "SYR"}
    told = {one.line for one in plan.problems}
    held = sum(1 for one in plan.problems if one.field == "report")
    assert set(lines) <= taken
    assert plan.rows_left_out == len(rows) - len(taken)
    # A row that is in no draft and has no problem must be in a report that was held back.
    assert held or taken - set(lines) <= told
    assert not set(lines) & {one.line for one in plan.problems if one.field != "report"}


@settings(max_examples=100, deadline=None)
@given(st.lists(ROW, max_size=30))
def test_the_sum_of_what_is_sent_is_the_sum_of_its_rows(rows: list[tuple[str, ...]]) -> None:
    plan = plan_import(written(HEAD, rows), DETECTIONS)
    for draft in plan.drafts:
        body: Any = draft.body["rows"]
        source = [rows[line - 2] for line in draft.source_lines]
        assert [row.get("value") for row in body] == [
            None if cells[4] == "<5" else int(cells[4]) for cells in source
        ]


@settings(max_examples=150, deadline=None)
@given(st.lists(INCIDENT, max_size=12))
def test_every_incident_is_a_warning_or_has_a_problem_and_never_both(
    rows: list[tuple[str, ...]],
) -> None:
    data = written(INCIDENT_HEAD, rows)
    plan = plan_import(data, INCIDENTS)
    begins = {row.line for row in read_table(data, ",", ImportLimits()).rows}
    good = [line for draft in plan.drafts for line in draft.source_lines]
    bad = {one.line for one in plan.problems}
    assert len(good) == len(set(good))
    assert not set(good) & bad
    assert set(good) | bad == begins
    assert len(begins) == len(rows)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_break_the_reading(data: bytes) -> None:
    for start in (b"", b"month,route,border_type,citizenship,detections\n"):
        try:
            plan = plan_import(start + data, DETECTIONS)
        except InvalidInput as error:
            # Bytes that begin like a workbook and are none: the whole file is refused, by name.
            assert is_workbook(start + data)
            assert error.remedy  # noqa: PT017
            continue
        assert all(one.rule for one in plan.problems)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]), st.binary(max_size=400)
)
def test_nothing_that_begins_like_a_workbook_crashes(magic: bytes, data: bytes) -> None:
    with pytest.raises(InvalidInput) as caught:
        plan_import(magic + data, DETECTIONS)
    assert caught.value.field == "file"


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=8))
def test_cells_come_back_as_they_were_written(rows: list[tuple[str, str]]) -> None:
    table = read_table(written(("a", "b"), list(rows)), ",", ImportLimits())
    kept = [row for row in rows if any(cell.strip() for cell in row)]
    assert [(row.cells["a"], row.cells["b"]) for row in table.rows] == kept
    assert table.problems == ()


@given(st.text())
def test_a_shown_value_has_nothing_that_a_terminal_obeys_or_hides(value: str) -> None:
    for character in shown(value):
        assert character == " " or unicodedata.category(character)[0] not in "CZ"


@given(st.text(st.characters(codec="utf-8")))
def test_tidying_twice_is_tidying_once(value: str) -> None:
    once = clean_text(value, ("invisible", "spaces"))
    assert clean_text(once, ("invisible", "spaces")) == once
    assert clean_text(once, ()) == once
