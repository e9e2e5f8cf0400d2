"""Demands: what rounds show and want, what we prove, and when a round counts against its sender."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core_network import Forger, begun
from relec_exchange.journal.contradiction import notes
from relec_exchange.journal.plan import Plan
from relec_exchange.message.bodies.control import SHOWN_MAX, Demand
from relec_exchange.node import Node
from relec_exchange.records import (
    AcceptedCheckpointRow,
    Insert,
    PeerRow,
    Put,
    Update,
    UsedCheckpointRow,
    Where,
)
from relec_exchange.rounds.closed_logs import Bearing
from relec_exchange.rounds.demands import OPEN_MAX, Demands
from relec_exchange.rounds.proofs import SHOWN_BYTES_MAX
from relec_exchange.rounds.shown_trees import Marks, ShownTrees, ToldTrees
from relec_exchange.testing import NETWORK, SimulatedNetwork
from second_history import signed_tree

TR = f"{NETWORK}/tr/exchange/1"
FIRST, LATER = "2026-11-01T00:00:00.000Z", "2026-11-01T02:00:00.000Z"


@pytest.fixture
def network(tmp_path: Path) -> Iterator[SimulatedNetwork]:
    with begun(tmp_path, "tr", "pk", "iq") as made:
        yield made


@pytest.fixture
def pk(network: SimulatedNetwork) -> Node:
    return network.node("pk")


def demands_of(node: Node) -> Demands:
    return Demands(node.store, lambda: node.book.current, lambda: node.journal.state)


def peer(node: Node, name: str = "tr") -> PeerRow:
    return node.store.rows(PeerRow, Where("peer", "=", name))[0]


def heard_tree(node: Node, network: SimulatedNetwork, size: int = 90, **values: Any) -> bytes:
    """pk heard of a tree of tr from iq."""
    point = signed_tree(TR, Forger(network).key, size, "other")
    row = AcceptedCheckpointRow(TR, size, point.root, point.note, "tr", FIRST, heard_from="iq")
    node.journal.write(Plan(changes=(Insert(replace(row, **values)),)))
    return point.note


def bearing(*, excused: bool = False, patient: str = FIRST) -> Bearing:
    return Bearing(waits=lambda row: excused and row.first_at > patient, limit=10)


def written(told: ToldTrees) -> str:
    """The marks that are committed with a round."""
    [change] = told.changes
    assert isinstance(change, Update)
    return str(change.values["shown_trees"])


# ---- what our rounds show ----------------------------------------------------------------------


def strangers(node: Node, network: SimulatedNetwork, count: int) -> None:
    """Records of partners whose rounds showed trees of iq: as if each had a log of its own."""
    note = peer(node, "iq").their_note
    rows = [
        PeerRow(
            f"x{n:02d}", their_origin=f"{NETWORK}/iq/exchange/1", their_size=n + 1, their_note=note
        )
        for n in range(count)
    ]
    node.journal.write(Plan(changes=tuple(Put(row) for row in rows)))
    assert network.names


def test_a_round_shows_the_recipients_own_tree_first_and_always(pk: Node) -> None:
    trees = ShownTrees(pk.store, lambda: pk.book.current)
    row = peer(pk)
    for number in (5, 6, 7):
        told = trees.told(row, number)
        assert told.shown[0].startswith(f"{TR}\n")
        assert int(told.shown[0].split("\n")[1]) >= row.their_size


def test_a_tree_of_another_is_shown_until_a_round_that_had_it_is_answered(pk: Node) -> None:
    trees = ShownTrees(pk.store, lambda: pk.book.current)
    iq = peer(pk, "iq")
    row = replace(peer(pk), shown_trees="{}", answered=4)
    first = trees.told(row, 5)
    assert [note.split("\n")[1] for note in first.shown[1:]] == [str(iq.their_size)]
    row = replace(row, shown_trees=written(first))
    again = trees.told(row, 6)  # round 5 is not answered yet
    assert again.shown == first.shown
    assert again.changes == ()
    assert len(trees.told(replace(row, answered=5), 7).shown) == 1
    grown = replace(iq, their_size=iq.their_size + 1)
    pk.journal.write(Plan(changes=(Put(grown),)))
    assert len(trees.told(replace(row, answered=5), 7).shown) == 2


def test_what_a_round_shows_is_bounded_by_number_and_bytes(
    pk: Node, network: SimulatedNetwork
) -> None:
    strangers(pk, network, 60)
    told = ShownTrees(pk.store, lambda: pk.book.current).told(peer(pk), 9)
    assert len(told.shown) <= SHOWN_MAX
    assert sum(len(note.encode()) for note in told.shown) <= SHOWN_BYTES_MAX


def test_marks_are_read_as_they_are_written() -> None:
    marks = Marks({TR: (5, 2)}, {(TR, 7): 3})
    assert Marks.of(PeerRow("tr", shown_trees=marks.text())) == marks
    assert Marks.of(PeerRow("tr")) == Marks()
    assert json.loads(marks.text())["demanded"] == [[TR, 7, 3]]


# ---- what we demand ----------------------------------------------------------------------------


def test_a_heard_tree_is_demanded_since_one_round_and_until_it_is_proven(
    pk: Node, network: SimulatedNetwork
) -> None:
    heard_tree(pk, network)
    trees = ShownTrees(pk.store, lambda: pk.book.current)
    first = trees.told(peer(pk), 5)
    assert [(one["origin"], one["size"]) for one in first.demands] == [(TR, 90)]
    row = replace(peer(pk), shown_trees=written(first))
    trees.told(row, 6)
    assert Marks.of(row).demanded == {(TR, 90): 5}
    assert trees.told(peer(pk, "iq"), 5).demands == []  # of its owner, of nobody else


def test_at_most_sixteen_are_demanded_and_the_accused_ones_come_last(
    pk: Node, network: SimulatedNetwork
) -> None:
    for size in range(80, 100):
        heard_tree(pk, network, size, rounds=10 if size < 90 else 0)
    told = ShownTrees(pk.store, lambda: pk.book.current).told(peer(pk), 5)
    sizes = [one["size"] for one in told.demands]
    assert len(sizes) == SHOWN_MAX
    assert sizes[:10] == list(range(90, 100))


# ---- what we prove -----------------------------------------------------------------------------


def test_only_trees_of_our_own_logs_are_taken_to_be_proven(pk: Node) -> None:
    state = pk.journal.state
    log = state.exchange
    root = log.log.tree.root_at(2).hex()
    activity = state.activity
    asked = [
        Demand(origin=log.origin, size=2, root=root),
        Demand(origin=log.origin, size=3, root=root),
        Demand(origin=log.origin, size=2**50, root=root),
        Demand(origin=TR, size=2, root=root),
        Demand(origin=activity.origin, size=1, root=activity.log.tree.root_at(1).hex()),
        Demand(origin="nonsense", size=1, root=root),
    ]
    changes = demands_of(pk).taken("iq", asked)
    assert [change.record for change in changes] == [  # type: ignore[union-attr]
        UsedCheckpointRow("iq", log.origin, 2, bytes.fromhex(root))
    ]


def test_a_partner_cannot_make_us_owe_it_endless_proofs(pk: Node) -> None:
    log = pk.journal.state.exchange
    rows = [UsedCheckpointRow("iq", log.origin, 10_000 + n, bytes(32)) for n in range(OPEN_MAX)]
    pk.journal.write(Plan(changes=tuple(Insert(row) for row in rows)))
    asked = [Demand(origin=log.origin, size=2, root=log.log.tree.root_at(2).hex())]
    assert demands_of(pk).taken("iq", asked) == []
    assert len(demands_of(pk).taken("tr", asked)) == 1


# ---- what counts -------------------------------------------------------------------------------


def counted(node: Node, *demanded: tuple[str, int], by: Bearing, **proven: Any) -> list[Any]:
    """Count one round against tr; returns the alarms."""
    done = proven.get("proven", ())
    changes, alarms = demands_of(node).left(peer(node), demanded, done, by)
    node.journal.write(Plan(changes=tuple(changes)))
    return alarms


def rounds(node: Node) -> int:
    [row] = node.store.rows(AcceptedCheckpointRow, Where("heard_from", "=", "iq"))
    return row.rounds


def test_ten_rounds_that_knew_of_the_demand_are_an_accusation_with_both_notes(
    pk: Node, network: SimulatedNetwork
) -> None:
    note = heard_tree(pk, network)
    for n in range(9):
        assert counted(pk, (TR, 90), by=bearing()) == []
        assert rounds(pk) == n + 1
    [alarm] = counted(pk, (TR, 90), by=bearing())
    assert (alarm.what, alarm.subject) == ("checkpoint-unproven", "tr")
    assert notes(alarm.evidence) == (note, peer(pk).their_note)
    assert counted(pk, (TR, 90), by=bearing()) == []  # once


@pytest.mark.parametrize(
    ("demanded", "by", "proven"),
    [
        ((), bearing(), ()),
        (((TR, 91),), bearing(), ()),
        (((TR, 90),), bearing(excused=True, patient="2026-10-31T00:00:00.000Z"), ()),
        (((TR, 90),), bearing(), ((TR, 90),)),
    ],
    ids=["not demanded", "another demanded", "excused", "proven"],
)
def test_a_round_that_could_not_prove_the_tree_or_did_does_not_count(
    pk: Node, network: SimulatedNetwork, demanded: Any, by: Bearing, proven: Any
) -> None:
    heard_tree(pk, network)
    assert counted(pk, *demanded, by=by, proven=proven) == []
    assert rounds(pk) == 0


def test_an_excuse_ends(pk: Node, network: SimulatedNetwork) -> None:
    heard_tree(pk, network)
    counted(pk, (TR, 90), by=bearing(excused=True, patient=LATER))
    assert rounds(pk) == 1


def test_a_tree_that_a_message_used_is_counted_elsewhere(
    pk: Node, network: SimulatedNetwork
) -> None:
    heard_tree(pk, network, heard_from="")
    assert counted(pk, (TR, 90), by=bearing()) == []
