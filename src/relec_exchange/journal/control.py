"""Messages that the node itself writes: receipts, rounds, resend requests, voids, cards.

They need no officer and no agreement; mutual listing in the cards is enough. Their content is
kept encrypted like any other, for a resend request may ask for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from relec_exchange.errors import NotFound
from relec_exchange.journal.content import store_content
from relec_exchange.journal.plan import Send
from relec_exchange.message.document import compose, read_document
from relec_exchange.message.identifiers import MessageClass, format_time, message_id
from relec_exchange.ports import Random
from relec_exchange.records import OutboxRow
from relec_exchange.trust.directory import Directory


def reachable(directory: Directory, node: str, now: datetime) -> bool:
    """Whether there is a route to this node, and a key to seal with."""
    if not directory.mutual(directory.own, node):
        return False
    try:
        directory.sealing_key(node, now)
    except NotFound:
        return False
    return True


def control_send(
    directory: Directory,
    recipient: str,
    name: str,
    body: Mapping[str, Any],
    now: datetime,
    random: Random,
) -> tuple[Send, dict[str, bytes]]:
    """A message of type `name` from this node to `recipient`; returns (send, vault secrets)."""
    ident = message_id(now, random(10))
    header = {
        "message_id": ident,
        "type": name,
        "schema_version": 1,
        "sender": directory.own,
        "recipient": recipient,
        "exercise": directory.network_kind == "exercise",
        "created_at": format_time(now),
    }
    raw = compose(*read_document({"header": header, "body": body})).raw
    salt = random(32)
    stored = store_content(f"out/{ident}", raw, salt, random)
    times = directory.times()
    life = timedelta(seconds=times.time_to_live_seconds + times.resend_window_seconds)
    row = OutboxRow(
        message_id=ident,
        recipient=recipient,
        cls=str(MessageClass.CONTROL),
        type=name,
        area="",
        urgency="",
        data_level="none",
        state="released",
        submitted_at=format_time(now),
        expires_at=format_time(now + life),
        key_id=stored.key_id,
        content=stored.content,
    )
    return Send(row, MessageClass.CONTROL, raw, salt, agreement=""), stored.secrets
