"""Trees that partners show: what is believed, what is kept, and what nobody can make us do."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import pytest

from core_network import Forger, alarms, begun, quarantined, take_in, warning
from relec_exchange.audit.checkpoint import CheckpointCache, sign_checkpoint
from relec_exchange.errors import Reason, Unverified
from relec_exchange.journal.contradiction import parted
from relec_exchange.journal.plan import Plan
from relec_exchange.records import AcceptedCheckpointRow, AlarmRow, PeerRow, Update, Where
from relec_exchange.rounds.showing import HEARD_KEPT_MAX, HEARD_OPEN_MAX, Showing
from relec_exchange.testing import NETWORK, SimulatedNetwork
from relec_exchange.trust.signature import HybridKey
from second_history import signed_tree

TR = f"{NETWORK}/tr/exchange/1"
PK = f"{NETWORK}/pk/exchange/1"


class Shown:
    """pk, to whom iq shows trees of tr."""

    def __init__(self, network: SimulatedNetwork) -> None:
        self.network, self.forger = network, Forger(network)
        self.node = network.node("pk")
        self.own: list[tuple[str, bytes]] = []
        self.showing = Showing(
            self.node.store,
            lambda: self.node.book.current,
            CheckpointCache(),
            lambda: self.node.journal.state,
            self._on_own_note,
        )

    def _on_own_note(self, peer: str, note: bytes, _now: datetime) -> None:
        self.own.append((peer, note))

    def show(self, *notes: bytes, by: str = "iq") -> None:
        self.node.journal.write(self.showing.take([(by, notes)], self.network.clock()))

    @property
    def new(self) -> int:
        """A size beyond all that pk knows of tr."""
        return known_size(self) + 50

    def tree(self, size: int, variant: str = "other") -> bytes:
        """A tree that tr's key has signed, of another history than tr's."""
        return signed_tree(TR, self.forger.key, size, variant).note

    def heard(self, by: str = "iq") -> list[int]:
        rows = self.node.store.rows(AcceptedCheckpointRow, Where("heard_from", "=", by))
        return sorted(row.size for row in rows)


@pytest.fixture
def shown(tmp_path: Path) -> Iterator[Shown]:
    with begun(tmp_path, "tr", "pk", "iq") as network:
        yield Shown(network)


def known_size(shown: Shown) -> int:
    """A size of which pk has accepted tr's tree."""
    [peer] = shown.node.store.rows(PeerRow, Where("peer", "=", "tr"))
    return peer.their_size


def test_another_root_of_a_known_size_is_a_fork_with_both_notes(shown: Shown) -> None:
    size = known_size(shown)
    shown.show(shown.tree(size))
    assert alarms(shown.node) == [("log-fork", "tr")]
    pair = parted(shown.node.store.rows(AlarmRow)[0].evidence)
    assert pair is not None
    assert {note.split(b"\n")[1] for note in pair} == {str(size).encode()}
    assert len({note.split(b"\n")[2] for note in pair}) == 2


def test_a_tree_that_is_known_already_is_no_news(shown: Shown) -> None:
    [peer] = shown.node.store.rows(PeerRow, Where("peer", "=", "tr"))
    shown.show(peer.their_note)
    assert alarms(shown.node) == []
    assert shown.heard() == []


def test_a_tree_of_an_unknown_size_is_kept_as_heard_and_accuses_nobody(shown: Shown) -> None:
    shown.show(shown.tree(shown.new))
    assert shown.heard() == [shown.new]
    [row] = shown.node.store.rows(AcceptedCheckpointRow, Where("heard_from", "=", "iq"))
    assert (row.proven, row.rounds, row.sender) == (False, 0, "tr")
    assert alarms(shown.node) == []


def test_two_trees_of_an_unknown_size_by_two_partners_in_one_commit_are_a_fork(
    shown: Shown,
) -> None:
    size = shown.new
    told = [("iq", [shown.tree(size)]), ("xx", [shown.tree(size, "third")])]
    shown.node.journal.write(shown.showing.take(told, shown.network.clock()))
    assert alarms(shown.node) == [("log-fork", "tr")]


def test_a_tree_that_lost_its_place_to_another_in_one_commit_is_compared_with_the_next_round(
    shown: Shown,
) -> None:
    size = shown.new
    first = shown.showing.take([("iq", [shown.tree(size)])], shown.network.clock())
    second = shown.showing.take([("iq", [shown.tree(size, "third")])], shown.network.clock())
    shown.node.journal.write(first)
    shown.node.journal.write(second)  # planned before the first was written
    assert alarms(shown.node) == []
    shown.show()
    assert alarms(shown.node) == [("log-fork", "tr")]


def liars(shown: Shown) -> dict[str, bytes]:
    """What a lying partner may show."""
    size = known_size(shown)
    real = signed_tree(TR, shown.forger.key, size, "other").note
    stranger = HybridKey.generate(TR, "log", os.urandom)
    unknown = f"{NETWORK}/tr/exchange/7"
    activity = f"{NETWORK}/tr/activity/1"
    elsewhere = "other.example/tr/exchange/1"
    return {
        "nonsense": b"nonsense",
        "no signature": real.split(b"\n\n")[0] + b"\n",
        "one bit of the root": real.replace(real.split(b"\n")[2], b"A" * 43 + b"="),
        "another key": signed_tree(TR, stranger, size, "other").note,
        "one signature of two": real.rsplit("— ".encode(), 1)[0],
        "a log that no card names": _of(unknown, size),
        "an activity log": _of(activity, size),
        "another network": _of(elsewhere, size),
        "the log of nobody": _of(f"{NETWORK}/zz/exchange/1", size),
        "a negative size": real.replace(f"\n{size}\n".encode(), b"\n-1\n"),
    }


def _of(origin: str, size: int) -> bytes:
    key = HybridKey.generate(origin, "log", os.urandom)
    return sign_checkpoint(origin, size, bytes(32), key, 1).note


def test_what_bears_no_signature_of_its_log_accuses_nobody_and_leaves_nothing(
    shown: Shown,
) -> None:
    before = shown.node.store.count(AcceptedCheckpointRow)
    for note in liars(shown).values():
        shown.show(note)
    assert alarms(shown.node) == []
    assert shown.node.store.count(AcceptedCheckpointRow) == before
    assert shown.own == []


def test_a_partner_says_nothing_of_its_own_log_in_this_way(shown: Shown) -> None:
    shown.show(shown.tree(known_size(shown)), by="tr")
    assert alarms(shown.node) == []
    assert shown.heard("tr") == []


def test_one_partner_can_make_us_keep_few_trees_of_a_log_and_takes_nobody_elses_room(
    shown: Shown,
) -> None:
    size = shown.new
    shown.show(*(shown.tree(size + n) for n in range(1, 17)))
    shown.show(*(shown.tree(size + n) for n in range(17, 33)))
    assert shown.heard() == [size + n for n in range(1, HEARD_OPEN_MAX + 1)]
    shown.show(shown.tree(size + 40), by="xx")
    assert shown.heard("xx") == [size + 40]


def test_trees_that_are_proven_or_given_up_make_room_and_are_forgotten_in_turn(
    shown: Shown,
) -> None:
    size = shown.new
    for n in range(1, 60):
        shown.show(shown.tree(size + n))
        values = {"proven": True} if n % 2 else {"rounds": 10}
        done = Update(AcceptedCheckpointRow, {"heard_from": "iq", "size": size + n}, values)
        shown.node.journal.write(Plan(changes=(done,)))
    assert len(shown.heard()) <= HEARD_KEPT_MAX
    assert shown.heard()[-1] == size + 59


def test_a_note_with_many_strange_signatures_is_kept_with_its_own_two(shown: Shown) -> None:
    note = shown.tree(shown.new + 3)
    line = note.split(b"\n\n")[1].split(b"\n")[0] + b"\n"
    strange = line.replace(b"relec.example/tr", b"relec.example/zz")
    shown.show(note + strange * 14)
    [row] = shown.node.store.rows(AcceptedCheckpointRow, Where("heard_from", "=", "iq"))
    assert row.note == note


def test_a_tree_of_our_own_log_goes_to_who_guards_it_and_leaves_no_record(shown: Shown) -> None:
    note = shown.node.journal.state.exchange.head.checkpoint
    shown.show(note)
    assert shown.own == [("iq", note)]
    assert shown.heard() == []


def test_what_the_guard_refuses_stops_none_of_the_other_notes(shown: Shown) -> None:
    def refuse(_peer: str, _note: bytes, _now: datetime) -> None:
        raise Unverified(Reason.PROOF_SIGNATURE)

    showing = Showing(
        shown.node.store,
        lambda: shown.node.book.current,
        CheckpointCache(),
        lambda: shown.node.journal.state,
        refuse,
    )
    own: Sequence[bytes] = [shown.node.journal.state.exchange.head.checkpoint]
    told = [("iq", [*own, shown.tree(known_size(shown))])]
    shown.node.journal.write(showing.take(told, shown.network.clock()))
    assert alarms(shown.node) == [("log-fork", "tr")]


def used(shown: Shown, forger: Forger) -> AcceptedCheckpointRow:
    """What pk keeps of the newest tree of this history."""
    size = Where("size", "=", len(forger))
    [row] = shown.node.store.rows(AcceptedCheckpointRow, Where("origin", "=", TR), size)
    return row


def test_a_message_that_uses_a_tree_which_was_only_heard_makes_it_a_used_one(
    shown: Shown,
) -> None:
    envelope = shown.forger.send(warning(shown.network).raw)
    note = shown.forger.checkpoint().note
    shown.show(note)
    assert used(shown, shown.forger).heard_from == "iq"
    take_in(shown.network, "pk", [envelope])
    row = used(shown, shown.forger)
    assert (row.heard_from, row.proven, row.rounds) == ("", False, 0)
    assert row.note.split(b"\n\n")[0] == note.split(b"\n\n")[0]
    take_in(shown.network, "pk", [shown.forger.send(warning(shown.network).raw)])
    assert alarms(shown.node) == []


def test_a_message_that_uses_another_tree_than_the_heard_one_is_a_fork(shown: Shown) -> None:
    envelope = shown.forger.send(warning(shown.network).raw)
    shown.show(shown.tree(len(shown.forger)))
    take_in(shown.network, "pk", [envelope])
    assert alarms(shown.node) == [("log-fork", "tr")]
    assert parted(shown.node.store.rows(AlarmRow)[0].evidence) is not None
    assert quarantined(shown.node) == ["log-fork"]
    assert used(shown, shown.forger).heard_from == "iq"
