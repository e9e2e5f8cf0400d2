"""Unknown, empty and withheld stay three different things from author to reader."""

from __future__ import annotations

import json
from typing import Any

import pytest
from message_samples import HASH, SUSPECT, changed, sample

from relec_exchange.errors import InvalidInput, Reason, Unverified
from relec_exchange.message.document import compose, parse_message, read_document
from relec_exchange.message.presence import Presence, presence

PERSON = SUSPECT | {"citizenships": [], "phones": ["+902125550100"]}


def request(**header: Any) -> dict[str, Any]:
    document = changed("info.request", "body", persons=[PERSON], objects=...)
    return {"header": document["header"] | header, "body": document["body"]}


def withheld(*paths: str) -> list[dict[str, str]]:
    return [{"path": path, "commitment": HASH} for path in paths]


@pytest.mark.parametrize(
    ("pointer", "expected"),
    [
        ("/body/reasons", Presence.KNOWN),
        ("/body/persons", Presence.KNOWN),
        ("/body/persons/0/phones/0", Presence.KNOWN),
        ("/body/persons/0/citizenships", Presence.EMPTY),
        ("/body/persons/0/handles", Presence.UNKNOWN),
        ("/body/persons/0/sex", Presence.UNKNOWN),
        ("/body/persons/0/birth/source/text", Presence.UNKNOWN),
        ("/body/persons/3", Presence.UNKNOWN),
        ("/body/objects", Presence.WITHHELD),
        ("/body/objects/0/identifier", Presence.WITHHELD),
        ("/body/persons/1", Presence.WITHHELD),
        ("/body/persons/1/names", Presence.WITHHELD),
        ("/body/persons/10", Presence.UNKNOWN),
        ("/header/own_ref", Presence.UNKNOWN),
        ("/header/sender", Presence.KNOWN),
        ("/body", Presence.KNOWN),
    ],
)
def test_what_a_message_says_of_a_field_survives_the_wire(pointer: str, expected: Presence) -> None:
    document = request(withheld=withheld("/body/objects", "/body/persons/1"))
    message = compose(*read_document(document))
    assert presence(message, pointer) is expected
    assert presence(parse_message(message.raw), pointer) is expected


def test_an_empty_list_is_on_the_wire_and_an_absent_one_is_not() -> None:
    wire = json.loads(compose(*read_document(request())).raw)
    assert wire["body"]["persons"][0]["citizenships"] == []
    assert "handles" not in wire["body"]["persons"][0]
    assert "objects" not in wire["body"]


def test_a_field_with_a_value_where_nothing_is_said_is_known() -> None:
    message = compose(*read_document(sample("stat.report")))
    assert presence(message, "/body/revision") is Presence.KNOWN
    assert presence(message, "/body/sources") is Presence.UNKNOWN


def test_null_is_the_same_as_absent() -> None:
    document = request()
    document["body"]["objects"] = None
    with pytest.raises(InvalidInput):  # a list is a list
        read_document(document)
    document = request(own_ref=None)
    assert presence(compose(*read_document(document)), "/header/own_ref") is Presence.UNKNOWN


@pytest.mark.parametrize(
    "path", ["/body/persons/0/citizenships", "/body/reasons", "/body/persons/0", "/body/nosuch"]
)
def test_what_is_in_the_message_or_cannot_be_there_is_not_withheld(path: str) -> None:
    document = request(withheld=withheld(path))
    with pytest.raises(InvalidInput) as caught:
        read_document(document)
    assert caught.value.field == "header.withheld.0.path"
    with pytest.raises(Unverified) as refused:
        parse_message(json.dumps(document).encode())
    assert refused.value.reason is Reason.SCHEMA
    assert refused.value.detail == "header.withheld.0.path: withheld_is_there"


def test_header_and_body_that_contradict_each_other_do_not_compose() -> None:
    header, _ = read_document(request(withheld=withheld("/body/objects")))
    _, body = read_document(sample("info.request"))
    with pytest.raises(InvalidInput) as caught:
        compose(header, body)
    assert caught.value.field == "header.withheld.0.path"


@pytest.mark.parametrize("pointer", ["", "body", "/elsewhere/x", "/body/persons/01", "/body/no"])
def test_a_pointer_to_nowhere_is_refused(pointer: str) -> None:
    with pytest.raises(InvalidInput):
        presence(compose(*read_document(request())), pointer)


def test_control_messages_withhold_nothing() -> None:
    message = compose(*read_document(sample("round")))
    assert presence(message, "/body/proofs") is Presence.KNOWN
