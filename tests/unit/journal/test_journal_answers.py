"""What ends the waiting for an answer, and what leaves it open."""

from __future__ import annotations

from typing import Any

import pytest

from relec_exchange.journal.answers import answers
from relec_exchange.message.bodies.sealed import SealedBody
from relec_exchange.message.catalogue import CATALOGUE
from relec_exchange.message.document import Message, compose

ASKED = "01a1ff38-3de2-7000-8000-000000000000"
HEADER = {
    "message_id": "01a1ff38-3de2-7fff-bfff-ffffffffffff",
    "schema_version": 1,
    "sender": "tr",
    "recipient": "pk",
    "exercise": True,
    "created_at": "2026-11-21T17:30:00.123Z",
    "sender_unit": "ncp",
    "author_role": "submitter",
    "area": "migrant_smuggling",
    "handling": ["H0"],
    "urgency": "routine",
    "language": "en",
    "in_reply_to": ASKED,
}
ANSWER = {
    "number": 1,
    "answer": "It was",
    "source_grade": "A",
    "info_grade": "1",
    "handling": ["H0"],
}


def said(name: str, body: dict[str, Any]) -> Message:
    kind = CATALOGUE[name]
    own = {"type": name, "purpose": kind.purposes[0].value, "data_level": kind.levels[0].value}
    return compose(HEADER | own, body)


def reply(kind: str) -> Message:
    answered = {} if kind == "nothing_can_be_provided" else {"answers": [ANSWER]}
    return said("info.reply", {"kind": kind} | answered)


def clarify(kind: str) -> Message:
    return said("info.clarify", {"kind": kind, "items": [{"number": 1, "text": "x"}]})


ACK = {"unit": "desk", "action_taken": "none"}
OUTCOME = {"message_id": ASKED, "outcome": "destroyed", "at": HEADER["created_at"]}


@pytest.mark.parametrize(
    ("message", "asked"),
    [
        (reply("full"), "info.request"),
        (reply("nothing_can_be_provided"), "info.request"),
        (said("doc.verify.reply", {"answer": "unknown"}), "doc.verify.request"),
        (said("case.response", {"outcome": "accepted"}), "case.referral"),
        (said("case.response", {"outcome": "nothing_can_be_provided"}), "case.referral"),
        (clarify("answer"), "info.clarify"),
        (said("ack", ACK), "warning.notice"),
        (said("ack", ACK), "warning.update"),
        (said("ack", ACK), "correction"),
        (said("ack", ACK), "return.notice"),
        (said("recall.outcome", OUTCOME), "recall"),
        (said("recall.outcome", OUTCOME), "correction"),
        (said("consent.decision", {"decision": "refused"}), "consent.request"),
        (
            said("reintegration.response", {"outcome": "cannot_help"}),
            "reintegration.referral",
        ),
    ],
)
def test_a_final_answer_ends_the_waiting(message: Message, asked: str) -> None:
    assert answers(message, asked)


@pytest.mark.parametrize(
    ("message", "asked"),
    [
        (reply("interim"), "info.request"),
        (reply("partial"), "info.request"),
        (clarify("question"), "info.request"),
        (clarify("answer"), "info.request"),
        (clarify("question"), "info.clarify"),
        (said("case.response", {"outcome": "more_needed", "text": "x"}), "case.referral"),
        (
            said("reintegration.response", {"outcome": "more_needed"}),
            "reintegration.referral",
        ),
        (said("feedback", {"useful": "yes"}), "warning.notice"),
        (said("feedback", {"useful": "yes"}), "stat.analysis"),
    ],
)
def test_what_promises_or_asks_for_more_leaves_it_open(message: Message, asked: str) -> None:
    assert message.header.type in CATALOGUE[asked].answers
    assert not answers(message, asked)


@pytest.mark.parametrize(
    ("message", "asked"),
    [
        (said("ack", ACK), "info.request"),
        (reply("full"), "warning.notice"),
        (said("ack", ACK), "stat.report"),
        (said("ack", ACK), "recall"),
    ],
)
def test_what_a_type_is_not_answered_by_ends_nothing(message: Message, asked: str) -> None:
    assert not answers(message, asked)


def test_a_sealed_answer_ends_the_waiting_whatever_it_says() -> None:
    header = said("ack", ACK).header.model_copy(update={"type": "protection.response"})
    body = SealedBody.model_construct()
    assert answers(Message(header, body, b""), "protection.referral")
