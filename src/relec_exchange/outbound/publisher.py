"""From the journal to the broker, and what the broker said back into the outbox.

Nothing is lost: an envelope stays in the outbox until the broker confirmed it. On start, and after
a lost connection, everything unconfirmed is published again; recipients know a repeated leaf.
A refused envelope (queue full) or one without a route waits and is tried again with back-off.
Of each class a bounded number is under way; what is beyond stays in the store until there is room,
so that a broker that is away for a day costs disk and not memory.
"""

from __future__ import annotations

import heapq
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from relec_exchange.errors import Unavailable
from relec_exchange.journal.envelope_keys import envelope_key, place_of
from relec_exchange.journal.plan import Committed, Plan
from relec_exchange.journal.writer import Journal
from relec_exchange.message.identifiers import MessageClass, format_time
from relec_exchange.ports import Clock, Outcome, Outgoing, Store, Transport
from relec_exchange.records import Change, OutboxRow, Update, Where

RETRY_SECONDS = (1.0, 2.0, 5.0, 15.0, 60.0)
WINDOW = 1024
"""Envelopes of one class that may be under way ..."""

WINDOW_BYTES = 64 * 1024 * 1024
"""... and bytes of all classes together."""

LOAD_MAX = 128
CONFIRM_BATCH_SECONDS = 0.05


class Publisher:
    """Feeds the transport. `publish` may be called from any thread and returns at once."""

    def __init__(
        self,
        store: Store,
        journal: Callable[[], Journal],
        transport: Transport,
        clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._journal = journal
        self._transport = transport
        self._clock = clock
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._wake = threading.Condition(self._lock)
        self._attempts: dict[int, int] = {}
        self._underway: dict[int, Outgoing] = {}
        self._counts: Counter[MessageClass] = Counter()
        self._bytes = 0
        self._behind: set[MessageClass] = set()
        self._cursors: Counter[MessageClass] = Counter()
        self._retry: list[tuple[float, int]] = []
        self._confirmed: set[int] = set()
        self._recording: set[int] = set()
        self._stopping = False
        self._thread: threading.Thread | None = None

    def load(self) -> int:
        """Publish what a former run left unconfirmed, as far as there is room; returns how many
        there are.
        """
        with self._lock:
            self._behind.update(MessageClass)
        self._refill()
        return self._store.count(OutboxRow, Where("envelope", "!=", None))

    def publish(self, items: Sequence[Outgoing]) -> None:
        """Hand sealed envelopes to the transport; an item already under way is not doubled."""
        fresh: list[Outgoing] = []
        with self._lock:
            for item in items:
                if item.key in self._underway:
                    continue
                if item.message_class in self._behind or not self._room(item.message_class):
                    self._behind.add(item.message_class)
                    continue
                self._take(item)
                fresh.append(item)
        if fresh:
            self._transport.publish(fresh)

    def outcome(self, key: int, outcome: Outcome) -> None:
        """What the broker said of one envelope (called on the transport's thread)."""
        with self._wake:
            if outcome is Outcome.CONFIRMED:
                self._drop(key)
                self._confirmed.add(key)
            elif key in self._underway:
                tried = self._attempts.get(key, 0)
                self._attempts[key] = tried + 1
                delay = RETRY_SECONDS[min(tried, len(RETRY_SECONDS) - 1)]
                heapq.heappush(self._retry, (self._monotonic() + delay, key))
            self._wake.notify()

    def start(self) -> None:
        """Begin to record confirms and to retry, in a thread."""
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Record the last confirms and end the thread."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        if self._thread is not None:
            self._thread.join()

    def settle(self) -> None:
        """Record confirms, retry what is due, and fill the windows, once, in this thread."""
        with self._lock:
            confirmed, self._confirmed = sorted(self._confirmed), set()
            self._recording.update(confirmed)
            due = set()
            while self._retry and self._retry[0][0] <= self._monotonic():
                due.add(heapq.heappop(self._retry)[1])
        if confirmed:
            self._record(confirmed)
        if due:
            try:
                self._again(due)
            except Unavailable:
                with self._lock:
                    for key in due:
                        heapq.heappush(self._retry, (self._monotonic() + RETRY_SECONDS[0], key))
                raise
        self._refill()

    def _room(self, message_class: MessageClass) -> bool:
        return self._counts[message_class] < WINDOW and self._bytes < WINDOW_BYTES

    def _take(self, item: Outgoing) -> None:
        self._underway[item.key] = item
        self._counts[item.message_class] += 1
        self._bytes += len(item.envelope)

    def _drop(self, key: int) -> None:
        item = self._underway.pop(key, None)
        if item is not None:
            self._counts[item.message_class] -= 1
            self._bytes -= len(item.envelope)
        self._attempts.pop(key, None)

    def _again(self, due: set[int]) -> None:
        """Publish as the outbox has it now: a newer envelope, or none if its time is over."""
        places: dict[str, list[int]] = {}
        for key in sorted(due):
            origin, index = self._place(key)
            places.setdefault(origin, []).append(index)
        found: dict[int, Outgoing] = {}
        for origin, indices in places.items():
            rows = self._store.rows(
                OutboxRow,
                Where("origin", "=", origin),
                Where("leaf_index", "in", indices),
                Where("envelope", "!=", None),
            )
            found.update({_key(row): _outgoing(row) for row in rows})
        with self._lock:
            again = [found[key] for key in sorted(due) if key in found and key in self._underway]
            for key in due - found.keys():
                self._drop(key)
        if again:
            self._transport.publish(again)

    def _refill(self) -> None:
        """Bring from the store what there is room for, class by class."""
        for message_class in tuple(self._behind):
            self._refill_class(message_class)

    def _refill_class(self, message_class: MessageClass) -> None:
        """Go on behind what was brought last; a pass from the beginning without rest ends it."""
        whole = not self._cursors[message_class]
        with self._lock:
            self._behind.discard(message_class)  # what is published meanwhile may mark it again
        while waiting := self._store.rows(
            OutboxRow,
            Where("cls", "=", str(message_class)),
            Where("envelope", "!=", None),
            Where("row", ">", self._cursors[message_class]),
            order="row",
            limit=LOAD_MAX,
            blobs=False,
        ):
            if not self._bring(waiting):
                with self._lock:
                    self._behind.add(message_class)
                return
            self._cursors[message_class] = waiting[-1].row
        self._cursors[message_class] = 0
        if not whole:
            with self._lock:
                self._behind.add(message_class)

    def _bring(self, waiting: Sequence[OutboxRow]) -> bool:
        """Publish those of these rows that nobody is publishing; False if there was no room."""
        with self._lock:
            if not self._room(MessageClass(waiting[0].cls)):
                return False
            wanted = [row.row for row in waiting if not self._busy(_key(row))]
        rows = self._store.rows(OutboxRow, Where("row", "in", wanted), order="row")
        fresh: list[Outgoing] = []
        with self._lock:
            for row in rows:
                if row.envelope is not None and not self._busy(_key(row)):
                    self._take(_outgoing(row))
                    fresh.append(self._underway[_key(row)])
        if fresh:
            self._transport.publish(fresh)
        return True

    def _place(self, key: int) -> tuple[str, int]:
        """Our log and the place in it that a key stands for."""
        return place_of(key, self._journal().state.exchange.origin)

    def _busy(self, key: int) -> bool:
        return key in self._underway or key in self._recording or key in self._confirmed

    def _record(self, keys: list[int]) -> None:
        at = format_time(self._clock())
        done = {"envelope": None, "relayed_at": at}
        places = [self._place(key) for key in keys]
        where = [{"origin": origin, "leaf_index": index} for origin, index in places]
        changes: list[Change] = [
            Update(OutboxRow, {**one, "state": "released"}, {"state": "relayed"}) for one in where
        ]
        changes += [Update(OutboxRow, one, done) for one in where]
        future = self._journal().submit(Plan(changes=tuple(changes)))
        future.add_done_callback(lambda ended: self._recorded(keys, ended))

    def _recorded(self, keys: list[int], ended: Future[Committed]) -> None:
        """Confirms that the store did not take are recorded later."""
        with self._wake:
            self._recording.difference_update(keys)
            if isinstance(ended.exception(), Unavailable) and not self._stopping:
                self._confirmed.update(keys)

    def _run(self) -> None:
        while True:
            with self._wake:
                if self._stopping and not self._confirmed:
                    return
                if not self._confirmed:
                    self._wake.wait(timeout=self._pause())
            try:
                self.settle()
            except Unavailable:  # a read of the store failed; nothing was taken out of it
                time.sleep(RETRY_SECONDS[0])
            time.sleep(CONFIRM_BATCH_SECONDS)  # gathers confirms into one commit

    def _pause(self) -> float:
        if not self._retry:
            return 1.0
        return max(0.01, min(1.0, self._retry[0][0] - self._monotonic()))


def _key(row: OutboxRow) -> int:
    return envelope_key(row.origin, row.leaf_index)


def _outgoing(row: OutboxRow) -> Outgoing:
    return Outgoing(_key(row), row.recipient, MessageClass(row.cls), row.envelope or b"")
