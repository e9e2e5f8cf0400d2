"""The directory: everything this node has admitted about members and agreements.

Contract: an immutable snapshot. Admitting returns a new `Directory` (or the same one, if nothing
is new) and raises without changing anything. The order of admission changes no answer. A node
that starts rebuilds it by admitting the stored notes again: cards of each node by version, then
agreements. First authority keys come only through `admit_first`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from relec_exchange.errors import Conflict, InvalidInput, NotFound, Reason, Refused, Unverified
from relec_exchange.message.constants import TIMES, Times
from relec_exchange.message.identifiers import check_network, check_node
from relec_exchange.trust.agreement import parse_agreement, shortened
from relec_exchange.trust.card import SignedCard, parse_card, public_keys
from relec_exchange.trust.fields import NetworkKind
from relec_exchange.trust.held import HeldAgreement
from relec_exchange.trust.member import LogKey, Member, SealingKey, first_member, updated_member
from relec_exchange.trust.pair import Pair, prepare
from relec_exchange.trust.signature import HybridPublic

RULE_NETWORK_KIND: Final = "network-kind"


@dataclass(frozen=True, slots=True)
class Directory:
    """Members by node name and agreements by hash, as the node called `own` knows them."""

    network: str
    network_kind: NetworkKind
    own: str
    members: Mapping[str, Member] = field(default_factory=dict)
    agreements: Mapping[str, HeldAgreement] = field(default_factory=dict)
    _pairs: dict[tuple[str, str], Pair] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    def __post_init__(self) -> None:
        check_network(self.network)
        check_node(self.own, field="own")

    # ---- admitting -----------------------------------------------------------------------------

    def admit_first(self, note: bytes, fingerprint: str) -> Directory:
        """Admit a node's first card here, by the fingerprint that an officer compared.

        `fingerprint` is hex, spaces allowed. Raises what `parse_card` raises, `Unverified`
        (`proof-key`) if the authority keys are others, `Conflict` if the node is known already.
        """
        signed = self._own_network(parse_card(note))
        known = self.members.get(signed.card.node)
        member = first_member(signed, fingerprint)
        if known is None:
            return self._with_member(member)
        if signed.hash in known.versions.values():
            return self
        raise Conflict(
            f"{signed.card.node} is known already",
            field="card.node",
            remedy="a later card is admitted by the signature of the authority that is known",
        )

    def admit_update(self, note: bytes) -> Directory:
        """Admit a later card of a known node, by the signature of its present authority.

        Raises `NotFound` for an unknown node, else what `updated_member` raises: a `Conflict` is
        an alarm.
        """
        signed = self._own_network(parse_card(note))
        known = self.member(signed.card.node)
        member = updated_member(known, signed)
        return self if member is known else self._with_member(member)

    def with_agreement(self, note: bytes) -> Directory:
        """Hold an agreement, or add signatures to one that is held.

        Raises what `parse_agreement` raises, and `Unverified` if a known party's signature is
        wrong or if no party's signature can be verified.
        """
        signed = parse_agreement(note)
        self._check_network(signed.agreement.network, signed.agreement.network_kind)
        before = self.agreements.get(signed.hash)
        held = before or HeldAgreement(signed)
        for node, lines in signed.signatures.items():
            member = self.members.get(node)
            held = held.offered(node, lines, member.authorities if member else ())
        if not held.signers:
            raise Unverified(Reason.PROOF_SIGNATURE, "no signature of a party could be verified")
        if held == before:
            return self
        return replace(self, agreements={**self.agreements, signed.hash: held})

    # ---- asking --------------------------------------------------------------------------------

    def nodes(self) -> tuple[str, ...]:
        """All known nodes in order of name."""
        return tuple(sorted(self.members))

    def member(self, node: str) -> Member:
        """A node with its history, or `NotFound`."""
        found = self.members.get(node)
        if found is None:
            raise NotFound(
                f"no card of {node} is held",
                field="node",
                remedy="import its card file and compare the fingerprint by telephone",
            )
        return found

    def card(self, node: str) -> SignedCard:
        """The newest card of a node, or `NotFound`."""
        return self.member(node).signed

    def holds_card(self, card_hash: str) -> bool:
        """Whether a card with this hash was ever admitted here."""
        return any(card_hash in m.versions.values() for m in self.members.values())

    def authority(self, node: str) -> HybridPublic:
        """The present authority keys of a node, or `NotFound`."""
        return self.member(node).authorities[-1]

    def log_key(self, origin: str) -> LogKey:
        """The key of a log, current or closed; `Unverified` (`proof-key`) if no card names it."""
        parts = origin.split("/")
        member = self.members.get(parts[1]) if len(parts) == 4 else None
        found = member.logs.get(origin) if member else None
        if found is None:
            raise Unverified(Reason.PROOF_KEY, "no card that is held names this log")
        return found

    def sealing_key(self, node: str, at: datetime) -> SealingKey:
        """The key to seal with for a node at this moment, or `NotFound`."""
        for epoch in self.member(node).card.sealing:
            if epoch.starts <= at < epoch.ends:
                return SealingKey(epoch.id, epoch.public_bytes())
        raise NotFound(
            f"the card of {node} has no sealing key for this moment",
            field="card.sealing",
            remedy=f"ask {node} for a newer card",
        )

    def agreement(self, agreement_hash: str) -> HeldAgreement:
        """An agreement that is held, in force or not, or `NotFound`."""
        found = self.agreements.get(agreement_hash)
        if found is None:
            raise NotFound("no agreement with this hash is held", field="agreement")
        return found

    def mutual(self, a: str, b: str) -> bool:
        """Whether there is a route: the cards of both list each other."""
        pair = self.pair(a, b)
        return pair is not None and not pair.problem

    def listing_problem(self, a: str, b: str) -> str:
        """Why there is no route between two nodes, in one sentence; empty if there is one.

        Between this node and another, the authority keys by which each has admitted the other
        must be among those known here: this shows who was given a false first card.
        """
        for node in (a, b):
            if node not in self.members:
                return f"no card of {node} is held"
        for lister, listed in ((a, b), (b, a)):
            partner = self.members[lister].card.partner(listed)
            if partner is None:
                return f"the card of {lister} does not list {listed}"
            known = self.members[listed].fingerprints
            if self.own in (a, b) and partner.authority not in known:
                return f"the card of {lister} lists {listed} with other authority keys"
        return ""

    def pair(self, sender: str, recipient: str) -> Pair | None:
        """What is prepared for one direction, or None where a card is missing. Kept for reuse."""
        found = self._pairs.get((sender, recipient))
        if found is None and sender in self.members and recipient in self.members:
            found = self._prepare(sender, recipient)
            self._pairs[sender, recipient] = found
        return found

    def digest_cards(self) -> str:
        """SHA-256 in hex over the lines `node version hash` of the newest cards, sorted."""
        lines = (f"{m.card.node} {m.card.version} {m.signed.hash}\n" for m in self.members.values())
        return hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()

    def digest_agreements(self, peer: str) -> str:
        """SHA-256 in hex over the sorted lines `hash` of the texts that both have signed.

        In force or not: two nodes that agree here and on the cards decide alike at any time.
        """
        lines = (f"{h.hash}\n" for h in self.agreements.values() if {self.own, peer} <= h.signers)
        return hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()

    def times(self) -> Times:
        """The protocol's times, as the newest charter that this node signed shortens them."""
        charters = [
            held
            for held in self.agreements.values()
            if held.agreement.charter and self.own in held.signers and held.agreement.times
        ]
        if not charters:
            return TIMES
        newest = max(charters, key=lambda h: (h.agreement.version, h.agreement.valid_from, h.hash))
        return shortened(newest.agreement)

    # ---- inside --------------------------------------------------------------------------------

    def _own_network(self, signed: SignedCard) -> SignedCard:
        self._check_network(signed.card.network, signed.card.network_kind)
        return signed

    def _check_network(self, network: str, kind: NetworkKind) -> None:
        if network != self.network:
            raise InvalidInput(f"this is of another network than {self.network}", field="network")
        if kind != self.network_kind:
            raise Refused(
                f"this is of the {kind} network, and this node is of the {self.network_kind} one",
                rule=RULE_NETWORK_KIND,
                field="network_kind",
            )

    def _with_member(self, member: Member) -> Directory:
        node = member.card.node
        taken = {
            key: other
            for other, known in self.members.items()
            if other != node
            for key in public_keys(known.card)
        }
        for key in public_keys(member.card):
            if key in taken:
                raise Conflict(
                    f"{node} and {taken[key]} use the same key",
                    field="card",
                    remedy="every key belongs to one node: have new keys made",
                )
        agreements = {
            h: held.reconsidered(node, member.authorities) for h, held in self.agreements.items()
        }
        return replace(self, members={**self.members, node: member}, agreements=agreements)

    def _prepare(self, sender: str, recipient: str) -> Pair:
        both = {sender, recipient}
        texts = [held.signed for held in self.agreements.values() if both <= held.signers]
        problem = self.listing_problem(sender, recipient)
        return prepare(self.card(sender).card, self.card(recipient).card, problem, texts)
