"""The router: at least once, back-off, and no target that keeps another waiting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from relec_exchange.errors import InvalidInput, Unavailable
from relec_exchange.inbound.router import Backoff, Mailbox, RoutedBatch, Router, UnitTarget
from relec_exchange.inbound.routing import DeliveryItem
from relec_exchange.inbound.units import Channel

NOW = datetime(2026, 11, 21, 17, 30, tzinfo=UTC)


def item(number: int, unit: str = "border", channel: Channel = Channel.FOLDER) -> DeliveryItem:
    return DeliveryItem(
        id=number,
        message_id=f"019aa000-0000-7000-8000-{number:012x}",
        sender="pk",
        unit=unit,
        channel=channel,
        type="warning.notice",
        urgency="routine",
        deadline=None,
        attempts=0,
        message=b"{}",
    )


@dataclass
class Queue:
    """A queue that survives a router: what the store does with its table of deliveries."""

    waiting: dict[int, tuple[DeliveryItem, datetime]] = field(default_factory=dict)
    delivered: list[int] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    crash_before_done: bool = False

    def add(self, *items: DeliveryItem) -> None:
        self.waiting.update({one.id: (one, NOW) for one in items})

    def due(self, now: datetime, limit: int) -> Sequence[DeliveryItem]:
        return [one for one, at in self.waiting.values() if at <= now][:limit]

    def done(self, id: int, now: datetime) -> None:
        if self.crash_before_done:
            raise OSError("the machine went away")
        del self.waiting[id]
        self.delivered.append(id)

    def failed(self, id: int, now: datetime, reason: str, next_at: datetime) -> None:
        one, _ = self.waiting[id]
        self.waiting[id] = (replace(one, attempts=one.attempts + 1), next_at)
        self.reasons.append(reason)


@dataclass
class Place:
    """A target that fails as often as it is told to, and keeps what it got by name."""

    failures: int = 0
    error: Exception = field(default_factory=lambda: Unavailable("the disk is full"))
    got: dict[str, bytes] = field(default_factory=dict)
    calls: int = 0

    def deliver(self, item: DeliveryItem) -> None:
        self.calls += 1
        if self.failures:
            self.failures -= 1
            raise self.error
        self.got[item.message_id] = item.message


def router(queue: Queue, backoff: Backoff | None = None, **places: UnitTarget) -> Router:
    targets = {(unit, Channel.FOLDER): place for unit, place in places.items()}
    return Router(queue, targets, backoff or Backoff())


def test_what_is_due_is_delivered_and_marked_done() -> None:
    queue, place = Queue(), Place()
    queue.add(item(1), item(2))
    assert router(queue, border=place).run_once(NOW).delivered == (1, 2)
    assert queue.waiting == {}
    assert len(place.got) == 2


def test_a_crash_between_delivery_and_its_record_repeats_and_changes_nothing() -> None:
    queue, place = Queue(crash_before_done=True), Place()
    queue.add(item(1))
    with pytest.raises(OSError, match="went away"):
        router(queue, border=place).run_once(NOW)
    queue.crash_before_done = False
    assert router(queue, border=place).run_once(NOW).delivered == (1,)
    assert place.calls == 2
    assert len(place.got) == 1


def test_a_target_that_stays_away_is_asked_less_and_less_often_up_to_the_ceiling() -> None:
    queue, place = Queue(), Place(failures=5)
    queue.add(item(1))
    backoff = Backoff(first=timedelta(seconds=2), ceiling=timedelta(seconds=10))
    working = router(queue, backoff, border=place)
    now, waits = NOW, []
    while not queue.delivered:
        working.run_once(now)
        if 1 in queue.waiting:
            next_at = queue.waiting[1][1]
            waits.append((next_at - now).total_seconds())
            assert working.run_once(next_at - timedelta(milliseconds=1)) == RoutedBatch()
            now = next_at
    assert waits == [2, 4, 8, 10, 10]


def test_a_message_that_its_target_refuses_waits_longer_each_time_and_no_other_does() -> None:
    queue = Queue()
    queue.add(item(1), item(2))
    refusing = Place(failures=1, error=InvalidInput("no name for a file"))
    assert router(queue, border=refusing).run_once(NOW).delivered == (2,)
    refusing.failures = 1
    router(queue, border=refusing).run_once(NOW + timedelta(seconds=1))
    assert queue.waiting[1][1] == NOW + timedelta(seconds=1 + 2)


def test_an_unavailable_target_costs_one_wait_and_not_one_for_each_message() -> None:
    queue, away, good = Queue(), Place(failures=1), Place()
    queue.add(*(item(n, "away") for n in range(10)), item(10, "good"))
    working = router(queue, away=away, good=good)
    batch = working.run_once(NOW)
    assert away.calls == 1
    assert batch.delivered == (10,)
    assert set(batch.failed) == set(range(10))
    assert {at for _, at in queue.waiting.values()} == {NOW + timedelta(seconds=1)}
    assert len(working.run_once(NOW + timedelta(seconds=1)).delivered) == 10


def test_a_record_that_failed_a_million_times_still_waits_the_ceiling() -> None:
    assert Backoff().wait(1_000_000) == Backoff().ceiling


def test_one_broken_target_does_not_keep_the_others_waiting() -> None:
    queue, good = Queue(), Place()
    broken = Place(failures=1, error=RuntimeError("quotes the message"))
    queue.add(item(1, "broken"), item(2, "good"))
    batch = router(queue, broken=broken, good=good).run_once(NOW)
    assert (batch.failed, batch.delivered) == ((1,), (2,))


def test_the_text_of_a_foreign_exception_is_not_kept() -> None:
    queue = Queue()
    queue.add(item(1))
    broken = Place(failures=1, error=RuntimeError("quotes the message"))
    router(queue, border=broken).run_once(NOW)
    assert queue.reasons == ["unexpected RuntimeError"]


def test_a_unit_that_left_the_settings_keeps_its_messages_waiting() -> None:
    queue = Queue()
    queue.add(item(1, "gone"))
    assert router(queue).run_once(NOW).failed == (1,)
    assert queue.reasons == ["unit gone has no folder in the settings"]
    assert 1 in queue.waiting


def test_a_delivery_is_reported_as_stuck_after_many_failures_and_still_tried() -> None:
    queue, place = Queue(), Place(failures=4)
    queue.add(item(1))
    backoff = Backoff(first=timedelta(seconds=1), ceiling=timedelta(seconds=1), stuck_after=3)
    seen = [
        len(router(queue, backoff, border=place).run_once(NOW + timedelta(seconds=n)).stuck)
        for n in range(5)
    ]
    assert seen == [0, 0, 1, 1, 0]
    assert queue.delivered == [1]


def test_a_run_takes_no_more_than_its_limit() -> None:
    queue, place = Queue(), Place()
    queue.add(*(item(n) for n in range(5)))
    assert router(queue, border=place).run_once(NOW, limit=2).delivered == (0, 1)


def test_a_mailbox_is_delivered_by_being_there() -> None:
    queue = Queue()
    queue.add(item(1, channel=Channel.MAILBOX))
    batch = Router(queue, {("border", Channel.MAILBOX): Mailbox()}).run_once(NOW)
    assert batch.delivered == (1,)
