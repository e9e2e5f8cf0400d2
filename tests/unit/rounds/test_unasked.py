"""A partner whose messages come and whose rounds do not is an alarm, and no other partner is."""

from __future__ import annotations

from pathlib import Path

from core_network import alarms, begun, sent, warning
from relec_exchange.ports import Outgoing
from relec_exchange.records import AlarmRow
from relec_exchange.testing import SimulatedNetwork


def without_rounds(network: SimulatedNetwork) -> None:
    """The broker delivers of tr nothing in class control."""

    def interfere(sender: str, item: Outgoing) -> list[bytes]:
        return [] if sender == "tr" and item.message_class == "control" else [item.envelope]

    network.hub.interfere = interfere


def test_messages_for_five_busy_intervals_without_a_round_are_an_alarm(
    network: SimulatedNetwork,
) -> None:
    network.pass_minutes(3)
    without_rounds(network)
    for _ in range(5):
        sent(network, warning(network))
        network.pass_minutes(1)
        assert ("cosigning-not-asked", "tr") not in alarms(network.node("pk"))
    for _ in range(3):
        sent(network, warning(network))
        network.pass_minutes(1)
    assert ("cosigning-not-asked", "tr") in alarms(network.node("pk"))
    row = network.node("pk").store.rows(AlarmRow)[-1]
    assert (row.what, row.closed_at) == ("cosigning-not-asked", "")


def test_one_message_and_then_silence_is_another_matter(network: SimulatedNetwork) -> None:
    network.pass_minutes(3)
    without_rounds(network)
    sent(network, warning(network))
    network.pass_minutes(12)
    assert ("cosigning-not-asked", "tr") not in alarms(network.node("pk"))


def test_a_node_that_was_away_finds_messages_and_rounds_together(tmp_path: Path) -> None:
    with begun(tmp_path) as network:
        network.pass_minutes(3)
        network.close("pk")
        for _ in range(8):
            sent(network, warning(network))
            network.pass_minutes(1)
        network.open("pk")
        network.pass_minutes(3)
        assert alarms(network.node("pk")) == []
