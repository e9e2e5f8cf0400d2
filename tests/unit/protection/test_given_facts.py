"""P6 to P9 and the register: pure functions over facts that are given to them."""

from datetime import date

import pytest
from protection_samples import message, person, reply, request
from pydantic import ValidationError

from relec_exchange.errors import InvalidInput
from relec_exchange.message.bodies.consents import Decision, Use
from relec_exchange.message.codes import Handling, Purpose
from relec_exchange.protection.assurance import Assurances, unassured
from relec_exchange.protection.recall import Sent, Told, must_be_told, passed_on, still_open
from relec_exchange.protection.register import RegisterEntry, matches
from relec_exchange.protection.retention import (
    LegalHold,
    Terms,
    check_hold,
    erase_on,
    five_years_after,
    kept_until,
)
from relec_exchange.protection.third_party import Consent, Received, quotes, without_consent

TODAY = date(2026, 11, 21)
OLD = "01a1ff38-3de2-7000-8000-000000000000"


# ---- assurance


def test_suspects_need_both_promises_of_the_agreement():
    sent = message("info.request", request(person("suspect")))
    assert len(list(unassured(sent, Assurances()))) == 2
    (lacking,) = unassured(sent, Assurances(no_death_penalty=True))
    assert "tortured" in lacking.text
    assert not list(unassured(sent, Assurances(no_death_penalty=True, no_torture=True)))


@pytest.mark.parametrize("category", ["witness", "migrant", "contact"])
def test_who_is_called_something_else_is_no_suspect(category):
    sent = message("info.request", request(person(category)))
    assert not list(unassured(sent, Assurances()))


def test_who_is_called_nothing_may_be_a_suspect():
    assert list(unassured(message("info.request", request()), Assurances()))
    assert list(unassured(message("info.request", request(person("unknown"))), Assurances()))


# ---- third parties


def received(provider: str = "iq", **fields: object) -> Received:
    usual: dict[str, object] = {
        "message_id": OLD,
        "provider": provider,
        "purpose": Purpose.PREVENTION,
        "handling": frozenset({Handling.H2}),
    }
    return Received(**(usual | fields))  # type: ignore[arg-type]


def onward(**fields: object) -> Consent:
    usual: dict[str, object] = {
        "message_id": OLD,
        "decision": Decision.GRANTED,
        "use": Use.ONWARD,
        "onward_to": "pk",
    }
    return Consent(**(usual | fields))  # type: ignore[arg-type]


DERIVED = message("info.reply", reply("The van is blue."), derived_from=[OLD])


def test_what_came_under_h2_is_not_passed_on_without_consent():
    (found,) = without_consent(DERIVED, [received()], [], TODAY)
    assert (found.rule, found.field) == ("P7-third-party", "header.derived_from")
    assert not list(without_consent(DERIVED, [received()], [onward()], TODAY))


@pytest.mark.parametrize(
    "consent",
    [
        onward(decision=Decision.REFUSED),
        onward(onward_to="ir"),
        onward(message_id="another"),
        onward(use=Use.COURT),
        onward(expires_on=date(2026, 11, 20)),
    ],
)
def test_a_consent_for_something_else_or_of_yesterday_does_not_count(consent):
    assert list(without_consent(DERIVED, [received()], [consent], TODAY))


def test_a_consent_counts_on_its_last_day():
    assert not list(without_consent(DERIVED, [received()], [onward(expires_on=TODAY)], TODAY))


def test_what_goes_back_to_its_provider_needs_no_consent():
    assert not list(without_consent(DERIVED, [received("pk")], [], TODAY))


def test_a_new_purpose_needs_a_consent_of_its_own():
    other = received(handling=frozenset({Handling.H0}), purpose=Purpose.VICTIM_PROTECTION)
    (found,) = without_consent(DERIVED, [other], [onward()], TODAY)
    assert found.field == "header.purpose"
    granted = onward(use=Use.NEW_PURPOSE, onward_to=None, purpose=DERIVED.header.purpose)
    assert not list(without_consent(DERIVED, [other], [granted], TODAY))


def test_text_that_was_received_is_found_inside_a_new_message():
    told = "The blue van was seen at the old bridge on Friday night with three men"
    again = message("info.reply", reply(f"We hear: {told.upper()}, and more."))
    (found,) = without_consent(again, [received(texts=(told,))], [], TODAY)
    assert found.field == "body"
    assert not list(
        without_consent(
            DERIVED.__class__(again.header, DERIVED.body, b""), [received(texts=(told,))], [], TODAY
        )
    )


def test_a_few_words_alike_are_no_quotation():
    assert not quotes(["the van is blue"], ["the van is blue and parked"])


# ---- retention


@pytest.mark.parametrize(
    ("terms", "day"),
    [
        (Terms(), date(2031, 11, 21)),
        (Terms(national_days=10), date(2026, 12, 1)),
        (Terms(agreement_days=5, national_days=10), date(2026, 11, 26)),
        (Terms(agreement_days=36500), date(2031, 11, 21)),
        (Terms(retain_until=date(2026, 12, 24), agreement_days=100), date(2026, 12, 24)),
    ],
)
def test_the_earliest_of_all_terms_counts(terms, day):
    assert erase_on(TODAY, terms) == day


def test_five_years_after_a_leap_day_are_over_on_the_last_of_february():
    assert five_years_after(date(2028, 2, 29)) == date(2033, 2, 28)


def test_a_hold_keeps_until_it_ends_and_never_shortens():
    terms = Terms(agreement_days=5)
    hold = LegalHold("Trial", "court of the province", date(2027, 3, 1))
    assert kept_until(TODAY, terms, (hold,), TODAY) == date(2027, 3, 1)
    assert kept_until(TODAY, terms, (hold,), date(2027, 3, 2)) == date(2026, 11, 26)
    short = LegalHold("Trial", "court", date(2026, 11, 22))
    assert kept_until(TODAY, terms, (short,), TODAY) == date(2026, 11, 26)


@pytest.mark.parametrize(
    ("hold", "field"),
    [
        (LegalHold(" ", "court", date(2027, 1, 1)), "reason"),
        (LegalHold("Trial", "", date(2027, 1, 1)), "ordered_by"),
        (LegalHold("Trial", "court", date(2026, 11, 20)), "until"),
    ],
)
def test_a_hold_without_reason_author_or_end_is_refused(hold, field):
    with pytest.raises(InvalidInput) as caught:
        check_hold(hold, TODAY)
    assert caught.value.field == field


# ---- recall


SENT = (
    Sent("a", "pk"),
    Sent("b", "iq", derived_from=("a",)),
    Sent("c", "ir", derived_from=("b", "x")),
    Sent("d", "pk", derived_from=("c",)),
    Sent("e", "af"),
    Sent("b", "iq", derived_from=("a",)),
)


def test_everybody_who_got_it_or_what_was_made_from_it_is_told_once():
    told = must_be_told("a", SENT)
    assert told == (Told("pk", "a"), Told("iq", "b"), Told("ir", "c"), Told("pk", "d"))
    assert must_be_told("e", SENT) == (Told("af", "e"),)
    assert must_be_told("unknown", SENT) == ()


def test_messages_that_name_each_other_end_the_search():
    circle = (Sent("a", "pk", ("b",)), Sent("b", "iq", ("a",)))
    assert must_be_told("a", circle) == (Told("pk", "a"), Told("iq", "b"))


def test_a_recall_is_open_until_each_has_answered():
    told = must_be_told("a", SENT)
    assert still_open(told, [Told("iq", "b")]) == (told[0], *told[2:])
    assert still_open(told, told) == ()


def test_others_to_whom_it_was_passed_on_are_named_once():
    told = (Told("pk", "a"), Told("iq", "b"))
    assert passed_on(told, [(told[0], ("Court", "iq")), (told[1], ("Court",))]) == ("Court",)


# ---- register


def entry(**fields: object) -> RegisterEntry:
    return RegisterEntry(**fields)  # type: ignore[arg-type]


def test_an_entry_needs_something_to_be_found_by():
    with pytest.raises(ValidationError):
        entry(note="Somebody")


@pytest.mark.parametrize(
    "one",
    [
        entry(names=("Rustam Nazari",)),
        entry(names=("رستم نظری",)),
        entry(documents=("X 000-0000",)),
        entry(phones=("+90 532 111 22 33",)),
    ],
)
def test_an_entry_is_found_by_name_document_or_phone(one):
    sent = message(
        "info.request",
        request(
            person(
                documents=[{"kind": "passport", "number": "x0000000"}],
                phones=["+905321112233"],
            )
        ),
    )
    other = entry(names=("Karim Example",), documents=("K77881234",))
    assert matches(sent, (other, one)) == (one,)


def test_a_number_of_an_entry_is_found_in_a_text():
    sent = message("info.reply", reply("He showed passport K 7788 1234."))
    assert matches(sent, (entry(documents=("K77881234",)),))
    assert not matches(sent, (entry(documents=("12",)),)), "too short to be told from chance"


def test_a_name_of_somebody_born_in_another_year_is_another_person():
    sent = message("info.request", request(person(birth={"date": "1960", "precision": "year"})))
    assert not matches(sent, (entry(names=("Rustam Nazari",), birth="1988-05-12"),))
    assert matches(sent, (entry(names=("Rustam Nazari",), birth="1962"),))
    assert matches(sent, (entry(names=("Rustam Nazari",)),))
