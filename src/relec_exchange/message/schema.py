"""JSON Schemas of every type, made from the models, for those who read no Python.

Contract: `schemas` is pure and deterministic; a document that the models accept satisfies its
schema. Rules that the schema language cannot express are in `semantics`. A type that travels
sealed to a unit has two: the message, and the body that only the unit reads.
Run `python -m relec_exchange.message.schema DIRECTORY` to write the files.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pydantic.json_schema import models_json_schema

from relec_exchange.errors import InvalidInput
from relec_exchange.message.catalogue import CATALOGUE, MessageType

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, dict[str, Any]]:
    """File name to schema: one for each type of the catalogue, one for each body inside a seal."""
    made = {file_name(kind): _schema(kind) for kind in CATALOGUE.values()}
    inner = {
        file_name(kind, ".body"): _inner(kind) for kind in CATALOGUE.values() if kind.sealed_to
    }
    return made | inner


def schema_of(kind: MessageType, part: str = "") -> dict[str, Any]:
    """The schema of one type; with `part` `.body` that of what is inside a seal."""
    return _inner(kind) if part else _schema(kind)


def file_name(kind: MessageType, part: str = "") -> str:
    """The name of a schema's file; `part` is `.body` for what is inside a seal."""
    return f"{kind.name}{part}.v{kind.version}.schema.json"


def text(schema: dict[str, Any]) -> str:
    """The text of a schema's file."""
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _schema(kind: MessageType) -> dict[str, Any]:
    refs, definitions = models_json_schema(
        [(kind.header, "validation"), (kind.wire_body, "validation")], by_alias=True
    )
    body: dict[str, Any] = refs[kind.wire_body, "validation"]
    if kind.sealed_to:
        body = {"allOf": [body, {"properties": {"unit": {"const": kind.sealed_to}}}]}
    named = {"type": {"const": kind.name}, "schema_version": {"const": kind.version}}
    return {
        "$schema": DIALECT,
        "$id": f"urn:relec:schema:{kind.name}:v{kind.version}",
        "title": f"{kind.name}, version {kind.version}",
        "type": "object",
        "additionalProperties": False,
        "required": ["header", "body"],
        "properties": {
            "header": {"allOf": [refs[kind.header, "validation"], {"properties": named}]},
            "body": body,
        },
        "$defs": definitions["$defs"],
    }


def _inner(kind: MessageType) -> dict[str, Any]:
    """The body that the unit finds when it opens the seal."""
    return {
        "$schema": DIALECT,
        "$id": f"urn:relec:schema:{kind.name}.body:v{kind.version}",
        **kind.body.model_json_schema(by_alias=True),
        "title": f"{kind.name}, version {kind.version}: the body inside the seal",
    }


def main(arguments: list[str]) -> None:
    """Write every schema into the directory that is the only argument."""
    if len(arguments) != 1:
        raise InvalidInput("name one directory to write the schemas into", field="DIRECTORY")
    directory = Path(arguments[0])
    for name, schema in schemas().items():
        directory.joinpath(name).write_text(text(schema), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
