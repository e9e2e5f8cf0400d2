"""Cosignatures both ways: ours under partners' checkpoints, theirs under ours.

Contract: `cosign` gives the body of an answer 200, or None where this node has a reason not to
vouch for the log; `taken` judges what a partner answered. Neither writes anything: what they give
joins the receiving transaction, so a node has kept what it judged before its answer leaves.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from relec_exchange.audit.checkpoint import Checkpoint, checkpoint_text
from relec_exchange.audit.cosignature import verify_cosignature
from relec_exchange.errors import Misconfigured, NotFound, Unverified
from relec_exchange.journal.witnessed import own_tree
from relec_exchange.ports import Store, WitnessSigner
from relec_exchange.records import AlarmRow, CosignatureRow, Where
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.witnesses import witness_keys

CONTRADICTIONS: Final = ("log-fork", "log-inconsistent")
"""Alarms about a log that this node does not cosign until a person has closed them."""


class Cosigning:
    """Used by the inbound thread only."""

    def __init__(
        self, store: Store, directory: Callable[[], Directory], signer: WitnessSigner
    ) -> None:
        self._store = store
        self._directory = directory
        self._signer = signer

    def cosign(self, checkpoint: Checkpoint, now: datetime) -> str | None:
        """Our two lines under a partner's checkpoint; None if its log contradicts itself here.

        Empty if our key cannot be read: that keeps nobody's rounds from being taken in.
        """
        if self._contradicted(checkpoint.origin):
            return None
        try:
            return self._signer.cosign(checkpoint.note, int(now.timestamp())).decode()
        except (Misconfigured, NotFound) as error:
            structlog.get_logger().error("round.cosigning.failed", code=error.code)
            return ""

    def _contradicted(self, origin: str) -> bool:
        """Whether an alarm stands that shows notes of this log."""
        standing = self._store.rows(
            AlarmRow, Where("what", "in", CONTRADICTIONS), Where("closed_at", "=", "")
        )
        name = f"{origin}\n".encode()
        return any(row.subject == origin or name in row.evidence for row in standing)

    def taken(
        self, witness: str, offered: tuple[str, int], lines: str, now: datetime
    ) -> CosignatureRow | None:
        """A partner's cosignature of our checkpoint (`offered`: origin and size), if it is good.

        One that is not is nobody's alarm: its key may have changed, and the card be under way.
        """
        origin, size = offered
        if not lines:
            return None
        directory = self._directory()
        ahead = timedelta(seconds=directory.times().clock_ahead_seconds)
        latest = int((now + ahead).timestamp())
        root = own_tree(self._store, origin).root_at(size)
        text, given = checkpoint_text(origin, size, root), lines.encode()
        for key in witness_keys(directory.member(witness), now):
            try:
                at = verify_cosignature(text, given, key, latest)
            except Unverified:
                continue
            return CosignatureRow(origin, size, root, witness, key.fingerprint(), at, given)
        structlog.get_logger().warning("round.cosignature.refused", peer=witness)
        return None
