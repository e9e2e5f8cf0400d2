"""What a partner has read once it has read, in the log that it goes on in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core_network import sent, warning
from relec_exchange.message.bodies.control import WitnessAnswer
from relec_exchange.message.identifiers import format_time
from relec_exchange.records import OutboxRow, PeerRow, Where
from relec_exchange.rounds.reading import LOOKED_AT_MAX, answered_by, deaf, read_at, read_by
from relec_exchange.testing import NETWORK, SimulatedNetwork

OURS, THEIRS = f"{NETWORK}/pk/exchange/2", f"{NETWORK}/tr/exchange/1"
PEER = PeerRow("tr", their_origin=THEIRS, our_origin=OURS, our_number=9, answered=6)


def answer(number: int, origin: str = OURS) -> WitnessAnswer:
    return WitnessAnswer(number=number, status=200, body="", origin=origin)


@pytest.mark.parametrize(
    ("given", "number"),
    [
        (None, 0),
        (answer(8), 8),
        (answer(9), 9),
        (answer(10), 0),
        (answer(8, f"{NETWORK}/pk/exchange/1"), 0),
    ],
    ids=["none", "older", "newest", "not written yet", "another log"],
)
def test_only_a_round_of_ours_is_answered(given: WitnessAnswer | None, number: int) -> None:
    assert answered_by(PEER, given) == number
    assert read_by(PEER, THEIRS, given) == max(6, number)


def test_who_goes_on_in_another_log_may_have_lost_what_it_read() -> None:
    successor = THEIRS.replace("/1", "/2")
    assert read_by(PEER, successor, None) == 0
    assert read_by(PEER, successor, answer(4)) == 4
    assert read_by(replace(PEER, their_origin=successor), successor, answer(4)) == 6


@pytest.mark.parametrize("rounds", [3, LOOKED_AT_MAX + 3])
def test_who_has_not_read_all_that_is_old_is_deaf(network: SimulatedNetwork, rounds: int) -> None:
    node, began = network.node("pk"), format_time(network.clock())
    sent_at = []
    network.transport("tr").online = False
    for _ in range(rounds):
        sent(network, warning(network, sender="pk", recipient="tr"))
        network.pass_minutes(1)
        mine = Where("recipient", "=", "tr"), Where("type", "=", "round")
        sent_at.append(node.store.rows(OutboxRow, *mine, order="-row", limit=1)[0].sent_at)
    [peer] = node.store.rows(PeerRow, Where("peer", "=", "tr"))
    read = peer.our_number - rounds
    first, second, now = sent_at[0], sent_at[1], format_time(network.clock())
    assert not deaf(node.store, peer, read, began)
    assert deaf(node.store, peer, read, first)
    assert not deaf(node.store, peer, read + 1, first)
    assert deaf(node.store, peer, read + 1, second)
    assert not deaf(node.store, peer, peer.our_number, second)
    assert deaf(node.store, peer, peer.our_number, now)  # we have written nothing since
    assert read_at(node.store, peer, peer.our_number, second) == sent_at[-1]
    assert read_at(node.store, peer, peer.our_number - 1, second) == sent_at[-2]
    assert read_at(node.store, peer, read + 1, first) == first
