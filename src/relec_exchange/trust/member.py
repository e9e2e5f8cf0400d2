"""One node as it is known here: its newest card, and what its earlier cards have settled.

Contract: `first_member` trusts a fingerprint that an officer compared outside the network;
`updated_member` trusts only what the present authority keys have signed. Both raise and change
nothing; a `Member` is a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from relec_exchange.errors import Conflict, InvalidInput, Reason, Unverified
from relec_exchange.trust.card import Card, SignedCard, authority_fingerprint
from relec_exchange.trust.note import split_note
from relec_exchange.trust.signature import HybridPublic


@dataclass(frozen=True, slots=True)
class LogKey:
    """The key of a log; `final_size` is None while the log is in use."""

    origin: str
    public: HybridPublic
    final_size: int | None

    def check_size(self, size: int) -> None:
        """Refuse (`log-closed`) a checkpoint beyond where the log ended.

        Judged when it is received, so that a stolen old key cannot backdate.
        """
        if self.final_size is not None and size > self.final_size:
            raise Unverified(Reason.LOG_CLOSED, f"{self.origin} ended at size {self.final_size}")


@dataclass(frozen=True, slots=True)
class SealingKey:
    """A key to seal with: its id as in the clear header, and its 1216 bytes."""

    id: str
    public: bytes


@dataclass(frozen=True, slots=True)
class Member:
    """A node. `authorities` are all its authority keys, oldest first; the last ones are current.

    `versions` has the hash of every card admitted, `logs` every log by its origin.
    """

    signed: SignedCard
    authorities: tuple[HybridPublic, ...]
    versions: Mapping[int, str]
    logs: Mapping[str, LogKey]

    @property
    def card(self) -> Card:
        """The newest card."""
        return self.signed.card

    @property
    def fingerprints(self) -> frozenset[str]:
        """The fingerprints of all authority keys, past and present."""
        return frozenset(public.fingerprint() for public in self.authorities)


def first_member(signed: SignedCard, fingerprint: str) -> Member:
    """A node admitted for the first time, or `Unverified` (`proof-key`) for another authority."""
    if authority_fingerprint(signed.card) != fingerprint.replace(" ", "").lower():
        raise Unverified(
            Reason.PROOF_KEY, f"the authority keys of {signed.card.node} are not those compared"
        )
    return _member(signed, (), {})


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
    if not rotates and signed.card.authority.public() != member.authorities[-1]:
        raise Unverified(Reason.PROOF_KEY, f"{signed.card.node}: authority keys are retired")
    _check_continuity(member, signed.card)
    return _member(signed, member.authorities, member.versions)


def _member(
    signed: SignedCard, earlier: tuple[HybridPublic, ...], versions: Mapping[int, str]
) -> Member:
    authority = signed.card.authority.public()
    chain = earlier if earlier and earlier[-1] == authority else (*earlier, authority)
    logs = {
        log.origin: LogKey(log.origin, log.public(), log.final_size) for log in signed.card.logs
    }
    known = {**versions, signed.card.version: signed.hash}
    return Member(signed, chain, MappingProxyType(known), MappingProxyType(logs))


def _check_authority(member: Member, signed: SignedCard) -> bool:
    """Whether the card brings new authority keys; `Unverified` if nobody known signed it.

    `parse_card` has verified the signature of the keys that the card names.
    """
    authority = signed.card.authority.public()
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
