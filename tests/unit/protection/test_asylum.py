"""P1: who seeks or has protection is never told."""

from dataclasses import replace

import pytest
from protection_samples import (
    FACTS,
    INBOUND,
    effects,
    found,
    message,
    notice,
    person,
    reply,
    request,
    rescue,
)

from relec_exchange.protection.model import Effect
from relec_exchange.protection.register import RegisterEntry

RULE = "P1-asylum"
ASK = [(Effect.ASK, "header.recipient")]
CLAIM = "He asked for asylum in June"


@pytest.mark.parametrize(
    "fields",
    [
        {"citizenships": ["PAK"]},
        {"citizenships": ["IRQ", "PAK"]},
        {"citizenships": ...},
        {"residence": "PAK"},
        {"documents": [{"kind": "passport", "number": "X1", "issuer": "PAK"}]},
    ],
)
def test_a_person_who_may_belong_to_the_recipient_waits_for_the_answer(fields):
    sent = message("info.request", request(person(**fields)))
    assert effects(sent, RULE) == ASK
    assert found(sent, RULE)[0].question == "protection-checked"


def test_a_person_known_to_belong_elsewhere_is_not_asked_about():
    assert effects(message("info.request", request(person())), RULE) == []


def test_one_person_of_the_recipient_among_others_is_enough_to_ask():
    sent = message("info.request", request(person(), person(), person(citizenships=["PAK"])))
    assert effects(sent, RULE) == ASK


def test_a_message_about_persons_without_a_person_block_is_asked_about():
    assert effects(message("info.reply", reply("The van is his.")), RULE) == ASK


def test_a_recipient_that_is_no_state_is_nobodys_state_of_citizenship():
    sent = message("info.request", request(person(citizenships=["PAK"])), recipient="secretariat")
    assert effects(sent, RULE) == []


def test_a_question_is_the_senders_alone():
    sent = message("info.request", request(person(citizenships=["PAK"])))
    assert effects(sent, RULE, INBOUND) == []


def test_a_return_with_consent_is_not_asked_about_but_never_names_a_claim():
    body = {
        "planned_on": "2026-12-10",
        "basis": "informed_consent",
        "basis_on": "2026-11-10",
        "persons": [person("migrant", citizenships=["PAK"])],
    }
    assert effects(message("return.notice", body), RULE) == []
    told = message("return.notice", body | {"needs_on_arrival": ["His asylum claim was refused"]})
    assert effects(told, RULE) == [(Effect.REFUSE, "body.needs_on_arrival.0")]


def test_a_claim_in_a_message_about_persons_is_refused_at_both_ends():
    sent = message("info.reply", reply(CLAIM), recipient="secretariat")
    for facts in (FACTS, INBOUND):
        assert effects(sent, RULE, facts) == [(Effect.REFUSE, "body.answers.0.answer")]


def test_a_claim_in_a_warning_waits_for_the_desk():
    sent = message("warning.notice", notice(what=CLAIM))
    assert effects(sent, RULE) == [(Effect.HOLD, "body.what")]


def test_a_source_may_be_called_what_it_is_called():
    assert effects(message("warning.notice", notice(sources=["UNHCR"])), RULE) == []


def test_a_rescue_waits_for_no_word():
    body = rescue(condition="Forty refugees, engine stopped")
    sent = message("warning.life_at_risk", body, purpose="rescue_only")
    assert effects(sent, RULE) == []


def test_the_register_holds_at_both_ends_and_the_finding_is_local():
    facts = replace(INBOUND, registered=(RegisterEntry(names=("Rustam Nazari",)),))
    (held,) = found(message("info.request", request(person())), RULE, facts)
    assert (held.effect, held.local) == (Effect.HOLD, True)
    assert "register" not in held.text


def test_two_messages_that_tell_a_claim_together_are_held():
    facts = replace(FACTS, earlier=("He has been given international",))
    sent = message("info.reply", reply("protection in our country"), recipient="secretariat")
    assert effects(sent, RULE, facts) == [(Effect.HOLD, "body")]
    assert effects(sent, RULE) == []


def test_what_an_earlier_message_said_alone_is_not_held_against_this_one():
    facts = replace(FACTS, earlier=(CLAIM,))
    sent = message("info.reply", reply("The van is blue."), recipient="secretariat")
    assert effects(sent, RULE, facts) == []
