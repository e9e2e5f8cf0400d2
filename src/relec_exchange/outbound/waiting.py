"""What waits for somebody: another officer acts on it, and it leaves once nothing is missing.

Contract: each act is signed over the message's commitment, checked before it is written, and
logged. Agreement and rules decide anew each time, for terms and facts may have changed. Two acts
at once are taken one after the other: whoever comes second acts on what the first left.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final

from relec_exchange.audit.entry import commitment
from relec_exchange.errors import (
    Conflict,
    IntegrityFailure,
    NotAuthorised,
    NotFound,
    RelecError,
    Unavailable,
)
from relec_exchange.journal.content import store_content
from relec_exchange.journal.decisions import Asked
from relec_exchange.journal.plan import Plan, Send, joined
from relec_exchange.message.catalogue import header_class
from relec_exchange.message.document import Message, parse_message
from relec_exchange.message.identifiers import format_time
from relec_exchange.message.lifecycle import Direction, Event, advance
from relec_exchange.outbound import needs as words
from relec_exchange.outbound.drafts import Submitted, Verdict
from relec_exchange.outbound.judging import Moment, asked
from relec_exchange.outbound.placing import Place
from relec_exchange.outbound.signing import Deed, Signed
from relec_exchange.outbound.submit import Parts
from relec_exchange.outbound.written import (
    act,
    answered,
    decided,
    noted,
    refused_later,
    releaser,
)
from relec_exchange.ports import RowConflict
from relec_exchange.records import (
    ActRow,
    CommentRow,
    EventRow,
    Insert,
    OutboxRow,
    RegisterRow,
    Update,
    Where,
)
from relec_exchange.trust.officer import Act

TRIES: Final = 5
KEPT: Final = ("submitted", "held")


@dataclass(frozen=True, slots=True)
class Kept:
    """A message that waits, as its caller read it back: its bytes and salt."""

    raw: bytes = field(repr=False)
    salt: bytes = field(repr=False)

    def message(self) -> Message:
        """The message."""
        return parse_message(self.raw)

    def commitment(self) -> bytes:
        """What officers sign."""
        return commitment(self.salt, self.raw)


class Waiting:
    """Thread-safe: it holds no state but its parts."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._store = parts.store
        self._judging = parts.judging

    def add(self, message_id: str, deed: Deed, kept: Kept) -> Submitted:
        """One more act: an answer, an approval, a release, or the end of a hold.

        Errors: Conflict (it does not wait, or not for this), NotAuthorised, Refused (by agreement
        or rule; it goes on waiting). A refusal is logged.
        """
        for _ in range(TRIES):
            row = self._waiting(message_id)
            # Somebody may act meanwhile: then this acts on what that left.
            with suppress(RowConflict), self._parts.journal.terms.judging():
                return self._added(row, deed, kept)
        raise Conflict("too many act on this message at once", remedy="try again")

    def confirm(self, message_id: str, deed: Deed) -> Submitted:
        """The second person, after a rescue message went first."""
        row = self._row(message_id)
        if row.needs != words.CONFIRM or row.state in KEPT:
            raise Conflict("this message does not wait to be confirmed", field="message_id")
        moment = self._parts.moment()
        self._checked(row, deed, Signed(row.type, row.commitment, row.submitted_by), moment)
        waits = {"message_id": message_id, "needs": words.CONFIRM}
        done = {"needs": "", "confirmed_by": deed.officer}
        event = EventRow(format_time(moment.now), "message.confirmed", message_id, "{}")
        plan = Plan(
            activity=(act(moment.directory, message_id, deed),),
            changes=(
                Update(OutboxRow, waits, done, must=True),
                noted(message_id, deed, moment.now),
                Insert(event),
            ),
        )
        try:
            self._parts.journal.write(plan)
        except RowConflict:
            raise Conflict("this message was confirmed meanwhile", field="message_id") from None
        return Submitted(message_id, row.recipient, "released")

    def send_back(self, message_id: str, deed: Deed, comment: str) -> Submitted:
        """Back to who submitted it, with a comment; it never leaves. Errors: as `add`."""
        row = self._waiting(message_id)
        moment = self._parts.moment()
        self._checked(row, deed, Signed(row.type, row.commitment, row.submitted_by), moment)
        random, at = self._parts.random, format_time(moment.now)
        stored = store_content(f"comment/{message_id}", comment.encode(), random(32), random)
        state = str(advance(Direction.OUTBOUND, row.state, Event.RETURN))
        waits = {"message_id": message_id, "state": row.state, "needs": row.needs}
        written = CommentRow(message_id, at, deed.officer, stored.key_id, stored.content)
        plan = Plan(
            activity=(act(moment.directory, message_id, deed),),
            changes=(
                Update(OutboxRow, waits, {"state": state, "needs": ""}, must=True),
                noted(message_id, deed, moment.now),
                Insert(written),
                Insert(EventRow(at, "message.returned", message_id, "{}")),
            ),
            secrets=stored.secrets,
        )
        try:
            self._parts.journal.write(plan)
        except RowConflict:
            raise _not_waiting() from None
        return Submitted(message_id, row.recipient, state)

    def _added(self, row: OutboxRow, deed: Deed, kept: Kept) -> Submitted:
        moment, message = self._parts.moment(), kept.message()
        signed = Signed(row.type, kept.commitment(), row.submitted_by)
        self._checked(row, deed, signed, moment)
        before = self._judging.signing.good(self._deeds(row.message_id), signed)
        try:
            verdict = self._judging.verdict(message, signed, (*before, deed), moment)
            place = self._judging.place(message, moment)
            self._parts.erasing.check(message, place, moment.now)
            self._useful(deed, before, signed, verdict)
        except RelecError as error:
            self._refused(row, error, moment, asked(message, moment))
            raise
        written = joined(
            Plan(
                activity=(act(moment.directory, row.message_id, deed, signed.commitment),),
                changes=(noted(row.message_id, deed, moment.now),),
            ),
            decided(row.message_id, row.recipient, verdict, moment, self._parts.random),
        )
        if not words.leaves(verdict.needs):
            return self._keep(row, verdict, written)
        row = replace(row, released_by=releaser((*before, deed), row.submitted_by))
        return self._send(row, _Leaving(kept, message, place, verdict), written, moment)

    def _keep(self, row: OutboxRow, verdict: Verdict, written: Plan) -> Submitted:
        """Something is missing still."""
        state = words.waiting_state(verdict.needs)
        was = {"message_id": row.message_id, "state": row.state, "needs": row.needs}
        now = {"state": state, "needs": words.joined(verdict.needs)}
        plan = Plan(changes=(Update(OutboxRow, was, now, must=True),))
        self._parts.journal.write(joined(plan, written))
        return Submitted(row.message_id, row.recipient, state, needs=verdict.needs)

    def _send(self, row: OutboxRow, leaving: _Leaving, written: Plan, moment: Moment) -> Submitted:
        """Nothing is missing: one plan releases, logs and seals it."""
        decision, message = leaving.verdict.decision, leaving.message
        kept = moment.term(message.header, decision)
        send = Send(
            replace(row, grant_id=decision.grant_id, **kept),
            header_class(message.header),
            leaving.kept.raw,
            leaving.kept.salt,
            decision.agreement_hash,
            stored=True,
            needs=words.joined(leaving.verdict.needs),
        )
        asked = leaving.place.answered
        ended = answered(message, asked, row.released_by, moment.now)
        erasure = self._parts.erasing.erasure(message, leaving.place, moment.now)
        plan = Plan(sends=(send,), changes=tuple(ended))
        self._parts.journal.write(joined(plan, written, erasure.plan))
        if leaving.place.recalled is not None:
            with suppress(Unavailable):  # it stands in the store, and is done at the next start
                self._parts.erasing.finish([erasure], moment.now)
        return Submitted(
            row.message_id,
            row.recipient,
            "released",
            needs=leaving.verdict.needs,
            derived=erasure.derived,
        )

    def _useful(self, deed: Deed, before: Sequence[Deed], signed: Signed, verdict: Verdict) -> None:
        """Conflict if the act is not one that the message waits for."""
        done = self._judging.signing.done(before, signed)
        missing = words.waits_for(signed.type, verdict.judgement.findings, done)
        if missing != verdict.needs or words.leaves(verdict.needs):
            return
        if deed.act == Act.RELEASE and words.RELEASE in missing:
            raise NotAuthorised(
                "another officer than who submitted the message has to release it",
                field="officer",
                remedy="ask a colleague who has the role releaser",
            )
        raise Conflict(
            "the message does not wait for this",
            field="message_id",
            remedy="relec show says what it waits for",
        )

    def _checked(self, row: OutboxRow, deed: Deed, signed: Signed, moment: Moment) -> None:
        try:
            self._judging.signing.check(deed, signed)
        except RelecError as error:
            self._refused(row, error, moment)
            raise

    def _refused(
        self, row: OutboxRow, error: RelecError, moment: Moment, about: Asked | None = None
    ) -> None:
        """A refusal is a decision; a store that cannot be read, or a second try, is none."""
        if not isinstance(error, (Unavailable, IntegrityFailure, Conflict)):
            plan = refused_later(row, error, moment, self._parts.random, about)
            self._parts.journal.submit(plan)

    def _deeds(self, message_id: str) -> list[Deed]:
        rows = self._store.rows(ActRow, Where("message_id", "=", message_id), order="row")
        if any(row.act == Act.FREE for row in rows):
            rows = self._still_free(rows)
        return [Deed(r.act, r.officer, r.signature, r.question) for r in rows]

    def _still_free(self, rows: Sequence[ActRow]) -> list[ActRow]:
        """Without the end of a hold that is older than an entry of the protection register: the
        desk has not seen that entry when it looked at the message.
        """
        newest = self._store.rows(RegisterRow, order="-at", limit=1, blobs=False)
        since = newest[0].at if newest else ""
        return [row for row in rows if row.act != Act.FREE or row.at > since]

    def _waiting(self, message_id: str) -> OutboxRow:
        row = self._row(message_id)
        if row.state not in KEPT:
            raise _not_waiting()
        return row

    def _row(self, message_id: str) -> OutboxRow:
        rows = self._store.rows(OutboxRow, Where("message_id", "=", message_id))
        if not rows:
            raise NotFound("no such message here", field="message_id")
        return rows[0]


@dataclass(frozen=True, slots=True)
class _Leaving:
    """A message from which nothing is missing."""

    kept: Kept
    message: Message
    place: Place
    verdict: Verdict


def _not_waiting() -> Conflict:
    return Conflict("this message is not waiting for its release", field="message_id")
