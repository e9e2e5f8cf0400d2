"""What a log key that is revoked may still prove: trees that were known before, and those that the
revocation or the card vouches for.

Contract: reads only. Whoever has the key can sign smaller trees that its log never had, whatever
the last good size is. An honest node sends what is missing with a proof to the end of its log.
"""

from __future__ import annotations

from relec_exchange.audit.checkpoint import Checkpoint
from relec_exchange.errors import Reason, Unverified
from relec_exchange.inbound.memory import Memory
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.revocation import Revocation


def check_stolen(directory: Directory, memory: Memory, checkpoint: Checkpoint) -> None:
    """Unverified(KEY_REVOKED) for a tree under a revoked key that nothing vouches for."""
    if directory.log_key(checkpoint.origin).good_size is None or memory.knows(checkpoint):
        return
    if (checkpoint.size, checkpoint.root.hex()) not in _vouched(directory, checkpoint.origin):
        raise Unverified(Reason.KEY_REVOKED, "a tree that was not known before the key was revoked")


def _vouched(directory: Directory, origin: str) -> set[tuple[int | None, str | None]]:
    """The last good heads that revocations name, and the end that the card names."""
    card = directory.card(origin.split("/")[1]).card
    found = {(log.final_size, log.final_root) for log in card.logs if log.origin == origin}
    for signed in directory.notices.values():
        notice = signed.notice
        if isinstance(notice, Revocation) and notice.key == origin and directory.counts(signed):
            found.add((notice.good_size, notice.good_root))
    return found
