"""The scenes of a bad day: a broker whose operator alters and withholds, a partner switched off.

Each function plays one scene on a stage and claims its facts. The operator's acts are real ones on
the real broker; what the nodes do about them is what they would always do, only sooner, because
the charter of this exercise shortens the times.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from relec_exchange.demo.operator import Route, altered
from relec_exchange.demo.stage import OPERATOR, Sent, Stage, stages
from relec_exchange.message.identifiers import MessageClass
from relec_exchange.sealing.envelope import parse_envelope

_NEWS: Final = (
    "Boats gather in the bay (simulated).",
    "A false stamp of a closed crossing (simulated).",
    "New meeting places (simulated).",
)
_GAP_COLUMNS: Final = ("at", "what it knows", "class", "number", "since (UTC)", "asked (UTC)")


def altered_on_the_broker(stage: Stage) -> None:
    """One bit turned over by the broker's operator."""
    stage.teller.say(
        "tr warns pk of a new route. The broker's operator takes the message out of pk's queue, "
        "turns one bit over, and puts it back."
    )
    operator, route = stage.network.operator, Route("tr", "pk")
    with operator.diverted(route):
        sent = _warn(stage, "tr", "pk", "A new route over the pass (simulated).")
        envelope = operator.take(route.tap)
        operator.put(route.queue, altered(envelope))
        found = stage.until(lambda: _quarantined(stage, "pk", "tr"), "pk refuses what was altered")
        before = stage.line_there(sent)
    header = parse_envelope(envelope).header
    seen = (header.sender, header.recipient, str(header.message_class), f"{len(envelope)} bytes")
    stage.teller.table(
        "All that the operator can read of it", ("from", "to", "class", "sealed size"), [seen]
    )
    stage.teller.table(
        "Quarantine of pk",
        ("source", "reason", "refused in step", "size"),
        [(q["source"], q["reason"], q["step"], q["size"]) for q in found],
    )
    line = stage.arrived(sent)
    stage.show(sent)
    stage.fact(
        "pk put the altered message into quarantine: it could not be unsealed", len(found) == 1
    )
    stage.fact("nobody at pk was given it", before is None)
    stage.fact(
        "pk noticed the missing number and asked tr, who sent the message again",
        "resent" in stages(line),
    )
    stage.fact("what arrived then is what tr's officer wrote", _reads_as_sent(stage, sent))


def withheld_by_the_broker(stage: Stage) -> None:
    """A message that the broker confirmed and never delivered."""
    stage.teller.say(
        "iq warns tr of rising prices. The broker confirms the message, but its operator keeps it, "
        "and whatever iq sends again, out of tr's queue."
    )
    operator, route = stage.network.operator, Route("iq", "tr")
    with operator.diverted(route):
        sent = _warn(stage, "iq", "tr", "Smugglers ask twice the price of spring (simulated).")
        confirmed = stage.reaches(sent, "relayed")
        missed = stage.until(
            lambda: _open(stage.gaps("tr", "iq", "in"), sent, stage), "tr misses a number"
        )
        told = stage.until(
            lambda: _open(stage.gaps("iq", "tr", "out"), sent, stage), "iq learns of it"
        )
        stage.teller.table(
            "Both ends know, without the message",
            _GAP_COLUMNS,
            [
                ("tr", "iq's message is missing", *_gap(missed)),
                ("iq", "tr has not got my message", *_gap(told)),
            ],
        )
        absent = stage.line_there(sent)
    stage.teller.say("The operator stops, and deletes what was kept.")
    line = stage.arrived(sent)
    stage.show(sent)
    closed = stage.until(
        lambda: (
            not (
                _open(stage.gaps("tr", "iq", "in"), sent, stage)
                or _open(stage.gaps("iq", "tr", "out"), sent, stage)
            )
        ),
        "nothing is missing any more",
    )
    stage.fact("the broker had confirmed it, and tr did not have it", confirmed and absent is None)
    stage.fact("tr noticed that a number of iq was missing", missed)
    stage.fact("iq learned from tr's next round that it had not arrived", told)
    stage.fact(
        "as soon as the operator let go, it was sent again and arrived",
        "resent" in stages(line) and "validated" in stages(line),
    )
    stage.fact("the gap is closed at both ends", closed and _reads_as_sent(stage, sent))


def switched_off(stage: Stage) -> None:
    """A recipient that is not there, and gets everything when it returns."""
    stage.teller.say("The node of iq is switched off. tr and pk go on writing to it.")
    stage.network.stop("iq")
    try:
        sent = [_warn(stage, sender, "iq", what) for sender in ("tr", "pk") for what in _NEWS]
        for each in sent:
            stage.reaches(each, "relayed")
        _show_waiting(stage)
        unheard = all("validated" not in stages(stage.line(each)) for each in sent)
    finally:
        with stage.teller.waiting("iq is switched on again"):
            stage.network.start("iq")
    stage.teller.say("The node of iq is switched on again.")
    lines = [stage.arrived(each) for each in sent]
    stage.show(sent[0])
    stage.teller.table(
        "All of them at iq",
        ("message", "from", "no.", "relayed (UTC)", "receipt (UTC)"),
        [_arrival(each, line) for each, line in zip(sent, lines, strict=True)],
    )
    there = [m["message_id"] for m in stage.inbox("iq")]
    stage.fact("while it was off, the broker kept what was sent", unheard)
    stage.fact(
        f"all {len(sent)} messages arrived once, each with a signed receipt",
        all(there.count(each.message_id) == 1 for each in sent),
    )
    stage.fact(
        "of each sender in the order in which they were sent",
        _in_order(there, sent, "tr") and _in_order(there, sent, "pk"),
    )


# ---- what is sent and seen -----------------------------------------------------------------------


def _warn(stage: Stage, sender: str, to: str, what: str) -> Sent:
    day = datetime.now(UTC).date().isoformat()
    body = {
        "kind": "new_route",
        "where": {"country": sender.upper(), "place": "Simulated place"},
        "when": {"from": day, "to": day},
        "what": what,
    }
    header = {
        "area": "migrant_smuggling",
        "purpose": "prevention",
        "source_grade": "B",
        "info_grade": "3",
        "own_ref": what,
    }
    sent = stage.send(sender, to, "warning.notice", body, **header)
    return sent


def _reads_as_sent(stage: Stage, sent: Sent) -> bool:
    """Whether the recipient's officer reads the very bytes that the sender's officer released."""
    original = stage.officer(sent.sender).open(sent.message_id, "out")
    return stage.open(sent).raw == original.raw


def _quarantined(stage: Stage, node: str, source: str) -> list[dict[str, Any]]:
    desk = stage.officer(node, OPERATOR)
    return list(desk.wire.get("/v1/quarantine", source=source, reason="unseal")["items"])


def _open(gaps: list[dict[str, Any]], sent: Sent, stage: Stage) -> dict[str, Any] | None:
    """The gap that stands open for this message, if there is one."""
    number = stage.line(sent)["seq"]
    for gap in gaps:
        if not gap["closed"] and any(first <= number <= last for first, last in gap["missing"]):
            return {**gap, "number": number}
    return None


def _gap(gap: dict[str, Any]) -> tuple[Any, ...]:
    asked = gap["asked_at"][11:19] or "-"
    return gap["class"], gap["number"], gap["since"][11:19], asked


def _show_waiting(stage: Stage) -> None:
    routes = [Route(sender, "iq", cls) for sender in ("tr", "pk") for cls in MessageClass]
    depths = [(route.queue, stage.network.operator.depth(route.queue)) for route in routes]
    stage.teller.table(
        "What lies on the broker for iq, sealed", ("queue", "messages"), [d for d in depths if d[1]]
    )


def _arrival(sent: Sent, line: dict[str, Any]) -> tuple[Any, ...]:
    at = {stage["stage"]: stage["at"][11:23] for stage in line["stages"]}
    return sent.message_id[:13], sent.sender, line["seq"], at["relayed"], at["validated"]


def _in_order(there: list[str], sent: list[Sent], sender: str) -> bool:
    wanted = [each.message_id for each in sent if each.sender == sender]
    return [message_id for message_id in there if message_id in wanted] == wanted
