"""The regional view: figures of several countries' reports put together, each with its messages.

Contract: nothing is counted twice. Of one country, indicator and month the report received last
tells; of its rows those that are split by what is asked for and as little else as possible. What a
report does not split by stands under None, never under a guess. A suppressed row adds nothing and
is counted: the sum is then a lower bound. Figures of different indicators are never added.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from relec_exchange.errors import InvalidInput
from relec_exchange.message.bodies.statistics import Indicator, Period, Row
from relec_exchange.message.codes import Area, nearest
from relec_exchange.statistics.reports import Report, current, quarter_of

SPLITS: Final = ("citizenship", "route", "border_type", "sex", "age_band", "category")
"""What rows may be split by."""

BY: Final = ("quarter", "month", "year", "country", *SPLITS)
"""What a view may be split by; the indicator always is."""

# A median of medians says nothing: of such figures the lowest and the highest are shown.
_NOT_ADDED: Final = frozenset({Indicator.SMUGGLING_FEE_USD})
_CHILD_BANDS: Final = frozenset({"0-13", "14-17"})
_ADULT_BANDS: Final = frozenset({"18-34", "35-64", "65+"})


@dataclass(frozen=True, slots=True)
class Query:
    """What to show. Quarters as `2026-Q1`, both ends included; empty means everything."""

    by: tuple[str, ...] = ("quarter",)
    first: str = ""
    last: str = ""
    indicators: frozenset[str] = frozenset()
    area: str = ""
    only: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in self.by:
            if name not in BY:
                meant = nearest(name, BY)
                raise InvalidInput(
                    f"a view cannot be split by {name}",
                    field="by",
                    remedy=f"did you mean {meant}?" if meant else f"one of: {', '.join(BY)}",
                )

    @property
    def splits(self) -> frozenset[str]:
        """The dimensions of rows that the question needs."""
        return frozenset(name for name in (*self.by, *self.only) if name in SPLITS)


Key = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """`low` is exact if nothing is withheld, and otherwise the least that it can be.

    `high` is set for figures that are not added: the lowest and the highest of them. `covers` are
    the countries and months that reported, `messages` the ids that it comes from.
    """

    low: int
    withheld: int
    messages: tuple[str, ...]
    covers: frozenset[tuple[str, str]]
    high: int | None = None
    told: int = 1

    @property
    def exact(self) -> bool:
        """Whether it says all there is."""
        return self.withheld == 0 and self.high in (None, self.low)

    def __str__(self) -> str:
        if not self.told:
            return "withheld"
        if self.high is not None and self.high != self.low:
            return f"{self.low} to {self.high}"
        return f"\u2265 {self.low}" if self.withheld else str(self.low)


@dataclass(frozen=True, slots=True)
class View:
    """Figures by key: the indicator, then one value for each name in `by`."""

    by: tuple[str, ...]
    figures: Mapping[Key, Figure]
    sources: tuple[str, ...]
    illustration: bool
    countries: tuple[str, ...]
    not_split: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of a key's parts."""
        return ("indicator", *self.by)


def combine(reports: Iterable[Report], query: Query) -> View:
    """The view of all reports that count. Its keys are in order."""
    cells: dict[Key, list[_Cell]] = defaultdict(list)
    used: dict[str, Report] = {}
    not_split: set[str] = set()
    for (country, _, month), rows in _slices(current(reports), query).items():
        fitting, missing = _fitting(rows, query)
        if missing:
            not_split.add(f"{country} {month}: {', '.join(missing)}")
            continue
        for cell in fitting:
            cells[_key(cell, query.by)].append(cell)
            used[cell.report.message_id] = cell.report
    bodies = [report.body for report in used.values()]
    return View(
        by=query.by,
        figures={key: _figure(cells[key]) for key in sorted(cells, key=_order)},
        sources=tuple(sorted({source for body in bodies for source in body.sources})),
        illustration=any(body.illustration for body in bodies),
        countries=tuple(sorted({body.reporting_country for body in bodies})),
        not_split=tuple(sorted(not_split)),
    )


def area_of(indicator: str) -> Area:
    """The area that an indicator belongs to: facilitators and fees are smuggling."""
    if indicator.startswith("trafficking."):
        return Area.HUMAN_TRAFFICKING
    smuggling = indicator.startswith("smuggling.") or indicator == Indicator.FRAN_2
    return Area.MIGRANT_SMUGGLING if smuggling else Area.IRREGULAR_MIGRATION


@dataclass(frozen=True, slots=True)
class _Cell:
    row: Row
    report: Report


_Slice = tuple[str, str, str]
_TableName = tuple[str, Period]


def _slices(reports: Sequence[Report], query: Query) -> dict[_Slice, list[_Cell]]:
    """Rows by country, indicator and month, each from the report that was received last."""
    newest: dict[_Slice, _TableName] = {}
    found: dict[tuple[_Slice, _TableName], list[_Cell]] = defaultdict(list)
    for report in reports:
        table = (report.sender, report.body.period)
        for row in report.body.rows:
            if _is_asked(row, query):
                name = (report.body.reporting_country, row.indicator.value, row.month)
                newest[name] = table
                found[name, table].append(_Cell(row, report))
    return {name: found[name, table] for name, table in newest.items()}


def _is_asked(row: Row, query: Query) -> bool:
    quarter = quarter_of(row.month)
    return (
        (not query.indicators or row.indicator.value in query.indicators)
        and (not query.area or area_of(row.indicator) == query.area)
        and query.first <= quarter
        and (not query.last or quarter <= query.last)
    )


def _fitting(cells: Sequence[_Cell], query: Query) -> tuple[list[_Cell], list[str]]:
    """The rows that tell most for each key, and what these reports do not split by.

    Rows of one kind are split by the same dimensions. Of the kinds that are split by all that is
    asked for, each tells the same sum; one may withhold more of it than another.
    """
    kinds: dict[frozenset[str], list[_Cell]] = defaultdict(list)
    for cell in cells:
        kinds[frozenset(n for n in SPLITS if getattr(cell.row, n) is not None)].append(cell)
    wanted = query.splits
    full = [kind for kind in kinds if wanted <= kind]
    if not full:
        full = [min(kinds, key=lambda kind: (len(wanted - kind), len(kind), sorted(kind)))]
    missing = [name for name in query.only if name in SPLITS and name not in full[0]]
    best: dict[Key, list[_Cell]] = {}
    for kind in sorted(full, key=lambda kind: (len(kind), sorted(kind))):
        found: dict[Key, list[_Cell]] = defaultdict(list)
        for cell in _without_wide_bands(kinds[kind]):
            if all(_value(cell, name) == value for name, value in query.only.items()):
                found[_key(cell, query.by)].append(cell)
        for key, group in found.items():
            if key not in best or _tells(group) > _tells(best[key]):
                best[key] = group
    return [cell for group in best.values() for cell in group], missing


def _tells(cells: Sequence[_Cell]) -> tuple[bool, int]:
    """Rows that withhold nothing are best, and of these the coarsest; then the larger sum."""
    values = [cell.row.value for cell in cells]
    exact = None not in values
    return exact, 0 if exact else sum(value or 0 for value in values)


def _without_wide_bands(cells: Sequence[_Cell]) -> Iterator[_Cell]:
    """Leave out children and adults as a whole where the bands within are told as well."""
    bands = {(cell.row.cell()[:6], cell.row.category, cell.row.age_band) for cell in cells}
    for cell in cells:
        row = cell.row
        inner = {"0-17": _CHILD_BANDS, "18+": _ADULT_BANDS}.get(str(row.age_band), frozenset())
        if not any((row.cell()[:6], row.category, band) in bands for band in inner):
            yield cell


def _key(cell: _Cell, by: Iterable[str]) -> Key:
    return (cell.row.indicator.value, *(_value(cell, name) for name in by))


def _value(cell: _Cell, name: str) -> str | None:
    month = cell.row.month
    if name in SPLITS:
        value = getattr(cell.row, name)
        return None if value is None else str(value)
    if name == "country":
        return cell.report.body.reporting_country
    return {"month": month, "quarter": quarter_of(month), "year": month[:4]}[name]


def _figure(cells: Sequence[_Cell]) -> Figure:
    values = [cell.row.value for cell in cells if cell.row.value is not None]
    added = cells[0].row.indicator not in _NOT_ADDED
    return Figure(
        low=sum(values) if added else min(values, default=0),
        withheld=len(cells) - len(values),
        messages=tuple(sorted({cell.report.message_id for cell in cells})),
        covers=frozenset((c.report.body.reporting_country, c.row.month) for c in cells),
        high=None if added else max(values, default=0),
        told=len(values),
    )


def _order(key: Key) -> tuple[tuple[bool, str], ...]:
    return tuple((value is None, value or "") for value in key)
