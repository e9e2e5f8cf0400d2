"""The one writer of a node: a queue of plans, commits in groups, nothing released before the disk.

Order of one batch: build (hash, sign, seal) → keys to the vault → commit where the head still
stands → guard copy → answers. If the head moved, the batch is dropped unreleased and made again.
If another process took the store over, or the guard copy cannot be written, this one never signs
again. `publish` is given every sealed envelope of a batch once the disk has it; it must return at
once.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace

import structlog

from relec_exchange.errors import IntegrityFailure, RelecError, Unavailable
from relec_exchange.journal.build import Built, Surroundings, build
from relec_exchange.journal.envelope_keys import envelope_key
from relec_exchange.journal.guarding import GuardLostError, write_guard
from relec_exchange.journal.opening import (
    LogNames,
    Opening,
    check_guard,
    load_state,
    opening_plan,
)
from relec_exchange.journal.plan import Committed, Plan
from relec_exchange.journal.standing import Permit
from relec_exchange.journal.state import JournalState, LogState
from relec_exchange.journal.steady import Steady
from relec_exchange.message.constants import LIMITS
from relec_exchange.message.identifiers import MessageClass
from relec_exchange.ports import (
    Clock,
    Guard,
    Outgoing,
    StaleHead,
    Store,
    Vault,
    WriterReplaced,
)
from relec_exchange.records import Batch, OutboxRow, Where

REBUILDS_MAX = 3

Item = tuple[Plan, "Future[Committed]"]


class Journal:
    """Give it plans with `submit`; a thread (`start`) or `drain` writes them.

    Errors of a plan come through its future: Unavailable (try again), Conflict (a key is taken),
    IntegrityFailure (the node must stop). `failed` holds the error that ended the writer, if any.
    """

    def __init__(
        self,
        store: Store,
        vault: Vault,
        guard: Guard,
        around: Callable[[], Surroundings],
        clock: Clock,
        publish: Callable[[Sequence[Outgoing]], None],
    ) -> None:
        self._store = store
        self._vault = vault
        self._guard = guard
        self._around = around
        self._clock = clock
        self._publish = publish
        self._queue: deque[Item] = deque()
        self._wake = threading.Condition()
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._state: JournalState | None = None
        self._writer = ""
        self._first: tuple[Plan, ...] = ()
        self.failed: RelecError | None = None
        self.terms = Steady()
        self.permit = Permit()

    def open(self, names: LogNames, opening: Opening) -> None:
        """Take the store over, check it against its guard copy, write entry 0 of new logs.

        `names` are the logs of a store that has none yet, `opening` gives the fields of entry 0
        for an origin. Errors: IntegrityFailure when the store is older than its guard copy,
        contradicts it, or does not give its stored roots. Without the permit to sign nothing is
        written yet: `begin` does it when the permit is there.
        """
        self._claim(names)
        warned = check_guard(self.state, self._guard.read(), self._around().network, self._clock())
        self._first = (opening_plan(self.state, opening), warned)
        if self.permit.signs:
            self.begin()

    def begin(self) -> None:
        """Write what opening found to be written, and the guard copy, before anything else."""
        self.permit.check()
        while self._first:
            if not self._first[0].empty:
                self._commit([self._first[0]])
            self._first = self._first[1:]
        write_guard(self._guard, self.state)

    def rescue(self, names: LogNames, plan: Callable[[JournalState], Plan]) -> None:
        """Take over a store that may be behind its guard copy, and write one plan, which opens
        successors of the logs that are behind. The guard copy follows the store from then on.

        An empty plan finishes a rescue that was broken off. Errors: as `open`, and those of `plan`.
        """
        self._claim(names)
        wanted = plan(self.state)
        if not wanted.empty:
            self._commit([wanted])
        write_guard(self._guard, self.state)

    def _claim(self, names: LogNames) -> None:
        self._writer = self._around().random(16).hex()
        self._store.claim(self._writer)
        self._names = names
        self._state = self._load()

    @property
    def state(self) -> JournalState:
        """Our logs as of the last commit."""
        if self._state is None:
            raise IntegrityFailure("the journal is not open")
        return self._state

    def signed(self, log: LogState) -> bytes:
        """A checkpoint of all that counts of one of our logs, signed now."""
        self.permit.check()
        seconds = int(self._clock().timestamp())
        signer = self._around().signer
        return signer.checkpoint(log.origin, log.size, log.root, seconds).note

    def submit(self, plan: Plan) -> Future[Committed]:
        """Queue a plan. The future ends when the disk has it, or with the reason why not."""
        future: Future[Committed] = Future()
        with self._wake:
            if self.failed is not None or self._stopping:
                future.set_exception(self.failed or Unavailable("the node is stopping"))
                return future
            self._queue.append((plan, future))
            self._wake.notify()
        return future

    def write(self, plan: Plan) -> Committed:
        """Submit and wait. Without a writer thread (simulations) it writes here and now."""
        future = self.submit(plan)
        self.drain_if_idle()
        return future.result()

    def write_all(self, plans: Sequence[Plan]) -> list[Committed | RelecError]:
        """Submit together (they share a checkpoint) and wait; an error of one is its answer.

        Raises what concerns them all: Unavailable, IntegrityFailure.
        """
        futures = [self.submit(plan) for plan in plans]
        self.drain_if_idle()
        answers: list[Committed | RelecError] = []
        for future in futures:
            error = future.exception()
            if error is None:
                answers.append(future.result())
            elif isinstance(error, RelecError) and not isinstance(
                error, (Unavailable, IntegrityFailure)
            ):
                answers.append(error)
            else:
                raise error
        return answers

    def release_again(self, plan: Plan, outgoing: Sequence[Outgoing]) -> None:
        """Commit `plan` (new envelopes of old entries) and then publish them."""

        def after(_committed: Committed) -> None:
            self._publish(outgoing)

        self.submit(replace(plan, after=after))

    def start(self) -> None:
        """Write in a thread of its own until `stop`."""
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what is queued, then end the thread."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        if self._thread is not None:
            self._thread.join()

    def drain(self) -> None:
        """Write everything that is queued now, in this thread."""
        while group := self._take():
            if permitted := self._permitted(group):
                self._write_group(permitted)

    def drain_if_idle(self) -> None:
        """Without a writer thread (simulations), write what is queued."""
        if self._thread is None:
            self.drain()

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._queue and not self._stopping:
                    self._wake.wait()
                if not self._queue and self._stopping:
                    return
            self.drain()

    def _take(self) -> list[Item]:
        group: list[Item] = []
        weight = 0
        with self._wake:
            while self._queue and weight < LIMITS.batch_max:
                weight += self._queue[0][0].weight
                if group and weight > LIMITS.batch_max:
                    break
                group.append(self._queue.popleft())
        return group

    def _write_group(self, group: list[Item]) -> None:
        if self.failed is not None:
            self._fail(self.failed, group)
            return
        try:
            answers = self._commit([plan for plan, _ in group])
        except (WriterReplaced, StaleHead, GuardLostError) as error:
            self._fail(error, group)
        except Unavailable as error:
            for _, future in group:
                future.set_exception(error)
        except Exception as error:  # noqa: BLE001 - its plan is told; the writer lives on
            if len(group) > 1:  # one bad plan never takes its neighbours with it
                for one in group:
                    self._write_group([one])
                return
            _log_unexpected("journal.commit.failed", error)
            group[0][1].set_exception(error)
        else:
            self._release([item for answer in answers for item in answer.outgoing])
            for (plan, future), answer in zip(group, answers, strict=True):
                self._after(plan, answer)
                future.set_result(answer)

    def _permitted(self, group: list[Item]) -> list[Item]:
        """Those that may be written now; the others are told why not."""
        error = self.permit.refusal()
        if error is None:
            return group
        for _, future in (item for item in group if item[0].signs):
            future.set_exception(error)
        return [item for item in group if not item[0].signs]

    def _release(self, outgoing: Sequence[Outgoing]) -> None:
        if not outgoing:
            return
        try:
            self._publish(outgoing)
        except Exception as error:  # noqa: BLE001 - they stay in the outbox, nothing is lost
            _log_unexpected("journal.publish.failed", error)

    def _after(self, plan: Plan, answer: Committed) -> None:
        if plan.after is None:
            return
        try:
            plan.after(answer)
        except Exception as error:  # noqa: BLE001 - the plan is committed all the same
            _log_unexpected("journal.after.failed", error)

    def _fail(self, error: RelecError, group: list[Item]) -> None:
        with self._wake:
            self.failed = error
            group = [*group, *self._queue]
            self._queue.clear()
        for _, future in group:
            future.set_exception(error)

    def _commit(self, plans: list[Plan]) -> tuple[Committed, ...]:
        for attempt in range(REBUILDS_MAX):
            built = self._built(plans)
            if built.secrets and attempt == 0:
                self._vault.put(built.secrets)
            try:
                self._store.commit(built.batch)
            except StaleHead:
                self._catch_up()
                continue
            self._state = built.state
            write_guard(self._guard, self.state)
            return built.answers
        raise StaleHead("the head moved under the writer again and again")

    def _built(self, plans: list[Plan]) -> Built:
        """The batch in this writer's name."""
        built = build(self.state, plans, self._around(), self._clock())
        heads = tuple(
            replace(change, head=replace(change.head, writer=self._writer))
            for change in built.batch.heads
        )
        return replace(built, batch=Batch(heads, built.batch.changes))

    def _catch_up(self) -> None:
        """The store is ahead of us: a commit came through although it seemed to fail.

        What it had sealed was never released, so it is released now.
        """
        before = self.state.exchange.head
        self._state = self._load()
        write_guard(self._guard, self.state)
        rows = self._store.rows(
            OutboxRow,
            Where("origin", "=", before.origin),
            Where("leaf_index", ">=", before.size),
            Where("envelope", "!=", None),
            order="row",
        )
        self._release(
            [
                Outgoing(
                    envelope_key(r.origin, r.leaf_index),
                    r.recipient,
                    MessageClass(r.cls),
                    r.envelope,
                )
                for r in rows
                if r.envelope is not None
            ]
        )

    def _load(self) -> JournalState:
        return load_state(self._store, self._names)


def _log_unexpected(event: str, error: Exception) -> None:
    if not isinstance(error, RelecError):
        structlog.get_logger().error(event, error=type(error).__name__)


__all__ = ["Journal", "LogNames"]
