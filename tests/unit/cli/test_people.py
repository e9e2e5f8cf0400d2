"""Persons on the screen: three words for nothing, and no line that another script tangles."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relec_exchange.cli.output import document, pairs, table
from relec_exchange.cli.people import print_people
from relec_exchange.cli.safe import isolated, safe

ISOLATE, END = "\u2068", "\u2069"
NAMES = [
    ("مثال تجريبي", "ar"),
    ("نمونه آزمایشی", "fa"),
    ("مثالی نام", "ur"),
    ("د ازمېښت نوم", "ps"),
]
LATIN = {"transliteration": "Nmvnh", "transliteration_scheme": "relec-practical-1"}


def printed(capsys: pytest.CaptureFixture[str], *withheld: str, **person: object) -> str:
    header = {"withheld": [{"path": path, "reason": "third_party"} for path in withheld]}
    print_people(header, {"persons": [{"category": "suspect", **person}]})
    return capsys.readouterr().out


def test_not_said_none_and_withheld_are_three_words(capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(capsys, "/body/persons/0/phones", citizenships=[], description="tall")
    assert "citizenships: none" in out
    assert "phones: withheld" in out
    assert "residence: not said" in out


def test_one_thing_withheld_inside_a_list_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    paper = {"kind": "passport", "number": "X1"}
    out = printed(capsys, "/body/persons/0/documents/0/issuer", documents=[paper])
    assert "also withheld: documents 0 issuer" in out


@pytest.mark.parametrize(("text", "language"), NAMES)
def test_a_name_from_right_to_left_stands_alone_beside_its_latin_letters(
    capsys: pytest.CaptureFixture[str], text: str, language: str
) -> None:
    name = {"text": text, "kind": "birth", "script": "Arab", "language": language, **LATIN}
    [line] = [one for one in printed(capsys, names=[name]).splitlines() if text in one]
    assert f"{ISOLATE}{text}{END}" in line
    assert line.index(text) < line.index("Nmvnh (relec-practical-1)") < line.index(language)


@pytest.mark.parametrize("text", ["উদাহরণ নাম", "Örnek Kişi"])
def test_a_name_from_left_to_right_needs_no_isolation(
    capsys: pytest.CaptureFixture[str], text: str
) -> None:
    out = printed(capsys, names=[{"text": text, "kind": "birth", "script": "Beng"}])
    assert text in out
    assert ISOLATE not in out


def test_the_date_of_the_source_stands_below_the_gregorian_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    source = {"calendar": "solar_hijri", "text": "۲۳ مرداد ۱۳۶۹"}
    out = printed(capsys, birth={"date": "1990-08-14", "precision": "day", "source": source})
    assert "birth: 1990-08-14 (day)\n" in out
    assert f"birth as written: {ISOLATE}۲۳ مرداد ۱۳۶۹{END} (solar hijri)" in out


def test_a_first_of_january_says_whether_it_was_confirmed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    date = {"date": "1990-01-01", "precision": "day"}
    assert "nobody said" in printed(capsys, birth=date)
    asked = date | {"first_of_january_confirmed": False}
    assert "1 January not confirmed" in printed(capsys, birth=asked)


def test_a_person_anywhere_in_a_body_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    print_people({}, {"person": {"category": "victim", "description": "x"}})
    assert capsys.readouterr().out.startswith("Person person\n")


def test_each_line_of_a_folded_cell_is_isolated_by_itself(
    capsys: pytest.CaptureFixture[str],
) -> None:
    table("x", ("one", "two"), [("نمونه " * 60, "مثالی " * 60)])
    lines = [line for line in capsys.readouterr().out.splitlines() if "نمونه" in line]
    assert len(lines) > 1
    for line in lines:
        assert line.count(ISOLATE) == line.count(END) == 2


def test_lines_and_outlines_isolate_and_an_empty_list_is_none(
    capsys: pytest.CaptureFixture[str],
) -> None:
    pairs("x", {"name": "نمونه"})
    document("y", {"name": "نمونه", "lines": "نمونه\nb", "list": []})
    out = capsys.readouterr().out
    assert out.count(f"{ISOLATE}نمونه{END}") == 3
    assert "list: none" in out


@given(text=st.text(max_size=30))
@settings(max_examples=200, derandomize=True)
def test_isolation_is_balanced_and_no_stranger_writes_it(text: str) -> None:
    shown = isolated(safe(text))
    controls = [sign for sign in shown if unicodedata.category(sign) == "Cf"]
    assert [one for one in controls if one not in "\u200c\u200d"] in ([], [ISOLATE, END])
    assert shown.removeprefix(ISOLATE).removesuffix(END) == safe(text)
