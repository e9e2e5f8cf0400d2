"""Consents of providers: kept when their decision comes, gone when it is called back.

Contract: pure but for reading what was asked. A consent counts for exactly what our request named;
the newest decision about a request replaces those before it. One that was recalled or corrected
counts no more, also where that was here first: a new decision has to come. Nobody but the provider
of a message decides about it.
"""

from __future__ import annotations

from typing import Final

from relec_exchange.journal.provided import Provided
from relec_exchange.journal.threads import WITHDRAWING
from relec_exchange.message.bodies.amendments import Correction, Recall
from relec_exchange.message.bodies.consents import ConsentDecision, ConsentRequest, Decision
from relec_exchange.message.document import Message
from relec_exchange.message.header import Header
from relec_exchange.message.identifiers import format_time
from relec_exchange.ports import Store
from relec_exchange.records import (
    Change,
    ConsentRow,
    EventRow,
    InboxRow,
    Insert,
    OutboxRow,
    Put,
    Update,
    Where,
)

ENDED: Final = "called_back"
"""In `ConsentRow.decision`: its provider has recalled or corrected the decision."""


def decided(
    store: Store, provided: Provided, message: Message, at: str, *, held: bool
) -> list[Change]:
    """What a message received changes about consents.

    A yes that is held for the protection desk does not count yet (`granted` counts it when it is
    free); a no counts at once.
    """
    body = message.body
    if isinstance(body, Recall) or (isinstance(body, Correction) and body.fields):
        key = {"decision_id": body.message_id, "provider": message.header.sender}
        return [Update(ConsentRow, key, {"decision": ENDED})]
    if held and isinstance(body, ConsentDecision) and body.decision is Decision.GRANTED:
        return []
    return granted(store, provided, message, at)


def granted(store: Store, provided: Provided, message: Message, at: str) -> list[Change]:
    """The record of a decision about something that we asked for; nothing for other messages."""
    header, body = message.header, message.body
    if not isinstance(body, ConsentDecision) or not isinstance(header, Header):
        return []
    asked = _asked(store, provided, header)
    if asked is None or _older(store, header) or _called_back(store, header):
        return []
    row = ConsentRow(
        request_id=header.in_reply_to or "",
        provider=header.sender,
        message_id=asked.message_id,
        use=str(asked.use),
        onward_to=asked.onward_to or "",
        purpose=str(asked.purpose or ""),
        decision=str(body.decision),
        expires_on=body.expires_on.isoformat() if body.expires_on else "",
        decided_at=format_time(header.created_at),
        decision_id=header.message_id,
    )
    return [Put(row), Insert(EventRow(at, f"consent.{body.decision}", header.message_id, "{}"))]


def _asked(store: Store, provided: Provided, header: Header) -> ConsentRequest | None:
    """What we asked of this sender, and it answers."""
    rows = store.rows(
        OutboxRow,
        Where("message_id", "=", header.in_reply_to or ""),
        Where("recipient", "=", header.sender),
        Where("type", "=", "consent.request"),
    )
    message = provided.message(rows[0]) if rows else None
    body = message.body if message is not None else None
    return body if isinstance(body, ConsentRequest) else None


def _called_back(store: Store, header: Header) -> bool:
    """Whether its provider has said already that it is wrong, or counts no more."""
    about = Where("about", "=", header.message_id), Where("sender", "=", header.sender)
    return bool(store.count(InboxRow, *about, Where("type", "in", WITHDRAWING)))


def _older(store: Store, header: Header) -> bool:
    """Whether a newer decision about the same request is here."""
    rows = store.rows(
        ConsentRow,
        Where("request_id", "=", header.in_reply_to or ""),
        Where("provider", "=", header.sender),
    )
    return any(row.decided_at > format_time(header.created_at) for row in rows)
