"""The scenes of a working day: figures, a rescue, two questions, and a message that nothing allows.

Each function plays one scene on a stage and claims its facts. Everything in them is made up: the
members are simulated, and no person, vehicle or event is real.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib import resources
from typing import Any, Final

from relec_exchange.client import Draft
from relec_exchange.demo.stage import Sent, Stage, receipts, stages
from relec_exchange.errors import Conflict, Refused
from relec_exchange.importing.drafts import ImportPlan
from relec_exchange.importing.mapping import parse_mapping
from relec_exchange.importing.plan import plan_import
from relec_exchange.message.identifiers import format_time

FIGURES: Final = "simulated-2026-q3.csv"
INDICATORS: Final = {
    "fran.1a": "irregular crossings",
    "fran.4": "refused entries",
    "fran.6": "false documents",
    "fran.7b": "effective returns",
}
_INVESTIGATION: Final = {"area": "migrant_smuggling", "purpose": "criminal_investigation"}


def statistics(stage: Stage) -> None:
    """Pakistan's quarterly statistics, from a CSV, to all partners."""
    plan = _figures()
    [report] = plan.drafts
    stage.teller.say(
        f"The contact point of pk imports {FIGURES}: {plan.rows_read} rows, "
        f"{len(plan.problems)} problems, one report for the third quarter of 2026. It goes to tr "
        "and iq, one message each. What one officer submits, a second one reads and releases."
    )
    _show_figures(stage, report.body)
    drafts = [Draft(report.type, to, report.body, report.header) for to in ("tr", "iq")]
    keys = [f"simulated-2026-q3:{draft.to}" for draft in drafts]
    submitted = stage.officer("pk").submit_many(drafts, keys)
    waited = [each.check().needs for each in submitted]
    sent = [stage.release("pk", each) for each in submitted]
    lines = [stage.arrived(each) for each in sent]
    bodies = [stage.opened(each).body for each in sent]
    stage.show(*sent)
    stage.fact("every row of the file was read without a problem", not plan.problems)
    stage.fact(
        "nothing left before an officer had answered that nobody can be recognised from the notes "
        "of the table, and a second one had released it",
        waited == [("answer:no-person-recognisable", "release")] * 2,
    )
    stage.fact("tr and iq each sent a signed receipt", all(map(_accepted, lines)))
    stage.fact(
        f"both read all {plan.rows_read} rows, two of them suppressed, marked as simulated",
        all(_same_figures(body, plan) for body in bodies),
    )
    again = stage.officer("pk").submit_many(drafts, keys)
    stage.fact(
        "importing the same file again sends nothing",
        all(isinstance(each.error, Conflict) for each in again),
    )


def rescue(stage: Stage) -> None:
    """A flash warning that lives are at risk, and a person who acknowledges it."""
    stage.teller.say(
        "A patrol of tr hears knocking from a closed lorry that has just left for iq (simulated). "
        "The warning goes as flash, for rescue only; an officer of iq reads it, acts, and says so."
    )
    sent = stage.send(
        "tr",
        "iq",
        "warning.life_at_risk",
        _lorry(),
        source_grade="A",
        info_grade="2",
        urgency_reason="People may suffocate within hours.",
    )
    stage.arrived(sent)
    read = stage.opened(sent)
    answer = stage.officer("iq").ack(
        sent.message_id,
        "Lorry stopped and opened; 23 persons alive; ambulance on its way (simulated).",
        ("Ambulance service (simulated)",),
    )
    ack = stage.release("iq", answer.check())
    line = stage.reaches(sent, "answered")
    stage.arrived(ack)
    heard = stage.opened(ack)
    stage.show(sent, ack)
    stage.fact("it went in the class flash, for rescue only", _is_rescue(line, read.header))
    stage.fact("tr was told when it arrived, was opened, was answered", _heard_all(line))
    stage.fact(
        "the acknowledgement of iq's officer reached tr, naming what was done",
        heard.header["in_reply_to"] == sent.message_id and heard.body["passed_to"],
    )


def question(stage: Stage) -> None:
    """A request for information, and a graded answer."""
    stage.teller.say(
        "tr asks pk about a vehicle in an investigation of migrant smuggling. Only the agreement "
        "that both signed allows this. pk answers, with a grade for source and information."
    )
    sent = _ask(stage, "pk")
    stage.arrived(sent)
    asked = stage.open(sent)
    answer = {
        "number": 1,
        "answer": "Registered in 2024; reported as scrapped in May 2026 (simulated).",
        "source_grade": "B",
        "info_grade": "2",
        "handling": ["H1"],
    }
    reply = _reply(stage, sent, "full", [answer])
    stage.arrived(reply)
    line = stage.reaches(sent, "answered")
    got = stage.open(reply)
    stage.show(sent, reply)
    stage.teller.say(f"The answer as tr reads it: {got.body['answers'][0]['answer']}")
    stage.fact("pk read the question that tr asked", asked.body["questions"][0]["number"] == 1)
    stage.fact(
        "tr has the answer with its grade B2, not to be used in court without permission (H1)",
        got.body["answers"] == [answer],
    )
    stage.fact("the request is answered", line["state"] == "answered")
    stage.fact(
        "that pk's officer opened it was not told: in such cases it never is",
        "opened" not in receipts(line) and "opened" not in stages(line),
    )


def not_agreed(stage: Stage) -> None:
    """A message that no agreement allows: refused before it leaves."""
    stage.teller.say(
        "pk wants to ask iq, too. But the two have no agreement of their own, and the charter of "
        "all allows no message about identified persons or things of an investigation."
    )
    before = len(stage.inbox("iq"))
    desk = stage.officer("pk")
    rule, words = "", ""
    try:
        for each in desk.submit(type="info.request", to="iq", body=_questions(), **_INVESTIGATION):
            each.check()
    except Refused as error:
        rule, words = error.rule, error.message
    asked = desk.wire.post("/v1/decisions", _decision_question())
    stage.teller.table(
        "What pk's officer is told", ("rule", "why"), [(rule or "-", words or "nothing refused it")]
    )
    outbox = desk.wire.get("/v1/outbox", peer="iq", type="info.request")["items"]
    stage.fact(f"it was refused before it left, by the rule {rule}", rule.startswith("no-"))
    stage.fact("asking beforehand gives the same answer", asked["rule"] == rule != "")
    stage.fact(
        "pk's outbox does not have it, and iq received nothing",
        not outbox and len(stage.inbox("iq")) == before,
    )


# ---- what is sent ------------------------------------------------------------------------------


def _figures() -> ImportPlan:
    files = resources.files(__package__).joinpath("data")
    mapping = parse_mapping(files.joinpath("statistics.toml").read_text("utf-8"))
    return plan_import(files.joinpath(FIGURES).read_bytes(), mapping)


def _show_figures(stage: Stage, body: Any) -> None:
    months = sorted({row["month"] for row in body["rows"]})
    stage.teller.table(
        "Simulated figures",
        ("indicator", "what", *months),
        [
            (code, name, *(_total(body["rows"], code, month) for month in months))
            for code, name in INDICATORS.items()
        ],
    )


def _total(rows: Any, indicator: str, month: str) -> str:
    """The sum of an indicator's cells in a month; what is suppressed is said, never guessed."""
    cells = [row for row in rows if (row["indicator"], row["month"]) == (indicator, month)]
    known = [str(sum(row["value"] for row in cells if "value" in row))]
    hidden = ["suppressed"] if any(row.get("suppressed") for row in cells) else []
    return " + ".join([*(known if any("value" in row for row in cells) else []), *hidden])


def _same_figures(body: Any, plan: ImportPlan) -> bool:
    suppressed = sum(bool(row.get("suppressed")) for row in body["rows"])
    same = body["rows"] == plan.drafts[0].body["rows"]
    return bool(
        same and len(body["rows"]) == plan.rows_read and suppressed == 2 and body["illustration"]
    )


def _accepted(line: Any) -> bool:
    return any(r["stage"] == "validated" and r["code"] == "accepted" for r in line["receipts"])


def _lorry() -> dict[str, Any]:
    return {
        "place": {"text": "Road to the border crossing Alpha (simulated), direction iq"},
        "time": format_time(datetime.now(UTC) - timedelta(minutes=10)),
        "craft": {"kind": "truck", "description": "White lorry, closed box, plate SIMULATED-001"},
        "persons": {"estimated": 23, "children": 4},
        "condition": "Knocking and calls; no ventilation seen (simulated).",
        "authority_contacted": "None yet; the crossing was told by radio (simulated).",
    }


def _is_rescue(line: Any, header: Any) -> bool:
    return bool(line["class"] == "flash" and header["purpose"] == "rescue_only")


def _heard_all(line: Any) -> bool:
    return {"validated", "opened", "answered"} <= set(stages(line))


def _questions() -> dict[str, Any]:
    return {
        "questions": [
            {
                "number": 1,
                "text": "Where is the vehicle registered, and since when?",
                "why": "It was seen at a place where migrants were collected (simulated).",
            }
        ],
        "reasons": "Simulated investigation of migrant smuggling for payment.",
        "objects": [{"kind": "vehicle", "identifier": "SIMULATED-002"}],
    }


def _ask(stage: Stage, node: str) -> Sent:
    header = {**_INVESTIGATION, "handling": ["H1"]}
    sent = stage.send("tr", node, "info.request", _questions(), **header)
    return sent


def _reply(stage: Stage, sent: Sent, kind: str, answers: list[dict[str, Any]]) -> Sent:
    header = {"purpose": _INVESTIGATION["purpose"], "handling": ["H1"]}
    reply = stage.officer(sent.recipient).reply(sent.message_id, kind, answers, **header)
    return stage.release(sent.recipient, reply.check())


def _decision_question() -> dict[str, Any]:
    return {
        "type": "info.request",
        "sender": "pk",
        "recipient": "iq",
        "data_level": "nominal",
        "handling": ["H0"],
        **_INVESTIGATION,
    }
