"""What a chart shows, chosen from a view: series and labels, before anything is drawn. Pure.

Contract: at most `SERIES_MAX` series or `BARS_MAX` bars; what they leave out is told in a note, and
so is whatever is withheld. A chart names its sources, and says that it is an illustration if any of
its reports says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from relec_exchange.errors import NotFound
from relec_exchange.statistics.reports import quarter_of
from relec_exchange.statistics.trends import before
from relec_exchange.statistics.view import Figure, Key, View

SERIES_MAX: Final = 6
BARS_MAX: Final = 15
_TIMES: Final = ("quarter", "month", "year")
_NOBODY_SPLITS: Final = "not split"


@dataclass(frozen=True, slots=True)
class Point:
    """One figure: its number, and whether more is withheld. None where nobody told a number."""

    value: int | None
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """A line for each series over `labels` in time, or one bar for each label of one series."""

    title: str
    kind: str
    labels: tuple[str, ...]
    series: tuple[tuple[str, tuple[Point, ...]], ...]
    notes: tuple[str, ...]

    @property
    def text(self) -> str:
        """The chart in words, for who cannot see it."""
        names = ", ".join(name for name, _ in self.series if name)
        what = f"{self.kind} chart of {self.labels[0]} to {self.labels[-1]}"
        return f"{self.title}. {what}{': ' + names if names else ''}. {' '.join(self.notes)}"


def chart_of(view: View, title: str, name: Callable[[str, str], str]) -> Chart:
    """The chart of a view of one indicator; `name` turns a column and a code into words."""
    if not view.figures:
        raise NotFound(
            "no report has figures for this",
            field="indicator",
            remedy="see what there is: relec stats table",
        )
    time = next((one for one in _TIMES if one in view.by), None)
    made = _bars(view, name) if time is None else _lines(view, time, name)
    kind, labels, series, left_out = made
    notes = [left_out] if left_out else []
    if any(point.withheld for _, points in series for point in points):
        notes.append("Open or hatched marks: small counts are withheld, the true number is larger.")
    if view.not_split:
        notes.append(f"Left out, as not split so far: {'; '.join(view.not_split[:3])}.")
    if view.sources:
        notes.append(f"Sources: {'; '.join(view.sources)}.")
    if view.illustration:
        notes.append("Illustration: not reported by any state.")
    return Chart(title, kind, labels, series, tuple(notes))


_Made = tuple[str, tuple[str, ...], tuple[tuple[str, tuple[Point, ...]], ...], str]


def _lines(view: View, time: str, name: Callable[[str, str], str]) -> _Made:
    place = view.columns.index(time)
    labels = _without_gaps(sorted({str(key[place]) for key in view.figures}), time)
    series: dict[Key, dict[str, Figure]] = {}
    for key, figure in view.figures.items():
        series.setdefault((*key[:place], *key[place + 1 :]), {})[str(key[place])] = figure
    columns = [column for column in view.columns if column != time]
    ranked = sorted(series, key=lambda key: (-_weight(series[key].values()), str(key)))
    shown = tuple(
        (_words(columns, key, name), tuple(_point(series[key].get(label)) for label in labels))
        for key in ranked[:SERIES_MAX]
    )
    return "line", tuple(labels), shown, _left_out(len(ranked) - SERIES_MAX)


def _without_gaps(labels: list[str], time: str) -> list[str]:
    """Quarters and months that nobody reported have their place on the axis too."""
    first, last = labels[0], labels[-1]
    if time == "quarter":
        found = [last]
        while found[-1] > first:
            found.append(before(found[-1], 1))
        return found[::-1]
    if time == "year":
        return [str(year) for year in range(int(first), int(last) + 1)]
    months = [f"{y}-{m:02}" for y in range(int(first[:4]), int(last[:4]) + 1) for m in range(1, 13)]
    return [month for month in months if first <= month <= last]


def _bars(view: View, name: Callable[[str, str], str]) -> _Made:
    ranked = sorted(view.figures, key=lambda key: (-_weight([view.figures[key]]), str(key)))
    labels = tuple(_words(view.columns, key, name) for key in ranked[:BARS_MAX])
    points = tuple(_point(view.figures[key]) for key in ranked[:BARS_MAX])
    return "bar", labels, (("", points),), _left_out(len(ranked) - BARS_MAX)


def _words(columns: Sequence[str], key: Key, name: Callable[[str, str], str]) -> str:
    """A key in words; the indicator stands in the title unless it is all there is."""
    parts = [
        name(column, value) if value is not None else f"{column.replace('_', ' ')} {_NOBODY_SPLITS}"
        for column, value in zip(columns, key, strict=True)
    ]
    return ", ".join(parts[1:] or parts)


def _weight(figures: Iterable[Figure]) -> int:
    return sum(figure.low for figure in figures)


def _point(figure: Figure | None) -> Point:
    if figure is None:
        return Point(None)
    return Point(figure.low if figure.told else None, withheld=figure.withheld > 0)


def _left_out(count: int) -> str:
    return f"Smaller ones that are not shown: {count}." if count > 0 else ""


def span_of(view: View) -> str:
    """The first and last quarter of a view, for titles."""
    months = sorted(month for figure in view.figures.values() for _, month in figure.covers)
    if not months:
        return ""
    first, last = quarter_of(months[0]), quarter_of(months[-1])
    return first if first == last else f"{first} to {last}"
