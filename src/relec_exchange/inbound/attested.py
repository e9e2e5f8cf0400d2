"""What the other end's word that a message is destroyed changes here.

Contract: pure. It counts for messages exchanged with exactly this node, by their leaf; a sender's
word counts only where it says that its copies are gone. The first word stands, and is never later
than its arrival. The word itself is an evidenced message.
"""

from __future__ import annotations

import json

from relec_exchange.message.bodies.amendments import ShredAttestation, Shredded
from relec_exchange.message.identifiers import format_time
from relec_exchange.records import Change, EventRow, InboxRow, Insert, OutboxRow, Update

_CONTENT = frozenset({Shredded.CONTENT, Shredded.CONTENT_KEY})


def attested(peer: str, body: ShredAttestation, at: str) -> list[Change]:
    """The changes of an attestation by `peer` that arrived at `at` (wire time)."""
    leaf, what = bytes.fromhex(body.leaf), frozenset(body.what)
    if not what & _CONTENT:
        return []
    told = {"peer_attested_at": min(format_time(body.destroyed_at), at)}
    ours = {"leaf": leaf, "peer_attested_at": ""}
    changes: list[Change] = [Update(OutboxRow, {**ours, "recipient": peer}, told)]
    if Shredded.SENDER_COPY in what:
        changes.append(Update(InboxRow, {**ours, "sender": peer}, told))
    data = json.dumps({"peer": peer, "what": sorted(str(one) for one in what)})
    return [*changes, Insert(EventRow(at, "message.attested_to_us", body.leaf, data))]
