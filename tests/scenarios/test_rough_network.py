"""A broker that drops, repeats, delays and shuffles, nodes that are killed and clocks that jump:
in the end every message is there once, both ends say so, and nobody is accused.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core_network import FULL, alarms, begun, check_logs, inbox_ids, life_at_risk, warning
from relec_exchange.message.document import Message
from relec_exchange.node import Node
from relec_exchange.ports import Outcome, Outgoing
from relec_exchange.records import AcceptedCheckpointRow, ChainRow, GapRow, OutboxRow, Where
from relec_exchange.testing import SimulatedNetwork

SEEDS = range(40 if FULL else 3)
TURNS = 60 if FULL else 40


class Rough:
    """The broker's operator, with a seed."""

    def __init__(self, network: SimulatedNetwork, seed: int) -> None:
        self.network, self.dice = network, random.Random(seed)
        self.kept: list[tuple[str, Outgoing]] = []
        self.kills, self.deadly = 0, True
        for name in network.names:
            self.endanger(network.node(name))
        network.hub.interfere = self.interfere
        network.hub.answer = self.answer

    def interfere(self, sender: str, item: Outgoing) -> list[bytes]:
        luck = self.dice.random()
        if luck < 0.15:
            return []
        if luck < 0.25:
            self.kept.append((sender, item))
            return []
        return [item.envelope] * (2 if luck > 0.9 else 1)

    def answer(self, sender: str, item: Outgoing) -> Outcome:
        if self.dice.random() < 0.1:
            return self.dice.choice((Outcome.LOST, Outcome.REFUSED, Outcome.NO_ROUTE))
        return Outcome.CONFIRMED

    def let_go(self) -> None:
        """Some of what was kept back arrives late, in another order."""
        self.dice.shuffle(self.kept)
        for _ in range(self.dice.randint(0, len(self.kept))):
            sender, item = self.kept.pop()
            self.network.hub.inject(item.recipient, sender, item.message_class, item.envelope)

    def kill(self, name: str) -> None:
        """End a node as kill -9 does: nothing is finished, nothing is closed in order."""
        node = self.network._nodes.pop(name)
        self.network._transports.pop(name).pause()
        node.store.close()
        node.vault.close()
        os.close(node._locked)
        self.endanger(self.network.open(name))

    def endanger(self, node: Node) -> None:
        """Let it be killed now and then between any two of the steps that make a commit."""
        dice = self.dice

        def killing(act: Callable[..., Any]) -> Callable[..., Any]:
            def call(*arguments: Any) -> Any:
                if self.deadly and dice.random() < 0.01:
                    raise KilledError(node.settings.node)
                answer = act(*arguments)
                if self.deadly and dice.random() < 0.01:
                    raise KilledError(node.settings.node)
                return answer

            return call

        node.vault.put = killing(node.vault.put)  # type: ignore[method-assign]
        node.store.commit = killing(node.store.commit)  # type: ignore[method-assign]
        node._guard.write = killing(node._guard.write)  # type: ignore[method-assign]
        node.journal._publish = killing(node.journal._publish)
        edge = node._transport
        edge.acknowledge = killing(edge.acknowledge)  # type: ignore[method-assign]

    def survive(self, act: Callable[[], Any]) -> Any:
        """Do it until nobody is killed on the way."""
        while True:
            try:
                return act()
            except KilledError as killed:
                self.kills += 1
                self.kill(killed.args[0])


class KilledError(BaseException):
    """kill -9, with the name of the node."""


def write(network: SimulatedNetwork, rough: Rough) -> Message:
    """A message of an officer who tries the same request again until there is an answer."""
    sender, recipient = rough.dice.choice((("tr", "pk"), ("pk", "tr")))
    make = life_at_risk if rough.dice.random() < 0.2 else warning
    message, salt = make(network, sender=sender, recipient=recipient), os.urandom(32)
    answer = rough.survive(lambda: network.submit(message, salt=salt))
    assert answer["status"] == "released", answer
    return message


def rough_times(network: SimulatedNetwork, rough: Rough) -> list[Message]:
    """Everything that may go wrong, for a while; returns what officers sent."""
    dice, sent = rough.dice, []
    for _ in range(TURNS):
        for _ in range(dice.randint(0, 3)):
            sent.append(write(network, rough))
        luck = dice.random()
        if luck < 0.1:
            rough.kill(dice.choice(("tr", "pk")))
        elif luck < 0.2:
            edge = network.transport(dice.choice(("tr", "pk")))
            edge.online = not edge.online
        elif luck < 0.3:
            network.clock.forward(seconds=-dice.randint(1, 100))
        rough.let_go()
        network.clock.forward(seconds=dice.randint(1, 90))
        rough.survive(network.run)
    return sent


@pytest.mark.parametrize("seed", SEEDS)
def test_in_the_end_everything_is_there_once(tmp_path: Path, seed: int) -> None:
    with begun(tmp_path) as network:
        rough = Rough(network, seed)
        sent = rough_times(network, rough)
        assert rough.kills
        rough.deadly = False
        network.hub.interfere = network.hub.answer = None
        for name in ("tr", "pk"):
            network.transport(name).online = True
            network.node(name)._publisher._monotonic = lambda: 1e9
        network.pass_minutes(25)
        for one, other in (("tr", "pk"), ("pk", "tr")):
            expected = sorted(m.header.message_id for m in sent if m.header.recipient == one)
            assert sorted(inbox_ids(network.node(one))) == expected
            node = network.node(other)
            rows = node.store.rows(OutboxRow, Where("cls", "!=", "control"), blobs=False)
            assert {row.state for row in rows} <= {"validated"}
            assert len(rows) == len(expected)
        for name in ("tr", "pk"):
            node = network.node(name)
            assert alarms(node) == []
            assert [g for g in node.store.rows(GapRow) if not g.closed_at] == []
            assert {row.missing for row in node.store.rows(ChainRow)} == {"[]"}
            unproven = node.store.rows(AcceptedCheckpointRow, Where("proven", "=", False))
            assert len(unproven) <= 2
        check_logs(network)


def test_a_recipient_that_was_switched_off_gets_everything_when_it_returns(
    network: SimulatedNetwork,
) -> None:
    network.close("pk")
    sent = [warning(network) for _ in range(20)]
    for message in sent:
        assert network.submit(message)["status"] == "released"
        network.clock.forward(minutes=20)
        network.run()
    network.open("pk")
    network.pass_minutes(3)
    assert inbox_ids(network.node("pk")) == [m.header.message_id for m in sent]
    network.pass_minutes(15)
    for name in ("tr", "pk"):
        assert alarms(network.node(name)) == []
    check_logs(network)


def test_rounds_that_pile_up_before_a_busy_partner_raise_no_alarm(tmp_path: Path) -> None:
    with begun(tmp_path, rounds=False) as network:
        network.run()
        network.submit(warning(network))
        network.run()
        network.pass_minutes(3)
        tr, pk = network.node("tr"), network.node("pk")
        for _ in range(14):  # rounds that are written before an answer is read
            network.submit(warning(network))
            network.clock.forward(seconds=61)
            for _ in range(2):
                network.transport("tr").poll(0)
                tr.step()
        assert network.transport("pk").wanted >= 28
        while network.transport("pk").wanted:
            network.transport("pk").poll(1)
            pk.step()
            network.clock.forward(seconds=2)
            pk.step()
        network.run()
        network.pass_minutes(5)
        assert alarms(pk) == alarms(tr) == []
        unproven = pk.store.count(AcceptedCheckpointRow, Where("proven", "=", False))
        assert unproven <= 1
        check_logs(network)
