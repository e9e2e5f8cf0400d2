"""Trees of a log that is closed: the end that the card names is what they are held against."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from core_network import alarms, begun, sent, warning
from relec_exchange.adapters.keyfiles import KeyFiles
from relec_exchange.journal.contradiction import notes, parted
from relec_exchange.journal.control import control_send
from relec_exchange.journal.plan import Plan
from relec_exchange.records import AcceptedCheckpointRow, AlarmRow, Delete, Where
from relec_exchange.rounds.conflicts import proven
from relec_exchange.testing import NETWORK, PASSPHRASE, SimulatedNetwork
from relec_exchange.testing.succeeding import announce, succeed
from relec_exchange.trust.signature import HybridKey
from second_history import signed_tree

THREE = ("tr", "pk", "iq")
FIRST = f"{NETWORK}/tr/exchange/1"


@pytest.fixture
def three(tmp_path: Path) -> Iterator[SimulatedNetwork]:
    with begun(tmp_path, *THREE) as network:
        yield network


def first_key(network: SimulatedNetwork) -> HybridKey:
    """The key of tr's first log, as a thief has it."""
    return KeyFiles(network.home("tr") / "keys", PASSPHRASE).log_key(FIRST)


def tell(network: SimulatedNetwork, *given: bytes) -> None:
    """iq shows pk notes of which it says that nobody proves them."""
    node, now = network.node("iq"), network.clock()
    body = {"kind": "unproven", "notes": [note.decode() for note in given]}
    send, secrets = control_send(node.book.current, "pk", "log.alarm", body, now, os.urandom)
    node.journal.write(Plan(sends=(send,), secrets=secrets))
    network.run()


def heard(network: SimulatedNetwork) -> list[AcceptedCheckpointRow]:
    mine = Where("origin", "=", FIRST), Where("heard_from", "!=", "")
    return network.node("pk").store.rows(AcceptedCheckpointRow, *mine)


def replaced(network: SimulatedNetwork) -> int:
    """tr's log is closed and has a successor that everybody knows; returns where it ended."""
    succeed(network, "tr")
    announce(network, "tr")
    network.pass_minutes(3)
    end = network.node("tr").journal.state.closed[FIRST].size
    assert network.node("pk").book.current.log_key(FIRST).final_size == end
    return end


def test_a_tree_that_was_heard_before_its_log_was_replaced_is_proven_to_the_end(
    three: SimulatedNetwork,
) -> None:
    sent(three, warning(three, sender="tr", recipient="iq"))
    three.run()
    note = three.node("tr").journal.state.exchange.head.checkpoint
    three.transport("tr").online = False
    tell(three, note)
    assert [row.proven for row in heard(three)] == [False]
    succeed(three, "tr")
    three.transport("tr").online = True
    announce(three, "tr")
    three.pass_minutes(15)
    assert [row.proven for row in heard(three)] == [True]
    for name in THREE:
        assert alarms(three.node(name)) == []


def test_another_end_than_that_of_the_card_is_an_alarm_at_every_node(
    three: SimulatedNetwork,
) -> None:
    end = replaced(three)
    forgotten = Delete(AcceptedCheckpointRow, {"origin": FIRST, "size": end})
    three.node("pk").journal.write(Plan(changes=(forgotten,)))
    tell(three, signed_tree(FIRST, first_key(three), end).note)
    three.run()
    assert alarms(three.node("pk")) == [("log-fork", "tr")]
    assert alarms(three.node("iq")) == [("log-fork", "tr")]
    [row] = three.node("pk").store.rows(AlarmRow)
    pair = parted(row.evidence)
    assert pair is not None
    assert pair[0].startswith(FIRST.encode())
    card = three.node("iq").book.current.card("tr").note
    assert pair[1] == card
    directory = three.node("iq").book.current
    found = proven(directory, *pair)  # whoever holds the card needs nothing else
    assert found is not None
    assert (found.what, found.subject) == ("log-fork", "tr")
    for lie in ((card, pair[0]), (pair[0], directory.card("iq").note)):
        assert proven(directory, *lie) is None


def test_a_smaller_tree_by_a_stolen_key_accuses_at_its_partner_and_tells_its_owner(
    three: SimulatedNetwork,
) -> None:
    end = replaced(three)
    forged = signed_tree(FIRST, first_key(three), end - 2).note
    known = three.node("pk").store.rows(
        AcceptedCheckpointRow, Where("origin", "=", FIRST), Where("size", "=", end - 2)
    )
    tell(three, forged)
    if known:  # pk has seen the true tree of this size
        assert alarms(three.node("pk")) == [("log-fork", "tr")]
        return
    for _ in range(14):
        sent(three, warning(three, sender="tr", recipient="pk"))
        three.pass_minutes(1)
    assert ("checkpoint-unproven", "tr") in alarms(three.node("pk"))
    [row] = three.node("tr").store.rows(AlarmRow, Where("what", "=", "log-key-misused"))
    assert (row.subject, notes(row.evidence)) == (FIRST, (forged,))
    assert three.node("tr").journal.permit.signs  # the log that is written is another one


def test_a_tree_beyond_the_end_says_nothing_of_its_node(three: SimulatedNetwork) -> None:
    end = replaced(three)
    tell(three, signed_tree(FIRST, first_key(three), end + 5).note)
    three.pass_minutes(2)
    assert heard(three) == []
    for name in THREE:
        assert alarms(three.node(name)) == []
