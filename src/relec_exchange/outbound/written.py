"""What is written of a message of ours: its record, what officers did, what was decided, events."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from relec_exchange.errors import InvalidInput, Refused, RelecError
from relec_exchange.journal.answers import answers
from relec_exchange.journal.content import store_content
from relec_exchange.journal.decisions import Asked, Decided, decision_entry
from relec_exchange.journal.judged import outcome as strongest
from relec_exchange.journal.judgements import COARSE, About, Judgement, kept
from relec_exchange.journal.plan import EntryFields, Plan, Send, joined
from relec_exchange.journal.withheld import cut_row
from relec_exchange.message.catalogue import header_class
from relec_exchange.message.document import Message
from relec_exchange.message.encoding import b64
from relec_exchange.message.header import Header
from relec_exchange.message.identifiers import format_time
from relec_exchange.message.lifecycle import Direction, Event, advance
from relec_exchange.outbound import needs as words
from relec_exchange.outbound.drafts import Judged, Verdict
from relec_exchange.outbound.judging import Moment, Protected
from relec_exchange.outbound.signing import ANSWER, Deed
from relec_exchange.ports import Random
from relec_exchange.records import (
    ActRow,
    Change,
    EventRow,
    InboxRow,
    Insert,
    OutboxRow,
    Update,
)
from relec_exchange.trust.decide import Allowed
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.officer import Act

NIL_ID: Final = "00000000-0000-7000-8000-000000000000"
"""Stands in the log for a draft so malformed that it has no message id."""

_PROTECTION: Final = re.compile(r"P[0-9]+-[a-z0-9-]+")
_KINDS: Final = {
    Act.SUBMIT: "submitted",
    Act.RELEASE: "released",
    Act.APPROVE: "approved",
    Act.CONFIRM: "confirmed",
    Act.RETURN: "returned",
    Act.FREE: "freed",
    ANSWER: "answered",
}


def submission(judged: Judged, moment: Moment, random: Random) -> Plan:
    """The plan of a draft that may be kept: it is sent, or stored until nothing is missing."""
    read, verdict = judged.read, judged.verdict
    header, draft = read.header, read.draft
    stored = store_content(f"out/{header.message_id}", draft.raw, draft.salt, random)
    row = _row(judged, moment, stored.key_id, stored.content)
    submit = Deed(Act.SUBMIT, draft.submit.officer, draft.submit.signature)
    deeds = [act(moment.directory, header.message_id, deed) for deed in (submit, *judged.deeds)]
    changes: list[Change] = [_event(moment.now, header, verdict.needs)]
    sends: tuple[Send, ...] = ()
    if words.leaves(verdict.needs):
        agreement = verdict.decision.agreement_hash
        kind, missing = header_class(header), words.joined(verdict.needs)
        sends = (Send(row, kind, draft.raw, draft.salt, agreement, needs=missing),)
        changes += answered(read.message, read.place.answered, row.released_by, moment.now)
    else:
        changes.append(Insert(row))
    if draft.cuts:
        secret = stored.secrets[stored.key_id]
        changes.append(
            Insert(cut_row(header.message_id, draft.cuts, stored.key_id, secret, random))
        )
    rows = [noted(header.message_id, deed, moment.now) for deed in judged.deeds]
    plan = Plan(
        sends=sends, activity=tuple(deeds), changes=(*changes, *rows), secrets=stored.secrets
    )
    return joined(plan, decided(header.message_id, header.recipient, verdict, moment, random))


def decided(
    message_id: str, recipient: str, verdict: Verdict, moment: Moment, random: Random
) -> Plan:
    """A decision: coarse in the log, and with all that the rules saw beside the content."""
    outcome = "allowed"
    if not words.leaves(verdict.needs) and verdict.judgement.findings:
        outcome = "held" if words.waiting_state(verdict.needs) == "held" else "waits"
    rule = "" if outcome == "allowed" else COARSE
    found = _found(message_id, outcome, rule, verdict.decision)
    entry = decision_entry(moment.directory.network, found, verdict.asked)
    about = About(message_id, recipient, "outbound")
    return joined(Plan(activity=(entry,)), judgement(about, verdict.judgement, moment, random))


def judgement(about: About, seen: Judgement, moment: Moment, random: Random) -> Plan:
    """The encrypted record of what the rules saw and found."""
    row, secrets = kept(about, seen, strongest(seen.findings), moment.now, random)
    return Plan(changes=(Insert(row),), secrets=secrets)


def refusal(message_id: str, error: RelecError, moment: Moment, asked: Asked | None = None) -> Plan:
    """The plan of a refusal: a decision in the activity log and an event, both coarse.

    `asked` is what the agreement was or would have been asked, where the message could be read.
    """
    rule = coarse(error)
    allowed = error.decision if isinstance(error, Protected) else None
    found = _found(message_id, "refused", rule.lower(), allowed)
    entry = decision_entry(moment.directory.network, found, asked)
    data = json.dumps({"rule": rule})
    event = EventRow(format_time(moment.now), "submission.refused", message_id, data)
    return Plan(activity=(entry,), changes=(Insert(event),))


def refused_later(
    row: OutboxRow, error: RelecError, moment: Moment, random: Random, asked: Asked | None
) -> Plan:
    """The refusal of a message that is kept: what the rules saw is kept too."""
    plan = refusal(row.message_id, error, moment, asked)
    if not isinstance(error, Protected):
        return plan
    about = About(row.message_id, row.recipient, "outbound")
    return joined(plan, judgement(about, error.judgement, moment, random))


def coarse(error: RelecError) -> str:
    """The word that a log has for a refusal: `protection` for every protection rule."""
    if not isinstance(error, Refused):
        return error.code
    return COARSE if _PROTECTION.fullmatch(error.rule) else error.rule


def act(directory: Directory, message_id: str, deed: Deed, commitment: bytes = b"") -> EntryFields:
    """The entry of an officer's act with its signature."""
    kind = _KINDS[deed.act]
    fields: dict[str, object] = {
        "kind": kind,
        "network": directory.network,
        "actor": deed.officer,
        "id": message_id,
        "signature": b64(deed.signature),
    }
    if kind == "answered":
        fields["question"] = deed.question
    if kind == "freed":
        fields["leaf"] = commitment.hex()
    return fields


def noted(message_id: str, deed: Deed, now: datetime) -> Insert:
    """The act as it is kept beside the message."""
    at = format_time(now)
    return Insert(ActRow(message_id, deed.act, deed.question, deed.officer, deed.signature, at))


def answered(message: Message, asked: InboxRow | None, officer: str, now: datetime) -> list[Change]:
    """The message that this one answers is answered, unless more is to come."""
    if asked is None or not answers(message, asked.type):
        return []
    try:
        state = advance(Direction.INBOUND, asked.state, Event.ANSWER)
    except InvalidInput:
        return []
    key = {"message_id": asked.message_id, "sender": asked.sender}
    values = {"state": str(state), "answered_at": format_time(now), "answered_by": officer}
    return [Update(InboxRow, key, values)]


def releaser(deeds: Sequence[Deed], submitter: str) -> str:
    """Who let a message go: a second person if there is one, else whoever released it."""
    names = [deed.officer for deed in deeds if deed.act == Act.RELEASE]
    return next((name for name in names if name != submitter), names[0] if names else submitter)


def _row(judged: Judged, moment: Moment, key_id: str, content: bytes) -> OutboxRow:
    read, verdict, times = judged.read, judged.verdict, moment.directory.times()
    header, draft, place = read.header, read.draft, read.place
    life = timedelta(seconds=times.time_to_live_seconds + times.resend_window_seconds)
    leaves = words.leaves(verdict.needs)
    submitter = draft.submit.officer
    return OutboxRow(
        message_id=header.message_id,
        recipient=header.recipient,
        cls=str(header_class(header)),
        type=header.type,
        area=str(header.area),
        urgency=str(header.urgency),
        data_level=str(header.data_level),
        state="submitted" if leaves else words.waiting_state(verdict.needs),
        submitted_at=format_time(moment.now),
        expires_at=format_time(moment.now + life),
        key_id=key_id,
        content=content,
        deadline=format_time(header.deadline) if header.deadline else "",
        in_reply_to=header.in_reply_to or "",
        idempotency_key=draft.idempotency_key or None,
        commitment=read.commitment,
        agreement=verdict.decision.agreement_hash,
        grant_id=verdict.decision.grant_id,
        submitted_by=submitter,
        released_by=releaser(judged.deeds, submitter) if leaves else "",
        thread=place.thread,
        batch=draft.batch,
        due_at=place.due_at,
        needs=words.joined(verdict.needs),
        about=place.about,
        **moment.term(header, verdict.decision),
    )


def _found(message_id: str, outcome: str, rule: str, decision: Allowed | None) -> Decided:
    agreement = decision.agreement_hash if decision else ""
    grant = decision.grant_id if decision else ""
    return Decided(message_id, "outbound", outcome, rule, agreement, grant)


def _event(now: datetime, header: Header, needs: Sequence[str]) -> Insert:
    found = {"type": header.type, "peer": header.recipient, "needs": list(needs)}
    return Insert(
        EventRow(format_time(now), "message.submitted", header.message_id, json.dumps(found))
    )
