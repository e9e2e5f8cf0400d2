"""Views as tables: rows of plain cells for terminals, pages and documents, and as CSV.

Contract: what is withheld is said in the cell. In CSV no text cell can become a formula in a
spreadsheet: one that begins like a formula has an apostrophe before it. Numbers are numbers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from relec_exchange.presenting.names import heading, name
from relec_exchange.statistics.trends import Trend
from relec_exchange.statistics.view import Figure, Key, View

NOT_SPLIT: Final = "not split"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@dataclass(frozen=True, slots=True)
class Table:
    """A title, headings, and rows of cells. `numbers` are the columns that hold figures."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[int] = frozenset()


def figures_table(view: View, title: str, *, trace: bool = False) -> Table:
    """One row for each figure; with `trace` the ids of its messages."""
    columns = (*map(heading, view.columns), "Figure", "Withheld", *(["Messages"] if trace else []))
    rows = []
    for key, figure in view.figures.items():
        traced = [" ".join(figure.messages)] if trace else []
        rows.append((*_words(view.columns, key), amount(figure), _some(figure.withheld), *traced))
    count = len(view.columns)
    return Table(title, columns, tuple(rows), frozenset((count, count + 1)))


def trends_table(view: View, found: Mapping[Key, Trend], title: str, quarter: str) -> Table:
    """One row for each figure of a quarter, beside the quarter before and the one a year ago."""
    place = view.columns.index("quarter")
    rest = [column for column in view.columns if column not in ("quarter", "indicator")]
    head = ("Quarter before", "Change", "A year before", "Change")
    rows = []
    for key, trend in found.items():
        if key[place] != quarter:
            continue
        named = dict(zip(view.columns, key, strict=True))
        words = _words(rest, tuple(named[column] for column in rest))
        rows.append(
            (
                *(words or ("All",)),
                amount(trend.now),
                amount(trend.previous),
                change(trend.since_previous),
                amount(trend.year_ago),
                change(trend.since_year_ago),
            )
        )
    columns = (*(map(heading, rest) if rest else ("",)), quarter, *head)
    first = len(columns) - 5
    return Table(title, columns, tuple(rows), frozenset(range(first, first + 5)))


def csv_of(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """CSV with CRLF lines, every text cell safe to open in a spreadsheet."""
    out = io.StringIO(newline="")
    write = csv.writer(out)
    write.writerow([neutral(column) for column in columns])
    for row in rows:
        write.writerow([neutral(cell) if isinstance(cell, str) else cell for cell in row])
    return out.getvalue()


def figures_csv(view: View) -> str:
    """A view as CSV: codes as they came, one column for the figure and one for what is withheld."""
    columns = (*view.columns, "value", "highest", "withheld_cells", "exact", "message_ids")
    return csv_of(columns, ((*key, *_cells(figure)) for key, figure in view.figures.items()))


def neutral(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    bare = text.lstrip(" \u00a0")
    return f"'{text}" if bare.startswith(_FORMULA) or text.startswith(_FORMULA) else text


def amount(figure: Figure | None) -> str:
    """A figure for people: thousands apart, and what is withheld told."""
    if figure is None:
        return "no report"
    if not figure.told:
        return "withheld"
    if figure.high is not None and figure.high != figure.low:
        return f"{figure.low:,} to {figure.high:,}"
    return f"\u2265 {figure.low:,}" if figure.withheld else f"{figure.low:,}"


def change(percent: float | None) -> str:
    """A change in per cent, with its sign; nothing where it would mean nothing."""
    return "" if percent is None else f"{percent:+.1f} %"


def _cells(figure: Figure) -> tuple[object, ...]:
    value = figure.low if figure.told else ""
    high = "" if figure.high is None else figure.high
    exact = "yes" if figure.exact else "no"
    return value, high, figure.withheld, exact, " ".join(figure.messages)


def _words(columns: Sequence[str], key: Sequence[str | None]) -> tuple[str, ...]:
    return tuple(
        NOT_SPLIT if value is None else name(column, value)
        for column, value in zip(columns, key, strict=True)
    )


def _some(count: int) -> str:
    return f"{count} cells" if count > 1 else ("1 cell" if count else "")
