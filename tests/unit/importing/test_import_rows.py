"""Reading CSV: lines as an editor counts them, every row returned or told, nothing guessed."""

from __future__ import annotations

import codecs

import pytest

from relec_exchange.errors import InvalidInput
from relec_exchange.importing.rows import ImportLimits, Table, read_table

LIMITS = ImportLimits()


def read(text: str | bytes, delimiter: str = ",", limits: ImportLimits = LIMITS) -> Table:
    return read_table(text.encode() if isinstance(text, str) else text, delimiter, limits)


def told(table: Table) -> list[tuple[int, str]]:
    return [(one.line, one.field) for one in table.problems]


def test_rows_know_their_physical_line_also_behind_cells_with_line_breaks() -> None:
    table = read('a,b\n1,"x\ny\r\nz"\n\n2,w\n')
    assert [(row.line, row.cells["a"]) for row in table.rows] == [(2, "1"), (6, "2")]
    assert table.rows[0].cells["b"] == "x\ny\r\nz"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_ending_counts_alike(end: str) -> None:
    table = read(f"a,b{end}1,2{end}{end}3,4")
    assert [row.line for row in table.rows] == [2, 4]


def test_a_byte_order_mark_does_not_become_part_of_the_first_column() -> None:
    assert read(codecs.BOM_UTF8 + b"a,b\n1,2\n").columns == ("a", "b")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_utf_16_is_named_and_not_read(encoding: str) -> None:
    data = "a,b\n1,2\n".encode(encoding)
    data = data if data.startswith(codecs.BOM_UTF16) else codecs.BOM_UTF16_BE + data
    (problem,) = read(data).problems
    assert "UTF-16" in problem.rule


def test_a_row_that_is_not_utf_8_is_told_and_the_others_are_read() -> None:
    table = read(b"a,b\n1,caf\xe9\n2,ok\n3,\xff\n")
    assert told(table) == [(2, "b"), (4, "b")]
    assert [row.line for row in table.rows] == [3]
    assert table.records == 3


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_declared_delimiter_divides(delimiter: str) -> None:
    assert read(f"a{delimiter}b\n1{delimiter}2\n", delimiter).rows[0].cells == {"a": "1", "b": "2"}


def test_a_wrong_delimiter_is_recognised_by_its_single_column() -> None:
    (problem,) = read("a;b\n1;2\n").problems
    assert "delimiter" in problem.remedy


def test_a_row_with_too_few_or_too_many_cells_is_told() -> None:
    table = read("a,b\n1\n1,2\n1,2,3\n")
    assert told(table) == [(2, "row"), (4, "row")]
    assert len(table.rows) == 1


def test_broken_quotes_are_told_at_the_line_where_the_row_begins() -> None:
    table = read('a,b\n1,2\n3,"x"y\n5,6\n7,"never ends\n8,9\n')
    assert told(table) == [(3, "row"), (5, "row")]
    assert [row.line for row in table.rows] == [2, 4]


def test_two_columns_with_one_name_and_an_empty_file_are_told() -> None:
    assert told(read("a,b,a\n1,2,3\n")) == [(1, "a")]
    assert told(read("")) == [(1, "file")]
    assert told(read("\n\n")) == [(1, "file")]


def test_a_cell_beyond_the_limit_is_told() -> None:
    table = read("a,b\n1,xxxxxx\n2,x\n", limits=ImportLimits(cell_max_characters=5))
    assert told(table) == [(2, "b")]


def test_rows_beyond_the_limit_are_told_and_not_dropped_in_silence() -> None:
    table = read("a,b\n1,1\n2,2\n3,3\n", limits=ImportLimits(rows_max=2))
    assert told(table) == [(4, "file")]
    assert len(table.rows) == 2


def test_a_file_beyond_the_limit_is_refused() -> None:
    with pytest.raises(InvalidInput):
        read("a,b\n1,1\n", limits=ImportLimits(file_max_bytes=4))
