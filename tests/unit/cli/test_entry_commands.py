"""What an officer typed is read before it is sent: shown, asked, and sent canonical."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from commands import Result, Tr
from memory_node import MemoryNode

from relec_exchange.message.document import parse_message

ZONE = [
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
]
NAME = {"text": "نمونه آزمایشی", "kind": "birth", "language": "fa"}
HEADER = {"area": "migrant_smuggling"}
YES = ("--yes", "--protection-checked", "--json")


class Desk:
    """An officer who writes requests about one person into a file and sends them."""

    def __init__(self, tr: Tr, folder: Path) -> None:
        self._tr = tr
        self.file = folder / "request.json"

    def write(self, **person: Any) -> None:
        body = {
            "questions": [{"number": 1, "text": "Known?", "why": "A case"}],
            "reasons": "An inquiry",
            "persons": [{"category": "suspect", "citizenships": ["AFG"], **person}],
        }
        message = {"type": "info.request", "to": ["iq"], "header": HEADER, "body": body}
        self.file.write_text(json.dumps(message))

    def send(self, *flags: str, **person: Any) -> Result:
        self.write(**person)
        return self._tr("deniz", "send", self.file, *flags)


@pytest.fixture
def desk(tr: Tr, tmp_path: Path) -> Desk:
    return Desk(tr, tmp_path)


def person(node: MemoryNode) -> Any:
    [line] = node.out.values()
    body: Any = parse_message(line["raw"]).body
    return body.persons[0]


def test_national_phones_and_foreign_dates_are_sent_canonical(desk: Desk, node: MemoryNode) -> None:
    done = desk.send(
        *YES,
        names=[NAME],
        phones=["0532 123 45 67"],
        birth={"source": {"calendar": "solar_hijri", "text": "۲۳ مرداد ۱۳۶۹"}},
        citizenships=["af"],
    )
    assert done.code == 0, done.err
    one = person(node)
    assert (one.phones, one.birth.date) == (("+905321234567",), "1990-08-14")
    assert (one.names[0].script, one.names[0].transliteration) == ("Arab", None)
    assert one.citizenships == ("AFG",)


def test_a_change_is_shown_before_it_is_sent(desk: Desk, node: MemoryNode) -> None:
    done = desk.send("--dry-run", names=[NAME], phones=["0532 123 45 67"])
    assert done.code == 0, done.err
    assert "+905321234567" in done.out
    assert "Proposed: /body/persons/0/names/0/transliteration" in done.out
    assert node.out == {}


def test_a_transliteration_goes_only_where_the_officer_takes_it(
    desk: Desk, node: MemoryNode
) -> None:
    assert desk.send(*YES, "--transliterate", names=[NAME]).code == 0
    [name] = person(node).names
    assert name.transliteration == "Nmvnh Azmayshy"
    assert name.transliteration_scheme == "relec-practical-1"
    assert name.text == NAME["text"]


def test_everything_wrong_is_told_at_once_and_nothing_leaves(desk: Desk, node: MemoryNode) -> None:
    wrong = [ZONE[0], ZONE[1].replace("L898902C3", "L8989O2C3")]
    done = desk.send(
        *YES,
        names=[NAME],
        phones=["12"],
        birth={"source": {"calendar": "solar_hijri", "text": "1369"}},
        documents=[{"kind": "passport", "number": "L898902C3", "mrz": wrong}],
    )
    assert (done.code, node.out) == (2, {})
    codes = {note["code"]: note for note in done.json()["entry"] if note["effect"] == "wrong"}
    assert codes.keys() >= {"phone", "birth_two_years", "zone_number_check"}
    assert codes["birth_two_years"]["expected"] == "1990 or 1991"
    assert "0 for O" in codes["zone_number_check"]["text"]
    assert all(note["remedy"] for note in codes.values())
    assert "1369" not in done.err


def test_a_zone_against_the_person_stops_until_somebody_compared(
    desk: Desk, node: MemoryNode
) -> None:
    typed = {
        "names": [{"text": "Örnek Kişi", "kind": "birth"}],
        "birth": {"date": "1975", "precision": "year"},
        "documents": [{"kind": "passport", "number": "X1234567", "mrz": ZONE}],
    }
    done = desk.send("--dry-run", **typed)
    for path in ("documents/0/number", "birth/date", "names"):
        assert f"Does not agree: /body/persons/0/{path}" in done.out
    assert desk.send(*YES, **typed).code == 2
    assert node.out == {}
    assert desk.send(*YES, "--as-written", **typed).code == 0


def test_a_forged_document_is_sent_with_its_faults_on_purpose(desk: Desk, node: MemoryNode) -> None:
    wrong = [ZONE[0], ZONE[1].replace("L898902C36", "L898902C37")]
    paper = {"kind": "passport", "number": "X1", "mrz": wrong, "status": "forged"}
    typed = {"names": [{"text": "Örnek Kişi", "kind": "birth"}], "documents": [paper]}
    done = desk.send("--dry-run", **typed)
    assert "known as forged" in done.out
    assert desk.send(*YES, **typed).code == 0
    assert person(node).documents[0].mrz == tuple(wrong)


@pytest.mark.parametrize(("answer", "sent"), [("confirmed", True), ("unknown", False)])
def test_a_first_of_january_is_asked_about(
    desk: Desk, node: MemoryNode, answer: str, sent: bool
) -> None:
    typed = {"names": [NAME], "birth": {"date": "1990-01-01"}}
    done = desk.send(*YES, **typed)
    assert (done.code, done.error()["field"]) == (2, "first_of_january")
    assert node.out == {}
    assert desk.send(*YES, "--first-of-january", answer, **typed).code == 0
    assert person(node).birth.first_of_january_confirmed is sent


def test_a_draft_shows_what_will_be_asked(tr: Tr, desk: Desk, node: MemoryNode) -> None:
    desk.write(names=[NAME], birth={"date": "1990-01-01"}, phones=["0532 123 45 67"])
    ident = tr("deniz", "draft", "save", desk.file, "--json").json()["draft_id"]
    done = tr("deniz", "draft", "show", ident)
    assert done.code == 0, done.err
    assert "Asked: /body/persons/0/birth/first_of_january_confirmed" in done.out
    told = tr("deniz", "draft", "show", ident, "--json").json()
    assert {note["effect"] for note in told["entry"]} == {"asked", "changed", "proposed"}
    assert told["body"]["persons"][0]["phones"] == ["0532 123 45 67"]


def test_an_opened_message_tells_none_from_not_said(tr: Tr, desk: Desk, node: MemoryNode) -> None:
    assert desk.send(*YES, names=[NAME], citizenships=[]).code == 0
    done = tr("deniz", "show", next(iter(node.out)), "--open")
    assert done.code == 0, done.err
    assert "  citizenships: none\n" in done.out
    assert "  documents: not said\n" in done.out


def test_names_on_the_command_line_have_the_script_of_their_letters(
    tr: Tr, node: MemoryNode
) -> None:
    done = tr(
        *("deniz", "send", "info.request", "--to", "iq", "--question", "Known?", "--why", "A case"),
        *("--reasons", "An inquiry", "--area", "migrant_smuggling", "--person", "উদাহরণ", *YES),
    )
    assert done.code == 0, done.err
    assert person(node).names[0].script == "Beng"


class Terminal(io.StringIO):
    """A keyboard with somebody at it, who has typed this."""

    def isatty(self) -> bool:
        return True


def test_at_a_terminal_each_question_is_asked_once_and_a_no_sends_nothing(
    desk: Desk, node: MemoryNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = {
        "names": [{"text": "Örnek Kişi", "kind": "birth", "script": "Arab"}],
        "birth": {"date": "1990-01-01"},
    }
    monkeypatch.setattr("sys.stdin", Terminal("unknown\nn\n"))
    done = desk.send("--protection-checked", **typed)
    assert node.out == {}
    assert "Do the papers say so?" in done.err
    monkeypatch.setattr("sys.stdin", Terminal("unknown\ny\ny\n"))
    done = desk.send("--protection-checked", **typed)
    assert done.code == 0, done.err
    assert person(node).birth.first_of_january_confirmed is False
