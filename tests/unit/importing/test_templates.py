"""Templates: each one is valid once its places are filled, and never sent before."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import pytest

from relec_exchange.client.compose import Author, Draft, composed
from relec_exchange.errors import InvalidInput
from relec_exchange.importing.templates.filling import (
    MARK,
    Template,
    fill_dates,
    template,
    templates,
    unfilled,
)
from relec_exchange.message.catalogue import message_type
from relec_exchange.message.codes import Area, AuthorRole
from relec_exchange.message.document import Message, read_header
from relec_exchange.message.identifiers import message_id
from relec_exchange.protection.assurance import BOTH, promised
from relec_exchange.protection.model import Effect, Facts
from relec_exchange.protection.rules import judge

NOW = datetime(2026, 11, 21, 17, 30, tzinfo=UTC)
AUTHOR = Author("tr", True, "contact-point", AuthorRole.SUBMITTER)
ALL = templates()
OPTIONAL = re.compile(r"^# ([a-z_]+ = .*)$", re.MULTILINE)


def by_name(one: Template) -> str:
    return one.name


def filled(value: Any) -> Any:
    """A message file with each place filled by the example that stands in it."""
    if isinstance(value, str) and value.startswith(MARK):
        example = value.rpartition("for example ")[2]
        assert example != value, "a place to fill ends with an example"
        return int(example) if "number without quotes" in value else example
    if isinstance(value, dict):
        return {name: filled(item) for name, item in value.items()}
    if isinstance(value, list):
        return [filled(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def message(one: Template, text: str) -> Message:
    found = filled(tomllib.loads(fill_dates(text, NOW)))
    kind = message_type(found["type"])
    draft = Draft(kind.name, "iq", found["body"], found["header"])
    if not kind.sealed_to:
        return composed(draft, AUTHOR, message_id(NOW, bytes(10)), NOW)
    # Its client seals the body to one unit; here it is looked at as that unit reads it.
    body = kind.body.model_validate(found["body"], by_alias=True, by_name=False)
    header = read_header(
        {
            "message_id": message_id(NOW, bytes(10)),
            "schema_version": kind.version,
            "type": kind.name,
            "sender": "tr",
            "recipient": "iq",
            "exercise": True,
            "created_at": "2026-11-21T17:30:00.000Z",
            "sender_unit": kind.sealed_to,
            "author_role": "protection_desk",
            "data_level": kind.levels[0].value,
            "language": "en",
            **found["header"],
        }
    )
    return Message(header, body, b"")


def test_there_are_templates_for_all_three_areas() -> None:
    areas = Counter(one.area for one in ALL)
    assert len(ALL) >= 14
    assert set(areas) == {area.value for area in Area}
    assert min(areas.values()) >= 4


@pytest.mark.parametrize("one", ALL, ids=by_name)
def test_each_template_is_a_valid_message_once_its_places_are_filled(one: Template) -> None:
    assert message(one, one.text).header.type == one.type


@pytest.mark.parametrize("one", ALL, ids=by_name)
def test_each_template_has_a_title_and_places_to_fill(one: Template) -> None:
    assert one.title.endswith(".")
    assert list(unfilled(tomllib.loads(one.text)))


# A line of a machine-readable zone stands for those of a real document.
OPTIONS = [
    (one, match)
    for one in ALL
    for match in OPTIONAL.finditer(one.text)
    if not match[1].startswith("mrz")
]


@pytest.mark.parametrize(
    ("one", "match"), OPTIONS, ids=[f"{one.name}-{match[1][:24]}" for one, match in OPTIONS]
)
def test_each_optional_line_is_valid_without_its_mark(one: Template, match: re.Match[str]) -> None:
    text = one.text[: match.start()] + match[1] + one.text[match.end() :]
    assert message(one, text)


def test_no_template_is_refused_by_a_protection_rule() -> None:
    facts = Facts(
        network_kind="exercise",
        direction="outbound",
        today=NOW.date(),
        desk=True,
        assurances=promised(BOTH),
    )
    for one in ALL:
        found = judge(message(one, one.text), facts)
        assert [f for f in found if f.effect is Effect.REFUSE] == [], one.name


def test_every_place_that_is_not_filled_is_named_by_its_path() -> None:
    value = {"body": {"what": f"{MARK} x", "list": ["a", {"b": f"{MARK} y"}], "n": 3}}
    assert list(unfilled(value)) == ["body.what", "body.list.1.b"]


def test_days_are_counted_from_now() -> None:
    text = fill_dates("{today} {in 30 days} {now}", NOW)
    assert text == "2026-11-21 2026-12-21 2026-11-21T17:30:00.000Z"


def test_a_mistyped_name_gets_the_nearest_one() -> None:
    with pytest.raises(InvalidInput) as caught:
        template("surg")
    assert "surge" in caught.value.remedy
