"""Dishonest partners, thieves of authority keys, clumsy operators, and what they cannot stop."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core_network import begun
from core_notices import agreement_text, bilateral, later_card, moment
from relec_exchange.adapters.keyfiles import read_authority
from relec_exchange.errors import Conflict
from relec_exchange.ports import OfferedNote
from relec_exchange.testing import NETWORK, PASSPHRASE, SimulatedNetwork
from relec_exchange.trust.card import Card
from relec_exchange.trust.card_parts import AuthorityKeys, SealingEpoch, SuccessorKeys
from relec_exchange.trust.drafts import draft_card
from relec_exchange.trust.drafts_notices import draft_revocation, draft_suspension
from relec_exchange.trust.note import merge_signatures, sign_text
from relec_exchange.trust.notices import parse_notice
from relec_exchange.trust.revocation import Revocation
from relec_exchange.trust.signature import HybridKey
from relec_exchange.trust.suspension import Suspension

THREE = ("tr", "pk", "iq")


@pytest.fixture
def network(tmp_path: Path) -> Iterator[SimulatedNetwork]:
    with begun(tmp_path) as made:
        yield made


@pytest.fixture
def three(tmp_path: Path) -> Iterator[SimulatedNetwork]:
    with begun(tmp_path, *THREE) as made:
        yield made


def adopt(network: SimulatedNetwork, name: str, kind: str, note: bytes) -> None:
    node = network.node(name)
    node.book.adopt([OfferedNote(kind, note)], node.journal, network.clock())  # type: ignore[arg-type]


def announced(network: SimulatedNetwork, name: str = "tr") -> HybridKey:
    """The keys that the card of a node announces."""
    return read_authority(network.home(name) / "keys" / "authority-next.key", PASSPHRASE)


def fresh(name: str = "tr") -> HybridKey:
    """Authority keys that a thief of this node has made."""
    return HybridKey.generate(f"{NETWORK}/{name}/authority", "note", os.urandom)


def card_of(network: SimulatedNetwork, version: int, keys: HybridKey, following: HybridKey) -> str:
    """A card of tr with these keys."""
    card = network.node("tr").book.current.card("tr").card
    authority = AuthorityKeys.of(keys.public(), following.public())
    fields = card.model_dump(by_alias=True)
    fields |= {"version": version, "authority": authority.model_dump(by_alias=True)}
    return draft_card(Card.model_validate(fields))


def revoked(network: SimulatedNetwork, **more: Any) -> bytes:
    """tr's successor revokes tr's first authority keys."""
    old, following = network.node("tr").book.current.member("tr").history[0], announced(network)
    now = moment(network)
    fields: dict[str, Any] = {
        "network": NETWORK,
        "network_kind": "exercise",
        "node": "tr",
        "kind": "authority",
        "key": old.authority,
        "since": now,
        "issued": now,
        "reason": "A simulated theft.",
        "good_card": old.version,
        "successor": SuccessorKeys.of(following.public()),
        **more,
    }
    return sign_text(draft_revocation(Revocation(**fields)), following)


def restarted(network: SimulatedNetwork, name: str) -> None:
    """A node starts again, and knows what it knew."""
    before = network.node(name).book.current
    network.close(name)
    after = network.open(name).book.current
    assert after.digest_cards() == before.digest_cards()
    for peer in network.names:
        if peer != name:
            assert after.digest_agreements(peer) == before.digest_agreements(peer)
    assert after.disputed() == before.disputed()
    assert {h: held.signers for h, held in after.agreements.items()} == {
        h: held.signers for h, held in before.agreements.items()
    }


# ---- who starts again after the theft of an authority ------------------------------------------


@pytest.mark.parametrize("attempt", range(4))
def test_a_node_starts_again_though_thief_and_successor_signed_cards_of_one_version(
    network: SimulatedNetwork, attempt: int
) -> None:
    thief, following = fresh(), announced(network)
    version = network.node("pk").book.current.card("tr").card.version + 1
    stolen = sign_text(
        card_of(network, version, network.authority("tr"), thief), network.authority("tr")
    )
    adopt(network, "pk", "card", stolen)
    adopt(network, "pk", "revocation", revoked(network))
    adopt(
        network, "pk", "card", sign_text(card_of(network, version, following, fresh()), following)
    )
    assert network.node("pk").book.current.card("tr").card.version == version
    restarted(network, "pk")


def test_a_node_starts_again_with_texts_that_only_the_keys_of_a_thief_have_signed(
    network: SimulatedNetwork,
) -> None:
    thief, mine = fresh(), network.authority("tr")
    version = network.node("pk").book.current.card("tr").card.version + 1
    adopt(network, "pk", "card", sign_text(card_of(network, version, mine, thief), mine))
    text = card_of(network, version + 1, thief, fresh())
    adopt(network, "pk", "card", merge_signatures(sign_text(text, thief), sign_text(text, mine)))
    adopt(network, "pk", "agreement", sign_text(agreement_text(network, "tr", "pk"), thief))
    adopt(network, "pk", "revocation", revoked(network))
    restarted(network, "pk")


def test_a_thief_who_signs_a_good_text_again_takes_nothing_from_it(
    network: SimulatedNetwork,
) -> None:
    thief, mine = fresh(), network.authority("tr")
    good = bilateral(network, "tr", "pk")
    version = network.node("pk").book.current.card("tr").card.version + 1
    adopt(network, "pk", "card", sign_text(card_of(network, version, mine, thief), mine))
    text = card_of(network, version + 1, thief, fresh())
    adopt(network, "pk", "card", merge_signatures(sign_text(text, thief), sign_text(text, mine)))
    held = network.node("pk").book.current.agreements[good]
    adopt(network, "pk", "agreement", sign_text(held.signed.text, thief))
    adopt(network, "pk", "revocation", revoked(network, good_texts=(good,)))
    assert network.node("pk").book.current.agreements[good].signers == {"tr", "pk"}
    restarted(network, "pk")


# ---- a partner that borrows keys ---------------------------------------------------------------


def _dumped(epochs: Iterable[SealingEpoch]) -> tuple[dict[str, Any], ...]:
    return tuple(epoch.model_dump(by_alias=True) for epoch in epochs)


def test_nobody_borrows_a_key_that_another_member_had_once(three: SimulatedNetwork) -> None:
    """Its owner's card names it no more; who holds the earlier card and who does not must agree."""
    old = three.node("tr").book.current.card("tr").card.sealing[0]
    left = three.node("tr").book.current.card("tr").card.sealing[1:]
    later = later_card(three, "tr", "later", sealing=_dumped(left))
    adopt(three, "pk", "card", later)
    borrowed = later_card(three, "iq", "borrowed", sealing=_dumped((old,)))
    with pytest.raises(Conflict):
        adopt(three, "pk", "card", borrowed)
    restarted(three, "pk")


# ---- two suspensions of one number -------------------------------------------------------------


def numbered(network: SimulatedNetwork, key: HybridKey, reason: str) -> bytes:
    """Suspension 1 of tr, as somebody signed it."""
    return sign_text(
        draft_suspension(
            Suspension(
                network=NETWORK,
                network_kind="exercise",
                node="tr",
                number=1,
                action="suspend",
                **{"with": ("pk",)},  # type: ignore[arg-type]
                issued=moment(network),
                reason=reason,
            )
        ),
        key,
    )


def test_a_node_starts_again_though_a_second_suspension_of_a_number_is_called_good(
    network: SimulatedNetwork,
) -> None:
    one = numbered(network, network.authority("tr"), "Before the theft.")
    adopt(network, "pk", "suspension", one)
    adopt(network, "pk", "revocation", revoked(network))
    adopt(network, "pk", "suspension", numbered(network, announced(network), "After the theft."))
    good = (parse_notice(one).hash,)
    adopt(network, "pk", "revocation", revoked(network, good_texts=good, reason="Again."))
    restarted(network, "pk")
