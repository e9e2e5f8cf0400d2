"""What a message waits for follows from findings and acts alone."""

from __future__ import annotations

from itertools import combinations

import pytest

from relec_exchange.outbound.needs import Done, leaves, waiting_state, waits_for
from relec_exchange.protection.model import Effect, Finding

WARNING = "warning.notice"
RESCUE = "warning.life_at_risk"


def finding(effect: Effect, question: str = "") -> Finding:
    return Finding("P9-test", effect, "body", "a test", question=question)


ASK = finding(Effect.ASK, "protection-checked")
HOLD, SECOND, APPROVE = (finding(e) for e in (Effect.HOLD, Effect.SECOND, Effect.APPROVE))

# finding, the word it asks for, and what takes it away
NEEDS = (
    (ASK, "answer:protection-checked", {"answered": frozenset({"protection-checked"})}),
    (HOLD, "desk", {"freed": True}),
    (APPROVE, "approve", {"approved": True}),
    (SECOND, "release", {"released": True, "second": True}),
)


@pytest.mark.parametrize(("found", "word", "done"), NEEDS)
def test_each_need_alone_keeps_a_message_until_it_is_met(
    found: Finding, word: str, done: dict[str, object]
) -> None:
    released = {} if word == "release" else {"released": True}
    assert waits_for(WARNING, [found], Done(**released)) == (word,)
    assert waits_for(WARNING, [found], Done(**{**released, **done})) == ()


@pytest.mark.parametrize("count", range(2, 5))
def test_needs_together_stand_in_one_order_and_are_met_one_by_one(count: int) -> None:
    for chosen in combinations(NEEDS, count):
        findings = [found for found, _, _ in reversed(chosen)]
        done: dict[str, object] = {}
        for n in range(len(chosen)):
            missing = [word for _, word, _ in chosen[n:]]
            if "release" not in missing and "second" not in done:
                missing.append("release")
            assert list(waits_for(WARNING, findings, Done(**done))) == missing
            done.update(chosen[n][2])
        done.setdefault("released", True)
        assert leaves(waits_for(WARNING, findings, Done(**done)))


def test_every_message_needs_a_release_and_only_second_asks_for_another_person() -> None:
    assert waits_for(WARNING, [], Done()) == ("release",)
    assert waits_for(WARNING, [], Done(released=True)) == ()
    assert waits_for(WARNING, [SECOND], Done(released=True)) == ("release",)


def test_a_rescue_message_goes_first_and_is_confirmed_after() -> None:
    assert waits_for(RESCUE, [SECOND], Done()) == ("confirm",)
    assert leaves(waits_for(RESCUE, [SECOND], Done()))
    assert waits_for(RESCUE, [SECOND], Done(released=True)) == ("confirm",)
    assert waits_for(RESCUE, [], Done(released=True, second=True)) == ()


def test_a_rescue_message_is_kept_back_by_questions_and_holds_as_any_other() -> None:
    assert waits_for(RESCUE, [ASK, HOLD], Done()) == (
        "answer:protection-checked",
        "desk",
        "confirm",
    )
    assert not leaves(waits_for(RESCUE, [HOLD], Done()))


def test_a_question_is_asked_once_whatever_many_fields_it_is_about() -> None:
    assert waits_for(WARNING, [ASK, ASK], Done(released=True)) == ("answer:protection-checked",)


def test_what_waits_for_answers_or_the_desk_is_held_and_the_rest_submitted() -> None:
    assert waiting_state(("answer:protection-checked", "release")) == "held"
    assert waiting_state(("desk",)) == "held"
    assert waiting_state(("approve", "release")) == "submitted"
