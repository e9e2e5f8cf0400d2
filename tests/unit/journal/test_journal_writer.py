"""The one writer: groups, neighbours, what is released when, and when it must never sign again."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence

import pytest

from core_faults import UNAVAILABLE, FailingGuard, FailingStore
from core_network import check_logs
from relec_exchange.errors import IntegrityFailure, InvalidInput, Unavailable
from relec_exchange.journal import guarding
from relec_exchange.journal.control import control_send
from relec_exchange.journal.opening import LogNames, opening_entry
from relec_exchange.journal.plan import Committed, Plan, joined
from relec_exchange.journal.writer import Journal
from relec_exchange.node import Node
from relec_exchange.ports import Outgoing, RowConflict, StaleHead, WriterReplaced
from relec_exchange.records import EventRow, Insert, OutboxRow, Update, Where
from relec_exchange.testing import SimulatedNetwork


class Desk:
    """A journal of its own on tr's real store, with parts that fail when told."""

    def __init__(self, network: SimulatedNetwork) -> None:
        self.network, self.node = network, network.node("tr")
        self.store, self.guard = FailingStore(self.node.store), FailingGuard(self.node._guard)
        self.published: list[Outgoing] = []
        self.journal = self.open()

    def open(self) -> Journal:
        journal = Journal(
            self.store,
            self.node.vault,
            self.guard,
            self.node._surroundings,
            self.network.clock,
            self.publish,
        )
        keys = self.node._keys
        names = LogNames(keys.log("exchange").name, keys.log("activity").name)
        journal.open(names, lambda origin: opening_entry("relec.example", origin))
        self.node.journal = journal
        return journal

    def publish(self, items: Sequence[Outgoing]) -> None:
        self.published += items

    def ping(self) -> Plan:
        """A plan with one message of the node itself."""
        body = {"items": [{"class": "ordinary", "from": 1, "to": 1}]}
        send, secrets = control_send(
            self.node.book.current, "pk", "resend.request", body, self.network.clock(), os.urandom
        )
        return Plan(sends=(send,), secrets=secrets)


def event(kind: str) -> Plan:
    return Plan(changes=(Insert(EventRow("", kind, "x", "{}", row=0)),))


def kinds(node: Node) -> list[str]:
    return [row.kind for row in node.store.rows(EventRow, order="row") if row.at == ""]


@pytest.fixture
def desk(network: SimulatedNetwork) -> Desk:
    return Desk(network)


def test_plans_that_wait_together_share_one_commit_and_one_checkpoint(desk: Desk) -> None:
    futures = [desk.journal.submit(desk.ping()) for _ in range(5)]
    desk.journal.drain()
    numbers = [future.result().sent[0].seq for future in futures]
    assert numbers == list(range(numbers[0], numbers[0] + 5))
    assert len(desk.store.batches) == 1
    assert len(desk.published) == 5
    check_logs(desk.network)


def test_a_batch_takes_no_more_than_its_limit(desk: Desk) -> None:
    futures = [desk.journal.submit(event(str(n))) for n in range(600)]
    desk.journal.drain()
    assert all(future.done() for future in futures)
    assert [len(batch.changes) for batch in desk.store.batches] == [256, 256, 88]


def test_a_plan_with_a_taken_key_leaves_its_neighbours(desk: Desk) -> None:
    taken = desk.ping()
    desk.journal.write(taken)
    futures = [desk.journal.submit(p) for p in (event("a"), taken, desk.ping(), event("b"))]
    desk.journal.drain()
    assert isinstance(futures[1].exception(), RowConflict)
    assert [f.exception() for f in (futures[0], futures[2], futures[3])] == [None] * 3
    assert kinds(desk.node) == ["a", "b"]
    check_logs(desk.network)


@pytest.mark.parametrize("poison", [{"kind": "nonsense"}, {"kind": "erased", "what": "No such"}])
def test_a_plan_with_a_bad_entry_leaves_its_neighbours(desk: Desk, poison: dict[str, str]) -> None:
    futures = [desk.journal.submit(p) for p in (event("a"), Plan(exchange=(poison,)), event("b"))]
    desk.journal.drain()
    assert isinstance(futures[1].exception(), InvalidInput)
    assert kinds(desk.node) == ["a", "b"]


def test_a_full_disk_fails_every_plan_of_the_batch_and_releases_nothing(desk: Desk) -> None:
    before = desk.journal.state.exchange.head
    desk.store.commits = [UNAVAILABLE]
    futures = [desk.journal.submit(desk.ping()) for _ in range(3)]
    desk.journal.drain()
    assert all(isinstance(f.exception(), Unavailable) for f in futures)
    assert desk.published == []
    assert desk.journal.state.exchange.head == before
    assert desk.journal.write(desk.ping()).sent[0].leaf_index == before.size
    check_logs(desk.network)


def test_nothing_is_published_before_store_and_guard_have_it(desk: Desk) -> None:
    seen: list[tuple[int, int]] = []

    def publish(items: Sequence[Outgoing]) -> None:
        origin = desk.journal.state.exchange.head.origin
        stored = desk.store.count(OutboxRow, Where("leaf_index", "=", items[0].key))
        seen.append((stored, desk.guard.read()[origin][0] - items[0].key))

    desk.journal._publish = publish
    desk.journal.write(desk.ping())
    assert seen == [(1, 1)]


def test_a_commit_whose_answer_was_lost_is_found_and_its_envelopes_are_released(
    desk: Desk,
) -> None:
    desk.store.commits, desk.store.taken = [UNAVAILABLE], True
    lost = desk.journal.submit(desk.ping())
    desk.journal.drain()
    assert isinstance(lost.exception(), Unavailable)
    assert desk.published == []
    after = desk.journal.write(desk.ping())
    assert [item.key for item in desk.published] == [
        after.sent[0].leaf_index - 1,
        after.sent[0].leaf_index,
    ]
    origin = desk.journal.state.exchange.origin
    assert after.sent[0].seq == desk.node.store.next_sequences(origin)["pk", "control"] - 1
    check_logs(desk.network)


def test_a_head_that_moves_again_and_again_ends_the_writer(desk: Desk) -> None:
    desk.store.commits = [StaleHead("moved")] * 3
    with pytest.raises(StaleHead):
        desk.journal.write(desk.ping())
    assert isinstance(desk.journal.failed, StaleHead)
    assert desk.published == []


def test_a_second_process_on_the_store_ends_the_first_which_never_signs_again(desk: Desk) -> None:
    first, published = desk.journal, list(desk.published)
    second = desk.open()
    with pytest.raises(WriterReplaced):
        first.write(desk.ping())
    first._around = lambda: pytest.fail("the replaced writer builds a batch")  # type: ignore[assignment]
    with pytest.raises(WriterReplaced):
        first.write(desk.ping())
    assert desk.published == published
    second.write(desk.ping())
    check_logs(desk.network)


def test_a_replaced_writer_notices_with_a_plan_that_touches_no_log(desk: Desk) -> None:
    first = desk.journal
    desk.open()
    with pytest.raises(WriterReplaced):
        first.write(event("late"))
    assert kinds(desk.node) == []


def test_a_guard_that_cannot_be_written_ends_the_writer_before_anything_leaves(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarding, "GUARD_PAUSE_SECONDS", 0)
    desk.guard.failures = 99
    futures = [desk.journal.submit(desk.ping()), desk.journal.submit(event("x"))]
    desk.journal.drain()
    assert all(isinstance(f.exception(), IntegrityFailure) for f in futures)
    assert desk.published == []
    assert isinstance(desk.journal.submit(event("y")).exception(), IntegrityFailure)
    desk.guard.failures = 0
    again = desk.open()  # the store is ahead of its guard copy: nothing is wrong with it
    assert desk.node.store.count(OutboxRow, Where("envelope", "!=", None)) == 1
    again.write(event("z"))
    assert kinds(desk.node) == ["x", "z"]


def test_a_guard_that_fails_for_a_moment_is_tried_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarding, "GUARD_PAUSE_SECONDS", 0)
    desk.guard.failures = 2
    desk.journal.write(desk.ping())
    assert len(desk.published) == 1
    assert desk.journal.failed is None


def test_what_a_plan_does_afterwards_may_fail_without_harm(desk: Desk) -> None:
    def broken(_committed: Committed) -> None:
        raise ValueError("after")

    done: list[Committed] = []
    plan = joined(event("a"), Plan(after=broken), Plan(after=done.append))
    with pytest.raises(ValueError, match="after"):
        plan.after(Committed(desk.network.clock(), (), ()))  # type: ignore[misc]
    desk.journal.write(plan)
    desk.journal.write(joined(event("b"), Plan(after=done.append)))
    assert kinds(desk.node) == ["a", "b"]
    assert len(done) == 1


def test_a_publisher_that_fails_leaves_the_envelope_in_the_outbox(desk: Desk) -> None:
    def broken(items: Sequence[Outgoing]) -> None:
        raise OSError("no transport")

    desk.journal._publish = broken
    sent = desk.journal.write(desk.ping()).sent[0]
    row = desk.node.store.rows(OutboxRow, Where("leaf_index", "=", sent.leaf_index))[0]
    assert row.envelope is not None


def test_entry_times_never_run_back_when_the_clock_does(desk: Desk) -> None:
    desk.journal.write(desk.ping())
    last = desk.journal.state.exchange.head.last_time
    desk.network.clock.forward(hours=-2)
    desk.journal.write(desk.ping())
    assert desk.journal.state.exchange.head.last_time == last
    desk.network.clock.forward(hours=2, minutes=1)
    desk.journal.write(desk.ping())
    assert desk.journal.state.exchange.head.last_time > last
    check_logs(desk.network)


def test_a_writer_thread_writes_what_many_threads_ask_and_ends_with_nothing_left(
    desk: Desk,
) -> None:
    desk.journal.start()
    answers: list[int] = []

    def ask() -> None:
        for _ in range(10):
            answers.append(desk.journal.write(desk.ping()).sent[0].seq)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    last = [desk.journal.submit(event(str(n))) for n in range(3)]
    desk.journal.stop()
    assert [future.exception() for future in last] == [None] * 3
    first = min(answers)
    assert sorted(answers) == list(range(first, first + 60))
    assert isinstance(desk.journal.submit(event("late")).exception(), Unavailable)
    check_logs(desk.network)


def test_plans_written_together_answer_each_for_itself(desk: Desk) -> None:
    taken = desk.ping()
    desk.journal.write(taken)
    answers = desk.journal.write_all([event("a"), taken, event("b")])
    assert [isinstance(answer, RowConflict) for answer in answers] == [False, True, False]
    desk.store.commits = [UNAVAILABLE]
    with pytest.raises(Unavailable):
        desk.journal.write_all([event("c"), event("d")])


def test_new_envelopes_of_old_entries_leave_after_their_commit(desk: Desk) -> None:
    sent = desk.journal.write(desk.ping()).sent[0]
    item = Outgoing(sent.leaf_index, "pk", sent.message_class, b"again")
    key = {"leaf_index": sent.leaf_index}
    again = Plan(changes=(Update(OutboxRow, key, {"envelope": b"again"}),))
    desk.journal.release_again(again, [item])
    assert item not in desk.published
    desk.journal.drain()
    assert desk.published[-1] == item
