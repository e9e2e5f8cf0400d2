"""What an accepted message leaves: its content, its inbox record, its deliveries, its event.

One that local knowledge holds leaves the same entries and the same receipt, and no delivery: what
its sender can see, and when, is alike.

Control messages leave none of these; they go to their handlers. Receipts and voids are kept
encrypted all the same: they are evidence of what their sender said. So are the notes about
agreements, keys and logs, which are told as the event `control.received` besides.
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
from relec_exchange.journal.clock import first_due
from relec_exchange.journal.content import StoredContent, store_content
from relec_exchange.journal.decisions import Asked
from relec_exchange.journal.judged import judgement_row
from relec_exchange.journal.judgements import COARSE
from relec_exchange.journal.quiet import first_quiet
from relec_exchange.journal.readers import targets as open_targets
from relec_exchange.journal.retention_term import term
from relec_exchange.journal.threads import about
from relec_exchange.message.catalogue import CATALOGUE, features
from relec_exchange.message.header import Header
from relec_exchange.message.identifiers import format_time, parse_time
from relec_exchange.ports import Random
from relec_exchange.records import (
    Change,
    DeliveryRow,
    EventRow,
    InboxRow,
    Insert,
    ReceivedContentRow,
)

FOR_OFFICERS = frozenset(
    {
        "agreement.propose",
        "agreement.sign",
        "agreement.suspend",
        "agreement.terminate",
        "key.revoke",
        "log.alarm",
    }
)
"""Control types that an officer is told of; what came is kept as evidence."""

BRINGING = (FOR_OFFICERS - {"agreement.propose", "log.alarm"}) | {"card.update"}
"""Control types whose notes count for the messages that come with them."""

EVIDENCE = frozenset({"receipt", "void"}) | FOR_OFFICERS
HOLD = COARSE
"""The word of a local hold; its ground lies encrypted in the judgement."""

Targets = Callable[[Header], Sequence[tuple[str, str]]]
"""The (unit, target) pairs that a message is routed to; the first one's unit owns it."""


def accept(gathered: Gathered, verified: VerifiedMessage, targets: Targets, random: Random) -> None:
    """Gather what a message that passed every step comes to."""
    proven, header = verified.proven, verified.message.header
    gathered.log(proven, WireCode.ACCEPTED, "")
    if CATALOGUE[header.type].control:
        if header.type in EVIDENCE:
            _keep_evidence(gathered, verified, random)
        if header.type in FOR_OFFICERS:
            data = json.dumps({"type": header.type, "peer": header.sender})
            event = EventRow(gathered.at, "control.received", header.message_id, data)
            gathered.changes.append(Insert(event))
        place = proven.origin, proven.proof.index, proven.leaf, proven.seq
        arrived = Arrived(verified.message, *place, gathered.trees)
        gathered.control.setdefault(header.type, []).append(arrived)
        return
    if isinstance(header, Header):
        stored = _stored(gathered, verified, random)
        _deliver(
            gathered, verified, header, _opened_to(gathered, verified, targets(header)), stored
        )
        _keep_judgement(gathered, verified, stored, random)
        gathered.officers.append(verified)
        if header.in_reply_to:
            gathered.replies.append(verified.message)
    held = ("held", COARSE) if verified.held else ("accepted", "")
    asked = Asked(features(header), parse_time(proven.entry["time"]))
    gathered.decide(proven, *held, verified.decision.grant_id, asked)


def _opened_to(
    gathered: Gathered, verified: VerifiedMessage, chosen: Sequence[tuple[str, str]]
) -> Sequence[tuple[str, str]]:
    """Of the units that routing chose, those that the grant opens the message to."""
    came_under = (verified.decision.agreement_hash, verified.decision.grant_id)
    return open_targets(gathered.receiver.directory, came_under, verified.message, chosen)


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
    receiver = gathered.receiver
    times = receiver.directory.times()
    deadline = _wire(header.deadline)
    due = first_due(header.type, str(header.urgency), deadline, at, times)
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
            state="held" if verified.held else "received",
            unit=targets[0][0] if targets else "",
            created_at=_wire(header.created_at),
            received_at=at,
            key_id=stored.key_id,
            content=stored.content,
            deadline=deadline,
            in_reply_to=header.in_reply_to or "",
            hold=HOLD if verified.held else "",
            due_at=due,
            quiet_at=first_quiet(header.type, at, due, times),
            about=about(verified.message),
            **term(receiver.policy, header, verified.decision.retention_days, gathered.now),
            agreement=verified.decision.agreement_hash,
            grant_id=verified.decision.grant_id,
            epoch=proven.header.key_id,
        )
    )
    if not verified.held:
        gathered.changes += deliveries(header, targets, at)
    data = json.dumps({"type": header.type, "peer": header.sender})
    gathered.changes.append(Insert(EventRow(at, "message.received", header.message_id, data)))


def deliveries(header: Header, targets: Sequence[tuple[str, str]], at: str) -> list[Change]:
    """The records by which a message is brought to its units."""
    changes: list[Change] = []
    for unit, target in targets:
        # A unit's mailbox is the inbox record itself: there is nothing left to bring.
        state = "delivered" if target == Channel.MAILBOX else "pending"
        row = DeliveryRow(header.message_id, header.sender, unit, target, state, 0, at)
        changes.append(Insert(row, ignore=True))
    return changes


def _keep_judgement(
    gathered: Gathered, verified: VerifiedMessage, stored: StoredContent, random: Random
) -> None:
    """What the rules saw and found, under the key of the message itself."""
    if verified.judgement is None:
        return
    key = (stored.key_id, stored.secrets[stored.key_id])
    row = judgement_row(verified.message, verified.judgement, gathered.at, key, random)
    gathered.changes.append(Insert(row))
    if verified.judgement.findings:
        gathered.found.append((verified.message, verified.judgement, key))


def _wire(moment: datetime | None) -> str:
    """A header's optional time as it is stored."""
    return format_time(moment) if moment is not None else ""
