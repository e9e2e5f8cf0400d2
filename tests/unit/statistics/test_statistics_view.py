from __future__ import annotations

import pytest
from report_samples import item, reports, row

from relec_exchange.errors import InvalidInput
from relec_exchange.statistics.reintegration import reintegration
from relec_exchange.statistics.trends import before, trends
from relec_exchange.statistics.view import Query, View, combine


def shown(view: View) -> dict[tuple[str | None, ...], str]:
    return {key[1:]: str(figure) for key, figure in view.figures.items()}


def test_countries_are_added_and_each_figure_names_its_messages() -> None:
    view = combine(reports(item(1, row(10)), item(2, row(5), sender="iq")), Query())
    [figure] = view.figures.values()
    assert (figure.low, figure.exact) == (15, True)
    assert [int(one[-12:]) for one in figure.messages] == [1, 2]
    assert view.countries == ("IQ", "PK")


def test_totals_and_their_parts_are_never_added_to_each_other() -> None:
    rows = [row(10), row(7, route="a"), row(3, route="b"), row(6, route="a", citizenship="AFG")]
    found = reports(item(1, *rows))
    assert shown(combine(found, Query())) == {("2026-Q1",): "10"}
    by_route = combine(found, Query(("quarter", "route")))
    assert shown(by_route) == {("2026-Q1", "a"): "7", ("2026-Q1", "b"): "3"}


def test_narrow_age_bands_are_not_added_to_the_wide_one_around_them() -> None:
    bands = {"0-17": 9, "0-13": 4, "14-17": 5, "18+": 20}
    found = reports(item(1, *(row(value, age_band=band) for band, value in bands.items())))
    assert shown(combine(found, Query())) == {("2026-Q1",): "29"}


def test_a_suppressed_row_makes_the_sum_a_lower_bound() -> None:
    found = reports(item(1, row(10), row(None, "2026-02")), item(2, row(None), sender="iq"))
    view = combine(found, Query(("quarter", "country")))
    assert shown(view) == {("2026-Q1", "IQ"): "withheld", ("2026-Q1", "PK"): "≥ 10"}
    assert [figure.withheld for figure in view.figures.values()] == [1, 1]


def test_a_total_that_is_withheld_is_told_by_the_parts_that_tell_most() -> None:
    rows = [row(None), row(40, route="a"), row(None, route="b")]
    assert shown(combine(reports(item(1, *rows)), Query())) == {("2026-Q1",): "≥ 40"}


def test_what_a_report_does_not_split_by_stands_apart_and_is_not_guessed() -> None:
    found = reports(item(1, row(10)), item(2, row(5, route="a"), sender="iq"))
    view = combine(found, Query(("route",)))
    assert shown(view) == {("a",): "5", (None,): "10"}
    only = combine(found, Query(("quarter",), only={"route": "a"}))
    assert shown(only) == {("2026-Q1",): "5"}
    assert only.not_split == ("PK 2026-01: route",)


def test_filters_choose_quarters_indicators_and_areas() -> None:
    rows = [row(10), row(3, indicator="fran.2"), row(4, indicator="trafficking.victims")]
    found = reports(item(1, *rows), item(2, row(7, "2026-04"), period={"year": 2026, "month": 4}))
    keys = combine(found, Query(first="2026-Q1", last="2026-Q1", area="migrant_smuggling")).figures
    assert list(keys) == [("fran.2", "2026-Q1")]
    keys = combine(found, Query(first="2026-Q2", indicators=frozenset({"fran.1a"}))).figures
    assert list(keys) == [("fran.1a", "2026-Q2")]


def test_median_fees_are_shown_as_a_range_and_never_added() -> None:
    fee = "smuggling.fee_usd"
    found = reports(
        item(1, row(900, indicator=fee)), item(2, row(1500, indicator=fee), sender="iq")
    )
    [figure] = combine(found, Query()).figures.values()
    assert str(figure) == "900 to 1500"
    assert not figure.exact


def test_a_dimension_that_does_not_exist_gets_the_nearest_one() -> None:
    with pytest.raises(InvalidInput) as error:
        Query(("quater",))
    assert "quarter" in error.value.remedy


def test_sources_and_the_word_illustration_reach_the_view() -> None:
    found = reports(item(1, row(10), sources=["Frontex"], illustration=True))
    view = combine(found, Query())
    assert (view.sources, view.illustration) == (("Frontex",), True)


def test_the_quarter_before_and_the_same_quarter_a_year_ago_are_found() -> None:
    assert (before("2026-Q1", 1), before("2026-Q3", 4)) == ("2025-Q4", "2025-Q3")
    year = {"period": {"year": 2025}}
    found = reports(
        item(1, row(30, "2026-01")),
        item(2, row(20, "2025-10"), row(15, "2025-01"), **year),
    )
    trend = trends(combine(found, Query()))["fran.1a", "2026-Q1"]
    assert (trend.since_previous, trend.since_year_ago) == (50.0, 100.0)


def test_no_change_is_told_where_a_figure_is_withheld_or_others_reported() -> None:
    found = reports(
        item(1, row(30), row(None, "2026-02")),
        item(2, row(20, "2025-10"), row(9, "2025-11"), period={"year": 2025, "quarter": 4}),
        item(3, row(9, "2025-01"), sender="iq", period={"year": 2025, "quarter": 1}),
    )
    trend = trends(combine(found, Query()))["fran.1a", "2026-Q1"]
    assert (trend.since_previous, trend.since_year_ago) == (None, None)
    assert trend.previous is not None


def test_reintegration_stands_on_its_three_levels_side_by_side() -> None:
    rows = [
        row(value, indicator=f"reintegration.{level}", category="housing")
        for level, value in (("individual", 12), ("structural", 7))
    ]
    [found] = reintegration(reports(item(1, *rows)), Query(("quarter", "category")))
    assert found.key == ("2026-Q1", "housing")
    assert [str(found.individual), found.community, str(found.structural)] == ["12", None, "7"]
