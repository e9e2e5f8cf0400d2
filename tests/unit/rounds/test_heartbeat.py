"""Our rounds: when they are due, what they carry, and what an answer to them means."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from core_faults import UNAVAILABLE, FailingStore
from core_network import Forger, alarms, begun, check_logs, entries, sent, take_in, warning
from relec_exchange.errors import NotFound, Unavailable
from relec_exchange.journal.control import control_send
from relec_exchange.journal.plan import Plan
from relec_exchange.message.bodies.control import Round
from relec_exchange.message.document import parse_message
from relec_exchange.records import (
    AcceptedCheckpointRow,
    OutboxRow,
    PeerRow,
    Update,
    UsedCheckpointRow,
    Where,
)
from relec_exchange.rounds import heartbeat, proofs
from relec_exchange.rounds.heartbeat import Heartbeat
from relec_exchange.rounds.proofs import PROOFS_MAX, is_full
from relec_exchange.testing import SimulatedNetwork


def rounds_of(network: SimulatedNetwork, name: str = "tr") -> list[Round]:
    """All rounds of a node, as it wrote them."""
    node = network.node(name)
    found = []
    for row in node.store.rows(OutboxRow, Where("type", "=", "round"), order="row"):
        body = parse_message(node.desk.core.content(row)[0]).body
        assert isinstance(body, Round)
        found.append(body)
    return found


def peer(network: SimulatedNetwork, name: str = "tr", of: str = "pk") -> PeerRow:
    return network.node(name).store.rows(PeerRow, Where("peer", "=", of))[0]


def unproven(network: SimulatedNetwork, name: str = "tr") -> list[UsedCheckpointRow]:
    return network.node(name).store.rows(UsedCheckpointRow, order="size")


def passing(network: SimulatedNetwork, minutes: int) -> int:
    """How many rounds tr writes in so many minutes."""
    before = len(rounds_of(network))
    network.pass_minutes(minutes)
    return len(rounds_of(network)) - before


# ---- when --------------------------------------------------------------------------------------


def test_the_first_round_comes_at_once_and_an_idle_node_sends_one_every_ten_minutes(
    network: SimulatedNetwork,
) -> None:
    assert len(rounds_of(network)) == 1
    passing(network, 12)  # what the first exchange left to prove
    assert passing(network, 40) == 4


def test_a_busy_node_sends_one_every_minute(network: SimulatedNetwork) -> None:
    passing(network, 12)
    written = 0
    for _ in range(10):
        sent(network, warning(network))
        written += passing(network, 1)
    assert written == 10


def test_what_the_partner_sends_makes_us_busy_too(network: SimulatedNetwork) -> None:
    passing(network, 12)
    written = 0
    for _ in range(5):
        sent(network, warning(network, sender="pk", recipient="tr"))
        written += passing(network, 1)
    assert written == 5


def test_a_clock_that_was_put_back_does_not_silence_the_node(network: SimulatedNetwork) -> None:
    network.clock.forward(minutes=-30)
    network.run()
    assert len(rounds_of(network)) == 2


def test_one_checkpoint_signature_covers_the_rounds_of_a_tick(tmp_path: Path) -> None:
    with begun(tmp_path, "tr", "pk", "iq") as network:
        node = network.node("tr")
        sent(network, warning(network))
        node.journal.drain()
        node.journal._store = faulty = FailingStore(node.store)
        network.clock.forward(minutes=11)
        node.step()
        grown = [b for b in faulty.batches if b.heads[0].head.size != b.heads[0].old_size]
        assert len(grown) == 1
        kinds = [e["kind"] for e in entries(node)[-3:]]
        assert kinds == ["anchored", "sent", "sent"]


def test_a_partner_without_a_key_keeps_no_other_waiting(tmp_path: Path) -> None:
    with begun(tmp_path, "tr", "pk", "iq") as network:
        node = network.node("tr")
        sealing_key = type(node.book.current).sealing_key

        def no_key(self: Any, name: str, at: Any) -> Any:
            if name == "iq":
                raise NotFound("no key")
            return sealing_key(self, name, at)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(type(node.book.current), "sealing_key", no_key)
            network.clock.forward(minutes=11)
            node.step()
        assert peer(network, "tr", "pk").our_number == 2
        assert peer(network, "tr", "iq").our_number == 1


def test_a_partner_that_cannot_be_written_to_is_logged_and_the_store_s_failure_raised(
    network: SimulatedNetwork,
) -> None:
    node = network.node("tr")
    node.journal._store = faulty = FailingStore(node.store)
    beat = Heartbeat(node.store, node.journal, lambda: node.book.current, os.urandom)
    network.clock.forward(minutes=11)
    faulty.commits = [UNAVAILABLE]
    with pytest.raises(Unavailable):
        beat.tick(network.clock())
    assert beat._anchored == ("", 0)
    assert beat.tick(network.clock()) == ("pk",)
    assert entries(node)[-2]["kind"] == "anchored"


def test_full_rounds_draw_so_many_answers_at_once_and_no_more(network: SimulatedNetwork) -> None:
    """A partner that always has more to prove must not fill our log as fast as it can send."""
    passing(network, 12)
    node, number = network.node("tr"), peer(network).their_number
    beat = Heartbeat(node.store, node.journal, lambda: node.book.current, os.urandom)
    written = 0
    for more in range(1, 101):
        full = {"their_number": number + more, "full_number": number + more}
        node.journal.write(Plan(changes=(Update(PeerRow, {"peer": "pk"}, full),)))
        written += len(beat.tick(network.clock()))
    assert 60 <= written <= 61
    network.clock.forward(minutes=1)
    assert beat.tick(network.clock()) == ("pk",)


# ---- what --------------------------------------------------------------------------------------


def test_a_round_tells_status_digests_clock_and_answer(network: SimulatedNetwork) -> None:
    sent(network, warning(network))
    passing(network, 2)
    last = rounds_of(network)[-1]
    assert last.number == len(rounds_of(network))
    assert last.answer is not None
    assert (last.answer.status, last.answer.number) == (200, peer(network).told_number)
    assert last.status.classes.ordinary.last_sent == 1
    assert last.status.classes.control.contiguous > 0
    directory = network.node("tr").book.current
    assert last.directory.cards == directory.digest_cards()
    assert last.directory.agreements == directory.digest_agreements("pk")


def test_the_activity_log_s_root_is_anchored_before_the_round(network: SimulatedNetwork) -> None:
    sent(network, warning(network))
    passing(network, 1)
    node = network.node("tr")
    anchored = entries(node, "anchored")[-1]
    tree = node.journal.state.activity.log.tree
    assert anchored["root"] == tree.root_at(anchored["size"]).hex()
    before = len(entries(node, "anchored"))
    passing(network, 20)
    assert len(entries(node, "anchored")) == before


def test_what_was_used_is_proven_and_then_forgotten(network: SimulatedNetwork) -> None:
    for _ in range(3):
        sent(network, warning(network))
        network.run()
    assert len(unproven(network)) >= 3
    passing(network, 3)
    rows = network.node("pk").store.rows(AcceptedCheckpointRow, order="size")
    assert all(row.proven for row in rows[:-2])
    assert len(unproven(network)) <= 2
    assert peer(network).acknowledged_size > 0


def test_an_answer_counts_for_the_round_it_names(network: SimulatedNetwork) -> None:
    """Rounds that cross: an answer to an older round says nothing about a newer one."""
    passing(network, 3)
    network.transport("tr").online = False
    tr = network.node("tr")
    for _ in range(3):
        sent(network, warning(network))
        network.clock.forward(minutes=1)
        tr.step()
    row = peer(network)
    offers = dict(json.loads(row.offers))
    assert len(offers) >= 3
    forger = Forger(network, name="pk", victim="tr")
    first = min(offers)
    answer = {"number": first, "status": 200, "body": "", "origin": "relec.example/tr/exchange/1"}
    take_in(network, "tr", [forger.round(90, answer=answer)], source="pk")
    assert peer(network).acknowledged_size == offers[first]
    assert peer(network).answered == first
    assert all(r.offered == 0 or r.offered > first for r in unproven(network))
    stale = {**answer, "number": first - 1 or 1, "status": 409, "body": "1\n"}
    take_in(network, "tr", [forger.round(91, answer=stale)], source="pk")
    assert peer(network).acknowledged_size == offers[first]


@pytest.mark.parametrize("forgotten", [False, True])
def test_a_refusal_tells_that_an_earlier_round_was_accepted_with_its_proofs(
    network: SimulatedNetwork, forgotten: bool
) -> None:
    """The answer that said so was overtaken; the round that is answered may not be remembered."""
    passing(network, 3)
    network.transport("tr").online = False
    for _ in range(4):
        sent(network, warning(network))
        network.clock.forward(minutes=1)
        network.node("tr").step()
    offers = dict(json.loads(peer(network).offers))
    first, second, *_ = sorted(offers)[-4:]
    if forgotten:
        kept = [[number, size] for number, size in offers.items() if number != second]
        change = Update(PeerRow, {"peer": "pk"}, {"offers": json.dumps(kept)})
        network.node("tr").journal.write(Plan(changes=(change,)))
    assert any(0 < r.offered <= first for r in unproven(network))
    origin = "relec.example/tr/exchange/1"
    answer = {"number": second, "status": 409, "body": f"{offers[first]}\n", "origin": origin}
    forger = Forger(network, name="pk", victim="tr")
    take_in(network, "tr", [forger.round(90, answer=answer)], source="pk")
    assert peer(network).acknowledged_size == offers[first]
    assert peer(network).answered == second
    left = unproven(network)
    assert left
    assert all(r.offered == 0 or r.offered > first for r in left)
    assert alarms(network.node("tr")) == []


@pytest.mark.parametrize("status", [400, 403, 404, 422])
def test_a_partner_that_refuses_our_log_is_an_alarm(network: SimulatedNetwork, status: int) -> None:
    number = peer(network).our_number
    forger = Forger(network, name="pk", victim="tr")
    network.close("pk")
    network.clock.forward(minutes=11)
    network.node("tr").step()
    number = peer(network).our_number
    answer = {"status": status, "body": "", "origin": "relec.example/tr/exchange/1"}
    take_in(network, "tr", [forger.round(90, answer={**answer, "number": number})], source="pk")
    found = [what for what, _ in alarms(network.node("tr"))]
    assert "checkpoint-refused" in found


def test_a_partner_that_knows_more_of_our_log_than_there_is_is_an_alarm(
    network: SimulatedNetwork,
) -> None:
    forger = Forger(network, name="pk", victim="tr")
    network.close("pk")
    network.clock.forward(minutes=11)
    network.node("tr").step()
    number = peer(network).our_number
    answer = {"number": number, "status": 409, "body": "100000\n"}
    answer["origin"] = "relec.example/tr/exchange/1"
    take_in(network, "tr", [forger.round(90, answer=answer)], source="pk")
    assert ("log-behind-partner", "pk") in alarms(network.node("tr"))
    assert peer(network).acknowledged_size <= network.node("tr").journal.state.exchange.head.size


@pytest.mark.parametrize("phase", [0, 30])
def test_rounds_that_always_cross_still_prove_everything(
    network: SimulatedNetwork, phase: int
) -> None:
    """Both nodes write before either has read: the answers are always one round late."""
    tr, pk = network.node("tr"), network.node("pk")
    network.clock.forward(seconds=phase)
    for n in range(14):
        sent(network, warning(network))
        sent(network, warning(network, sender="pk", recipient="tr"))
        network.clock.forward(minutes=1)
        for node in (tr, pk):
            node._ticker.step()
        if n % 2:
            network.run()
    network.run()
    for node in (tr, pk):
        assert alarms(node) == []
        assert max(r.rounds for r in node.store.rows(AcceptedCheckpointRow)) < 8
    network.pass_minutes(3)
    for node in (tr, pk):
        assert node.store.count(AcceptedCheckpointRow, Where("proven", "=", False)) <= 2
    network.pass_minutes(11)
    assert len(unproven(network)) <= 2
    check_logs(network)


# ---- many proofs -------------------------------------------------------------------------------


def many_checkpoints(network: SimulatedNetwork, count: int) -> None:
    """So many messages of tr to pk, each under a checkpoint of its own."""
    node = network.node("tr")
    for _ in range(count):
        items = {"items": [{"class": "flash", "from": 1, "to": 1}]}
        now = network.clock()
        send, secrets = control_send(
            node.book.current, "pk", "resend.request", items, now, os.urandom
        )
        node.journal.write(Plan(sends=(send,), secrets=secrets))


def test_more_proofs_than_fit_go_with_rounds_at_once(network: SimulatedNetwork) -> None:
    passing(network, 3)
    many_checkpoints(network, 3 * PROOFS_MAX)
    before = len(rounds_of(network))
    network.clock.forward(minutes=1)
    for _ in range(12):
        network.run()
        network.clock.forward(seconds=1)
    new = rounds_of(network)[before:]
    assert [len(r.proofs) for r in new][:3] == [PROOFS_MAX] * 3
    assert len(unproven(network)) < PROOFS_MAX
    assert alarms(network.node("pk")) == []
    rows = network.node("pk").store.rows(AcceptedCheckpointRow)
    assert max(row.rounds for row in rows) <= 2
    assert sum(row.proven for row in rows) > 3 * PROOFS_MAX - 5
    network.pass_minutes(30)
    assert len(rounds_of(network)) - before < 20  # it calms down again
    check_logs(network)


def test_a_round_is_full_by_number_or_by_bytes() -> None:
    assert not is_full([])
    assert not is_full([20] * 50)
    assert is_full([0] * PROOFS_MAX)
    assert is_full([60] * 45)
    assert PROOFS_MAX * 48 * 3 < proofs.PROOFS_BYTES_MAX


def test_the_offers_that_are_remembered_are_bounded(
    network: SimulatedNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "OFFERS_MAX", 16)
    network.close("pk")
    for _ in range(20):
        network.clock.forward(minutes=11)
        network.node("tr").step()
    offers = json.loads(peer(network).offers)
    assert len(offers) == 16
    assert offers[-1][0] == peer(network).our_number
