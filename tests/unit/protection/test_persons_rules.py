"""P3, P4 and P10: victims, children, and the second person."""

from dataclasses import replace

import pytest
from protection_samples import FACTS, INBOUND, effects, found, message, notice, person, request

from relec_exchange.protection.model import Effect

P3, P4, P10 = "P3-victim-identity", "P4-children", "P10-four-eyes"
REFERRAL = {
    "consent": {
        "given_on": "2026-11-20",
        "given_by": "self",
        "scope": "Name and needs",
        "reference": "C-12",
    },
    "person": person("victim", age_band="18-34"),
    "needs": ["A safe place to sleep"],
    "safe_contact": "Through the shelter",
}
IDENTIFYING = {
    "names": [{"text": "Leyla Example", "kind": "birth", "script": "Latn"}],
    "birth": {"date": "1990", "precision": "year"},
    "documents": [{"kind": "passport", "number": "X1"}],
    "phones": ["+905321112233"],
    "handles": [{"platform": "videos", "handle": "leyla.example"}],
}


@pytest.mark.parametrize("category", ["victim", "possible_victim"])
@pytest.mark.parametrize("field", IDENTIFYING)
def test_what_identifies_a_victim_is_refused_outside_a_referral(category, field):
    victim = {"category": category, "description": "A woman", field: IDENTIFYING[field]}
    sent = message("info.request", request(person(), victim))
    for facts in (FACTS, INBOUND):
        assert (Effect.REFUSE, f"body.persons.1.{field}") in effects(sent, P3, facts)


def test_a_description_of_a_victim_is_asked_about():
    victim = {"category": "victim", "description": "A woman of about thirty"}
    assert effects(message("info.request", request(victim)), P3) == [
        (Effect.ASK, "body.persons.0.description")
    ]


def test_a_victim_may_be_named_in_a_referral():
    assert effects(message("protection.referral", REFERRAL), P3) == []


def test_a_header_that_speaks_of_a_victim_makes_the_unclear_person_one():
    sent = message(
        "info.request", request(person("unknown")), subject_categories=["victim", "unknown"]
    )
    assert effects(sent, P3) == [(Effect.REFUSE, "body.persons.0.names")]
    case = message(
        "info.request", request(person("suspect")), subject_categories=["suspect", "victim"]
    )
    assert effects(case, P3) == []


def test_a_referral_that_speaks_of_an_offence_waits_for_the_desk():
    told = REFERRAL | {"needs": ["A lawyer, for she is a suspect"]}
    assert effects(message("protection.referral", told), P3) == [(Effect.HOLD, "body.needs.0")]


def test_a_victim_in_a_text_beside_a_known_name_waits_for_the_desk():
    facts = replace(FACTS, known_names=("Leyla Example",))
    text = "He is tall. The victim Leyla Example knows him."
    sent = message("info.request", request(reasons=text))
    assert effects(sent, P3, facts) == [(Effect.HOLD, "body.reasons")]
    apart = message("info.request", request(reasons="Leyla Example is tall. A victim knows him."))
    assert effects(apart, P3, facts) == []


@pytest.mark.parametrize(
    ("birth", "child"),
    [
        ({"date": "2008-11-21", "precision": "day"}, False),
        ({"date": "2008-11-22", "precision": "day"}, True),
        ({"date": "2008-11", "precision": "month"}, True),
        ({"date": "2008-10", "precision": "month"}, False),
        ({"date": "2008", "precision": "year"}, True),
        ({"date": "2007", "precision": "year"}, False),
        ({"date": "2006", "precision": "estimated"}, True),
        ({"date": "2005", "precision": "estimated"}, False),
        (
            {
                "date": "2008-11-20",
                "precision": "day",
                "source": {"calendar": "lunar_hijri", "text": "22 11 1429"},
            },
            True,
        ),
    ],
)
def test_whoever_may_be_under_18_on_the_day_counts_as_a_child(birth, child):
    sent = message("info.request", request(person(birth=birth)))
    assert ((Effect.APPROVE, "body") in effects(sent, P4)) is child
    assert ((Effect.REFUSE, "body.persons.0.birth") in effects(sent, P4)) is child


@pytest.mark.parametrize("band", ["0-13", "14-17", "0-17"])
def test_a_child_by_band_needs_somebody_who_speaks_and_an_approval(band):
    alone = message("info.request", request(person(age_band=band)))
    assert effects(alone, P4) == [
        (Effect.REFUSE, "body.persons.0.guardian_note"),
        (Effect.APPROVE, "body"),
    ]
    spoken = message("info.request", request(person(age_band=band, best_interest_note="School")))
    assert effects(spoken, P4) == [(Effect.APPROVE, "body")]


@pytest.mark.parametrize(
    "text", ["A girl in a red coat", "کودکی با کت قرمز", "Kırmızı ceketli çocuk"]
)
def test_a_description_of_a_child_is_approved_even_without_an_age(text):
    sent = message("info.request", request(person("unknown", description=text)))
    assert effects(sent, P4) == [(Effect.APPROVE, "body")]


def test_a_birth_date_that_is_needed_may_go():
    child = person(
        birth={"date": "2012-03-04", "precision": "day"},
        birth_needed="Two children have the same name",
        guardian_note="Appointed",
    )
    assert effects(message("info.request", request(child)), P4) == [(Effect.APPROVE, "body")]


def test_the_guardian_of_a_referral_speaks_for_the_child():
    body = REFERRAL | {
        "person": person("victim", age_band="14-17"),
        "guardian": "Appointed by the court",
    }
    assert effects(message("protection.referral", body), P4) == [(Effect.APPROVE, "body")]


@pytest.mark.parametrize(
    "text",
    [
        "The girl was born on 2012-03-04.",
        "Born 04.03.2012 in the city",
        "Doğum tarihi 04.03.2012",
        "متولد ۱۳۹۰ است",
        "জন্ম ২০১২ সালে",
    ],
)
def test_a_birth_date_of_a_child_in_a_text_waits_for_the_desk(text):
    sent = message("info.request", request(reasons=text))
    assert effects(sent, P4) == [(Effect.HOLD, "body.reasons")]


@pytest.mark.parametrize(
    "text",
    [
        "He was born in 1980 and came in 2021.",
        "The van of 2015 was new-born once upon a time, in 1990",
    ],
)
def test_a_date_of_an_adult_or_far_from_a_birth_passes(text):
    assert effects(message("info.request", request(reasons=text)), P4) == []


def test_identified_persons_need_a_second_person():
    assert effects(message("info.request", request()), P10) == [
        (Effect.SECOND, "header.data_level")
    ]


@pytest.mark.parametrize("codes", [["H1"], ["H2"], ["H1", "H2"]])
def test_restricted_handling_needs_a_second_person(codes):
    assert effects(message("warning.notice", notice(), handling=codes), P10) == [
        (Effect.SECOND, "header.handling")
    ]


def test_the_first_use_of_an_agreement_needs_a_second_person():
    facts = replace(FACTS, first_use=True)
    sent = message("warning.notice", notice())
    assert effects(sent, P10) == []
    assert effects(sent, P10, facts) == [(Effect.SECOND, "header.recipient")]


def test_types_without_a_level_need_no_second_person():
    facts = replace(FACTS, first_use=True)
    ack = message("ack", {"unit": "Desk", "action_taken": "Boat sent"}, handling=["H1"])
    assert effects(ack, P10, facts) == []


def test_victims_and_children_are_named_among_the_reasons():
    sent = message(
        "info.request",
        request(person(age_band="14-17", guardian_note="Aunt")),
        subject_categories=["victim"],
    )
    assert [one.field for one in found(sent, P10)] == [
        "header.data_level",
        "header.subject_categories",
        "body",
    ]
