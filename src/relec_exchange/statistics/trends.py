"""How a figure of one quarter compares with the quarter before and with the same one a year ago.

Contract: a change is told only where it means something: both figures are exact, and the same
countries reported for the same months of both quarters. Otherwise it is None.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from relec_exchange.errors import InvalidInput
from relec_exchange.statistics.view import Figure, Key, View


@dataclass(frozen=True, slots=True)
class Trend:
    """One figure beside its earlier ones. Changes are in per cent of the earlier figure."""

    now: Figure
    previous: Figure | None
    year_ago: Figure | None

    @property
    def since_previous(self) -> float | None:
        """Change since the quarter before."""
        return _change(self.now, self.previous)

    @property
    def since_year_ago(self) -> float | None:
        """Change since the same quarter of the year before."""
        return _change(self.now, self.year_ago)


def trends(view: View) -> Mapping[Key, Trend]:
    """A trend for each figure of a view that is split by quarter."""
    if "quarter" not in view.by:
        raise InvalidInput("trends need a view by quarter", field="by", remedy="add quarter")
    place = view.columns.index("quarter")
    found = {}
    for key, figure in view.figures.items():
        quarter = str(key[place])
        earlier = [
            view.figures.get((*key[:place], before(quarter, count), *key[place + 1 :]))
            for count in (1, 4)
        ]
        found[key] = Trend(figure, *earlier)
    return found


def before(quarter: str, count: int) -> str:
    """The quarter so many before: `before("2026-Q1", 1)` is 2025-Q4."""
    number = int(quarter[:4]) * 4 + int(quarter[-1]) - 1 - count
    return f"{number // 4:04}-Q{number % 4 + 1}"


def _change(now: Figure, earlier: Figure | None) -> float | None:
    if earlier is None or not (now.exact and earlier.exact) or not earlier.low:
        return None
    if _covered(now) != _covered(earlier):
        return None
    return round(100 * (now.low - earlier.low) / earlier.low, 1)


def _covered(figure: Figure) -> set[tuple[str, int]]:
    """Countries, and which months of a quarter they reported."""
    return {(country, (int(month[5:]) - 1) % 3) for country, month in figure.covers}
