"""P6 to P9 and the register: pure functions over facts that are given to them."""

from dataclasses import replace
from datetime import date

import pytest
from protection_samples import FACTS, message, person, reply, request
from pydantic import ValidationError

from relec_exchange.errors import InvalidInput
from relec_exchange.message.document import Message
from relec_exchange.protection.assurance import assured, promised
from relec_exchange.protection.model import Effect, Finding
from relec_exchange.protection.recall import Sent, Told, must_be_told, passed_on, still_open
from relec_exchange.protection.register import RegisterEntry, matches
from relec_exchange.protection.retention import (
    LegalHold,
    Terms,
    check_hold,
    erase_on,
    five_years_after,
    goes_on,
    within_ceiling,
)
from relec_exchange.protection.rules import judge
from relec_exchange.trust.assurances import Assurances

TODAY = date(2026, 11, 21)
OLD = "01a1ff38-3de2-7000-8000-000000000000"


# ---- assurance


def unassured(sent: Message, *promises: str) -> list[Finding]:
    return list(assured(sent, replace(FACTS, assurances=promises)))


@pytest.mark.parametrize("direction", ["outbound", "inbound"])
def test_suspects_need_both_promises_of_the_agreement_at_both_ends(direction):
    sent = message("info.request", request(person("suspect")))
    facts = replace(FACTS, direction=direction, assurances=())
    found = [one for one in judge(sent, facts) if one.rule == "P6-assurance"]
    assert [one.effect for one in found] == [Effect.REFUSE, Effect.REFUSE]
    assert not any(one.local for one in found)
    (lacking,) = unassured(sent, "no_death_penalty")
    assert "tortured" in lacking.text
    assert not unassured(sent, "no_death_penalty", "no_torture")


def test_promises_have_the_names_of_the_agreement_s_text():
    assert promised(Assurances()) == ()
    assert promised(Assurances(no_torture=True)) == ("no_torture",)
    assert promised(Assurances(no_torture=True, no_death_penalty=True)) == FACTS.assurances


def test_what_takes_data_back_needs_no_promise():
    body = {"message_id": OLD, "why": "Another person", "reason": "wrong_person"}
    assert not unassured(message("recall", body, data_level="nominal"))
    assert unassured(
        message(
            "correction",
            {
                "message_id": OLD,
                "why": "A typing error",
                "fields": [{"path": "/body/reasons", "now": "A van"}],
            },
            data_level="nominal",
        )
    )


def test_the_answer_that_says_nothing_needs_no_promise():
    assert not unassured(message("info.reply", {"kind": "nothing_can_be_provided"}))


@pytest.mark.parametrize("category", ["witness", "migrant", "contact"])
def test_who_is_called_something_else_is_no_suspect(category):
    sent = message("info.request", request(person(category)))
    assert not unassured(sent)


def test_who_is_called_nothing_may_be_a_suspect():
    assert unassured(message("info.request", request()))
    assert unassured(message("info.request", request(person("unknown"))))


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
    ends = date(2026, 11, 26)
    assert goes_on(ends, None) == ends
    assert goes_on(ends, date(2027, 3, 1)) == date(2027, 3, 2)
    assert goes_on(ends, date(2026, 11, 22)) == ends


@pytest.mark.parametrize("name", ["retain_until", "review_on"])
def test_a_message_that_asks_to_be_kept_beyond_five_years_is_refused(name):
    def findings(day):
        sent = message("info.request", request(), created_at="2026-11-21T10:00:00.000Z")
        header = sent.header.model_copy(update={name: day})
        return list(within_ceiling(replace(sent, header=header), FACTS))

    assert findings(date(2031, 11, 21)) == []
    [found] = findings(date(2031, 11, 22))
    assert (found.rule, found.field) == ("P8-retention", f"header.{name}")


@pytest.mark.parametrize(
    ("hold", "field"),
    [
        (LegalHold(" ", "court", date(2027, 1, 1)), "reason"),
        (LegalHold("Trial", "", date(2027, 1, 1)), "ordered_by"),
        (LegalHold("Trial", "court", date(2026, 11, 20)), "until"),
        (LegalHold("Trial", "court", date(2031, 11, 22)), "until"),
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
