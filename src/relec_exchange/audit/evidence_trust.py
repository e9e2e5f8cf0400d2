"""Whose keys the cards of a bundle give, and what two nodes had agreed by its texts.

Contract: the directory that a node would have if it held exactly the cards, notices and agreements
of the bundle, admitted by the fingerprints that somebody compared. Raises `EvidenceRefused`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ParamSpec, TypeVar

from relec_exchange.audit.evidence import Bundle
from relec_exchange.audit.evidence_report import EvidenceRefused
from relec_exchange.errors import Conflict, InvalidInput, Reason, RelecError, Unverified
from relec_exchange.message.catalogue import CATALOGUE, Features
from relec_exchange.trust.agreement import SignedAgreement, parse_agreement
from relec_exchange.trust.card import SignedCard, authority_fingerprint, parse_card
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.noticed import between, shared
from relec_exchange.trust.notices import parse_notice
from relec_exchange.trust.pair import Pair, prepare

NOBODY = "verifier"
"""The directory is of no member: whoever judges evidence stands outside the network."""

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Trust:
    """What the texts of a bundle amount to; `texts` are its agreements by hash, signed or not."""

    directory: Directory
    compared: Mapping[str, str]
    texts: Mapping[str, SignedAgreement]

    def sure(self, *nodes: str) -> bool:
        """Whether the authority of each of these nodes was compared."""
        return all(node in self.compared for node in nodes)


def trust_of(bundle: Bundle, compared: Mapping[str, str]) -> Trust:
    """Admit cards and notices of a bundle."""
    cards = [read(parse_card, note, "card-signature") for note in bundle.cards]
    notices = [read(parse_notice, note, "notice") for note in bundle.notices]
    networks = {(c.card.network, c.card.network_kind) for c in cards}
    networks |= {(n.notice.network, n.notice.network_kind) for n in notices}
    if len(networks) != 1 or {name for name, _ in networks} != {bundle.network} or not cards:
        raise EvidenceRefused("network", "cards or notices are of another network than the bundle")
    directory = Directory(bundle.network, cards[0].card.network_kind, NOBODY)
    waiting: list[SignedCard] = []
    for node in dict.fromkeys(one.card.node for one in cards):
        own = sorted((c for c in cards if c.card.node == node), key=lambda c: c.card.version)
        directory, left = _admitted(directory, _from_compared(own, compared.get(node, "")))
        waiting += left
    for notice in notices:
        directory = _judged("notice", directory.with_notice, notice.note)
    for card in waiting:  # a card may rest on a revocation
        directory = _update(directory, card)
    return Trust(directory, compared, {})


def with_agreements(trust: Trust, notes: Iterable[str]) -> Trust:
    """The same with these agreements held, as far as a known party has signed them."""
    directory, texts = trust.directory, dict(trust.texts)
    for note in notes:
        signed = read(parse_agreement, note, "agreement-signature")
        of = (signed.agreement.network, signed.agreement.network_kind)
        if of != (directory.network, directory.network_kind):
            raise EvidenceRefused("network", "an agreement is of another network than the cards")
        texts[signed.hash] = signed
        if _some_known(directory, signed):
            directory = _judged("agreement-signature", directory.with_agreement, signed.note)
    return Trust(directory, trust.compared, texts)


def read(parse: Callable[[bytes], T], note: str, signature: str) -> T:
    """A signed text, or what is wrong with it; `signature` is the code of a wrong signature."""
    try:
        return parse(note.encode())
    except Unverified as error:
        malformed = error.reason is Reason.PROOF_MALFORMED
        raise EvidenceRefused(error.reason.code if malformed else signature, error.detail) from None
    except RelecError as error:
        raise EvidenceRefused("text-malformed", error.message) from None


def agreed(
    trust: Trust, named: str, features: Features, at: datetime, whole: bool
) -> tuple[str, bool]:
    """The id of the grant of the named text that allows a message, and whether the text was in
    force then; if not, the type is one that closes open business. `whole` if its header is known.

    Raises `EvidenceRefused`: `agreement-unsigned`, `agreement-not-in-force`, `agreement-suspended`,
    `agreement-grant`.
    """
    pair = _pair(trust.directory, features, at, named)
    kind = CATALOGUE.get(features.type)
    closes = kind is not None and kind.closes
    span = pair.span(named)
    begun = trust.texts[named].agreement.valid_from <= at
    stood = span is not None and span.starts <= at < span.ends
    if not begun or not (closes or stood):
        raise EvidenceRefused("agreement-not-in-force", "the agreement was not in force then")
    if any(halt.stops(features, closes, at) for halt in pair.halts):
        raise EvidenceRefused("agreement-suspended", "such messages were stopped")
    for option in pair.options.get(features.type, ()):
        if option.agreement_hash == named and (not whole or option.fits(features)):
            return option.grant.id, stood
    raise EvidenceRefused("agreement-grant", "the agreement allows no such message")


def _pair(directory: Directory, features: Features, at: datetime, named: str) -> Pair:
    """What the two shared, counting suspensions that had been told by then."""
    both = {features.sender, features.recipient}
    texts = tuple(h.signed for h in directory.agreements.values() if both <= h.signers)
    if named not in {text.hash for text in texts}:
        raise EvidenceRefused("agreement-unsigned", "one of the two has not signed the agreement")
    counting = [n for n in directory.notices.values() if directory.counts(n)]
    told = [
        n
        for n in between(counting, features.sender, features.recipient)
        if n.kind == "termination" or n.notice.issued <= at
    ]
    cards = (directory.card(features.sender).card, directory.card(features.recipient).card)
    return prepare(cards[0], cards[1], "", shared(texts, told))


def _from_compared(own: Sequence[SignedCard], compared: str) -> Sequence[SignedCard]:
    """The cards from the first one of the authority that was compared on."""
    if not compared:
        return own
    for place, card in enumerate(own):
        if authority_fingerprint(card.card) == compared:
            return own[place:]
    node = own[0].card.node
    raise EvidenceRefused("authority", f"{node}: no card is of the authority that was compared")


def _admitted(
    directory: Directory, own: Sequence[SignedCard]
) -> tuple[Directory, list[SignedCard]]:
    """With the cards of one node, and those that may need a notice first."""
    first, waiting = own[0], []
    fingerprint = authority_fingerprint(first.card)
    directory = _judged("card-chain", directory.admit_first, first.note, fingerprint)
    for card in own[1:]:
        try:
            directory = _update(directory, card)
        except EvidenceRefused as refused:
            if refused.code != "card-chain":
                raise
            waiting.append(card)
    return directory, waiting


def _update(directory: Directory, card: SignedCard) -> Directory:
    try:
        return directory.admit_update(card.note)
    except Conflict as error:
        raise EvidenceRefused("card-conflict", error.message) from None
    except RelecError as error:
        raise EvidenceRefused("card-chain", error.message) from None


def _judged(code: str, admit: Callable[P, Directory], *given: P.args, **_: P.kwargs) -> Directory:
    try:
        return admit(*given, **_)
    except InvalidInput as error:
        raise EvidenceRefused("text-malformed", error.message) from None
    except RelecError as error:
        raise EvidenceRefused(code, error.message) from None


def _some_known(directory: Directory, signed: SignedAgreement) -> bool:
    return any(
        public.signed_by(lines)
        for node, lines in signed.signatures.items()
        if node in directory.members
        for public in directory.members[node].authorities
    )
