"""Logs are replaced while the broker drops, repeats and shuffles and nodes are killed: at any point
of the switch, and in the end every message is there once, in a log that verifies.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_rough_network import KilledError, Rough, write

from core_network import FULL, alarms, begun, check_logs, entries, inbox_ids, sent, warning
from relec_exchange.adapters.sqlite import SqliteStore
from relec_exchange.records import (
    AcceptedCheckpointRow,
    ChainRow,
    EntryRow,
    GapRow,
    OutboxRow,
    Where,
)
from relec_exchange.testing import SimulatedNetwork
from relec_exchange.testing.homes import OFFICER
from relec_exchange.testing.succeeding import announce, current_origin, succeed

SEEDS = range(100, 130 if FULL else 103)
TURNS = 60 if FULL else 36


class Replacing(Rough):
    """A rough network whose nodes replace their logs now and then, and tell it later or earlier."""

    due: set[str]

    def replace(self) -> None:
        luck, name = self.dice.random(), self.dice.choice(self.network.names)
        if luck < 0.15:
            log = "exchange" if luck < 0.11 else "activity"
            origin = current_origin(self.network.node(name), log)
            self.survive(lambda: self.network.node(name).desk.succeed_log(origin, OFFICER))
            self.due.add(name)
        if self.due and self.dice.random() < 0.5:
            self.tell(self.dice.choice(sorted(self.due)))

    def tell(self, name: str) -> None:
        self.survive(lambda: announce(self.network, name))
        self.due.discard(name)


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lost_or_doubled_by_any_number_of_successors(tmp_path: Path, seed: int) -> None:
    with begun(tmp_path) as network:
        rough = Replacing(network, seed)
        rough.due = set()
        messages = []
        for _ in range(TURNS):
            for _ in range(rough.dice.randint(0, 3)):
                messages.append(write(network, rough))
            rough.replace()
            luck = rough.dice.random()
            if luck < 0.1:
                rough.kill(rough.dice.choice(("tr", "pk")))
            elif luck < 0.2:
                edge = network.transport(rough.dice.choice(("tr", "pk")))
                edge.online = not edge.online
            rough.let_go()
            network.clock.forward(seconds=rough.dice.randint(1, 90))
            rough.survive(network.run)
        assert rough.kills
        rough.deadly = False
        for name in sorted(rough.due):
            rough.tell(name)
        network.hub.interfere = network.hub.answer = None
        for name in ("tr", "pk"):
            network.transport(name).online = True
            network.node(name)._publisher._monotonic = lambda: 1e9
        network.pass_minutes(45)
        origins = [current_origin(network.node(name)) for name in ("tr", "pk")]
        assert any(not origin.endswith("/1") for origin in origins)
        for one, other in (("tr", "pk"), ("pk", "tr")):
            expected = sorted(m.header.message_id for m in messages if m.header.recipient == one)
            assert sorted(inbox_ids(network.node(one))) == expected
            rows = network.node(other).store.rows(
                OutboxRow, Where("cls", "!=", "control"), blobs=False
            )
            assert {row.state for row in rows} <= {"validated"}
        for name in ("tr", "pk"):
            node = network.node(name)
            assert alarms(node) == []
            assert [g for g in node.store.rows(GapRow) if not g.closed_at] == []
            assert {row.missing for row in node.store.rows(ChainRow)} == {"[]"}
            unproven = node.store.rows(AcceptedCheckpointRow, Where("proven", "=", False))
            assert len(unproven) <= 2
        check_logs(network)


POINTS = ("key", "commit", "guard")


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("log", ["exchange", "activity"])
def test_a_node_killed_at_any_point_of_the_switch_goes_on_with_one_log(
    tmp_path: Path, point: str, after: bool, log: str
) -> None:
    with begun(tmp_path) as network:
        expected = [sent(network, warning(network))]
        node = network.node("tr")
        origin = current_origin(node, log)
        part, name = {
            "key": (node._keys, "add_signer"),
            "commit": (node.store, "commit"),
            "guard": (node._guard, "write"),
        }[point]
        setattr(part, name, killing(getattr(part, name), after=after))
        with pytest.raises(KilledError):
            node.desk.succeed_log(origin, OFFICER)
        Rough.kill(_quiet(network), "tr")
        switched = (point, after) in {("commit", True), ("guard", False), ("guard", True)}
        assert current_origin(network.node("tr"), log).endswith("/2" if switched else "/1")
        expected.append(sent(network, warning(network)))
        network.node("tr").desk.succeed_log(origin, OFFICER)  # asked again, as one would
        assert current_origin(network.node("tr"), log).endswith("/2")
        announce(network, "tr")
        expected.append(sent(network, warning(network)))
        network.pass_minutes(20)
        assert inbox_ids(network.node("pk")) == expected
        assert [alarms(network.node(name)) for name in ("tr", "pk")] == [[], []]
        assert len(entries(network.node("tr"), "opened", log)) == 1
        check_logs(network)


def killing(act: Callable[..., Any], *, after: bool) -> Callable[..., Any]:
    """The act, and kill -9 before or after it."""

    def call(*arguments: Any) -> Any:
        if after:
            act(*arguments)
        raise KilledError("tr")

    return call


def _quiet(network: SimulatedNetwork) -> Rough:
    """A broker's operator who does nothing but kill."""
    rough = Rough.__new__(Rough)
    rough.network, rough.deadly = network, False
    rough.endanger = lambda node: None  # type: ignore[method-assign]
    return rough


def test_a_writer_that_missed_its_own_switch_never_grows_the_closed_log(
    tmp_path: Path,
) -> None:
    with begun(tmp_path) as network:
        network.run()
        node = network.node("tr")
        before = node.journal.state
        told = succeed(network, "tr")
        node.journal._state = before  # as after a commit that seemed to fail and was taken
        ident = sent(network, warning(network))
        row = node.store.rows(OutboxRow, Where("message_id", "=", ident))[0]
        assert (row.origin, row.seq) == (told["opened"]["origin"], 1)
        closed = Where("origin", "=", told["closed"]["origin"])
        assert node.store.count(EntryRow, closed) == told["closed"]["size"]
        announce(network, "tr")
        network.pass_minutes(15)
        assert inbox_ids(network.node("pk")) == [ident]
        check_logs(network)


def test_a_log_has_one_successor_however_often_it_is_asked_for(tmp_path: Path) -> None:
    with begun(tmp_path) as network:
        node = network.node("tr")
        origin = current_origin(node)
        answers = [node.desk.succeed_log(origin, OFFICER) for _ in range(3)]
        assert {answer["opened"]["origin"] for answer in answers} == {current_origin(node)}
        assert len(node.journal.state.closed) == 1
        assert isinstance(node.store, SqliteStore)
        assert (
            len(os.listdir(network.home("tr") / "keys"))
            == len(os.listdir(network.home("pk") / "keys")) + 1
        )
