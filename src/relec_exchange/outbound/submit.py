"""Submission: an officer's approved bytes become a logged, sealed message or a clear refusal.

Every message is judged on its own and every refusal is logged. The bytes that were signed are the
bytes that are committed to and sent. An idempotency key makes trying again safe.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime

from relec_exchange.audit.entry import commitment
from relec_exchange.errors import Conflict, IntegrityFailure, RelecError, Unavailable
from relec_exchange.journal.plan import Committed, Plan, Send
from relec_exchange.journal.writer import Journal
from relec_exchange.message.catalogue import header_class
from relec_exchange.message.document import parse_message
from relec_exchange.message.header import Header
from relec_exchange.outbound.drafts import Draft, Judged, ReadDraft, Signature, Submitted
from relec_exchange.outbound.judging import Judging
from relec_exchange.outbound.written import NIL_ID, act, answered, refusal, submission
from relec_exchange.ports import Clock, Random, RowConflict, Store
from relec_exchange.records import OutboxRow, Where
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.officer import Officer

Pending = tuple[Judged, "Future[Committed]"]


@dataclass(slots=True)
class _Known:
    """Messages of ours that have the keys or ids of a request's drafts."""

    by_key: Mapping[str | None, OutboxRow]
    by_id: Mapping[str, OutboxRow]

    def row(self, read: ReadDraft) -> OutboxRow | None:
        key = read.draft.idempotency_key
        found = self.by_key.get(key) if key else None
        return found or self.by_id.get(read.header.message_id)


class Submissions:
    """The outbound half of the core. Thread-safe: it holds no state but its parts."""

    def __init__(
        self,
        store: Store,
        journal: Journal,
        directory: Callable[[], Directory],
        officer: Callable[[str], Officer],
        clock: Clock,
        random: Random,
    ) -> None:
        self._store = store
        self._journal = journal
        self._directory = directory
        self._judging = Judging(store, officer)
        self._clock = clock
        self._random = random

    def submit(self, drafts: Sequence[Draft]) -> list[Submitted]:
        """Judge each draft on its own; returns when all that passed are durable."""
        now, directory = self._clock(), self._directory()
        read = [self._read(draft, directory, now) for draft in drafts]
        known = self._known([one for one in read if isinstance(one, ReadDraft)])
        waiting: list[Pending | Submitted] = []
        for one in read:
            judged = self._judge(one, known, directory, now) if isinstance(one, ReadDraft) else one
            if isinstance(judged, Submitted):
                waiting.append(judged)
                continue
            plan = submission(judged, directory, now, self._random)
            waiting.append((judged, self._journal.submit(plan)))
        self._journal.drain_if_idle()
        return [w if isinstance(w, Submitted) else self._answer(*w) for w in waiting]

    def release(self, message_id: str, signature: Signature, raw: bytes, salt: bytes) -> Submitted:
        """The second signature on a submitted message, whose bytes and salt the caller read back.

        Errors: Conflict (not waiting any more), NotAuthorised, Refused (the agreement changed
        meanwhile); a refusal is logged.
        """
        now, directory = self._clock(), self._directory()
        rows = self._store.rows(OutboxRow, Where("message_id", "=", message_id))
        if not rows or rows[0].state != "submitted":
            raise _not_waiting()
        message, digest = parse_message(raw), commitment(salt, raw)
        header = message.header
        try:
            self._judging.check_release(header.type, digest, signature)
            decision = self._judging.authorise(message, directory, now)
            asked = self._judging.answered(header) if isinstance(header, Header) else None
        except RelecError as error:
            self._log_refusal(message_id, error, directory, now)
            raise
        row = replace(rows[0], released_by=signature.officer, grant_id=decision.grant_id)
        send = Send(row, header_class(header), raw, salt, decision.agreement_hash, stored=True)
        plan = Plan(
            sends=(send,),
            activity=(act(directory, "released", message_id, signature),),
            changes=tuple(answered(message, asked, signature.officer, now)),
        )
        try:
            self._journal.write(plan)
        except RowConflict:  # somebody released it meanwhile
            raise _not_waiting() from None
        return Submitted(message_id, row.recipient, "released")

    def _read(self, draft: Draft, directory: Directory, now: datetime) -> ReadDraft | Submitted:
        try:
            return self._judging.read(draft, directory, now)
        except RelecError as error:
            self._log_refusal(NIL_ID, error, directory, now)
            return Submitted("", "", "refused", error)

    def _judge(
        self, read: ReadDraft, known: _Known, directory: Directory, now: datetime
    ) -> Judged | Submitted:
        header, draft = read.header, read.draft
        try:
            before = known.row(read)
            if before is not None:
                return _same_answer(before, read)
            self._judging.check_submit(read)
            if draft.release is not None:
                self._judging.check_release(header.type, read.commitment, draft.release)
            return Judged(read, self._judging.authorise(read.message, directory, now))
        except RelecError as error:
            self._log_refusal(header.message_id, error, directory, now)
            return Submitted(header.message_id, header.recipient, "refused", error)

    def _known(self, read: Sequence[ReadDraft]) -> _Known:
        """Looked up for all drafts at once."""
        keys = [one.draft.idempotency_key for one in read if one.draft.idempotency_key]
        ids = [one.header.message_id for one in read]
        by_key = self._store.rows(OutboxRow, Where("idempotency_key", "in", keys), blobs=False)
        by_id = self._store.rows(OutboxRow, Where("message_id", "in", ids), blobs=False)
        return _Known({r.idempotency_key: r for r in by_key}, {r.message_id: r for r in by_id})

    def _answer(self, judged: Judged, future: Future[Committed]) -> Submitted:
        read = judged.read
        header = read.header
        try:
            future.result()
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
        status = "released" if read.draft.release else "submitted"
        return Submitted(header.message_id, header.recipient, status)

    def _log_refusal(
        self, message_id: str, error: RelecError, directory: Directory, now: datetime
    ) -> None:
        """A refusal is a decision; a store that cannot be read is none."""
        if not isinstance(error, (Unavailable, IntegrityFailure)):
            self._journal.submit(refusal(message_id, error, directory, now))


def _same_answer(before: OutboxRow, read: ReadDraft) -> Submitted:
    """The earlier answer, or Conflict if key or id served another message."""
    if before.commitment != read.commitment:
        raise Conflict(
            "this idempotency key or message id was used for another message",
            field="idempotency_key",
            remedy="use a new key for a new message",
        )
    status = "submitted" if before.state == "submitted" else "released"
    return Submitted(before.message_id, before.recipient, status)


def _not_waiting() -> Conflict:
    return Conflict("this message is not waiting for its release", field="message_id")


__all__ = ["Draft", "Signature", "Submissions", "Submitted"]
