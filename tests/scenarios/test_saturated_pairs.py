"""Two honest nodes under load: rounds come in bursts, are passed over and overtaken, and both are
restarted meanwhile. Everything is proven in the end, and nobody is ever accused.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from core_network import alarms, begun, take_in
from relec_exchange.journal.control import control_send
from relec_exchange.journal.plan import Plan
from relec_exchange.message.identifiers import format_time
from relec_exchange.ports import Outgoing
from relec_exchange.records import AcceptedCheckpointRow, UsedCheckpointRow, Where
from relec_exchange.rounds.proofs import PROOFS_MAX
from relec_exchange.testing import SimulatedNetwork

BACKLOG = 3 * PROOFS_MAX
MINUTES = 60
LATER = 101
"""Minutes after which what is not proven counts."""


@pytest.fixture
def two(tmp_path: Path) -> Iterator[SimulatedNetwork]:
    with begun(tmp_path) as network:
        network.pass_minutes(12)
        yield network


class Bursts:
    """A broker that keeps everything back, and delivers it in batches when it is told to."""

    def __init__(self, network: SimulatedNetwork) -> None:
        self.network = network
        self.kept: dict[str, list[bytes]] = {"tr": [], "pk": []}
        network.hub.interfere = self._keep

    def _keep(self, sender: str, item: Outgoing) -> list[bytes]:
        self.kept[sender].append(item.envelope)
        return []

    def deliver(self, sender: str, count: int) -> None:
        """The oldest `count` envelopes of one node, in one batch of the other."""
        batch, self.kept[sender] = self.kept[sender][:count], self.kept[sender][count:]
        if batch:
            take_in(self.network, "pk" if sender == "tr" else "tr", batch, sender)


def saturate(network: SimulatedNetwork, count: int) -> None:
    """tr sends so many messages, each under a tree of its own."""
    tr = network.node("tr")
    for _ in range(count):
        body = {"items": [{"class": "flash", "from": 1, "to": 1}]}
        send, secrets = control_send(
            tr.book.current, "pk", "resend.request", body, network.clock(), os.urandom
        )
        tr.journal.write(Plan(sends=(send,), secrets=secrets))


def together(bursts: Bursts) -> None:
    """All that waits comes in one batch: of its rounds the newest alone is judged."""
    for sender in ("tr", "pk"):
        bursts.deliver(sender, len(bursts.kept[sender]))


def overtaken(bursts: Bursts) -> None:
    """The first round is judged, and a second one before the answer to it is written."""
    bursts.deliver("tr", 1)
    together(bursts)


def restarted(bursts: Bursts) -> None:
    """As `overtaken`, and both nodes are stopped between."""
    for name in ("tr", "pk"):
        bursts.network.close(name)
        bursts.network.open(name)
    overtaken(bursts)


@pytest.mark.parametrize("arrive", [together, overtaken, restarted])
def test_an_honest_backlog_in_bursts_is_proven_and_accuses_nobody(
    two: SimulatedNetwork, arrive: Callable[[Bursts], None]
) -> None:
    bursts = Bursts(two)
    saturate(two, BACKLOG)
    bursts.deliver("tr", BACKLOG)
    two.clock.forward(minutes=LATER)
    for minute in range(MINUTES):
        two.pass_minutes(1)
        if minute % 3 == 2:
            arrive(bursts)
        assert alarms(two.node("pk")) == alarms(two.node("tr")) == [], minute
    counted = Where("rounds", ">", 0)
    assert two.node("pk").store.count(AcceptedCheckpointRow, counted) == 0
    old = Where("first_at", "<", format_time(two.clock() - timedelta(minutes=LATER)))
    unproven = Where("proven", "=", False)
    assert two.node("pk").store.count(AcceptedCheckpointRow, old, unproven) == 0
    two.hub.interfere = None
    together(bursts)
    two.pass_minutes(12)
    for name in ("tr", "pk"):
        assert alarms(two.node(name)) == []
        assert two.node(name).store.count(AcceptedCheckpointRow, unproven) <= 2
        assert two.node(name).store.count(UsedCheckpointRow) <= 4
