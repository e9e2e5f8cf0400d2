"""Messages that nobody acknowledged in time: told once each, and looked for now and then."""

from __future__ import annotations

import pytest

from core_network import ack, events, life_at_risk, ping, sent, warning
from relec_exchange.inbound.overdue import Overdue
from relec_exchange.records import InboxRow
from relec_exchange.testing import SimulatedNetwork


def overdue(network: SimulatedNetwork) -> Overdue:
    node = network.node("pk")
    return Overdue(node.store, node.journal, node._rules)


def test_what_nobody_acknowledged_in_time_is_told_once(network: SimulatedNetwork) -> None:
    urgent, told = life_at_risk(network), life_at_risk(network)
    sent(network, urgent)
    sent(network, told)
    sent(network, warning(network))
    sent(network, ping(network))
    network.run()
    sent(network, ack(network, told, purpose="rescue_only"))
    network.pass_minutes(9)
    pk = network.node("pk")
    assert events(pk, "message.escalated") == []
    network.pass_minutes(4)
    assert [e.ref for e in events(pk, "message.escalated")] == [urgent.header.message_id]


def test_the_inbox_is_not_read_every_second(
    network: SimulatedNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = overdue(network)
    reads: list[object] = []
    rows = made._store.rows

    def counted(kind: type, *conditions: object, **options: object) -> object:
        if kind is InboxRow:
            reads.append(kind)
        return rows(kind, *conditions, **options)

    monkeypatch.setattr(made._store, "rows", counted)
    for _ in range(30):
        made.tick(network.clock())
        network.clock.forward(seconds=1)
    assert len(reads) == 2
    network.clock.forward(hours=-1)
    made.tick(network.clock())
    assert len(reads) == 3
