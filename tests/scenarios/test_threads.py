"""Conversations between two nodes: clocks that stop, corrections, recalls, contacts, breaches."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from conversations import (
    about,
    answered,
    arrived,
    clarified,
    close,
    delivered,
    left,
    nominal,
    request_about,
    talking,
    told,
)
from core_network import check_logs, entries, letter, sent, state, warning
from relec_exchange.errors import Conflict, InvalidInput, NotAuthorised
from relec_exchange.message.document import Message
from relec_exchange.message.identifiers import format_time, parse_time
from relec_exchange.records import AlarmRow, InboxRow, OutboxRow, Where
from relec_exchange.testing import SECOND, SimulatedNetwork

WEEK = timedelta(days=7)


@pytest.fixture
def network(tmp_path: Path) -> Iterator[SimulatedNetwork]:
    with talking(tmp_path) as made:
        yield made


def times(network: SimulatedNetwork, ident: str) -> tuple[str, str]:
    """When the answer is due as each end says it: tr, who asked, and pk."""
    return left(network, "tr", ident).due_at, arrived(network, "pk", ident).due_at


def replies(network: SimulatedNetwork, ident: str) -> list[dict[str, Any]]:
    node = network.node("tr")
    rows = node.store.rows(InboxRow, Where("in_reply_to", "=", ident), order="row")
    return [node.desk.open(row.message_id, "in", "duty", key(network, row))["body"] for row in rows]


def key(network: SimulatedNetwork, row: InboxRow) -> bytes:
    return network.key("tr").sign_open(row.leaf)


def pass_hours(network: SimulatedNetwork, hours: int) -> None:
    for _ in range(hours):
        network.clock.forward(hours=1)
        network.run()


def question_to(network: SimulatedNetwork, asked: Message) -> Message:
    question = clarified(network, asked, "question")
    delivered(network, question)
    return question


# ---- when answers are due ----------------------------------------------------------------------


def test_both_ends_say_the_same_time_for_an_answer(network: SimulatedNetwork) -> None:
    ident = delivered(network, request_about(network))
    ours, theirs = times(network, ident)
    assert ours == theirs
    received = parse_time(arrived(network, "pk", ident).received_at)
    assert parse_time(theirs) == received + WEEK


def test_a_question_stops_the_clock_until_its_answer_at_both_ends_alike(
    network: SimulatedNetwork,
) -> None:
    asked = request_about(network)
    ident = delivered(network, asked)
    before, slot = times(network, ident)[0], arrived(network, "pk", ident).quiet_at
    pass_hours(network, 5)
    question = question_to(network, asked)
    assert left(network, "tr", ident).paused_at == arrived(network, "pk", ident).paused_at != ""
    network.clock.forward(hours=30, minutes=7)
    delivered(network, clarified(network, question, "answer"))
    network.run()
    ours, theirs = times(network, ident)
    assert ours == theirs
    assert left(network, "tr", ident).paused_at == arrived(network, "pk", ident).paused_at == ""
    moved = parse_time(ours) - parse_time(before)
    assert timedelta(hours=30, minutes=7) <= moved < timedelta(hours=30, minutes=8)
    later = parse_time(arrived(network, "pk", ident).quiet_at) - parse_time(slot)
    assert later in (timedelta(hours=30), timedelta(hours=31))
    check_logs(network)


def test_a_question_that_nobody_answers_stops_the_clock_for_a_while_only(
    network: SimulatedNetwork,
) -> None:
    asked = request_about(network)
    ident = delivered(network, asked)
    due = parse_time(times(network, ident)[0])
    question_to(network, asked)
    assert {parse_time(t) for t in times(network, ident)} == {due + WEEK}
    network.clock.forward(days=8)
    network.run()
    assert left(network, "tr", ident).paused_at == arrived(network, "pk", ident).paused_at == ""
    network.clock.forward(days=5)
    network.run()
    assert replies(network, ident)[-1]["kind"] == "nothing_can_be_provided"


def test_each_deadline_is_told_when_it_is_near_and_when_it_has_passed_once(
    network: SimulatedNetwork,
) -> None:
    ident = delivered(network, warning(network))
    for _ in range(3):
        network.clock.forward(days=2, hours=20)
        network.run()
        network.run()
    for name in ("tr", "pk"):
        assert told(network, name, "deadline.near") == [ident]
        assert told(network, name, "deadline.passed") == [ident]


def test_a_restart_tells_of_no_deadline_twice_and_forgets_none(network: SimulatedNetwork) -> None:
    ident = delivered(network, warning(network))
    for days in (6, 2):
        network.clock.forward(days=days)
        network.run()
        network.close("pk")
        network.open("pk")
        network.run()
    assert told(network, "pk", "deadline.near") == [ident]
    assert told(network, "pk", "deadline.passed") == [ident]


def test_an_officer_is_warned_before_the_node_answers_by_itself(network: SimulatedNetwork) -> None:
    ident = delivered(network, request_about(network))
    network.clock.forward(days=4)
    network.run()
    assert told(network, "pk", "deadline.near") == [ident]
    assert replies(network, ident) == []


def test_deadlines_and_threads_say_who_owes_what(network: SimulatedNetwork) -> None:
    asked = request_about(network)
    ident = delivered(network, asked)
    [line] = network.node("pk").desk.deadlines()
    assert (line["message_id"], line["owed_by"], line["owes"]) == (ident, "pk", ["info.reply"])
    [mirror] = network.node("tr").desk.deadlines()
    assert (mirror["owed_by"], mirror["due_at"]) == ("pk", line["due_at"])
    answer = answered(network, asked)
    delivered(network, answer)
    assert network.node("pk").desk.deadlines() == network.node("tr").desk.deadlines() == []
    for name in ("tr", "pk"):
        thread = network.node(name).desk.thread(answer.header.message_id)
        assert thread["thread"] == ident
        assert [one["message_id"] for one in thread["messages"]] == [
            ident,
            answer.header.message_id,
        ]


def test_nobody_places_a_message_in_a_thread_of_others(network: SimulatedNetwork) -> None:
    ident = delivered(network, warning(network))
    stray = warning(network, sender="tr", related=[ident])
    other = delivered(network, stray)
    assert arrived(network, "pk", other).thread == other


# ---- nothing can be provided -------------------------------------------------------------------


def test_a_request_that_nobody_answers_is_answered_by_the_node_at_a_full_hour(
    network: SimulatedNetwork,
) -> None:
    ident = delivered(network, request_about(network))
    slot = parse_time(arrived(network, "pk", ident).quiet_at)
    assert (slot.minute, slot.second) == (0, 0)
    received = parse_time(arrived(network, "pk", ident).received_at)
    assert received + WEEK * 3 / 4 <= slot < received + WEEK * 3 / 4 + timedelta(hours=1)
    network.clock.forward(seconds=(slot - network.clock()).total_seconds() - 30)
    network.run()
    assert replies(network, ident) == []
    network.clock.forward(seconds=31)
    network.run()
    assert replies(network, ident) == [{"kind": "nothing_can_be_provided"}]
    assert state(network.node("tr"), ident) == "answered"
    pass_hours(network, 3)
    assert len(replies(network, ident)) == 1


def test_a_closed_request_is_answered_at_the_same_slot_and_in_the_same_words(
    network: SimulatedNetwork,
) -> None:
    first = delivered(network, request_about(network))
    second = delivered(network, request_about(network))
    close(network, "pk", first)
    network.run()
    assert replies(network, first) == []
    network.clock.forward(days=6)
    network.run()
    assert replies(network, first) == replies(network, second)
    assert [e["actor"] for e in entries(network.node("pk"), "closed", "activity")] == ["duty"]


VERIFY = {
    "fields": {"document_type": "P", "number": "A1234567", "issuer": "IRQ"},
    "question": "issued",
    "why": "A simulated check.",
}
REFERRAL = {
    "offence": "Smuggling",
    "facts": [
        {
            "number": 1,
            "text": "A boat was found.",
            "source_grade": "A",
            "info_grade": "1",
            "handling": ["H0"],
        }
    ],
    "competent_authority": "A simulated prosecutor",
    "asked": "Please look into it.",
}


@pytest.mark.parametrize(
    ("kind", "body", "answer"),
    [
        ("doc.verify.request", VERIFY, {"answer": "unknown"}),
        ("case.referral", REFERRAL, {"outcome": "nothing_can_be_provided"}),
    ],
)
def test_every_kind_of_request_has_its_silent_answer(
    network: SimulatedNetwork, kind: str, body: dict[str, Any], answer: dict[str, str]
) -> None:
    ident = delivered(network, letter(network, kind, body, **nominal()))
    network.clock.forward(days=6)
    network.run()
    assert replies(network, ident) == [answer]
    assert state(network.node("tr"), ident) == "answered"


def test_the_replies_of_one_slot_leave_in_an_order_that_is_drawn(
    network: SimulatedNetwork,
) -> None:
    asked = [delivered(network, request_about(network)) for _ in range(16)]
    network.clock.forward(days=6)
    network.run()
    rows = network.node("pk").store.rows(OutboxRow, Where("type", "=", "info.reply"))
    left_in = [row.in_reply_to for row in sorted(rows, key=lambda row: row.leaf_index)]
    assert sorted(left_in) == sorted(asked)
    assert left_in not in (asked, asked[::-1])


def test_a_node_that_was_down_at_the_slot_answers_when_it_is_back(
    network: SimulatedNetwork,
) -> None:
    ident = delivered(network, request_about(network))
    network.close("pk")
    network.clock.forward(days=6)
    network.open("pk")
    network.run()
    assert len(replies(network, ident)) == 1
    network.close("pk")
    network.open("pk")
    network.run()
    assert len(replies(network, ident)) == 1


def test_a_reply_that_could_not_be_made_is_tried_again_at_the_next_slot(
    network: SimulatedNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    ident = delivered(network, request_about(network))
    slot = parse_time(arrived(network, "pk", ident).quiet_at)

    def broken(*_: object) -> Message:
        raise InvalidInput("the requester has no key now", field="key")

    with monkeypatch.context() as fault:
        fault.setattr("relec_exchange.rounds.silent.canonical_reply", broken)
        network.clock.forward(seconds=(slot - network.clock()).total_seconds())
        network.run()
    assert told(network, "pk", "reply.failed") == [ident]
    assert replies(network, ident) == []
    assert parse_time(arrived(network, "pk", ident).quiet_at) == slot + timedelta(hours=1)
    network.clock.forward(hours=1)
    network.run()
    assert replies(network, ident)[-1]["kind"] == "nothing_can_be_provided"


@pytest.mark.parametrize("kind", ["full", "partial", "interim"])
def test_an_answer_of_substance_ends_it(network: SimulatedNetwork, kind: str) -> None:
    asked = request_about(network)
    ident = delivered(network, asked)
    delivered(network, answered(network, asked, kind))
    with pytest.raises(Conflict):
        close(network, "pk", ident)
    network.clock.forward(days=8)
    network.run()
    assert [one["kind"] for one in replies(network, ident)] == [kind]


def test_what_the_node_does_not_answer_by_itself_cannot_be_closed(
    network: SimulatedNetwork,
) -> None:
    ident = delivered(network, warning(network))
    with pytest.raises(InvalidInput):
        close(network, "pk", ident)
    asked = delivered(network, request_about(network))
    with pytest.raises(NotAuthorised):
        network.node("pk").desk.nothing(asked, "duty", bytes(64))


# ---- corrections and recalls -------------------------------------------------------------------


def corrected(network: SimulatedNetwork, earlier: Message) -> Message:
    body = {"why": "A typing error.", "fields": [{"path": "/body/what", "now": "Fewer."}]}
    return about(network, earlier, "correction", body)


def recalled(network: SimulatedNetwork, earlier: Message) -> Message:
    return about(network, earlier, "recall", {"why": "Another person.", "reason": "wrong_person"})


def outcome_of(network: SimulatedNetwork, recall: Message, earlier: Message) -> Message:
    header = recall.header
    body = {
        "message_id": earlier.header.message_id,
        "outcome": "used",
        "at": format_time(network.clock()),
    }
    return letter(
        network,
        "recall.outcome",
        body,
        sender=header.recipient,
        recipient=header.sender,
        data_level=str(header.data_level),
        purpose=str(header.purpose),
        in_reply_to=header.message_id,
        source_grade=None,
        info_grade=None,
    )


def test_a_correction_marks_the_message_at_both_ends(network: SimulatedNetwork) -> None:
    message = warning(network)
    ident = delivered(network, message)
    delivered(network, corrected(network, message))
    assert arrived(network, "pk", ident).withdrawn == "corrected"
    assert left(network, "tr", ident).withdrawn == "corrected"
    assert told(network, "pk", "message.corrected") == [ident]
    [first, _] = network.node("pk").desk.inbox({"after": 0, "limit": 9})["items"]
    assert first["withdrawn"] == "corrected"


def test_a_message_is_corrected_when_its_correction_leaves_and_not_before(
    network: SimulatedNetwork,
) -> None:
    message = request_about(network)
    ident = delivered(network, message)
    recall = recalled(network, message)
    sent(network, recall, release=False)
    network.run()
    assert left(network, "tr", ident).withdrawn == ""
    again = recall.header.message_id
    digest = left(network, "tr", again).commitment
    signature = network.key("tr", SECOND).sign_release(digest)
    network.node("tr").desk.release(again, SECOND, signature)
    network.run()
    assert left(network, "tr", ident).withdrawn == "recalled"


@pytest.mark.parametrize("nominal", [False, True])
def test_a_recall_stays_open_until_its_outcome_is_told(
    network: SimulatedNetwork, nominal: bool
) -> None:
    message = request_about(network) if nominal else warning(network)
    ident = delivered(network, message)
    recall = recalled(network, message)
    back = delivered(network, recall)
    assert arrived(network, "pk", ident).withdrawn == "recalled"
    assert left(network, "tr", ident).withdrawn == "recalled"
    due = {one["message_id"]: one for one in network.node("tr").desk.deadlines()}
    assert due[back]["owes"] == ["recall.outcome"]
    assert times(network, back)[0] == times(network, back)[1]
    received = parse_time(arrived(network, "pk", back).received_at)
    assert parse_time(times(network, back)[1]) == received + timedelta(days=3)
    delivered(network, outcome_of(network, recall, message))
    row = left(network, "tr", back)
    assert (row.outcome, row.state) == ("used", "answered")
    for name in ("tr", "pk"):
        open_ones = [one["message_id"] for one in network.node(name).desk.deadlines()]
        assert back not in open_ones
    check_logs(network)


def test_a_correction_after_a_recall_does_not_hide_the_recall(network: SimulatedNetwork) -> None:
    message = warning(network)
    ident = delivered(network, message)
    delivered(network, recalled(network, message))
    delivered(network, corrected(network, message))
    network.run()
    assert arrived(network, "pk", ident).withdrawn == "recalled"
    assert left(network, "tr", ident).withdrawn == "recalled"


def test_an_amendment_that_overtakes_its_message_takes_effect_when_that_arrives(
    network: SimulatedNetwork,
) -> None:
    message = warning(network)
    network.hub.interfere = lambda sender, item: []
    ident = sent(network, message)
    network.run()
    network.hub.interfere = None
    delivered(network, corrected(network, message))
    network.pass_minutes(5)
    assert arrived(network, "pk", ident).withdrawn == "corrected"


def test_a_recall_of_a_copy_names_every_recipient_of_the_others_and_of_what_was_made_of_it(
    network: SimulatedNetwork,
) -> None:
    message = warning(network)
    ident = delivered(network, message)
    made = delivered(network, warning(network, derived_from=[ident]))
    again = delivered(network, warning(network, derived_from=[made]))
    delivered(network, warning(network))
    found = [one["message_id"] for one in network.node("tr").desk.copies(ident)]
    assert found == [ident, made, again]


def test_what_was_made_of_a_message_received_is_found_when_its_sender_recalls_it(
    network: SimulatedNetwork,
) -> None:
    ident = delivered(network, warning(network, sender="pk", recipient="tr"))
    made = delivered(network, warning(network, derived_from=[ident]))
    assert [one["message_id"] for one in network.node("tr").desk.copies(ident)] == [made]


# ---- contacts and breaches ---------------------------------------------------------------------


def contact(network: SimulatedNetwork, phone: str, **fields: Any) -> Message:
    body = {
        "unit": "coast-guard",
        "phone": phone,
        "languages": ["en"],
        "hours": [
            {
                "days": ["mon", "tue", "wed"],
                "from": "22:00",
                "to": "06:00",
                "zone": "Europe/Istanbul",
            }
        ],
        "valid_from": "2026-01-01",
    }
    none = {"data_level": "none", "source_grade": None, "info_grade": None}
    return letter(network, "contact.update", body, **{**none, **fields})


def unit(network: SimulatedNetwork) -> dict[str, Any]:
    [partner] = network.node("pk").desk.contacts()
    [found] = partner["units"]
    return dict(found)


def test_the_newest_contact_wins_and_says_who_is_there_now(network: SimulatedNetwork) -> None:
    older = contact(network, "+905321234567")
    network.clock.forward(seconds=5)
    delivered(network, contact(network, "+905327654321"))
    delivered(network, older)
    assert unit(network)["phone"] == "+905327654321"
    monday = datetime(2026, 11, 9, tzinfo=UTC)
    for hours, there in ((18.5, False), (19.5, True), (26.5, True), (27.5, False)):
        network.clock._now = monday + timedelta(hours=hours)
        assert unit(network)["on_duty"] is there


def test_a_breach_that_a_partner_tells_of_is_an_alarm_here(network: SimulatedNetwork) -> None:
    body = {
        "discovered_at": format_time(network.clock()),
        "what": "A laptop was stolen.",
        "measures": "Keys were revoked.",
        "contact": "Duty desk",
    }
    none = {"data_level": "none", "source_grade": None, "info_grade": None}
    ident = delivered(network, letter(network, "breach.notice", body, **none))
    assert told(network, "pk", "breach.notice") == [ident]
    rows = network.node("pk").store.rows(AlarmRow, Where("what", "=", "breach-notice"))
    assert [row.subject for row in rows] == [f"tr/{ident}"]
