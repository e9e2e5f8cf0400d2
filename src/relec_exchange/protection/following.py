"""What readers of a table can work out: figures that are not told and follow all the same.

Contract: the reader believes the worst for us: that the table lists everything, and that what is
marked as suppressed is not zero. A sum that cannot be, because the table is not complete or counts
twice, tells nothing and is left out. Pure; `suppressed` figures are None.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from relec_exchange.protection.recovery import (
    Echelon,
    Equation,
    Variable,
    bounds,
    eliminate,
)
from relec_exchange.protection.tables import Line, Place, tangled

# A sum of very many unknowns fixes none of them.
_TERMS_MAX: Final = 100_000

Told = Mapping[Place, int | None]
"""What is told of each place that is listed: a figure, or None for suppressed."""


def following(lines: Sequence[Line], told: Told) -> dict[Place, int]:
    """The figures that follow, by place: suppressed ones, and totals that are not listed.

    A suppressed figure that turns out to be zero is not among them: zeros may be told.
    `InvalidInput` for a table that nobody can check.
    """
    least: dict[Variable, int] = {place: 1 for place, value in told.items() if value is None}
    found: dict[Place, int] = {}
    for equations in _components(_equations(lines, told)):
        solved = eliminate(equations)
        if not solved.complete:
            raise tangled()
        if not solved.consistent:
            continue
        values = solved.values()
        sums = [*equations, *_shortest(solved)]
        spans = bounds(sums, least) or bounds(sums, {})
        values.update({v: low for v, (low, high) in spans.items() if low == high})
        found.update({p: n for p, n in values.items() if n > 0 and isinstance(p, tuple)})
    return found


def remainders(lines: Iterable[Line], told: Told) -> Iterator[tuple[Line, int]]:
    """Sums of which everything is told and which yet do not close, and what is missing in them.

    More in the parts than in the total means that the parts overlap: that says nothing.
    """
    for line in lines:
        total = told.get(line.total)
        parts = [told.get(part) for part in line.parts]
        if total is not None and None not in parts:
            rest = total - sum(part for part in parts if part is not None)
            if rest > 0:
                yield line, rest


def equation(line: Line, told: Told) -> Equation:
    """A line with its told figures put in: total less parts is nothing."""
    terms: dict[Variable, int] = {}
    constant = 0
    for place, sign in ((line.total, -1), *((part, 1) for part in line.parts)):
        value = told.get(place)
        if value is None:
            terms[place] = sign
        else:
            constant -= sign * value
    return Equation(terms, constant)


def _shortest(solved: Echelon) -> Iterator[Equation]:
    """Solved equations that can narrow something: those of few terms, and not without end."""
    room = _TERMS_MAX
    for terms, constant in sorted(solved.rows.values(), key=lambda row: len(row[0])):
        room -= len(terms)
        if room < 0:
            return
        yield Equation(terms, constant)


def _equations(lines: Iterable[Line], told: Told) -> Iterator[Equation]:
    for line in lines:
        found = equation(line, told)
        suppressed = sum(c > 0 and place in told for place, c in found.terms.items())
        # With the total told, what its parts share must be enough for each to be one at least.
        possible = line.total in found.terms or found.constant >= suppressed
        if found.terms and possible:
            yield found


def _components(equations: Iterable[Equation]) -> Iterator[list[Equation]]:
    """Equations that have variables in common, together."""
    every = list(equations)
    parent = list(range(len(every)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    owner: dict[Variable, int] = {}
    for i, one in enumerate(every):
        for variable in one.terms:
            parent[root(i)] = root(owner.setdefault(variable, i))
    found: dict[int, list[Equation]] = {}
    for i, one in enumerate(every):
        found.setdefault(root(i), []).append(one)
    yield from found.values()
