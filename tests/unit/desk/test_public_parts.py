"""What of a warning becomes public: a whitelist, and nothing beside it."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from relec_exchange.desk.public_parts import (
    CHOICES,
    Choice,
    check_choice,
    check_source,
    document,
    stand_in,
)
from relec_exchange.errors import InvalidInput, Refused
from relec_exchange.message.document import Message, compose

TODAY = date(2026, 11, 21)
ID = "019aa000-0000-7000-8000-000000000001"
EXTRACT = "019aa000-0000-7000-8000-000000000002"
SECRET = "zq"  # begins every value that must never be published


def warning(**fields: Any) -> Message:
    """A warning in which everything that is not on the list bears the mark."""
    header: dict[str, Any] = {
        "message_id": ID,
        "type": "warning.notice",
        "schema_version": 1,
        "sender": "pk",
        "recipient": "tr",
        "exercise": True,
        "created_at": "2026-11-21T17:30:00.000Z",
        "sender_unit": f"{SECRET}-unit",
        "author_role": "submitter",
        "area": "migrant_smuggling",
        "purpose": "prevention",
        "legal_basis": f"{SECRET} law",
        "data_level": "non_nominal",
        "handling": ["H0"],
        "source_grade": "B",
        "info_grade": "2",
        "urgency": "urgent",
        "urgency_reason": f"{SECRET} reason",
        "own_ref": f"{SECRET} ref",
        "language": "ur",
    }
    body: dict[str, Any] = {
        "kind": "deadly_incident",
        "where": {
            "country": "TR",
            "subdivision": "TR-48",
            "place": f"{SECRET} bay",
            "position": {"lat": 36.83, "lon": 27.41},
        },
        "when": {"from": "2026-10-30", "to": "2026-11-02"},
        "what": f"{SECRET} what",
        "estimated_persons": 4711,
        "persons": {"dead_or_missing": 4712, "survivors": 4713},
        "causes": ["drowning"],
        "origins": ["AFG"],
        "route": f"{SECRET} route",
        "group": f"{SECRET} group",
        "indicators": ["an overloaded boat"],
        "recommended_action": "Do not board.",
        "expires_on": "2026-12-31",
        "sources": ["coast guard"],
    }
    for name, value in fields.items():
        (body if name in body else header)[name] = value
    return compose(
        {k: v for k, v in header.items() if v is not None},
        {k: v for k, v in body.items() if v is not None},
    )


def made(message: Message, *fields: str, text: str | None = None) -> dict[str, Any]:
    choice = check_choice(Choice(fields, text, "fa-AF" if text else None))
    return document(message, choice, TODAY, EXTRACT)


def test_only_coded_facts_are_public_unless_more_is_chosen() -> None:
    assert made(warning()) == {
        "extract": EXTRACT,
        "made_on": "2026-11-21",
        "exercise": True,
        "warning": {
            "kind": "deadly_incident",
            "country": "TR",
            "month": "2026-10",
            "until": "2026-11",
            "causes": ["drowning"],
        },
    }


def test_nothing_beside_the_list_is_public_whatever_is_chosen() -> None:
    text = json.dumps(made(warning(), *CHOICES, text="Sea is dangerous."))
    for never in (SECRET, "471", "36.83", "27.41", "AFG", ID, "pk", "2026-10-30", "2026-12-31"):
        assert never not in text, never


def test_texts_of_the_warning_are_public_where_they_are_chosen_with_their_language() -> None:
    found = made(warning(), "recommended_action", "sources")["warning"]
    assert found["recommended_action"] == "Do not board."
    assert found["sources"] == ["coast guard"]
    assert found["language"] == "ur"
    assert "indicators" not in found


def test_a_month_alone_is_told_for_one_day() -> None:
    found = made(warning(when={"from": "2026-11-01", "to": "2026-11-02"}))["warning"]
    assert (found["month"], "until" in found) == ("2026-11", False)


@pytest.mark.parametrize("name", ["place", "position", "persons", "group", "sender", "indicator"])
def test_other_fields_cannot_be_chosen(name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_choice(Choice((name,)))
    assert caught.value.field == "fields"
    assert caught.value.remedy


def test_a_text_has_a_language_and_a_language_a_text() -> None:
    for choice in (Choice((), "text", None), Choice((), None, "en")):
        with pytest.raises(InvalidInput):
            check_choice(choice)


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"handling": ["H1"]}, "extract-handling"),
        ({"handling": ["H1", "H2"]}, "extract-handling"),
        ({"handling": ["H3"], "handling_note": "for you"}, "extract-handling"),
        ({"purpose": "situational_awareness"}, "extract-purpose"),
        ({"expires_on": "2026-11-20"}, "extract-expired"),
    ],
)
def test_a_received_warning_gives_an_extract_only_if_its_sender_allows_that(
    fields: dict[str, Any], rule: str
) -> None:
    with pytest.raises(Refused) as caught:
        check_source(warning(**fields), "tr", TODAY)
    assert caught.value.rule == rule


def test_an_own_warning_may_have_had_another_purpose() -> None:
    own = warning(sender="tr", recipient="pk", purpose="situational_awareness")
    assert check_source(own, "tr", TODAY).sender == "tr"


def test_only_warnings_give_extracts() -> None:
    header = warning().header.model_dump(mode="json", by_alias=True, exclude_none=True)
    header |= {"type": "test.ping", "data_level": "none"}
    ping = compose(header, {"text": "hello"})
    with pytest.raises(Refused) as caught:
        check_source(ping, "tr", TODAY)
    assert caught.value.rule == "extract-type"


def test_the_stand_in_for_the_rules_says_all_texts_of_the_extract_and_nothing_else() -> None:
    message = warning(supersedes=None)
    whole = stand_in(message, made(message, *CHOICES, text="Sea is dangerous."))
    assert whole is not None
    said = whole.raw.decode()
    for text in ("Sea is dangerous.", "Do not board.", "an overloaded boat", "coast guard"):
        assert text in said
    assert said.count(SECRET) == 1  # the unit, which is no text
    assert stand_in(message, made(message)) is None
