"""What was valid stays valid, or the version rises; shown on pairs of small schemas."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from relec_exchange.errors import InvalidInput, Unverified
from relec_exchange.message.compatibility import breaks, check
from relec_exchange.message.document import parse_message
from relec_exchange.message.schema import schemas

FOLDER = Path(__file__).parents[3] / "schemas" / "baseline"
SCHEMAS = schemas()
BASELINE = sorted(FOLDER.glob("*.schema.json"))


def record(required: tuple[str, ...] = (), **members: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(required),
        "properties": members,
    }


TEXT = {"type": "string", "minLength": 1, "maxLength": 10, "pattern": "^[a-z]*$"}
MAYBE = {"anyOf": [TEXT, {"type": "null"}], "default": None}
SEX = {"type": "string", "enum": ["female", "male"]}
COUNT = {"type": "integer", "minimum": 0, "maximum": 9}
LIST = {"type": "array", "items": TEXT, "maxItems": 4}
PAIR = {"type": "array", "prefixItems": [COUNT, COUNT], "minItems": 2, "maxItems": 2}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (TEXT, TEXT | {"maxLength": 11}),
        (TEXT, TEXT | {"title": "A text", "description": "other words"}),
        (TEXT, MAYBE),
        (TEXT, {"type": "string"}),
        (COUNT, {"type": "number"}),
        (COUNT, COUNT | {"minimum": -1, "maximum": 10}),
        (SEX, SEX | {"enum": ["male", "female", "other"]}),
        (SEX, {"type": "string"}),
        ({"const": 1, "type": "integer"}, {"type": "integer", "enum": [1, 2]}),
        (LIST | {"uniqueItems": True}, LIST),
        (LIST, LIST | {"items": {"type": "string"}, "maxItems": 5}),
        (PAIR, PAIR | {"minItems": 1}),
        (record(a=TEXT), record(a=TEXT, b=TEXT)),
        (record(("a",), a=TEXT), record(a=MAYBE)),
        (record(a=TEXT), record(a=TEXT) | {"additionalProperties": True}),
        ({"allOf": [record(a=TEXT)]}, record(a=MAYBE)),
        ({"anyOf": [TEXT, COUNT]}, {"anyOf": [COUNT, TEXT, {"type": "null"}]}),
    ],
)
def test_what_only_widens_breaks_nothing_and_the_way_back_breaks_something(
    old: dict[str, Any], new: dict[str, Any]
) -> None:
    assert breaks(old, new) == ()
    if old != {key: value for key, value in new.items() if key not in ("title", "description")}:
        assert breaks(new, old)


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        (record(a=TEXT), record(("a",), a=TEXT), "/a"),
        (record(a=TEXT), record(), "/a"),
        (record(a=TEXT), record(a=COUNT), "/a"),
        (record(a=TEXT), record(a=TEXT | {"pattern": "^[a-y]*$"}), "/a"),
        (record(a=LIST), record(a=LIST | {"items": TEXT | {"maxLength": 9}}), "/a/-"),
        (record(a=LIST), record(a=LIST | {"uniqueItems": True}), "/a"),
        (record(a=PAIR), record(a=PAIR | {"prefixItems": [COUNT, SEX]}), "/a/1"),
        (record(a=SEX), record(a=SEX | {"enum": ["male"]}), "/a"),
        (record(a=TEXT), record(a=TEXT | {"contains": COUNT}), "/a"),
        (record() | {"additionalProperties": True}, record(a=TEXT), "/a"),
        ({"const": 1}, {"const": True}, ""),
        ({"anyOf": [TEXT, COUNT]}, TEXT, ""),
    ],
)
def test_what_narrows_is_named_with_its_place(
    old: dict[str, Any], new: dict[str, Any], path: str
) -> None:
    assert path in {one.path for one in breaks(old, new)}


def test_a_definition_that_changed_is_found_behind_its_reference() -> None:
    old = {"$ref": "#/$defs/A", "$defs": {"A": record(a=TEXT)}}
    new = {"$ref": "#/$defs/A", "$defs": {"A": record(("a",), a=TEXT)}}
    assert [one.path for one in breaks(old, new)] == ["/a"]


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/$defs/B", "$defs": {}},
        {"$ref": "other.json"},
        {"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/A"}}},
    ],
)
def test_a_reference_that_cannot_be_followed_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        breaks(schema, TEXT)


def named(version: int, schema: dict[str, Any], name: str = "ack") -> dict[str, Any]:
    return {"$id": f"urn:relec:schema:{name}:v{version}"} | schema


def test_a_schema_may_break_what_was_valid_only_under_a_higher_version() -> None:
    assert check(named(1, TEXT), named(1, COUNT))
    assert check(named(1, TEXT), named(2, COUNT)) == ()


def test_schemas_of_two_types_or_in_the_wrong_order_are_not_compared() -> None:
    for old, new in (
        (named(1, TEXT), named(1, TEXT, "test.ping")),
        (named(2, TEXT), named(1, TEXT)),
        (TEXT, named(1, TEXT)),
    ):
        with pytest.raises(InvalidInput):
            check(old, new)


@pytest.mark.parametrize("path", BASELINE, ids=lambda path: path.name.split(".v")[0])
def test_what_the_schemas_of_the_release_accepted_is_accepted_still(path: Path) -> None:
    """The files in schemas/baseline are those of version 0.1.0 and never change."""
    assert check(json.loads(path.read_text("utf-8")), SCHEMAS[path.name]) == ()


# Stricter within version 1: schemas/baseline/README.md says what is asked now.
NARROWED = {
    "attachment_file",
    "media_type",
    "not_for_this_type",
    "subdivision",
    "withheld_is_there",
}


def test_messages_of_the_release_are_accepted_but_for_the_rules_that_are_named() -> None:
    lines = (FOLDER / "examples.jsonl").read_text("utf-8").splitlines()
    refused = 0
    for line in lines:
        document = json.loads(line)
        schema = SCHEMAS[f"{document['header']['type']}.v1.schema.json"]
        assert Draft202012Validator(schema).is_valid(document), line
        codes = refusals(line.encode())
        assert codes <= NARROWED, codes
        refused += bool(codes)
    assert refused < len(lines) // 2


def refusals(raw: bytes) -> set[str]:
    """The codes of the rules that these bytes break; none if they are accepted."""
    try:
        parse_message(raw)
    except Unverified as refusal:
        return {fault.rsplit(": ", 1)[1] for fault in refusal.detail.split("; ")}
    return set()


def test_every_type_of_the_release_exists_still() -> None:
    assert len(BASELINE) == 13
    assert {path.name for path in BASELINE} <= set(SCHEMAS)
