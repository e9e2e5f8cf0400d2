"""What is kept of a decision can be replayed, and holds nothing that the decision did not need."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relec_exchange.journal.judgements import (
    About,
    Judgement,
    detail,
    judged,
    kept,
    read_detail,
    refusing,
)
from relec_exchange.message.document import Message, compose
from relec_exchange.protection import rules
from relec_exchange.protection.model import Effect, Facts, Finding, Rule
from relec_exchange.protection.register import RegisterEntry
from relec_exchange.sealing.atrest import decrypt

FACTS = Facts("exercise", "outbound", date(2026, 11, 2))
NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
ENTRY = RegisterEntry(names=("A simulated name",), fears=("IRN",))
MESSAGE = compose(
    {
        "message_id": "01a1ff38-3de2-7fff-bfff-ffffffffffff",
        "type": "test.ping",
        "schema_version": 1,
        "sender": "tr",
        "recipient": "pk",
        "exercise": True,
        "created_at": "2026-11-02T08:00:00.000Z",
        "sender_unit": "contact-point",
        "author_role": "submitter",
        "area": "migrant_smuggling",
        "purpose": "prevention",
        "data_level": "none",
        "handling": ["H0"],
        "urgency": "routine",
        "language": "en",
    },
    {"text": "a test"},
)


def finding(effect: Effect = Effect.HOLD) -> Finding:
    return Finding("P1-test", effect, "body.what", "a test", local=True)


def in_force(monkeypatch: pytest.MonkeyPatch, *needed: str) -> None:
    """One rule: it finds something where all these names are known."""

    def check(message: Message, facts: Facts) -> Iterable[Finding]:
        return [finding()] if set(needed) <= set(facts.known_names) else []

    monkeypatch.setattr(rules, "RULES", (Rule("P1-test", 1, "A test.", "A test.", check),))


@settings(max_examples=40)
@given(
    st.lists(st.sampled_from(Effect), max_size=4),
    st.lists(st.text(max_size=20), max_size=3),
    st.booleans(),
)
def test_a_judgement_is_read_back_as_it_was_written(
    effects: list[Effect], names: list[str], first: bool
) -> None:
    facts = replace(
        FACTS, known_names=tuple(names), registered=(ENTRY,), earlier=("a text",), first_use=first
    )
    whole = Judgement(tuple(finding(effect) for effect in effects), facts)
    assert read_detail(detail(whole)) == whole


def test_what_led_to_no_finding_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    in_force(monkeypatch, "nobody")
    facts = replace(FACTS, known_names=("one", "two"), registered=(ENTRY,), earlier=("a text",))
    assert judged(MESSAGE, facts) == Judgement((), FACTS)


@pytest.mark.parametrize("place", [0, 7, 99])
def test_of_many_names_only_the_one_that_was_found_is_kept(
    monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    names = [f"name {n}" for n in range(100)]
    in_force(monkeypatch, names[place])
    seen = judged(MESSAGE, replace(FACTS, known_names=tuple(names), earlier=("a text",)))
    assert (seen.findings, seen.facts.known_names) == ((finding(),), (names[place],))
    assert seen.facts.earlier == ()


def test_names_that_are_needed_together_are_kept_together(monkeypatch: pytest.MonkeyPatch) -> None:
    in_force(monkeypatch, "first", "last")
    names = ("first", "middle", "last", "more")
    seen = judged(MESSAGE, replace(FACTS, known_names=names))
    assert {"first", "last"} <= set(seen.facts.known_names)
    assert rules.judge(MESSAGE, seen.facts) == seen.findings


def test_a_record_says_its_outcome_and_hides_the_rest() -> None:
    about = About("0192e4a0-7b1c-7abc-8def-0123456789ab", "pk", "outbound")
    whole = Judgement((finding(),), replace(FACTS, registered=(ENTRY,)))
    row, secrets = kept(about, whole, "held", NOW, os.urandom)
    assert (row.outcome, row.peer, row.direction) == ("held", "pk", "outbound")
    assert b"P1-test" not in row.content
    assert b"simulated" not in row.content
    secret = secrets[row.key_id]
    assert read_detail(decrypt(secret[:32], row.key_id.encode(), row.content)) == whole


def test_the_first_refusal_is_the_one_that_is_told() -> None:
    first, second = finding(Effect.REFUSE), replace(finding(Effect.REFUSE), rule="P2-test")
    assert refusing([finding(), first, second]) == first
    assert refusing([finding()]) is None
