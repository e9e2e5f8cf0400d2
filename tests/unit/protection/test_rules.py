"""The rules as a whole: what each says of itself, the digest, and what happens to a broken one."""

import hashlib
from dataclasses import replace
from datetime import date

from protection_samples import FACTS, message, person, request, rescue

from relec_exchange.protection import rules
from relec_exchange.protection.model import QUESTIONS, Effect, Facts
from relec_exchange.protection.register import RegisterEntry
from relec_exchange.protection.rules import RULES, judge, rules_digest


def test_every_rule_says_in_sentences_what_must_never_be_and_why():
    assert all(rule.text.endswith(".") and rule.why.endswith(".") for rule in RULES)
    assert len({rule.identifier for rule in RULES}) == len(RULES)


def test_every_rule_is_in_force():
    assert [rule.identifier for rule in RULES if not rule.wired] == []


def test_a_rule_that_breaks_holds_the_message_and_tells_only_the_kind_of_fault(monkeypatch):
    def broken(message, facts):
        raise ZeroDivisionError("with a secret in it")

    monkeypatch.setattr(rules, "RULES", (replace(RULES[0], check=broken),))
    (found,) = judge(message("info.request", request(person())), FACTS)
    assert (found.effect, found.local) == (Effect.HOLD, True)
    assert "ZeroDivisionError" in found.text
    assert "secret" not in found.text


def test_a_control_message_offends_against_nothing():
    receipt = message(
        "receipt",
        {
            "items": [
                {
                    "leaf": "ab" * 32,
                    "stage": "opened",
                    "code": "accepted",
                    "at": "2026-11-21T17:30:00.123Z",
                }
            ]
        },
    )
    assert judge(receipt, FACTS) == ()


def test_every_question_reads_as_a_question():
    assert all(words.endswith("?") for words in QUESTIONS.values())


def test_the_digest_is_of_identifiers_and_versions_in_any_order():
    one, two = RULES[:2]
    lines = sorted(f"{rule.identifier} {rule.version}\n" for rule in (one, two))
    expected = hashlib.sha256("".join(lines).encode()).hexdigest()
    assert rules_digest((one, two)) == rules_digest((two, one)) == expected
    assert rules_digest((one, replace(two, version=two.version + 1))) != expected
    assert rules_digest() == rules_digest(RULES)


def test_no_finding_repeats_a_value_of_the_message():
    secret = "Zebulon Example"
    sent = message(
        "info.request",
        request(
            person("victim", names=[{"text": secret, "kind": "birth", "script": "Latn"}]),
            reasons=f"{secret} is a deserter and has asked for asylum",
        ),
    )
    found = judge(sent, Facts("exercise", "outbound", date(2026, 11, 21), known_names=(secret,)))
    assert {one.rule for one in found} >= {"P1-asylum", "P3-victim-identity", "P5-neutrality"}
    for one in found:
        assert "Zebulon" not in f"{one.text} {one.remedy} {one.field}"


def test_a_rescue_is_looked_at_after_it_went_where_another_warning_would_wait():
    body = rescue(condition="Engine Stopped, call the boat on +90 555 010 01 99")
    sent = message("warning.life_at_risk", body, purpose="rescue_only")
    known = replace(
        FACTS,
        known_names=("Engine Stopped",),
        registered=(RegisterEntry(names=("Engine Stopped",)),),
    )
    effects = {found.effect for found in judge(sent, known)}
    assert Effect.SECOND in effects
    assert not effects & {Effect.HOLD, Effect.REFUSE}
    inbound = replace(known, direction="inbound")
    assert not {f.effect for f in judge(sent, inbound)} & {Effect.HOLD, Effect.REFUSE}


def test_a_rescue_that_calls_for_a_push_back_waits_all_the_same():
    body = rescue(condition="Engine stopped; tow them back to your side")
    sent = message("warning.life_at_risk", body, purpose="rescue_only")
    assert Effect.HOLD in {found.effect for found in judge(sent, FACTS)}
