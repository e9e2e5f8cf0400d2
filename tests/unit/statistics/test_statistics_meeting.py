from __future__ import annotations

from typing import Any

from relec_exchange.statistics.meeting import DeadlineCount, WarningCount
from relec_exchange.statistics.meeting import deadline_counts as deadlines
from relec_exchange.statistics.meeting import warning_counts as warnings

NOW = "2026-03-31T00:00:00.000Z"


def warned(name: str, **given: Any) -> dict[str, Any]:
    fixed = {"message_id": name, "type": "warning.notice", "kind": "surge", "country": "TR"}
    return {**fixed, "withdrawn": "", "supersedes": "", "received_at": "2026-02-01", **given}


def due(at: str, answered: str = "") -> dict[str, Any]:
    return {"type": "info.request", "due_at": at, "answered_at": answered}


def test_an_update_counts_in_place_of_its_warning_and_a_cancelled_one_not_at_all() -> None:
    items = [
        warned("a"),
        warned("b", type="warning.update", supersedes="a"),
        warned("c", kind="new_route", country="IQ"),
        warned("d"),
        warned("e", type="warning.cancel", supersedes="d"),
        warned("f", withdrawn="recalled"),
    ]
    assert warnings(items) == [WarningCount("new_route", "IQ", 1), WarningCount("surge", "TR", 1)]


def test_only_warnings_of_the_period_count() -> None:
    assert warnings([warned("a")], "2026-Q2", "2026-Q2") == []


def test_deadlines_are_met_missed_or_still_open() -> None:
    items = [
        due("2026-02-01T00:00:00.000Z", "2026-01-30T00:00:00.000Z"),
        due("2026-02-01T00:00:00.000Z", "2026-02-02T00:00:00.000Z"),
        due("2026-02-01T00:00:00.000Z"),
        due("2026-03-31T12:00:00.000Z"),
        due("2026-05-01T00:00:00.000Z"),
    ]
    found = deadlines(items, "in", NOW, "2026-Q1", "2026-Q1")
    assert found == [DeadlineCount("in", "info.request", 1, 1, 1, 1)]
