"""A member joins a running pair, and leaves it again; the others lose nothing by either."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from core_network import alarms, begun, check_logs, inbox_ids, quarantined, sent, warning
from relec_exchange.adapters.keyfiles import KeyFiles
from relec_exchange.adapters.rabbitmq.members import members_from_cards
from relec_exchange.adapters.rabbitmq.topology import definitions
from relec_exchange.adapters.trustfiles import TrustFiles
from relec_exchange.founding import issue
from relec_exchange.testing import OFFICER, PASSPHRASE, SimulatedNetwork
from relec_exchange.trust.card import SignedCard, authority_fingerprint
from relec_exchange.trust.card_parts import Partner
from relec_exchange.trust.drafts import Terms, draft_charter
from relec_exchange.trust.drafts_notices import draft_termination
from relec_exchange.trust.note import sign_text
from relec_exchange.trust.termination import Termination

NEW = "iq"
OLD = ("tr", "pk")


@dataclass
class Membership:
    """What the officers of all three do, in the order of docs/how-to/join-and-leave.md."""

    network: SimulatedNetwork
    expected: dict[str, list[str]] = field(default_factory=dict)

    def card(self, name: str) -> SignedCard:
        return self.network.node(name).book.current.card(name)

    def compare(self, at: str, card: SignedCard) -> None:
        """An officer reads the fingerprint out; the other one imports the card by it."""
        fingerprint = authority_fingerprint(card.card)
        TrustFiles(self.network.home(at) / "trust").pin(card.card.node, fingerprint)
        self.network.node(at).desk.import_card(card.note.decode(), fingerprint, OFFICER)

    def list_partners(self, at: str, *names: str) -> None:
        """The next card of a node, with these partners."""
        network, current = self.network, self.card(at).card
        pins = TrustFiles(network.home(at) / "trust").pins()
        partners = [current.partner(n) or Partner(node=n, authority=pins[n]) for n in names]
        keys = KeyFiles(network.home(at) / "keys", PASSPHRASE)
        signed = issue(current, partners, keys, network.authority(at), network.clock(), os.urandom)
        TrustFiles(network.home(at) / "trust").put_card(signed)
        network.node(at).desk.import_card(signed.note.decode(), None, OFFICER)

    def open_charter(self) -> str:
        """Charter 2 of the old members: whoever signs it accedes. Returns its text.

        It starts later than all signatures can have arrived: no message is between two texts.
        """
        network = self.network
        now = network.clock().replace(microsecond=0) + timedelta(minutes=10)
        [old] = [
            held.hash
            for held in network.node("tr").book.current.agreements.values()
            if held.agreement.charter
        ]
        terms = Terms(
            network="relec.example",
            network_kind="exercise",
            parties=("*",),
            title="Simulated charter, open",
            legal_basis="A simulated memorandum; no state has signed this text.",
            valid_from=now,
            valid_until=now + timedelta(days=300),
            version=2,
            replaces=(old,),
        )
        text = draft_charter(terms)
        for name in OLD:
            self.sign(name, text)
            self.flow(*OLD)
        network.pass_minutes(12)
        return text

    def sign(self, name: str, text: str) -> None:
        note = sign_text(text, self.network.authority(name)).decode()
        self.network.node(name).desk.import_agreement(note, OFFICER)

    def join(self, text: str) -> None:
        """iq is founded, compared, listed by all, and accedes."""
        network = self.network
        first = network.found(NEW)
        network.open(NEW)
        for name in OLD:
            self.compare(name, first)
            self.compare(NEW, self.card(name))
        self.list_partners("tr", "pk", NEW)
        self.list_partners("pk", "tr", NEW)
        self.list_partners(NEW, *OLD)
        # Cards cross once by hand: without a route the rounds carry nothing.
        for name in OLD:
            network.node(name).desk.import_card(self.card(NEW).note.decode(), None, OFFICER)
            network.node(NEW).desk.import_card(self.card(name).note.decode(), None, OFFICER)
        self.sign(NEW, text)

    def leave(self) -> None:
        """iq ends every agreement; what is under way is finished first."""
        network, now = self.network, self.network.clock().replace(microsecond=0)
        for held in tuple(network.node(NEW).book.current.agreements.values()):
            notice = Termination.model_validate(
                {
                    "network": "relec.example",
                    "network_kind": "exercise",
                    "node": NEW,
                    "agreement": held.hash,
                    "with": ("*",),
                    "issued": now,
                    "effective": now + timedelta(hours=25),
                    "reason": "Leaves the network (simulated)",
                }
            )
            note = sign_text(draft_termination(notice), network.authority(NEW))
            network.node(NEW).desk.import_notice(note.decode(), OFFICER)

    def flow(self, *names: str) -> None:
        """One message from each to each; none is delivered yet."""
        for sender in names:
            for recipient in names:
                if sender != recipient:
                    ident = sent(
                        self.network, warning(self.network, sender=sender, recipient=recipient)
                    )
                    self.expected.setdefault(recipient, []).append(ident)

    def check(self, *names: str) -> None:
        for name in names:
            node = self.network.node(name)
            assert sorted(inbox_ids(node)) == sorted(self.expected[name])
            assert (alarms(node), quarantined(node)) == ([], [])
        check_logs(self.network)


@pytest.fixture
def membership(tmp_path: Path) -> Iterator[Membership]:
    with begun(tmp_path, *OLD) as network:
        yield Membership(network)


def test_a_node_joins_a_running_pair_and_reads_from_its_first_day(membership: Membership) -> None:
    network = membership.network
    text = membership.open_charter()
    membership.flow(*OLD)
    network.run()
    membership.flow(*OLD)
    membership.join(text)
    membership.flow(*OLD)
    network.pass_minutes(12)
    membership.flow(*OLD, NEW)
    network.run()
    network.pass_minutes(2)
    membership.check(*OLD, NEW)
    digests = {network.node(name).book.current.digest_cards() for name in (*OLD, NEW)}
    assert len(digests) == 1


def test_nothing_goes_to_a_node_that_is_not_listed_yet(membership: Membership) -> None:
    network = membership.network
    membership.open_charter()
    first = network.found(NEW)
    network.open(NEW)
    membership.compare("tr", first)
    result = network.submit(warning(network, recipient=NEW))
    assert result["status"] == "refused"
    assert network.node(NEW).desk.inbox({"after": 0, "limit": 9})["items"] == []


def test_a_member_leaves_and_the_others_go_on(membership: Membership, tmp_path: Path) -> None:
    network = membership.network
    membership.join(membership.open_charter())
    network.pass_minutes(12)
    membership.flow(*OLD, NEW)
    membership.leave()
    membership.flow(*OLD, NEW)
    network.run()
    network.pass_minutes(2)
    network.clock.forward(hours=25)
    network.run()
    result = network.submit(warning(network, recipient=NEW))
    assert (result["status"], result["error"]["rule"]) == ("refused", "agreement-terminated")
    membership.flow(*OLD)
    network.run()
    membership.list_partners("tr", "pk")
    membership.list_partners("pk", "tr")
    membership.flow(*OLD)
    network.pass_minutes(12)
    network.close(NEW)
    membership.flow(*OLD)
    network.run()
    membership.check(*OLD)
    cards = TrustFiles(tmp_path / "cards")
    for name in OLD:
        cards.put_card(membership.card(name))
    members = members_from_cards(cards.path, network.clock())
    held = definitions([each.member for each in members])
    assert [user["name"] for user in held["users"]] == ["pk", "tr"]
    assert all(NEW not in queue["name"] for queue in held["queues"])


def test_who_has_left_is_told_nothing_more(membership: Membership) -> None:
    network = membership.network
    membership.join(membership.open_charter())
    network.pass_minutes(12)
    membership.leave()
    network.run()
    network.clock.forward(hours=25)
    membership.list_partners("tr", "pk")
    network.run()
    network.hub.recorded.clear()
    network.pass_minutes(12)
    told = {(sender, item.recipient) for sender, item in network.hub.recorded}
    assert ("tr", NEW) not in told
    assert network.submit(warning(network, recipient=NEW))["status"] == "refused"
