"""What a submission, a release and a refusal write: activity entries, records, events."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from relec_exchange.errors import InvalidInput, Refused, RelecError
from relec_exchange.journal.answers import answers
from relec_exchange.journal.content import StoredContent, store_content
from relec_exchange.journal.plan import EntryFields, Plan, Send
from relec_exchange.message.catalogue import header_class
from relec_exchange.message.document import Message
from relec_exchange.message.encoding import b64
from relec_exchange.message.header import Header
from relec_exchange.message.identifiers import format_time
from relec_exchange.message.lifecycle import Direction, Event, advance
from relec_exchange.outbound.drafts import Judged, Signature
from relec_exchange.ports import Random
from relec_exchange.records import Change, EventRow, InboxRow, Insert, OutboxRow, Update
from relec_exchange.trust.decide import Allowed
from relec_exchange.trust.directory import Directory

NIL_ID = "00000000-0000-7000-8000-000000000000"
"""Stands in the log for a draft so malformed that it has no message id."""


def submission(judged: Judged, directory: Directory, now: datetime, random: Random) -> Plan:
    """The plan of a draft that may leave: it is sent, or stored until its release."""
    read = judged.read
    header, draft = read.header, read.draft
    stored = store_content(f"out/{header.message_id}", draft.raw, draft.salt, random)
    row = _row(judged, directory, now, stored)
    acts = [act(directory, "submitted", header.message_id, draft.submit)]
    changes: list[Change] = [_event(now, header)]
    sends: tuple[Send, ...] = ()
    if draft.release is None:
        changes.append(Insert(row))
    else:
        acts.append(act(directory, "released", header.message_id, draft.release))
        agreement = judged.decision.agreement_hash
        sends = (Send(row, header_class(header), draft.raw, draft.salt, agreement),)
        changes += answered(read.message, read.answered, draft.release.officer, now)
    acts.append(_allowed(directory, header.message_id, judged.decision))
    return Plan(sends=sends, activity=tuple(acts), changes=tuple(changes), secrets=stored.secrets)


def refusal(message_id: str, error: RelecError, directory: Directory, now: datetime) -> Plan:
    """The plan of a refusal: a decision in the activity log and an event."""
    rule = error.rule if isinstance(error, Refused) else error.code
    entry = _decision(directory, message_id, "refused", rule.lower(), None)
    data = json.dumps({"rule": rule})
    event = EventRow(format_time(now), "submission.refused", message_id, data)
    return Plan(activity=(entry,), changes=(Insert(event),))


def act(directory: Directory, kind: str, message_id: str, signature: Signature) -> EntryFields:
    """The entry of an officer's act (`submitted`, `released`) with its signature."""
    return {
        "kind": kind,
        "network": directory.network,
        "actor": signature.officer,
        "id": message_id,
        "signature": b64(signature.signature),
    }


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


def _row(judged: Judged, directory: Directory, now: datetime, stored: StoredContent) -> OutboxRow:
    read, times = judged.read, directory.times()
    header, draft = read.header, read.draft
    life = timedelta(seconds=times.time_to_live_seconds + times.resend_window_seconds)
    return OutboxRow(
        message_id=header.message_id,
        recipient=header.recipient,
        cls=str(header_class(header)),
        type=header.type,
        area=str(header.area),
        urgency=str(header.urgency),
        data_level=str(header.data_level),
        state="submitted",
        submitted_at=format_time(now),
        expires_at=format_time(now + life),
        key_id=stored.key_id,
        content=stored.content,
        deadline=format_time(header.deadline) if header.deadline else "",
        in_reply_to=header.in_reply_to or "",
        idempotency_key=draft.idempotency_key or None,
        commitment=read.commitment,
        agreement=judged.decision.agreement_hash,
        grant_id=judged.decision.grant_id,
        submitted_by=draft.submit.officer,
        released_by=draft.release.officer if draft.release else "",
    )


def _allowed(directory: Directory, message_id: str, decision: Allowed) -> EntryFields:
    return _decision(directory, message_id, "allowed", "", decision)


def _decision(
    directory: Directory, message_id: str, outcome: str, rule: str, decision: Allowed | None
) -> EntryFields:
    return {
        "kind": "decision",
        "network": directory.network,
        "id": message_id,
        "direction": "outbound",
        "outcome": outcome,
        "rule": rule,
        "agreement": decision.agreement_hash if decision else "",
        "grant": decision.grant_id if decision else "",
    }


def _event(now: datetime, header: Header) -> Insert:
    data = json.dumps({"type": header.type, "peer": header.recipient})
    return Insert(EventRow(format_time(now), "message.submitted", header.message_id, data))
