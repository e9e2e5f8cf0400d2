"""Suppression against a reader with unlimited time: every table that agrees is tried out."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relec_exchange.message.document import Message, compose
from relec_exchange.protection import suppression
from relec_exchange.protection.model import Facts
from relec_exchange.protection.small_cells import small_cells, suppress, without_own

EXAMPLES = 1500 if os.environ.get("RELEC_FULL") == "1" else 60
COUNTRIES, ROUTES = ("AFG", "IRQ", "PAK"), ("east", "west")
Row = dict[str, Any]
Cell = tuple[str | None, str | None]
FINEST: tuple[Cell, ...] = tuple(itertools.product(COUNTRIES, ROUTES))


def row(cell: Cell, value: int) -> Row:
    given = {"citizenship": cell[0], "route": cell[1]}
    said = {name: text for name, text in given.items() if text}
    return {"indicator": "fran.3", "month": "2026-01", "value": value, **said}


def cell_of(one: Row) -> Cell:
    return one.get("citizenship"), one.get("route")


def covers(total: Cell, cell: Cell) -> bool:
    return all(t in (None, c) for t, c in zip(total, cell, strict=True))


def total_of(cell: Cell, finest: Mapping[Cell, int]) -> int:
    return sum(value for place, value in finest.items() if covers(cell, place))


def table(finest: Mapping[Cell, int], shapes: Sequence[tuple[bool, bool]]) -> list[Row]:
    """All rows of the shapes: which of the two dimensions each is split by."""
    cells = dict.fromkeys(
        (c if by_c else None, r if by_r else None) for by_c, by_r in shapes for c, r in FINEST
    )
    return [row(cell, total_of(cell, finest)) for cell in cells]


def agreeing(rows: Sequence[Row], most: int) -> Iterator[dict[Cell, int]]:
    """Every table with no count above `most` that agrees with the rows; suppressed is not zero."""
    told = {cell_of(one): one.get("value") for one in rows}

    def fits(found: dict[Cell, int], done: int) -> bool:
        for cell, value in told.items():
            inside = [place for place in FINEST if covers(cell, place)]
            reached = sum(found[place] for place in inside if place in found)
            complete = all(place in FINEST[:done] for place in inside)
            if value is not None and (reached > value or (complete and reached != value)):
                return False
            if value is None and complete and reached == 0:
                return False
        return True

    def grow(found: dict[Cell, int], done: int) -> Iterator[dict[Cell, int]]:
        if done == len(FINEST):
            yield dict(found)
            return
        for value in range(most + 1):
            found[FINEST[done]] = value
            if fits(found, done + 1):
                yield from grow(found, done + 1)
        del found[FINEST[done]]

    yield from grow({}, 0)


def recovered(rows: Sequence[Row], most: int) -> list[Cell]:
    """Suppressed cells that have the same value in every table that agrees with the rows."""
    waiting: dict[Cell, set[int]] = {cell_of(r): set() for r in rows if r.get("suppressed")}
    for found in agreeing(rows, most):
        for cell in list(waiting):
            waiting[cell].add(total_of(cell, found))
            if len(waiting[cell]) > 1:
                del waiting[cell]
        if not waiting:
            break
    return [cell for cell, values in waiting.items() if len(values) == 1]


tables = st.fixed_dictionaries({cell: st.integers(0, 7) for cell in FINEST})
shapes = st.sets(st.tuples(st.booleans(), st.booleans()), min_size=1).map(sorted)


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
@given(tables, shapes, st.integers(2, 5))
def test_no_reader_can_tell_a_suppressed_figure_from_a_report(
    finest: dict[Cell, int], chosen: list[tuple[bool, bool]], threshold: int
) -> None:
    rows = table(finest, chosen)
    out = suppress(rows, threshold)
    assert all(not 1 <= one.get("value", 0) < threshold for one in out)
    assert recovered(out, most=max(finest.values()) + 2) == []


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
@given(tables, shapes, st.integers(2, 5))
def test_zeros_and_rows_stay_and_nothing_is_made_up(
    finest: dict[Cell, int], chosen: list[tuple[bool, bool]], threshold: int
) -> None:
    rows = table(finest, chosen)
    out = suppress(rows, threshold)
    for before, after in zip(rows, out, strict=True):
        if "value" in after:
            assert after == before
        else:
            assert before["value"] > 0
            assert after == {
                **{k: v for k, v in before.items() if k != "value"},
                "suppressed": True,
            }
    if all(value == 0 or value >= threshold for value in finest.values()):
        assert out == rows


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
@given(tables, shapes, st.integers(2, 5), st.sampled_from(["fran.3", "fran.5"]))
def test_what_suppression_lets_through_the_rule_at_both_ends_accepts(
    finest: dict[Cell, int], chosen: list[tuple[bool, bool]], threshold: int, indicator: str
) -> None:
    rows = [{**one, "indicator": indicator} for one in table(finest, chosen)]
    for_iraq = without_own(suppress(rows, threshold), "IRQ")
    facts = Facts("exercise", "inbound", date(2026, 2, 1), min_cell=threshold)
    assert list(small_cells(report(for_iraq), facts)) == []


def report(rows: Sequence[Row]) -> Message:
    """A report to Iraq with these rows."""
    header = {
        "message_id": "01a1ff38-3de2-7fff-bfff-ffffffffffff",
        "type": "stat.report",
        "schema_version": 1,
        "sender": "tr",
        "recipient": "iq",
        "exercise": True,
        "created_at": "2026-11-21T17:30:00.123Z",
        "sender_unit": "ncp",
        "author_role": "submitter",
        "area": "irregular_migration",
        "purpose": "situational_awareness",
        "data_level": "aggregate",
        "handling": ["H0"],
        "source_grade": "B",
        "info_grade": "2",
        "urgency": "routine",
        "language": "en",
    }
    period = {"year": 2026, "month": 1}
    return compose(header, {"reporting_country": "TR", "period": period, "rows": list(rows)})


def test_the_same_reader_succeeds_when_only_small_figures_are_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(suppression.Group, "pattern", lambda group: group.hidden)
    finest = dict(zip(FINEST, (3, 7, 6, 0, 5, 5), strict=True))
    out = suppress(table(finest, [(True, True), (True, False), (False, True)]), 5)
    assert recovered(out, most=8) == [("AFG", "east")]


def test_two_figures_that_share_two_are_not_left_to_each_other() -> None:
    finest = dict(zip(FINEST, (1, 9, 1, 8, 6, 0), strict=True))
    out = suppress(table(finest, [(True, True), (False, True)]), 5)
    assert recovered(out, most=12) == []
    hidden = {cell_of(one) for one in out if one.get("suppressed")}
    assert {("AFG", "east"), ("IRQ", "east")} < hidden
