"""Who may speak for a node: from the fingerprint that somebody compared to the keys of today.

Checks that each later card follows from the compared one: the same authority keys, or new ones that
the card before announced and that both signed. Prevents: a card that somebody else made; keys that
a thief put in place; and that what a revoked key signed is still believed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from relec_verify.cards import Card
from relec_verify.keys import KeyPair
from relec_verify.notices import Notice
from relec_verify.refused import Refused


@dataclass(frozen=True)
class Member:
    """A node as its cards leave it. `compared` says whether its first keys were compared."""

    node: str
    compared: bool
    cards: tuple[Card, ...]
    authorities: tuple[KeyPair, ...]
    notices: tuple[Notice, ...] = field(default=())

    @property
    def newest(self) -> Card:
        """The newest card that counts."""
        return self.cards[-1]

    def card_at(self, at: datetime) -> Card | None:
        """The newest card whose dates cover a moment."""
        return next((card for card in reversed(self.cards) if card.valid_at(at)), None)

    def revocation(self, kind: str, key: str) -> list[Notice]:
        """The revocations of one of its keys."""
        return [notice for notice in self.notices if notice.revokes(kind, key)]

    def stands_by(self, signers: Iterable[KeyPair], text: str) -> bool:
        """Whether one of these keys may still speak, or the node stands by the text by name."""
        for signer in signers:
            revoked = self.revocation("authority", signer.fingerprint)
            if not revoked or any(text in one.table.get("good_texts", []) for one in revoked):
                return True
        return False


def members(
    cards: Iterable[Card], notices: Sequence[Notice], compared: Mapping[str, str]
) -> dict[str, Member]:
    """Every node of the bundle with what counts of its cards and notices."""
    by_node: dict[str, list[Card]] = {}
    for card in cards:
        by_node.setdefault(card.node, []).append(card)
    found: dict[str, Member] = {}
    for node, own in by_node.items():
        said = [notice for notice in notices if notice.node == node]
        found[node] = _member(node, own, said, compared.get(node, ""))
    for notice in notices:
        if notice.node not in found:
            raise Refused("notice", f"a notice of {notice.node}, of which there is no card")
    return found


def _member(node: str, own: list[Card], notices: list[Notice], compared: str) -> Member:
    ordered = sorted(own, key=lambda card: card.version)
    if len({card.version for card in ordered}) != len({card.hash for card in ordered}):
        raise Refused("card-conflict", f"{node}: two texts of one version of its card")
    start = _start(node, ordered, compared)
    chain = _Chain([ordered[start]], [ordered[start].authority])
    for card in ordered[start + 1 :]:
        _follow(chain, card, notices)
    for notice in notices:
        if notice.successor is not None and notice.table["kind"] == "authority":
            _fall_back(chain, notice)
    signed = tuple(notice for notice in notices if _signed(notice, chain.authorities))
    if not chain.cards:
        raise Refused("card-chain", f"{node}: no card is left that counts")
    member = Member(node, bool(compared), tuple(chain.cards), tuple(chain.authorities), signed)
    counting = [n for n in signed if n.successor is not None or _counts(n, member)]
    return Member(node, bool(compared), member.cards, member.authorities, tuple(counting))


@dataclass
class _Chain:
    """Cards that follow from one another, and the authority keys that signed them."""

    cards: list[Card]
    authorities: list[KeyPair]


def _start(node: str, ordered: list[Card], compared: str) -> int:
    if not compared:
        return 0
    for place, card in enumerate(ordered):
        if card.authority.fingerprint == compared:
            return place
    raise Refused("authority", f"{node}: no card is of the authority that was compared")


def _follow(chain: _Chain, card: Card, notices: list[Notice]) -> None:
    """Add a card if it follows from what is there (`card-chain`)."""
    before, present = chain.cards[-1], chain.authorities[-1]
    if (card.network, card.kind) != (before.network, before.kind):
        raise Refused("card-chain", f"{card.node}: a later card is of another network or kind")
    for origin, log in before.logs.items():
        later = card.logs.get(origin)
        if later is None or later.key != log.key or (log.final and later.final != log.final):
            raise Refused("card-chain", f"{card.node}: a later card tells otherwise of a log")
    if card.authority != present:
        announced = card.authority.fingerprint == before.announced
        if not announced or not (_replaces(card, present, notices) or _both(card, present)):
            raise Refused("card-chain", f"{card.node}: nobody announced the keys of a later card")
        chain.authorities.append(card.authority)
    chain.cards.append(card)


def _both(card: Card, present: KeyPair) -> bool:
    """Whether the keys before have signed the card that replaces them, too."""
    if not present.claimed(card.note.lines):
        return False
    try:
        present.verify(card.note)
    except Refused as refused:
        raise Refused("card-chain", refused.detail) from None
    return True


def _replaces(card: Card, present: KeyPair, notices: list[Notice]) -> bool:
    """Whether a revocation put these keys in the place of the present ones."""
    return any(
        notice.revokes("authority", present.fingerprint) and notice.successor == card.authority
        for notice in notices
    )


def _fall_back(chain: _Chain, notice: Notice) -> None:
    """Leave out cards that a revoked key signed after the last good one; check who revokes."""
    revoked, good = notice.table["key"], notice.table["good_card"]
    successor = notice.successor
    assert successor is not None  # noqa: S101 - the caller asked
    of_key = [card for card in chain.cards if card.authority.fingerprint == revoked]
    early = [card for card in of_key if card.version <= good] or of_key
    known = any(card.announced == successor.fingerprint for card in early)
    if not known and successor not in chain.authorities:
        raise Refused("notice", f"{notice.node}: no good card announced the keys that revoke")
    successor.verify(notice.note)
    chain.cards[:] = [c for c in chain.cards if c not in of_key or c.version <= good]
    if successor not in chain.authorities:
        chain.authorities.append(successor)


def _signed(notice: Notice, authorities: Sequence[KeyPair]) -> bool:
    """That authority keys of the node signed the notice (`notice`)."""
    known = [notice.successor] if notice.successor is not None else authorities
    signers = [key for key in known if key.claimed(notice.note.lines)]
    for key in signers:
        try:
            key.verify(notice.note)
        except Refused as refused:
            raise Refused("notice", refused.detail) from None
    if not signers:
        raise Refused("notice", f"{notice.node}: no authority keys of the node signed a notice")
    return True


def _counts(notice: Notice, member: Member) -> bool:
    signers = [key for key in member.authorities if key.claimed(notice.note.lines)]
    return member.stands_by(signers, notice.hash)
