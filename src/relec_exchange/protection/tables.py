"""A table of counts as sums: which rows are totals of which others. Pure; knows no message.

Contract: a row whose dimension is absent is the total over it. A `Place` is where a figure stands,
a `Line` says that one place is the sum of others. Places that nobody published, but that two kinds
of rows have in common, are put in: rows by route and rows by citizenship have one total, told or
not, and through it the ones bind the others. A table of too many kinds of rows is refused.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from relec_exchange.errors import InvalidInput

Place = tuple[str | None, ...]
"""The dimensions of a row, those with levels of their own split: see `place_of`."""

CELL: Final = (
    "indicator",
    "month",
    "citizenship",
    "route",
    "border_type",
    "sex",
    "age_band",
    "category",
)
"""The dimensions of a row on the wire."""

# Bands that add up to wider ones, and indicators that add up to another.
_WIDE_BANDS: Final = {
    "0-13": "0-17",
    "14-17": "0-17",
    "18-34": "18+",
    "35-64": "18+",
    "65+": "18+",
}
_SUMS: Final = {
    "mortality.dead": "mortality.dead_or_missing",
    "mortality.missing": "mortality.dead_or_missing",
}
# Five dimensions in every combination make 32 kinds; nobody reads more, and checking them all
# must not cost a recipient more than a moment.
_SHAPES_MAX: Final = 64
# A median fee is no count: it is neither small nor the sum of others.
_NOT_COUNTED: Final = frozenset({"smuggling.fee_usd"})


@dataclass(frozen=True, slots=True)
class Line:
    """The place `total` is the sum of `parts`, if the parts are listed completely."""

    total: Place
    parts: tuple[Place, ...]


def cell_of(row: Mapping[str, object]) -> tuple[str | None, ...]:
    """What a row on the wire is about."""
    found = (row.get(name) for name in CELL)
    return tuple(None if value is None else str(value) for value in found)


def is_count(cell: tuple[str | None, ...]) -> bool:
    """Whether the figure counts events or persons."""
    return cell[0] not in _NOT_COUNTED


def place_of(cell: tuple[str | None, ...]) -> Place:
    """Indicator and age band become two dimensions each, the wider one and the part of it."""
    indicator, month, *middle, band, category = cell
    name = str(indicator)
    part = name if name in _SUMS else None
    wide = _WIDE_BANDS.get(band, band) if band else None
    narrow = band if band in _WIDE_BANDS else None
    return (_SUMS.get(name, name), month, part, *middle, wide, narrow, category)


CITIZENSHIP: Final = 3
"""The position of the citizenship in a place."""


def groups(places: Iterable[Place]) -> dict[tuple[str | None, ...], list[Place]]:
    """Places by indicator and month: nothing adds up across these."""
    found: dict[tuple[str | None, ...], list[Place]] = defaultdict(list)
    for place in places:
        found[place[:2]].append(place)
    return found


def lines(places: Iterable[Place]) -> list[Line]:
    """Every sum between places of one group and the totals that they have in common.

    `InvalidInput` for a table that nobody can check.
    """
    given = list(places)
    shapes = _closed({_shape(place) for place in given})
    nodes = {
        shape: {_cut(place, shape) for place in given if shape <= _shape(place)} for shape in shapes
    }
    found: list[Line] = []
    for wide in shapes:
        finer = [shape for shape in shapes if wide < shape]
        for fine in finer:
            if not any(between < fine for between in finer):
                found.extend(_sums(wide, nodes[fine]))
    return found


def tangled() -> InvalidInput:
    """What is said of a table whose sums cannot be checked."""
    return InvalidInput(
        "the rows are split in too many ways for their sums to be checked",
        field="rows",
        remedy="send fewer dimensions, or each kind of split as a report of its own",
    )


def _sums(wide: frozenset[int], parts: set[Place]) -> Iterable[Line]:
    by_total: dict[Place, list[Place]] = defaultdict(list)
    for part in parts:
        by_total[_cut(part, wide)].append(part)
    for total in sorted(by_total, key=_order):
        yield Line(total, tuple(sorted(by_total[total], key=_order)))


def _order(place: Place) -> tuple[str, ...]:
    return tuple(value or "" for value in place)


def _shape(place: Place) -> frozenset[int]:
    return frozenset(i for i, value in enumerate(place) if value is not None)


def _cut(place: Place, shape: frozenset[int]) -> Place:
    return tuple(value if i in shape else None for i, value in enumerate(place))


def _closed(shapes: set[frozenset[int]]) -> list[frozenset[int]]:
    """The shapes and all that two of them have in common, the coarsest first."""
    closed = set(shapes)
    while True:
        if len(closed) > _SHAPES_MAX:
            raise tangled()
        more = {a & b for a in closed for b in closed} - closed
        if not more:
            return sorted(closed, key=lambda shape: (len(shape), sorted(shape)))
        closed |= more
