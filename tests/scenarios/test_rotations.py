"""Every key of a node is replaced, twice in a row, while messages are under way in all directions.

Whoever hears of it late still reads everything: nothing is lost, nothing comes twice, and the old
keys do nothing any more.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from core_network import alarms, begun, check_logs, inbox_ids, quarantined, sent, warning
from key_holder import KeyHolder
from relec_exchange.adapters.keyfiles import read_authority
from relec_exchange.adapters.trustfiles import TrustFiles
from relec_exchange.errors import InvalidInput, NotAuthorised, Unverified
from relec_exchange.founding import issue, rotate_authority, rotate_witness
from relec_exchange.testing import PASSPHRASE, SimulatedNetwork
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.note import sign_text
from relec_exchange.trust.officer import Officer, OfficerKey, Role
from relec_exchange.trust.register import adding, sign_as_authority
from relec_exchange.trust.signature import HybridKey

NAMES = ("tr", "pk", "iq")


@dataclass
class Traffic:
    """Messages between all nodes, and the account of them at the end."""

    network: SimulatedNetwork
    expected: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in NAMES})

    def flow(self) -> None:
        """One message from every node to every other; none of them is delivered yet."""
        for sender in NAMES:
            for recipient in NAMES:
                if sender != recipient:
                    message = warning(self.network, sender=sender, recipient=recipient)
                    self.expected[recipient].append(sent(self.network, message))

    def check(self) -> None:
        """Each message arrived where it should, once; every log is whole; nobody was alarmed."""
        for name in NAMES:
            node = self.network.node(name)
            assert sorted(inbox_ids(node)) == sorted(self.expected[name])
            assert (alarms(node), quarantined(node)) == ([], [])
        check_logs(self.network)


@pytest.fixture
def network(tmp_path: Path) -> Iterator[SimulatedNetwork]:
    with begun(tmp_path, *NAMES) as made:
        yield made


@pytest.fixture
def home(network: SimulatedNetwork) -> KeyHolder:
    return KeyHolder(network)


def replaced_twice(network: SimulatedNetwork, home: KeyHolder) -> None:
    """New authority keys, twice; iq hears nothing of it until both are done."""
    network.transport("iq").online = False
    for _ in range(2):
        home.new_authority()
        network.run()
    network.transport("iq").online = True
    network.pass_minutes(12)


def rotated_twice(network: SimulatedNetwork, rotate: Callable[[], None]) -> Traffic:
    """Rotate twice under traffic; iq hears nothing of it until both are done."""
    traffic = Traffic(network)
    network.transport("iq").online = False
    for _ in range(2):
        traffic.flow()
        rotate()
        traffic.flow()
        network.run()
        network.pass_minutes(3)
    traffic.flow()
    network.transport("iq").online = True
    network.pass_minutes(12)
    traffic.flow()
    network.run()
    return traffic


def cards_of_tr(network: SimulatedNetwork) -> set[str]:
    return {network.node(name).book.current.card("tr").hash for name in NAMES}


@pytest.mark.parametrize("kind", ["authority", "witness", "sealing"])
def test_a_key_is_replaced_twice_under_traffic_and_no_message_is_lost(
    network: SimulatedNetwork, home: KeyHolder, kind: str
) -> None:
    before = home.card
    rotate = {"authority": home.new_authority, "witness": home.new_witness}
    rotated_twice(network, rotate.get(kind, home.new_sealing)).check()
    assert len(cards_of_tr(network)) == 1
    assert home.card.version == before.version + 2
    assert getattr(home.card, kind) != getattr(before, kind)


def test_the_three_kinds_are_replaced_one_after_the_other(
    network: SimulatedNetwork, home: KeyHolder
) -> None:
    def rotate() -> None:
        home.new_witness()
        home.new_authority()
        home.new_sealing()

    rotated_twice(network, rotate).check()
    assert len(cards_of_tr(network)) == 1


def _card_by(home: KeyHolder, key: HybridKey) -> bytes:
    """The next card as somebody would sign it who has these keys."""
    card = home.card
    now = home.network.clock()
    signed = issue(card, card.partners, home.keys, home.authority.present(), now, os.urandom)
    assert signed.card.version == card.version + 1
    return sign_text(signed.text, key)


def test_an_authority_that_was_replaced_signs_no_card_and_no_officer(
    network: SimulatedNetwork, home: KeyHolder
) -> None:
    old = home.authority.present()
    rotated_twice(network, home.new_authority)
    for name in NAMES:
        member = network.node(name).book.current.member("tr")
        assert old.public() in member.authorities[:-1]
        with pytest.raises(Unverified):
            network.node(name).book.current.admit_update(_card_by(home, old))
    desk = network.node("tr").desk
    number = desk.officers()["number"]
    key = OfficerKey.generate(os.urandom).public
    officer = Officer("thief", "Simulated thief", "unit", frozenset({Role.SUBMITTER}), key)
    record = adding("relec.example", "tr", number + 1, officer, network.clock())
    forged = sign_as_authority(record, old)
    with pytest.raises(NotAuthorised):
        desk.add_officer(forged.text, forged.signature, forged.by)
    signed = sign_as_authority(record, home.authority.present())
    assert desk.add_officer(signed.text, signed.signature, signed.by)["name"] == "thief"


def test_a_card_of_the_time_before_does_not_come_back(
    network: SimulatedNetwork, home: KeyHolder
) -> None:
    first = network.node("tr").book.current.card("tr")
    rotated_twice(network, home.new_authority)
    directory = network.node("pk").book.current
    assert directory.admit_update(first.note) is directory
    text = first.text.replace('name = "Simulated node tr"', 'name = "Another"')
    with pytest.raises((InvalidInput, Unverified)):
        directory.admit_update(sign_text(text, home.authority.present()))


def test_after_a_rotation_a_node_starts_again_from_its_store_and_from_its_files(
    network: SimulatedNetwork, home: KeyHolder
) -> None:
    replaced_twice(network, home)
    known = network.node("tr").book.current.member("tr").authorities
    network.close("tr")
    network.open("tr")
    assert network.node("tr").book.current.member("tr").authorities == known
    empty = replace_directory(network)
    admitted = TrustFiles(network.home("tr") / "trust").directory(empty)
    assert admitted.problems == ()
    assert admitted.directory.member("tr").authorities == known


def replace_directory(network: SimulatedNetwork) -> Directory:
    """The directory of tr before any note."""
    current = network.node("tr").book.current
    return Directory(current.network, current.network_kind, "tr")


def test_a_partner_seals_to_the_new_key_and_the_old_one_still_opens_what_was_under_way(
    network: SimulatedNetwork, home: KeyHolder
) -> None:
    old = home.card.sealing[0].id
    late = warning(network, sender="pk", recipient="tr")
    sent(network, late)
    home.new_sealing()
    network.run()
    network.pass_minutes(12)
    assert late.header.message_id in inbox_ids(network.node("tr"))
    used = home.sealed_to()
    assert used != old
    assert used == home.card.sealing[0].id


def test_a_replaced_sealing_key_is_destroyed_when_nothing_can_be_under_way_to_it(
    network: SimulatedNetwork, home: KeyHolder
) -> None:
    old = home.card.sealing[0]
    home.new_sealing()
    network.run()
    assert old.id in home.keys.sealing_ids()
    network.clock.forward(seconds=int((old.ends - network.clock()) / timedelta(seconds=1)))
    network.clock.forward(days=28, seconds=1)
    network.run()
    assert old.id not in home.keys.sealing_ids()


@pytest.mark.parametrize("step", range(6))
def test_a_rotation_of_the_authority_that_was_killed_is_finished_by_the_next_attempt(
    network: SimulatedNetwork, home: KeyHolder, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    following = home.authority.next().public()
    card = home.card
    now = network.clock()
    signed = rotate_authority(card, home.keys, home.authority, now, os.urandom)
    home.adopt(signed)
    _killed_after(monkeypatch, step, lambda: home.authority.settle(signed.card))
    home.authority.settle(signed.card)
    assert home.authority.present().public() == following
    assert home.authority.next().public().fingerprint() == signed.card.authority.next
    names = sorted(path.name for path in home.path.glob("authority*"))
    assert names == ["authority-next.key", "authority.key"]
    assert read_authority(home.path / "authority.key", PASSPHRASE).public() == following


@pytest.mark.parametrize("step", range(4))
def test_a_rotation_of_the_witness_that_was_killed_is_not_over_before_the_old_key_is_destroyed(
    network: SimulatedNetwork, home: KeyHolder, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, signer = network.clock(), home.authority.present()
    signed = rotate_witness(home.card, home.keys, home.witness, signer, now, os.urandom)
    home.adopt(signed)
    _killed_after(monkeypatch, step, lambda: home.witness.settle(signed.card))
    assert home.witness.pending(signed.card) == (step < 3)
    home.witness.settle(signed.card)
    assert not home.witness.pending(signed.card)
    assert home.keys.witness().public() == signed.card.witness.public()
    assert [path.name for path in home.path.glob("witness*")] == ["witness.key"]


def _killed_after(monkeypatch: pytest.MonkeyPatch, step: int, work: Callable[[], None]) -> None:
    """Do `work` until so many changes of files are done, as a kill would leave it."""
    from relec_exchange.adapters import successions

    class Killed(BaseException):
        pass

    left = [step]

    def counting(function: Callable[..., None]) -> Callable[..., None]:
        def call(*arguments: object) -> None:
            if left[0] == 0:
                raise Killed
            left[0] -= 1
            function(*arguments)

        return call

    with monkeypatch.context() as patched:
        patched.setattr(successions.os, "link", counting(os.link))
        patched.setattr(successions.os, "replace", counting(os.replace))
        patched.setattr(successions, "destroy", counting(successions.destroy))
        try:
            work()
        except Killed:
            return


def test_the_files_of_a_partner_follow_what_its_node_has_learnt(
    network: SimulatedNetwork, home: KeyHolder
) -> None:
    replaced_twice(network, home)
    for name in NAMES:
        empty = Directory("relec.example", "exercise", name)
        admitted = TrustFiles(network.home(name) / "trust").directory(empty)
        assert admitted.problems == ()
        current = network.node(name).book.current
        assert admitted.directory.digest_cards() == current.digest_cards()
        assert admitted.directory.agreements.keys() == current.agreements.keys()
