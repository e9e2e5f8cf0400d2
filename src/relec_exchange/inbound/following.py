"""What arriving messages do to others: threads, corrections, recalls, contacts, breaches.

Contract: nobody but the sender of a message corrects, recalls or replaces it here. An amendment
that overtakes what it amends is remembered by its thread and takes effect when that arrives.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from relec_exchange.inbound.attested import attested
from relec_exchange.inbound.gathered import Gathered
from relec_exchange.inbound.receive import VerifiedMessage
from relec_exchange.journal.consents import decided
from relec_exchange.journal.plan import EntryFields
from relec_exchange.journal.threads import WEAKER, WITHDRAWING, Threads, named, withdrawn
from relec_exchange.message.bodies.amendments import (
    Correction,
    RecallOutcome,
    ShredAttestation,
)
from relec_exchange.message.bodies.notices import BreachNotice, ContactUpdate
from relec_exchange.message.document import Message
from relec_exchange.message.identifiers import format_time
from relec_exchange.ports import Store
from relec_exchange.records import (
    AlarmRow,
    Change,
    ContactRow,
    EventRow,
    InboxRow,
    Insert,
    OutboxRow,
    Put,
    Update,
    Where,
)

BREACH = "breach-notice"
UNITS_MAX = 64
"""Units of one node whose contacts are kept."""


class Following:
    """Used by the inbound thread only."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._threads = Threads(store)

    def rows(self, gathered: Gathered) -> list[InboxRow]:
        """The batch's inbox records with their threads, and marked where an amendment was first."""
        threads: dict[str, str] = {}
        found: list[InboxRow] = []
        for row, verified in zip(gathered.inbox, gathered.officers, strict=True):
            earlier = named(verified.message)
            thread = threads.get(earlier) or self._threads.of(verified.message)
            threads[row.message_id] = thread
            found.append(replace(row, thread=thread))
        if not found:
            return found
        late = self._store.rows(
            InboxRow,
            Where("thread", "in", [row.message_id for row in found]),
            Where("about", "!=", ""),
            blobs=False,
        )
        marks = {(row.about, row.sender): withdrawn(row.type) for row in late}
        return [replace(r, withdrawn=marks.get((r.message_id, r.sender), "")) for r in found]

    def changes(self, gathered: Gathered) -> list[Change]:
        """What the batch's messages change besides themselves."""
        changes: list[Change] = []
        for row, verified in zip(gathered.inbox, gathered.officers, strict=True):
            changes += _amended(row, verified.message, gathered.at)
            changes += self._told(verified, gathered.at, changes)
            changes += decided(
                self._store,
                gathered.receiver.known.provided,
                verified.message,
                gathered.at,
                held=verified.held,
            )
            if isinstance(verified.message.body, BreachNotice):
                gathered.activity.append(_breach(verified, gathered.receiver.network))
        return changes

    def _told(self, verified: VerifiedMessage, at: str, before: Sequence[Change]) -> list[Change]:
        header, body = verified.message.header, verified.message.body
        if isinstance(body, RecallOutcome):
            recall = getattr(header, "in_reply_to", None)
            key = {"message_id": recall, "recipient": header.sender}
            told = {"outcome": str(body.outcome)}
            return [Update(OutboxRow, {**key, "type": name}, told) for name in WITHDRAWING]
        if isinstance(body, BreachNotice):
            subject = breach_subject(verified)
            what = json.dumps({"what": BREACH, "peer": header.sender})
            return [
                Insert(AlarmRow(BREACH, subject, at, "a partner tells of a breach"), ignore=True),
                Insert(EventRow(at, "breach.notice", header.message_id, what)),
            ]
        if isinstance(body, ShredAttestation):
            return attested(header.sender, body, at)
        if isinstance(body, ContactUpdate) and not verified.held:
            return self._contact(verified, body, before)
        return []

    def _contact(
        self, verified: VerifiedMessage, body: ContactUpdate, earlier: Sequence[Change]
    ) -> list[Change]:
        """The newest word about a unit replaces what was said before."""
        header = verified.message.header
        created = format_time(header.created_at)
        before = self._store.rows(
            ContactRow, Where("node", "=", header.sender), Where("unit", "=", body.unit)
        )
        if before and before[0].at >= created:
            return []
        units = self._store.count(ContactRow, Where("node", "=", header.sender))
        units += sum(isinstance(c, Put) and isinstance(c.record, ContactRow) for c in earlier)
        if not before and units >= UNITS_MAX:
            return []
        content = json.dumps(body.model_dump(mode="json", by_alias=True, exclude_unset=True))
        return [Put(ContactRow(header.sender, body.unit, created, header.message_id, content))]


def _breach(verified: VerifiedMessage, network: str) -> EntryFields:
    subject = breach_subject(verified)
    return {"kind": "alarm", "network": network, "what": BREACH, "subject": subject, "detail": ""}


def breach_subject(verified: VerifiedMessage) -> str:
    """Which notice an alarm is about: its sender and id."""
    return f"{verified.message.header.sender}/{verified.message.header.message_id}"


def _amended(row: InboxRow, message: Message, at: str) -> list[Change]:
    if not row.about or row.type == "recall.outcome":
        return []
    word = withdrawn(row.type)
    data = json.dumps({"type": row.type, "peer": row.sender, "by": row.message_id})
    if isinstance(message.body, Correction) and not message.body.fields:
        # It takes nothing back: what was withheld is known besides, if its hold ends.
        return [Insert(EventRow(at, "message.disclosed", row.about, data))]
    key = {"message_id": row.about, "sender": row.sender}
    return [
        *(Update(InboxRow, {**key, "withdrawn": was}, {"withdrawn": word}) for was in WEAKER),
        Insert(EventRow(at, f"message.{word}", row.about, data)),
    ]
