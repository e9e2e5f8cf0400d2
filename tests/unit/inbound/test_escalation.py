"""Escalation: what nobody acknowledged in time, told once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from relec_exchange.inbound.escalation import Unacknowledged, escalations
from relec_exchange.inbound.units import EscalationRules
from relec_exchange.message.codes import Urgency

NOW = datetime(2026, 11, 21, 17, 30, tzinfo=UTC)
RULES = EscalationRules(flash_minutes=10, urgent_minutes=240, routine_minutes=4320)


def waiting(urgency: Urgency = Urgency.FLASH, age_minutes: float = 0) -> Unacknowledged:
    return Unacknowledged(
        message_id="019aa000-0000-7000-8000-000000000001",
        sender="tr",
        unit="rescue",
        type="warning.life_at_risk",
        urgency=urgency,
        received_at=NOW - timedelta(minutes=age_minutes),
    )


@pytest.mark.parametrize(
    ("urgency", "minutes"),
    [(Urgency.FLASH, 10), (Urgency.URGENT, 240), (Urgency.ROUTINE, 4320)],
)
def test_each_urgency_has_its_own_limit_and_the_limit_itself_counts(
    urgency: Urgency, minutes: int
) -> None:
    assert escalations([waiting(urgency, minutes - 0.001)], RULES, NOW) == ()
    (told,) = escalations([waiting(urgency, minutes)], RULES, NOW)
    assert told.overdue_since == NOW


def test_what_was_told_before_is_not_told_again() -> None:
    assert escalations([replace(waiting(age_minutes=60), escalated=True)], RULES, NOW) == ()


def test_an_earlier_deadline_of_the_message_counts() -> None:
    message = replace(waiting(Urgency.ROUTINE, 30), deadline=NOW - timedelta(minutes=5))
    (told,) = escalations([message], RULES, NOW)
    assert told.overdue_since == NOW - timedelta(minutes=5)


def test_a_later_deadline_does_not_lengthen_the_limit() -> None:
    message = replace(waiting(age_minutes=10), deadline=NOW + timedelta(days=1))
    assert len(escalations([message], RULES, NOW)) == 1


def test_a_deadline_that_had_passed_on_arrival_is_overdue_from_the_arrival() -> None:
    message = replace(waiting(age_minutes=1), deadline=NOW - timedelta(days=1))
    (told,) = escalations([message], RULES, NOW)
    assert told.overdue_since == message.received_at


def test_the_longest_overdue_comes_first_and_nothing_of_the_body_is_told() -> None:
    late, later = waiting(age_minutes=20), replace(waiting(age_minutes=90), sender="iq")
    found = escalations([late, later], RULES, NOW)
    assert [one.sender for one in found] == ["iq", "tr"]
    assert set(type(found[0]).__slots__) == {
        "message_id",
        "sender",
        "unit",
        "type",
        "urgency",
        "overdue_since",
        "deadline",
    }
