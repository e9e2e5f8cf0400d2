"""Dishonest partners, owners and brokers of a network whose nodes witness each other's logs.

No tree that nobody proves stays unnoticed, nothing is called witnessed that is not, and no honest
node is accused or kept busy.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from core_network import Forger, alarms, begun, sent, take_in, warning
from dishonest_owner import JUNK, TR, Dishonest, peer, tree
from relec_exchange.adapters.keyfiles import KeyFiles
from relec_exchange.audit.cosignature import cosign, read_cosigned, with_cosignatures
from relec_exchange.audit.merkle import verify_consistency
from relec_exchange.audit.quorum import Known, check_quorum
from relec_exchange.errors import Unverified
from relec_exchange.journal.witnessed import chain, cosigned_note, state
from relec_exchange.ports import Outgoing
from relec_exchange.records import (
    AcceptedCheckpointRow,
    AcceptedRow,
    CosignedRow,
    PeerTreeRow,
    Where,
    WitnessedRow,
)
from relec_exchange.rounds.epochs import resend_life
from relec_exchange.rounds.thinning import Thinning
from relec_exchange.rounds.unasked import NOT_ASKED, UNANSWERED
from relec_exchange.testing import NETWORK, PASSPHRASE, SimulatedNetwork
from relec_exchange.trust.signature import HybridKey


@pytest.fixture
def two(tmp_path: Path) -> Iterator[SimulatedNetwork]:
    with begun(tmp_path) as network:
        yield network


# ---- what nobody proves ------------------------------------------------------------------------


def test_a_message_under_a_tree_that_no_round_ever_reaches_is_an_accusation(
    two: SimulatedNetwork,
) -> None:
    """Its tree is so large that its rounds never get there."""
    owner = Dishonest(two)
    forger = owner.forger
    raw, salt = warning(two).raw, bytes(range(32))
    forger.entries.append(forger.entry(raw, salt))
    honest = list(forger.entries)
    owner.pad(400)
    take_in(two, "pk", [forger.sealed(raw, salt, len(honest) - 1)])
    size, forger.entries = len(forger), honest
    two.clock.forward(minutes=101)
    two.pass_minutes(1)
    for _ in range(20):
        assert alarms(two.node("pk")) == []
        owner.pad(1)
        owner.round()
        if tree(two, size).rounds >= 10:
            break
    assert alarms(two.node("pk")) == [("checkpoint-unproven", "tr")]


def test_rounds_that_are_full_of_nothing_excuse_no_tree_for_ever(two: SimulatedNetwork) -> None:
    fork, owner = Forger(two), Dishonest(two)
    forger = owner.forger
    take_in(two, "pk", [fork.send(warning(two).raw)])
    size = len(fork)
    owner.pad(3)
    for minutes, counted in ((1, 0), (120, 10)):
        two.clock.forward(minutes=minutes)
        two.pass_minutes(1)
        for _ in range(11):
            owner.pad(1)
            proof = forger.proof(1, len(forger))
            assert owner.round(proofs=[proof], shown=JUNK) == 200
        assert tree(two, size).rounds >= counted
        assert ("checkpoint-unproven", "tr") not in alarms(two.node("pk")) or counted
    assert ("checkpoint-unproven", "tr") in alarms(two.node("pk"))


def test_an_owner_that_answers_old_rounds_only_is_excused_from_nothing_it_has_read(
    two: SimulatedNetwork,
) -> None:
    """It is always one round behind, and its trees never continue the one accepted last."""
    owner = Dishonest(two)
    take_in(two, "pk", [owner.forger.send(warning(two).raw)])
    size = len(owner.forger)
    two.pass_minutes(1)
    for _ in range(14):
        assert owner.round(read=max(1, peer(two).our_number - 2), old=0) == 409
    assert tree(two, size).rounds >= 10
    assert ("checkpoint-unproven", "tr") in alarms(two.node("pk"))


def test_an_owner_that_reads_no_round_is_noticed_and_not_accused(two: SimulatedNetwork) -> None:
    """It need not prove what others saw, for it answers no demand: who keeps back, nobody knows."""
    owner = Dishonest(two)
    first = peer(two).our_number
    for n in range(14):
        owner.pad(1)
        assert owner.round(read=first) == 200
        assert n > 10 or alarms(two.node("pk")) == [], n
        two.clock.forward(minutes=9)
    for _ in range(8):
        owner.pad(1)
        owner.round(read=first)
    assert alarms(two.node("pk")) == [(UNANSWERED, "tr")]


def test_a_partner_that_never_sends_a_round_is_noticed(tmp_path: Path) -> None:
    with begun(tmp_path, rounds=False) as two:
        two.hub.interfere = lambda sender, item: (
            [] if sender == "tr" and item.message_class == "control" else [item.envelope]
        )
        for _ in range(9):
            sent(two, warning(two))
            two.pass_minutes(1)
        assert (NOT_ASKED, "tr") in alarms(two.node("pk"))
        assert alarms(two.node("tr")) == []


# ---- brokers -----------------------------------------------------------------------------------


@pytest.mark.parametrize("both", [False, True])
def test_rounds_kept_back_for_hours_and_then_delivered_accuse_nobody(
    two: SimulatedNetwork, both: bool
) -> None:
    """Messages pass all the time; the rounds of pk, or of both, come late, one by one."""
    late: list[tuple[str, Outgoing]] = []

    def interfere(sender: str, item: Outgoing) -> list[bytes]:
        if item.message_class != "control" or (sender == "tr" and not both):
            return [item.envelope]
        late.append((sender, item))
        return []

    two.hub.interfere = interfere
    for n in range(30):
        if n < 5 or n > 14:
            sent(two, warning(two))
        two.pass_minutes(1)
        if 5 <= n <= 14:
            two.clock.forward(minutes=10)
    two.hub.interfere = None
    for sender, item in late:
        two.hub.inject(item.recipient, sender, item.message_class, item.envelope)
        two.run()
    two.pass_minutes(12)
    for name in ("tr", "pk"):
        accused = {what for what, _ in alarms(two.node(name))} - {NOT_ASKED, UNANSWERED}
        assert accused == set(), name
    rows = two.node("pk").store.rows(AcceptedCheckpointRow, Where("proven", "=", False))
    assert len(rows) <= 2


# ---- quorums -----------------------------------------------------------------------------------


def test_cosignatures_dated_back_to_cards_of_the_past_are_no_quorum(tmp_path: Path) -> None:
    """At first pk alone is among tr's witnesses, and one is a quorum of one."""
    with begun(tmp_path, "tr", "pk", "iq") as three:
        three.pass_minutes(3)
        store, directory = three.node("iq").store, three.node("iq").book.current
        mine = Where("origin", "=", TR)
        note = store.rows(WitnessedRow, mine, order="-size", limit=1)[0].note
        cosigned, newest = read_cosigned(note), three.clock()
        assert check_quorum(directory, cosigned, newest, Known(newest - timedelta(hours=1), "iq"))
        with pytest.raises(Unverified, match="too few"):
            check_quorum(directory, cosigned, newest, Known(newest + timedelta(seconds=1)))
        with pytest.raises(Unverified, match="bd was not among"):
            check_quorum(directory, cosigned, newest, Known(newest - timedelta(hours=1), "bd"))


def test_what_a_partner_sent_after_a_quorum_had_signed_is_not_witnessed_by_it(
    tmp_path: Path,
) -> None:
    """The lines under tr's newest tree state times before its entries."""
    with begun(tmp_path, "tr", "pk", "iq") as three:
        three.pass_minutes(3)
        forger, known = Forger(three), peer(three)
        keys = [KeyFiles(three.home(name) / "keys", PASSPHRASE).witness() for name in ("pk", "iq")]
        three.close("tr")
        store, mine = three.node("pk").store, Where("origin", "=", TR)
        three.clock.forward(minutes=30)
        take_in(three, "pk", [forger.send(warning(three).raw)])
        size, old = len(forger), known.their_size
        point = forger.checkpoint(size)
        for late, kept in ((20, 0), (0, 1)):
            at = int((three.clock() - timedelta(minutes=late)).timestamp())
            lines = [cosign(point.note, key, at) for key in keys]
            top = len(forger)
            shown = {
                "note": with_cosignatures(point.note, lines).decode(),
                "hashes": forger.proof(size, top)["hashes"],
            }
            number = peer(three).their_number + 1
            envelope = forger.round(number, old=old, size=top, cosigned=shown)
            take_in(three, "pk", [envelope])
            old = top
            assert store.count(WitnessedRow, mine, Where("size", "=", size)) == kept


def test_a_fork_told_by_a_cosigned_tree_is_shown_with_notes_that_all_can_read(
    tmp_path: Path,
) -> None:
    with begun(tmp_path, "tr", "pk", "iq") as three:
        forger, other, known = Forger(three), Forger(three), peer(three)
        three.close("tr")
        take_in(three, "pk", [other.send(warning(three).raw)])
        size = len(other)
        forger.entries.append(forger.entry(warning(three).raw, bytes(32), seq=900))
        point = forger.checkpoint(size)
        stranger = HybridKey.generate(f"{NETWORK}/zz/witness", "witness", os.urandom)
        lines = [cosign(point.note, stranger, n + 1) for n in range(8)]
        hashes = forger.proof(size, size)["hashes"]
        shown = {"note": with_cosignatures(point.note, lines).decode(), "hashes": hashes}
        forger.entries.append(forger.entry(warning(three).raw, bytes(32), seq=901))
        envelope = forger.round(known.their_number + 1, old=known.their_size, cosigned=shown)
        take_in(three, "pk", [envelope])
        assert ("log-fork", "tr") in alarms(three.node("pk"))
        three.pass_minutes(1)
        assert ("log-fork", "tr") in alarms(three.node("iq"))


# ---- what grows --------------------------------------------------------------------------------


def test_trees_of_rounds_and_cosigned_ones_are_thinned_and_every_chain_holds(
    tmp_path: Path,
) -> None:
    with begun(tmp_path, "tr", "pk", "iq") as three:
        for _ in range(4):
            sent(three, warning(three))
            three.pass_minutes(3)
            three.clock.forward(minutes=25)
            three.pass_minutes(12)
        pk, mine = three.node("pk"), Where("origin", "=", TR)
        store = pk.store
        used = [row for row in store.rows(AcceptedRow, mine) if row.type == "warning.notice"]
        before = store.count(PeerTreeRow, mine), store.count(WitnessedRow, mine)
        thinning = Thinning(store, pk.journal, lambda: pk.book.current)
        life = resend_life(pk.book.current.times()).days
        for days in (2, 3, life + 2, life + 3):
            thinning.tick(three.clock() + timedelta(days=days))
            for row in used:
                assert state(store, TR, row.idx) == "witnessed"
                links = chain(store, TR, row.size)
                for link in links:
                    verify_consistency(
                        link.old_size, link.old_root, link.size, link.root, link.path
                    )
                top = read_cosigned(cosigned_note(store, TR, row.size)).checkpoint.size
                ends = {link.old_size for link in links} | {link.size for link in links}
                assert top >= row.size
                assert {row.size, top} <= ends or not links
        after = store.count(PeerTreeRow, mine), store.count(WitnessedRow, mine)
        hours = {row.at[:13] for row in store.rows(WitnessedRow, mine)}
        tr = three.node("tr")
        Thinning(tr.store, tr.journal, lambda: tr.book.current).tick(
            three.clock() + timedelta(days=2)
        )
        noted = [row for row in tr.store.rows(CosignedRow) if row.note]
        assert len(noted) == len({row.at[:13] for row in noted}) < tr.store.count(CosignedRow)
        for row in used:
            assert chain(tr.store, TR, row.size) or cosigned_note(tr.store, TR, row.size)
        assert after[1] == len(hours) < before[1]
        assert after[0] < before[0]
        three.pass_minutes(3)
        ident = sent(three, warning(three))
        three.pass_minutes(4)
        [row] = store.rows(AcceptedRow, Where("message_id", "=", ident))
        assert chain(store, TR, row.size)
