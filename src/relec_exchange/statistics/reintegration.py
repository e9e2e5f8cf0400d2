"""Reintegration on its three levels: the person, the community, and the structures around them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from relec_exchange.message.bodies.statistics import Indicator
from relec_exchange.statistics.reports import Report
from relec_exchange.statistics.view import Figure, Key, Query, combine

LEVELS: Final[Mapping[str, str]] = {
    "individual": Indicator.REINTEGRATION_INDIVIDUAL.value,
    "community": Indicator.REINTEGRATION_COMMUNITY.value,
    "structural": Indicator.REINTEGRATION_STRUCTURAL.value,
}


@dataclass(frozen=True, slots=True)
class Reintegration:
    """The figures of one key on each level; None where nobody reported."""

    key: Key
    individual: Figure | None
    community: Figure | None
    structural: Figure | None


def reintegration(reports: Iterable[Report], query: Query) -> list[Reintegration]:
    """The three levels side by side, for what `query` asks; its indicators do not matter."""
    view = combine(reports, replace(query, indicators=frozenset(LEVELS.values())))
    keys = dict.fromkeys(key[1:] for key in view.figures)
    return [
        Reintegration(key, *(view.figures.get((code, *key)) for code in LEVELS.values()))
        for key in keys
    ]
