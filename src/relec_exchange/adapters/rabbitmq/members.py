"""The members of a network as the broker's operator sees them: a directory of card files.

The operator needs no agreement and no key of any member, only their cards (`*.card`). Each card is
checked by itself and against older ones in the same directory; whether its fingerprint is that of
the state it names is compared outside the network, as everywhere.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from relec_exchange.adapters.rabbitmq.topology import Member
from relec_exchange.errors import Conflict, InvalidInput, Misconfigured, NotFound, RelecError
from relec_exchange.trust.card import SignedCard, authority_fingerprint, parse_card


@dataclass(frozen=True, slots=True)
class MemberCard:
    """A member and the card that says so; `fingerprint` is that of its authority keys, in hex."""

    member: Member
    version: int
    fingerprint: str


def members_from_cards(
    directory: Path, at: datetime, *, overlap: bool = False
) -> tuple[MemberCard, ...]:
    """The newest valid card of each node, sorted by node.

    With `overlap` the users of its earlier cards in the directory stay, as far as those are valid.

    Errors: NotFound (no card at all: an empty set would take every member off the broker),
    Misconfigured (a file is no card), InvalidInput (a member without a card valid `at`), Conflict
    (two networks, two texts of one version, or keys that do not follow from the older card).
    """
    cards = [_read(path) for path in sorted(directory.glob("*.card"))]
    if not cards:
        raise NotFound(
            f"there is no card in {directory}",
            field="cards",
            remedy="put the members' *.card files there",
        )
    networks = {(each.card.network, each.card.network_kind) for each in cards}
    if len(networks) > 1:
        names = " and ".join(sorted(f"{name} ({kind})" for name, kind in networks))
        raise Conflict(f"the cards belong to {names}", remedy="a broker serves one network")
    nodes = sorted({each.card.node for each in cards})
    return tuple(
        _newest([each for each in cards if each.card.node == n], at, overlap) for n in nodes
    )


def _read(path: Path) -> SignedCard:
    try:
        return parse_card(path.read_bytes())
    except RelecError as error:
        raise Misconfigured(f"{path}: {error.message}", field=error.field) from error
    except OSError as error:
        raise Misconfigured(f"{path} cannot be read: {error.strerror}") from error


def _newest(cards: Iterable[SignedCard], at: datetime, overlap: bool) -> MemberCard:
    ordered = sorted(cards, key=lambda each: each.card.version)
    for older, newer in itertools.pairwise(ordered):
        _check_follows(older, newer)
    valid = [each for each in ordered if each.card.valid_at(at)]
    if not valid:
        raise InvalidInput(
            f"no card of {ordered[-1].card.node} is valid now",
            field="valid_until",
            remedy="get its new card; to take it off the broker, remove its card files",
        )
    card = valid[-1].card
    partners = {each.node: frozenset(each.classes) for each in card.partners}
    earlier = dict.fromkeys(each.card.broker.user for each in valid[:-1]) if overlap else {}
    former = tuple(user for user in earlier if user != card.broker.user)
    member = Member(card.node, card.broker.user, partners, former)
    return MemberCard(member, card.version, authority_fingerprint(card))


def _check_follows(older: SignedCard, newer: SignedCard) -> None:
    if older.card.version == newer.card.version:
        if older.hash != newer.hash:
            raise Conflict(
                f"{older.card.node} has two cards of version {older.card.version}",
                remedy="ask its authority which one it signed, and tell all members",
            )
        return
    allowed = {authority_fingerprint(older.card), older.card.authority.next}
    if authority_fingerprint(newer.card) not in allowed:
        raise Conflict(
            f"version {newer.card.version} of {newer.card.node} is signed by keys that version "
            f"{older.card.version} does not announce",
            remedy="compare fingerprints with its authority; if it is right, remove the old card",
        )
