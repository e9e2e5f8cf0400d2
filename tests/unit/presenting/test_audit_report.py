"""The auditors' report: what the page and the table say of figures."""

from __future__ import annotations

import csv
import io
from typing import Any

from relec_exchange.presenting.audit_report import csv as as_csv
from relec_exchange.presenting.audit_report import page, report_pack

NOTHING: dict[str, Any] = {
    "node": "tr",
    "network": "relec.example",
    "exercise": True,
    "since": "2026-07-01T00:00:00.000Z",
    "until": "2026-08-01T00:00:00.000Z",
    "made_at": "2026-08-02T08:00:00.000Z",
    "volume": [],
    "refusals": [],
    "deadlines": [],
    "erased": [],
    "attested": [],
    "witnessing": {
        "entries": 0,
        "unwitnessed": 0,
        "longest_seconds": 0,
        "mean_seconds": 0,
        "together_seconds": 0,
    },
    "access": [],
    "denied": 0,
    "alarms": [],
    "gaps": [],
}


def volume(day: str, count: int, peer: str = "pk", area: str = "migrant_smuggling") -> Any:
    return {"direction": "out", "peer": peer, "area": area, "day": day, "count": count}


def section(figures: dict[str, Any], heading: str) -> Any:
    return next(one for one in report_pack(figures).sections if one.heading == heading)


def test_a_period_in_which_nothing_happened_says_so_in_every_section() -> None:
    pack = report_pack(NOTHING)
    assert all(one.words for one in pack.sections)
    assert not any(one.charts or one.tables for one in pack.sections)
    assert ("Period", "2026-07-01 to 2026-07-31, in UTC") in pack.facts


def test_a_month_is_drawn_by_days_and_a_quarter_by_months() -> None:
    rows = [volume("2026-07-01", 2), volume("2026-07-31", 3), volume("2026-07-31", 1, "iq", "")]
    by_partner, by_area = section({**NOTHING, "volume": rows}, "Volume").charts
    assert (by_partner.labels[0], by_partner.labels[-1]) == ("1 Jul", "31 Jul")
    assert len(by_partner.labels) == 31
    assert [name for name, _ in by_partner.series] == ["sent to pk", "sent to iq"]
    assert [point.value for point in by_partner.series[0][1]][::30] == [2, 3]
    assert [name for name, _ in by_area.series] == ["migrant smuggling", "no area"]
    end = "2026-10-01T00:00:00.000Z"
    quarter = {**NOTHING, "until": end, "made_at": end, "volume": rows[:2]}
    chart = section(quarter, "Volume").charts[0]
    assert chart.labels == ("2026-07", "2026-08", "2026-09")
    assert [point.value for point in chart.series[0][1]] == [5, 0, 0]
    assert chart.notes == ("All of them: sent to pk.",)


def test_partners_are_lines_and_areas_are_columns_with_their_sum() -> None:
    rows = [
        volume("2026-07-01", 2),
        volume("2026-07-02", 1200, area="human_trafficking"),
        volume("2026-07-02", 1, "iq"),
    ]
    [table] = section({**NOTHING, "volume": rows}, "Volume").tables
    assert table.columns == ("Pair", "Human trafficking", "Migrant smuggling", "All")
    assert table.rows == (("sent to iq", "0", "1", "1"), ("sent to pk", "1,200", "2", "1,202"))


def test_of_more_partners_than_a_chart_shows_the_rest_is_told() -> None:
    rows = [volume("2026-07-01", n + 1, f"p{n}") for n in range(9)]
    chart = section({**NOTHING, "volume": rows}, "Volume").charts[0]
    assert len(chart.series) == 6
    assert chart.notes == ("3 smaller ones are in the table only.",)


def test_deadlines_that_are_not_due_yet_count_neither_as_met_nor_as_missed() -> None:
    def due(outcome: str, count: int) -> Any:
        return {"direction": "in", "type": "info.request", "outcome": outcome, "count": count}

    rows = [due("in-time", 3), due("late", 1), due("waiting", 90)]
    found = section({**NOTHING, "deadlines": rows}, "Deadlines")
    assert found.words == ("75 % of what was due was answered in time.",)
    assert found.tables[0].rows == (("ours to answer", "info.request", "3", "1", "90", "0"),)
    assert section({**NOTHING, "deadlines": [due("waiting", 9)]}, "Deadlines").words == ()


def test_waiting_times_are_told_in_their_two_largest_units() -> None:
    waits = {
        "entries": 1200,
        "unwitnessed": 2,
        "longest_seconds": 90_061,
        "mean_seconds": 61,
        "together_seconds": 7_200,
    }
    found = section({**NOTHING, "witnessing": waits}, "Time without witnesses")
    assert found.words == ("1,198 of 1,200 entries are under a checkpoint of a quorum.",)
    assert [row[1] for row in found.tables[0].rows] == ["1 d 1 h", "1 min 1 s", "2 h", "2"]


def test_names_from_elsewhere_are_escaped_on_the_page_and_are_no_formula_in_the_table() -> None:
    alarm = {
        "what": "card-conflict",
        "subject": "=cmd <script>alert(1)</script>",
        "at": "2026-07-02T00:00:00.000Z",
        "closed_at": "",
    }
    figures = {**NOTHING, "alarms": [alarm], "volume": [volume("2026-07-01", 1, "<b>")]}
    html = page(figures).decode()
    assert "<script" not in html
    assert "<b>" not in html
    rows = list(csv.reader(io.StringIO(as_csv(figures).decode())))
    [line] = [row for row in rows if row[0] == "alarms"]
    assert line[2].startswith("'=")


def test_every_line_of_the_table_has_its_section_and_a_count() -> None:
    figures = {
        **NOTHING,
        "volume": [volume("2026-07-01", 4)],
        "refusals": [{"direction": "out", "rule": "no-agreement", "count": 2}],
        "gaps": [{"peer": "pk", "state": "closed", "count": 1}],
        "denied": 3,
    }
    head, *rows = csv.reader(io.StringIO(as_csv(figures).decode()))
    assert len(head) == 6
    assert ["volume", "out", "pk", "migrant_smuggling", "2026-07-01", "4"] in rows
    assert ["refusals", "out", "no-agreement", "", "", "2"] in rows
    assert ["access", "denied", "", "", "", "3"] in rows
    assert all(row[0] and row[5].isdecimal() for row in rows)


def test_a_period_that_is_not_over_is_not_drawn_to_its_end() -> None:
    rows = [volume("2026-04-03", 2), volume("2026-08-01", 1)]
    figures = {**NOTHING, "since": "2026-04-01T00:00:00.000Z", "until": "2026-10-01T00:00:00.000Z"}
    figures |= {"volume": rows}
    assert "was not over" in dict(report_pack(figures).facts)["Period"]
    assert section(figures, "Volume").charts[0].labels[-1] == "2026-08"
    over = {**figures, "made_at": "2026-10-01T00:00:00.000Z"}
    assert section(over, "Volume").charts[0].labels[-1] == "2026-09"
    assert dict(report_pack(over).facts)["Period"] == "2026-04-01 to 2026-09-30, in UTC"
