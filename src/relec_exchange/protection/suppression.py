"""Which figures of a table to leave out, so that no small one can be worked out from the rest.

First the small counts themselves, then as many others as it takes. That it is enough is shown, not
hoped: for each figure left out there is another table of whole numbers that agrees with everything
told (`recovery.movable`), and a small one could, by any single sum, be as large as the threshold.
With earlier revisions the same is shown against a reader who takes what was not told again for
unchanged. Pure; the choice depends on the figures alone, so it is the same at every repetition.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from relec_exchange.protection.following import Told, equation, following, remainders
from relec_exchange.protection.recovery import Equation, Variable, bounds, eliminate, movable
from relec_exchange.protection.tables import Line, Place, lines, tangled

_Exposed = tuple[list[Line], bool]
"""Sums of which one more figure must be left out, and whether one that was told before helps."""


@dataclass(slots=True)
class Group:
    """One indicator and month: true figures (None: suppressed at the source) and what was told.

    `earlier` holds, one after the other, what earlier copies and revisions told of each place.
    """

    true: Mapping[Place, int | None]
    threshold: int
    earlier: Sequence[Told] = ()
    lines: list[Line] = field(init=False)
    hidden: set[Place] = field(init=False)
    _uses: dict[Place, list[Line]] = field(init=False)
    _known: set[Place] = field(init=False)
    _values: dict[Place, int] = field(init=False)

    def __post_init__(self) -> None:
        self.lines = lines(self.true)
        self._values = _completed(self.lines, self.true)
        self._uses = defaultdict(list)
        for line in self.lines:
            for place in (line.total, *line.parts):
                self._uses[place].append(line)
        told = [(place, value) for copy in self.earlier for place, value in copy.items()]
        kept = {place for place, value in told if value is None}
        self.hidden = {
            place
            for place, value in self.true.items()
            if value is None or place in kept or 1 <= value < self.threshold
        }
        # What was told before and is still so is known for good, whatever is left out now.
        self._known = {place for place, value in told if value == self.true.get(place, -1)}

    def pattern(self) -> set[Place]:
        """The places whose figures are left out."""
        # Sum by sum first, which is quick and settles nearly all; then as a whole, with proofs.
        while self._settled():
            pass
        while True:
            more = self._complements(self._exposed())
            if not more:
                return self.hidden
            self.hidden |= more

    # ---- sum by sum ------------------------------------------------------------------------------

    def _settled(self) -> bool:
        """Leave out one more of each sum that alone tells what it must not; whether any was."""
        before = len(self.hidden)
        for line in self.lines:
            if self._tells(line):
                best = self._cheapest([line])
                self.hidden |= {best} if best else set()
        return len(self.hidden) > before

    def _tells(self, line: Line) -> bool:
        """Whether only one figure of a sum is left out, or those that are keep each other small."""
        parts = [part for part in line.parts if not self._is_told(part)]
        if not self._is_told(line.total):
            return not parts and line.total in self.hidden
        if len(parts) == 1:
            return parts[0] in self.hidden
        values = [self._values[part] for part in parts]
        hidden = sum(part in self.hidden for part in parts)
        # A small one can be as large as all of them together, less one for each of the others.
        small = any(1 <= value < self.threshold for value in values)
        return small and sum(values) - (hidden - 1) < self.threshold

    # ---- what is not safe yet --------------------------------------------------------------------

    def _told(self) -> dict[Place, int | None]:
        return {p: None if p in self.hidden else value for p, value in self.true.items()}

    def _exposed(self) -> list[_Exposed]:
        """For each figure that can be worked out: the sums of which one more must be left out."""
        told = self._told()
        found = [
            ([line], True) for line, rest in remainders(self.lines, told) if rest < self.threshold
        ]
        places = dict.fromkeys(
            place
            for place, value in following(self.lines, told).items()
            # A total that is not listed may well follow, unless it is small itself.
            if place in self.hidden or value < self.threshold
        )
        late: list[Place] = []
        if None not in self.true.values():
            places.update(dict.fromkeys(_unproven(self._system({}), self.threshold)))
            if self.earlier:
                system = self._system({p: self._values[p] for p in self._known & self.hidden})
                self._remember(system)
                late = _unproven(system, self.threshold)
        found += [(self._uses[place], True) for place in places if place in self._uses]
        return found + [(self._uses[place], False) for place in late if place in self._uses]

    def _system(self, known: Mapping[Place, int]) -> _System:
        """All sums over what is not told, with the true values."""
        system, values = _System(), self._values
        told = {**self._told(), **known}
        for number, line in enumerate(self.lines):
            rest = values[line.total] - sum(values[part] for part in line.parts)
            made = equation(line, told)
            if rest > 0:
                # What the parts do not list: nobody told how much, and it may be small too.
                made = Equation({**made.terms, number: 1}, made.constant)
                system.true[number] = rest
            if rest >= 0:
                self._add(system, made)
        return system

    def _remember(self, system: _System) -> None:
        """Add the sums of earlier copies that still hold: a reader believes them unchanged."""
        values = self._values
        for copy in self.earlier:
            for line in lines(copy):
                made = equation(line, copy)
                if not all(p in values for p in made.terms if isinstance(p, tuple)):
                    continue
                if sum(c * values[p] for p, c in _places(made)) != made.constant:
                    continue
                fixed = {p for p, _ in _places(made) if p in self._known or self._is_told(p)}
                constant = made.constant - sum(made.terms[p] * values[p] for p in fixed)
                open_: dict[Variable, int] = {p: c for p, c in _places(made) if p not in fixed}
                self._add(system, Equation(open_, constant))

    def _add(self, system: _System, made: Equation) -> None:
        if not made.terms:
            return
        system.equations.append(made)
        for place, _ in _places(made):
            system.true[place] = self._values[place]
            if place in self.hidden and self._values[place] > 0:
                system.least[place] = 1

    # ---- what to leave out besides -----------------------------------------------------------

    def _complements(self, exposed: Sequence[_Exposed]) -> set[Place]:
        """One more place for each exposed one, unless one chosen already shares a sum with it."""
        chosen: set[Place] = set()
        served: set[int] = set()
        for near, known_helps in exposed:
            if any(id(line) in served for line in near):
                continue
            best = self._cheapest(near, known_helps=known_helps)
            if best is not None:
                chosen.add(best)
                served.update(id(line) for line in self._uses[best])
        return chosen

    def _cheapest(self, near: list[Line], *, known_helps: bool = True) -> Place | None:
        """The place that costs least among those nearest by sums; None if nothing is left."""
        seen: set[Place] = set()
        while near:
            places = dict.fromkeys(p for line in near for p in (line.total, *line.parts))
            open_ = [p for p in places if self._is_told(p) and self.true[p]]
            helping = [p for p in open_ if known_helps or p not in self._known]
            if helping:
                return min(helping, key=self._cost)
            edge = [p for p in places if p not in seen]
            seen.update(edge)
            near = list({id(line): line for p in edge for line in self._uses[p]}.values())
            if not edge:
                break
        return None

    def _cost(self, place: Place) -> tuple[bool, int, int, str]:
        """What was told before helps least; then how many sums miss a figure for the first time."""
        newly = sum(
            all(self._is_told(p) for p in (line.total, *line.parts)) for line in self._uses[place]
        )
        return place in self._known, newly, self.true[place] or 0, str(place)

    def _is_told(self, place: Place) -> bool:
        return place in self.true and place not in self.hidden


@dataclass(slots=True)
class _System:
    """Equations over what is not told, its true values, and the least that a reader believes."""

    equations: list[Equation] = field(default_factory=list)
    true: dict[Variable, int] = field(default_factory=dict)
    least: dict[Variable, int] = field(default_factory=dict)


def _completed(sums: Iterable[Line], true: Mapping[Place, int | None]) -> dict[Place, int]:
    """True values of all places; a total that is not listed is the largest sum of its parts."""
    values = {place: value or 0 for place, value in true.items()}
    ordered = sorted(sums, key=lambda line: -sum(v is not None for v in line.total))
    for line in ordered:
        if line.total not in true:
            total = sum(values[part] for part in line.parts)
            values[line.total] = max(values.get(line.total, 0), total)
    return values


def _unproven(system: _System, threshold: int) -> list[Place]:
    """Places left out for which no other table is known, or that a sum keeps small."""
    slack = {v: value - system.least.get(v, 0) for v, value in system.true.items()}
    solved = eliminate(system.equations)
    if not solved.complete:
        raise tangled()
    proven = movable(solved, slack)
    spans = bounds(system.equations, system.least)
    wanted = []
    for variable, value in system.true.items():
        if not isinstance(variable, tuple) or variable not in spans:
            continue
        small = 1 <= value < threshold
        top = spans[variable][1]
        kept_small = small and top is not None and top < threshold
        if kept_small or (variable not in proven and (small or variable in system.least)):
            wanted.append(variable)
    return wanted


def _places(made: Equation) -> list[tuple[Place, int]]:
    return [(v, c) for v, c in made.terms.items() if isinstance(v, tuple)]
