"""What an agreement withholds is cut before anybody signs, and opens later to what it was."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from message_samples import SUSPECT, changed

from relec_exchange.errors import InvalidInput, Refused
from relec_exchange.message.document import Message, compose, parse_message, read_document
from relec_exchange.message.header import Header
from relec_exchange.message.presence import Presence, presence
from relec_exchange.message.withholding import (
    Cut,
    CutMessage,
    check_cuts,
    covers,
    cut,
    dotted,
    open_cut,
    restored,
    salt_of,
    told,
)

SECRET = bytes(range(32))
BIRTH = {"date": "1990-05", "precision": "month"}
NAMED = {name: SUSPECT[name] for name in ("category", "names")}
FIRST = NAMED | {"birth": BIRTH, "phones": ["+902125550100"], "citizenships": []}
SECOND = NAMED | {"description": "Walks with a stick."}


def request(**header: Any) -> Message:
    document = changed("info.request", "body", persons=[FIRST, SECOND])
    return compose(*read_document({**document, "header": document["header"] | header}))


def loud(_path: str) -> bool:
    return False


def silent(_path: str) -> bool:
    return True


def header_of(message: Message) -> Header:
    assert isinstance(message.header, Header)
    return message.header


def test_a_path_cuts_its_field_of_every_person_who_has_it() -> None:
    made = cut(request(), ["body.persons.birth", "body.persons.description"], SECRET, loud)
    assert [one.path for one in made.cuts] == [
        "/body/persons/0/birth",
        "/body/persons/1/description",
    ]
    persons = json.loads(made.raw)["body"]["persons"]
    assert "birth" not in persons[0]
    assert "description" not in persons[1]
    assert [line.path for line in header_of(made).withheld] == [one.path for one in made.cuts]


def test_the_line_is_a_commitment_that_anybody_can_recompute() -> None:
    made = cut(request(), ["persons.birth"], SECRET, loud)
    [line] = header_of(made).withheld
    salt = salt_of(SECRET, "/body/persons/0/birth")
    value = b'{"date":"1990-05","precision":"month"}'
    told_bytes = b"relec/v1 withheld" + salt + b"/body/persons/0/birth\0" + value
    assert line.commitment == hashlib.sha256(told_bytes).hexdigest()


def test_salt_and_commitment_are_those_of_the_specification_s_example() -> None:
    [one] = cut(request(), ["persons.birth"], SECRET, loud).cuts
    page = (Path(__file__).parents[3] / "docs" / "protocol.md").read_text("utf-8")
    example = page.partition("Example: the secret")[2].partition("####")[0]
    assert one.path in example
    assert one.value in example
    assert one.salt.hex() in example
    assert one.commitment() in example


def test_each_field_has_a_salt_of_its_own() -> None:
    made = cut(request(), ["persons.birth", "persons.phones"], SECRET, loud)
    assert len({one.salt for one in made.cuts}) == 2
    assert salt_of(SECRET, "/body/persons/0/birth") != salt_of(bytes(32), "/body/persons/0/birth")


def test_unknown_empty_and_withheld_stay_three_things_after_a_cut() -> None:
    made = cut(request(), ["persons.birth"], SECRET, loud)
    for message in (made, parse_message(made.raw)):
        assert presence(message, "/body/persons/0/birth") is Presence.WITHHELD
        assert presence(message, "/body/persons/0/citizenships") is Presence.EMPTY
        assert presence(message, "/body/persons/1/birth") is Presence.UNKNOWN


def test_an_empty_list_that_is_withheld_looks_like_a_full_one() -> None:
    paths = ["persons.phones", "persons.citizenships"]
    made = cut(request(), paths, SECRET, loud)
    assert {one.path: one.value for one in made.cuts} == {
        "/body/persons/0/citizenships": "[]",
        "/body/persons/0/phones": '["+902125550100"]',
    }
    assert presence(made, "/body/persons/0/citizenships") is Presence.WITHHELD


def test_a_field_that_is_cut_silently_leaves_the_bytes_as_if_it_was_never_said() -> None:
    never = {name: value for name, value in FIRST.items() if name != "birth"}
    document = changed("info.request", "body", persons=[never, SECOND])
    bare = compose(*read_document(document))
    made = cut(request(), ["persons.birth"], SECRET, silent)
    assert made.raw == bare.raw
    assert made.cuts == ()


def test_a_silent_field_inside_one_that_is_cut_is_not_in_what_was_cut() -> None:
    made = cut(request(), ["persons", "persons.birth"], SECRET, lambda path: path.endswith("birth"))
    [one] = made.cuts
    assert one.path == "/body/persons"
    assert '"birth":' not in one.value


def test_what_was_cut_opens_to_the_very_message_of_before() -> None:
    whole = request()
    made = cut(whole, ["persons.birth", "persons.phones", "reasons_not_there"], SECRET, loud)
    check_cuts(made, made.cuts)
    assert restored(made, made.cuts).raw == whole.raw


def test_one_field_opens_while_the_others_stay_withheld() -> None:
    made = cut(request(), ["persons.birth", "persons.phones"], SECRET, loud)
    opened = restored(made, made.cuts[:1])
    assert presence(opened, made.cuts[0].path) is Presence.KNOWN
    assert presence(opened, made.cuts[1].path) is Presence.WITHHELD


def birth_cut() -> tuple[CutMessage, Cut]:
    made = cut(request(), ["persons.birth"], SECRET, loud)
    return made, made.cuts[0]


@pytest.mark.parametrize(
    "change",
    [
        {"value": '{"date":"1991-05","precision":"month"}'},
        {"salt": bytes(32)},
        {"path": "/body/persons/1/birth"},
        {"value": '{"precision":"month","date":"1990-05"}'},
        {"value": "nothing like JSON"},
    ],
)
def test_a_disclosure_that_is_not_what_was_cut_is_refused(change: dict[str, Any]) -> None:
    made, good = birth_cut()
    assert open_cut(header_of(made), good) == BIRTH
    with pytest.raises(Refused) as refused:
        open_cut(header_of(made), replace(good, **change))
    assert refused.value.rule == "disclosure-mismatch"


def test_a_commitment_to_text_that_is_no_canonical_json_opens_to_nothing() -> None:
    salt = bytes(32)
    odd = Cut("/body/persons/0/sex", '"male" ', salt)
    message = request(withheld=[{"path": odd.path, "commitment": odd.commitment()}])
    with pytest.raises(Refused, match="canonical"):
        open_cut(header_of(message), odd)


def test_lines_and_what_was_handed_over_as_cut_must_be_the_same() -> None:
    made, good = birth_cut()
    for given in ((), (good, good), (replace(good, path="/body/persons/1/birth"),)):
        with pytest.raises(InvalidInput) as refused:
            check_cuts(made, given)
        assert refused.value.field == "cuts"
    with pytest.raises(Refused):
        check_cuts(made, [replace(good, salt=bytes(32))])


@pytest.mark.parametrize(
    "path", ["body", "header", "header.purpose", "header.withheld", "header.derived_from"]
)
def test_an_agreement_cannot_withhold_what_no_message_goes_without(path: str) -> None:
    with pytest.raises(InvalidInput, match="no message can go without"):
        cut(request(), [path], SECRET, loud)


def test_a_type_that_needs_a_field_cannot_go_under_a_grant_that_withholds_it() -> None:
    with pytest.raises(InvalidInput, match="cannot go without"):
        cut(request(), ["persons.category"], SECRET, loud)


def test_a_field_that_is_withheld_and_still_there_is_found() -> None:
    paths = ["persons.birth", "header.own_ref"]
    assert told(request(), paths) == "/body/persons/0/birth"
    assert told(cut(request(), paths, SECRET, loud), paths) == ""
    assert told(request(own_ref="TR-1"), paths[1:]) == "/header/own_ref"


@pytest.mark.parametrize(
    ("path", "pointer", "expected"),
    [
        ("body.persons.birth", "/body/persons/3/birth", True),
        ("persons.birth", "/body/persons/3/birth/date", True),
        ("body.persons.birth", "/body/persons", True),
        ("body.persons.birth", "/body/persons/0/phones", False),
        ("header.own_ref", "/body/persons", False),
    ],
)
def test_a_path_covers_what_is_above_it_and_below_it(
    path: str, pointer: str, expected: bool
) -> None:
    assert covers(path, pointer) is expected


def test_a_pointer_without_its_places_is_a_path() -> None:
    assert dotted("/body/persons/12/birth/date") == "body.persons.birth.date"
