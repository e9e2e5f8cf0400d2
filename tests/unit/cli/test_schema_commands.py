"""`relec schema`: what the types look like, and whether a change breaks something."""

from __future__ import annotations

import json
from pathlib import Path

from commands import Relec
from jsonschema import Draft202012Validator

from relec_exchange.errors import InvalidInput, Refused
from relec_exchange.message.catalogue import CATALOGUE

SCHEMAS = Path(__file__).parents[3] / "schemas"


def test_every_type_is_listed_with_its_version_and_answers(relec: Relec) -> None:
    listed = relec("schema", "list", "--json").json()["types"]
    assert [one["type"] for one in listed] == list(CATALOGUE)
    request = next(one for one in listed if one["type"] == "info.request")
    assert request["version"] == 1
    assert "info.reply" in request["answers"]
    assert request["rules"] > 10
    assert "info.request" in relec("schema", "list").out


def test_a_schema_is_printed_as_it_is_committed(relec: Relec) -> None:
    printed = relec("schema", "show", "warning.notice").json()
    assert printed == json.loads((SCHEMAS / "warning.notice.v1.schema.json").read_text("utf-8"))


def test_the_body_inside_a_seal_has_a_schema_of_its_own(relec: Relec) -> None:
    inner = relec("schema", "show", "protection.referral", "--body").json()
    assert "consent" in inner["properties"]
    outer = json.dumps(relec("schema", "show", "protection.referral").json())
    assert "consent" not in outer
    Draft202012Validator.check_schema(inner)
    assert relec("schema", "show", "ack", "--body").code == InvalidInput.exit_code


def test_the_rules_that_a_schema_cannot_say_are_shown_with_code_and_sentence(relec: Relec) -> None:
    rules = relec("schema", "show", "stat.report", "--rules", "--json").json()["rules"]
    assert any(one["code"] == "cell_repeated" and one["sentence"] for one in rules)
    assert "cell_repeated" in relec("schema", "show", "stat.report", "--rules").out


def test_an_unknown_type_gets_the_nearest_name(relec: Relec) -> None:
    done = relec("schema", "show", "warning.notise")
    assert done.code == InvalidInput.exit_code
    assert "warning.notice" in done.err


def changed(path: Path, version: int, required: list[str]) -> Path:
    schema = json.loads((SCHEMAS / "ack.v1.schema.json").read_text("utf-8"))
    schema["$id"] = f"urn:relec:schema:ack:v{version}"
    schema["$defs"]["Ack"]["required"] = required
    path.write_text(json.dumps(schema))
    return path


def test_check_ends_with_three_if_something_breaks_under_the_same_version(
    relec: Relec, tmp_path: Path
) -> None:
    old = changed(tmp_path / "old.json", 1, ["unit"])
    new = changed(tmp_path / "new.json", 1, ["unit", "action_taken"])
    done = relec("schema", "check", old, new, "--json")
    assert done.code == Refused.exit_code
    assert done.json()["breaks"][0]["path"] == "/body/action_taken"
    assert relec("schema", "check", new, old).code == 0


def test_check_allows_a_break_under_a_higher_version(relec: Relec, tmp_path: Path) -> None:
    old = changed(tmp_path / "old.json", 1, ["unit"])
    new = changed(tmp_path / "new.json", 2, ["unit", "action_taken"])
    done = relec("schema", "check", old, new, "--json")
    assert (done.code, done.json()["compatible"], done.json()["versions"]) == (0, True, [1, 2])


def test_a_file_that_is_no_schema_is_refused(relec: Relec, tmp_path: Path) -> None:
    junk = tmp_path / "junk.json"
    junk.write_text("[" * 100_000)
    good = SCHEMAS / "ack.v1.schema.json"
    assert relec("schema", "check", junk, good).code == InvalidInput.exit_code
    junk.write_text('{"$id": "https://example.org"}')
    assert relec("schema", "check", junk, good).code == InvalidInput.exit_code
