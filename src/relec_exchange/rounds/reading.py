"""What a partner has read of our rounds: what it has answered once, it knows in every later round.

Contract: reads, writes nothing. An answer to a round that is not written yet, or about a log that
we do not write, says nothing. Who goes on in a new log may have lost what it read before.
"""

from __future__ import annotations

from typing import Final

from relec_exchange.message.bodies.control import WitnessAnswer
from relec_exchange.ports import Store
from relec_exchange.records import OutboxRow, PeerRow, Where

LOOKED_AT_MAX: Final = 64
"""So many unread rounds are looked at one by one; more are counted, which takes longer."""


def answered_by(peer: PeerRow, answer: WitnessAnswer | None) -> int:
    """The round of ours that this answer is to, in the log that we write; 0 if there is none."""
    if answer is None or answer.origin != peer.our_origin or answer.number > peer.our_number:
        return 0
    return answer.number


def read_by(peer: PeerRow, origin: str, answer: WitnessAnswer | None) -> int:
    """Our newest round that this partner had read when it wrote a round in its log `origin`; 0 if
    that is not known. Its rounds come in the order in which it wrote them.
    """
    now = answered_by(peer, answer)
    return max(now, peer.answered) if origin == peer.their_origin else now


def deaf(store: Store, peer: PeerRow, read: int, at: str) -> bool:
    """Whether a partner that has read our round `read` has not read all that we wrote until `at`
    (wire time), or we wrote nothing since.
    """
    behind, mine = max(0, peer.our_number - read), _rounds_to(peer)
    if peer.our_at <= at:
        return True
    if behind > LOOKED_AT_MAX:
        return behind > store.count(OutboxRow, *mine, Where("sent_at", ">", at))
    if not behind:
        return False
    unread = store.rows(OutboxRow, *mine, order="-row", limit=behind, blobs=False)
    return bool(unread) and unread[-1].sent_at <= at


def read_at(store: Store, peer: PeerRow, read: int, at: str) -> str:
    """When our round `read` was written (wire time; empty if that is not known). If there are many
    after it, no later than `at`: for a partner that is not deaf to what is so old.
    """
    behind, mine = max(0, peer.our_number - read), _rounds_to(peer)
    if behind > LOOKED_AT_MAX:
        old = Where("sent_at", "<=", at)
        rows = store.rows(OutboxRow, *mine, old, order="-sent_at", limit=1, blobs=False)
        return rows[0].sent_at if rows else ""
    rows = store.rows(OutboxRow, *mine, order="-row", limit=behind + 1, blobs=False)
    return rows[-1].sent_at if len(rows) > behind else ""


def _rounds_to(peer: PeerRow) -> tuple[Where, Where]:
    return Where("recipient", "=", peer.peer), Where("type", "=", "round")
