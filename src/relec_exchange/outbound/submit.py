"""Submission: an officer's approved bytes become a logged, sealed message or a clear refusal.

Every message is judged on its own and every refusal is logged. The bytes that were signed are the
bytes that are committed to and sent. An idempotency key makes trying again safe. What still waits
for somebody is kept, and goes on in `waiting`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass

from relec_exchange.errors import Conflict, IntegrityFailure, RelecError, Unavailable
from relec_exchange.journal.decisions import Asked
from relec_exchange.journal.plan import Committed, joined
from relec_exchange.journal.writer import Journal
from relec_exchange.outbound import needs as words
from relec_exchange.outbound.drafts import Answer, Draft, Judged, ReadDraft, Signature, Submitted
from relec_exchange.outbound.erasing import Erased, Erasing
from relec_exchange.outbound.first_use import FirstUse
from relec_exchange.outbound.judging import Judging, Moment, asked
from relec_exchange.outbound.signing import Deed
from relec_exchange.outbound.written import NIL_ID, refusal, submission
from relec_exchange.ports import Clock, Random, RowConflict, Store
from relec_exchange.protection.retention import NO_RULE, Policy
from relec_exchange.records import OutboxRow, Where
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.officer import Act


@dataclass(frozen=True, slots=True)
class _Pending:
    """A draft on its way to the disk."""

    judged: Judged
    erased: Erased | None
    future: Future[Committed]


@dataclass(slots=True)
class _Known:
    """Messages of ours that have the keys or ids of a request's drafts."""

    by_key: Mapping[str | None, OutboxRow]
    by_id: Mapping[str, OutboxRow]

    def row(self, read: ReadDraft) -> OutboxRow | None:
        key = read.draft.idempotency_key
        found = self.by_key.get(key) if key else None
        return found or self.by_id.get(read.header.message_id)


@dataclass(frozen=True, slots=True)
class Parts:
    """What the outbound half works with. Everything in it is thread-safe."""

    store: Store
    journal: Journal
    directory: Callable[[], Directory]
    judging: Judging
    erasing: Erasing
    clock: Clock
    random: Random
    policy: Policy = NO_RULE

    def moment(self) -> Moment:
        """Now, for one request."""
        uses = FirstUse(self.store)
        return Moment(self.directory(), self.clock(), uses, policy=self.policy)


class Submissions:
    """The outbound half of the core. Thread-safe: it holds no state but its parts."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._store = parts.store
        self._journal = parts.journal
        self._judging = parts.judging

    def submit(self, drafts: Sequence[Draft]) -> list[Submitted]:
        """Judge each draft on its own; returns when all that passed are durable."""
        with self._journal.terms.judging():
            return self._submit(drafts)

    def _submit(self, drafts: Sequence[Draft]) -> list[Submitted]:
        moment = self._parts.moment()
        read = [self._read(draft, moment) for draft in drafts]
        known = self._known([one for one in read if isinstance(one, ReadDraft)])
        waiting: list[_Pending | Submitted] = []
        for one in read:
            judged = self._judge(one, known, moment) if isinstance(one, ReadDraft) else one
            waiting.append(
                judged if isinstance(judged, Submitted) else self._written(judged, moment)
            )
        self._journal.drain_if_idle()
        answers = [w if isinstance(w, Submitted) else self._answer(w) for w in waiting]
        erased = [w.erased for w in waiting if isinstance(w, _Pending) and w.erased is not None]
        if erased:
            with suppress(Unavailable):  # it stands in the store, and is done at the next start
                self._parts.erasing.finish(erased, moment.now)
        return answers

    def _read(self, draft: Draft, moment: Moment) -> ReadDraft | Submitted:
        try:
            return self._judging.read(draft, moment)
        except RelecError as error:
            self._log_refusal(NIL_ID, error, moment)
            return Submitted("", "", "refused", error)

    def _judge(self, read: ReadDraft, known: _Known, moment: Moment) -> Judged | Submitted:
        header = read.header
        try:
            before = known.row(read)
            if before is not None:
                return _same_answer(before, read)
            return self._judged(read, moment)
        except RelecError as error:
            self._log_refusal(header.message_id, error, moment, asked(read.message, moment))
            return Submitted(header.message_id, header.recipient, "refused", error)

    def _judged(self, read: ReadDraft, moment: Moment) -> Judged:
        """Every signature is checked before the rules are asked."""
        given, signing = read.draft.submit, self._judging.signing
        signing.check(Deed(Act.SUBMIT, given.officer, given.signature), read.signed)
        deeds = read.draft.deeds()
        for deed in deeds:
            signing.check(deed, read.signed)
        self._parts.erasing.check(read.message, read.place, moment.now)
        verdict = self._judging.verdict(read.message, read.signed, deeds, moment)
        return Judged(read, verdict, self._judging.counted(deeds, read.signed, verdict))

    def _written(self, judged: Judged, moment: Moment) -> _Pending:
        plan = submission(judged, moment, self._parts.random)
        erased: Erased | None = None
        if words.leaves(judged.verdict.needs):
            message, place = judged.read.message, judged.read.place
            erased = self._parts.erasing.erasure(message, place, moment.now)
            plan = joined(plan, erased.plan)
        return _Pending(judged, erased, self._journal.submit(plan))

    def _known(self, read: Sequence[ReadDraft]) -> _Known:
        """Looked up for all drafts at once."""
        keys = [one.draft.idempotency_key for one in read if one.draft.idempotency_key]
        ids = [one.header.message_id for one in read]
        by_key = self._store.rows(OutboxRow, Where("idempotency_key", "in", keys), blobs=False)
        by_id = self._store.rows(OutboxRow, Where("message_id", "in", ids), blobs=False)
        return _Known({r.idempotency_key: r for r in by_key}, {r.message_id: r for r in by_id})

    def _answer(self, pending: _Pending) -> Submitted:
        read, needs = pending.judged.read, pending.judged.verdict.needs
        header = read.header
        try:
            pending.future.result()
        except RowConflict as conflict:  # the same request came twice at once: answer as the first
            try:
                before = self._known([read]).row(read)
                if before is None:
                    raise conflict
                return _same_answer(before, read)
            except RelecError as error:
                return Submitted(header.message_id, header.recipient, "refused", error)
        except RelecError as error:
            return Submitted(header.message_id, header.recipient, "refused", error)
        status = "released" if words.leaves(needs) else words.waiting_state(needs)
        derived = pending.erased.derived if pending.erased is not None else ()
        return Submitted(header.message_id, header.recipient, status, needs=needs, derived=derived)

    def _log_refusal(
        self, message_id: str, error: RelecError, moment: Moment, about: Asked | None = None
    ) -> None:
        """A refusal is a decision; a store that cannot be read is none."""
        if not isinstance(error, (Unavailable, IntegrityFailure)):
            self._journal.submit(refusal(message_id, error, moment, about))


def _same_answer(before: OutboxRow, read: ReadDraft) -> Submitted:
    """The earlier answer, or Conflict if key or id served another message."""
    if before.commitment != read.commitment:
        raise Conflict(
            "this idempotency key or message id was used for another message",
            field="idempotency_key",
            remedy="use a new key for a new message",
        )
    kept = before.state in ("submitted", "held", "returned")
    status = before.state if kept else "released"
    return Submitted(before.message_id, before.recipient, status, needs=tuple(before.needs.split()))


__all__ = ["Answer", "Draft", "Parts", "Signature", "Submissions", "Submitted"]
