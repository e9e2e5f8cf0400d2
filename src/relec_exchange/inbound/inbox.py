"""Step 13: what a batch of envelopes came to, in one transaction with its receipts.

The examination runs before the transaction; its verdicts become one plan. A batch that cannot be
taken in for another reason than the store is cut in halves until the envelope that stops it is
alone; that one is quarantined, its neighbours get through.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from relec_exchange.errors import (
    IntegrityFailure,
    Misconfigured,
    Reason,
    Unavailable,
    Unverified,
)
from relec_exchange.inbound.accepting import BRINGING, Targets, accept
from relec_exchange.inbound.following import Following
from relec_exchange.inbound.gathered import Arrival, Gathered, Refusal
from relec_exchange.inbound.memory import Memory
from relec_exchange.inbound.prove import Proven
from relec_exchange.inbound.quarantine import Quarantine
from relec_exchange.inbound.receive import (
    Quarantined,
    Receiver,
    Rejected,
    Repeated,
    Verdict,
    VerifiedMessage,
    Waiting,
    accepted_row,
)
from relec_exchange.inbound.refusing import Refusing
from relec_exchange.inbound.replies import answered
from relec_exchange.inbound.telling import Resend, Telling
from relec_exchange.journal.arrived import Handler
from relec_exchange.journal.judged import completed
from relec_exchange.journal.plan import Plan, joined
from relec_exchange.journal.standing import NodeBehind
from relec_exchange.journal.writer import Journal
from relec_exchange.message.bodies.control import Void
from relec_exchange.message.identifiers import format_time
from relec_exchange.ports import Clock, Random, Store
from relec_exchange.records import Change, Delete, HeldRow, Insert, Put, Where

HELD_PAGE = 64
OUR_FAULT = (Unavailable, Misconfigured, NodeBehind)
"""A store or a key file that cannot be read now, or a node that must not sign: no envelope is to
blame, and all come again.
"""


@dataclass(frozen=True, slots=True)
class Sequel:
    """What follows an acceptance: handlers of control types by name, the units that a message is
    routed to, sending a message of ours again, and acting on notes that came, after the commit of
    their batch and before the next one is judged. `offer` takes bodies of control messages that
    wait for a card: they may bring it, and nobody is known to have sent them.
    """

    handlers: Mapping[str, Handler]
    targets: Targets
    resend: Resend
    settle: Callable[[datetime], None]
    offer: Callable[[object], None]


class Inbox:
    """Takes batches of envelopes in. One thread only; `take_in` returns when the disk has them."""

    def __init__(
        self,
        store: Store,
        journal: Journal,
        receiver: Callable[[], Receiver],
        sequel: Sequel,
        clock: Clock,
        random: Random,
    ) -> None:
        self._store = store
        self._journal = journal
        self._receiver = receiver
        self._handlers = sequel.handlers
        self._targets = sequel.targets
        self._settle = sequel.settle
        self._offer = sequel.offer
        self._clock = clock
        self._random = random
        self._memory = Memory(store)
        self._quarantine = Quarantine(store)
        self._following = Following(store)
        self._refusing = Refusing(store, self._quarantine)
        self._telling = Telling(journal, random, sequel.resend)
        self._held_until: str | None = None

    def take_in(self, arrivals: Sequence[Arrival]) -> list[Verdict]:
        """Judge and commit a batch. Errors: Unavailable and Misconfigured (nothing was taken in),
        IntegrityFailure (the journal has ended).
        """
        try:
            return self._take_in(arrivals)
        except Exception as error:
            self._memory.doubt()
            if isinstance(error, OUR_FAULT) or self._journal.failed is not None:
                raise
            if len(arrivals) > 1:
                half = len(arrivals) // 2
                return self.take_in(arrivals[:half]) + self.take_in(arrivals[half:])
            return [self._poison(arrivals[0], error)]

    def held_due(self) -> bool:
        """Whether the time of something that is held is over."""
        if self._held_until is None:
            first = self._store.rows(HeldRow, order="until", limit=1, blobs=False)
            self._held_until = first[0].until if first else ""
        return bool(self._held_until) and self._held_until <= format_time(self._clock())

    def left(self, arrivals: Sequence[Arrival]) -> None:
        """Nothing: what goes back to the broker is judged when it comes again."""

    def retry_held(self) -> None:
        """Judge again what waits, after the directory changed or its time is over."""
        self._held_until = None
        after = 0
        while rows := self._store.rows(
            HeldRow, Where("row", ">", after), order="row", limit=HELD_PAGE
        ):
            at = format_time(self._clock())
            self.take_in([Arrival(r.sender, r.envelope, r.row, r.until <= at) for r in rows])
            after = rows[-1].row

    def _take_in(self, arrivals: Sequence[Arrival]) -> list[Verdict]:
        now = self._clock()
        with self._journal.terms.judging():
            receiver = self._receiver()
            proved = [self._prove(receiver, arrival, now) for arrival in arrivals]
            first = [number for number, found in enumerate(proved) if _brings_notes(found)]
            if len(first) in (0, len(arrivals)):
                first, verdicts = [], self._judged(receiver, arrivals, proved, now)
        if first:
            return self._in_two(arrivals, first)
        self._settle(now)
        return verdicts

    def _in_two(self, arrivals: Sequence[Arrival], first: Sequence[int]) -> list[Verdict]:
        """What brings notes is taken in before the rest of its batch, which they count for."""
        rest = [number for number in range(len(arrivals)) if number not in set(first)]
        verdicts: dict[int, Verdict] = {}
        for numbers in (first, rest):
            found = self._take_in([arrivals[number] for number in numbers])
            verdicts.update(zip(numbers, found, strict=True))
        return [verdicts[number] for number in range(len(arrivals))]

    def _judged(
        self,
        receiver: Receiver,
        arrivals: Sequence[Arrival],
        proved: Sequence[Proven | Quarantined | Waiting],
        now: datetime,
    ) -> list[Verdict]:
        self._memory.begin([found for found in proved if isinstance(found, Proven)])
        gathered = Gathered(receiver, now, self._memory.new_trees)
        verdicts: list[Verdict] = []
        for arrival, found in zip(arrivals, proved, strict=True):
            verdict: Verdict
            if isinstance(found, Proven):
                verdict = receiver.judge(found, self._memory, now, may_wait=not arrival.over)
            else:
                verdict = found
            self._gather(gathered, arrival, verdict)
            verdicts.append(verdict)
        plan = self._plan(gathered)
        if not plan.empty or plan.after is not None:
            self._journal.write(plan)
        for found in proved:
            if isinstance(found, Waiting) and found.carried is not None:
                self._offer(found.carried)
        self._memory.settle()
        receiver.known.provided.arrived(one.message for one in gathered.officers)
        self._complete(gathered)
        self._telling.repeat(gathered.repeated, receiver.directory, now)
        return verdicts

    def _prove(
        self, receiver: Receiver, arrival: Arrival, now: datetime
    ) -> Proven | Quarantined | Waiting:
        try:
            return receiver.prove(arrival.envelope, now, may_wait=not arrival.over)
        except Exception as error:
            if isinstance(error, (*OUR_FAULT, IntegrityFailure)):
                raise
            _log_unexpected(arrival.source, error)
            return Quarantined(Reason.UNEXPECTED, type(error).__name__)

    def _gather(self, gathered: Gathered, arrival: Arrival, verdict: Verdict) -> None:
        if isinstance(verdict, Waiting):
            if not arrival.held:
                self._held_until = None
                self._refusing.hold(gathered, arrival, verdict)
            return
        if arrival.held:
            gathered.changes.append(Delete(HeldRow, {"row": arrival.held}))
        match verdict:
            case VerifiedMessage():
                accept(gathered, verdict, self._targets, self._random)
                self._void(verdict, gathered.now)
            case Rejected():
                self._refusing.reject(gathered, arrival, verdict)
            case Repeated(row=row):
                gathered.repeated.append(row)
            case Quarantined():
                self._refusing.set_aside(gathered, arrival, verdict)

    def _void(self, verified: VerifiedMessage, now: datetime) -> None:
        """A number that its sender declares void is no gap any more."""
        body = verified.message.body
        for item in body.items if isinstance(body, Void) else ():
            try:
                origin = item.origin or verified.proven.origin
                self._memory.advance(origin, item.class_, item.seq, now)
            except Unverified as error:  # it would tear too many holes: it stays missing
                if error.reason is not Reason.SEQUENCE:
                    raise

    def _plan(self, gathered: Gathered) -> Plan:
        sends, receipt_of = self._telling.receipts(gathered)
        now, at = gathered.now, gathered.at
        changes: list[Change] = [
            Insert(
                accepted_row(
                    a.proven, a.code.value, a.detail, receipt_of.get(a.proven.leaf, ""), now
                )
            )
            for a in gathered.accepted
        ]
        changes += [
            Insert(replace(row, receipt_id=receipt_of.get(row.leaf, "")))
            for row in self._following.rows(gathered)
        ]
        changes += self._following.changes(gathered)
        changes += [Put(row) for row in self._memory.chain_rows()]
        changes += self._memory.checkpoint_changes(at)
        own = Plan(
            exchange=tuple(gathered.exchange),
            sends=tuple(sends),
            activity=tuple(gathered.activity),
            changes=(*changes, *gathered.changes),
            secrets=gathered.secrets,
        )
        handled = [
            self._handlers[name](messages, now)
            for name, messages in gathered.control.items()
            if name in self._handlers
        ]
        # Last: a reply outranks the receipt that came with it.
        replied = Plan(changes=tuple(answered(self._store, gathered.replies, at)))
        return joined(own, self._quarantine.plan(gathered.quarantine, now), *handled, replied)

    def _complete(self, gathered: Gathered) -> None:
        """Keep what the protection rules' findings rest on: now that all receipts are out."""
        changes = [
            change
            for message, judgement, key in gathered.found
            for change in completed(message, judgement, key, self._random)
        ]
        if changes:
            self._journal.submit(Plan(changes=tuple(changes)))

    def _poison(self, arrival: Arrival, error: Exception) -> Verdict:
        """One envelope that cannot be taken in: it is set aside, and its number stays missing."""
        _log_unexpected(arrival.source, error)
        found = Quarantined(Reason.UNEXPECTED, type(error).__name__)
        refusal = Refusal(arrival.source, found.reason, found.detail, arrival.envelope)
        plan = self._quarantine.plan([refusal], self._clock())
        if arrival.held:
            plan = joined(plan, Plan(changes=(Delete(HeldRow, {"row": arrival.held}),)))
        self._journal.write(plan)
        return found


def _brings_notes(found: Proven | Quarantined | Waiting) -> bool:
    return isinstance(found, Proven) and found.entry["type"] in BRINGING


def _log_unexpected(source: str, error: Exception) -> None:
    structlog.get_logger().error("inbound.unexpected", error=type(error).__name__, source=source)


__all__ = ["Arrival", "Inbox", "Sequel"]
