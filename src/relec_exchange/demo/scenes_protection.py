"""The scenes of protection: two refusals that look the same, and words that never leave.

The persons in them do not exist: their names mean "example" and "sample".
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from relec_exchange.client import Content
from relec_exchange.demo.exercise import QUICK
from relec_exchange.demo.stage import DESK, Sent, Stage
from relec_exchange.errors import Refused, RelecError
from relec_exchange.message.constants import TIMES
from relec_exchange.message.identifiers import format_time, parse_time
from relec_exchange.protection.silent import reply_slot

ANSWER_WITHIN: Final = timedelta(seconds=14)
PROTECTED: Final = "\u0646\u0645\u0648\u0646\u0647 \u0622\u0632\u0645\u0627\u06cc\u0634\u06cc"
SPELLED: Final = "Nemuneh Azmayeshi"
_HEADER: Final = {
    "area": "migrant_smuggling",
    "purpose": "criminal_investigation",
    "handling": ["H1"],
}
_TIMES: Final = TIMES.shortened(QUICK)
_APART: Final = ("message_id", "sender", "created_at", "in_reply_to")


def no_answer(stage: Stage) -> None:
    """One state holds nothing, the other protects the person: the answers are the same."""
    stage.teller.say(
        "tr asks iq and pk about a person. iq holds nothing, and its officer says so at once. In "
        "pk the person is under protection: the desk has the name in its register, in Persian "
        "script, and the question writes it in Latin letters. Nobody in pk but the desk may see "
        "the question, and tr must not learn from words, size or time what the reason is."
    )
    desk = stage.officer("pk", DESK)
    desk.protection.add({"names": [PROTECTED], "birth": "1994", "fears": ["TUR"]})
    sent = {node: _ask(stage, node) for node in ("iq", "pk")}
    lines = {node: stage.receipted(each) for node, each in sent.items()}
    stage.officer("iq").nothing(sent["iq"].message_id)
    refused = _refused_to_read(stage, sent["pk"])
    held = [one["message_id"] for one in desk.protection.holds()]
    replies = {node: _reply(stage, each) for node, each in sent.items()}
    stage.show(*sent.values())
    stage.teller.table(
        "What tr received",
        ("from", "type", "says", "sent at (UTC)", "not before"),
        [
            (
                node,
                reply.header["type"],
                reply.body["kind"],
                reply.header["created_at"][11:19],
                format_time(_slot(lines[node]))[11:19],
            )
            for node, reply in replies.items()
        ],
    )
    stage.fact("pk's officers are refused the content", refused)
    stage.fact("pk's protection desk has it in its list of holds", sent["pk"].message_id in held)
    stage.fact(
        "tr had the same signed receipt from both",
        {tuple((r["stage"], r["code"]) for r in line["receipts"]) for line in lines.values()}
        == {(("validated", "accepted"),)},
    )
    stage.fact(
        "both answers say the same and nothing more, word for word",
        all(reply.body == {"kind": "nothing_can_be_provided"} for reply in replies.values())
        and _same(replies["iq"]) == _same(replies["pk"]),
    )
    stage.fact(
        "neither left before its slot, although iq's officer was ready at once",
        all(
            parse_time(reply.header["created_at"]) >= _slot(lines[node])
            for node, reply in replies.items()
        ),
    )


def never_said(stage: Stage) -> None:
    """An asylum claim, a figure that is three persons, and a telephone number in a warning."""
    stage.teller.say(
        "Three drafts of tr's officers. Two are refused before they leave: each officer is told "
        "the rule and what to do instead, the log says only that a protection rule decided. The "
        "third waits until the protection desk has looked at it."
    )
    claim = {**_question(), "reasons": "The person applied for asylum here last year (simulated)."}
    told = [
        ("a claim, in a request", _rule(stage, "pk", "info.request", claim, **_HEADER)),
        ("a figure of three persons", _rule(stage, "iq", "stat.report", _three_persons())),
    ]
    stage.teller.table(
        "What tr's officers are told",
        ("what stood there", "rule", "why", "what to do"),
        [(what, *words) for what, words in told],
    )
    [warned] = stage.officer("tr").submit(type="warning.notice", to="iq", body=_recruiter())
    stage.teller.say(
        f"The warning with a telephone number is {warned.status}; it needs: "
        f"{', '.join(warned.needs)}."
    )
    stage.officer("tr", DESK).send_back(warned.message_id, "Describe the method, not the number.")
    line = stage.officer("tr").show(warned.message_id, "out")
    stage.fact("a claim never travels (rule P1)", told[0][1][0].startswith("P1-"))
    stage.fact("a small figure never travels (rule P11)", told[1][1][0].startswith("P11-"))
    stage.fact("both officers were told what to do instead", all(words[2] for _, words in told))
    stage.fact(
        "the number waited for the desk, which sent the warning back with a comment",
        "desk" in warned.needs and line["state"] == "returned",
    )


def _three_persons() -> dict[str, Any]:
    row = {"indicator": "trafficking.victims", "month": "2026-09", "value": 3}
    return {
        "reporting_country": "TR",
        "period": {"year": 2026, "quarter": 3},
        "illustration": True,
        "rows": [row],
    }


def _recruiter() -> dict[str, Any]:
    return {
        "kind": "online_recruitment",
        "where": {"country": "TR"},
        "when": {"from": "2026-11-01", "to": "2026-11-02"},
        "what": "Those who answer are told to call +90 555 010 01 99 (simulated).",
    }


def _question() -> dict[str, Any]:
    return {
        "questions": [
            {
                "number": 1,
                "text": "Is this person known, and where were they last seen?",
                "why": "The name stood on a list of passengers (simulated).",
            }
        ],
        "reasons": "Simulated investigation of migrant smuggling for payment.",
        "persons": [
            {
                "category": "migrant",
                "names": [{"text": SPELLED, "kind": "birth", "script": "Latn"}],
                "citizenships": ["AFG"],
            }
        ],
    }


def _ask(stage: Stage, node: str) -> Sent:
    deadline = format_time(datetime.now(UTC) + ANSWER_WITHIN)
    return stage.send("tr", node, "info.request", _question(), deadline=deadline, **_HEADER)


def _refused_to_read(stage: Stage, sent: Sent) -> bool:
    try:
        stage.open(sent)
    except RelecError:
        return True
    return False


def _reply(stage: Stage, sent: Sent) -> Content:
    """The answer as tr reads it, when it has come."""
    officer = stage.officer("tr")

    def come() -> str | None:
        lines = officer.messages(peer=sent.recipient, type="info.reply")
        return next(
            (m.message_id for m in lines if m.facts["in_reply_to"] == sent.message_id), None
        )

    return officer.open(stage.until(come, f"the answer of {sent.recipient} at its slot"))


def _slot(line: dict[str, Any]) -> datetime:
    """The moment that both ends compute: from the receipt and the deadline."""
    return reply_slot(parse_time(line["receipts"][0]["at"]), parse_time(line["deadline"]), _TIMES)


def _same(reply: Content) -> dict[str, Any]:
    return {name: value for name, value in reply.header.items() if name not in _APART}


def _rule(
    stage: Stage, to: str, kind: str, body: dict[str, Any], **header: Any
) -> tuple[str, str, str]:
    """Rule, reason and remedy of what refuses a draft; dashes if nothing does."""
    try:
        for each in stage.officer("tr").submit(type=kind, to=to, body=body, **header):
            each.check()
    except Refused as error:
        return error.rule, error.message, error.remedy
    return "-", "-", ""
