"""Alarms: one stands at a time, further evidence is kept, and what was closed does not come back by
itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core_network import begun
from relec_exchange.journal.alarming import PIECES_MAX, Alarm, alarm_plan
from relec_exchange.journal.contradiction import about, accusing, both, notes, parted, pieces
from relec_exchange.journal.plan import Plan
from relec_exchange.node import Node
from relec_exchange.records import AlarmRow, EventRow, Update, Where

NOW = datetime(2026, 11, 1, tzinfo=UTC)
ORIGIN = "relec.example/tr/exchange/1"


def tree(size: int, root: str = "root") -> bytes:
    return f"{ORIGIN}\n{size}\n{root}\n\n— {ORIGIN} AAAA\n".encode()


def fork(size: int, *roots: str) -> Alarm:
    return Alarm("log-fork", "tr", f"two trees of {size}", both(*(tree(size, r) for r in roots)))


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with begun(tmp_path) as network:
        yield network.node("pk")


def raise_(node: Node, *alarms: Alarm) -> None:
    node.journal.write(alarm_plan(node.store, alarms, "relec.example", NOW))


def close(node: Node) -> None:
    standing = {"what": "log-fork", "subject": "tr", "closed_at": ""}
    closed = {"closed_at": "2026-11-02T00:00:00.000Z", "closed_by": "duty"}
    node.journal.write(Plan(changes=(Update(AlarmRow, standing, closed),)))


def standing(node: Node) -> list[AlarmRow]:
    return node.store.rows(AlarmRow, Where("closed_at", "=", ""))


def test_the_same_tree_twice_is_one_alarm_with_one_piece(node: Node) -> None:
    raise_(node, fork(5, "a", "b"))
    raise_(node, fork(5, "b", "a"))
    raise_(node, fork(5, "a", "c"))
    [row] = standing(node)
    assert len(pieces(row.evidence)) == 1
    assert node.store.count(EventRow, Where("kind", "=", "alarm")) == 1


def test_another_tree_is_a_further_piece_of_the_same_alarm(node: Node) -> None:
    raise_(node, fork(5, "a", "b"))
    raise_(node, fork(6, "a", "b"), fork(7, "a", "b"))
    [row] = standing(node)
    assert [about(piece).split(b"\n")[1] for piece in pieces(row.evidence)] == [b"5", b"6", b"7"]
    assert row.detail == "two trees of 5; pieces of evidence: 3"
    assert parted(row.evidence) == (tree(5, "a"), tree(5, "b"))


def test_two_pieces_that_come_together_are_both_in_the_new_record(node: Node) -> None:
    raise_(node, fork(5, "a", "b"), fork(6, "a", "b"))
    [row] = standing(node)
    assert len(pieces(row.evidence)) == 2


def test_endless_evidence_is_not_kept_endlessly(node: Node) -> None:
    for size in range(1, 40):
        raise_(node, fork(size, "a", "b"))
    [row] = standing(node)
    assert len(pieces(row.evidence)) == PIECES_MAX


def test_a_closed_alarm_is_raised_again_by_new_evidence_and_not_by_old(node: Node) -> None:
    raise_(node, fork(5, "a", "b"))
    close(node)
    raise_(node, fork(5, "b", "a"))
    assert standing(node) == []
    raise_(node, fork(6, "a", "b"))
    [row] = standing(node)
    assert [notes(piece)[0] for piece in pieces(row.evidence)] == [tree(6, "a")]
    assert node.store.count(AlarmRow) == 2


def test_an_alarm_without_evidence_comes_again_once_it_was_closed(node: Node) -> None:
    bare = Alarm("log-fork", "tr", "two entries at one place")
    raise_(node, bare, bare)
    raise_(node, bare)
    assert len(standing(node)) == 1
    close(node)
    raise_(node, bare)
    assert len(standing(node)) == 1
    assert node.store.count(AlarmRow) == 2


def test_an_accusation_is_about_its_tree_whatever_was_accepted_last(node: Node) -> None:
    assert about(accusing(tree(5), tree(9))) == about(accusing(tree(5), tree(12)))
    assert about(accusing(tree(5), b"")) == about(tree(5))
    assert parted(accusing(tree(5), tree(5))) is None
    assert notes(accusing(tree(5), tree(9))) == (tree(5), tree(9))
