"""What officers did, and what was adopted and alarmed: records against their entries."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator

from relec_exchange.desk.auditing_tally import DIFFERS, NO_ENTRY, NO_RECORD, Problem, Tally
from relec_exchange.desk.auditing_written import Written
from relec_exchange.desk.core import Core
from relec_exchange.errors import RelecError
from relec_exchange.inbound.units import Channel
from relec_exchange.message.encoding import b64
from relec_exchange.records import (
    ActRow,
    AlarmRow,
    ConsentRow,
    DeliveryRow,
    ExtractRow,
    InboxRow,
    LegalHoldRow,
    NoteRow,
    OfficerRow,
    OutboxRow,
    Where,
)
from relec_exchange.trust.note import split_note

_BETWEEN = b"\0"
_PROPOSAL = "proposal"
_NOT_LOGGED = ("delivery-stuck", "node-behind")
"""Alarms without an entry: one says what the records of deliveries say, with the other nothing may
be signed any more.
"""


def acts_and_people(core: Core, log: Written, tally: Tally) -> Iterator[Problem]:
    """Acts, holds, extracts, deliveries and officers have their entries, with the same names."""
    yield from _acts(core, log, tally)
    yield from _holds(core, log, tally)
    yield from _extracts(core, log, tally)
    yield from _deliveries(core, log, tally)
    yield from _officers(core, log, tally)
    yield from _consents(core, tally)


def notes_and_alarms(core: Core, log: Written, tally: Tally) -> Iterator[Problem]:
    """Every adopted note is here as it was adopted, every alarm was logged, and none is gone."""
    yield from _notes(core, log, tally)
    yield from _alarms(core, log, tally)


def _acts(core: Core, log: Written, tally: Tally) -> Iterator[Problem]:
    here: set[str] = set()
    for rows in tally.pages(core.store, ActRow, "acts"):
        for row in rows:
            signature = b64(row.signature)
            here.add(signature)
            if signature not in log.signatures:
                yield Problem(NO_ENTRY, "act", row.message_id, f"{row.act} by {row.officer}")
    for kind, message_id, officer in (log.deeds[one] for one in log.deeds.keys() - here):
        yield Problem(NO_RECORD, "act", message_id, f"{kind} by {officer}")


def _holds(core: Core, log: Written, tally: Tally) -> Iterator[Problem]:
    for row in core.store.rows(LegalHoldRow, blobs=False):
        tally.records["legal holds"] += 1
        if ("kept", row.message_id, row.officer) not in log.acts:
            yield Problem(NO_ENTRY, "legal_hold", row.message_id, f"kept by {row.officer}")
        if row.ended_by and ("unkept", row.message_id, row.ended_by) not in log.acts:
            yield Problem(NO_ENTRY, "legal_hold", row.message_id, f"ended by {row.ended_by}")


def _extracts(core: Core, log: Written, tally: Tally) -> Iterator[Problem]:
    for row in core.store.rows(ExtractRow, blobs=False):
        tally.records["extracts"] += 1
        if row.released_by and ("extracted", row.message_id, row.released_by) not in log.acts:
            yield Problem(NO_ENTRY, "extract", row.message_id, f"released by {row.released_by}")


def _deliveries(core: Core, log: Written, tally: Tally) -> Iterator[Problem]:
    for rows in tally.pages(core.store, DeliveryRow, "deliveries"):
        for row in rows:
            made = row.state == "delivered" and row.target != Channel.MAILBOX
            if made and (row.message_id, row.unit) not in log.delivered:
                yield Problem(NO_ENTRY, "delivery", row.message_id, f"delivered to {row.unit}")


def _officers(core: Core, log: Written, tally: Tally) -> Iterator[Problem]:
    here = Counter((row.name, row.action) for row in core.store.rows(OfficerRow))
    tally.records["officers' records"] += here.total()
    for name, action in here - log.officers:
        yield Problem(NO_ENTRY, "officer", name, action)
    for name, action in log.officers - here:
        yield Problem(NO_RECORD, "officer", name, action)


def _consents(core: Core, tally: Tally) -> Iterator[Problem]:
    rows = core.store.rows(ConsentRow)
    tally.records["consents"] += len(rows)
    came = core.store.rows(
        InboxRow, Where("message_id", "in", [row.decision_id for row in rows]), blobs=False
    )
    asked = core.store.rows(
        OutboxRow, Where("message_id", "in", [row.request_id for row in rows]), blobs=False
    )
    decisions = {(row.sender, row.message_id) for row in came}
    requests = {row.message_id for row in asked}
    for row in rows:
        if (row.provider, row.decision_id) not in decisions:
            yield Problem(NO_RECORD, "inbox", row.decision_id, "a consent rests on this decision")
        if row.request_id not in requests:
            yield Problem(NO_RECORD, "outbox", row.request_id, "a consent answers this request")


def _notes(core: Core, log: Written, tally: Tally) -> Iterator[Problem]:
    here: set[str] = set()
    for row in core.store.rows(NoteRow):
        tally.records["notes"] += 1
        here.add(row.hash)
        if row.kind != _PROPOSAL and row.hash not in log.adopted:
            yield Problem(NO_ENTRY, "note", row.subject, f"{row.kind} that was not adopted")
        if row.kind != _PROPOSAL and any(_digest(one) != row.hash for one in _split(row.note)):
            yield Problem(DIFFERS, "note", row.subject, f"the text of this {row.kind}")
    for name, what in log.adopted.items():
        if what != _PROPOSAL and name not in here:
            yield Problem(NO_RECORD, "note", name, f"{what} that was adopted")


def _alarms(core: Core, log: Written, tally: Tally) -> Iterator[Problem]:
    rows = core.store.rows(AlarmRow, blobs=False)
    tally.records["alarms"] += len(rows)
    here = {(row.what, row.subject) for row in rows}
    for what, subject in sorted(here - log.alarms.keys()):
        if what not in _NOT_LOGGED:
            yield Problem(NO_ENTRY, "alarm", subject, what)
    for what, subject in sorted(log.alarms.keys() - here):
        yield Problem(NO_RECORD, "alarm", subject, what)
    closed = Counter((row.what, row.subject) for row in rows if row.closed_at)
    for what, subject in (closed - log.closed) + (log.closed - closed):
        yield Problem(DIFFERS, "alarm", subject, f"{what}: closed here or in the log alone")


def _split(note: bytes) -> list[bytes]:
    return note.split(_BETWEEN)


def _digest(note: bytes) -> str:
    try:
        return hashlib.sha256(split_note(note).text).hexdigest()
    except RelecError:
        return ""
