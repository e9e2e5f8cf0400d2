"""The pack for the regular meeting of contact points: what it says, before it has a form. Pure.

Contract: counts and words only, no content of any message but the figures of reports. Everything
that is not told is said to be so. The same material gives the same pack.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from relec_exchange.message.identifiers import format_time
from relec_exchange.presenting.chart import SERIES_MAX, Chart, chart_of
from relec_exchange.presenting.names import INDICATORS, heading, name
from relec_exchange.presenting.table import Table, amount, trends_table
from relec_exchange.statistics.meeting import deadline_counts, warning_counts
from relec_exchange.statistics.reintegration import LEVELS, reintegration
from relec_exchange.statistics.reports import Report, current, incomplete, quarter_of
from relec_exchange.statistics.trends import before, trends
from relec_exchange.statistics.view import Query, View, combine

Item = Mapping[str, Any]

_TREND_SPLITS: Final = ("citizenship", "route")
_ROWS_MAX: Final = 15
_WITHHELD: Final = (
    "Small counts are withheld by the states that report them. A figure with \u2265 is the sum of "
    "what was told; the true number is larger. Changes are shown only where both figures are "
    "complete and the same countries reported for the same months."
)


@dataclass(frozen=True, slots=True)
class Material:
    """What the pack is made of: reports, and the items of warnings and deadlines of the node."""

    reports: Sequence[Report]
    warnings: Sequence[Item]
    due_in: Sequence[Item]
    due_out: Sequence[Item]
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class Occasion:
    """Whose pack, made when, and which quarters it looks back on (`2026-Q1`, both included)."""

    node: str
    now: datetime
    first: str
    last: str
    exercise: bool


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands below it, in this order: words, charts, tables."""

    heading: str
    words: tuple[str, ...] = ()
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True)
class Pack:
    """Title, facts below it, sections; `exercise` is told on top."""

    title: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    exercise: bool


def make_pack(material: Material, occasion: Occasion) -> Pack:
    """The pack of these quarters; trends look a year further back."""
    reports = current(material.reports)
    period = Query(by=("quarter",), first=occasion.first, last=occasion.last)
    view = combine(reports, period)
    sections = [
        _received(material, reports, occasion),
        *(_indicator(reports, one, occasion) for one in _indicators(view)),
        *_reintegrated(reports, period),
        _warned(material.warnings, occasion),
        _due(material, occasion),
        _notes(view),
    ]
    facts = (
        ("Period", _span(occasion)),
        ("Made by", f"contact point of {_state(occasion.node)}"),
        ("Made on", format_time(occasion.now)[:10]),
        ("Countries in it", ", ".join(name("country", c) for c in view.countries) or "none"),
    )
    title = "Regular meeting of contact points"
    return Pack(title, facts, tuple(sections), occasion.exercise)


def _span(occasion: Occasion) -> str:
    first, last = occasion.first, occasion.last
    return first if first == last else f"{first} to {last}"


def _state(node: str) -> str:
    return name("country", node.upper())


def _received(material: Material, reports: Sequence[Report], occasion: Occasion) -> Section:
    """Who reported, and what is not complete."""
    inside = [r for r in reports if _touches(r, occasion)]
    rows = []
    for country in sorted({r.body.reporting_country for r in inside}):
        own = [r for r in inside if r.body.reporting_country == country]
        quarters = sorted({quarter_of(row.month) for r in own for row in r.body.rows})
        last = max(r.received_at for r in own)[:10]
        told = ", ".join(q for q in quarters if occasion.first <= q <= occasion.last)
        rows.append((name("country", country), told, str(len(own)), last))
    columns = ("Country", "Quarters", "Messages", "Last received")
    words = [f"Not complete: {one}." for one in incomplete(inside)]
    if material.unreadable:
        words.append(f"Reports that cannot be read: {material.unreadable}.")
    table = Table("Reports", columns, tuple(rows), frozenset({2}))
    if not rows:
        return Section("Reports received", (*words, "No report for this period."))
    return Section("Reports received", tuple(words), tables=(table,))


def _touches(report: Report, occasion: Occasion) -> bool:
    quarters = {quarter_of(row.month) for row in report.body.rows}
    return any(occasion.first <= quarter <= occasion.last for quarter in quarters)


def _indicators(view: View) -> list[str]:
    """Those with figures, in the order of the list; reintegration has a section of its own."""
    found = {str(key[0]) for key in view.figures} - set(LEVELS.values())
    return [one for one in INDICATORS if one in found]


def _indicator(reports: Sequence[Report], indicator: str, occasion: Occasion) -> Section:
    """A chart over two years, and the trend of the last quarter, in all and by what it is split."""
    last = occasion.last
    start = min(before(last, 7), occasion.first)
    chosen = frozenset({indicator})
    words = name("indicator", indicator)
    whole = combine(reports, Query(("quarter",), start, last, chosen))
    charts, tables = [], [_limited(whole, f"{words}: trend", last)]
    for split in _TREND_SPLITS:
        view = combine(reports, Query(("quarter", split), start, last, chosen))
        if any(key[2] is not None for key in view.figures):
            title = f"{words}, by {split}, {start} to {last}"
            charts.append(chart_of(view, title, name))
            tables.append(_limited(view, f"Trend by {split}", last))
    charts = charts or [chart_of(whole, f"{words}, {start} to {last}", name)]
    return Section(words, (), tuple(charts), tuple(one for one in tables if one.rows))


def _limited(view: View, title: str, quarter: str) -> Table:
    """The trends of the largest figures of a quarter."""
    place = view.columns.index("quarter")
    shown = {key: trend for key, trend in trends(view).items() if key[place] == quarter}
    ranked = sorted(shown, key=lambda key: (-shown[key].now.low, str(key)))[:_ROWS_MAX]
    more = len(shown) - len(ranked)
    full = f"{title} (the {_ROWS_MAX} largest of {len(shown)})" if more else title
    return trends_table(view, {key: shown[key] for key in ranked}, full, quarter)


def _reintegrated(reports: Sequence[Report], period: Query) -> Iterable[Section]:
    by = ("quarter", "category")
    found = reintegration(reports, Query(by, period.first, period.last))
    if not found:
        return
    rows = tuple(
        (
            str(one.key[0]),
            "in all" if one.key[1] is None else name("category", one.key[1]),
            amount(one.individual),
            amount(one.community),
            amount(one.structural),
        )
        for one in found
    )
    columns = ("Quarter", "What", *map(heading, LEVELS))
    table = Table("Indicators on three levels", columns, rows, frozenset({2, 3, 4}))
    yield Section("Return and reintegration", tables=(table,))


def _warned(items: Sequence[Item], occasion: Occasion) -> Section:
    counts = warning_counts(items, occasion.first, occasion.last)
    if not counts:
        return Section("Warnings", ("No warning in this period.",))
    rows = tuple(
        (
            name("category", one.kind),
            name("country", one.country) if one.country else "not in a country",
            str(one.count),
        )
        for one in counts
    )
    total = sum(one.count for one in counts)
    words = f"{total} received; an update counts in place of what it updates."
    table = Table("By kind and country", ("Kind", "Where", "Warnings"), rows, frozenset({2}))
    return Section("Warnings", (words,), tables=(table,))


def _due(material: Material, occasion: Occasion) -> Section:
    now, first, last = format_time(occasion.now), occasion.first, occasion.last
    counts = [
        *deadline_counts(material.due_in, "in", now, first, last),
        *deadline_counts(material.due_out, "out", now, first, last),
    ]
    if not counts:
        return Section("Deadlines", ("Nothing was due in this period.",))
    who = {"in": "ours to answer", "out": "asked by us"}
    rows = tuple(
        (who[one.direction], one.type, *map(str, (one.in_time, one.late, one.waiting, one.overdue)))
        for one in counts
    )
    columns = ("Whose", "Type", "In time", "Late", "Not due yet", "Overdue")
    table = Table("Deadlines met", columns, rows, frozenset({2, 3, 4, 5}))
    return Section("Deadlines", tables=(table,))


def _notes(view: View) -> Section:
    words = [_WITHHELD, f"Charts show at most {SERIES_MAX} series."]
    words += [f"Source: {source}." for source in view.sources]
    if view.illustration:
        words.append(
            "Illustration: some of these figures were made to show the system. "
            "No state reported them."
        )
    return Section("How to read this", tuple(words))
