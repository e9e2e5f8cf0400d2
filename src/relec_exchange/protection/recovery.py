"""What follows from sums about figures that are not told: exact algebra on whole numbers. Pure.

Contract: everything is exact, there are no floats. `eliminate` finds what linear algebra tells,
`bounds` what smallest values tell besides, `movable` proves the opposite: for each variable that it
returns there is another table of whole numbers that agrees with everything told. Work is bounded
by counting steps, so that both ends of an exchange give up at the same table.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import gcd, lcm
from typing import Final

Variable = Hashable
Vector = dict[Variable, int]

WORK_MAX: Final = 4_000_000
_SWEEPS_MAX: Final = 40
_REPAIRS_MAX: Final = 80
_DEPTH_MAX: Final = 5


@dataclass(frozen=True, slots=True)
class Equation:
    """The sum of coefficient times variable is the constant."""

    terms: Mapping[Variable, int]
    constant: int


@dataclass(slots=True)
class Echelon:
    """Equations solved for their pivots: `rows` by pivot; `uses` tells the rows of a variable."""

    rows: dict[Variable, tuple[Vector, int]] = field(default_factory=dict)
    uses: dict[Variable, set[Variable]] = field(default_factory=lambda: defaultdict(set))
    consistent: bool = True
    work: int = 0

    @property
    def complete(self) -> bool:
        """Whether all equations are in it."""
        return self.work <= WORK_MAX

    def values(self) -> dict[Variable, int]:
        """Variables of which the equations alone tell the value, where it is whole."""
        told = {}
        for pivot, (terms, constant) in self.rows.items():
            if len(terms) == 1 and constant % terms[pivot] == 0:
                told[pivot] = constant // terms[pivot]
        return told

    def moves(self) -> dict[Variable, Vector]:
        """For each variable that is free, what changes with it so that all sums stay."""
        found = {}
        for variable, pivots in self.uses.items():
            if variable in self.rows:
                continue
            scale = lcm(*(self.rows[pivot][0][pivot] for pivot in pivots)) if pivots else 1
            move = {variable: scale}
            for pivot in sorted(pivots, key=str):
                terms = self.rows[pivot][0]
                move[pivot] = -terms[variable] * scale // terms[pivot]
            found[variable] = move
        return found


def eliminate(equations: Iterable[Equation]) -> Echelon:
    """Gauss and Jordan on whole numbers; `complete` is false if it was too much work."""
    echelon = Echelon()
    for equation in equations:
        terms, constant = dict(equation.terms), equation.constant
        for variable in list(terms):
            if variable in terms and variable in echelon.rows:
                terms, constant = _without(variable, (terms, constant), echelon.rows[variable])
        if not terms:
            echelon.consistent &= constant == 0
            continue
        _put(echelon, terms, constant)
        if not echelon.complete:
            break
    return echelon


def _put(echelon: Echelon, terms: Vector, constant: int) -> None:
    """Solve a new row for the variable that touches least, and take it out of all others."""
    pivot = min(terms, key=lambda v: (abs(terms[v]) != 1, len(echelon.uses[v])))
    if terms[pivot] < 0:
        terms, constant = {v: -c for v, c in terms.items()}, -constant
    row = (terms, constant)
    for other in list(echelon.uses[pivot]):
        old = echelon.rows[other]
        echelon.work += len(terms) + len(old[0])
        new = _without(pivot, old, row)
        for variable in old[0].keys() - new[0].keys():
            echelon.uses[variable].discard(other)
        for variable in new[0].keys() - old[0].keys():
            echelon.uses[variable].add(other)
        echelon.rows[other] = new
    echelon.rows[pivot] = row
    for variable in terms:
        echelon.uses[variable].add(pivot)


def _without(
    variable: Variable, row: tuple[Vector, int], solved: tuple[Vector, int]
) -> tuple[Vector, int]:
    """The row with one variable replaced by what the solved row says of it."""
    a, b = row[0][variable], solved[0][variable]
    shared = gcd(a, b)
    keep, take = b // shared, a // shared
    terms = {v: c * keep for v, c in row[0].items()} if keep != 1 else dict(row[0])
    for other, coefficient in solved[0].items():
        value = terms.get(other, 0) - take * coefficient
        if value:
            terms[other] = value
        else:
            terms.pop(other, None)
    return terms, row[1] * keep - take * solved[1]


Span = tuple[int, int | None]
"""The smallest and the largest value that a variable may have; None is no limit."""


def bounds(equations: Sequence[Equation], least: Mapping[Variable, int]) -> dict[Variable, Span]:
    """Spans after every sum has narrowed every variable, or {} if the equations contradict.

    `least` gives the smallest value of a variable, 0 if it is not named.
    """
    spans: dict[Variable, Span] = {v: (least.get(v, 0), None) for e in equations for v in e.terms}
    waiting = list(equations)
    uses: dict[Variable, list[Equation]] = defaultdict(list)
    for equation in equations:
        for variable in equation.terms:
            uses[variable].append(equation)
    for _ in range(_SWEEPS_MAX):
        changed: set[Variable] = set()
        for equation in waiting:
            for variable, span in _narrowed(equation, spans):
                if span[1] is not None and span[0] > span[1]:
                    return {}
                spans[variable] = span
                changed.add(variable)
        if not changed:
            break
        waiting = list({id(e): e for v in changed for e in uses[v]}.values())
    return spans


def _narrowed(
    equation: Equation, spans: Mapping[Variable, Span]
) -> Iterator[tuple[Variable, Span]]:
    """Variables of one equation with the spans that the others leave them, where narrower."""
    ends = {v: _times(spans[v], c) for v, c in equation.terms.items()}
    low = sum(end[0] for end in ends.values() if end[0] is not None)
    high = sum(end[1] for end in ends.values() if end[1] is not None)
    no_low = sum(end[0] is None for end in ends.values())
    no_high = sum(end[1] is None for end in ends.values())
    for variable, coefficient in equation.terms.items():
        own_low, own_high = ends[variable]
        # What is left for this variable: the constant less what the others take at most or least.
        least = most = None
        if no_high - (own_high is None) == 0:
            least = equation.constant - (high - (own_high or 0))
        if no_low - (own_low is None) == 0:
            most = equation.constant - (low - (own_low or 0))
        span = _cut(spans[variable], coefficient, least, most)
        if span != spans[variable]:
            yield variable, span


def _times(span: Span, coefficient: int) -> tuple[int | None, int | None]:
    low, high = span[0] * coefficient, None if span[1] is None else span[1] * coefficient
    return (low, high) if coefficient > 0 else (high, low)


def _cut(span: Span, coefficient: int, least: int | None, most: int | None) -> Span:
    """The span within least and most, which bound coefficient times the variable."""
    if coefficient < 0:
        least, most, coefficient = (
            None if most is None else -most,
            None if least is None else -least,
            -coefficient,
        )
    low, high = span
    if least is not None:
        low = max(low, -(-least // coefficient))
    if most is not None:
        top = most // coefficient
        high = top if high is None else min(high, top)
    return low, high


def movable(echelon: Echelon, slack: Mapping[Variable, int]) -> set[Variable]:
    """Variables that have another value in some table that agrees with all that is told.

    `slack` is by how much a true value lies above the smallest one that is believed possible.
    What is not returned may be movable too: the search is bounded, its answers are proofs.
    """
    moves = echelon.moves()
    touching: dict[Variable, list[Vector]] = defaultdict(list)
    proven: set[Variable] = set()
    for move in moves.values():
        turned = {v: -c for v, c in move.items()}
        for one in (move, turned):
            if not _too_low(one, slack):
                proven |= one.keys()
            for variable in one:
                touching[variable].append(one)
    for variable in list(touching):
        if variable not in proven:
            proven |= _searched(variable, touching, slack)
    return proven


def _too_low(move: Vector, slack: Mapping[Variable, int]) -> list[Variable]:
    return [v for v, c in move.items() if c < 0 and slack[v] + c < 0]


def _searched(
    variable: Variable, touching: Mapping[Variable, list[Vector]], slack: Mapping[Variable, int]
) -> set[Variable]:
    """The variables of a possible move that changes this one, put together from several."""
    tries = _REPAIRS_MAX
    waiting = [(move, 0) for move in sorted(touching[variable], key=len)]
    waiting.reverse()
    while waiting and tries:
        tries -= 1
        move, depth = waiting.pop()
        low = _too_low(move, slack)
        if not low:
            return set(move)
        if depth == _DEPTH_MAX:
            continue
        helpers = [one for one in touching[low[0]] if one[low[0]] > 0]
        for helper in sorted(helpers, key=len, reverse=True):
            joined = _joined(move, helper)
            if joined.get(variable):
                waiting.append((joined, depth + 1))
    return set()


def _joined(a: Vector, b: Vector) -> Vector:
    joined = dict(a)
    for variable, coefficient in b.items():
        value = joined.get(variable, 0) + coefficient
        if value:
            joined[variable] = value
        else:
            joined.pop(variable, None)
    return joined
