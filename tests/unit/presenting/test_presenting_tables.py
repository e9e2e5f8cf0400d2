from __future__ import annotations

import csv
import io

import pytest
from presented import ROUTES, reports

from relec_exchange.presenting.table import csv_of, figures_csv, figures_table, neutral
from relec_exchange.statistics.view import Query, combine


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1"])
def test_no_text_cell_of_a_csv_begins_like_a_formula(text: str) -> None:
    assert neutral(text) == f"'{text}"
    [read] = csv.reader(io.StringIO(csv_of((text,), []), newline=""))
    assert read == [f"'{text}"]


@pytest.mark.parametrize("text", ["AFG", "مسیر شرقی", "a=b", ""])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert neutral(text) == text


def test_numbers_in_a_csv_stay_numbers_and_rows_name_their_messages() -> None:
    view = combine(reports(), Query(("quarter", "route"), first="2026-Q1"))
    rows = list(csv.DictReader(io.StringIO(figures_csv(view), newline="")))
    by_route = {row["route"]: row for row in rows}
    assert set(by_route) == {ROUTES[0], f"'{ROUTES[1]}", ROUTES[2], ROUTES[3]}
    assert by_route[ROUTES[0]]["value"] == "80"
    withheld = by_route[ROUTES[3]]
    assert (withheld["value"], withheld["withheld_cells"], withheld["exact"]) == ("", "2", "no")
    assert len(withheld["message_ids"].split()) == 2


def test_a_table_says_withheld_and_traces_only_when_asked() -> None:
    view = combine(reports(), Query(("route",), first="2026-Q1"))
    plain, traced = figures_table(view, "Figures"), figures_table(view, "Figures", trace=True)
    assert plain.columns == ("Indicator", "Route", "Figure", "Withheld")
    assert plain.rows[0][0] == "Illegal crossings between border-crossing points"
    assert ("withheld", "2 cells") in {row[2:4] for row in plain.rows}
    assert traced.columns[-1] == "Messages"
    assert all(row[-1].startswith("01a1ff38") for row in traced.rows)
