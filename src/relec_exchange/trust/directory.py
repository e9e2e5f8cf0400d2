"""The directory: everything this node has admitted about members, agreements and notices.

Contract: an immutable snapshot. Admitting returns a new `Directory` (or the same one, if nothing
is new) and raises without changing anything. The order of admission changes no answer. A node
that starts rebuilds it by admitting the stored notes again, in the order in which it adopted them.
First authority keys come only through `admit_first`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from relec_exchange.errors import Conflict, InvalidInput, NotFound, Reason, Refused, Unverified
from relec_exchange.message.constants import TIMES, Times
from relec_exchange.message.identifiers import check_network, check_node
from relec_exchange.trust.agreement import parse_agreement, shortened
from relec_exchange.trust.card import SignedCard, parse_card
from relec_exchange.trust.decision import RULE_NETWORK_KIND
from relec_exchange.trust.digests import agreements_digest, cards_digest
from relec_exchange.trust.disputing import Disputed, all_disputed, judged
from relec_exchange.trust.fields import NetworkKind
from relec_exchange.trust.held import HeldAgreement
from relec_exchange.trust.member import (
    LogKey,
    Member,
    SealingKey,
    first_member,
    key_digests,
    updated_member,
)
from relec_exchange.trust.noticed import between, counts, same_number, shared, verified
from relec_exchange.trust.notices import SignedNotice, parse_notice
from relec_exchange.trust.pair import Pair, prepare
from relec_exchange.trust.revocation import Revocation
from relec_exchange.trust.signature import HybridPublic


@dataclass(frozen=True, slots=True)
class Directory:
    """Members by node name, agreements and notices by hash, as the node called `own` knows them."""

    network: str
    network_kind: NetworkKind
    own: str
    members: Mapping[str, Member] = field(default_factory=dict)
    agreements: Mapping[str, HeldAgreement] = field(default_factory=dict)
    notices: Mapping[str, SignedNotice] = field(default_factory=dict)
    _pairs: dict[tuple[str, str], Pair] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )
    _signed: dict[str, frozenset[str]] = field(
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
            held = held.weighed(member) if member else held
        if not held.verified:
            raise Unverified(Reason.PROOF_SIGNATURE, "no signature of a party could be verified")
        if held == before:
            return self
        changed = replace(self, agreements={**self.agreements, signed.hash: held})
        return changed._keeping(self, lambda a, b: not {a, b} <= held.verified.keys())

    def with_notice(self, note: bytes) -> Directory:
        """Hold a termination, suspension or revocation of a known node.

        Raises what `parse_notice` and `noticed.verified` raise, and `NotFound` for an unknown node.
        Two suspensions of one number are an alarm (`numbered`), and both are held: whichever came
        first, all nodes then decide alike.
        """
        signed = parse_notice(note)
        self._check_network(signed.notice.network, signed.notice.network_kind)
        member = self.member(signed.notice.node)
        before = self.notices.get(signed.hash)
        found = verified(signed, member, before)
        if found is before:
            return self
        changed = replace(self, notices={**self.notices, found.hash: found})
        if isinstance(found.notice, Revocation):
            return changed._with_member(member)
        concerns = found.notice.concerns
        return changed._keeping(self, lambda a, b: not concerns(a, b))

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
        """The key to seal with for a node at this moment, never a revoked one, or `NotFound`."""
        member = self.member(node)
        for epoch in member.card.sealing:
            if epoch.starts <= at < epoch.ends and epoch.id not in member.revoked:
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

    def notice(self, notice_hash: str) -> SignedNotice:
        """A notice that is held, whether it counts or not, or `NotFound`."""
        found = self.notices.get(notice_hash)
        if found is None:
            raise NotFound("no notice with this hash is held", field="notice")
        return found

    def counts(self, signed: SignedNotice) -> bool:
        """Whether a held notice has its effect: those who signed it still speak for the node."""
        return counts(signed, self.member(signed.notice.node))

    def numbered(self, notice_hash: str) -> tuple[SignedNotice, ...]:
        """Other suspensions of the node and number of this one; all of them, and it, count."""
        mine = self.notice(notice_hash)
        if not self.counts(mine):
            return ()
        alike = (n for n in self.notices.values() if same_number(n, mine))
        return tuple(sorted((n for n in alike if self.counts(n)), key=lambda n: n.hash))

    def notices_with(self, peer: str) -> tuple[SignedNotice, ...]:
        """What this node and a peer must both hold: terminations and suspensions between the two,
        and all revocations; those that count, by hash.
        """
        return tuple(
            self.notices[name]
            for name in sorted(self.notices)
            if self._shared(self.notices[name], peer) and self.counts(self.notices[name])
        )

    def disputed(self) -> tuple[Disputed, ...]:
        """Everything held that a revoked authority key signed and that does not count any more."""
        doubtful = (n for n in self.notices.values() if not self.counts(n))
        return all_disputed(self.members, self.agreements.values(), doubtful)

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
            if self.members[node].void:
                return f"the card of {node} is signed with revoked keys"
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
        """What `digests.cards_digest` says of all that is held and counts."""
        return cards_digest(self.members.values(), filter(self.counts, self.notices.values()))

    def digest_agreements(self, peer: str) -> str:
        """What `digests.agreements_digest` says of all that this node and a peer share."""
        agreements = self.agreements.values()
        return agreements_digest(agreements, self.notices_with(peer), self.own, peer)

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

    def _shared(self, signed: SignedNotice, peer: str) -> bool:
        notice = signed.notice
        return isinstance(notice, Revocation) or notice.concerns(self.own, peer)

    def _keeping(self, before: Directory, unchanged: Callable[[str, str], bool]) -> Directory:
        """This new snapshot, with the prepared pairs of an earlier one that nothing has changed."""
        prepared = before._pairs.copy()
        self._pairs.update({pair: found for pair, found in prepared.items() if unchanged(*pair)})
        return self

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
        offered = key_digests(member.card)
        for other, known in self.members.items():
            if other != node and not offered.isdisjoint(known.keys):
                raise Conflict(
                    f"{node} names a key that {other} has or had",
                    field="card",
                    remedy="every key belongs to one node: have new keys made",
                )
        member = judged(member, self.notices.values())
        agreements = {h: held.reconsidered(member) for h, held in self.agreements.items()}
        changed = replace(self, members={**self.members, node: member}, agreements=agreements)
        return changed._keeping(self, lambda a, b: node not in (a, b))

    def _prepare(self, sender: str, recipient: str) -> Pair:
        signed = self._signed_by()
        both = signed.get(sender, frozenset()) & signed.get(recipient, frozenset())
        texts = tuple(self.agreements[name].signed for name in both)
        notices = [n for n in between(self.notices.values(), sender, recipient) if self.counts(n)]
        problem = self.listing_problem(sender, recipient)
        cards = self.card(sender).card, self.card(recipient).card
        return prepare(*cards, problem, shared(texts, notices))

    def _signed_by(self) -> dict[str, frozenset[str]]:
        """The hashes of the agreements that each node has signed; worked out once."""
        if not self._signed and self.agreements:
            found: dict[str, set[str]] = {}
            for held in self.agreements.values():
                for node in held.signers:
                    found.setdefault(node, set()).add(held.hash)
            self._signed.update({node: frozenset(names) for node, names in found.items()})
        return self._signed
