"""What a full round leaves out waits its turn, and what a sender could not know is no reproach."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core_network import begun
from relec_exchange.journal.plan import Plan
from relec_exchange.message.bodies.control import ConsistencyProof
from relec_exchange.node import Node
from relec_exchange.records import AcceptedCheckpointRow, PeerRow, Put
from relec_exchange.rounds.shown_trees import KNOWN_MAX, Marks
from relec_exchange.rounds.turns import Known, Spans, Turn, turn
from relec_exchange.testing import NETWORK

TR = f"{NETWORK}/tr/exchange/2"
OLD = f"{NETWORK}/tr/exchange/1"
LONG, SHORT = "2026-11-01T00:00:00.000Z", "2026-11-02T00:00:00.000Z"
ANCIENT = "2026-10-01T00:00:00.000Z"
TOP = 1000


@pytest.fixture(scope="module")
def pk(tmp_path_factory: pytest.TempPathFactory) -> Iterable[Node]:
    with begun(Path(tmp_path_factory.mktemp("turns")), rounds=False) as network:
        yield network.node("pk")


def row(size: int, **values: Any) -> AcceptedCheckpointRow:
    kept = AcceptedCheckpointRow(TR, size, bytes(32), b"note", "tr", ANCIENT)
    return replace(kept, **values)


def after(node: Node, *rows: AcceptedCheckpointRow, read: int = 0, junk: int = 0) -> Turn:
    """A full round that proves these trees, as they are in the store, and some that it does not."""
    node.journal.write(Plan(changes=tuple(Put(one) for one in rows)))
    proven = {(one.origin, one.size) for one in rows}
    named = [(one.origin, one.size) for one in rows] + [(TR, 900 + n) for n in range(junk)]
    proofs = [ConsistencyProof(size=size, root="00" * 32, origin=log) for log, size in named]
    known = Known(TR, read, all=bool(read))
    return turn(node.store, proofs, proven, known, Spans(SHORT, LONG), TOP)


def test_a_tree_waits_without_end_behind_used_trees_that_come_before_it(pk: Node) -> None:
    full = after(pk, row(10), row(11), row(12), row(13))
    assert full.waits(row(12))  # two of four come before it
    assert not full.waits(row(11))
    assert full.waits(row(500))


def test_a_tree_beyond_the_round_s_own_has_no_turn(pk: Node) -> None:
    full = after(pk, row(10), row(11))
    assert not full.waits(row(TOP + 1))
    assert full.waits(row(TOP + 1, first_at="2026-11-01T12:00:00.000Z"))  # for a time


@pytest.mark.parametrize(
    "values", [{"note": b""}, {"heard_from": "iq"}], ids=["no message yet", "only heard of"]
)
def test_what_no_message_used_excuses_for_a_time_only(pk: Node, values: Any) -> None:
    full = after(pk, row(20, **values), row(21, **values))
    assert not full.waits(row(500))
    assert full.waits(row(500, first_at="2026-11-01T12:00:00.000Z"))


def test_proofs_that_its_sender_knows_to_be_taken_excuse_a_hundred_minutes(pk: Node) -> None:
    again = row(30, proven=True, top_size=700), row(31, proven=True, top_size=700)
    full = after(pk, *again, read=700)
    assert not full.waits(row(500, first_at="2026-11-01T12:00:00.000Z"))
    assert full.waits(row(500, first_at="2026-11-02T12:00:00.000Z"))


def test_proofs_that_its_sender_cannot_know_to_be_taken_count_as_new(pk: Node) -> None:
    again = row(40, proven=True, top_size=700), row(41, proven=True, top_size=700)
    assert after(pk, *again, read=699).waits(row(500))


def test_half_of_the_proofs_must_be_true_and_new(pk: Node) -> None:
    assert after(pk, row(50), row(51), junk=2).waits(row(500))
    assert not after(pk, row(52), row(53), junk=3).waits(row(500))
    assert not after(pk, junk=3).waits(row(500))


def test_trees_of_closed_logs_come_first(pk: Node) -> None:
    closed = row(600, origin=OLD), row(601, origin=OLD)
    assert after(pk, *closed).waits(row(5))
    assert not after(pk, row(60), row(61)).waits(row(700, origin=OLD))


def test_trees_of_closed_logs_that_are_proven_again_excuse_for_a_time_only(pk: Node) -> None:
    """It is not known since when their sender could know that they are."""
    taken = [row(size, origin=OLD, proven=True) for size in (600, 601)]
    young = row(5, first_at="2026-11-01T12:00:00.000Z")
    assert after(pk, *taken).waits(young)  # it has not read what we accepted last
    assert not after(pk, *taken).waits(row(5))
    assert not after(pk, *taken, read=1).waits(young)


def test_what_messages_used_later_holds_nothing_up_without_end(pk: Node) -> None:
    """There are only so many trees before one that were used before it."""
    full = after(pk, row(70, first_at=SHORT), row(71, first_at=SHORT))
    assert full.waits(row(500, first_at=SHORT))
    assert not full.waits(row(500))
    mixed = after(pk, row(72), row(73, first_at=SHORT))
    assert mixed.waits(row(500))


# ---- what was told -----------------------------------------------------------------------------


def told(marks: Marks, number: int, **values: Any) -> Marks:
    """After our round `number` to a partner with these columns; read again from the store."""
    peer = PeerRow("tr", their_origin=TR, **values)
    text = marks.answering(peer, number).text()
    assert json.loads(text)
    return Marks.of(replace(peer, shown_trees=text))


def test_the_first_round_that_told_a_tree_or_a_refusal_of_who_knew_it_is_remembered() -> None:
    first = told(Marks(), 4, accepted_number=7, their_number=7, their_size=50)
    assert (first.told, first.refused, first.known) == ((7, 4), 0, ((4, 50),))
    unread = told(first, 5, accepted_number=7, their_number=8, their_size=50, answered=3)
    assert (unread.told, unread.refused) == ((7, 4), 0)  # round 8 did not know better
    refused = told(unread, 6, accepted_number=7, their_number=9, their_size=50, answered=4)
    assert refused.refused == 6
    later = told(refused, 7, accepted_number=7, their_number=9, their_size=50, answered=5)
    assert later.refused == 6
    after = told(later, 8, accepted_number=10, their_number=11, their_size=60, answered=6)
    assert (after.told, after.refused) == ((10, 8), 0)
    assert [after.known_size(read) for read in (3, 4, 7, 8)] == [0, 50, 50, 60]


def test_another_log_begins_anew_and_old_marks_go() -> None:
    marks = Marks()
    for number in range(KNOWN_MAX + 3):
        marks = told(marks, number, accepted_number=number, their_size=number + 1)
    assert len(marks.known) == KNOWN_MAX
    for number in range(KNOWN_MAX + 3, 40 * KNOWN_MAX):
        marks = told(marks, number, accepted_number=number, their_size=number + 1)
    assert len(marks.known) == KNOWN_MAX
    for late in range(1, 40 * KNOWN_MAX - 1):  # what it knew is known to within a part of its age
        read = 40 * KNOWN_MAX - 1 - late
        assert read + 1 - late / 4 - 1 <= marks.known_size(read) <= read + 1
    peer = PeerRow("tr", their_origin=OLD, their_size=5)
    assert marks.answering(peer, 99).known == ((99, 5),)
