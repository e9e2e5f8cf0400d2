"""What ends by the clock: sealing epochs, messages, and the patience with a silent partner."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core_network import captured, check_logs, entries, events, inbox_ids, sent, state, warning
from relec_exchange.journal.plan import Plan
from relec_exchange.message.identifiers import message_id
from relec_exchange.records import OutboxRow, Where
from relec_exchange.rounds.expiry import Expiry
from relec_exchange.testing import SimulatedNetwork
from relec_exchange.trust.card import SignedCard, parse_card

LIFE = timedelta(days=28)


def epoch_ends(network: SimulatedNetwork, name: str = "pk") -> list[tuple[str, timedelta]]:
    """Ids of a node's epochs in order, and how long from now until each ends."""
    card = network.node(name).book.current.card(name).card
    now = network.clock()
    return [(epoch.id, epoch.ends - now) for epoch in card.sealing]


def expiry(network: SimulatedNetwork, name: str = "pk") -> Expiry:
    node = network.node(name)
    return Expiry(node.store, node.journal, lambda: node.book.current, node._keys)


def erased(network: SimulatedNetwork, name: str = "pk") -> list[str]:
    return [e["subject"] for e in entries(network.node(name), "erased")]


def test_a_sealing_key_is_destroyed_a_lifetime_after_its_epoch_and_logged(
    network: SimulatedNetwork,
) -> None:
    node = network.node("pk")
    (first, ends), (second, _) = epoch_ends(network)[:2]
    network.clock.forward(seconds=(ends + LIFE).total_seconds() - 60)
    network.run()
    assert first in node._keys.sealing_ids()
    network.clock.forward(minutes=2)
    network.run()
    assert first not in node._keys.sealing_ids()
    assert second in node._keys.sealing_ids()
    assert node._keys.sealing(first) is None
    assert erased(network) == [first]
    path = network.home("pk") / "keys" / "sealing" / f"{first}.key"
    assert not path.exists()
    network.pass_minutes(3)
    assert erased(network) == [first]
    check_logs(network)


def test_recorded_traffic_cannot_be_opened_once_the_epoch_is_destroyed(
    network: SimulatedNetwork,
) -> None:
    envelope = captured(network, warning(network))
    _, ends = epoch_ends(network)[0]
    network.clock.forward(seconds=(ends + LIFE).total_seconds() + 60)
    network.run()
    verdict = network.node("pk")._receiver().prove(envelope, network.clock(), may_wait=False)
    assert getattr(verdict, "reason", None) is not None
    assert verdict.reason.code == "unknown-key"  # type: ignore[union-attr]
    assert inbox_ids(network.node("pk")) == []


def test_the_log_says_it_before_the_key_is_gone(
    network: SimulatedNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = network.node("pk")
    first, ends = epoch_ends(network)[0]
    network.clock.forward(seconds=(ends + LIFE).total_seconds() + 60)
    seen: list[list[str]] = []

    def killed(key_id: str) -> None:
        seen.append(erased(network))
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(node._keys, "destroy_sealing", killed)
        with pytest.raises(KeyboardInterrupt):
            expiry(network).tick(network.clock())
    assert seen == [[first]]
    assert first in node._keys.sealing_ids()
    expiry(network).tick(network.clock())  # the next start ends what was begun
    assert first not in node._keys.sealing_ids()
    assert erased(network) == [first]


def test_cards_are_read_again_only_when_there_is_a_new_one(
    network: SimulatedNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, read = network.node("pk"), []

    def counted(note: bytes) -> SignedCard:
        read.append(note)
        return parse_card(note)

    monkeypatch.setattr("relec_exchange.rounds.epochs.parse_card", counted)
    known = [node.book.current]
    made = Expiry(node.store, node.journal, lambda: known[-1], node._keys)
    made.tick(network.clock())
    made.tick(network.clock())
    assert len(read) == 1
    pk = known[0].members["pk"]
    newer = replace(pk, versions={**pk.versions, 2: "0f" * 32})
    known.append(replace(known[0], members={**known[0].members, "pk": newer}))
    made.tick(network.clock())
    assert len(read) == 2


def test_a_message_that_can_no_longer_arrive_is_expired_and_its_officer_told(
    network: SimulatedNetwork,
) -> None:
    network.transport("tr").online = False
    waiting = sent(network, warning(network), release=False)
    ident = sent(network, warning(network))
    tr = network.node("tr")
    for _ in range(30):  # no leap of the clock, which nobody would confirm
        network.clock.forward(hours=23)
        tr.step()
    for name in (ident, waiting):
        assert state(tr, name) == "expired"
    row = tr.store.rows(OutboxRow, Where("message_id", "=", ident))[0]
    assert row.envelope is None
    assert sorted(e.ref for e in events(tr, "message.expired")) == sorted([ident, waiting])
    before = len(events(tr, "message.expired"))
    tr.step()
    assert len(events(tr, "message.expired")) == before


def test_what_was_judged_does_not_expire(network: SimulatedNetwork) -> None:
    ident = sent(network, warning(network))
    network.run()
    network.clock.forward(days=30)
    network.run()
    assert state(network.node("tr"), ident) == "validated"


def test_a_silent_partner_is_told_once_and_again_when_it_was_heard(
    network: SimulatedNetwork,
) -> None:
    tr = network.node("tr")
    network.close("pk")
    network.clock.forward(minutes=29)
    tr.step()
    assert events(tr, "partner.silent") == []
    for _ in range(5):
        network.clock.forward(minutes=1)
        tr.step()
    assert [e.ref for e in events(tr, "partner.silent")] == ["pk"]
    network.open("pk")
    network.run()
    assert [e.ref for e in events(tr, "partner.heard")] == ["pk"]
    network.close("pk")
    network.clock.forward(minutes=31)
    tr.step()
    assert len(events(tr, "partner.silent")) == 2


def test_keys_that_no_record_names_are_swept_at_the_next_start(network: SimulatedNetwork) -> None:
    ident = sent(network, warning(network))
    network.run()
    node = network.node("tr")
    before = node.vault.ids()
    orphan = f"out/{message_id(network.clock(), b'r' * 10)}/0011223344556677"
    node.vault.put({orphan: b"k" * 64})
    network.close("tr")
    node = network.open("tr")
    assert node.vault.ids() == before
    row = node.desk.core.outgoing(ident)
    assert row is not None
    assert node.desk.core.content(row)
    node.journal.write(Plan())
    assert orphan not in node.vault.ids()
