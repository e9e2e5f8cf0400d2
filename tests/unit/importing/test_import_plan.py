"""From files to drafts: every row is a draft or told, and all that is wrong is told at once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from relec_exchange.errors import InvalidInput, NotFound
from relec_exchange.importing import (
    DraftMessage,
    ImportPlan,
    load_mapping,
    parse_mapping,
    plan_import,
    read_import,
)
from relec_exchange.message.codes import citizenships
from relec_exchange.message.document import compose, read_document

ROOT = Path(__file__).parents[3]
DATA = ROOT / "tests/data/import"
DETECTIONS = (ROOT / "config/import/detections.toml").read_text("utf-8")
INCIDENTS = (ROOT / "config/import/incidents.toml").read_text("utf-8")


def statistics(text: str, *changes: tuple[str, str]) -> ImportPlan:
    return _plan(DETECTIONS, text, changes)


def warnings(text: str, *changes: tuple[str, str]) -> ImportPlan:
    return _plan(INCIDENTS, text, changes)


def _plan(mapping: str, text: str, changes: tuple[tuple[str, str], ...]) -> ImportPlan:
    for old, new in changes:
        assert old in mapping
        mapping = mapping.replace(old, new, 1)
    return plan_import(text.encode(), parse_mapping(mapping))


def whole(draft: DraftMessage) -> bytes:
    """The bytes of the message that a submitter makes of a draft."""
    header = {
        "message_id": "019aa000-0000-7000-8000-000000000001",
        "type": draft.type,
        "schema_version": 1,
        "sender": "pk",
        "recipient": "iq",
        "sender_unit": "analysis",
        "author_role": "submitter",
        "exercise": True,
        "created_at": "2026-11-21T17:30:00.000Z",
        **draft.header,
    }
    return compose(*read_document({"header": header, "body": dict(draft.body)})).raw


def rows_of(draft: DraftMessage) -> list[dict[str, Any]]:
    rows: Any = draft.body["rows"]
    return list(rows)


def told(plan: ImportPlan) -> list[tuple[int, str]]:
    return [(one.line, one.field) for one in plan.problems]


HEAD = "month,route,border_type,citizenship,detections\n"
INCIDENT_HEAD = (DATA / "incidents.csv").read_text("utf-8").splitlines()[0] + "\n"


def test_rows_become_one_report_for_each_quarter_and_country() -> None:
    plan = read_import(
        DATA / "detections.csv", load_mapping(ROOT / "config/import/detections.toml")
    )
    assert plan.problems == ()
    assert (plan.rows_read, plan.rows_left_out) == (8, 2)
    found = [(d.body["reporting_country"], d.body["period"], d.source_lines) for d in plan.drafts]
    assert found == [
        ("IQ", {"year": 2024, "quarter": 1}, (6, 7)),
        ("PK", {"year": 2024, "quarter": 1}, (2, 3, 4)),
        ("PK", {"year": 2024, "quarter": 2}, (5,)),
    ]


def test_every_draft_is_a_valid_message_and_names_its_sources_and_that_it_is_an_illustration() -> (
    None
):
    for name in ("detections", "incidents"):
        plan = read_import(DATA / f"{name}.csv", load_mapping(ROOT / f"config/import/{name}.toml"))
        assert plan.drafts
        for draft in plan.drafts:
            text = whole(draft).decode()
            assert "IOM" in text
            assert "llustrat" in text
    assert statistics(HEAD + "2024-01,R,Sea,PAK,1\n").drafts[0].body["illustration"] is True


def test_a_suppressed_figure_stays_a_row_without_a_number() -> None:
    (draft,) = statistics(HEAD + "2024-01,R,Sea,PAK,<5\n").drafts
    (row,) = rows_of(draft)
    assert row["suppressed"] is True
    assert "value" not in row


def test_months_can_be_the_period() -> None:
    plan = statistics(
        HEAD + "2024-01,R,Sea,PAK,1\n2024-02,R,Sea,PAK,1\n",
        ('period = "quarter"', 'period = "month"'),
    )
    assert [draft.body["period"] for draft in plan.drafts] == [
        {"year": 2024, "month": 1},
        {"year": 2024, "month": 2},
    ]
    assert all(whole(draft) for draft in plan.drafts)


def test_a_report_beyond_one_message_goes_in_parts_with_each_row_in_one() -> None:
    text = HEAD + "".join(
        f"2024-0{1 + n % 3},{'Route ' * 20}{n},Land,PAK,{n}\n" for n in range(2500)
    )
    plan = statistics(text)
    assert plan.problems == ()
    assert len(plan.drafts) > 1
    assert [draft.body["part"] for draft in plan.drafts] == [*range(1, len(plan.drafts) + 1)]
    assert {draft.body["parts"] for draft in plan.drafts} == {len(plan.drafts)}
    assert sum(row["value"] for draft in plan.drafts for row in rows_of(draft)) == sum(range(2500))
    assert [line for draft in plan.drafts for line in draft.source_lines] == [*range(2, 2502)]
    assert len({draft.header["own_ref"] for draft in plan.drafts}) == len(plan.drafts)
    assert all(whole(draft) for draft in plan.drafts)


def test_a_report_of_more_rows_than_a_body_may_have_goes_in_parts() -> None:
    text = "month,citizenship,sex,detections\n" + "".join(
        f"2024-0{month},{code},{sex},<5\n"
        for sex in ("", "male", "other")
        for code in sorted(citizenships())[:230]
        for month in (1, 2, 3)
    )
    plan = statistics(
        text,
        ('citizenship = ["AFG", "BGD", "IRN", "IRQ", "PAK", "TUR"]', ""),
        ('column = "citizenship"\ncodes = "alpha3"', 'value = "PK"\ncodes = "alpha2"'),
        ('[columns.route]\ncolumn = "route"\ntidy = ["spaces"]', ""),
        ('[columns.border_type]\ncolumn = "border_type"', '[columns.sex]\ncolumn = "sex"'),
        ('values = { Sea = "sea", Land = "land" }', ""),
    )
    assert plan.problems == ()
    assert [len(rows_of(draft)) for draft in plan.drafts] == [2000, 70]
    assert all(whole(draft) for draft in plan.drafts)


def test_long_notes_leave_less_room_and_every_part_still_fits() -> None:
    reason = '"]\nurgency = "urgent"\nurgency_reason = "%s"' % ("\u20ac" * 10_000)
    text = HEAD + "".join(f"2024-01,{'R' * 150}{n},Land,PAK,1\n" for n in range(1500))
    plan = statistics(text, ('handling = ["H0"]', f'handling = ["H0{reason}'))
    assert len(plan.drafts) > 2
    assert all(whole(draft) for draft in plan.drafts)


def test_a_bad_row_holds_its_report_back_and_no_other() -> None:
    plan = statistics(HEAD + "2024-01,R,Sea,PAK,1\n2024-02,R,Sea,PAK,x\n2024-01,R,Sea,IRQ,1\n")
    assert [draft.body["reporting_country"] for draft in plan.drafts] == ["IQ"]
    assert told(plan) == [(2, "report"), (3, "detections")]
    assert "PK 2024-Q1" in plan.problems[0].rule


def test_all_faults_of_a_row_are_told_with_column_rule_value_and_remedy() -> None:
    plan = statistics(HEAD + "2024-13,R\x1b,Air,PAK,-3\n")
    assert told(plan) == [(2, "month"), (2, "route"), (2, "border_type"), (2, "detections")]
    assert all(one.rule and one.value for one in plan.problems)
    assert plan.problems[1].value == "R<U+001B>"
    assert "whole number" in str(plan.problems[3])


def test_a_second_figure_for_one_cell_of_the_table_is_told_with_the_line_of_the_first() -> None:
    plan = statistics(HEAD + "2024-01,R,Sea,PAK,1\n2024-01,R,Sea,PAK,2\n")
    assert plan.drafts == ()
    assert (3, "row") in told(plan)
    assert any("line 2" in one.rule for one in plan.problems)


def test_a_fault_of_the_mapping_is_told_once_and_not_for_every_row() -> None:
    rows = "2024-01,R,Sea,PAK,1\n2024-02,R,Sea,PAK,1\n"
    plan = statistics(HEAD + rows, ('value = "fran.1a"', 'value = "fran.9"'))
    assert told(plan) == [(0, "mapping columns.indicator"), (2, "report")]


def test_a_column_that_the_file_lacks_is_told_with_the_nearest_name() -> None:
    plan = statistics("month,route,border,citizenship,detection\n2024-01,R,Sea,PAK,1\n")
    assert told(plan) == [(1, "border_type"), (1, "detections")]
    assert plan.problems[1].remedy == "did you mean detection?"


def test_one_row_is_one_warning_also_when_it_repeats_another() -> None:
    plan = read_import(DATA / "incidents.csv", load_mapping(ROOT / "config/import/incidents.toml"))
    assert [draft.source_lines for draft in plan.drafts] == [(2,), (4,), (5,)]
    assert plan.drafts[1].body == plan.drafts[2].body
    assert len({draft.header["own_ref"] for draft in plan.drafts}) == 3


def test_a_warning_keeps_unknown_apart_from_none() -> None:
    plan = read_import(DATA / "incidents.csv", load_mapping(ROOT / "config/import/incidents.toml"))
    assert plan.drafts[0].body["persons"] == {"dead_or_missing": 2}
    assert plan.drafts[1].body["persons"] == {"dead_or_missing": 3, "survivors": 0}


def test_a_warning_is_coarse_and_its_text_is_one_line() -> None:
    plan = read_import(DATA / "incidents.csv", load_mapping(ROOT / "config/import/incidents.toml"))
    assert plan.drafts[0].body["where"] == {
        "country": "TR",
        "place": "A place, of no particular name",
        "position": {"lat": 38.12, "lon": 26.99},
    }


def test_every_fault_of_a_bad_incident_is_told() -> None:
    plan = read_import(DATA / "incidents.csv", load_mapping(ROOT / "config/import/incidents.toml"))
    columns = {"date", "latitude", "dead_or_missing", "survivors", "cause", "origin"}
    assert sorted(told(plan)) == sorted((6, column) for column in columns)


def test_words_of_a_list_may_contain_the_separator() -> None:
    cause = "Harsh environmental conditions / lack of adequate shelter, food, water,Violence"
    text = INCIDENT_HEAD + f'2024-01-05,Incident,R,TUR,P,38,27,"{cause}",1,,AFG\n'
    assert warnings(text).drafts[0].body["causes"] == ["harsh_conditions", "violence"]


def test_what_the_mapping_does_not_tidy_is_told_and_not_mended() -> None:
    text = INCIDENT_HEAD + '2024-01-05,Incident,R,TUR,"P\nQ",38,27,Violence,1,,AFG\n'
    plan = warnings(text, ('tidy = ["markup", "invisible", "spaces"]', "tidy = []"))
    assert told(plan) == [(2, "location")]
    assert "tidy" in plan.problems[0].remedy


def test_what_the_message_itself_refuses_is_told_under_its_column() -> None:
    text = INCIDENT_HEAD + '2024-01-05,Incident,R,TUR,P,38,27,"Violence,Violence",1,,AFG\n'
    assert told(warnings(text)) == [(2, "cause")]


def test_a_declared_reference_is_used_and_must_not_repeat() -> None:
    reference = ("[columns.route]", '[columns.reference]\ncolumn = "location"\n\n[columns.route]')
    row = "2024-01-05,Incident,R,TUR,{},38,27,Violence,1,,AFG\n"
    plan = warnings(INCIDENT_HEAD + row.format("A1") + row.format("A1"), reference)
    assert [draft.header["own_ref"] for draft in plan.drafts] == ["incidents/A1"]
    assert told(plan) == [(3, "location")]


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('handling = ["H0"]', 'handling = ["H0", "H1"]', "message.handling"),
        ('handling = ["H0"]', 'handling = ["H0"]\nsender = "pk"', "message.sender"),
        ('source_grade = "B"\n', "", "message"),
        ('purpose = "prevention"', 'purpose = "curiosity"', "message.purpose"),
        ('purpose = "prevention"', 'purpose = "rescue_only"', "message.purpose"),
        ('handling = ["H0"]', 'handling = ["H0"]\nurgency = "flash"', "message"),
    ],
)
def test_header_fields_of_the_mapping_are_checked_before_any_row(
    old: str, new: str, field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        warnings(INCIDENT_HEAD, (old, new))
    assert refused.value.field.startswith(field)


def test_the_same_file_gives_the_same_plan() -> None:
    mapping = load_mapping(ROOT / "config/import/incidents.toml")
    first = read_import(DATA / "incidents.csv", mapping)
    second = read_import(DATA / "incidents.csv", mapping)
    assert first == second


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read_import(tmp_path / "none.csv", load_mapping(ROOT / "config/import/incidents.toml"))


def test_no_row_is_lost_between_drafts_and_problems() -> None:
    text = (DATA / "incidents.csv").read_text("utf-8")
    plan = warnings(text)
    lines = Counter(line for draft in plan.drafts for line in draft.source_lines)
    assert set(lines) | {one.line for one in plan.problems} == {2, 4, 5, 6}
    assert set(lines.values()) == {1}
