"""The scene of the regional view: reports of two states put together, and a chart of them."""

from __future__ import annotations

from typing import Any, Final

from relec_exchange.demo.stage import Stage
from relec_exchange.presenting.chart import chart_of, span_of
from relec_exchange.presenting.drawing import svg
from relec_exchange.presenting.names import name
from relec_exchange.statistics.reports import read_reports
from relec_exchange.statistics.view import Query, View, combine

INDICATOR: Final = "fran.1a"
CHART: Final = "crossings-by-month.svg"
_HEADER: Final = {
    "area": "irregular_migration",
    "purpose": "situational_awareness",
    "source_grade": "X",
    "info_grade": "4",
}
_FIRST: Final = {"2026-07": 120, "2026-08": 96, "2026-09": 201}
_CORRECTED: Final = {**_FIRST, "2026-09": 210}


def together(stage: Stage) -> None:
    """tr combines what pk and iq reported; a corrected table replaces the first one."""
    stage.teller.say(
        "iq reports the same quarter as pk did, finds a mistake, and sends the table again as "
        "revision 2. tr combines all that it holds: the revision replaces, what was withheld stays "
        "withheld, and each figure knows the messages that it comes from."
    )
    reports = [stage.send("iq", "tr", "stat.report", _table(_FIRST, 1), **_HEADER)]
    reports.append(stage.send("iq", "tr", "stat.report", _table(_CORRECTED, 2), **_HEADER))
    for sent in reports:
        stage.arrived(sent)
    known, unreadable = read_reports(stage.officer("tr").statistics.reports())
    view = combine(known, Query(by=("month",), indicators=frozenset({INDICATOR})))
    drawn = svg(chart_of(view, f"Irregular crossings, {span_of(view)}", name))
    file = stage.network.directory / CHART
    file.write_bytes(drawn)
    stage.teller.table(
        "Irregular crossings, reported by iq and pk (simulated)",
        ("month", "figure", "from messages"),
        [(key[1], str(figure), len(figure.messages)) for key, figure in view.figures.items()],
    )
    stage.teller.say("The chart:")
    stage.teller.command(str(file))
    ids = {one for figure in view.figures.values() for one in figure.messages}
    stage.fact("every report could be read", not unreadable)
    stage.fact(
        "the corrected figure of iq counts, the first one does not",
        reports[1].message_id in ids and reports[0].message_id not in ids,
    )
    stage.fact("a figure that pk withheld is told as withheld", _withheld(view))
    stage.fact(
        "the chart names its sources and says that the figures are an illustration",
        b"<svg" in drawn and view.illustration,
    )


def _table(figures: dict[str, int], revision: int) -> dict[str, Any]:
    return {
        "reporting_country": "IQ",
        "period": {"year": 2026, "quarter": 3},
        "revision": revision,
        "illustration": True,
        "sources": ["relec-exchange demonstration: simulated"],
        "rows": [
            {"indicator": INDICATOR, "month": month, "value": value}
            for month, value in figures.items()
        ],
    }


def _withheld(view: View) -> bool:
    return any(not figure.exact for figure in view.figures.values())
