"""One node as it is known here: its newest card, and what its earlier cards have settled.

Contract: `first_member` trusts a fingerprint that an officer compared outside the network;
`updated_member` trusts only what the present authority keys have signed. Both raise and change
nothing; a `Member` is a value.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from types import MappingProxyType

from relec_exchange.errors import Conflict, InvalidInput, Reason, Unverified
from relec_exchange.trust.card import Card, SignedCard, authority_fingerprint, public_keys
from relec_exchange.trust.note import split_note
from relec_exchange.trust.signature import HybridPublic


@dataclass(frozen=True, slots=True)
class LogKey:
    """The key of a log; `final_size` is None while the log is in use.

    `good_size` is where the log was good for the last time, if its key is revoked.
    """

    origin: str
    public: HybridPublic
    final_size: int | None
    good_size: int | None = None

    def check_size(self, size: int) -> None:
        """Refuse a checkpoint beyond where the log ended (`log-closed`), or beyond the last good
        size of a log whose key is revoked (`key-revoked`).

        Judged when it is received, so that a stolen old key cannot backdate.
        """
        if self.good_size is not None and size > self.good_size:
            raise Unverified(Reason.KEY_REVOKED, f"{self.origin} is good to {self.good_size} only")
        if self.final_size is not None and size > self.final_size:
            raise Unverified(Reason.LOG_CLOSED, f"{self.origin} ended at size {self.final_size}")


@dataclass(frozen=True, slots=True)
class SealingKey:
    """A key to seal with: its id as in the clear header, and its 1216 bytes."""

    id: str
    public: bytes


@dataclass(frozen=True, slots=True)
class PastCard:
    """What must be known of a card that was admitted, to fall back to it or to let it go.

    `authority` is the fingerprint of the keys that signed it, `announced` that of the next ones.
    """

    version: int
    hash: str
    authority: str
    announced: str
    note: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Barrier:
    """How far revoked authority keys are good: to a version of the card, and for some texts."""

    good_card: int
    good_texts: frozenset[str]
    successor: HybridPublic


@dataclass(frozen=True, slots=True)
class Member:
    """A node. `authorities` are all its authority keys, oldest first; the last ones are current.

    `versions` has the hash of every card admitted, `logs` every log by its origin. `history`
    has all cards that ever were admitted, also those that are disputed now. `barriers` are by the
    fingerprint of revoked authority keys, `revoked` has the sealing and witness keys that are.
    `void` is true where no card is left that is not disputed; there is no route to such a node.
    `keys` are the SHA-256 of every public key of every card that was admitted.
    """

    signed: SignedCard
    authorities: tuple[HybridPublic, ...]
    versions: Mapping[int, str]
    logs: Mapping[str, LogKey]
    history: tuple[PastCard, ...] = ()
    barriers: Mapping[str, Barrier] = field(default_factory=dict)
    revoked: frozenset[str] = frozenset()
    void: bool = False
    keys: frozenset[bytes] = field(default=frozenset(), repr=False)

    @property
    def card(self) -> Card:
        """The newest card."""
        return self.signed.card

    @property
    def fingerprints(self) -> frozenset[str]:
        """The fingerprints of all authority keys, past and present."""
        return frozenset(public.fingerprint() for public in self.authorities)

    def stands_by(self, signers: Iterable[str], text_hash: str) -> bool:
        """Whether a text counts as signed by this node: by one of its keys that is not revoked, or
        by a revoked one if the revocation says that the text is good.

        `signers` are fingerprints of keys whose signatures under the text hold.
        """
        known = self.fingerprints
        return any(
            signer in known
            and (signer not in self.barriers or text_hash in self.barriers[signer].good_texts)
            for signer in signers
        )

    def succession(self) -> tuple[bytes, ...]:
        """The cards, oldest first, that lead whoever holds an earlier one to the newest: it, and
        the cards around each change of authority keys. As notes.

        A partner that missed such a change can follow the next one only through it.
        """
        standing = set(self.versions.values())
        good = [past for past in self.history if past.hash in standing]
        notes: dict[bytes, None] = {}
        for earlier, later in pairwise(good):
            if earlier.authority != later.authority:
                notes.update({earlier.note: None, later.note: None})
        return tuple({**notes, self.signed.note: None})


def first_member(signed: SignedCard, fingerprint: str) -> Member:
    """A node admitted for the first time, or `Unverified` (`proof-key`) for another authority."""
    if authority_fingerprint(signed.card) != fingerprint.replace(" ", "").lower():
        raise Unverified(
            Reason.PROOF_KEY, f"the authority keys of {signed.card.node} are not those compared"
        )
    return _member(signed)


def updated_member(member: Member, signed: SignedCard) -> Member:
    """The node after a later card; the same `Member` if that card was admitted before.

    Raises `Unverified` if the present authority did not sign it, `Conflict` (an alarm everywhere)
    if it signed two texts of one version, `InvalidInput` if the version or a log goes back.
    """
    version = signed.card.version
    if member.versions.get(version) == signed.hash:
        return member
    rotates = _check_authority(member, signed)
    if version in member.versions:
        raise Conflict(
            f"{signed.card.node} has signed two different cards of version {version}",
            field="card.version",
            remedy="keep both notes and ask its authority by telephone: this may be a stolen key",
        )
    if version < member.card.version:
        raise InvalidInput(
            f"version {version} is older than {member.card.version}, which is held",
            field="card.version",
        )
    if not rotates and not _speaks(member, signed.card):
        raise Unverified(Reason.PROOF_KEY, f"{signed.card.node}: authority keys are retired")
    _check_continuity(member, signed.card)
    return _member(signed, member)


def _speaks(member: Member, card: Card) -> bool:
    """Whether known authority keys may sign this card: the present ones, or revoked ones as far as
    they are good.
    """
    public = card.authority.public()
    return public == member.authorities[-1] or public.fingerprint() in member.barriers


def _member(signed: SignedCard, before: Member | None = None) -> Member:
    authority = signed.card.authority.public()
    earlier = before.authorities if before else ()
    known = {**(before.versions if before else {}), signed.card.version: signed.hash}
    return Member(
        signed,
        earlier if authority in earlier else (*earlier, authority),
        MappingProxyType(known),
        log_keys(signed.card),
        (*(before.history if before else ()), past_card(signed)),
        keys=(before.keys if before else frozenset()).union(key_digests(signed.card)),
    )


def key_digests(card: Card) -> frozenset[bytes]:
    """The SHA-256 of every public key that a card names."""
    return frozenset(hashlib.sha256(key).digest() for key in public_keys(card))


def log_keys(card: Card) -> Mapping[str, LogKey]:
    """The keys of all logs of a card, by origin."""
    return MappingProxyType(
        {log.origin: LogKey(log.origin, log.public(), log.final_size) for log in card.logs}
    )


def past_card(signed: SignedCard) -> PastCard:
    """What is kept of a card when a later one replaces it."""
    card = signed.card
    return PastCard(
        card.version,
        signed.hash,
        card.authority.public().fingerprint(),
        card.authority.next,
        signed.note,
    )


def _check_authority(member: Member, signed: SignedCard) -> bool:
    """Whether the card brings new authority keys; `Unverified` if nobody known signed it.

    `parse_card` has verified the signature of the keys that the card names.
    """
    authority = signed.card.authority.public()
    barrier = member.barriers.get(authority.fingerprint())
    if barrier is not None and signed.card.version > barrier.good_card:
        raise Unverified(
            Reason.KEY_REVOKED, f"{signed.card.node}: the keys that signed this card are revoked"
        )
    if authority in member.authorities:
        return False
    if member.card.authority.next != authority.fingerprint():
        raise Unverified(
            Reason.PROOF_KEY, f"{signed.card.node}: the held card did not announce these keys"
        )
    note = split_note(signed.note)
    member.authorities[-1].verify(note.text, note.signatures)
    return True


def _check_continuity(member: Member, card: Card) -> None:
    """What a later card may not change: the kind of node, and the past of its logs."""
    if card.kind != member.card.kind:
        raise InvalidInput("a node does not change its kind", field="card.kind")
    after = {log.origin: log for log in card.logs}
    for log in member.card.logs:
        later = after.get(log.origin)
        if later is None or later.public() != log.public():
            raise InvalidInput(f"{log.origin} is missing or has other keys", field="card.logs")
        if log.state == "closed" and later != log:
            raise InvalidInput(f"{log.origin} was closed and has changed", field="card.logs")
