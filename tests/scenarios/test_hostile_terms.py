"""Dishonest partners, thieves of authority keys, clumsy operators, and what they cannot stop."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core_network import alarms, begun, entries, events
from core_notices import (
    agreement_text,
    bilateral,
    import_notice,
    later_card,
    moment,
    suspension,
)
from relec_exchange.adapters.keyfiles import read_authority
from relec_exchange.errors import Conflict
from relec_exchange.journal.control import control_send
from relec_exchange.journal.plan import Plan
from relec_exchange.ports import OfferedNote
from relec_exchange.rounds import notes
from relec_exchange.testing import NETWORK, OFFICER, PASSPHRASE, SimulatedNetwork
from relec_exchange.trust.card import Card
from relec_exchange.trust.card_parts import AuthorityKeys, SealingEpoch, SuccessorKeys
from relec_exchange.trust.drafts import draft_card
from relec_exchange.trust.drafts_notices import (
    draft_revocation,
    draft_suspension,
    draft_termination,
)
from relec_exchange.trust.note import merge_signatures, sign_text
from relec_exchange.trust.notices import parse_notice
from relec_exchange.trust.revocation import Revocation
from relec_exchange.trust.signature import HybridKey
from relec_exchange.trust.suspension import Suspension
from relec_exchange.trust.termination import Termination

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


def known(network: SimulatedNetwork, name: str) -> tuple[object, ...]:
    """What a node knows of cards and texts, and what of it is disputed."""
    book = network.node(name).book.current
    return (
        book.digest_cards(),
        [book.digest_agreements(peer) for peer in network.names if peer != name],
        book.disputed(),
        {text: held.signers for text, held in book.agreements.items()},
    )


def restarted(network: SimulatedNetwork, name: str) -> tuple[object, ...]:
    """What a node knows after it was started again."""
    network.close(name)
    network.open(name)
    return known(network, name)


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
    before = known(network, "pk")
    assert restarted(network, "pk") == before


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
    before = known(network, "pk")
    assert restarted(network, "pk") == before


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
    before = known(network, "pk")
    assert restarted(network, "pk") == before


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


# ---- what nobody but its own operator changes --------------------------------------------------


def send(network: SimulatedNetwork, name: str, to: str, kind: str, body: dict[str, Any]) -> None:
    """A control message that a node's operator makes by hand."""
    node, now = network.node(name), network.clock()
    message, secrets = control_send(node.book.current, to, kind, body, now, os.urandom)
    node.journal.write(Plan(sends=(message,), secrets=secrets))


def test_a_node_takes_its_own_card_from_its_own_operator_alone(
    network: SimulatedNetwork,
) -> None:
    """A thief of the authority gives it keys that the node does not have: it would fall silent."""
    tr = network.node("tr")
    before = tr.book.current.card("tr")
    epochs = tuple(SealingEpoch.of(os.urandom(1216), e.starts, e.ends) for e in before.card.sealing)
    note = later_card(network, "tr", "The thief's", sealing=_dumped(epochs))
    send(network, "pk", "tr", "card.update", {"cards": [note.decode()]})
    network.run()
    assert tr.book.current.card("tr").hash == before.hash
    assert ("card-not-ours", "tr") in alarms(tr)
    before = known(network, "tr")
    assert restarted(network, "tr") == before


def test_a_node_hears_of_cards_that_a_thief_has_given_to_others(three: SimulatedNetwork) -> None:
    adopt(three, "pk", "card", later_card(three, "tr", "The thief's"))
    three.pass_minutes(15)
    assert alarms(three.node("tr")) == [("card-not-ours", "tr")]
    assert alarms(three.node("pk")) == alarms(three.node("iq")) == []


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
    before = known(network, "pk")
    assert restarted(network, "pk") == before


# ---- odd and many texts ------------------------------------------------------------------------


@pytest.mark.parametrize("day", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)])
def test_dates_at_the_ends_of_time_break_no_list(network: SimulatedNetwork, day: datetime) -> None:
    """A partner may sign any date; whoever looks must still see everything else."""
    tr, pk = network.node("tr"), network.node("pk")
    suspended = suspension(network, "tr", issued=day, until=day + timedelta(hours=1))
    text = draft_termination(
        Termination(
            network=NETWORK,
            network_kind="exercise",
            node="tr",
            agreement=bilateral(network, "tr", "pk"),
            **{"with": ("pk",)},  # type: ignore[arg-type]
            issued=day,
            effective=day + timedelta(hours=24),
            reason="At the end of time.",
        )
    )
    import_notice(network, "tr", suspended)
    import_notice(network, "tr", sign_text(text, network.authority("tr")))
    more = {"valid_from": day, "valid_until": day + timedelta(hours=20)}
    note = sign_text(agreement_text(network, "tr", "pk", **more), network.authority("tr"))
    tr.desk.import_agreement(note.decode(), OFFICER)
    network.pass_minutes(3)
    for node in (tr, pk):
        assert len(node.desk.notices()) == 2
        node.desk.expiring(60)
        assert len(node.desk.agreements()) == 3
        question = {"type": "warning.notice", "sender": "tr", "recipient": "pk"}
        assert node.desk.check({**question, "area": "migrant_smuggling"})["explanation"]
    before = known(network, "pk")
    assert restarted(network, "pk") == before


def test_the_same_text_with_other_strange_lines_is_adopted_once(network: SimulatedNetwork) -> None:
    """Lines of unknown keys wait for a card; they are no news, and no entry of a log."""
    text = agreement_text(network, "tr", "pk")
    signed = sign_text(text, network.authority("tr"))
    adopt(network, "pk", "agreement", signed)
    before = len(entries(network.node("pk"), "adopted"))
    for _ in range(5):
        again = sign_text(text, network.authority("tr"))
        adopt(network, "pk", "agreement", merge_signatures(again, sign_text(text, fresh("pk"))))
    assert len(entries(network.node("pk"), "adopted")) == before
    assert len(events(network.node("pk"), "agreement.adopted")) == 1 + 2  # two when it was founded


def test_a_partner_cannot_fill_the_store_with_texts_that_only_it_has_signed(
    network: SimulatedNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notes, "UNSIGNED_MAX", 4)
    mine, pk = network.authority("tr"), network.node("pk")
    before = len(pk.book.current.agreements)
    texts = [agreement_text(network, "tr", "pk", title=f"Number {n}") for n in range(7)]
    for text in texts:
        pk._notes.offer([OfferedNote("agreement", sign_text(text, mine))])
    pk._notes.settle(network.clock())
    assert len(pk.book.current.agreements) - before == 4
    ours = sign_text(texts[-1], network.authority("pk"))
    both = merge_signatures(sign_text(texts[-1], mine), ours)
    pk._notes.offer([OfferedNote("agreement", both)])
    pk._notes.settle(network.clock())
    assert len(pk.book.current.agreements) - before == 5
