"""JSON Schemas of every type, made from the models, for those who read no Python.

Contract: `schemas` is pure and deterministic; a document that the models accept satisfies its
schema. Rules between fields are in words only (`docs/`), because the schema language has none.
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
    """File name to schema, one for each type of the catalogue."""
    return {
        f"{kind.name}.v{kind.version}.schema.json": _schema(kind) for kind in CATALOGUE.values()
    }


def text(schema: dict[str, Any]) -> str:
    """The text of a schema's file."""
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _schema(kind: MessageType) -> dict[str, Any]:
    refs, definitions = models_json_schema(
        [(kind.header, "validation"), (kind.body, "validation")], by_alias=True
    )
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
            "body": refs[kind.body, "validation"],
        },
        "$defs": definitions["$defs"],
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
