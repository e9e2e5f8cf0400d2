"""What an accepted message leaves: its content, its inbox record, its deliveries, its event.

Control messages leave none of these; they go to their handlers. Receipts and voids are kept
encrypted all the same: they are evidence of what their sender said.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime

from relec_exchange.errors import WireCode
from relec_exchange.inbound.gathered import Gathered
from relec_exchange.inbound.receive import VerifiedMessage
from relec_exchange.inbound.units import Channel
from relec_exchange.journal.arrived import Arrived
from relec_exchange.journal.content import StoredContent, store_content
from relec_exchange.message.catalogue import CATALOGUE
from relec_exchange.message.header import Header
from relec_exchange.message.identifiers import format_time
from relec_exchange.ports import Random
from relec_exchange.records import DeliveryRow, EventRow, InboxRow, Insert, ReceivedContentRow

EVIDENCE = frozenset({"receipt", "void"})

Targets = Callable[[Header], Sequence[tuple[str, str]]]
"""The (unit, target) pairs that a message is routed to; the first one's unit owns it."""


def accept(gathered: Gathered, verified: VerifiedMessage, targets: Targets, random: Random) -> None:
    """Gather what a message that passed every step comes to."""
    proven, header = verified.proven, verified.message.header
    gathered.log(proven, WireCode.ACCEPTED, "")
    if CATALOGUE[header.type].control:
        if header.type in EVIDENCE:
            _keep_evidence(gathered, verified, random)
        arrived = Arrived(
            verified.message, proven.origin, proven.proof.index, proven.leaf, proven.seq
        )
        gathered.control.setdefault(header.type, []).append(arrived)
        return
    if isinstance(header, Header):
        _deliver(gathered, verified, header, targets(header), _stored(gathered, verified, random))
        if header.in_reply_to:
            gathered.replies.append(verified.message)
    gathered.decide(proven, "accepted", "", verified.decision.grant_id)


def _stored(gathered: Gathered, verified: VerifiedMessage, random: Random) -> StoredContent:
    content, header = verified.proven.content, verified.message.header
    name = f"in/{header.sender}/{header.message_id}"
    stored = store_content(name, content.message, content.salt, random)
    gathered.secrets.update(stored.secrets)
    return stored


def _keep_evidence(gathered: Gathered, verified: VerifiedMessage, random: Random) -> None:
    proven, header = verified.proven, verified.message.header
    stored = _stored(gathered, verified, random)
    kept = ReceivedContentRow(
        header.message_id, header.sender, header.type, proven.leaf, stored.key_id, stored.content
    )
    gathered.changes.append(Insert(kept, ignore=True))


def _deliver(
    gathered: Gathered,
    verified: VerifiedMessage,
    header: Header,
    targets: Sequence[tuple[str, str]],
    stored: StoredContent,
) -> None:
    proven, at = verified.proven, gathered.at
    gathered.inbox.append(
        InboxRow(
            message_id=header.message_id,
            sender=header.sender,
            origin=proven.origin,
            leaf_index=proven.proof.index,
            leaf=proven.leaf,
            cls=str(proven.header.message_class),
            seq=proven.seq,
            type=header.type,
            area=str(header.area or ""),
            urgency=str(header.urgency),
            data_level=str(header.data_level),
            state="received",
            unit=targets[0][0] if targets else "",
            created_at=_wire(header.created_at),
            received_at=at,
            key_id=stored.key_id,
            content=stored.content,
            deadline=_wire(header.deadline),
            in_reply_to=header.in_reply_to or "",
        )
    )
    for unit, target in targets:
        # A unit's mailbox is the inbox record itself: there is nothing left to bring.
        state = "delivered" if target == Channel.MAILBOX else "pending"
        row = DeliveryRow(header.message_id, header.sender, unit, target, state, 0, at)
        gathered.changes.append(Insert(row, ignore=True))
    data = json.dumps({"type": header.type, "peer": header.sender})
    gathered.changes.append(Insert(EventRow(at, "message.received", header.message_id, data)))


def _wire(moment: datetime | None) -> str:
    """A header's optional time as it is stored."""
    return format_time(moment) if moment is not None else ""
