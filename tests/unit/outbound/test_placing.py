"""Threads hold together: what a message names was exchanged with its recipient, and fits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core_network import ack, letter, ping, reply, request, sent, warning
from core_rules import OneRule
from relec_exchange.message.document import Message
from relec_exchange.message.identifiers import format_time, message_id
from relec_exchange.records import OutboxRow, Where
from relec_exchange.testing import SimulatedNetwork


@pytest.fixture(autouse=True)
def no_rules(monkeypatch: pytest.MonkeyPatch) -> OneRule:
    return OneRule(monkeypatch)


def row(network: SimulatedNetwork, ident: str, node: str = "tr") -> OutboxRow:
    return network.node(node).store.rows(OutboxRow, Where("message_id", "=", ident))[0]


def delivered(network: SimulatedNetwork, message: Message) -> str:
    ident = sent(network, message)
    network.run()
    return ident


def quiet(kind: str, body: dict[str, Any], network: SimulatedNetwork, **fields: Any) -> Message:
    more = {"source_grade": None, "info_grade": None, **fields}
    return letter(network, kind, body, **more)


def recall(network: SimulatedNetwork, about: str, **fields: Any) -> Message:
    body = {"message_id": about, "why": "Sent by mistake.", "reason": "inaccurate"}
    return quiet("recall", body, network, **fields)


def outcome(network: SimulatedNetwork, about: str, asked: str, **fields: Any) -> Message:
    body = {"message_id": about, "outcome": "used", "at": format_time(network.clock())}
    ends = {"sender": "pk", "recipient": "tr", "in_reply_to": asked, **fields}
    return quiet("recall.outcome", body, network, **ends)


def refused(network: SimulatedNetwork, message: Message) -> str:
    """The field that a refusal names."""
    result = network.submit(message)
    assert result["status"] == "refused", result
    return str(result["error"]["field"])


def test_a_message_that_names_no_other_begins_a_thread(network: SimulatedNetwork) -> None:
    found = row(network, sent(network, warning(network)))
    assert (found.thread, found.about) == (found.message_id, "")


def test_answers_corrections_and_new_versions_join_the_thread_of_what_they_name(
    network: SimulatedNetwork,
) -> None:
    told = warning(network)
    ident = delivered(network, told)
    body = {
        "kind": "surge",
        "where": {"country": "TR"},
        "when": {"from": "2026-11-01", "to": "2026-11-02"},
        "what": "Fewer departures.",
        "changes": "The number.",
    }
    update = letter(network, "warning.update", body, supersedes=ident)
    second = delivered(network, update)
    fields = [{"path": "/body/what", "now": "Fewer."}]
    mended = {"message_id": second, "why": "A wrong word.", "fields": fields}
    third = delivered(network, quiet("correction", mended, network))
    back = sent(network, ack(network, told))
    rows = [row(network, one) for one in (second, third)]
    assert {one.thread for one in (*rows, row(network, back, "pk"))} == {ident}
    assert (rows[0].about, rows[1].about) == (ident, second)


def test_what_is_superseded_is_an_own_message_to_the_same_recipient_of_a_type_that_fits(
    network: SimulatedNetwork,
) -> None:
    ident, other = delivered(network, warning(network)), delivered(network, ping(network))
    strange = message_id(network.clock(), bytes(10))
    theirs = delivered(network, warning(network, sender="pk", recipient="tr"))
    for name in (strange, theirs, other):
        assert refused(network, warning(network, supersedes=name)) == "header.supersedes"
    assert network.submit(warning(network, supersedes=ident))["status"] == "released"


def test_what_was_not_sent_is_not_superseded(network: SimulatedNetwork) -> None:
    ident = sent(network, warning(network), release=False)
    assert refused(network, warning(network, supersedes=ident)) == "header.supersedes"


def test_a_recall_is_about_an_own_message_to_this_recipient(network: SimulatedNetwork) -> None:
    theirs = delivered(network, warning(network, sender="pk", recipient="tr"))
    assert refused(network, recall(network, theirs)) == "body.message_id"
    ident = delivered(network, warning(network))
    assert network.submit(recall(network, ident))["status"] == "released"


def test_an_outcome_answers_a_recall_that_came_about_the_message_it_named(
    network: SimulatedNetwork,
) -> None:
    ident, other = delivered(network, warning(network)), delivered(network, warning(network))
    asked = delivered(network, recall(network, ident))
    assert refused(network, outcome(network, other, asked)) == "body.message_id"
    assert refused(network, outcome(network, ident, ident)) == "header.type"
    assert network.submit(outcome(network, ident, asked))["status"] == "released"


def test_questions_about_a_request_go_both_ways_within_its_thread(
    network: SimulatedNetwork,
) -> None:
    asked = request(network)
    ident = delivered(network, asked)
    nominal = {"data_level": "nominal", "purpose": "criminal_investigation"}
    question = {"kind": "question", "items": [{"number": 1, "text": "Which stamp?"}]}
    ends = {"sender": "pk", "recipient": "tr"}
    first = quiet("info.clarify", question, network, in_reply_to=ident, **ends, **nominal)
    second = delivered(network, first)
    answer = {"kind": "answer", "items": [{"number": 1, "text": "The round one."}]}
    third = sent(network, quiet("info.clarify", answer, network, in_reply_to=second, **nominal))
    assert {row(network, second, "pk").thread, row(network, third).thread} == {ident}
    other = delivered(network, warning(network))
    strange = quiet("info.clarify", answer, network, in_reply_to=other, **nominal)
    assert refused(network, strange) == "header.in_reply_to"


def test_an_answer_is_due_at_the_deadline_or_after_the_time_of_its_urgency(
    network: SimulatedNetwork,
) -> None:
    deadline = format_time(network.clock() + timedelta(days=2))
    assert row(network, sent(network, request(network, deadline=deadline))).due_at == deadline
    usual = row(network, sent(network, request(network)))
    quick = row(
        network, sent(network, request(network, urgency="urgent", urgency_reason="A boat."))
    )
    assert usual.due_at[:10] == "2026-11-09"
    assert quick.due_at[:10] == "2026-11-05"
    asked = request(network)
    delivered(network, asked)
    assert row(network, sent(network, reply(network, asked)), "pk").due_at == ""
