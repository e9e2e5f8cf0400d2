"""The regional view of the real detections of six citizenships, 2009 to 2022: an illustration.

Splitting them by citizenship into reporting states is made up to show the view; no state reported
this. Without the public data, the small synthetic file of this repository is read instead.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from typing import Any

from relec_exchange.presenting.chart import chart_of
from relec_exchange.presenting.names import name
from relec_exchange.protection.small_cells import suppress
from relec_exchange.statistics.reports import Report, quarter_of, read_reports
from relec_exchange.statistics.trends import trends
from relec_exchange.statistics.view import Query, combine

ROOT = Path(__file__).resolve().parents[3]
DATA = ROOT.parent / "shared" / "data" / "detections.csv"
FILE = DATA if DATA.exists() else ROOT / "tests" / "data" / "import" / "detections.csv"
STATES = {"AFG": "AF", "BGD": "BD", "IRN": "IR", "IRQ": "IQ", "PAK": "PK", "TUR": "TR"}
SOURCE = "Frontex, Monthly Detections of Illegal Border Crossings (IOM gdidata, 2025-06-03)"

Cell = tuple[str, str, str]


@cache
def detections() -> dict[tuple[str, str], Counter[Cell]]:
    """Counts by citizenship and quarter, and by month, route and border type."""
    found: dict[tuple[str, str], Counter[Cell]] = defaultdict(Counter)
    with FILE.open(newline="", encoding="utf-8") as lines:
        for one in csv.DictReader(lines):
            if one["citizenship"] in STATES:
                key = (one["citizenship"], quarter_of(one["month"]))
                cell = (one["month"], one["route"], one["border_type"].lower())
                found[key][cell] += int(one["detections"])
    return dict(found)


def rows(cells: Counter[Cell], citizenship: str) -> list[dict[str, Any]]:
    """Every cell, and for each month its total by route and in all."""
    sums: Counter[tuple[str, ...]] = Counter()
    for (month, route, border), value in cells.items():
        for cell in ((month,), (month, route), (month, route, border)):
            sums[cell] += value
    columns = ("month", "route", "border_type")
    fixed = {"indicator": "fran.1a", "citizenship": citizenship}
    return [
        {**fixed, **dict(zip(columns, cell, strict=False)), "value": value}
        for cell, value in sums.items()
    ]


@cache
def reports(*, suppressed: bool) -> list[Report]:
    items = []
    for number, ((citizenship, quarter), cells) in enumerate(sorted(detections().items())):
        told = rows(cells, citizenship)
        body = {
            "reporting_country": STATES[citizenship],
            "period": {"year": int(quarter[:4]), "quarter": int(quarter[-1])},
            "sources": [SOURCE],
            "illustration": True,
            "rows": suppress(told, 5) if suppressed else told,
        }
        items.append(
            {
                "message_id": f"01a1ff38-3de2-7000-8000-{number:012}",
                "sender": STATES[citizenship].lower(),
                "received_at": f"{quarter[:4]}-12-31T00:00:00.000Z",
                "body": body,
            }
        )
    found, unreadable = read_reports(items)
    assert unreadable == []
    return found


def test_quarters_of_all_citizenships_add_up_to_the_public_data() -> None:
    view = combine(reports(suppressed=False), Query(("quarter", "citizenship")))
    expected = {(q, c): sum(cells.values()) for (c, q), cells in detections().items()}
    assert {key[1:]: figure.low for key, figure in view.figures.items()} == expected
    assert all(figure.exact for figure in view.figures.values())


def test_with_small_cells_withheld_every_figure_is_true_or_marked_as_a_lower_bound() -> None:
    for by in (("quarter",), ("quarter", "route"), ("year", "border_type")):
        exact = combine(reports(suppressed=False), Query(by)).figures
        told = combine(reports(suppressed=True), Query(by)).figures
        assert told.keys() == exact.keys()
        for key, figure in told.items():
            assert figure.low == exact[key].low if figure.exact else figure.low < exact[key].low


def test_every_figure_comes_from_messages_of_its_own_quarter() -> None:
    found = {report.message_id: report for report in reports(suppressed=True)}
    view = combine(found.values(), Query(("quarter", "route")))
    for key, figure in view.figures.items():
        assert figure.messages
        for name_ in figure.messages:
            period = found[name_].body.period
            assert key[1] == f"{period.year}-Q{period.quarter}"


def test_the_chart_names_its_source_and_says_illustration() -> None:
    view = combine(reports(suppressed=True), Query(("quarter", "citizenship")))
    notes = " ".join(chart_of(view, "Detections", name).notes)
    assert SOURCE in notes
    assert "Illustration" in notes
    assert any(trend.since_year_ago is not None for trend in trends(view).values())
