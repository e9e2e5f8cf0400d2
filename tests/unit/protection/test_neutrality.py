"""P5: no forbidden ground; open types name nobody and serve no push-back."""

from dataclasses import replace

import pytest
from protection_samples import FACTS, effects, message, notice, person, request

from relec_exchange.protection.model import Effect

RULE = "P5-neutrality"
TODAY = {"from": "2026-11-21", "to": "2026-11-21"}
POSITION = {"country": "TR", "position": {"lat": 41.67, "lon": 26.55}}


@pytest.mark.parametrize(
    "ground",
    [
        "He is wanted for his political activities",
        "Firari asker olduğu için",
        "بسبب مذهبه",
        "به دلیل قومیت او",
        "د قوم له امله",
        "توہین مذہب کا مقدمہ",
        "ধর্ম অবমাননার মামলা",
    ],
)
def test_a_ground_is_refused_where_a_message_says_its_reason(ground):
    sent = message("info.request", request(person(), reasons=ground))
    assert effects(sent, RULE) == [(Effect.REFUSE, "body.reasons")]


def test_a_ground_by_the_way_waits_for_the_desk():
    sent = message("info.request", request(person(description="A deserter from the army")))
    assert effects(sent, RULE) == [(Effect.HOLD, "body.persons.0.description")]


def test_a_word_that_may_be_a_ground_waits_for_the_desk_where_a_reason_stands():
    sent = message("info.request", request(reasons="He is a journalist who was in the van"))
    assert effects(sent, RULE) == [(Effect.HOLD, "body.reasons")]
    aside = message("info.request", request(person(description="A journalist")))
    assert effects(aside, RULE) == []


@pytest.mark.parametrize(
    "text",
    [
        "The van passed the military checkpoint",
        "He carried a forged military identity card",
        "The shop is behind the church and beside the mosque",
        "قومی شناختی کارڈ نمبر پوچھا گیا",
        "Party of twelve people in a van",
    ],
)
def test_places_and_papers_are_no_grounds(text):
    assert effects(message("info.request", request(reasons=text)), RULE) == []


@pytest.mark.parametrize(
    "text",
    [
        "The gang called Falcons",
        "Sold by Golden Road Ltd.",
        "Karwan adlı grup",
        "گروهی به نام کاروان",
    ],
)
def test_names_of_groups_and_companies_in_a_warning_wait_for_the_desk(text):
    assert effects(message("warning.notice", notice(what=text)), RULE) == [
        (Effect.HOLD, "body.what")
    ]


def test_a_list_of_persons_in_a_warning_waits_for_the_desk():
    listed = "Look for:\n1. Rustam Nazari, 1988\n2. Karim Example, 1990"
    assert effects(message("warning.notice", notice(what=listed)), RULE) == [
        (Effect.HOLD, "body.what")
    ]


def test_a_list_of_things_is_no_list_of_persons():
    listed = "Signs:\n1. Covered windows\n2. Wet shoes at the stop"
    assert effects(message("warning.notice", notice(what=listed)), RULE) == []


def test_driving_back_is_refused_as_action_and_held_elsewhere():
    asked = message("warning.notice", notice(recommended_action="Push them back"))
    assert effects(asked, RULE) == [(Effect.REFUSE, "body.recommended_action")]
    said = message("warning.notice", notice(what="They were pushed back twice"))
    assert effects(said, RULE) == [(Effect.HOLD, "body.what")]


def test_what_happened_to_the_dead_may_be_told():
    body = notice(
        kind="deadly_incident",
        what="The boat turned over while it was being towed back",
        persons={"dead_or_missing": 3},
    )
    assert effects(message("warning.notice", body), RULE) == []


def test_the_position_of_one_group_today_waits_for_the_desk():
    sent = message("warning.notice", notice(where=POSITION, when=TODAY))
    assert effects(sent, RULE) == [(Effect.HOLD, "body.where.position")]


@pytest.mark.parametrize(
    "change",
    [
        {"when": {"from": "2026-11-19", "to": "2026-11-20"}},
        {"when": {"from": "2026-10-01", "to": "2026-11-21"}},
        {"where": {"country": "TR", "subdivision": "TR-65"}},
        {"kind": "document_fraud"},
    ],
)
def test_positions_of_yesterday_of_a_season_or_of_no_one_pass(change):
    sent = message("warning.notice", notice(**({"where": POSITION, "when": TODAY} | change)))
    assert effects(sent, RULE) == []


@pytest.mark.parametrize("text", ["Wait at 41.67742, 26.55831", "at 41°40'38\"N 26°33'29\"E"])
def test_an_exact_place_in_words_waits_for_the_desk(text):
    assert effects(message("warning.notice", notice(what=text)), RULE) == [
        (Effect.HOLD, "body.what")
    ]


def test_prices_and_distances_are_no_places():
    text = "Prices rose from 1,500 to 2,300 euros; the walk is 12.5 km"
    assert effects(message("warning.notice", notice(what=text)), RULE) == []


def test_two_spellings_of_one_number_are_no_series():
    series = {"issuer": "PAK", "document_type": "P", "count": 2, "state": "stolen_blank"}
    one = message("doc.alert", {"series": [series | {"first": "AB 01", "last": "ab-01"}]})
    assert effects(one, RULE) == [(Effect.REFUSE, "body.series.0")]
    few = message("doc.alert", {"series": [series | {"first": "AB01", "last": "AB02"}]})
    assert effects(few, RULE) == [(Effect.HOLD, "body.series.0.count")]
    many = series | {"first": "AB01", "last": "AB99", "count": 99}
    assert effects(message("doc.alert", {"series": [many]}), RULE) == []


def test_a_ground_told_in_two_messages_is_held():
    facts = replace(FACTS, earlier=("He did no military",))
    body = {"kind": "answer", "items": [{"number": 1, "text": "service, and ran away"}]}
    assert effects(message("info.clarify", body), RULE, facts) == [(Effect.HOLD, "body")]


def test_a_warning_on_people_for_what_they_think_waits_for_the_desk():
    sent = message("warning.notice", notice(what="Dissidents leave by the old road"))
    assert effects(sent, RULE) == [(Effect.HOLD, "body.what")]


def test_a_group_is_not_described_by_origin_or_belief():
    body = notice(kind="group", group="Kurdish men who drive vans")
    assert effects(message("warning.notice", body), RULE) == [(Effect.HOLD, "body.group")]


def test_a_recall_may_say_that_the_message_had_a_forbidden_ground():
    body = {
        "message_id": "01a1ff38-3de2-7000-8000-000000000000",
        "reason": "unlawful",
        "why": "He was looked for because of his political opinions",
    }
    assert effects(message("recall", body, data_level="nominal"), RULE) == []
