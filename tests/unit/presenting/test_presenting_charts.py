from __future__ import annotations

import io
from xml.etree import ElementTree as ET

import pytest
from PIL import Image
from presented import ROUTES, reports

from relec_exchange.errors import NotFound
from relec_exchange.presenting import drawing
from relec_exchange.presenting.chart import BARS_MAX, SERIES_MAX, Chart, Point, chart_of, span_of
from relec_exchange.presenting.names import name
from relec_exchange.statistics.reports import Report
from relec_exchange.statistics.view import Query, combine

LINES = Query(("quarter", "route"))
BARS = Query(("route",), first="2026-Q1")


def chart(query: Query = LINES, *, illustration: bool = True) -> Chart:
    view = combine(reports(illustration=illustration), query)
    return chart_of(view, f"Crossings, {span_of(view)}", name)


def texts(data: bytes) -> str:
    root = ET.fromstring(data)  # noqa: S314
    return " ".join(element.text or "" for element in root.iter() if element.text)


@pytest.mark.parametrize("query", [LINES, BARS])
def test_the_same_chart_gives_the_same_bytes(query: Query) -> None:
    one = chart(query)
    assert drawing.svg(one) == drawing.svg(one)
    assert drawing.png(one) == drawing.png(one)


def test_every_chart_names_its_sources_and_says_illustration_when_the_reports_do() -> None:
    told = texts(drawing.svg(chart()))
    assert "Made up for tests" in told
    assert "Illustration" in told
    assert "Illustration" not in texts(drawing.svg(chart(illustration=False)))


def test_text_of_reports_is_drawn_as_text_in_any_script_and_never_as_markup_or_formula() -> None:
    data = drawing.svg(chart())
    assert b"<script" not in data
    told = texts(data)
    assert all(route in told for route in ROUTES)


def test_a_line_goes_through_quarters_that_nobody_reported_without_a_point() -> None:
    view = combine([r for r in reports() if r.body.period.year == 2026 or r.sender == "pk"], LINES)
    made = chart_of(view, "Crossings", name)
    assert made.labels == ("2025-Q4", "2026-Q1")
    by_name = dict(made.series)
    assert by_name[ROUTES[3]] == (Point(None, withheld=True), Point(None, withheld=True))
    assert by_name[ROUTES[0]] == (Point(40), Point(80))
    assert any("withheld" in note for note in made.notes)


def test_no_more_is_drawn_than_can_be_told_apart_and_the_rest_is_counted() -> None:
    found = reports()
    rows = found[0].body.rows
    many = tuple(rows[0].model_copy(update={"route": f"route {n}"}) for n in range(40))
    body = found[0].body.model_copy(update={"rows": many})
    report = Report("x", "pk", "2026", body)
    lines = chart_of(combine([report], Query(("quarter", "route"))), "x", name)
    assert len(lines.series) == SERIES_MAX
    assert f"not shown: {40 - SERIES_MAX}." in lines.notes[0]
    bars = chart_of(
        combine([type(found[0])("x", "pk", "2026", body)], Query(("route",))), "x", name
    )
    assert len(bars.labels) == BARS_MAX


def test_a_view_without_figures_makes_no_chart_but_says_so() -> None:
    with pytest.raises(NotFound):
        chart(Query(first="2030-Q1"))


@pytest.mark.parametrize("query", [LINES, BARS])
def test_nothing_is_cut_off_at_the_edges_of_a_picture(query: Query) -> None:
    image = Image.open(io.BytesIO(drawing.png(chart(query)))).convert("L")
    width, height = image.size
    edges = [(0, 0, width, 4), (0, height - 4, width, height), (0, 0, 4, height)]
    edges.append((width - 4, 0, width, height))
    assert all(image.crop(edge).getextrema() == (255, 255) for edge in edges)
