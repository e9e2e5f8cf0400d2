"""The committed OpenAPI document is the one that the code describes."""

from __future__ import annotations

import json
from pathlib import Path

from relec_exchange.api.openapi import document, main

COMMITTED = Path(__file__).parents[3] / "schemas" / "openapi.json"


def test_the_committed_document_has_not_drifted() -> None:
    assert COMMITTED.read_text() == document(), "run python -m relec_exchange.api.openapi again"


def test_it_is_openapi_3_1_and_every_reference_leads_somewhere() -> None:
    text = document()
    described = json.loads(text)
    assert described["openapi"] == "3.1.0"
    names = set(described["components"]["schemas"])
    used = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert used <= names


def test_every_call_but_health_demands_the_four_headers() -> None:
    described = json.loads(document())
    for path, operations in described["paths"].items():
        for operation in operations.values():
            needed = {p["name"] for p in operation.get("parameters", ()) if p["in"] == "header"}
            assert len(needed) == (0 if path == "/v1/health" else 4), path


def test_the_module_writes_the_file_it_is_given(tmp_path: Path) -> None:
    assert main([str(tmp_path / "out.json")]) == 0
    assert (tmp_path / "out.json").read_text() == document()
    assert main([]) == 2
