"""An attacker on the real detections: totals, revisions and several recipients' copies together.

The attacker is not the product's code: it takes every total as the sum of the rows below it, in
each dimension, solves all of it exactly, narrows what is left by what a suppressed count can at
least be, and knows which figures of earlier revisions did not change. An illustration made from
public data; without them, from the small synthetic file of this repository. `RELEC_FULL=1` takes
every quarter.
"""

from __future__ import annotations

import csv
import math
import os
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from relec_exchange.protection import suppression
from relec_exchange.protection.small_cells import strictest, suppress

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data" / "detections.csv"
FILE = DATA if DATA.exists() else ROOT / "tests" / "data" / "import" / "detections.csv"
FULL = os.environ.get("RELEC_FULL") == "1"
EPSILON = 1e-6
SPLIT = ("citizenship", "route", "border_type")
Row = dict[str, Any]
Cell = tuple[str | None, ...]


def detections() -> dict[str, Counter[Cell]]:
    """Counts by month, and by citizenship, route and border type."""
    found: dict[str, Counter[Cell]] = defaultdict(Counter)
    with FILE.open(newline="", encoding="utf-8") as lines:
        for one in csv.DictReader(lines):
            cell = (one["citizenship"], one["route"], one["border_type"].lower())
            found[one["month"]][cell] += int(one["detections"])
    return dict(found)


def quarters(months: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for month in sorted(months):
        found[f"{month[:4]}-Q{(int(month[5:]) + 2) // 3}"].append(month)
    return dict(found)


def report(months: dict[str, Counter[Cell]]) -> list[Row]:
    """A report of these months with every total that can be made."""
    rows = []
    for month, finest in months.items():
        totals: Counter[Cell] = Counter()
        for cell, value in finest.items():
            for kept in product((True, False), repeat=len(SPLIT)):
                totals[tuple(v if k else None for v, k in zip(cell, kept, strict=True))] += value
        for cell, value in totals.items():
            said = {name: v for name, v in zip(SPLIT, cell, strict=True) if v is not None}
            rows.append({"indicator": "fran.1a", "month": month, "value": value, **said})
    return rows


def revised(months: dict[str, Counter[Cell]], dice: random.Random) -> dict[str, Counter[Cell]]:
    """The next revision: a few counts were wrong, small ones as well as large ones."""
    changed = {}
    for month, finest in months.items():
        changed[month] = Counter(finest)
        for cell in dice.sample(sorted(finest), max(1, len(finest) // 15)):
            changed[month][cell] = max(0, finest[cell] + dice.choice((-6, -3, -1, 1, 2, 9)))
    return changed


# ---- the attacker


def place(row: Row) -> tuple[str, Cell]:
    return row["month"], tuple(row.get(name) for name in SPLIT)


def recovered(
    copies: Sequence[Sequence[Row]], oracle: Sequence[Row] = ()
) -> dict[tuple[str, Cell], int]:
    """Figures that the last copy suppresses and no copy told, as worked out from all copies.

    With `oracle`, the true rows, the attacker knows which sums and figures of earlier copies still
    hold, and uses them; who only believes it guesses right now and then, and does not know when.
    """
    found: dict[tuple[str, Cell], int] = {}
    true = {place(row): row["value"] for row in oracle}
    for month in {row["month"] for row in copies[-1]}:
        told = [{place(r): r.get("value") for r in copy if r["month"] == month} for copy in copies]
        newest = told[-1]
        systems = [equations([newest])]
        if oracle:
            before = {p: v for copy in told[:-1] for p, v in copy.items() if v == true.get(p, -1)}
            known = [({p: Fraction(1)}, Fraction(v)) for p, v in before.items() if v is not None]
            old = [one for one in equations(told[:-1]) if holds(one, true)]
            systems.append([*equations([newest]), *known, *old])
        for sums in systems:
            found |= {p: n for p, n in solved(sums, newest).items() if newest.get(p, 0) is None}
        for copy in told[:-1]:
            # What was told before and is still so needs no working out.
            found = {p: n for p, n in found.items() if copy.get(p) != n}
    return found


def compared(copies: Sequence[Sequence[Row]]) -> dict[tuple[str, Cell], int]:
    """Figures that one of several copies of the same report tells and the last one suppresses."""
    hidden = {place(row) for row in copies[-1] if row.get("suppressed")}
    told = [row for copy in copies[:-1] for row in copy if "value" in row]
    return {place(row): row["value"] for row in told if place(row) in hidden}


Equation = tuple[dict[Any, Fraction], Fraction]


def equations(copies: Sequence[dict[tuple[str, Cell], int | None]]) -> list[Equation]:
    """Each total less its parts, in each dimension and copy; what is not told is the unknown."""
    made: list[Equation] = []
    for told in copies:
        parts: dict[Any, list[Any]] = defaultdict(list)
        for month, cell in told:
            for i, value in enumerate(cell):
                if value is not None:
                    parts[(month, (*cell[:i], None, *cell[i + 1 :])), i].append((month, cell))
        for (total, _), below in parts.items():
            terms: dict[Any, Fraction] = {}
            constant = Fraction(0)
            for one, sign in ((total, -1), *((part, 1) for part in below)):
                value = told.get(one)
                if value is None:
                    terms[one] = Fraction(sign)
                else:
                    constant -= sign * value
            if terms:
                made.append((terms, constant))
    return made


def holds(equation: Equation, true: dict[Any, int]) -> bool:
    terms, constant = equation
    return terms.keys() <= true.keys() and sum(c * true[p] for p, c in terms.items()) == constant


def solved(made: Sequence[Equation], newest: dict[Any, int | None]) -> dict[Any, int]:
    rows: dict[Any, Equation] = {}
    for terms, constant in made:
        row, rest = dict(terms), constant
        for variable in terms:
            if variable in rows:
                row, rest = less((row, rest), rows[variable], variable)
        for variable in list(row):
            if variable in row and variable in rows:
                row, rest = less((row, rest), rows[variable], variable)
        if not row:
            continue  # agrees, or shows that something did change: that sum is of no use
        pivot = next(iter(row))
        scale = row[pivot]
        row, rest = {v: c / scale for v, c in row.items()}, rest / scale
        for other, old in list(rows.items()):
            if pivot in old[0]:
                rows[other] = less(old, (row, rest), pivot)
        rows[pivot] = row, rest
    found = {p: int(rest) for p, (row, rest) in rows.items() if len(row) == 1}
    spans = narrowed([*made, *rows.values()], newest)
    return found | {p: low for p, (low, high) in spans.items() if low == high}


def less(row: Equation, solved_row: Equation, variable: Any) -> Equation:
    factor = row[0][variable]
    terms = dict(row[0])
    for other, coefficient in solved_row[0].items():
        value = terms.get(other, Fraction(0)) - factor * coefficient
        if value:
            terms[other] = value
        else:
            terms.pop(other, None)
    return terms, row[1] - factor * solved_row[1]


def narrowed(made: Sequence[Equation], newest: dict[Any, int | None]) -> dict[Any, Any]:
    """Smallest and largest values; a sum that contradicts the others narrows nothing."""
    sums = [({v: float(c) for v, c in terms.items()}, float(constant)) for terms, constant in made]
    spans = {v: (1.0 if v in newest else 0.0, math.inf) for terms, _ in sums for v in terms}
    for _ in range(12):
        before = dict(spans)
        for terms, constant in sums:
            ends = {v: sorted(c * end for end in spans[v]) for v, c in terms.items()}
            for variable, coefficient in terms.items():
                others = [end for v, end in ends.items() if v != variable]
                left = (
                    constant - sum(high for _, high in others),
                    constant - sum(low for low, _ in others),
                )
                low, high = sorted(end / coefficient for end in left)
                old = spans[variable]
                new = (
                    max(old[0], math.ceil(low - EPSILON) if low > -math.inf else low),
                    min(old[1], math.floor(high + EPSILON) if high < math.inf else high),
                )
                if new[0] <= new[1]:
                    spans[variable] = new
        if spans == before:
            break
    return {v: (int(low), high) for v, (low, high) in spans.items()}


# ---- what is shown


def chosen() -> list[str]:
    every = list(quarters(detections()))
    some = [name for name in ("2009-Q1", "2010-Q1", "2021-Q4") if name in every]
    return every if FULL else some or every[:1]


def of_quarter(name: str) -> dict[str, Counter[Cell]]:
    """The first month of the quarter, or all of it in a full run."""
    found = detections()
    months = quarters(found)[name]
    return {month: found[month] for month in (months if FULL else months[:1])}


def right(found: dict[tuple[str, Cell], int], rows: Sequence[Row]) -> list[tuple[str, Cell]]:
    """Of what the attacker believes, what is true; believing a wrong figure is no success."""
    true = {place(row): row["value"] for row in rows}
    return [p for p, value in found.items() if value and true.get(p) == value]


@pytest.mark.parametrize("name", chosen())
def test_no_suppressed_figure_of_a_quarter_with_all_its_totals_is_recovered(name: str) -> None:
    rows = report(of_quarter(name))
    out = suppress(rows, 5)
    assert not [row for row in out if 1 <= row.get("value", 0) < 5]
    assert any(row.get("suppressed") for row in out)
    assert recovered([out]) == {}


@pytest.mark.parametrize("name", chosen()[:1])
def test_nor_from_three_revisions_and_the_copies_of_recipients_with_other_thresholds(
    name: str,
) -> None:
    dice = random.Random(name)
    months = of_quarter(name)
    copies: list[list[Row]] = []
    threshold = strictest([5, 3, 8])
    for _ in range(3):
        rows = report(months)
        copies.append(suppress(rows, threshold, earlier=copies))
        # Every recipient has the same rows, whatever its own agreement would allow.
        assert right(recovered(copies, rows), rows) == []
        months = revised(months, dice)


def test_the_attacker_succeeds_when_only_the_small_figures_are_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(suppression.Group, "pattern", lambda group: group.hidden)
    rows = report(of_quarter(chosen()[0]))
    assert len(right(recovered([suppress(rows, 5)]), rows)) > 20


def test_the_attacker_succeeds_when_each_recipient_has_a_pattern_of_its_own() -> None:
    rows = report(of_quarter(chosen()[0]))
    assert right(compared([suppress(rows, 5), suppress(rows, 10)]), rows)


def test_the_attacker_succeeds_when_a_revision_forgets_what_was_suppressed_before() -> None:
    months = of_quarter(chosen()[0])
    grown = {m: Counter({c: v + 5 * (0 < v < 5) for c, v in f.items()}) for m, f in months.items()}
    rows, first = report(months), suppress(report(months), 5)
    forgetful = suppress(report(grown), 5)
    assert right(compared([forgetful, first]), rows)
    careful = suppress(report(grown), 5, earlier=[first])
    assert right(compared([careful, first]), rows) == []


def test_the_attacker_succeeds_when_a_figure_told_before_has_to_cover_for_another() -> None:
    def table(*values: int) -> list[Row]:
        fixed = {"indicator": "fran.1a", "month": "2026-01"}
        routes = [{}, {"route": "a"}, {"route": "b"}, {"route": "c"}]
        return [{**fixed, **r, "value": v} for r, v in zip(routes, values, strict=True)]

    first, rows = table(100, 60, 34, 6), table(97, 60, 34, 3)
    assert suppress(first, 5) == first
    assert right(recovered([first, suppress(rows, 5)], rows), rows) == [place(rows[3])]
    assert right(recovered([first, suppress(rows, 5, earlier=[first])], rows), rows) == []
