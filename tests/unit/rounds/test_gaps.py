"""Missing numbers: when they are gaps, how they are asked for, how both ends see them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from core_network import (
    Forger,
    begun,
    chain,
    check_logs,
    entries,
    events,
    inbox_ids,
    life_at_risk,
    sent,
    stages,
    state,
    take_in,
    warning,
)
from relec_exchange.message.bodies.control import ResendRequest
from relec_exchange.message.document import parse_message
from relec_exchange.message.identifiers import MessageClass
from relec_exchange.ports import Outgoing
from relec_exchange.records import GapRow, OutboxRow, PeerChainRow, Where
from relec_exchange.testing import SimulatedNetwork

Choice = Callable[[str, Outgoing], bool]


def withhold(network: SimulatedNetwork, choose: Choice | None) -> None:
    """Let the broker keep what `choose` names; None for nothing."""
    if choose is None:
        network.hub.interfere = None
        return
    network.hub.interfere = lambda s, item: [] if choose(s, item) else [item.envelope]


def ordinary(sender: str, item: Outgoing) -> bool:
    return sender == "tr" and item.message_class is MessageClass.ORDINARY


def from_tr(sender: str, item: Outgoing) -> bool:
    return sender == "tr"


def gaps(network: SimulatedNetwork, name: str = "pk") -> list[GapRow]:
    return network.node(name).store.rows(GapRow, order="first")


def requests(network: SimulatedNetwork, name: str = "pk") -> list[list[tuple[str, int, int]]]:
    """What a node has asked to be sent again."""
    node = network.node(name)
    found = []
    for row in node.store.rows(OutboxRow, Where("type", "=", "resend.request"), order="row"):
        body = parse_message(node.desk.core.content(row)[0]).body
        assert isinstance(body, ResendRequest)
        found.append([(str(i.class_), i.from_, i.to) for i in body.items])
    return found


def test_a_number_missing_behind_newer_traffic_is_recovered(network: SimulatedNetwork) -> None:
    withhold(network, ordinary)
    lost = [sent(network, warning(network)) for _ in range(2)]
    withhold(network, None)
    came = sent(network, warning(network))
    network.run()
    pk = network.node("pk")
    assert inbox_ids(pk) == [came]  # order never delays delivery
    network.clock.forward(seconds=110)
    network.run()
    assert gaps(network) == []
    network.clock.forward(seconds=20)
    network.run()
    assert inbox_ids(pk) == [came, *lost]
    network.run()
    gap = gaps(network)[0]
    assert (gap.first, gap.last, gap.asks) == (1, 2, 1)
    assert gap.closed_at
    assert requests(network) == [[("ordinary", 1, 2)]]
    assert {state(network.node("tr"), ident) for ident in lost} == {"validated"}
    assert [len(events(pk, kind)) for kind in ("gap.opened", "gap.closed")] == [1, 1]
    check_logs(network)


def test_a_flash_number_is_asked_for_after_half_a_minute(network: SimulatedNetwork) -> None:
    withhold(network, lambda s, item: item.message_class is MessageClass.FLASH)
    lost = sent(network, life_at_risk(network))
    withhold(network, None)
    sent(network, life_at_risk(network))
    network.run()
    network.clock.forward(seconds=31)
    network.run()
    assert lost in inbox_ids(network.node("pk"))


def test_the_last_message_withheld_is_noticed_by_both_ends_through_the_round(
    network: SimulatedNetwork,
) -> None:
    withhold(network, ordinary)
    ident = sent(network, warning(network))
    tr, pk = network.node("tr"), network.node("pk")
    network.pass_minutes(3)  # the broker goes on keeping it
    assert [(g.first, g.last, bool(g.closed_at)) for g in gaps(network)] == [(1, 1, False)]
    assert pk.desk.gaps()[0]["missing"] == [(1, 1)]
    network.pass_minutes(2)
    assert "missing" in stages(tr, ident)
    out = [gap for gap in tr.desk.gaps() if gap["direction"] == "out"]
    assert [(g["peer"], g["class"], g["missing"]) for g in out] == [("pk", "ordinary", [(1, 1)])]
    withhold(network, None)
    network.pass_minutes(3)
    assert inbox_ids(pk) == [ident]
    assert state(tr, ident) == "validated"
    assert gaps(network)[0].closed_at
    network.pass_minutes(2)
    assert [gap for gap in tr.desk.gaps() if gap["direction"] == "out"] == []
    check_logs(network)


def test_a_class_that_is_withheld_while_traffic_goes_on_is_noticed(
    network: SimulatedNetwork,
) -> None:
    """New numbers are announced each minute: the old ones must not become young again by it."""
    withhold(network, ordinary)
    for _ in range(5):
        sent(network, warning(network))
        network.pass_minutes(1)
    opened = gaps(network)
    assert len(opened) == 1
    assert (opened[0].first, bool(opened[0].closed_at)) == (1, False)
    withhold(network, None)
    network.pass_minutes(4)
    assert len(inbox_ids(network.node("pk"))) == 5
    assert [len(events(network.node("pk"), k)) for k in ("gap.opened", "gap.closed")] == [1, 1]


def test_everything_withheld_is_noticed_by_the_sender_from_the_partner_s_rounds(
    network: SimulatedNetwork,
) -> None:
    withhold(network, from_tr)
    ident = sent(network, warning(network))
    network.pass_minutes(12)
    assert "missing" in stages(network.node("tr"), ident)
    assert gaps(network) == []  # nobody told the recipient; it hears silence
    network.pass_minutes(25)
    silent = events(network.node("pk"), "partner.silent")
    assert [event.ref for event in silent] == ["tr"]
    withhold(network, None)
    network.pass_minutes(15)
    assert inbox_ids(network.node("pk")) == [ident]
    assert [event.ref for event in events(network.node("pk"), "partner.heard")] == ["tr"]
    assert gaps(network)[0].closed_at
    check_logs(network)


def test_a_gap_that_stays_open_is_asked_for_every_two_minutes_only(
    network: SimulatedNetwork,
) -> None:
    withhold(network, ordinary)
    sent(network, warning(network))
    network.pass_minutes(13)
    asked = len(requests(network))
    assert 4 <= asked <= 6
    assert gaps(network)[0].asks == asked


def test_a_long_gap_is_asked_for_in_parts_as_fast_as_they_come(network: SimulatedNetwork) -> None:
    withhold(network, ordinary)
    lost = [sent(network, warning(network)) for _ in range(530)]
    withhold(network, None)
    sent(network, warning(network))
    network.run()
    network.clock.forward(seconds=121)
    for _ in range(4):
        network.run()
        network.clock.forward(seconds=1)
    asked = requests(network)
    assert asked == [
        [("ordinary", 1, 256)],
        [("ordinary", 257, 512)],
        [("ordinary", 513, 530)],
    ]
    assert set(inbox_ids(network.node("pk"))) >= set(lost[:400])
    gap = gaps(network)[0]
    assert (gap.first, gap.last, bool(gap.closed_at)) == (1, 530, True)
    check_logs(network)


def test_a_range_that_comes_in_pieces_is_one_gap(network: SimulatedNetwork) -> None:
    forger = Forger(network)
    network.close("tr")
    envelopes = [forger.send(warning(network).raw, seq=n) for n in range(1, 11)]
    take_in(network, "pk", [envelopes[0], envelopes[9]])
    network.clock.forward(seconds=121)
    network.run()
    take_in(network, "pk", [envelopes[4]])
    network.run()
    assert [(g.first, g.last, g.closed_at) for g in gaps(network)] == [(2, 9, "")]
    take_in(network, "pk", envelopes[1:4])
    network.run()
    assert [(g.first, g.last, g.closed_at) for g in gaps(network)] == [(2, 9, "")]
    take_in(network, "pk", envelopes[5:9])
    network.run()
    assert gaps(network)[0].closed_at
    assert len(requests(network)) == 1
    found = chain(network.node("pk"))
    assert found is not None
    assert found.contiguous == 10


def test_missing_control_messages_are_recovered_too(network: SimulatedNetwork) -> None:
    network.pass_minutes(1)
    dropped: list[int] = []

    def one_round(sender: str, item: Outgoing) -> bool:
        if sender == "tr" and item.message_class is MessageClass.CONTROL and not dropped:
            dropped.append(item.key)
            return True
        return False

    withhold(network, one_round)
    sent(network, warning(network, sender="pk", recipient="tr"))
    network.pass_minutes(6)
    assert dropped
    found = chain(network.node("pk"), "control")
    assert found is not None
    assert found.missing == "[]"
    assert [g.cls for g in gaps(network) if g.closed_at] == ["control"]
    check_logs(network)


def test_a_partner_that_is_not_listed_any_more_is_not_asked(
    network: SimulatedNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    forger = Forger(network)
    network.close("tr")
    take_in(network, "pk", [forger.send(warning(network).raw, seq=3)])
    directory = type(network.node("pk").book.current)
    monkeypatch.setattr(directory, "mutual", lambda self, a, b: False)
    network.clock.forward(minutes=3)
    network.node("pk")._ticker.step()
    network.node("pk").journal.drain()
    assert [(g.first, g.last, g.asks) for g in gaps(network)] == [(1, 2, 0)]
    assert requests(network) == []


def test_what_was_announced_is_remembered_as_long_as_it_matters(
    network: SimulatedNetwork,
) -> None:
    withhold(network, ordinary)
    for _ in range(12):
        sent(network, warning(network))
        network.pass_minutes(1)
    row = network.node("pk").store.rows(PeerChainRow, Where("cls", "=", "ordinary"))[0]
    announced = json.loads(row.announced)
    assert row.last_sent >= 11
    assert len(announced) <= 4
    assert announced[-1][0] == row.last_sent


def test_the_status_of_a_recipient_that_lost_nothing_marks_nothing(
    network: SimulatedNetwork,
) -> None:
    idents = [sent(network, warning(network)) for _ in range(3)]
    network.pass_minutes(10)
    tr = network.node("tr")
    assert all("missing" not in stages(tr, ident) for ident in idents)
    assert tr.store.count(OutboxRow, Where("missing_since", "!=", "")) == 0
    assert len(entries(tr, "voided")) == 0


def test_what_one_of_two_partners_misses_is_noticed_by_the_sender(tmp_path: Path) -> None:
    with begun(tmp_path, "tr", "pk", "iq") as network:
        for partner in ("iq", "pk"):  # whichever of the two the store lists last
            withhold(
                network, lambda s, item, to=partner: ordinary(s, item) and item.recipient == to
            )
            ident = sent(network, warning(network, recipient=partner))
            network.pass_minutes(5)
            assert "missing" in stages(network.node("tr"), ident), partner
            withhold(network, None)
            network.pass_minutes(5)
            assert state(network.node("tr"), ident) == "validated"
