"""The public data as a whole: nothing lost, nothing twice, every total conserved.

The files lie beside the repository where its tests are developed and are never copied into it.
Where they are missing, the small synthetic files of the other tests have to do.
"""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from relec_exchange.importing import ImportPlan, load_mapping, read_import
from relec_exchange.message.codes import countries
from relec_exchange.message.document import read_body

ROOT = Path(__file__).parents[3]
DATA = ROOT.parent / "shared" / "data"
SIX = ("AFG", "BGD", "IRN", "IRQ", "PAK", "TUR")

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the public data are not here")


@pytest.fixture(scope="module")
def detections() -> ImportPlan:
    mapping = load_mapping(ROOT / "config/import/detections.toml")
    return read_import(DATA / "detections.csv", mapping)


@pytest.fixture(scope="module")
def incidents() -> ImportPlan:
    return read_import(DATA / "incidents.csv", load_mapping(ROOT / "config/import/incidents.toml"))


def table(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def cells_of(plan: ImportPlan) -> list[tuple[str, dict[str, Any]]]:
    found: list[tuple[str, dict[str, Any]]] = []
    for draft in plan.drafts:
        rows: Any = draft.body["rows"]
        found += [(str(draft.body["reporting_country"]), row) for row in rows]
    return found


def test_all_28783_rows_are_read_and_those_of_other_citizenships_left_out(
    detections: ImportPlan,
) -> None:
    wanted = sum(1 for row in table("detections.csv") if row["citizenship"] in SIX)
    assert detections.problems == ()
    assert detections.rows_read == 28_783
    assert detections.rows_read - detections.rows_left_out == wanted == 4_402


def test_every_row_of_the_six_citizenships_is_in_exactly_one_report(
    detections: ImportPlan,
) -> None:
    alpha2 = {entry.alpha3: entry.alpha2 for entry in countries().values()}
    expected = Counter(
        (
            alpha2[row["citizenship"]],
            row["month"],
            row["route"],
            row["border_type"].lower(),
            int(row["detections"]),
        )
        for row in table("detections.csv")
        if row["citizenship"] in SIX
    )
    sent = Counter(
        (country, row["month"], row["route"], row["border_type"], row["value"])
        for country, row in cells_of(detections)
    )
    assert sent == expected
    lines = [line for draft in detections.drafts for line in draft.source_lines]
    assert len(lines) == len(set(lines)) == 4_402


def test_totals_of_each_citizenship_and_month_are_conserved(detections: ImportPlan) -> None:
    expected: Counter[tuple[str, str]] = Counter()
    for row in table("detections.csv"):
        if row["citizenship"] in SIX:
            expected[row["citizenship"], row["month"]] += int(row["detections"])
    sent: Counter[tuple[str, str]] = Counter()
    for _, row in cells_of(detections):
        sent[row["citizenship"], row["month"]] += row["value"]
    assert sent == expected
    assert min(month for _, month in sent) == "2009-01"
    assert max(month for _, month in sent) == "2022-12"


def test_there_is_one_report_for_each_quarter_and_country(detections: ImportPlan) -> None:
    keys = [
        (str(draft.body["reporting_country"]), str(draft.body["period"]))
        for draft in detections.drafts
    ]
    assert len(keys) == len(set(keys)) == 6 * 14 * 4
    assert all(draft.body["parts"] == 1 for draft in detections.drafts)


def test_every_report_is_a_valid_body_and_is_labelled(detections: ImportPlan) -> None:
    for draft in detections.drafts:
        read_body("stat.report", dict(draft.body))
        assert draft.body["illustration"] is True
        assert any("Frontex" in str(source) for source in _list(draft.body["sources"]))


def test_each_of_the_2261_incidents_is_a_warning_or_has_a_problem(incidents: ImportPlan) -> None:
    assert incidents.rows_read == len(table("incidents.csv")) == 2_261
    good = [line for draft in incidents.drafts for line in draft.source_lines]
    bad = {problem.line for problem in incidents.problems}
    assert all(one.line and one.field and one.rule for one in incidents.problems)
    assert len(good) == len(set(good))
    assert not set(good) & bad
    assert len(good) + len(bad) == 2_261


def test_with_its_mapping_every_incident_becomes_a_valid_warning(incidents: ImportPlan) -> None:
    assert incidents.problems == ()
    for draft in incidents.drafts:
        read_body("warning.notice", dict(draft.body))
        assert "llustration" in str(draft.body["sources"])
    dead = sum(float(row["dead_or_missing"]) for row in table("incidents.csv"))
    persons: list[Any] = [draft.body["persons"] for draft in incidents.drafts]
    assert sum(one["dead_or_missing"] for one in persons) == dead
    known = sum(1 for row in table("incidents.csv") if row["survivors"])
    assert sum(1 for one in persons if "survivors" in one) == known


def test_the_247_rows_that_repeat_another_are_warnings_of_their_own(
    incidents: ImportPlan,
) -> None:
    rows = [tuple(row.values()) for row in table("incidents.csv")]
    assert len(rows) - len(set(rows)) == 247
    assert len({draft.header["own_ref"] for draft in incidents.drafts}) == 2_261


def test_the_incident_that_spans_two_lines_does_not_shift_the_lines_after_it(
    incidents: ImportPlan,
) -> None:
    physical = (DATA / "incidents.csv").read_text("utf-8").split("\n")
    last = incidents.drafts[-1]
    assert physical[last.source_lines[0] - 1].startswith(_when(last.body)["from"])
    assert incidents.drafts[-1].source_lines[0] == 2_261 + 2


def _list(value: object) -> list[object]:
    assert isinstance(value, list)
    return value


def _when(body: Any) -> dict[str, str]:
    when: dict[str, str] = body["when"]
    return when
