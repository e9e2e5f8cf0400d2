"""Who witnesses the logs of a node, with which keys, and how many of them are a quorum.

Contract: pure. Witnesses of a node are the nodes of kind `state` or `witness` in mutual listing
with it, by the newest cards that are valid at the time asked for. Keys that are revoked do not
count, whenever they signed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from typing import Final

from relec_exchange.trust.card import Card, parse_card
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.member import Member
from relec_exchange.trust.signature import HybridPublic

KINDS: Final = frozenset(("state", "witness"))

Witness = tuple[str, HybridPublic]


def witnesses(directory: Directory, node: str, at: datetime) -> tuple[Witness, ...]:
    """The witnesses of a node's logs at this moment, by name, each with every witness key that a
    card of theirs names for it: around a change of keys there are two.
    """
    found: list[Witness] = []
    for other in directory.nodes():
        if other != node and _witnesses(directory, node, other, at):
            found += [(other, key) for key in witness_keys(directory.members[other], at)]
    return tuple(found)


def quorum_of(n: int) -> int:
    """How many of n witnesses are a quorum: more than two thirds; 0 if there are none."""
    return 1 + 2 * n // 3 if n else 0


def nodes_of(found: Iterable[Witness]) -> tuple[str, ...]:
    """The nodes among witnesses, each once."""
    return tuple(dict.fromkeys(node for node, _ in found))


def witness_keys(member: Member, at: datetime) -> tuple[HybridPublic, ...]:
    """The witness keys of all cards of a node that are valid at this moment, the newest first,
    without revoked ones.
    """
    keys = dict.fromkeys(_key(card) for card in _valid(member, at))
    return tuple(key for key in keys if key.fingerprint() not in member.revoked)


def card_at(member: Member, at: datetime) -> Card | None:
    """The newest standing card of a node that is valid at this moment."""
    return next(_valid(member, at), None)


def known_keys(member: Member) -> tuple[HybridPublic, ...]:
    """The witness keys of all cards of a node, the newest first, without revoked ones; none if it
    is of a kind that does not witness.
    """
    if member.card.kind not in KINDS or member.void:
        return ()
    keys = dict.fromkeys(_key(card) for card in _cards(member))
    return tuple(key for key in keys if key.fingerprint() not in member.revoked)


def _witnesses(directory: Directory, node: str, other: str, at: datetime) -> bool:
    one, two = directory.members.get(node), directory.members[other]
    if one is None or one.void or two.void:
        return False
    cards = card_at(one, at), card_at(two, at)
    if cards[0] is None or cards[1] is None or cards[1].kind not in KINDS:
        return False
    # Between others, who knows which keys they first admitted each other with is not known here.
    ours = directory.own in (node, other)
    return all(_lists(card, listed, ours) for card, listed in ((cards[0], two), (cards[1], one)))


def _lists(card: Card, member: Member, ours: bool) -> bool:
    partner = card.partner(member.card.node)
    return partner is not None and (not ours or partner.authority in member.fingerprints)


def _valid(member: Member, at: datetime) -> Iterator[Card]:
    """The standing cards of a node that are valid at this moment, the newest first."""
    return (card for card in _cards(member) if card.valid_at(at))


def _cards(member: Member) -> Iterator[Card]:
    """The standing cards of a node, the newest first; earlier ones are read when needed."""
    standing = set(member.versions.values())
    yield member.card
    for past in reversed(member.history):
        if past.hash in standing and past.hash != member.signed.hash:
            yield _card(past.note)


def _key(card: Card) -> HybridPublic:
    return _public(card.witness.ed25519, card.witness.mldsa44)


@lru_cache(maxsize=512)
def _public(ed25519: str, mldsa44: str) -> HybridPublic:
    return HybridPublic.from_vkeys("witness", ed25519, mldsa44)


@lru_cache(maxsize=512)
def _card(note: bytes) -> Card:
    return parse_card(note).card
