"""What is offered to be proven stays offered until a round that carried it is answered."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from core_network import alarms
from relec_exchange.journal.control import control_send
from relec_exchange.journal.plan import Plan
from relec_exchange.journal.state import LogState
from relec_exchange.records import (
    AcceptedCheckpointRow,
    Delete,
    Insert,
    PeerRow,
    UsedCheckpointRow,
    Where,
)
from relec_exchange.rounds.claims import UNANSWERED_MAX, Claims
from relec_exchange.rounds.heartbeat import Heartbeat
from relec_exchange.rounds.proofs import (
    COSIGNED_BYTES_MAX,
    HEAD_BYTES,
    LINE_BYTES,
    PROOFS_BYTES_MAX,
    PROOFS_MAX,
    SHOWN_BYTES_MAX,
    is_full,
    taken_by,
)
from relec_exchange.rounds.slots import passed
from relec_exchange.testing import SimulatedNetwork


def used(network: SimulatedNetwork) -> dict[int, int]:
    """tr's checkpoints that are to be proven to pk, and the round that offered each first."""
    rows = network.node("tr").store.rows(UsedCheckpointRow, Where("peer", "=", "pk"))
    return {row.size: row.offered for row in rows}


def test_an_answer_does_not_count_for_what_its_round_had_no_room_for(
    network: SimulatedNetwork,
) -> None:
    """Envelopes that are sent again use a smaller tree than those that were offered before."""
    network.pass_minutes(12)
    tr, origin = network.node("tr"), network.node("tr").journal.state.exchange.origin
    for _ in range(PROOFS_MAX + 4):
        body = {"items": [{"class": "flash", "from": 1, "to": 1}]}
        send, secrets = control_send(
            tr.book.current, "pk", "resend.request", body, network.clock(), os.urandom
        )
        tr.journal.write(Plan(sends=(send,), secrets=secrets))
    sizes = sorted(used(network))
    small, large = sizes[0], sizes[PROOFS_MAX - 1]
    key = {"peer": "pk", "origin": origin}
    tr.journal.write(Plan(changes=(Delete(UsedCheckpointRow, {**key, "size": small}),)))
    beat = Heartbeat(tr.store, tr.journal, lambda: tr.book.current, os.urandom)
    network.clock.forward(minutes=11)
    beat.tick(network.clock())
    first = tr.store.rows(PeerRow, Where("peer", "=", "pk"))[0].our_number
    assert used(network)[large] == first
    root = tr.journal.state.exchange.log.tree.root_at(small)
    again = UsedCheckpointRow("pk", origin, small, root)
    tr.journal.write(Plan(changes=(Insert(again),)))
    network.clock.forward(minutes=11)
    beat.tick(network.clock())
    offered = used(network)
    assert offered[large] == first  # carried again: it goes before what comes new
    assert offered[small] == 0
    network.run()
    network.pass_minutes(25)
    open_ = network.node("pk").store.rows(
        AcceptedCheckpointRow, Where("sender", "=", "tr"), Where("proven", "=", False)
    )
    assert len(open_) <= 2
    assert alarms(network.node("pk")) == []


def test_the_room_of_a_round_is_shared_and_one_proof_always_fits() -> None:
    largest = HEAD_BYTES + 63 * LINE_BYTES
    assert COSIGNED_BYTES_MAX + SHOWN_BYTES_MAX + largest < PROOFS_BYTES_MAX
    assert not is_full([], COSIGNED_BYTES_MAX + SHOWN_BYTES_MAX)
    assert is_full([], PROOFS_BYTES_MAX)
    assert taken_by("", 0, []) == 0
    assert taken_by("\N{EM DASH} x", 2, ["ab"]) == 5 + 2 * LINE_BYTES + 2


# ---- where a round begins ----------------------------------------------------------------------


class Owner:
    """Writes rounds of a log with one entry more each; its partner has accepted 2 entries."""

    def __init__(self, log: LogState) -> None:
        self.claims, self.log = Claims(), log
        self.peer = PeerRow("pk", our_origin=log.origin, acknowledged_size=2, answered=4)

    def write(self, number: int) -> tuple[int, int]:
        """The size at which round `number` begins, and the one that it offers."""
        grown = replace(self.log, head=replace(self.log.head, size=100 + number))
        old = self.claims.old(self.peer, grown)
        self.claims.written(self.peer, number, grown, old)
        return old, 100 + number

    def read(self, answered: int, accepted: int) -> None:
        """The answer to a round: the size that the partner has accepted by then."""
        self.peer = replace(self.peer, answered=answered, acknowledged_size=accepted)


@pytest.fixture
def owner(network: SimulatedNetwork) -> Owner:
    """It has read that its round 5 was accepted, after it wrote 6."""
    owner = Owner(network.node("tr").journal.state.exchange)
    assert [owner.write(n) for n in (5, 6)] == [(2, 105), (2, 106)]  # it has just started
    owner.read(5, 105)
    return owner


def test_a_round_goes_on_from_what_the_last_one_offered_that_can_be_accepted(
    owner: Owner,
) -> None:
    assert owner.write(7) == (105, 107)  # round 6 began too early
    assert owner.write(8) == (107, 108)
    owner.read(7, 107)
    assert owner.write(9) == (108, 109)


def test_after_a_refusal_that_tells_nothing_new_rounds_go_on_from_what_is_known(
    owner: Owner,
) -> None:
    """The round that they would rest on may be passed over again, or be lost again."""
    assert [owner.write(n)[0] for n in (7, 8)] == [105, 107]
    owner.read(8, 105)  # round 7 was passed over
    assert [owner.write(n)[0] for n in (9, 10)] == [105, 105]
    owner.read(10, 109)  # round 9 was accepted: what told it was overtaken by the next refusal
    assert [owner.write(n)[0] for n in (11, 12)] == [109, 111]


def test_a_partner_that_is_away_is_told_what_it_is_known_to_have(owner: Owner) -> None:
    assert [owner.write(7 + n)[0] for n in range(UNANSWERED_MAX)] == [105, 107, 108]
    assert owner.write(7 + UNANSWERED_MAX)[0] == 105


@pytest.mark.parametrize("node", ["tr", "pk"])
def test_each_interval_of_a_node_s_clock_holds_one_slot(node: str) -> None:
    begin = datetime(2026, 11, 1, 12, tzinfo=UTC)
    seconds = [begin.replace(minute=m, second=s) for m in range(20) for s in range(60)]
    starts = [b for a, b in pairwise(seconds) if passed(a, b, 60, node)]
    assert len(starts) in (19, 20)
    assert len({at.second for at in starts}) == 1
    assert not passed(begin, begin, 60, node)
