"""Officers who may send many warnings alone, once a second person released the first of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from relec_exchange.client import Client
from relec_exchange.demo.exercise import OFFICERS
from relec_exchange.demo.network import ExerciseNetwork
from relec_exchange.demo.waiting import PATIENCE_SECONDS
from relec_exchange.trust.officer import Role

# Somebody who may submit and release: figures and warnings need no second person after the first.
SENDER: Final = "sender"
SENDERS: Final = {**OFFICERS, SENDER: frozenset({Role.SUBMITTER, Role.RELEASER})}
# What an officer answers with yes about a warning in which nobody can be recognised.
ANSWERS: Final = ("no-person-recognisable",)
SURGE: Final[dict[str, Any]] = {
    "kind": "surge",
    "where": {"country": "TR"},
    "when": {"from": "2024-01-01", "to": "2024-01-01"},
    "what": "Twice as many as usual.",
}


def use_first(network: ExerciseNetwork, node: str, recipients: Sequence[str]) -> None:
    """Send the first message under each agreement: the sender alone cannot, a second person can."""
    with Client(network.home(node), SENDER) as client:
        sent = client.submit(type="warning.notice", to=recipients, body=SURGE, answers=ANSWERS)
    with Client(network.home(node), "releaser") as client:
        for one in sent:
            assert one.needs == ("release",), one
            client.release(one.message_id)
            client.wait(one.message_id, timeout_seconds=PATIENCE_SECONDS)
