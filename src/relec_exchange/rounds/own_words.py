"""Messages of an agreement's types that the node writes itself: pongs, silent replies, answers to
recalls of what is erased, and attestations.

Contract: `node_send` asks the agreement; the rules are the caller's affair.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from relec_exchange.audit.entry import commitment
from relec_exchange.journal.content import store_content
from relec_exchange.journal.plan import Send
from relec_exchange.journal.retention_term import term
from relec_exchange.message.catalogue import features, header_class
from relec_exchange.message.document import Message
from relec_exchange.message.header import Header
from relec_exchange.message.identifiers import format_time, message_id
from relec_exchange.ports import Random
from relec_exchange.protection.retention import NO_RULE
from relec_exchange.records import OutboxRow
from relec_exchange.trust.decide import Denied, decide
from relec_exchange.trust.directory import Directory

UNIT = "node"
SALT_BYTES = 32


def answering_header(
    asked: Header, type_name: str, now: datetime, random: Random
) -> dict[str, Any]:
    """The header, as JSON, of the node's own answer to a message; the level is the caller's."""
    old: Mapping[str, Any] = asked.model_dump(mode="json")
    return {
        "message_id": message_id(now, random(10)),
        "type": type_name,
        "schema_version": 1,
        "sender": old["recipient"],
        "recipient": old["sender"],
        "exercise": old["exercise"],
        "created_at": format_time(now),
        "sender_unit": UNIT,
        "author_role": "system",
        "area": old["area"],
        "purpose": old["purpose"],
        "handling": ["H0"],
        "urgency": "routine",
        "language": "en",
        "in_reply_to": old["message_id"],
    }


def node_send(
    message: Message, directory: Directory, now: datetime, random: Random, thread: str
) -> tuple[Send, dict[str, bytes]] | Denied:
    """The message as the journal takes it, and the secrets for the vault; or why no agreement
    allows it.
    """
    header = message.header
    if not isinstance(header, Header):
        raise TypeError("a control message is not sent this way")
    decision = decide(directory, features(header), now)
    if isinstance(decision, Denied):
        return decision
    salt, ident = random(SALT_BYTES), header.message_id
    stored = store_content(f"out/{ident}", message.raw, salt, random)
    times = directory.times()
    life = timedelta(seconds=times.time_to_live_seconds + times.resend_window_seconds)
    row = OutboxRow(
        message_id=ident,
        recipient=header.recipient,
        cls=str(header_class(header)),
        type=header.type,
        area=str(header.area),
        urgency=str(header.urgency),
        data_level=str(header.data_level),
        state="released",
        submitted_at=format_time(now),
        expires_at=format_time(now + life),
        key_id=stored.key_id,
        content=stored.content,
        in_reply_to=header.in_reply_to or "",
        commitment=commitment(salt, message.raw),
        grant_id=decision.grant_id,
        submitted_by=UNIT,
        released_by=UNIT,
        thread=thread or ident,
        # The node's own words hold nothing that a national rule is about.
        **term(NO_RULE, header, decision.retention_days, now),
    )
    send = Send(row, header_class(header), message.raw, salt, decision.agreement_hash)
    return send, stored.secrets
