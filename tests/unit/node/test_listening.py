"""Listening: whom it takes to hear, what makes it doubt, and what our own signature proves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core_network import begun, events
from relec_exchange.audit.checkpoint import checkpoint_text
from relec_exchange.errors import Unverified
from relec_exchange.journal.own_trees import ours
from relec_exchange.message.bodies.control import Round
from relec_exchange.message.constants import TIMES
from relec_exchange.node import Node
from relec_exchange.node.listening import Doubt, Heard, doubts, listening_time
from relec_exchange.records import PeerRow, Where
from relec_exchange.testing import SimulatedNetwork
from relec_exchange.trust.witnesses import quorum_of

EXCHANGE = "relec.example/tr/exchange/1"
QUIET = {"last_sent": 0, "contiguous": 0}


@pytest.fixture
def network(tmp_path: Path) -> Iterator[SimulatedNetwork]:
    with begun(tmp_path) as made:
        made.pass_minutes(1)
        yield made


@pytest.fixture
def node(network: SimulatedNetwork) -> Node:
    return network.node("tr")


# ---- whom it takes -----------------------------------------------------------------------------


@given(st.sets(st.sampled_from("abcdefghij"), min_size=1), st.data())
def test_whoever_doubts_is_waited_for_however_many_are_clear(wanted: set[str], data: Any) -> None:
    heard = data.draw(st.sets(st.sampled_from(sorted(wanted))))
    doubting = data.draw(st.sets(st.sampled_from(sorted(wanted))))
    found = Heard(frozenset(wanted))
    for one in heard:
        found.doubts[one] = frozenset({Doubt.NUMBER} if one in doubting else ())
    enough = len(heard) >= quorum_of(len(wanted)) and not heard & doubting
    assert found.enough == enough


def test_a_node_listens_no_longer_than_the_rounds_of_its_network_take() -> None:
    whole = TIMES.round_idle_seconds + TIMES.round_busy_seconds
    assert listening_time(TIMES) == timedelta(seconds=whole)
    assert listening_time(replace(TIMES, round_idle_seconds=30)) == timedelta(seconds=90)
    assert listening_time(replace(TIMES, listen_seconds=5)) == timedelta(seconds=5)


# ---- what makes it doubt -----------------------------------------------------------------------


def heard(node: Node, **fields: Any) -> Round:
    """A round of pk to tr with nothing in it, but for these fields."""
    body: dict[str, Any] = {
        "number": 9,
        "checkpoint": "x",
        "status": {"classes": dict.fromkeys(("control", "flash", "ordinary"), QUIET)},
        "directory": {"cards": "0" * 64, "agreements": "0" * 64},
        "clock": "2030-01-01T00:00:00.000Z",
    }
    return Round.model_validate_json(json.dumps({**body, **fields}))


def found(node: Node, **fields: Any) -> set[Doubt]:
    peer = node.store.rows(PeerRow, Where("peer", "=", "pk"))[0]
    return set(doubts(node.journal.state, peer, heard(node, **fields)))


def own_note(node: Node) -> str:
    return node.journal.state.exchange.head.checkpoint.decode()


def answer(node: Node, ahead: int, origin: str = EXCHANGE) -> dict[str, Any]:
    peer = node.store.rows(PeerRow, Where("peer", "=", "pk"))[0]
    return {"number": peer.our_number + ahead, "status": 200, "body": "", "origin": origin}


def test_a_round_that_says_nothing_new_leaves_no_doubt(node: Node) -> None:
    assert found(node) == set()
    assert found(node, answer=answer(node, 0), shown=[own_note(node)]) == set()


def test_an_answer_to_a_round_that_we_never_sent_is_a_doubt(node: Node) -> None:
    shown = [own_note(node)]
    assert found(node, answer=answer(node, 1), shown=shown) == {Doubt.ANSWER}
    later = EXCHANGE.replace("/1", "/2")
    assert found(node, answer=answer(node, 0, later), shown=shown) == {Doubt.ANSWER}


def test_whoever_has_answered_us_and_shows_no_tree_of_ours_leaves_a_doubt(node: Node) -> None:
    assert found(node, answer=answer(node, 0)) == {Doubt.SILENT}


@pytest.mark.parametrize("name", ["control", "flash", "ordinary"])
def test_a_number_that_we_never_gave_is_a_doubt(node: Node, name: str) -> None:
    last = node.journal.state.sequences.get(("pk", name), 1) - 1
    for ahead, expected in ((0, set()), (1, {Doubt.NUMBER})):
        classes = dict.fromkeys(("control", "flash", "ordinary"), QUIET)
        classes[name] = {"last_sent": 0, "contiguous": last + ahead}
        assert found(node, status={"classes": classes}) == expected


def test_numbers_of_a_log_that_we_do_not_have_are_a_doubt(node: Node) -> None:
    classes = dict.fromkeys(("control", "flash", "ordinary"), QUIET)
    status = {"classes": classes, "of": EXCHANGE.replace("/1", "/2")}
    assert found(node, status=status) == {Doubt.NUMBER}


# ---- what our own signature proves -------------------------------------------------------------


def signed(node: Node, size: int, root: bytes, origin: str = EXCHANGE) -> bytes:
    return node._keys.checkpoint(origin, size, root, int(1.9e9)).note


def test_trees_that_we_hold_prove_nothing(node: Node) -> None:
    log = node.journal.state.exchange
    for size in (1, log.size // 2, log.size):
        note = signed(node, size, log.log.tree.root_at(size))
        assert ours(node.journal.state, note, node._keys.log_public) is None


def test_a_larger_tree_or_another_root_with_our_signature_proves_that_we_are_behind(
    node: Node,
) -> None:
    state = node.journal.state
    size = state.exchange.size
    larger = ours(state, signed(node, size + 5, b"r" * 32), node._keys.log_public)
    assert larger is not None
    assert (larger.size, larger.held) == (size + 5, size)
    assert "bears our signature" in larger.detail
    other = ours(state, signed(node, 1, b"r" * 32), node._keys.log_public)
    assert other is not None
    assert "two trees" in other.detail


def test_a_log_of_ours_that_we_do_not_know_proves_it_too(
    node: Node, network: SimulatedNetwork
) -> None:
    later = EXCHANGE.replace("/1", "/2")
    node._keys.add_log(later, node._random)
    note = signed(node, 3, b"r" * 32, later)
    found = ours(node.journal.state, note, node._keys.log_public)
    assert found is not None
    assert (found.origin, found.size, found.held) == (later, 3, 0)


def test_without_our_signature_nothing_is_proven(node: Node) -> None:
    note = signed(node, 99, b"r" * 32)
    text = checkpoint_text(EXCHANGE, 100, b"r" * 32)
    forged = text + note.partition(b"\n\n")[2].join([b"\n", b""])
    for bad in (forged, b"", b"x\n1\n", note.replace(b"/tr/", b"/pk/"), note[:-40] + b"\n"):
        with pytest.raises(Unverified):
            ours(node.journal.state, bad, node._keys.log_public)
    assert node.journal.permit.signs


def test_a_proof_is_told_once_for_each_partner_and_size(
    node: Node, network: SimulatedNetwork
) -> None:
    now, size = network.clock(), node.journal.state.exchange.size
    for more in (2, 1, 2, 3, 3):
        assert node.own_trees.shown("pk", signed(node, size + more, b"r" * 32), now)
    told = [json.loads(row.data)["size"] - size for row in events(node, "behind.shown")]
    assert told == [2, 3]
    assert not node.journal.permit.signs
