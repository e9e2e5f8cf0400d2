"""Reading workbooks: what a sheet shows is read, what it hides is told, what is hostile refused."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from relec_exchange.errors import InvalidInput
from relec_exchange.importing import ImportLimits, load_mapping, parse_mapping, plan_import
from relec_exchange.importing.rows import Table
from relec_exchange.importing.sheet import letters
from relec_exchange.importing.workbook import SheetRules, read_workbook, text_of

ROOT = Path(__file__).parents[3]
# A workbook knows no zones.
DAY = datetime(2024, 1, 5)  # noqa: DTZ001
LIMITS = ImportLimits()
NEEDED = SheetRules(needed=frozenset({"a", "b"}))


def book(*rows: list[Any], change: Callable[[Worksheet], None] = lambda sheet: None) -> bytes:
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    change(sheet)
    return saved(made)


def saved(made: Workbook) -> bytes:
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


def read(data: bytes, rules: SheetRules = NEEDED, limits: ImportLimits = LIMITS) -> Table:
    return read_workbook(data, rules, limits)


def told(table: Table) -> list[tuple[int, str]]:
    return [(one.line, one.field) for one in table.problems]


def rewritten(data: bytes, part: str, change: Callable[[str], str]) -> bytes:
    """The workbook with one part changed, as a hostile or careless program would write it."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, change(content.decode()) if name == part else content)
    return target.getvalue()


def test_rows_have_the_numbers_that_the_sheet_shows_also_behind_empty_ones() -> None:
    table = read(book([], ["a", "b"], [1, "x"], [], [None, None], [2, "y"]))
    assert table.columns == ("a", "b")
    assert [(row.line, dict(row.cells)) for row in table.rows] == [
        (3, {"a": "1", "b": "x"}),
        (6, {"a": "2", "b": "y"}),
    ]


@pytest.mark.parametrize(
    ("value", "form", "expected"),
    [
        (12, "", "12"),
        (12.0, "", "12"),
        (1e16, "", "10000000000000000"),
        (0.0000001, "", "0.0000001"),
        (38.7412, "", "38.7412"),
        (True, "", "true"),
        (False, "", "false"),
        (None, "", ""),
        (DAY, "%d.%m.%Y", "05.01.2024"),
        (DAY, "", "2024-01-05"),
        (DAY, "%Y-%m", "2024-01"),
        (date(2024, 1, 5), "%Y-%m-%d", "2024-01-05"),
        (DAY.replace(hour=13, minute=30), "%Y-%m-%d", "2024-01-05 13:30:00"),
        (time(13, 30), "%Y-%m-%d", "13:30:00"),
        (" text ", "", " text "),
    ],
)
def test_values_are_written_as_a_text_file_would_have_them(
    value: object, form: str, expected: str
) -> None:
    assert text_of(value, form) == expected


def test_a_date_in_a_cell_is_a_date_whatever_form_the_mapping_declares() -> None:
    rules = SheetRules(forms={"a": "%d/%m/%Y"})
    assert read(book(["a"], [date(2024, 3, 1)]), rules).rows[0].cells["a"] == "01/03/2024"


def test_hidden_rows_are_told_and_never_read() -> None:
    def hide(sheet: Worksheet) -> None:
        sheet.row_dimensions[3].hidden = True

    table = read(book(["a", "b"], [1, 2], [3, 4], [5, 6], change=hide))
    assert told(table) == [(3, "row")]
    assert [row.line for row in table.rows] == [2, 4]
    assert table.records == 3


def test_a_hidden_column_is_told_where_the_mapping_needs_it_and_ignored_elsewhere() -> None:
    def hide(sheet: Worksheet) -> None:
        sheet.column_dimensions["B"].hidden = True

    data = book(["a", "b", "c"], [1, 2, 3], change=hide)
    assert told(read(data)) == [(1, "b")]
    assert read(data, SheetRules(needed=frozenset({"a", "c"}))).problems == ()


def test_every_row_of_merged_cells_is_told_and_the_others_are_read() -> None:
    def merge(sheet: Worksheet) -> None:
        sheet.merge_cells("A3:A4")
        sheet.merge_cells("B4:B5")

    table = read(book(["a", "b"], [1, 1], [2, 2], [3, 3], [4, 4], [5, 5], change=merge))
    assert told(table) == [(3, "row"), (4, "row"), (5, "row")]
    assert "A3:B5" in table.problems[0].rule
    assert [row.line for row in table.rows] == [2, 6]


def test_a_title_merged_across_the_header_line_keeps_the_file_from_being_read() -> None:
    table = read(book(["a", "b"], [1, 2], change=lambda sheet: sheet.merge_cells("A1:B1")))
    assert told(table) == [(1, "row")]
    assert table.rows == ()


def test_a_formula_without_a_stored_result_is_told_and_never_read_as_empty() -> None:
    table = read(book(["a", "b"], [1, "=A2+1"], [2, 3]))
    assert told(table) == [(2, "b")]
    assert [row.line for row in table.rows] == [3]


def test_a_formula_with_a_stored_result_gives_the_result() -> None:
    data = rewritten(
        book(["a", "b"], [1, "=A2+1"]),
        "xl/worksheets/sheet1.xml",
        lambda text: re.sub(r"<v ?/>|<v></v>", "<v>2</v>", text),
    )
    table = read(data)
    assert table.problems == ()
    assert table.rows[0].cells["b"] == "2"


def test_the_error_of_a_formula_is_no_value() -> None:
    table = read(book(["a", "b"], [1, "#REF!"]))
    assert told(table) == [(2, "b")]


def test_a_cell_beyond_the_named_columns_is_told() -> None:
    table = read(book(["a", "b"], [1, 2, 3]))
    assert told(table) == [(2, "row")]
    assert "column C" in table.problems[0].rule


def test_short_rows_are_filled_with_empty_cells() -> None:
    assert dict(read(book(["a", "b"], [1])).rows[0].cells) == {"a": "1", "b": ""}


def test_two_columns_of_one_name_and_columns_without_a_name_are_told() -> None:
    assert told(read(book(["a", "a"], [1, 2]))) == [(1, "a")]
    assert told(read(book(["a", None, None, "b"], [1, 2]))) == [(1, "")]


def two_sheets() -> bytes:
    made = Workbook()
    first = made.active
    assert first is not None
    first.title = "Notes"
    first.append(["only", "words"])
    second = made.create_sheet("Figures")
    second.append(["a", "b"])
    second.append([1, 2])
    hidden = made.create_sheet("Old")
    hidden.sheet_state = "hidden"
    return saved(made)


def test_the_sheet_is_the_one_that_the_mapping_names_and_is_never_guessed() -> None:
    data = two_sheets()
    named = SheetRules("Figures", needed=NEEDED.needed)
    assert read(data, named).rows[0].cells["b"] == "2"
    (unnamed,) = read(data).problems
    assert "2 sheets" in unnamed.rule
    (mistyped,) = read(data, SheetRules("Figurs")).problems
    assert "Figures" in mistyped.remedy
    (hidden,) = read(data, SheetRules("Old")).problems
    assert "hides" in hidden.rule


def test_the_columns_of_a_mapping_work_on_a_workbook_as_on_a_text_file() -> None:
    mapping = load_mapping(ROOT / "config/import/detections.toml")
    text = (ROOT / "tests/data/import/detections.csv").read_text("utf-8")
    rows: list[list[Any]] = [line.split(",") for line in text.splitlines()]
    for row in rows[1:]:
        row[0] = date.fromisoformat(f"{row[0]}-01")
        row[4] = int(row[4]) if row[4].isdigit() else row[4]
    of_book = plan_import(book(*rows), mapping)
    of_text = plan_import(text.encode(), mapping)
    assert of_book.problems == ()
    assert [draft.body for draft in of_book.drafts] == [draft.body for draft in of_text.drafts]


def test_the_mapping_may_name_the_sheet() -> None:
    text = (ROOT / "config/import/detections.toml").read_text("utf-8")
    mapping = parse_mapping(text.replace("[file]\n", '[file]\nsheet = "Figures"\n', 1))
    (problem,) = plan_import(book(["a"], [1]), mapping).problems
    assert "no sheet Figures" in problem.rule


def with_parts(**parts: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return target.getvalue()


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), ".xls"),
        (with_parts(**{"content.xml": b"<a/>"}), ".ods"),
        (with_parts(**{"xl/workbook.bin": b""}), ".xlsb"),
        (with_parts(**{"word/document.xml": b"<a/>"}), "no workbook"),
        (b"PK\x03\x04" + bytes(40), "cannot be opened"),
        (with_parts(**{"xl/workbook.xml": b"<a"}), "not well-formed"),
        (with_parts(**{"xl/workbook.xml": b"<a/>"}), "contradict"),
    ],
)
def test_what_is_no_workbook_of_ours_is_named_with_its_remedy(data: bytes, named: str) -> None:
    with pytest.raises(InvalidInput, match=named) as caught:
        read(data)
    assert "save" in caught.value.remedy
    assert caught.value.field == "file"


ENTITY = '<!DOCTYPE x [<!ENTITY e "boom"><!ENTITY f "&e;&e;&e;">]>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(
    "part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "docProps/app.xml"]
)
def test_no_entity_of_a_hostile_workbook_is_ever_expanded(part: str, encoding: str) -> None:
    document = f'<?xml version="1.0" encoding="{encoding}"?>{ENTITY}<x>&f;</x>'
    target = io.BytesIO()
    clean = book(["a"], [1])
    with zipfile.ZipFile(io.BytesIO(clean)) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, document.encode(encoding) if name == part else old.read(name))
    with pytest.raises(InvalidInput, match="document type"):
        read(target.getvalue())


def test_a_workbook_that_would_unpack_to_too_much_is_refused_before_it_is_unpacked() -> None:
    bomb = with_parts(**{"xl/workbook.xml": b"<a/>", "xl/media/x": bytes(2_000_000)})
    assert len(bomb) < 10_000
    with pytest.raises(InvalidInput, match="unpacks to"):
        read(bomb, limits=ImportLimits(unpacked_max_bytes=1_000_000))
    many = with_parts(**{f"x{n}": b"" for n in range(30)})
    with pytest.raises(InvalidInput, match="parts"):
        read(many, limits=ImportLimits(parts_max=20))


def test_a_large_file_is_refused_before_it_is_looked_at() -> None:
    with pytest.raises(InvalidInput, match="more than 10"):
        read(book(["a"], [1]), limits=ImportLimits(file_max_bytes=10))


def test_a_declared_size_of_the_whole_sheet_costs_nothing() -> None:
    data = rewritten(
        book(["a", "b"], [1, 2]),
        "xl/worksheets/sheet1.xml",
        lambda text: text.replace('ref="A1:B2"', 'ref="A1:XFD1048576"'),
    )
    table = read(data)
    assert (table.columns, len(table.rows)) == (("a", "b"), 1)


def test_more_rows_or_columns_than_allowed_are_told() -> None:
    table = read(book(["a", "b"], [1, 2], [3, 4], [5, 6]), limits=ImportLimits(rows_max=2))
    assert told(table) == [(4, "file")]
    wide = read(book([f"c{n}" for n in range(5)]), limits=ImportLimits(columns_max=4))
    assert "more than 4 columns" in wide.problems[0].rule


def test_columns_have_the_letters_that_a_sheet_shows() -> None:
    assert [letters(n) for n in (1, 26, 27, 702, 703, 16384)] == [
        "A", "Z", "AA", "ZZ", "AAA", "XFD",
    ]  # fmt: skip


def test_a_part_that_is_longer_than_it_says_is_not_unpacked_beyond() -> None:
    honest = with_parts(**{"xl/workbook.xml": b"<a>" + b" " * 100_000 + b"</a>"})
    size = (100_007).to_bytes(4, "little")
    assert honest.count(size) == 2
    with pytest.raises(InvalidInput):
        read(honest.replace(size, (7).to_bytes(4, "little")))


CELLS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=20).filter(
    # A text that begins so would be a formula in the workbook of this test.
    lambda text: not text.startswith("=") and text not in ERRORS and not CODED.search(text)
)
ERRORS = {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"}
CODED = re.compile(r"_x[0-9A-Fa-f]{4}_|[\ufffe\uffff]")


@settings(max_examples=30)
@given(st.lists(st.tuples(CELLS, CELLS), max_size=6))
def test_texts_of_any_script_come_out_as_they_went_in(rows: list[tuple[str, str]]) -> None:
    table = read(book(["a", "b"], *[list(row) for row in rows]))
    assert table.problems == ()
    expected = [row for row in rows if "".join(row).strip()]
    assert [(row.cells["a"], row.cells["b"]) for row in table.rows] == expected


def test_a_damaged_workbook_gives_a_clear_error_or_rows_and_never_a_crash() -> None:
    clean = book(["a", "b"], *[[n, f"text {n}"] for n in range(20)])
    chance = random.Random(20261121)
    with zipfile.ZipFile(io.BytesIO(clean)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    outcomes = set()
    for _ in range(300):
        changed = dict(parts)
        name = chance.choice(sorted(changed))
        content = bytearray(changed[name])
        for _ in range(chance.randint(1, 4)):
            content[chance.randrange(len(content))] = chance.choice(b'<>/"0159 =rtsvA')
        changed[name] = bytes(content)
        try:
            read(with_parts(**changed))
            outcomes.add("read")
        except InvalidInput:
            outcomes.add("refused")
    assert outcomes == {"read", "refused"}
