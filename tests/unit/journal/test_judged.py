"""Judgements as they are kept: replayable, and holding no more than a finding rests on."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date

import pytest

from relec_exchange.client.compose import Author, Draft, composed
from relec_exchange.errors import IntegrityFailure
from relec_exchange.journal import judged
from relec_exchange.journal.judged import completed, found, judgement_row, outcome, read_judgement
from relec_exchange.journal.judgements import Judgement
from relec_exchange.message.codes import AuthorRole
from relec_exchange.message.document import Message
from relec_exchange.message.identifiers import message_id, parse_time
from relec_exchange.protection.assurance import BOTH, promised
from relec_exchange.protection.model import Effect, Facts, Finding
from relec_exchange.protection.register import RegisterEntry
from relec_exchange.protection.rules import rules_digest
from relec_exchange.records import Update

NOW = "2026-11-02T08:00:00.000Z"
KEY = ("in/tr/some", bytes(range(64)))
NAMED = RegisterEntry(names=("Zarifa Simulated",))
OTHER = RegisterEntry(names=("Somebody Else",))
FACTS = Facts(
    "exercise",
    "inbound",
    date(2026, 11, 2),
    known_names=("Kemal Other",),
    registered=(NAMED, OTHER),
    earlier=("Said before.",),
    assurances=promised(BOTH),
)


def request(name: str) -> Message:
    body = {
        "questions": [{"number": 1, "text": "Is the stamp known?", "why": "A forged visa."}],
        "reasons": "A simulated case.",
        "persons": [
            {
                "category": "suspect",
                "names": [{"text": name, "kind": "birth", "script": "Latn"}],
                "citizenships": ["IRQ"],
            }
        ],
    }
    author = Author("tr", True, "contact-point", AuthorRole.SUBMITTER)
    header = {"purpose": "criminal_investigation"}
    now = parse_time(NOW)
    return composed(
        Draft("info.request", "pk", body, header), author, message_id(now, bytes(10)), now
    )


def judgement_of(message: Message) -> Judgement:
    return Judgement(found(message, FACTS), FACTS)


def kept(message: Message, judgement: Judgement) -> Judgement:
    """What is read back once the record is complete."""
    row = judgement_row(message, judgement, NOW, KEY, os.urandom)
    for change in completed(message, judgement, KEY, os.urandom):
        assert isinstance(change, Update)
        row = replace(row, content=change.values["content"])
    read, rules = read_judgement(row, KEY[1])
    assert rules == rules_digest()
    return read


def test_a_hold_is_kept_with_the_entry_that_it_rests_on_and_no_other() -> None:
    message = request("Zarifa Simulated")
    judgement = judgement_of(message)
    assert outcome(judgement.findings) == "held"
    read = kept(message, judgement)
    assert read.facts.registered == (NAMED,)
    assert (read.facts.known_names, read.facts.earlier) == ((), ())
    assert found(message, read.facts) == read.findings == judgement.findings


def test_a_clear_judgement_is_kept_without_any_name() -> None:
    message = request("Another Person")
    judgement = judgement_of(message)
    assert (outcome(judgement.findings), completed(message, judgement, KEY, os.urandom)) == (
        "clear",
        [],
    )
    read = kept(message, judgement)
    assert (read.facts.registered, read.facts.known_names, read.facts.earlier) == ((), (), ())
    assert found(message, read.facts) == read.findings == ()


def test_what_is_written_with_the_message_is_alike_for_a_hold_and_none() -> None:
    """The facts come after the receipts are out: no receipt waits for them."""
    rows = [
        judgement_row(message, judgement_of(message), NOW, KEY, os.urandom)
        for message in (request("Zarifa Simulated"), request("Another Person"))
    ]
    for row in rows:
        assert read_judgement(row, KEY[1])[0].facts.registered == ()
        assert b"Zarifa" not in row.content


def test_a_record_moved_to_another_message_does_not_open() -> None:
    message = request("Another Person")
    row = judgement_row(message, judgement_of(message), NOW, KEY, os.urandom)
    with pytest.raises(IntegrityFailure):
        read_judgement(replace(row, key_id="in/tr/other"), KEY[1])


def test_at_the_recipient_only_refusals_and_holds_count(monkeypatch: pytest.MonkeyPatch) -> None:
    all_of_them = tuple(Finding("P9-test", effect, "header", "x") for effect in Effect)
    monkeypatch.setattr(judged, "judge", lambda message, facts: all_of_them)
    message = request("Another Person")
    assert {one.effect for one in found(message, FACTS)} == {Effect.REFUSE, Effect.HOLD}
    assert found(message, replace(FACTS, direction="outbound")) == all_of_them


@pytest.mark.parametrize(
    ("effects", "word"),
    [
        ((), "clear"),
        ((Effect.ASK,), "asked"),
        ((Effect.SECOND, Effect.HOLD), "held"),
        ((Effect.HOLD, Effect.REFUSE, Effect.ASK), "refused"),
    ],
)
def test_the_outcome_is_the_strongest_effect(effects: tuple[Effect, ...], word: str) -> None:
    assert outcome([Finding("P9-test", effect, "header", "x") for effect in effects]) == word
