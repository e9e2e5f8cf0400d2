"""P7: what was received goes on, to court, or serves a new purpose, with consent alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from protection_samples import FACTS, INBOUND, message, reply

from relec_exchange.message.bodies.consents import Decision, Use
from relec_exchange.message.codes import Handling, Purpose
from relec_exchange.message.document import Message
from relec_exchange.protection.model import Finding
from relec_exchange.protection.provided import (
    Consent,
    Received,
    consent_document,
    handling_of,
    read_consent,
    read_received,
    received_document,
    under,
)
from relec_exchange.protection.quoting import quotes, runs_of, sounds
from relec_exchange.protection.rules import judge
from relec_exchange.protection.third_party import before_a_court, third_party, without_consent

TODAY = date(2026, 11, 21)
OLD = "01a1ff38-3de2-7000-8000-000000000000"
TOLD = "The blue van was seen at the old bridge on Friday night with three men"


def received(provider: str = "iq", **fields: Any) -> Received:
    usual: dict[str, Any] = {
        "message_id": OLD,
        "provider": provider,
        "purpose": Purpose.PREVENTION,
        "handling": frozenset({Handling.H2}),
        "via": OLD,
    }
    return Received(**(usual | fields))


def onward(**fields: Any) -> Consent:
    usual: dict[str, Any] = {
        "message_id": OLD,
        "provider": "iq",
        "decision": Decision.GRANTED,
        "use": Use.ONWARD,
        "onward_to": "pk",
    }
    return Consent(**(usual | fields))


def again(text: str, **header: Any) -> Message:
    return message("info.reply", reply(text), **header)


DERIVED = again("The van is blue.", derived_from=[OLD])


def found(sent: Message, *came: Received, consents: tuple[Consent, ...] = ()) -> list[Finding]:
    return list(without_consent(sent, came, consents, TODAY))


def test_what_came_under_h2_is_not_passed_on_without_consent() -> None:
    (one,) = found(DERIVED, received())
    assert (one.rule, one.field, one.effect) == ("P7-third-party", "header.derived_from", "refuse")
    assert "iq" in one.remedy
    assert not found(DERIVED, received(), consents=(onward(),))


@pytest.mark.parametrize(
    "consent",
    [
        onward(decision=Decision.REFUSED),
        onward(onward_to="ir"),
        onward(onward_to=None),
        onward(message_id="another"),
        onward(provider="ir"),
        onward(use=Use.COURT),
        onward(expires_on=date(2026, 11, 20)),
    ],
)
def test_a_consent_for_something_else_or_of_yesterday_does_not_count(consent: Consent) -> None:
    assert found(DERIVED, received(), consents=(consent,))


def test_a_consent_counts_on_its_last_day() -> None:
    assert not found(DERIVED, received(), consents=(onward(expires_on=TODAY),))


def test_what_goes_back_to_its_provider_needs_no_consent() -> None:
    assert not found(DERIVED, received("pk"))


def test_what_nobody_names_and_nothing_tells_again_is_not_used() -> None:
    assert not found(again("The van is blue."), received())


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ({"derived_from": [OLD]}, "header.derived_from"),
        ({"related": [OLD]}, "header.related"),
        ({"supersedes": OLD}, "header.supersedes"),
    ],
)
def test_every_way_of_naming_a_message_counts(header: dict[str, Any], field: str) -> None:
    (one,) = found(again("The van is blue.", **header), received())
    assert one.field == field


def test_what_our_own_message_was_made_from_is_followed() -> None:
    own = "01a1ff38-3de2-7001-8000-000000000000"
    assert found(again("It is.", derived_from=[own]), received(via=own))


def test_a_new_purpose_needs_a_consent_of_its_own() -> None:
    other = received(handling=frozenset({Handling.H0}), purpose=Purpose.VICTIM_PROTECTION)
    (one,) = found(DERIVED, other, consents=(onward(),))
    assert one.field == "header.purpose"
    granted = onward(use=Use.NEW_PURPOSE, onward_to=None, purpose=DERIVED.header.purpose)
    assert not found(DERIVED, other, consents=(granted,))
    another = replace(granted, purpose=Purpose.RETURN_REINTEGRATION)
    assert found(DERIVED, other, consents=(another,))


def test_the_rule_asks_the_sender_alone() -> None:
    facts = replace(FACTS, received=(received(),))
    assert "P7-third-party" in {one.rule for one in judge(DERIVED, facts)}
    assert not list(third_party(DERIVED, replace(INBOUND, received=(received(),))))


def test_nothing_is_made_from_what_was_called_back() -> None:
    for word, stopped in (("recalled", True), ("erased", True), ("corrected", False)):
        came = received(handling=frozenset({Handling.H0}), withdrawn=word)
        rules = {one.rule for one in judge(DERIVED, replace(FACTS, received=(came,)))}
        assert ("P9-recall" in rules) is stopped, word


# ---- passages that are told again


@pytest.mark.parametrize(
    "text",
    [
        f"We hear: {TOLD.upper()}, and more.",
        TOLD.replace(" ", "-"),
        f"<b>{TOLD}</b>",
        "the blue van was\nseen at the old bridge, on friday night; with three men!",
        "Тhe blue vаn wаs seen at the оld bridge on Friday night with thrее men",
    ],
)
def test_a_passage_is_found_whatever_its_spelling(text: str) -> None:
    (one,) = found(again(text), received(via="", runs=runs_of([TOLD])))
    assert one.field == "body"


@pytest.mark.parametrize(
    ("came", "told"),
    [
        (
            "کامیون آبی جمعه شب نزدیک پل قدیمی با سه مرد دیده شد",
            "kamion-e abi jome shab nazdik-e pol-e ghadimi ba se mard dide shod",
        ),
        (
            "নীল ভ্যান শুক্রবার রাতে পুরানো সেতুর কাছে তিনজন লোকসহ",
            "nil bhyan shukrabar rate purano setur kachhe tinajan lokasah",
        ),
        (
            "синий фургон видели у старого моста в пятницу ночью с тремя",
            "sinii furgon videli u starogo mosta v piatnitsu nochiu s tremia",
        ),
    ],
)
def test_a_passage_is_found_in_another_script(came: str, told: str) -> None:
    assert quotes(again(f"He says: {told}."), runs_of([came]))
    assert quotes(again(f"He says: {came}."), runs_of([told]))


@pytest.mark.parametrize(
    "text",
    ["The van is blue.", "A blue van was seen at a bridge.", "Friday night, three men, no van."],
)
def test_a_few_words_alike_are_no_quotation(text: str) -> None:
    assert not quotes(again(text), runs_of([TOLD]))


def test_without_passages_nothing_is_told_again() -> None:
    assert not quotes(again(TOLD), ())


def test_sounds_leave_vowels_and_marks_out() -> None:
    assert sounds("Jom'e, شب 17!") == sounds("jmh shab 17") == "kmsb17"


# ---- codes


def test_the_codes_of_a_message_are_those_of_all_its_parts() -> None:
    body = reply(TOLD)
    body["answers"][0]["handling"] = ["H1", "H2"]
    mixed = message("info.reply", body, handling=["H0"])
    assert handling_of(mixed) == {Handling.H0, Handling.H1, Handling.H2}
    assert under(mixed, Handling.H2) == ("body.answers.0",)
    assert under(again("x", handling=["H2"]), Handling.H2) == ("body",)
    assert under(again("x"), Handling.H2) == ()


# ---- courts


@pytest.mark.parametrize("code", [Handling.H1, Handling.H2])
def test_no_court_under_h1_or_h2_without_its_own_consent(code: Handling) -> None:
    came = received(handling=frozenset({code}))
    (one,) = before_a_court(came, (onward(),), TODAY)
    assert (one.rule, one.field) == ("P7-third-party", "use")
    court = onward(use=Use.COURT, onward_to=None, expires_on=TODAY)
    assert before_a_court(came, (court,), TODAY) == ()
    assert before_a_court(came, (court,), date(2026, 11, 22))


@pytest.mark.parametrize("code", [Handling.H0, Handling.H3])
def test_what_came_under_other_codes_may_go_before_a_court(code: Handling) -> None:
    assert before_a_court(received(handling=frozenset({code})), (), TODAY) == ()


# ---- as facts are kept


def test_what_is_kept_as_facts_reads_back_the_same() -> None:
    came = received(runs=("ab" * 8,), withdrawn="recalled")
    assert read_received(received_document(came)) == came
    for consent in (onward(), onward(expires_on=TODAY, purpose=Purpose.PREVENTION)):
        assert read_consent(consent_document(consent)) == consent
