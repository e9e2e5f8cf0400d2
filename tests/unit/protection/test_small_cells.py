from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from relec_exchange.errors import InvalidInput
from relec_exchange.message.document import Message, compose
from relec_exchange.protection.model import Effect, Facts, Finding
from relec_exchange.protection.recovery import Equation, bounds, eliminate, movable
from relec_exchange.protection.small_cells import small_cells, strictest, suppress, without_own

Row = dict[str, Any]


def row(value: int | None, **dimensions: Any) -> Row:
    told: Row = {"suppressed": True} if value is None else {"value": value}
    return {"indicator": "fran.1a", "month": "2026-01", **dimensions, **told}


def report(*rows: Row, recipient: str = "iq") -> Message:
    header = {
        "message_id": "01a1ff38-3de2-7fff-bfff-ffffffffffff",
        "type": "stat.report",
        "schema_version": 1,
        "sender": "tr",
        "recipient": recipient,
        "exercise": True,
        "created_at": "2026-11-21T17:30:00.123Z",
        "sender_unit": "ncp",
        "author_role": "submitter",
        "area": "irregular_migration",
        "purpose": "situational_awareness",
        "data_level": "aggregate",
        "handling": ["H0"],
        "source_grade": "B",
        "info_grade": "2",
        "urgency": "routine",
        "language": "en",
    }
    body = {"reporting_country": "TR", "period": {"year": 2026, "month": 1}, "rows": list(rows)}
    return compose(header, body)


def found(*rows: Row, recipient: str = "iq", min_cell: int = 5) -> list[Finding]:
    facts = Facts("exercise", "outbound", date(2026, 2, 1), min_cell=min_cell)
    return list(small_cells(report(*rows, recipient=recipient), facts))


def fields(findings: list[Finding]) -> list[str]:
    assert all(one.rule == "P11-small-cells" for one in findings)
    assert all(one.effect is Effect.REFUSE and one.remedy for one in findings)
    return [one.field for one in findings]


def hidden(rows: list[Row]) -> list[int]:
    return [number for number, one in enumerate(rows) if one.get("suppressed")]


# ---- the rule at both ends


def test_counts_below_the_threshold_are_refused_and_zeros_are_not() -> None:
    rows = [row(v, route=str(v)) for v in (0, 1, 4, 5, 900)]
    assert fields(found(*rows)) == ["body.rows.1", "body.rows.2"]
    assert found(*rows, min_cell=1) == []


def test_a_suppressed_figure_that_its_total_gives_away_is_refused() -> None:
    assert fields(found(row(100), row(97, route="a"), row(None, route="b"))) == ["body.rows.2"]
    assert found(row(100), row(60, route="a"), row(None, route="b"), row(None, route="c")) == []


def test_two_suppressed_figures_that_share_two_are_both_one_and_are_refused() -> None:
    rows = [row(100), row(98, route="a"), row(None, route="b"), row(None, route="c")]
    assert fields(found(*rows)) == ["body.rows.2", "body.rows.3"]


def test_a_figure_that_follows_through_two_dimensions_is_refused() -> None:
    cells = {("a", "AFG"): None, ("a", "PAK"): None, ("b", "AFG"): None, ("b", "PAK"): 40}
    rows = [row(value, route=r, citizenship=c) for (r, c), value in cells.items()]
    rows += [row(30, route="a"), row(52, route="b"), row(27, citizenship="AFG")]
    assert fields(found(*rows)) == ["body.rows.0", "body.rows.1", "body.rows.2"]


def test_totals_that_nobody_listed_bind_two_splits_to_each_other() -> None:
    rows = [row(50, route="a"), row(8, route="b"), row(55, sex="male"), row(None, sex="female")]
    assert fields(found(*rows)) == ["body.rows.3"]


def test_a_small_remainder_that_no_row_names_is_refused() -> None:
    assert fields(found(row(12), row(10, citizenship="AFG"))) == ["body.rows.0"]
    assert found(row(20), row(10, citizenship="AFG")) == []


def test_age_bands_and_the_dead_and_missing_are_sums_too() -> None:
    bands = [row(20, age_band="0-17"), row(None, age_band="0-13"), row(17, age_band="14-17")]
    assert fields(found(*bands)) == ["body.rows.1"]
    lost = [("dead_or_missing", 20), ("dead", None), ("missing", 18)]
    rows = [{**row(value), "indicator": f"mortality.{name}"} for name, value in lost]
    assert fields(found(*rows)) == ["body.rows.1"]


def test_tables_that_count_twice_or_list_in_part_give_no_false_alarm() -> None:
    assert found(row(50), row(40, category="boat"), row(30, category="truck")) == []
    assert found(row(50), row(60, route="a"), row(None, route="b")) == []


def test_a_median_fee_is_no_count_of_persons() -> None:
    assert found({**row(3), "indicator": "smuggling.fee_usd"}) == []


def test_other_messages_than_reports_are_not_looked_at() -> None:
    message = report(row(1))
    other = Message(message.header, message.header, b"")
    facts = Facts("exercise", "outbound", date(2026, 2, 1))
    assert list(small_cells(other, facts)) == []


def test_many_small_figures_make_a_short_answer() -> None:
    findings = found(*(row(1, route=str(n)) for n in range(40)))
    assert len(findings) == 11
    assert "30 more" in findings[-1].text


def test_a_table_that_is_split_in_too_many_ways_is_refused_and_not_calculated_for_hours() -> None:
    dimensions = {
        "citizenship": "AFG",
        "route": "a",
        "border_type": "sea",
        "sex": "female",
        "age_band": "0-13",
        "category": "boat",
    }
    names = list(dimensions)
    rows = [
        row(None, **{name: dimensions[name] for i, name in enumerate(names) if kind >> i & 1})
        for kind in range(64)
    ]
    lost = [{**one, "indicator": "mortality.dead"} for one in rows]
    rows = [*lost, {**row(None), "indicator": "mortality.dead_or_missing"}]
    [one] = found(*rows)
    assert "too many ways" in one.text
    with pytest.raises(InvalidInput):
        suppress(rows, 5)


# ---- asylum


def asylum(value: int | None, **dimensions: Any) -> Row:
    return {**row(value, **dimensions), "indicator": "fran.5"}


@pytest.mark.parametrize("value", [0, 7, 900, None])
def test_asylum_claims_never_go_to_the_state_of_citizenship(value: int | None) -> None:
    assert fields(found(asylum(value, citizenship="IRQ"))) == ["body.rows.0"]
    assert found(asylum(value, citizenship="IRQ"), recipient="pk") == []


def test_nor_do_totals_that_are_split_by_citizenship() -> None:
    rows = [asylum(90), asylum(50, citizenship="AFG"), asylum(40, route="a")]
    assert fields(found(*rows)) == ["body.rows.0", "body.rows.2"]
    assert found(asylum(90), asylum(50, route="a"), asylum(40, route="b")) == []


def test_without_own_leaves_nothing_to_refuse_and_other_indicators_as_they_are() -> None:
    rows = [asylum(90), asylum(50, citizenship="AFG"), asylum(40, citizenship="IRQ"), row(70)]
    kept = without_own(rows, "IRQ")
    assert kept == [rows[1], rows[3]]
    assert found(*kept) == []
    assert without_own(rows, "PAK") == [rows[1], rows[2], rows[3]]


def test_a_total_in_one_part_does_not_go_if_the_split_stands_in_another() -> None:
    first, second = [asylum(90), row(70)], [asylum(50, citizenship="AFG")]
    assert without_own(first, "IRQ", whole=[*first, *second]) == [row(70)]


def test_the_rows_for_a_state_do_not_tell_whether_its_citizens_had_claims() -> None:
    with_claims = [asylum(90), asylum(50, citizenship="AFG"), asylum(40, citizenship="IRQ")]
    without = [asylum(50), asylum(50, citizenship="AFG")]
    assert without_own(with_claims, "IRQ") == without_own(without, "IRQ")


# ---- suppression


def test_suppress_hides_what_is_small_and_one_more_so_that_it_does_not_follow() -> None:
    rows = [row(100), row(60, route="a"), row(37, route="b"), row(3, route="c")]
    out = suppress(rows, 5)
    assert hidden(out) == [2, 3]
    assert found(*out) == []
    assert rows[3] == row(3, route="c")


def test_two_small_figures_hide_each_other_if_what_they_share_is_large_enough() -> None:
    rows = [row(108), row(100, route="a"), row(4, route="b"), row(4, route="c")]
    assert hidden(suppress(rows, 5)) == [2, 3]
    rows = [row(103), row(101, route="a"), row(1, route="b"), row(1, route="c")]
    assert hidden(suppress(rows, 5)) == [1, 2, 3]


def test_the_strictest_threshold_decides_for_all_recipients() -> None:
    assert strictest([5, 10, 3]) == 10
    rows = [row(9, route="a"), row(50, route="b"), row(70, route="c")]
    assert hidden(suppress(rows, strictest([5, 10]))) == [0]


def test_what_was_suppressed_once_stays_suppressed_in_later_revisions() -> None:
    first = suppress([row(100), row(60, route="a"), row(37, route="b"), row(3, route="c")], 5)
    second = [row(102), row(60, route="a"), row(37, route="b"), row(5, route="c")]
    assert hidden(suppress(second, 5, earlier=[first])) == [2, 3]
    assert hidden(suppress(second, 5)) == []


def test_a_figure_that_was_told_before_covers_for_no_other() -> None:
    first = [row(100), row(60, route="a"), row(34, route="b"), row(6, route="c")]
    second = [row(97), row(60, route="a"), row(34, route="b"), row(3, route="c")]
    assert suppress(first, 5) == first
    # Of the figures that changed only the total is left: what did not change is known.
    assert 0 in hidden(suppress(second, 5, earlier=[first]))


def test_suppression_is_the_same_each_time_and_passes_its_own_rule() -> None:
    rows = [
        row((n * 7919) % 23, route=f"r{n % 6}", citizenship=c)
        for n, c in enumerate(["AFG", "BGD", "IRN", "IRQ", "PAK"] * 6)
        if (n % 6, c) not in {(1, "IRN")}
    ]
    totals: dict[tuple[str, str], int] = {}
    for one in rows:
        for name in ("route", "citizenship"):
            key = (name, one[name])
            totals[key] = totals.get(key, 0) + one["value"]
    cells = {(r["route"], r["citizenship"]): r for r in rows}
    rows = list(cells.values())
    sums = {key: sum(r["value"] for r in rows if r[key[0]] == key[1]) for key in totals}
    rows += [row(value, **{name: code}) for (name, code), value in sums.items()]
    out = suppress(rows, 5)
    assert out == suppress(rows, 5)
    assert found(*out) == []


def test_rows_that_come_suppressed_stay_so_and_are_covered() -> None:
    rows = [row(100), row(97, route="a"), row(None, route="b")]
    assert hidden(suppress(rows, 5)) in ([0, 2], [1, 2])


# ---- the algebra


def test_elimination_finds_what_equations_tell_and_contradictions() -> None:
    sums = [Equation({"x": 1, "y": 1}, 10), Equation({"x": 1, "y": -1}, 4)]
    assert eliminate(sums).values() == {"x": 7, "y": 3}
    assert not eliminate([*sums, Equation({"x": 1}, 8)]).consistent


def test_bounds_narrow_until_nothing_changes() -> None:
    spans = bounds(
        [Equation({"x": 1, "y": 1}, 3), Equation({"y": 1, "z": -1}, 1)], {"x": 1, "z": 1}
    )
    assert spans == {"x": (1, 1), "y": (2, 2), "z": (1, 1)}
    assert bounds([Equation({"x": 1}, -1)], {}) == {}


def test_movable_gives_only_what_has_another_value_in_whole_numbers() -> None:
    solved = eliminate([Equation({"x": 1, "y": 1}, 5), Equation({"z": 1}, 2)])
    assert movable(solved, {"x": 1, "y": 2, "z": 1}) == {"x", "y"}
    assert movable(solved, {"x": 0, "y": 0, "z": 1}) == set()
