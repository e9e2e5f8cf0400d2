"""A partner whose messages come and whose rounds do not is an alarm, and no other partner is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest

from core_network import alarms, begun, captured, sent, warning
from relec_exchange.journal import writer
from relec_exchange.journal.build import Built, Surroundings, build
from relec_exchange.journal.plan import Plan
from relec_exchange.journal.state import JournalState
from relec_exchange.message.identifiers import MessageClass
from relec_exchange.ports import Outgoing
from relec_exchange.records import AcceptedRow, AlarmRow, Where
from relec_exchange.testing import NETWORK, SimulatedNetwork


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


def test_a_message_that_the_broker_brings_late_says_nothing_of_who_is_away(
    network: SimulatedNetwork,
) -> None:
    network.pass_minutes(3)
    late = captured(network, warning(network))
    network.pass_minutes(1)
    sent(network, warning(network))  # it comes after the last round
    network.transport("tr").online = False
    network.pass_minutes(8)
    network.hub.inject("pk", "tr", MessageClass.ORDINARY, late)
    network.pass_minutes(3)
    assert alarms(network.node("pk")) == []
    warnings = Where("type", "=", "warning.notice")
    assert network.node("pk").store.count(AcceptedRow, warnings) == 2


def test_who_dates_its_messages_back_is_noticed_a_day_later(
    network: SimulatedNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    network.pass_minutes(3)
    without_rounds(network)
    then = network.clock()

    def dated_back(
        state: JournalState, plans: Sequence[Plan], around: Surroundings, now: datetime
    ) -> Built:
        mine = state.exchange.origin.startswith(f"{NETWORK}/tr/")
        return build(state, plans, around, then if mine else now)

    monkeypatch.setattr(writer, "build", dated_back)
    for hours in (0, 24):
        network.clock.forward(hours=hours)
        assert ("cosigning-not-asked", "tr") not in alarms(network.node("pk"))
        for _ in range(9):
            sent(network, warning(network))
            network.pass_minutes(1)
    assert ("cosigning-not-asked", "tr") in alarms(network.node("pk"))


def test_a_busy_node_that_takes_in_late_what_was_written_before_the_round_blames_nobody(
    network: SimulatedNetwork,
) -> None:
    """Rounds come in a queue of their own, and overtake what was sent before them."""
    network.pass_minutes(3)
    late = [captured(network, warning(network))]
    for _ in range(8):
        network.clock.forward(minutes=1)
        late.append(captured(network, warning(network)))
    network.pass_minutes(2)
    network.transport("tr").online = False
    for envelope in late:
        network.hub.inject("pk", "tr", MessageClass.ORDINARY, envelope)
        network.pass_minutes(1)
    network.pass_minutes(2)
    assert alarms(network.node("pk")) == []
