"""A book starts again from what it stored, also where a card rests on a revocation."""

from __future__ import annotations

import os

from core_notices import moment
from relec_exchange.adapters.keyfiles import read_authority
from relec_exchange.ports import OfferedNote
from relec_exchange.testing import NETWORK, PASSPHRASE, SimulatedNetwork
from relec_exchange.trust.card import Card
from relec_exchange.trust.card_parts import AuthorityKeys, SuccessorKeys
from relec_exchange.trust.drafts import draft_card
from relec_exchange.trust.drafts_notices import draft_revocation
from relec_exchange.trust.note import sign_text
from relec_exchange.trust.revocation import Revocation
from relec_exchange.trust.signature import HybridKey


def test_a_card_of_the_successor_is_loaded_after_the_revocation_it_rests_on(
    network: SimulatedNetwork,
) -> None:
    pk = network.node("pk")
    old = pk.book.current.card("tr").card
    keys = network.home("tr") / "keys" / "authority-next.key"
    following = read_authority(keys, PASSPHRASE)
    now = moment(network)
    stolen = Revocation(
        network=NETWORK,
        network_kind="exercise",
        node="tr",
        kind="authority",
        key=old.authority.public().fingerprint(),
        since=now,
        issued=now,
        reason="A simulated theft.",
        good_card=old.version,
        good_texts=tuple(pk.book.current.agreements),
        successor=SuccessorKeys.of(following.public()),
    )
    note = sign_text(draft_revocation(stolen), following)
    pk.book.adopt([OfferedNote("revocation", note)], pk.journal, network.clock())
    fields = old.model_dump(by_alias=True)
    fields |= {"version": old.version + 1, "name": "signed by the successor"}
    later = HybridKey.generate(f"{NETWORK}/tr/authority", "note", os.urandom)
    authority = AuthorityKeys.of(following.public(), later.public())
    fields["authority"] = authority.model_dump(by_alias=True)
    card = sign_text(draft_card(Card.model_validate(fields)), following)
    pk.book.adopt([OfferedNote("card", card)], pk.journal, network.clock())
    before = pk.book.current
    network.close("pk")
    after = network.open("pk").book.current
    assert after.card("tr").card.name == "signed by the successor"
    assert after.digest_cards() == before.digest_cards()
    assert after.digest_agreements("tr") == before.digest_agreements("tr")
