"""The logs as the next card lists them, when one of them has been replaced by its successor.

Contract: pure. Every log that the card names stays, with its keys and in its place; one that has
ended since gets size and root of its end, and new ones come last. What the card says of a closed
log stands, though the node may have lost that end. A log of which the node has nothing left is
closed at size 0: nobody can show any more what stood in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from relec_exchange.message.identifiers import parse_origin
from relec_exchange.trust.card import Card
from relec_exchange.trust.card_parts import LogKeys
from relec_exchange.trust.plaintext import validated
from relec_exchange.trust.signature import HybridPublic

_EMPTY_ROOT: Final = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True)
class OwnLog:
    """A log of this node: its key (called as the log), and (size, root in hex) if it has ended."""

    public: HybridPublic
    final: tuple[int, str] | None = None

    def listed(self) -> LogKeys:
        """The table of the card."""
        if self.final is None:
            return LogKeys.of(self.public)
        ed25519, mldsa44 = self.public.vkeys()
        size, root = self.final
        fields = {
            "origin": self.public.name,
            "state": "closed",
            "ed25519": ed25519,
            "mldsa44": mldsa44,
            "final_size": size,
            "final_root": root,
        }
        return validated(fields, "log", LogKeys)


def with_logs(card: Card, logs: Iterable[OwnLog]) -> Card:
    """The card with these logs as they are now; it is not validated as a whole yet."""
    found = {log.public.name: log.listed() for log in logs}
    kinds = {parse_origin(origin).log for origin in found}
    kept = {
        log.origin: log if parse_origin(log.origin).log not in kinds else _lost(log)
        for log in card.logs
    }
    closed = {log.origin: log for log in card.logs if log.state == "closed"}
    return card.model_copy(update={"logs": tuple({**kept, **found, **closed}.values())})


def _lost(log: LogKeys) -> LogKeys:
    """A log of the card that the node has nothing of."""
    return log if log.state == "closed" else OwnLog(log.public(), (0, _EMPTY_ROOT)).listed()
