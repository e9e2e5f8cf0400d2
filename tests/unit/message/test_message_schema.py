"""The committed JSON Schemas are those of the models."""

from __future__ import annotations

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from message_samples import INNER, TYPES, changed, sample

from relec_exchange.errors import InvalidInput
from relec_exchange.message.schema import main, schemas, text

COMMITTED = Path(__file__).parents[3] / "schemas"


def test_the_committed_schemas_are_what_the_models_say() -> None:
    """If this fails: `python -m relec_exchange.message.schema schemas`, and look at the change."""
    made = {name: text(schema) for name, schema in schemas().items()}
    names = [f"{name}.v1.schema.json" for name in TYPES]
    names += [f"{name}.body.v1.schema.json" for name in INNER]
    assert sorted(made) == sorted(names)
    for name, content in made.items():
        assert (COMMITTED / name).read_text(encoding="utf-8") == content, name


def test_no_schema_is_left_of_a_type_that_is_gone() -> None:
    left = {path.name for path in COMMITTED.glob("*.v*.schema.json")}
    assert left == set(schemas())


@pytest.mark.parametrize("name", TYPES)
def test_a_schema_is_valid_and_accepts_the_sample(name: str) -> None:
    schema = schemas()[f"{name}.v1.schema.json"]
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(sample(name))


@pytest.mark.parametrize(
    "document",
    [
        changed("ack", "header", type="test.ping"),
        changed("ack", "header", schema_version=2),
        changed("ack", "header", area="drugs"),
        changed("ack", "header", created_at="2026-11-21T17:30:00Z"),
        changed("ack", "header", own_ref="a\u202eb"),
        changed("ack", "header", extra=1),
        changed("ack", "body", unit="a\nb"),
        changed("ack", "body", action_taken="a\x1bb"),
        changed("ack", "body", action_taken=...),
        sample("ack") | {"more": 1},
    ],
)
def test_a_schema_refuses_what_the_model_refuses(document: dict[str, object]) -> None:
    assert not Draft202012Validator(schemas()["ack.v1.schema.json"]).is_valid(document)


def test_the_schemas_are_written_into_the_named_directory(tmp_path: Path) -> None:
    main([str(tmp_path)])
    assert {path.name for path in tmp_path.iterdir()} == set(schemas())
    with pytest.raises(InvalidInput):
        main([])
