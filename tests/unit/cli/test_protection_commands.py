"""`relec protection`: list, explain, and check a file, without any node."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import Relec

from relec_exchange.protection.rules import RULES, rules_digest

WARNING = """
type = "warning.notice"
to = ["pk"]

[body]
kind = "new_route"
what = "{what}"
where = {{ country = "TR" }}
when = {{ from = 2026-11-01, to = 2026-11-18 }}
"""


def warning(folder: Path, what: str) -> Path:
    file = folder / "warning.toml"
    file.write_text(WARNING.format(what=what), "utf-8")
    return file


def test_the_list_has_every_rule_and_the_digest_of_the_log(relec: Relec) -> None:
    told = relec("protection", "list", "--json").json()
    assert [rule["rule"] for rule in told["rules"]] == [rule.identifier for rule in RULES]
    assert told["digest"] == rules_digest()
    assert "P1-asylum" in relec("protection", "list").out


@pytest.mark.parametrize("name", ["P4-children", "p4", "P4"])
def test_a_rule_is_explained_by_its_name_or_its_beginning(relec: Relec, name: str) -> None:
    told = relec("protection", "explain", name, "--json").json()
    assert told["rule"] == "P4-children"
    assert told["why"]


def test_p1_is_not_taken_for_p10(relec: Relec) -> None:
    assert "P1-asylum" in relec("protection", "explain", "P1").out


def test_a_rule_that_does_not_exist_is_not_found(relec: Relec) -> None:
    done = relec("protection", "explain", "P99")
    assert done.code == 5
    assert "protection list" in done.err


def test_an_honest_message_ends_with_0_and_tells_what_will_be_asked(
    relec: Relec, tmp_path: Path
) -> None:
    done = relec("protection", "check", warning(tmp_path, "Groups walk at night"), "--json")
    assert done.code == 0, done.err
    (asked,) = done.json()["findings"]
    assert (asked["effect"], asked["question"]) == ("ask", "no-person-recognisable")


def test_a_message_that_is_held_ends_with_3_and_names_rule_field_and_remedy(
    relec: Relec, tmp_path: Path
) -> None:
    file = warning(tmp_path, "Call +90 532 111 22 33")
    done = relec("protection", "check", file, "--json")
    assert done.code == 3
    held = done.json()["findings"][0]
    assert (held["rule"], held["effect"], held["field"]) == ("P12-free-text", "hold", "body.what")
    assert held["remedy"]
    assert "P12-free-text" in relec("protection", "check", file).out


def test_names_that_are_given_as_known_are_found(relec: Relec, tmp_path: Path) -> None:
    file = warning(tmp_path, "Rustam Nazari waits")
    assert relec("protection", "check", file).code == 0
    assert relec("protection", "check", file, "--known", "رستم نظری").code == 3


def test_a_whole_message_in_json_is_read_as_it_is(relec: Relec, tmp_path: Path) -> None:
    file = tmp_path / "message.json"
    header = {"type": "info.reply", "sender": "tr", "recipient": "pk"}
    header |= {"in_reply_to": "01a1ff38-3de2-7000-8000-000000000000"}
    body = {"kind": "nothing_can_be_provided"}
    file.write_text(json.dumps({"header": header, "body": body}))
    done = relec("protection", "check", file, "--json")
    assert done.code == 3
    assert done.json()["findings"][0]["rule"] == "P2-silent-safe"


def test_a_referral_for_the_desk_is_checked_with_its_body_open(
    relec: Relec, tmp_path: Path
) -> None:
    file = tmp_path / "referral.json"
    person = {"category": "victim", "description": "A woman of about thirty"}
    consent = {"given_on": "2026-11-20", "given_by": "self", "scope": "All", "reference": "C-1"}
    body = {"consent": consent, "person": person, "needs": ["A lawyer: she is accused"]}
    document = {"type": "protection.referral", "to": "pk", "body": body | {"safe_contact": "Desk"}}
    file.write_text(json.dumps(document))
    told = relec("protection", "check", file, "--json").json()["findings"]
    assert ("P3-victim-identity", "hold") in [(one["rule"], one["effect"]) for one in told]


def test_who_may_be_a_suspect_is_refused_without_assurances(relec: Relec, tmp_path: Path) -> None:
    file = tmp_path / "request.json"
    question = {"number": 1, "text": "Is the van known?", "why": "It was left"}
    body = {"questions": [question], "reasons": "Case 7"}
    file.write_text(json.dumps({"type": "info.request", "to": ["pk"], "body": body}))
    done = relec("protection", "check", file, "--unassured", "--json")
    assert done.code == 3
    assert "P6-assurance" in [one["rule"] for one in done.json()["findings"]]
    assert "P6-assurance" not in relec("protection", "check", file, "--json").out


def test_a_message_to_nobody_is_an_error_with_a_remedy(relec: Relec, tmp_path: Path) -> None:
    file = tmp_path / "ping.json"
    file.write_text(json.dumps({"type": "test.ping", "body": {"text": "hello"}}))
    done = relec("protection", "check", file)
    assert done.code == 2
    assert "--to" in done.err
