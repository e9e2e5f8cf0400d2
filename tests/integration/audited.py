"""What an auditor finds at a node of a real network: both logs computed again, entry by entry."""

from __future__ import annotations

from typing import Any

from relec_exchange.cli.log_check import LogCheck, check_log, log_key
from relec_exchange.client import Client
from relec_exchange.demo.network import ExerciseNetwork
from relec_exchange.message.encoding import unb64
from relec_exchange.trust.card import parse_card

PAGE = 1000


def verified_logs(network: ExerciseNetwork, node: str) -> dict[str, LogCheck]:
    """Both logs of a node, recomputed and compared with their hybrid-signed checkpoints."""
    card = parse_card((network.homes.cards / f"{node}.card").read_bytes()).card
    with Client(network.home(node), "auditor") as client:
        return {log: _verified(client, log, card) for log in ("exchange", "activity")}


def items(client: Client, path: str, **filters: Any) -> list[dict[str, Any]]:
    """All lines of a paged list."""
    found: list[dict[str, Any]] = []
    after = 0
    while True:
        page = client.wire.get(path, after=after, limit=500, **filters)
        found += page["items"]
        if page["next"] is None:
            return found
        after = page["next"]


def alarms(network: ExerciseNetwork, node: str) -> list[dict[str, Any]]:
    """What a node raised an alarm about, as its events tell: what, and about whom."""
    found: list[dict[str, Any]] = []
    after = 0
    with Client(network.home(node), "operator") as client:
        while events := client.wire.get("/v1/events", after=after, wait=0)["events"]:
            after = events[-1]["id"]
            found += [event for event in events if event["event"] == "alarm"]
    assert len(found) >= network.status(node)["alarms"], found
    return found


def _verified(client: Client, log: str, card: Any) -> LogCheck:
    def page(start: int) -> list[bytes]:
        answer = client.wire.get(f"/v1/audit/{log}/entries", start=start, count=PAGE)
        return [unb64(entry["entry"]) for entry in answer["entries"]]

    head = client.wire.get(f"/v1/audit/{log}")
    public = log_key(card, head["origin"])
    return check_log(head["origin"], head["size"], page, head["checkpoint"].encode(), public)
