"""A log that tells two histories is seen by everybody, whoever is shown which; an honest one is
never accused.
"""

from __future__ import annotations

import os
import random
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core_network import FULL, alarms, begun, check_logs, sent, warning
from relec_exchange.journal.contradiction import notes, parted, pieces
from relec_exchange.journal.control import control_send
from relec_exchange.journal.plan import Plan
from relec_exchange.ports import Outgoing
from relec_exchange.records import (
    AcceptedCheckpointRow,
    AlarmRow,
    EntryRow,
    PeerRow,
    UsedCheckpointRow,
    Where,
)
from relec_exchange.rounds.shown_trees import ShownTrees, ToldTrees
from relec_exchange.testing import NETWORK, SimulatedNetwork
from second_history import SecondHistory, marks

THREE = ("tr", "pk", "iq")
FIVE = ("tr", "pk", "iq", "bd", "af")
TR = f"{NETWORK}/tr/exchange/1"


@pytest.fixture
def three(tmp_path: Path) -> Iterator[SimulatedNetwork]:
    with begun(tmp_path, *THREE) as network:
        yield network


def about_tr(network: SimulatedNetwork, name: str) -> list[str]:
    """What stands about tr at a node."""
    return [what for what, subject in alarms(network.node(name)) if subject == "tr"]


def heard(network: SimulatedNetwork, name: str) -> list[AcceptedCheckpointRow]:
    """The trees of tr that a node only heard of."""
    mine = Where("sender", "=", "tr"), Where("heard_from", "!=", "")
    return network.node(name).store.rows(AcceptedCheckpointRow, *mine, order="size")


def speak(network: SimulatedNetwork, *recipients: str) -> None:
    """tr has something to say to these."""
    for name in recipients:
        sent(network, warning(network, sender="tr", recipient=name))


# ---- two histories -----------------------------------------------------------------------------


@pytest.mark.parametrize("silent", ["", "bd"])
def test_another_history_for_one_of_five_is_an_alarm_at_every_node_within_two_rounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, silent: str
) -> None:
    """One witness may keep to itself what it sees: the others do not."""
    real = ShownTrees.told

    def told(self: ShownTrees, peer: PeerRow, number: int) -> ToldTrees:
        found = real(self, peer, number)
        return found if self._directory().own != silent else replace(found, shown=[])

    monkeypatch.setattr(ShownTrees, "told", told)
    with begun(tmp_path, *FIVE) as five:
        other = SecondHistory(five, "iq")
        speak(five, "pk", "bd", "af")
        five.pass_minutes(1)
        other.pad(other.heard().their_size + 1)
        for _ in range(2):
            speak(five, "pk")
            other.pad(five.node("tr").journal.state.exchange.head.size)
            other.tell()
            five.pass_minutes(1)
        for name in ("pk", "iq", "bd", "af"):
            assert about_tr(five, name) == ["log-fork"], name
            [row] = five.node(name).store.rows(AlarmRow, Where("subject", "=", "tr"))
            pair = parted(row.evidence)
            assert pair is not None
            one, two = (note.split(b"\n")[:3] for note in pair)
            assert one[:2] == two[:2]
            assert one[2] != two[2]
        others = [alarms(five.node(name)) for name in ("pk", "iq", "bd", "af")]
        assert all(found == [("log-fork", "tr")] for found in others)


def test_histories_of_different_sizes_are_an_accusation_after_ten_rounds_at_every_node(
    three: SimulatedNetwork,
) -> None:
    other = SecondHistory(three, "iq")
    other.pad(len(other) + 200)  # sizes that the real log never has
    seen: dict[str, int] = {}
    for n in range(1, 16):
        other.tell()
        speak(three, "pk")
        three.pass_minutes(1)
        for name in ("pk", "iq"):
            if about_tr(three, name):
                seen.setdefault(name, n)
    assert set(seen) == {"pk", "iq"}
    assert min(seen.values()) > 10
    assert about_tr(three, "pk") == about_tr(three, "iq") == ["checkpoint-unproven"]
    [row] = three.node("pk").store.rows(AlarmRow, Where("subject", "=", "tr"))
    accused, newest = notes(pieces(row.evidence)[0])
    assert int(accused.split(b"\n")[1]) > 200 > int(newest.split(b"\n")[1])
    assert [r.heard_from for r in heard(three, "pk")] == ["iq"] * len(heard(three, "pk"))


# ---- honest nodes ------------------------------------------------------------------------------


def told_to(network: SimulatedNetwork, name: str) -> bytes:
    """A checkpoint of tr that only this node has: of a message that went to it alone."""
    speak(network, name)
    network.run()
    note = network.node("tr").journal.state.exchange.head.checkpoint
    size = int(note.split(b"\n")[1])
    rows = network.node("tr").store.rows(UsedCheckpointRow, Where("size", "=", size))
    assert {row.peer for row in rows} <= {name}
    return note


def accuse(network: SimulatedNetwork, *given: bytes) -> None:
    """iq shows pk notes of which it says that tr does not prove them."""
    node, now = network.node("iq"), network.clock()
    body = {"kind": "unproven", "notes": [note.decode() for note in given]}
    send, secrets = control_send(node.book.current, "pk", "log.alarm", body, now, os.urandom)
    node.journal.write(Plan(sends=(send,), secrets=secrets))
    network.run()


def test_an_old_tree_that_is_shown_again_is_proven_by_its_owner_and_accuses_nobody(
    three: SimulatedNetwork,
) -> None:
    old = told_to(three, "iq")
    speak(three, "pk")
    three.pass_minutes(3)
    accuse(three, old)
    [row] = heard(three, "pk")
    assert (row.note, row.proven) == (old, False)
    assert not three.node("pk").store.rows(AlarmRow)
    three.pass_minutes(3)
    [row] = heard(three, "pk")
    assert (row.proven, row.rounds) == (True, 0)
    assert marks(three, "pk", "tr")["demanded"] == []
    for name in THREE:
        assert alarms(three.node(name)) == []


def test_an_accusation_that_nothing_bears_out_raises_nothing(three: SimulatedNetwork) -> None:
    real = three.node("tr").journal.state.exchange.head.checkpoint
    accuse(three, b"nonsense\n\n")
    accuse(three, real.replace(real.split(b"\n")[2], b"A" * 43 + b"="), real)
    accuse(three, three.node("iq").journal.state.exchange.head.checkpoint)
    accuse(three, three.node("pk").journal.state.exchange.head.checkpoint)
    three.pass_minutes(12)
    for name in THREE:
        assert alarms(three.node(name)) == []
    assert heard(three, "pk") == [row for row in heard(three, "pk") if row.proven]


def test_demands_for_trees_that_were_never_ours_are_passed_over(
    three: SimulatedNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, junk = ShownTrees.told, "ab" * 32

    def told(self: ShownTrees, peer: PeerRow, number: int) -> ToldTrees:
        found = real(self, peer, number)
        if (self._directory().own, peer.peer) != ("iq", "tr"):
            return found
        lies = [(TR, 3, junk), (TR, 2**40, junk), (f"{NETWORK}/tr/activity/1", 1, junk)]
        lies += [(f"{NETWORK}/pk/exchange/1", 1, junk), ("nonsense", 1, junk)]
        demands = [{"origin": o, "size": s, "root": r} for o, s, r in lies]
        return replace(found, demands=demands)

    monkeypatch.setattr(ShownTrees, "told", told)
    sent(three, warning(three, sender="iq", recipient="tr"))
    three.pass_minutes(12)
    rows = three.node("tr").store.rows(UsedCheckpointRow, Where("peer", "=", "iq"))
    assert not [row for row in rows if row.root.hex() == junk]
    for name in THREE:
        assert alarms(three.node(name)) == []


def test_a_node_that_is_away_is_not_accused_of_what_it_could_not_read(
    three: SimulatedNetwork,
) -> None:
    old = told_to(three, "iq")
    three.transport("tr").online = False
    accuse(three, old)
    three.pass_minutes(15)
    [row] = heard(three, "pk")
    assert (row.proven, row.rounds) == (False, 0)
    three.transport("tr").online = True
    three.pass_minutes(4)
    assert [row.proven for row in heard(three, "pk") if row.note == old] == [True]
    for name in THREE:
        assert alarms(three.node(name)) == []


class Weather:
    """A broker that is slow, and nodes that end and come back."""

    def __init__(self, network: SimulatedNetwork, seed: int) -> None:
        self.network, self.random = network, random.Random(seed)
        self.late: deque[tuple[str, Outgoing]] = deque()
        network.hub.interfere = self._pass

    def _pass(self, sender: str, item: Outgoing) -> list[bytes]:
        if self.random.random() < 0.3:
            self.late.append((sender, item))
            return []
        return [item.envelope] if self.random.random() > 0.05 else []

    def minute(self) -> None:
        for _ in range(self.random.randrange(len(self.late) + 1)):
            sender, item = self.late.popleft()
            self.network.hub.inject(item.recipient, sender, item.message_class, item.envelope)
        sender, recipient = self.random.sample(self.network.names, 2)
        sent(self.network, warning(self.network, sender=sender, recipient=recipient))
        if self.random.random() < 0.15:
            name = self.random.choice(self.network.names)
            self.network.close(name)
            self.network.open(name)
        if self.random.random() < 0.15:
            transport = self.network.transport(self.random.choice(self.network.names))
            transport.online = not transport.online
        self.network.pass_minutes(1)


@pytest.mark.parametrize("seed", range(40 if FULL else 2))
def test_honest_nodes_in_bad_weather_accuse_nobody(three: SimulatedNetwork, seed: int) -> None:
    weather = Weather(three, seed)
    for _ in range(90 if FULL else 25):
        weather.minute()
    three.hub.interfere = None
    for name in THREE:
        three.transport(name).online = True
    three.pass_minutes(15)
    for name in THREE:
        assert alarms(three.node(name)) == []
        rows = three.node(name).store.rows(AcceptedCheckpointRow, Where("heard_from", "!=", ""))
        assert all(row.rounds < 10 for row in rows)
        assert three.node(name).store.count(EntryRow)
    check_logs(three)
