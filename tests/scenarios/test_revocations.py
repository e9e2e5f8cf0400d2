"""A key is stolen: its node revokes it, partners go on with the new one, and what depended on the
old one is listed as disputed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from core_network import begun, check_logs, events, inbox_ids, request, sent, warning
from key_holder import KeyHolder
from relec_exchange.adapters.successions import WitnessFiles
from relec_exchange.adapters.trustfiles import TrustFiles
from relec_exchange.errors import Unverified
from relec_exchange.founding import issue, succeed_authority
from relec_exchange.testing import OFFICER, SimulatedNetwork
from relec_exchange.trust.card import authority_fingerprint
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.note import sign_text
from relec_exchange.trust.revoking import (
    Loss,
    revoke_authority,
    revoke_log,
    revoke_sealing,
    revoke_witness,
)
from relec_exchange.trust.signature import HybridKey

NAMES = ("tr", "pk")


@pytest.fixture
def network(tmp_path: Path) -> Iterator[SimulatedNetwork]:
    with begun(tmp_path, *NAMES) as made:
        yield made


class Victim(KeyHolder):
    """tr, whose keys were copied, and what its officers do."""

    def loss(self, minutes: int = 5) -> Loss:
        now = self.network.clock()
        return Loss(now - timedelta(minutes=minutes), now, "Disk stolen (simulated)")

    def tell(self, text: str, key: HybridKey | None = None) -> None:
        note = sign_text(text, key or self.authority.present())
        TrustFiles(self.network.home("tr") / "trust").put_notice(note)
        self.network.node("tr").desk.import_notice(note.decode(), OFFICER)

    def revoke_sealing(self) -> None:
        loss, old = self.loss(), self.card
        self.new_sealing()
        for epoch in old.sealing:
            self.tell(revoke_sealing(old, epoch.id, loss))

    def revoke_witness(self) -> None:
        loss, old = self.loss(), self.card
        self.new_witness()
        self.tell(revoke_witness(old, old.witness.public().fingerprint(), loss))

    def revoke_authority(self, good_texts: list[str]) -> None:
        files, card = self.authority, self.card
        text = revoke_authority(card, card.version, good_texts, files.next().public(), self.loss())
        self.tell(text, files.next())
        now = self.network.clock()
        signed = succeed_authority(self.card, self.keys, files, now, os.urandom)
        self.adopt(signed)
        files.settle(signed.card)


@pytest.fixture
def victim(network: SimulatedNetwork) -> Victim:
    return Victim(network)


def marks(network: SimulatedNetwork, name: str) -> dict[str, str]:
    page = network.node(name).desk.inbox({"after": 0, "limit": 500})
    return {item["message_id"]: item["disputed"] for item in page["items"]}


def listed(network: SimulatedNetwork, name: str) -> set[tuple[str, str, str]]:
    found = network.node(name).desk.disputed(OFFICER)
    return {(one["direction"], one["message_id"], one["why"]) for one in found["messages"]}


def test_a_revoked_sealing_key_is_left_at_once_and_what_came_to_it_is_listed(
    network: SimulatedNetwork, victim: Victim
) -> None:
    old = [epoch.id for epoch in victim.card.sealing]
    early = sent(network, warning(network, sender="pk", recipient="tr"))
    network.run()
    network.pass_minutes(10)
    late = sent(network, warning(network, sender="pk", recipient="tr"))
    network.run()
    under_way = sent(network, warning(network, sender="pk", recipient="tr"))
    victim.revoke_sealing()
    network.run()
    assert victim.sealed_to() not in old
    network.pass_minutes(1)
    marked = {ident: why for ident, why in marks(network, "tr").items() if why}
    assert marked == {late: "sealing", under_way: "sealing"}
    assert early in inbox_ids(network.node("tr"))
    expected = {(late, "sealing"), (under_way, "sealing")}
    assert listed(network, "tr") == {("in", *one) for one in expected}
    assert listed(network, "pk") == {("out", *one) for one in expected}
    assert {row.ref for row in events(network.node("tr"), "message.disputed")} == set(marked)
    check_logs(network)


def test_a_revoked_witness_key_is_told_and_nothing_else_is_disputed(
    network: SimulatedNetwork, victim: Victim
) -> None:
    before = victim.card.witness
    victim.revoke_witness()
    network.pass_minutes(2)
    for name in NAMES:
        directory = network.node(name).book.current
        assert directory.card("tr").card.witness != before
        assert before.public().fingerprint() in directory.member("tr").revoked
        found = network.node(name).desk.disputed(OFFICER)
        assert [one["kind"] for one in found["revoked"]] == ["witness"]
        assert (found["messages"], found["entries"], found["texts"]) == ([], [], [])
    assert WitnessFiles(victim.path, victim.keys).pending(victim.card) is False


def test_entries_beyond_the_last_good_one_of_a_revoked_log_are_listed(
    network: SimulatedNetwork, victim: Victim
) -> None:
    good = sent(network, warning(network))
    network.run()
    head = network.node("tr").journal.state.exchange.head
    doubtful = sent(network, warning(network))
    network.run()
    text = revoke_log(victim.card, head.origin, head.size, head.root.hex(), victim.loss())
    note = sign_text(text, victim.authority.present())
    network.node("pk").desk.import_notice(note.decode(), OFFICER)
    network.run()
    assert marks(network, "pk") == {good: "", doubtful: "log"}
    found = network.node("pk").desk.disputed(OFFICER)
    assert doubtful in {one["message_id"] for one in found["entries"]}
    assert good not in {one["message_id"] for one in found["entries"]}
    assert all(one["index"] >= head.size for one in found["entries"])
    assert found["entries_total"] == len(found["entries"])


def test_a_stolen_authority_ends_and_its_successor_goes_on_alone(
    network: SimulatedNetwork, victim: Victim
) -> None:
    stolen = victim.authority.present()
    held = list(network.node("tr").book.current.agreements)
    victim.revoke_authority(held)
    sent(network, warning(network))
    network.pass_minutes(12)
    for name in NAMES:
        directory = network.node(name).book.current
        assert directory.card("tr").hash == network.node("tr").book.current.card("tr").hash
        assert authority_fingerprint(directory.card("tr").card) != stolen.public().fingerprint()
        assert directory.disputed() == ()
        with pytest.raises(Unverified):
            directory.admit_update(_thiefs_card(victim, stolen))
    after = sent(network, warning(network))
    network.run()
    assert after in inbox_ids(network.node("pk"))
    check_logs(network)


def test_agreements_that_are_not_stood_by_are_disputed_with_what_came_under_them(
    network: SimulatedNetwork, victim: Victim
) -> None:
    asked = sent(network, request(network))
    told = sent(network, warning(network))
    network.run()
    agreements = network.node("tr").book.current.agreements.values()
    charter = [one.hash for one in agreements if one.agreement.charter]
    [bilateral] = [one.hash for one in agreements if not one.agreement.charter]
    victim.revoke_authority(charter)
    network.pass_minutes(12)
    assert marks(network, "pk") == {asked: "authority", told: ""}
    found = network.node("pk").desk.disputed(OFFICER)
    assert [(one["what"], one["hash"]) for one in found["texts"]] == [("agreement", bilateral)]
    again = sign_text(
        network.node("tr").book.current.agreement(bilateral).signed.text,
        victim.authority.present(),
    )
    network.node("tr").desk.import_agreement(again.decode(), OFFICER)
    network.pass_minutes(12)
    assert marks(network, "pk") == {asked: "", told: ""}
    assert [row.ref for row in events(network.node("pk"), "message.undisputed")] == [asked]


@pytest.mark.parametrize("which", ["sealing", "witness", "authority"])
def test_a_node_starts_again_after_a_revocation_from_its_store_and_from_its_files(
    network: SimulatedNetwork, victim: Victim, which: str
) -> None:
    acts: dict[str, Callable[[], None]] = {
        "sealing": victim.revoke_sealing,
        "witness": victim.revoke_witness,
        "authority": lambda: victim.revoke_authority([]),
    }
    acts[which]()
    network.pass_minutes(12)
    for name in NAMES:
        before = network.node(name).book.current
        network.close(name)
        network.open(name)
        after = network.node(name).book.current
        assert after.digest_cards() == before.digest_cards()
        assert after.disputed() == before.disputed()
    empty = Directory("relec.example", "exercise", "tr")
    admitted = TrustFiles(network.home("tr") / "trust").directory(empty)
    current = network.node("tr").book.current
    assert admitted.directory.card("tr").hash == current.card("tr").hash
    assert admitted.directory.notices.keys() == current.notices.keys()


def _thiefs_card(victim: Victim, stolen: HybridKey) -> bytes:
    """The next card, signed with the keys that were copied."""
    card = victim.card
    table = card.authority.model_copy(
        update=dict(zip(("ed25519", "mldsa44"), stolen.public().vkeys(), strict=True))
    )
    changed = card.model_copy(update={"authority": table})
    now = victim.network.clock()
    return issue(changed, card.partners, victim.keys, stolen, now, os.urandom).note
