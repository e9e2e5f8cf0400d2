"""`relec stats` at a served node: figures, files, and what is said beside them."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Any

import pytest
from commands import Tr
from memory_node import MemoryNode, now

from relec_exchange.client import Client
from relec_exchange.client.compose import Author, Draft, composed
from relec_exchange.message.codes import AuthorRole
from relec_exchange.message.identifiers import message_id

IQ = Author("iq", True, "contact-point", AuthorRole.SUBMITTER)
ROWS: list[dict[str, Any]] = [
    {"indicator": "fran.1a", "month": "2026-01", "route": "=cmd()", "value": 40},
    {"indicator": "fran.1a", "month": "2026-01", "route": "مسیر شرقی", "suppressed": True},
    {"indicator": "fran.1a", "month": "2026-02", "route": "=cmd()", "value": 20},
    {"indicator": "fran.4", "month": "2026-02", "value": 9},
]


def received(node: MemoryNode, kind: str, body: dict[str, Any], **given: Any) -> str:
    header = {"area": "irregular_migration", "purpose": "situational_awareness", **given}
    draft = Draft(kind, "tr", body, header)
    raw = composed(draft, IQ, message_id(now(), os.urandom(10)), now()).raw
    return str(node.deliver(raw)["message_id"])


def report(node: MemoryNode, *rows: dict[str, Any], **given: Any) -> str:
    frame = {"reporting_country": "IQ", "period": {"year": 2026, "quarter": 1}}
    told = {"sources": ["Made up for tests"], "illustration": True, "rows": list(rows), **given}
    return received(node, "stat.report", {**frame, **told})


def test_a_table_shows_sums_and_says_what_is_withheld(tr: Tr, node: MemoryNode) -> None:
    report(node, *ROWS)
    done = tr("ayse", "stats", "table", "--indicator", "fran.1a")
    assert done.code == 0, done.err
    assert "≥ 60" in done.out
    for words in ("true number is larger", "Source: Made up for tests", "Illustration"):
        assert words in done.err
    assert node.counted_for == [("ayse", "reports")]


def test_every_figure_traces_back_to_its_messages(tr: Tr, node: MemoryNode) -> None:
    name = report(node, *ROWS)
    done = tr("ayse", "stats", "table", "--by", "month,route", "--trace")
    assert name in done.out.replace("\n", "")
    found = tr("ayse", "stats", "table", "--by", "month,route", "--json").json()
    assert found["columns"] == ["indicator", "month", "route"]
    assert all(one["messages"] == [name] for one in found["figures"])
    by_key = {(one["month"], one["route"]): one["value"] for one in found["figures"]}
    assert by_key["2026-01", "=cmd()"] == 40
    assert by_key["2026-01", "مسیر شرقی"] is None


def test_a_newer_revision_replaces_the_figures(tr: Tr, node: MemoryNode) -> None:
    report(node, *ROWS)
    report(node, {**ROWS[3], "value": 11}, revision=2)
    [figure] = tr("ayse", "stats", "table", "--json").json()["figures"]
    assert (figure["indicator"], figure["value"]) == ("fran.4", 11)


def test_a_csv_holds_no_formula(tr: Tr, node: MemoryNode, tmp_path: Path) -> None:
    report(node, *ROWS)
    file = tmp_path / "figures.csv"
    assert tr("ayse", "stats", "csv", "--by", "route", "-o", file).code == 0
    with file.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.reader(lines))
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
    assert "'=cmd()" in {row[1] for row in rows}


@pytest.mark.parametrize(("name", "start"), [("c.svg", b"<?xml"), ("c.png", b"\x89PNG")])
def test_a_chart_is_written_as_its_name_says(
    tr: Tr, node: MemoryNode, tmp_path: Path, name: str, start: bytes
) -> None:
    report(node, *ROWS)
    done = tr("ayse", "stats", "chart", "--indicator", "fran.1a", "-o", tmp_path / name)
    assert done.code == 0, done.err
    assert (tmp_path / name).read_bytes().startswith(start)


def test_a_chart_of_several_indicators_is_refused_and_names_them(
    tr: Tr, node: MemoryNode, tmp_path: Path
) -> None:
    report(node, *ROWS)
    done = tr("ayse", "stats", "chart", "-o", tmp_path / "x.svg")
    assert done.code == 2
    assert "fran.1a, fran.4" in done.err


@pytest.mark.parametrize(("name", "start"), [("p.html", b"<!DOCTYPE"), ("p.docx", b"PK")])
def test_the_meetings_pack_is_one_file(
    tr: Tr, node: MemoryNode, tmp_path: Path, name: str, start: bytes
) -> None:
    report(node, *ROWS)
    done = tr("ayse", "stats", "pack", "--from", "2026-Q1", "-o", tmp_path / name)
    assert done.code == 0, done.err
    assert (tmp_path / name).read_bytes().startswith(start)
    assert [what for _, what in node.counted_for] == [
        "reports",
        "warnings",
        "deadlines",
        "deadlines",
    ]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--indicator", "fran.1b,fran.11"], "did you mean"),
        (["--citizenship", "AGF"], "did you mean AFG"),
        (["--from", "2026-1"], "2026-Q1"),
        (["--from", "2026-Q2", "--to", "2026-Q1"], "before the first"),
        (["--by", "quater"], "did you mean quarter"),
    ],
)
def test_a_slip_in_an_option_gets_an_answer_that_helps(
    tr: Tr, node: MemoryNode, options: list[str], words: str
) -> None:
    done = tr("ayse", "stats", "table", *options)
    assert done.code == 2
    assert words in done.err


def test_a_question_without_figures_says_what_there_is(tr: Tr, node: MemoryNode) -> None:
    done = tr("ayse", "stats", "table")
    assert done.code == 5
    assert "no report was received yet" in done.err
    report(node, *ROWS)
    done = tr("ayse", "stats", "table", "--from", "2027-Q1")
    assert "fran.1a, fran.4 from 2026-Q1 to 2026-Q1" in done.err


def test_who_may_not_read_messages_may_not_read_statistics(tr: Tr, node: MemoryNode) -> None:
    assert tr("audit", "stats", "table").code == 4
    assert node.counted_for == []


def test_own_reports_are_added_when_asked_for(tr: Tr, node: MemoryNode, served: Path) -> None:
    report(node, *ROWS)
    frame = {"reporting_country": "TR", "period": {"year": 2026, "month": 3}}
    body = {**frame, "rows": [{"indicator": "fran.4", "month": "2026-03", "value": 100}]}
    header = {"area": "irregular_migration", "purpose": "situational_awareness"}
    with Client(served, "deniz") as client:
        client.submit(type="stat.report", to="iq", body=body, **header)[0].check()
    question = ["stats", "table", "--indicator", "fran.4", "--json"]
    assert [one["value"] for one in tr("ayse", *question).json()["figures"]] == [9]
    assert [one["value"] for one in tr("ayse", *question, "--own").json()["figures"]] == [109]
