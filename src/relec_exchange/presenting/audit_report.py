"""The figures of a period as a page with charts and tables, and as CSV. Pure but for the drawing.

Contract: takes `answers.AuditReport`. Counts and words only. Everything that is not counted is said
to be so. The same figures give the same page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from relec_exchange.presenting.chart import SERIES_MAX, Chart, Point
from relec_exchange.presenting.pack import Pack, Section
from relec_exchange.presenting.page import html
from relec_exchange.presenting.table import Table, csv_of

Figures = Mapping[str, Any]
Row = Mapping[str, Any]

_DAYS_AS_DAYS: Final = 45
_MONTHS: Final = tuple("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split())  # noqa: SIM905
_BARS_MAX: Final = 15
_WAYS: Final = {"out": "sent to", "in": "received from"}
_OURS: Final = {"out": "asked by us", "in": "ours to answer"}
_OUTCOMES: Final = ("in-time", "late", "waiting", "overdue")
_NOT_COUNTED: Final = (
    "Messages of officers are counted; receipts, rounds and other control messages are not. "
    "Decisions of the protection rules are not counted: of some of them nobody outside the "
    "protection desk may notice anything. What the protection desk itself did is left out of "
    "the accesses, too."
)


def page(figures: Figures) -> bytes:
    """The report as one HTML page that loads nothing, UTF-8."""
    return html(report_pack(figures))


def report_pack(figures: Figures) -> Pack:
    """What the page says."""
    first, last = figures["since"][:10], _day_before(figures["until"][:10])
    period = f"{first} to {last}, in UTC"
    if figures["made_at"] < figures["until"]:
        period += "; it was not over when this was made: the figures end there"
        last = max(first, min(last, figures["made_at"][:10]))
    facts = (
        ("Period", period),
        ("Node", f"{figures['node']} in {figures['network']}"),
        ("Made at", figures["made_at"]),
    )
    sections = (
        _volume(figures["volume"], first, last),
        _refusals(figures["refusals"]),
        _deadlines(figures["deadlines"]),
        _erasures(figures["erased"], figures["attested"]),
        _witnessing(figures["witnessing"]),
        _access(figures["access"], figures["denied"]),
        _alarms(figures["alarms"], figures["gaps"]),
        Section("How to read this", (_NOT_COUNTED,)),
    )
    return Pack("Report for auditors", facts, sections, figures["exercise"])


def csv(figures: Figures) -> bytes:
    """Every figure as one line: section, what it is about in up to four columns, and the count."""
    lines: list[tuple[object, ...]] = []
    for name in ("volume", "refusals", "deadlines", "erased", "attested", "access", "gaps"):
        for row in figures[name]:
            about = [str(value) for key, value in row.items() if key != "count"]
            lines.append((name, *about, *[""] * (4 - len(about)), row["count"]))
    for key, value in figures["witnessing"].items():
        lines.append(("witnessing", key, "", "", "", value))
    lines.append(("access", "denied", "", "", "", figures["denied"]))
    for row in figures["alarms"]:
        lines.append(("alarms", row["what"], row["subject"], row["at"], row["closed_at"], 1))
    columns = ("section", "about_1", "about_2", "about_3", "about_4", "count")
    return csv_of(columns, lines).encode()


def _volume(rows: Sequence[Row], first: str, last: str) -> Section:
    if not rows:
        return Section("Volume", ("No message was sent or received in this period.",))
    sent = sum(row["count"] for row in rows if row["direction"] == "out")
    came = sum(row["count"] for row in rows if row["direction"] == "in")
    pairs = _by(rows, lambda row: f"{_WAYS[row['direction']]} {row['peer']}")
    areas = _by(rows, lambda row: _words(row["area"]) or "no area")
    charts = (
        _over_time("Messages by partner", pairs, first, last),
        _over_time("Messages by area", areas, first, last),
    )
    return Section("Volume", (f"{sent:,} sent, {came:,} received.",), charts, (_pairs(rows),))


def _pairs(rows: Sequence[Row]) -> Table:
    """A line for each partner and direction, a column for each area."""
    counts: dict[str, Counter[str]] = {}
    for row in rows:
        pair = f"{_WAYS[row['direction']]} {row['peer']}"
        counts.setdefault(pair, Counter())[_words(row["area"]) or "no area"] += row["count"]
    areas = sorted({area for found in counts.values() for area in found})
    cells = tuple(
        (pair, *(f"{found[area]:,}" for area in areas), f"{found.total():,}")
        for pair, found in sorted(counts.items())
    )
    columns = ("Pair", *(area.capitalize() for area in areas), "All")
    return Table("By partner and area", columns, cells, frozenset(range(1, len(columns))))


def _by(rows: Iterable[Row], name: Any) -> dict[str, Counter[str]]:
    """Counts per day of each name."""
    found: dict[str, Counter[str]] = {}
    for row in rows:
        found.setdefault(name(row), Counter())[row["day"]] += row["count"]
    return found


def _over_time(title: str, found: Mapping[str, Counter[str]], first: str, last: str) -> Chart:
    """A line for each of the largest, over days, or over months of a longer period."""
    labels, of_day = _labels(first, last)
    ranked = sorted(found, key=lambda name: (-found[name].total(), name))
    series = []
    for name in ranked[:SERIES_MAX]:
        counts = Counter[str]()
        for day, count in found[name].items():
            counts[of_day(day)] += count
        series.append((name, tuple(Point(counts[label]) for label in labels)))
    more = len(ranked) - SERIES_MAX
    notes = (f"{more} smaller ones are in the table only.",) if more > 0 else ()
    if len(ranked) == 1:
        notes = (f"All of them: {ranked[0]}.",)
    if len(labels) == 1:
        bars = tuple((name, points[0]) for name, points in series)
        return _bars(f"{title}, {labels[0]}", bars, notes)
    return Chart(f"{title}, {labels[0]} to {labels[-1]}", "line", labels, tuple(series), notes)


def _labels(first: str, last: str) -> tuple[tuple[str, ...], Any]:
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    count = (end - begin).days + 1
    if count <= _DAYS_AS_DAYS:
        days = tuple(_day(begin + timedelta(days=n)) for n in range(count))
        return days, lambda day: _day(date.fromisoformat(day))
    months = dict.fromkeys(str(begin + timedelta(days=n))[:7] for n in range(count))
    return tuple(months), lambda day: day[:7]


def _bars(title: str, bars: Sequence[tuple[str, Point]], notes: tuple[str, ...] = ()) -> Chart:
    labels = tuple(name for name, _ in bars)
    return Chart(title, "bar", labels, (("", tuple(point for _, point in bars)),), notes)


def _refusals(rows: Sequence[Row]) -> Section:
    if not rows:
        return Section("Refusals by rule", ("Nothing was refused by an agreement.",))
    counts = Counter[str]()
    for row in rows:
        counts[f"{row['rule']} ({_ended(row['direction'])})"] += row["count"]
    ranked = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    bars = tuple((name, Point(count)) for name, count in ranked[:_BARS_MAX])
    cells = tuple((row["rule"], _ended(row["direction"]), f"{row['count']:,}") for row in rows)
    table = Table("All rules", ("Rule", "Which", "Refused"), cells, frozenset({2}))
    return Section("Refusals by rule", (), (_bars("Refusals by rule", bars),), (table,))


def _ended(direction: str) -> str:
    return "ours" if direction == "out" else "of partners"


def _deadlines(rows: Sequence[Row]) -> Section:
    if not rows:
        return Section("Deadlines", ("Nothing was due in this period.",))
    counts: dict[tuple[str, str], Counter[str]] = {}
    for row in rows:
        found = counts.setdefault((row["direction"], row["type"]), Counter())
        found[row["outcome"]] += row["count"]
    total = Counter[str]()
    for one in counts.values():
        total += one
    over = total["in-time"] + total["late"] + total["overdue"]
    met = round(100 * total["in-time"] / over) if over else 0
    said = (f"{met} % of what was due was answered in time.",) if over else ()
    cells = tuple(
        (_OURS[way], name, *(f"{found[word]:,}" for word in _OUTCOMES))
        for (way, name), found in sorted(counts.items())
    )
    columns = ("Whose", "Type", "In time", "Late", "Not due yet", "Overdue")
    bars = tuple((word.replace("-", " "), Point(total[word])) for word in _OUTCOMES)
    table = Table("Deadlines by type", columns, cells, frozenset({2, 3, 4, 5}))
    return Section("Deadlines", said, (_bars("Deadlines met", bars),), (table,))


def _erasures(erased: Sequence[Row], attested: Sequence[Row]) -> Section:
    if not erased and not attested:
        return Section("Erasures", ("Nothing was erased in this period.",))
    cells = tuple(
        (_ended(row["direction"]), _words(row["reason"]), f"{row['count']:,}") for row in erased
    )
    more = tuple(
        (_ended(row["direction"]), row["by"].replace("-", " "), f"{row['count']:,}")
        for row in attested
    )
    tables = [Table("Erased", ("Messages", "Why", "Count"), cells, frozenset({2}))] if cells else []
    if more:
        tables.append(Table("Attested", ("Messages", "Attested", "Count"), more, frozenset({2})))
    return Section("Erasures", tables=tuple(tables))


def _witnessing(figures: Row) -> Section:
    if not figures["entries"]:
        return Section("Time without witnesses", ("Nothing was logged in this period.",))
    seen = figures["entries"] - figures["unwitnessed"]
    words = f"{seen:,} of {figures['entries']:,} entries are under a checkpoint of a quorum."
    cells = (
        ("Longest wait of one entry", _span(figures["longest_seconds"])),
        ("Mean wait", _span(figures["mean_seconds"])),
        ("Time in which any entry waited", _span(figures["together_seconds"])),
        ("Entries that wait now", f"{figures['unwitnessed']:,}"),
    )
    table = Table("Waiting for a quorum", ("What", "Figure"), cells, frozenset({1}))
    return Section("Time without witnesses", (words,), tables=(table,))


def _access(rows: Sequence[Row], denied: int) -> Section:
    words = (f"Requests turned away: {denied:,} (each officer and reason once a minute).",)
    if not rows:
        return Section("Access", words)
    cells = tuple((_words(row["action"]), f"{row['count']:,}") for row in rows)
    table = Table("What was done", ("What", "Times"), cells, frozenset({1}))
    return Section("Access", words, tables=(table,))


def _alarms(alarms: Sequence[Row], gaps: Sequence[Row]) -> Section:
    tables = []
    if alarms:
        cells = tuple(
            (row["at"], row["what"], row["subject"], row["closed_at"] or "open") for row in alarms
        )
        tables.append(Table("Alarms", ("Since", "What", "About", "Closed"), cells))
    if gaps:
        rows = tuple((row["peer"], row["state"], f"{row['count']:,}") for row in gaps)
        tables.append(Table("Gaps", ("Partner", "State", "Count"), rows, frozenset({2})))
    words = () if tables else ("No alarm, and no number went missing.",)
    return Section("Alarms and gaps", words, tables=tuple(tables))


def _span(seconds: int) -> str:
    """A time in the two largest units that it has."""
    parts = []
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"


def _words(code: str) -> str:
    return code.replace("_", " ").replace("-", " ")


def _day(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]}"


def _day_before(day: str) -> str:
    return str(date.fromisoformat(day) - timedelta(days=1))
