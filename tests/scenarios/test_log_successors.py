"""A log is replaced by its successor while traffic goes on: nothing is lost, nothing comes twice,
both logs verify, and nobody is accused.
"""

from __future__ import annotations

from pathlib import Path

from core_network import (
    alarms,
    begun,
    check_logs,
    entries,
    events,
    inbox_ids,
    life_at_risk,
    sent,
    state,
    warning,
)
from relec_exchange.message.identifiers import MessageClass
from relec_exchange.ports import Outgoing
from relec_exchange.records import (
    AcceptedCheckpointRow,
    ChainRow,
    GapRow,
    HeldRow,
    OutboxRow,
    UsedCheckpointRow,
    Where,
)
from relec_exchange.testing import SimulatedNetwork
from relec_exchange.testing.homes import SECOND
from relec_exchange.testing.succeeding import announce, current_origin, succeed
from relec_exchange.trust.officer import Act

ENDS = (("tr", "pk"), ("pk", "tr"))


def both_ways(network: SimulatedNetwork, count: int = 1) -> list[tuple[str, str]]:
    """Officers of both nodes write; (recipient, message id) of each."""
    made: list[tuple[str, str]] = []
    for one, other in ENDS:
        for _ in range(count):
            make = life_at_risk if len(made) % 3 == 2 else warning
            made.append((other, sent(network, make(network, sender=one, recipient=other))))
    return made


def settled(network: SimulatedNetwork, expected: list[tuple[str, str]]) -> None:
    """Everything is there once, both ends say so, every log verifies, nobody is accused."""
    for name in ("tr", "pk"):
        node = network.node(name)
        wanted = sorted(ident for recipient, ident in expected if recipient == name)
        assert sorted(inbox_ids(node)) == wanted
        assert alarms(node) == []
        assert [g for g in node.store.rows(GapRow) if not g.closed_at] == []
        assert {row.missing for row in node.store.rows(ChainRow)} <= {"[]"}
        assert node.store.count(HeldRow) == 0
        assert node.store.count(AcceptedCheckpointRow, Where("proven", "=", False)) <= 1
        used = node.store.rows(UsedCheckpointRow)
        assert {row.origin for row in used} <= {current_origin(node)}
        assert len(used) <= 2
        rows = node.store.rows(OutboxRow, Where("cls", "!=", "control"), blobs=False)
        assert {row.state for row in rows} <= {"validated"}
    check_logs(network)


def test_traffic_in_both_directions_goes_on_while_a_log_is_replaced(
    network: SimulatedNetwork,
) -> None:
    expected = both_ways(network, 3)
    network.pass_minutes(2)
    expected += both_ways(network, 2)  # under way at the moment of the switch
    told = succeed(network, "tr")
    assert told["closed"]["origin"].endswith("/exchange/1")
    assert current_origin(network.node("tr")).endswith("/exchange/2")
    expected += both_ways(network, 3)
    network.run()
    held = network.node("pk").store.rows(HeldRow)
    assert {row.reason for row in held} == {"proof-key"}
    announce(network, "tr")
    expected += both_ways(network, 2)
    network.pass_minutes(4)
    expected += both_ways(network, 2)
    network.pass_minutes(20)
    settled(network, expected)
    opened = entries(network.node("tr"), "opened")
    assert [one["previous_origin"] for one in opened] == [told["closed"]["origin"]]
    assert opened[0]["previous_size"] == told["closed"]["size"]
    assert opened[0]["previous_root"] == told["closed"]["root"]
    assert events(network.node("tr"), "log.opened")


def test_both_ends_replace_their_logs_at_the_same_time(network: SimulatedNetwork) -> None:
    expected = both_ways(network, 2)
    for name in ("tr", "pk"):
        succeed(network, name)
    expected += both_ways(network, 2)
    network.pass_minutes(2)
    for name in ("tr", "pk"):
        announce(network, name)
    expected += both_ways(network, 2)
    network.pass_minutes(30)
    settled(network, expected)


def test_both_ends_find_each_other_again_when_their_first_cards_were_lost(
    network: SimulatedNetwork,
) -> None:
    expected = both_ways(network, 1)
    network.pass_minutes(2)
    for name in ("tr", "pk"):
        succeed(network, name)
        announce(network, name)
    network.hub.interfere = lambda sender, item: []
    network.pass_minutes(1)
    network.hub.interfere = None
    expected += both_ways(network, 1)
    network.pass_minutes(40)
    settled(network, expected)


def swallow(network: SimulatedNetwork, cls: MessageClass) -> None:
    """The broker confirms and loses what tr sends in this class."""

    def interfere(sender: str, item: Outgoing) -> list[bytes]:
        return [] if sender == "tr" and item.message_class is cls else [item.envelope]

    network.hub.interfere = interfere


def test_the_last_message_before_a_switch_is_missed_and_comes(network: SimulatedNetwork) -> None:
    expected = both_ways(network, 1)
    network.pass_minutes(3)
    swallow(network, MessageClass.ORDINARY)
    lost = sent(network, warning(network))
    network.run()
    network.hub.interfere = None
    succeed(network, "tr")
    announce(network, "tr")
    expected += [("pk", lost), *both_ways(network, 1)]
    network.run()
    assert lost not in inbox_ids(network.node("pk"))
    network.pass_minutes(30)
    settled(network, expected)
    gap = network.node("pk").store.rows(GapRow, Where("cls", "=", "ordinary"))[0]
    assert (gap.origin.split("/")[-1], gap.first, gap.last) == ("1", 2, 2)


def test_a_gap_that_is_open_at_the_switch_is_closed_in_the_successor(
    network: SimulatedNetwork,
) -> None:
    swallow(network, MessageClass.FLASH)
    lost = [sent(network, life_at_risk(network)) for _ in range(3)]
    network.pass_minutes(3)
    pk = network.node("pk")
    assert pk.store.count(GapRow, Where("closed_at", "=", "")) == 1
    succeed(network, "tr")
    network.hub.interfere = None
    announce(network, "tr")
    later = sent(network, life_at_risk(network))  # number 1 again, in the new log
    network.pass_minutes(25)
    settled(network, [("pk", ident) for ident in (*lost, later)])
    origins = {
        row.origin: row.highest for row in pk.store.rows(ChainRow, Where("cls", "=", "flash"))
    }
    assert sorted(origins.values()) == [1, 3]


def test_what_expired_in_a_closed_log_is_declared_void_in_its_successor(
    network: SimulatedNetwork,
) -> None:
    network.pass_minutes(3)
    swallow(network, MessageClass.ORDINARY)
    lost = sent(network, warning(network))
    network.run()
    succeed(network, "tr")
    announce(network, "tr")
    first = sent(network, warning(network))  # number 1 of the new log: not the one that is void
    network.run()
    network.close("pk")
    network.clock.forward(days=29)
    network.node("tr").step()
    network.hub.interfere = None
    network.open("pk")
    network.pass_minutes(20)
    tr, pk = network.node("tr"), network.node("pk")
    assert state(tr, lost) == "voided"
    assert state(tr, first) == "voided"
    voided = entries(tr, "voided")
    assert [one["seq"] for one in voided if one["class"] == "ordinary"] == [1, 1]
    assert len({one["leaf"] for one in voided}) == len(voided)
    assert {row.missing for row in pk.store.rows(ChainRow)} == {"[]"}
    assert [g for g in pk.store.rows(GapRow) if not g.closed_at] == []
    assert alarms(pk) == []
    check_logs(network)


def test_a_recipient_that_was_away_during_the_switch_gets_everything(
    network: SimulatedNetwork,
) -> None:
    network.pass_minutes(2)
    network.close("pk")
    before = [sent(network, warning(network)) for _ in range(4)]
    network.clock.forward(minutes=15)
    network.run()
    succeed(network, "tr")
    during = [sent(network, warning(network)) for _ in range(4)]
    network.clock.forward(minutes=15)
    network.run()
    announce(network, "tr")
    after = [sent(network, life_at_risk(network)) for _ in range(4)]
    network.clock.forward(minutes=45)
    network.run()
    network.open("pk")
    network.pass_minutes(30)
    assert sorted(inbox_ids(network.node("pk"))) == sorted((*before, *during, *after))
    settled(network, [("pk", ident) for ident in (*before, *during, *after)])


def test_a_card_gets_through_where_no_room_is_left_for_what_waits(
    network: SimulatedNetwork,
) -> None:
    network.pass_minutes(2)
    succeed(network, "tr")
    expected = [("pk", sent(network, warning(network))) for _ in range(130)]
    network.run()
    pk = network.node("pk")
    assert pk.store.count(HeldRow) == 100
    announce(network, "tr")
    network.pass_minutes(40)
    settled(network, expected)


def test_a_log_is_replaced_again_and_again(network: SimulatedNetwork) -> None:
    expected = []
    for number in range(2, 5):
        expected += both_ways(network, 2)
        succeed(network, "tr")
        expected += both_ways(network, 1)
        announce(network, "tr")
        network.pass_minutes(number)
    network.close()
    for name in ("tr", "pk"):
        network.open(name)
    expected += both_ways(network, 2)
    network.pass_minutes(30)
    settled(network, expected)
    assert current_origin(network.node("tr")).endswith("/exchange/4")


def test_the_activity_log_has_successors_too(network: SimulatedNetwork) -> None:
    expected = both_ways(network, 2)
    network.pass_minutes(2)
    told = succeed(network, "tr", "activity")
    announce(network, "tr")
    expected += both_ways(network, 2)
    network.pass_minutes(20)
    settled(network, expected)
    tr = network.node("tr")
    opened = entries(tr, "opened", "activity")
    assert opened[0]["previous_root"] == told["closed"]["root"]
    assert [one["action"] for one in entries(tr, "access", "activity")][:1] == ["replace-log"]
    anchored = {one["origin"] for one in entries(tr, "anchored")}
    assert anchored == {told["closed"]["origin"], told["opened"]["origin"]}


def test_a_message_that_waited_for_a_person_leaves_in_the_successor(
    network: SimulatedNetwork,
) -> None:
    ident = network.submit(warning(network), release=False)["message_id"]
    succeed(network, "tr")
    announce(network, "tr")
    network.pass_minutes(2)
    tr = network.node("tr")
    tr.desk.release(ident, SECOND, network.act("tr", ident, Act.RELEASE))
    network.pass_minutes(20)
    settled(network, [("pk", ident)])
    row = tr.store.rows(OutboxRow, Where("message_id", "=", ident))[0]
    assert (row.origin, row.seq) == (current_origin(tr), 1)


def test_a_third_member_follows_too(tmp_path: Path) -> None:
    with begun(tmp_path, "tr", "pk", "iq") as network:
        sent_to: dict[str, list[str]] = {"pk": [], "iq": []}
        network.close("iq")
        for step in ("before", "switched", "told"):
            for name, idents in sent_to.items():
                idents.append(sent(network, warning(network, step, recipient=name)))
            network.run()
            if step == "before":
                succeed(network, "tr")
            elif step == "switched":
                announce(network, "tr")
        network.pass_minutes(3)
        network.open("iq")
        network.pass_minutes(20)
        for name, idents in sent_to.items():
            node = network.node(name)
            assert inbox_ids(node) == idents
            assert alarms(node) == []
            assert [g for g in node.store.rows(GapRow) if not g.closed_at] == []
            left = node.store.rows(AcceptedCheckpointRow, Where("proven", "=", False))
            assert {row.origin for row in left} <= {
                current_origin(network.node(one)) for one in network.names
            }
        digests = {network.node(name).book.current.digest_cards() for name in network.names}
        assert len(digests) == 1
        check_logs(network)
