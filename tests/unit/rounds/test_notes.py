"""Cards and agreements between partners: adopted once, exchanged when digests differ, alarmed."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from core_faults import UNAVAILABLE, FailingStore
from core_network import Forger, alarms, begun, check_logs, entries, events, take_in
from relec_exchange.adapters.keyfiles import read_authority
from relec_exchange.errors import NotFound, RelecError, Unavailable
from relec_exchange.founding import Founding, Secrets, found
from relec_exchange.ports import OfferedNote
from relec_exchange.records import NoteRow, Where
from relec_exchange.rounds.book import DirectoryBook
from relec_exchange.rounds.notes import UPDATE_BYTES_MAX, _parts
from relec_exchange.testing import PASSPHRASE, SimulatedNetwork
from relec_exchange.testing.clock import START
from relec_exchange.trust.card import Card
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.drafts import Terms, draft_agreement, draft_card, draft_charter
from relec_exchange.trust.note import merge_signatures, sign_text
from relec_exchange.trust.passphrase import COST_MIN
from relec_exchange.trust.signature import HybridKey

CONTROL = {"agreement": "", "class": "control"}


def next_card(network: SimulatedNetwork, name: str = "tr", label: str = "a later card") -> bytes:
    """The next version of a node's card, signed by its authority."""
    card = network.node(name).book.current.card(name).card
    fields = card.model_dump(by_alias=True)
    fields |= {"version": card.version + 1, "name": label}
    return sign_text(draft_card(Card.model_validate(fields)), network.authority(name))


def adopt(network: SimulatedNetwork, name: str, note: OfferedNote) -> None:
    node = network.node(name)
    node.book.adopt([note], node.journal, network.clock())


def versions(network: SimulatedNetwork, of: str) -> dict[str, int]:
    return {n: network.node(n).book.current.card(of).card.version for n in network._nodes}


def update(network: SimulatedNetwork, *cards: bytes, agreements: tuple[bytes, ...] = ()) -> None:
    """What tr sends pk in a card.update."""
    forger = Forger(network)
    body = {
        "cards": [note.decode() for note in cards],
        "agreements": [note.decode() for note in agreements],
    }
    raw = forger.control("card.update", {k: v for k, v in body.items() if v})
    take_in(network, "pk", [forger.send(raw, **CONTROL)])
    network.node("pk")._ticker.step()
    network.node("pk").journal.drain()


def test_a_new_card_reaches_the_partners_by_the_next_rounds(tmp_path: Path) -> None:
    with begun(tmp_path, "tr", "pk", "iq") as network:
        adopt(network, "tr", OfferedNote("card", next_card(network)))
        assert versions(network, "tr") == {"tr": 3, "pk": 2, "iq": 2}
        network.pass_minutes(12)
        assert versions(network, "tr") == {"tr": 3, "pk": 3, "iq": 3}
        for name in ("pk", "iq"):
            node = network.node(name)
            assert [e["version"] for e in entries(node, "adopted") if e["subject"] == "tr"][-1] == 3
            assert events(node, "card.adopted")
        digests = {network.node(n).book.current.digest_cards() for n in ("tr", "pk", "iq")}
        assert len(digests) == 1
        check_logs(network)


def test_a_card_that_is_held_already_is_not_adopted_again(network: SimulatedNetwork) -> None:
    pk = network.node("pk")
    before = len(entries(pk, "adopted"))
    update(network, pk.book.current.card("tr").note, pk.book.current.card("pk").note)
    assert len(entries(pk, "adopted")) == before


def test_two_texts_with_one_version_are_an_alarm_and_the_first_stays(
    network: SimulatedNetwork,
) -> None:
    one, two = next_card(network, label="one"), next_card(network, label="two")
    update(network, one)
    network.clock.forward(seconds=1)
    pk = network.node("pk")
    forger_entries = len(entries(pk, "adopted"))
    adopt_by_update(network, two)
    assert pk.book.current.card("tr").card.name == "one"
    assert ("card-conflict", "tr") in alarms(pk)
    assert len(entries(pk, "adopted")) == forger_entries
    assert [e["what"] for e in entries(pk, "alarm", "activity")] == ["card-conflict"]
    network.close("pk")
    assert network.open("pk").book.current.card("tr").card.name == "one"


def adopt_by_update(network: SimulatedNetwork, note: bytes) -> None:
    """A later card.update, as the notes of another partner would bring it."""
    node = network.node("pk")
    node._notes._arrived[OfferedNote("card", note)] = None
    node._ticker.step()
    node.journal.drain()


def test_a_first_card_never_comes_by_an_update(network: SimulatedNetwork, tmp_path: Path) -> None:
    with begun(tmp_path / "other", "tr", "pk", "iq") as other:
        stranger = other.node("iq").book.current.card("iq").note
    update(network, stranger)
    assert "iq" not in network.node("pk").book.current.members
    with pytest.raises(NotFound):
        adopt(network, "pk", OfferedNote("card", stranger))


def test_a_card_that_its_authority_did_not_sign_is_refused_quietly(
    network: SimulatedNetwork,
) -> None:
    card = network.node("tr").book.current.card("tr").card
    fields = card.model_dump(by_alias=True) | {"version": card.version + 1}
    note = sign_text(draft_card(Card.model_validate(fields)), network.authority("pk"))
    update(network, note)
    assert versions(network, "tr")["pk"] == 2
    assert alarms(network.node("pk")) == []


def test_one_bad_note_leaves_its_neighbours(network: SimulatedNetwork) -> None:
    update(network, b"nonsense\n\n", next_card(network))
    assert versions(network, "tr")["pk"] == 3


def test_notes_are_sent_at_most_once_a_busy_interval(network: SimulatedNetwork) -> None:
    pk = network.node("pk")
    adopt(network, "pk", OfferedNote("card", next_card(network, "pk")))
    pk._notes.differs("tr")
    for _ in range(5):
        pk._notes.differs("tr")
        pk._notes.tick(network.clock())
    updates = [e for e in entries(pk, "sent") if e["type"] == "card.update"]
    assert len(updates) == 1
    network.clock.forward(minutes=2)
    pk._notes.differs("tr")
    pk._notes.tick(network.clock())
    assert len([e for e in entries(pk, "sent") if e["type"] == "card.update"]) == 2


def test_an_adoption_that_the_store_refuses_counts_for_nothing(network: SimulatedNetwork) -> None:
    node = network.node("tr")
    node.journal._store = faulty = FailingStore(node.store)
    faulty.commits = [UNAVAILABLE]
    note = OfferedNote("card", next_card(network))
    with pytest.raises(Unavailable):
        adopt(network, "tr", note)
    assert node.book.current.card("tr").card.version == 2
    adopt(network, "tr", note)
    assert node.book.current.card("tr").card.version == 3


def test_an_officer_and_a_partner_may_bring_notes_at_once(network: SimulatedNetwork) -> None:
    """The journal's own thread never waits for an adoption that waits for the journal."""
    pk = network.node("pk")
    pk.journal.start()
    card = OfferedNote("card", next_card(network))
    errors: list[RelecError] = []

    def import_card() -> None:
        try:
            pk.book.adopt([card], pk.journal, network.clock())
        except RelecError as error:
            errors.append(error)

    threads = [threading.Thread(target=import_card) for _ in range(6)]
    for thread in threads:
        thread.start()
    forger = Forger(network)
    raw = forger.control("card.update", {"cards": [card.data.decode()]})
    take_in(network, "pk", [forger.send(raw, **CONTROL)])
    pk._notes.tick(network.clock())
    for thread in threads:
        thread.join(10)
    assert not any(thread.is_alive() for thread in threads)
    pk.journal.stop()
    assert errors == []
    assert [e["version"] for e in entries(pk, "adopted") if e["subject"] == "tr"] == [2, 3]


def strangers(tmp_path: Path, *names: str) -> dict[str, tuple[bytes, HybridKey]]:
    """First cards of other nodes, with the keys of their authorities."""
    found_ones = {}
    for name in names:
        founding = Founding(
            network="relec.example",
            network_kind="exercise",
            node=name,
            name=name,
            phone="+100 000 0000",
            email=f"duty@{name}.example",
            languages=("en",),
        )
        secrets = Secrets(PASSPHRASE, PASSPHRASE, None, COST_MIN)
        card = found(tmp_path / name, founding, secrets, START, os.urandom)
        path = tmp_path / name / "keys" / "authority.key"
        found_ones[name] = (card.note, read_authority(path, PASSPHRASE))
    return found_ones


def test_signatures_of_many_parties_survive_a_restart(
    network: SimulatedNetwork, tmp_path: Path
) -> None:
    others = strangers(tmp_path / "others", "aa", "bb", "cc", "dd", "ee", "ff", "gg")
    for note, key in others.values():
        adopt(network, "tr", OfferedNote("card", note, key.public().fingerprint()))
    node = network.node("tr")
    old = next(h.agreement for h in node.book.current.agreements.values() if h.agreement.charter)
    terms = Terms(
        network=old.network,
        network_kind=old.network_kind,
        parties=("tr", "pk", *others),
        title="A charter of nine",
        legal_basis=old.legal_basis,
        valid_from=old.valid_from,
        valid_until=old.valid_until,
    )
    text = draft_charter(terms)
    for key in (network.authority("tr"), network.authority("pk"), *(k for _, k in others.values())):
        adopt(network, "tr", OfferedNote("agreement", sign_text(text, key)))
    digest = next(
        h.hash for h in node.book.current.agreements.values() if h.agreement.title == terms.title
    )
    before = node.book.current.agreements[digest]
    assert (len(before.signers), len(before.notes())) == (9, 2)
    assert len(node.store.rows(NoteRow, Where("hash", "=", digest))) == 1
    network.close("tr")
    again = network.open("tr").book.current.agreements[digest]
    assert again.signers == before.signers


def test_a_signature_more_is_kept_beside_the_others(network: SimulatedNetwork) -> None:
    old = next(iter(network.node("tr").book.current.agreements.values())).agreement
    terms = Terms(
        network=old.network,
        network_kind=old.network_kind,
        parties=("tr", "pk"),
        title="Signed one after the other",
        legal_basis=old.legal_basis,
        valid_from=old.valid_from,
        valid_until=old.valid_until,
    )
    text = draft_agreement(terms)
    one = sign_text(text, network.authority("tr"))
    both = merge_signatures(one, sign_text(text, network.authority("pk")))
    for note in (one, both, one):
        adopt(network, "tr", OfferedNote("agreement", note))
    network.close("tr")
    held = network.open("tr").book.current.agreements.values()
    found = next(h for h in held if h.agreement.title == "Signed one after the other")
    assert found.signers == {"tr", "pk"}


def test_updates_are_cut_to_what_a_message_holds() -> None:
    parts = _parts(["c" * 60_000] * 5, ["ا" * 40_000] * 2)
    sizes = [sum(len(t.encode()) for texts in p.values() for t in texts) for p in parts]
    assert all(size <= UPDATE_BYTES_MAX for size in sizes)
    assert sum(len(p.get("cards", ())) for p in parts) == 5
    assert sum(len(p.get("agreements", ())) for p in parts) == 2
    many = _parts(["c"] * 200, [])
    assert [len(p["cards"]) for p in many] == [64, 64, 64, 8]


def test_a_book_loads_what_it_stored(network: SimulatedNetwork) -> None:
    node = network.node("tr")
    adopt(network, "tr", OfferedNote("card", next_card(network)))
    empty = Directory(node.settings.network, node.settings.network_kind, "tr")
    book = DirectoryBook(node.store, empty, lambda: None)
    book.load()
    assert book.current.digest_cards() == node.book.current.digest_cards()
    assert book.current.agreements.keys() == node.book.current.agreements.keys()
