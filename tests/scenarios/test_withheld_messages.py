"""A broker that destroys what it has confirmed: both ends notice, nothing stays missing.

Three rounds: of the other end's rounds, whether they arrived or not. Where rounds are destroyed
too, silence for three of the longest intervals.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core_network import (
    FULL,
    alarms,
    begun,
    check_logs,
    entries,
    events,
    inbox_ids,
    life_at_risk,
    request,
    sent,
    state,
    warning,
)
from relec_exchange.message.document import Message
from relec_exchange.ports import Outgoing
from relec_exchange.records import ChainRow, GapRow, OutboxRow, Where
from relec_exchange.testing import OFFICER, SimulatedNetwork
from relec_exchange.testing.succeeding import announce, current_origin, succeed
from withheld_numbers import AllOf, Destroying, EveryTenth, slowest

ROUNDS = 3
"""Within so many rounds both ends notice."""

STARTS = range(10 if FULL else 1)
OVER_DAYS = 29
"""Longer than time to live and resend window together."""


def write(network: SimulatedNetwork, sender: str = "tr", recipient: str = "pk") -> list[str]:
    """A warning, a request and a rescue."""
    ends = {"sender": sender, "recipient": recipient}
    return [sent(network, make(network, **ends)) for make in (warning, request, life_at_risk)]


def audited(network: SimulatedNetwork, name: str) -> dict[str, list[dict[str, Any]]]:
    """What `relec audit gaps` shows at a node."""
    return network.node(name).desk.audit_gaps(OFFICER)


def nothing_is_missing(network: SimulatedNetwork, *names: str) -> None:
    """No gap is open at either end, nobody is accused, and all logs verify."""
    for name in names or network.names:
        node = network.node(name)
        assert [gap for gap in node.store.rows(GapRow) if not gap.closed_at] == []
        assert [gap for gap in node.desk.gaps() if gap["direction"] == "out"] == []
        assert {row.missing for row in node.store.rows(ChainRow)} == {"[]"}
        assert alarms(node) == []
    check_logs(network)


@pytest.mark.parametrize("start", STARTS)
def test_every_tenth_is_destroyed_and_all_of_them_come_after_all(
    network: SimulatedNetwork, start: int
) -> None:
    operator = Destroying(network, EveryTenth(start))
    written: dict[str, list[str]] = {"tr": [], "pk": []}
    for _ in range(10):
        written["pk"] += write(network, "tr", "pk")
        written["tr"] += write(network, "pk", "tr")
        operator.pass_minutes(1)
    operator.choose = None
    operator.pass_minutes(15)
    lost = list(operator.lost.values())
    assert len(lost) >= 8
    assert {one.sender for one in lost} == {"tr", "pk"}
    assert {"control", "ordinary"} <= {one.cls for one in lost}
    assert slowest(lost) <= ROUNDS
    assert all(operator.recovered(one) for one in lost)
    for name, idents in written.items():
        assert sorted(inbox_ids(network.node(name))) == sorted(idents)
    nothing_is_missing(network)


def test_a_broker_that_never_stops_destroying_every_tenth_keeps_nothing_from_its_recipient(
    network: SimulatedNetwork,
) -> None:
    operator = Destroying(network, EveryTenth())
    written = []
    for _ in range(8):
        written += write(network)
        operator.pass_minutes(1)
    operator.pass_minutes(20)
    messages = [one for one in operator.lost.values() if one.cls != "control"]
    assert len(messages) >= 2
    assert slowest(messages) <= ROUNDS
    assert sorted(inbox_ids(network.node("pk"))) == sorted(written)
    assert {state(network.node("tr"), ident) for ident in written} <= {"validated", "opened"}


@pytest.mark.parametrize("make", [warning, request, life_at_risk])
def test_the_last_message_of_a_conversation_is_destroyed_and_comes_after_all(
    network: SimulatedNetwork, make: Callable[..., Message]
) -> None:
    write(network)
    network.run()
    operator = Destroying(network, AllOf("tr", "pk", ("ordinary", "flash")))
    ident = sent(network, make(network))
    operator.choose = None
    operator.pass_minutes(6)
    [lost] = operator.lost.values()
    assert slowest([lost]) <= ROUNDS
    assert operator.recovered(lost)
    assert inbox_ids(network.node("pk"))[-1] == ident
    nothing_is_missing(network)


def test_the_last_message_of_a_log_is_destroyed_before_its_successor_begins(
    network: SimulatedNetwork,
) -> None:
    operator = Destroying(network, AllOf("tr", "pk", ("ordinary",)))
    ident = sent(network, warning(network))
    operator.choose = None
    closed = current_origin(network.node("tr"))
    succeed(network, "tr")
    announce(network, "tr")
    operator.pass_minutes(8)
    [lost] = operator.lost.values()
    assert lost.origin == closed
    assert slowest([lost]) <= ROUNDS
    assert operator.recovered(lost)
    assert inbox_ids(network.node("pk")) == [ident]
    nothing_is_missing(network)


def test_all_messages_of_one_pair_are_destroyed_and_come_once_they_may(tmp_path: Path) -> None:
    with begun(tmp_path, "tr", "pk", "iq") as network:
        operator = Destroying(network, AllOf("tr", "pk", ("ordinary", "flash")))
        written = []
        for _ in range(4):
            written += [sent(network, warning(network)), sent(network, life_at_risk(network))]
            sent(network, warning(network, recipient="iq"))
            sent(network, warning(network, sender="pk", recipient="tr"))
            operator.pass_minutes(1)
        operator.pass_minutes(6)
        lost = list(operator.lost.values())
        assert len(lost) == len(written)
        assert slowest(lost) <= ROUNDS
        assert inbox_ids(network.node("pk")) == []
        # Both operators can read it off, and the one who has nothing to do with it sees nothing.
        shown = {name: network.node(name).desk.gaps() for name in network.names}
        assert {(g["peer"], g["direction"], g["class"]) for g in shown["pk"]} == {
            ("tr", "in", "ordinary"),
            ("tr", "in", "flash"),
        }
        assert {(g["peer"], g["direction"], g["class"]) for g in shown["tr"]} == {
            ("pk", "out", "ordinary"),
            ("pk", "out", "flash"),
        }
        assert shown["iq"] == []
        standing = audited(network, "pk")["theirs"]
        assert {one["class"]: one["ended"] for one in standing} == {
            "ordinary": {"missing": 4},
            "flash": {"missing": 4},
        }
        assert all(one["asks"] >= 1 and not one["closed_at"] for one in standing)
        assert {one["message_id"] for one in audited(network, "tr")["ours"]} >= set(written)
        operator.choose = None
        operator.pass_minutes(6)
        assert {tuple(one["ended"]) for one in audited(network, "pk")["theirs"]} == {("arrived",)}
        assert sorted(inbox_ids(network.node("pk"))) == sorted(written)
        nothing_is_missing(network)


def test_what_is_destroyed_for_good_is_closed_as_void_when_its_time_is_over(
    network: SimulatedNetwork,
) -> None:
    operator = Destroying(network, AllOf("tr", "pk", ("ordinary",)))
    idents = [sent(network, warning(network)) for _ in range(3)]
    operator.pass_minutes(4)
    assert slowest(list(operator.lost.values())) <= ROUNDS
    for _ in range(0, OVER_DAYS, 4):
        network.clock.forward(days=4)
        network.run()
        network.clock.forward(minutes=11)
        network.run()
    operator.pass_minutes(15)
    tr, pk = network.node("tr"), network.node("pk")
    assert {state(tr, ident) for ident in idents} <= {"voided", "expired"}
    voided = [(one["class"], one["seq"], one["reason"]) for one in entries(tr, "voided")]
    assert voided == [("ordinary", number, "expired") for number in (1, 2, 3)]
    assert inbox_ids(pk) == []
    assert all(operator.recovered(one) for one in operator.lost.values())
    [gap] = pk.store.rows(GapRow, Where("cls", "=", "ordinary"))
    assert (gap.first, gap.last, bool(gap.closed_at)) == (1, 3, True)
    assert [one["ended"] for one in audited(network, "pk")["theirs"]] == [{"void": 3}]
    ours = audited(network, "tr")["ours"]
    assert {(one["number"], one["reason"]) for one in ours} >= {(n, "expired") for n in (1, 2, 3)}
    nothing_is_missing(network)


def test_all_of_one_pair_with_its_rounds_is_destroyed_and_both_ends_hear_silence(
    tmp_path: Path,
) -> None:
    with begun(tmp_path, "tr", "pk", "iq") as network:

        def both_ways(sender: str, item: Outgoing) -> bool:
            return {sender, item.recipient} == {"tr", "pk"}

        operator = Destroying(network, both_ways)
        written = [sent(network, warning(network)), sent(network, life_at_risk(network))]
        longest = network.node("tr").book.current.times().round_idle_seconds // 60
        network.pass_minutes(ROUNDS * longest + 1)
        for name, other in (("tr", "pk"), ("pk", "tr")):
            silent = events(network.node(name), "partner.silent")
            assert [event.ref for event in silent] == [other], name
            assert inbox_ids(network.node(name)) == []
        assert events(network.node("iq"), "partner.silent") == []
        operator.choose = None
        operator.pass_minutes(25)
        for name, other in (("tr", "pk"), ("pk", "tr")):
            heard = events(network.node(name), "partner.heard")
            assert [event.ref for event in heard] == [other], name
        assert sorted(inbox_ids(network.node("pk"))) == sorted(written)
        assert all(operator.recovered(one) for one in operator.lost.values())
        nothing_is_missing(network)


def test_all_that_one_node_sends_to_another_is_destroyed_and_the_sender_reads_it_from_rounds(
    network: SimulatedNetwork,
) -> None:
    operator = Destroying(network, AllOf("tr", "pk"))
    ident = sent(network, warning(network))
    longest = network.node("tr").book.current.times().round_idle_seconds // 60
    operator.pass_minutes(ROUNDS * longest + 1)
    [message] = [one for one in operator.lost.values() if one.cls == "ordinary"]
    assert message.noticed["tr"] <= ROUNDS
    assert [event.ref for event in events(network.node("pk"), "partner.silent")] == ["tr"]
    missing = network.node("tr").store.rows(OutboxRow, Where("missing_since", "!=", ""))
    assert ident in {row.message_id for row in missing}
    operator.choose = None
    operator.pass_minutes(25)
    assert inbox_ids(network.node("pk")) == [ident]
    assert all(operator.recovered(one) for one in operator.lost.values())
    nothing_is_missing(network)
