"""P2: one answer for nothing held, refused and protected; the node makes and sends it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from protection_samples import FACTS, ID, INBOUND, effects, message, person, reply, request

from relec_exchange.errors import InvalidInput
from relec_exchange.message.constants import TIMES
from relec_exchange.message.document import compose, parse_message
from relec_exchange.protection.model import Effect
from relec_exchange.protection.rules import judge
from relec_exchange.protection.silent import canonical_reply, reply_slot, says_nothing

RULE = "P2-silent-safe"
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
NOTHING = {"kind": "nothing_can_be_provided"}
MADE = replace(FACTS, node_made=True)
REQUESTS = {
    "info.request": request(person()),
    "doc.verify.request": {
        "fields": {"document_type": "P", "number": "X1", "issuer": "PAK"},
        "question": "valid",
        "why": "Shown at a border",
    },
    "case.referral": {
        "offence": "Transport for money",
        "facts": [
            {
                "number": 1,
                "text": "Paid",
                "source_grade": "B",
                "info_grade": "2",
                "handling": ["H0"],
            }
        ],
        "competent_authority": "Prosecutor",
        "asked": "Take over",
    },
}


@pytest.mark.parametrize("type_name", REQUESTS)
def test_the_nodes_reply_is_valid_and_no_rule_objects_at_either_end(type_name):
    made = canonical_reply(message(type_name, REQUESTS[type_name]), "pk", NOW, ID)
    assert parse_message(made.raw) == made
    assert says_nothing(made)
    assert judge(made, MADE) == ()
    assert not [one for one in judge(made, INBOUND) if one.effect in (Effect.REFUSE, Effect.HOLD)]


def test_replies_to_requests_that_differ_in_nothing_but_the_truth_are_alike():
    asked = message("info.request", request(person()))
    other = message("info.request", request(person(citizenships=["AFG"]), reasons="Another case"))
    first, second = (canonical_reply(one, "pk", NOW, ID) for one in (asked, other))
    assert first.raw == second.raw


def test_a_restriction_that_needs_words_is_left_out_of_the_reply():
    asked = message("info.request", request(), handling=["H1", "H3"], handling_note="By hand")
    reply_header = canonical_reply(asked, "pk", NOW, ID).header
    assert [code.value for code in reply_header.handling] == ["H1"]
    assert reply_header.handling_note is None


def test_a_type_without_a_silent_answer_has_no_reply():
    with pytest.raises(InvalidInput, match="no silent answer"):
        canonical_reply(message("test.ping", {"text": "hello"}), "pk", NOW, ID)


def test_a_silent_answer_by_hand_is_refused_also_in_the_nodes_own_form():
    made = canonical_reply(message("info.request", request()), "pk", NOW, ID)
    assert effects(made, RULE) == [(Effect.REFUSE, "body")]
    assert effects(message("info.reply", NOTHING), RULE) == [(Effect.REFUSE, "body")]
    assert effects(made, RULE, replace(FACTS, replied=True)) == [(Effect.REFUSE, "body")]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("own_ref", "R-3"),
        ("sender_unit", "protection-desk"),
        ("author_role", "protection_desk"),
        ("language", "tr"),
        ("subject_categories", ["victim"]),
        ("retain_until", "2026-12-31"),
    ],
)
def test_a_silent_answer_that_can_be_told_from_others_is_refused_at_both_ends(field, value):
    made = canonical_reply(message("info.request", request()), "pk", NOW, ID)
    header = made.header.model_dump(mode="json", exclude_unset=True) | {field: value}
    marked = compose(header, NOTHING)
    for facts in (MADE, INBOUND):
        assert effects(marked, RULE, facts) == [(Effect.REFUSE, f"header.{field}")]


def test_an_answer_that_says_something_is_no_business_of_this_rule():
    assert effects(message("info.reply", reply("The van is blue.")), RULE) == []


def test_the_slot_is_the_first_full_one_after_three_quarters_of_the_time():
    received = datetime(2026, 11, 21, 10, 7, tzinfo=UTC)
    slot = reply_slot(received, received + timedelta(days=4))
    assert slot == datetime(2026, 11, 24, 11, tzinfo=UTC)


def test_a_moment_that_is_a_slot_is_its_own_slot():
    received = datetime(2026, 11, 21, 10, tzinfo=UTC)
    assert reply_slot(received, received + timedelta(hours=4)) == received + timedelta(hours=3)


def test_slots_are_as_long_as_the_times_say():
    received = datetime(2026, 11, 21, 10, 0, 7, tzinfo=UTC)
    times = TIMES.shortened({"reply_slot_seconds": 10})
    slot = reply_slot(received, received + timedelta(seconds=40), times)
    assert slot == datetime(2026, 11, 21, 10, 0, 40, tzinfo=UTC)


def test_a_deadline_that_has_passed_gives_the_next_slot():
    received = datetime(2026, 11, 21, 10, 7, tzinfo=UTC)
    assert reply_slot(received, received - timedelta(days=1)) == received.replace(hour=11, minute=0)
