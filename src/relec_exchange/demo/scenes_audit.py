"""The last scene: nothing of what was told is believed, all of it is computed again."""

from __future__ import annotations

from typing import Any

from relec_exchange.cli.log_check import LogCheck, check_log, log_key
from relec_exchange.demo.evidence import Evidence, check_evidence
from relec_exchange.demo.stage import AUDITOR, Sent, Stage
from relec_exchange.demo.telling import short
from relec_exchange.message.encoding import unb64
from relec_exchange.trust.card import Card, parse_card

_PAGE = 1000


def audit(stage: Stage) -> None:
    """All logs recomputed, both ends of every message compared, no alarm anywhere."""
    network = stage.network
    stage.teller.say(
        "The auditors of all three nodes read every entry of both logs, compute the roots again, "
        "and compare them with the checkpoints, which two keys signed (Ed25519 and ML-DSA-44). "
        "Then they put both ends of each message beside each other. No message is opened for it."
    )
    cards = {node: _card(stage, node) for node in network.nodes}
    with stage.teller.waiting("reading all logs"):
        logs = [
            (node, log, _checked(stage, node, log, cards[node]))
            for node in network.nodes
            for log in ("exchange", "activity")
        ]
    stage.teller.table(
        "Logs, every entry read",
        ("node", "log", "entries", "root computed and signed"),
        [(node, log, c.tree.size, f"{c.tree.root().hex()[:32]}...") for node, log, c in logs],
    )
    found = [(sent, _evidence(stage, sent, cards)) for sent in stage.sent]
    stage.teller.table(
        "Messages, both ends",
        ("message", "type", "from", "to", "entry", "signed receipts"),
        [_row(sent, evidence) for sent, evidence in found],
    )
    alarms = [(node, *alarm) for node in network.nodes for alarm in _alarms(stage, node)]
    if alarms:
        stage.teller.table("Alarms", ("at", "time (UTC)", "about", "what"), alarms)
    stage.fact(f"all {len(logs)} logs hold what their checkpoints sign", len(logs) == 6)
    stage.fact(
        f"for all {len(found)} messages both ends hold the same entry, proven in the sender's log, "
        "under an agreement that both signed",
        all(evidence.sent.entry["id"] == sent.message_id for sent, evidence in found),
    )
    stage.fact(
        "for each of them a receipt is proven in the recipient's log",
        all("validated" in evidence.stages for _, evidence in found),
    )
    quiet = all(network.status(node)["alarms"] == 0 for node in network.nodes)
    stage.fact("no node raised an alarm", quiet and not alarms)


def _card(stage: Stage, node: str) -> Card:
    """The card as its members gave it to each other."""
    return parse_card((stage.network.homes.cards / f"{node}.card").read_bytes()).card


def _checked(stage: Stage, node: str, log: str, card: Card) -> LogCheck:
    wire = stage.officer(node, AUDITOR).wire

    def page(start: int) -> list[bytes]:
        answer = wire.get(f"/v1/audit/{log}/entries", start=start, count=_PAGE)
        return [unb64(entry["entry"]) for entry in answer["entries"]]

    head = wire.get(f"/v1/audit/{log}")
    public = log_key(card, head["origin"])
    return check_log(head["origin"], head["size"], page, head["checkpoint"].encode(), public)


def _alarms(stage: Stage, node: str) -> list[tuple[str, str, str]]:
    events = stage.officer(node, AUDITOR).wire.get("/v1/events", wait=0)["events"]
    return [
        (event["at"][11:23], event["ref"], str(event["data"].get("what", "")))
        for event in events
        if event["event"] == "alarm"
    ]


def _evidence(stage: Stage, sent: Sent, cards: dict[str, Card]) -> Evidence:
    path = f"/v1/messages/{sent.message_id}/evidence"
    ours = stage.officer(sent.sender, AUDITOR).wire.get(path, direction="out")
    theirs = stage.officer(sent.recipient, AUDITOR).wire.get(path, direction="in")
    return check_evidence(sent.message_id, ours, theirs, cards)


def _row(sent: Sent, evidence: Evidence) -> tuple[Any, ...]:
    kind = evidence.sent.entry["type"]
    stages = ", ".join(evidence.stages)
    return short(sent.message_id), kind, sent.sender, sent.recipient, evidence.sent.index, stages
