"""What revocations leave of a member: its last good card, its keys, and what is disputed.

Contract: pure. `judged` depends on all cards that were admitted and all revocations that are held,
not on the order in which they came. A revocation of authority keys counts for good; the others
count while the node stands by whoever signed them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from relec_exchange.trust.card import SignedCard, parse_card
from relec_exchange.trust.held import HeldAgreement
from relec_exchange.trust.member import Barrier, LogKey, Member, PastCard, log_keys
from relec_exchange.trust.notices import SignedNotice
from relec_exchange.trust.revocation import Revocation
from relec_exchange.trust.signature import HybridPublic


@dataclass(frozen=True, slots=True)
class Disputed:
    """Something that a revoked authority key signed, and that does not count until signed again.

    `what` is the kind of text, `subject` the version of a card, the title of an agreement or the
    hash of a notice.
    """

    node: str
    what: Literal["card", "agreement", "termination", "suspension", "revocation"]
    subject: str
    hash: str


def judged(member: Member, notices: Iterable[SignedNotice]) -> Member:
    """The member as these revocations leave it (other notices are ignored)."""
    node = member.card.node
    own = [
        (signed, signed.notice)
        for signed in notices
        if isinstance(signed.notice, Revocation) and signed.notice.node == node
    ]
    barriers = _barriers([notice for _, notice in own])
    if barriers:
        member = _fallen_back(replace(member, barriers=MappingProxyType(barriers)))
    counting = [
        notice
        for signed, notice in own
        if notice.kind != "authority" and member.stands_by(signed.signers, signed.hash)
    ]
    revoked = frozenset(n.key for n in counting if n.kind in ("sealing", "witness"))
    return replace(member, revoked=revoked, logs=_limited(member, counting))


def all_disputed(
    members: Mapping[str, Member],
    agreements: Iterable[HeldAgreement],
    notices: Iterable[SignedNotice],
) -> tuple[Disputed, ...]:
    """Cards, agreements and (of those given) notices that do not count any more."""
    texts = [
        Disputed(node, "agreement", held.agreement.title, held.hash)
        for held in agreements
        for node in sorted(held.disputed)
    ]
    cards = [one for node in sorted(members) for one in _cards(members[node])]
    return (*cards, *texts, *(Disputed(n.notice.node, n.kind, n.hash, n.hash) for n in notices))


def _cards(member: Member) -> Iterator[Disputed]:
    good = set(member.versions.values())
    for past in member.history:
        if past.hash not in good:
            yield Disputed(member.card.node, "card", str(past.version), past.hash)


def _barriers(revocations: Sequence[Revocation]) -> dict[str, Barrier]:
    """What counts of the revocations of each authority key.

    Of several successors the one that goes back furthest counts: a thief may revoke with a
    successor of their own, but only in the name of a card that they made.
    """
    found: dict[str, Barrier] = {}
    for key in {r.key for r in revocations if r.kind == "authority"}:
        of_key = [barrier for r in revocations if r.key == key for barrier in _barrier(r)]
        first = min(of_key, key=lambda b: (b.good_card, b.successor.fingerprint()))
        alike = [b for b in of_key if b.successor == first.successor]
        texts = frozenset(text for b in alike for text in b.good_texts)
        found[key] = replace(first, good_texts=texts)
    return found


def _barrier(revocation: Revocation) -> Iterator[Barrier]:
    if revocation.successor is not None and revocation.good_card is not None:
        successor = revocation.successor.public()
        yield Barrier(revocation.good_card, frozenset(revocation.good_texts), successor)


def _fallen_back(member: Member) -> Member:
    """The newest card that is left, and the chain of authority keys that leads to it."""
    chain = [member.history[0].authority]  # compared by an officer, so no thief chose it
    good: list[PastCard] = []
    for past in member.history:
        if _holds(past, good, member):
            good.append(past)
            if past.authority not in chain:
                chain.append(past.authority)
    barrier = member.barriers.get(chain[-1])
    while barrier is not None and barrier.successor.fingerprint() not in chain:
        chain.append(barrier.successor.fingerprint())
        barrier = member.barriers.get(chain[-1])
    signed = _card_of(member, (good or member.history[:1])[-1])
    return replace(
        member,
        signed=signed,
        authorities=_authorities(chain, member),
        versions=MappingProxyType({past.version: past.hash for past in good}),
        void=not good,
    )


def _authorities(chain: Sequence[str], member: Member) -> tuple[HybridPublic, ...]:
    """The keys of these fingerprints; also of cards that were disputed and are good again."""
    publics = {public.fingerprint(): public for public in member.authorities}
    publics.update({b.successor.fingerprint(): b.successor for b in member.barriers.values()})
    for past in member.history:
        if past.authority in chain and past.authority not in publics:
            publics[past.authority] = _card_of(member, past).card.authority.public()
    return tuple(publics[fingerprint] for fingerprint in chain)


def _holds(past: PastCard, good: Sequence[PastCard], member: Member) -> bool:
    """Whether a card is left: its keys were good that far, and an earlier good card led to them."""
    barrier = member.barriers.get(past.authority)
    if barrier is not None and past.version > barrier.good_card:
        return False
    if any(b.successor.fingerprint() == past.authority for b in member.barriers.values()):
        return True
    return not good or past.authority in (good[-1].authority, good[-1].announced)


def _card_of(member: Member, past: PastCard) -> SignedCard:
    return member.signed if member.signed.hash == past.hash else parse_card(past.note)


def _limited(member: Member, counting: Iterable[Revocation]) -> MappingProxyType[str, LogKey]:
    logs = dict(log_keys(member.card))
    for notice in counting:
        log = logs.get(notice.key)
        if notice.kind == "log" and log is not None and notice.good_size is not None:
            good = min(
                notice.good_size, notice.good_size if log.good_size is None else log.good_size
            )
            logs[notice.key] = replace(log, good_size=good)
    return MappingProxyType(logs)


def successor_known(member: Member, revocation: Revocation, successor: HybridPublic) -> bool:
    """Whether these keys may revoke the authority keys that a revocation names.

    They may if a good card announced them, or if they are later authority keys of the node.
    """
    announced = [
        past
        for past in member.history
        if past.authority == revocation.key and past.announced == successor.fingerprint()
    ]
    if any(past.version <= (revocation.good_card or 0) for past in announced):
        return True
    earlier = [p.version for p in member.history if p.version <= (revocation.good_card or 0)]
    if announced and not earlier:
        return True
    order = [public.fingerprint() for public in member.authorities]
    if successor.fingerprint() not in order:
        return False
    place = order.index(successor.fingerprint())
    return revocation.key not in order or order.index(revocation.key) < place
