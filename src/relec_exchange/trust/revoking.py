"""The revocations that a node makes of its own keys, ready to be signed.

Contract: pure. Each returns the text of one notice; who signs it is said there. Times are aware,
in UTC; `since` is when the key may have been in wrong hands for the first time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from relec_exchange.errors import InvalidInput, NotFound
from relec_exchange.trust.card import Card, authority_fingerprint
from relec_exchange.trust.card_parts import SuccessorKeys
from relec_exchange.trust.drafts_notices import draft_revocation
from relec_exchange.trust.plaintext import validated
from relec_exchange.trust.revocation import Revocation
from relec_exchange.trust.signature import HybridPublic


@dataclass(frozen=True, slots=True)
class Loss:
    """Since when a key may be in wrong hands, when that is told, and why, in one line."""

    since: datetime
    issued: datetime
    reason: str


def revoke_sealing(card: Card, key_id: str, loss: Loss) -> str:
    """Nobody seals to this key any more. Signed by the authority."""
    return _text(card, "sealing", key_id, loss)


def revoke_witness(card: Card, fingerprint: str, loss: Loss) -> str:
    """Cosignatures of these keys do not count any more. Signed by the authority."""
    return _text(card, "witness", fingerprint, loss)


def revoke_log(card: Card, origin: str, size: int, root: str, loss: Loss) -> str:
    """What the log holds beyond `size` is disputed; `root` is in hex. Signed by the authority."""
    if origin not in {log.origin for log in card.logs}:
        raise NotFound(
            f"the card names no log {origin}", field="log", remedy="see: relec card show"
        )
    return _text(card, "log", origin, loss, good_size=size, good_root=root)


def revoke_authority(
    card: Card, good_card: int, good_texts: Sequence[str], successor: HybridPublic, loss: Loss
) -> str:
    """The present authority keys of a card end; signed by the keys that it announced.

    `good_texts` are the hashes of the agreements and notices that the node stands by.
    `InvalidInput` if the successor is not the announced one.
    """
    if successor.fingerprint() != card.authority.next:
        raise InvalidInput(
            "these are not the keys that the card announces as the next ones",
            field="successor",
            remedy="use authority-next.key of the same rotation as the card",
        )
    more = {"good_card": good_card, "good_texts": tuple(good_texts)}
    table = SuccessorKeys.of(successor)
    return _text(card, "authority", authority_fingerprint(card), loss, successor=table, **more)


def _text(
    card: Card,
    kind: Literal["log", "sealing", "witness", "authority"],
    key: str,
    loss: Loss,
    **more: Any,
) -> str:
    fields = {
        "network": card.network,
        "network_kind": card.network_kind,
        "node": card.node,
        "kind": kind,
        "key": key,
        "since": loss.since.replace(microsecond=0),
        "issued": loss.issued.replace(microsecond=0),
        "reason": loss.reason,
        **more,
    }
    return draft_revocation(validated(fields, "revocation", Revocation))
