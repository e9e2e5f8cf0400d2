"""Owners that used a tree which they cannot prove, and do all they can not to be accused of it.

Each way ends in an accusation, or in an alarm that its rounds or its reading fail to appear.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from test_restored_nodes import recovered
from test_saturated_pairs import saturate

from core_network import Forger, alarms, begun, sent, take_in, warning
from dishonest_owner import JUNK, PK, TR, Dishonest, peer, tree
from relec_exchange.adapters.keyfiles import KeyFiles
from relec_exchange.message.identifiers import format_time
from relec_exchange.records import (
    AcceptedCheckpointRow,
    EntryRow,
    OutboxRow,
    UsedCheckpointRow,
    Where,
)
from relec_exchange.rounds.closed_logs import UNPROVEN
from relec_exchange.rounds.unasked import NOT_ASKED, UNANSWERED
from relec_exchange.testing import NETWORK, PASSPHRASE, SimulatedNetwork
from relec_exchange.testing.homes import OFFICER
from relec_exchange.testing.succeeding import announce, succeed
from relec_exchange.trust.note import sign_text
from relec_exchange.trust.revoking import Loss, revoke_sealing
from restored_homes import put_back, reboot, snapshot

LIMIT = 10
"""Rounds."""
PATIENCE, LONG = 100, 1000
"""Minutes."""


@pytest.fixture
def two(tmp_path: Path) -> Iterator[SimulatedNetwork]:
    with begun(tmp_path) as network:
        yield network


def forked(network: SimulatedNetwork) -> tuple[Dishonest, int]:
    """tr has used a tree towards pk that its rounds cannot prove; returns its size, too."""
    other, owner = Forger(network), Dishonest(network)
    take_in(network, "pk", [other.send(warning(network).raw)])
    owner.pad(3)
    return owner, len(other)


def later(network: SimulatedNetwork, minutes: int) -> None:
    network.clock.forward(minutes=minutes)
    network.pass_minutes(1)


def told_before(network: SimulatedNetwork, minutes: int) -> int:
    """The newest round of pk that is older than so many minutes."""
    at = format_time(network.clock() - timedelta(minutes=minutes))
    mine = Where("recipient", "=", "tr"), Where("type", "=", "round")
    younger = network.node("pk").store.count(OutboxRow, *mine, Where("sent_at", ">", at))
    return peer(network).our_number - younger


def accused(network: SimulatedNetwork) -> bool:
    return (UNPROVEN, "tr") in alarms(network.node("pk"))


# ---- what it says to have read -----------------------------------------------------------------


def test_who_says_to_have_read_a_round_that_is_not_there_yet_has_read_none(
    two: SimulatedNetwork,
) -> None:
    owner, _ = forked(two)
    beyond = {"number": 10**6, "status": 409, "body": "1\n", "origin": PK}
    owner.round(proofs=[], answer=beyond)
    assert peer(two).answered <= peer(two).our_number
    first = told_before(two, 0)
    for _ in range(PATIENCE // 9 + 2 * LIMIT):
        owner.pad(1)
        owner.round(proofs=[], read=first - 1, old=0)
        two.clock.forward(minutes=8)
    assert (UNANSWERED, "tr") in alarms(two.node("pk"))


def test_what_it_has_read_once_it_has_read_in_every_later_round(two: SimulatedNetwork) -> None:
    """In turn: a full round that answers nothing, and one that begins too far ahead and answers."""
    owner, _ = forked(two)
    later(two, PATIENCE)
    for _ in range(LIMIT + 1):
        owner.pad(2)
        assert owner.round(proofs=[], shown=JUNK, read=0) == 200
        assert owner.round(proofs=[], old=peer(two).their_size + 1, size=len(owner.forger)) in (
            400,
            409,
        )
        two.clock.forward(minutes=PATIENCE // 2)
    assert accused(two)


def test_an_answer_about_another_log_of_ours_says_nothing_of_what_was_read(
    two: SimulatedNetwork,
) -> None:
    owner, _ = forked(two)
    elsewhere = {"number": 1, "status": 200, "body": "", "origin": f"{NETWORK}/pk/exchange/9"}
    for _ in range(PATIENCE // 9 + 2 * LIMIT):
        owner.pad(1)
        elsewhere["number"] = peer(two).our_number
        owner.round(proofs=[], old=0, answer=elsewhere)
        two.clock.forward(minutes=8)
    assert {(UNPROVEN, "tr"), (UNANSWERED, "tr")} & set(alarms(two.node("pk")))


def test_reading_slowly_while_many_rounds_are_drawn_excuses_no_full_round(
    two: SimulatedNetwork,
) -> None:
    """It is always more than 64 of our rounds behind, and never a hundred minutes."""
    owner, size = forked(two)
    first = peer(two).our_number
    for _ in range(PATIENCE + LIMIT + 5):
        owner.pad(1)
        read = max(first, peer(two).our_number - 66)
        assert owner.round(proofs=[], shown=JUNK, read=read) == 200
    assert (UNANSWERED, "tr") not in alarms(two.node("pk"))
    assert tree(two, size).rounds >= LIMIT
    assert accused(two)


def test_who_reads_just_so_late_that_nothing_is_said_is_excused_from_nothing(
    two: SimulatedNetwork,
) -> None:
    """It has read all that is older than a hundred minutes, and nothing younger."""
    owner, _ = forked(two)
    for _ in range(3 * LIMIT):
        owner.pad(1)
        late = max(1, told_before(two, PATIENCE))
        assert owner.round(proofs=[], shown=JUNK, read=late) == 200
        two.clock.forward(minutes=9)
    assert accused(two)


# ---- whose turn it is --------------------------------------------------------------------------


class Later(Dishonest):
    """It has a store of messages in its log, which it delivers when it likes: each brings a tree
    that is smaller than the one it cannot prove.
    """

    def stock(self, count: int) -> None:
        body = {"items": [{"class": "flash", "from": 1, "to": 1}]}
        self.kept: list[tuple[bytes, bytes, int]] = []
        for _ in range(count):
            raw, salt = self.forger.control("resend.request", body), os.urandom(32)
            self.kept.append((raw, salt, len(self.forger)))
            self.forger.entries.append(
                self.forger.entry(raw, salt, agreement="", **{"class": "control"})
            )

    def deliver(self, count: int) -> list[int]:
        """Of the last `count` messages; returns the sizes of their trees."""
        now, self.kept = self.kept[:count], self.kept[count:]
        forger = self.forger
        sealed = [
            forger.sealed(raw, salt, index, checkpoint=forger.checkpoint(index + 1))
            for raw, salt, index in now
        ]
        take_in(self.network, "pk", sealed)
        return [index + 1 for _, _, index in now]


def test_messages_that_come_later_under_smaller_trees_put_nothing_off(
    two: SimulatedNetwork,
) -> None:
    other, owner = Forger(two), Later(two)
    each = 24
    owner.stock(each * (LIMIT + 3))
    for _ in range(len(owner.forger) - len(other) + 5):
        other.entries.append(other.entry(warning(two).raw, bytes(32)))
    take_in(two, "pk", [other.send(warning(two).raw)])
    size = len(other)
    owner.pad(size)
    later(two, LONG)
    owner.round(proofs=[])
    for _ in range(LIMIT + 2):
        trees = owner.deliver(each)
        owner.pad(1)
        top = len(owner.forger)
        proofs = [owner.forger.proof(one, top) for one in trees]
        assert owner.round(proofs=proofs, shown=JUNK, size=top) == 200
        assert all(tree(two, one).proven for one in trees)
    assert tree(two, size).rounds >= LIMIT
    assert accused(two)


def test_trees_of_a_closed_log_that_are_proven_again_and_again_put_nothing_off_for_ever(
    two: SimulatedNetwork,
) -> None:
    """It answers always the round before the newest, so that it cannot know the newest tree."""
    saturate(two, 70)
    two.pass_minutes(5)
    closed = Forger(two)
    succeed(two, "tr")
    announce(two, "tr")
    two.pass_minutes(3)
    rows = two.node("tr").store.rows(EntryRow, Where("origin", "=", TR), order="idx")
    closed.entries = [row.data for row in rows]
    mine = Where("origin", "=", TR), Where("proven", "=", True), Where("note", "!=", b"")
    held = two.node("pk").store.rows(AcceptedCheckpointRow, *mine, order="size")[:70]
    again = [{**closed.proof(row.size), "origin": TR} for row in held]
    origin, keys = TR.replace("/1", "/2"), KeyFiles(two.home("tr") / "keys", PASSPHRASE)
    rows = two.node("tr").store.rows(EntryRow, Where("origin", "=", origin), order="idx")
    other, owner = Forger(two), Dishonest(two)
    for one in (other, owner.forger):
        one.origin, one.entries = origin, [row.data for row in rows]
        one.key = keys.log_key(origin)
    take_in(two, "pk", [other.send(warning(two).raw)])
    owner.pad(3)
    later(two, LONG)
    for _ in range(LIMIT + 1):
        owner.pad(1)
        read = peer(two).our_number - 1
        assert owner.round(proofs=again, shown=JUNK, read=read) == 200
    assert accused(two)


# ---- rounds that are none ----------------------------------------------------------------------


def test_rounds_that_are_never_looked_at_are_no_rounds(two: SimulatedNetwork) -> None:
    """All its rounds have a number that was there before."""
    owner, _ = forked(two)
    for _ in range(9):
        take_in(two, "pk", [owner.forger.send(warning(two).raw)])
        take_in(two, "pk", [owner.forger.round(1)])
        two.pass_minutes(1)
    assert (NOT_ASKED, "tr") in alarms(two.node("pk"))


def test_a_partner_that_takes_away_the_key_to_write_to_it_is_noticed(
    two: SimulatedNetwork,
) -> None:
    """It cannot be told which tree was accepted, nor asked for a proof."""
    pk, now = two.node("pk"), two.clock()
    card, loss = pk.book.current.card("tr").card, Loss(now, now, "Said to be lost (simulated)")
    owner, size = forked(two)
    for epoch in card.sealing:
        note = sign_text(revoke_sealing(card, epoch.id, loss), two.authority("tr"))
        pk.desk.import_notice(note.decode(), OFFICER)
    owner.round(proofs=[])
    last = peer(two).our_number
    for _ in range(PATIENCE // 9 + 2 * LIMIT):
        owner.pad(1)
        assert owner.round(proofs=[], old=0) == 409
        two.clock.forward(minutes=8)
    assert peer(two).our_number == last
    assert tree(two, size).rounds < LIMIT
    assert alarms(two.node("pk")) == [(UNANSWERED, "tr")]


# ---- a partner that lost its end ---------------------------------------------------------------


def test_a_tree_that_its_partner_demands_after_a_recovery_is_an_accusation_all_the_same(
    two: SimulatedNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Forger(two, name="pk", victim="tr")
    take_in(two, "tr", [other.send(warning(two, sender="pk", recipient="tr").raw)], "pk")
    for _ in range(3):
        sent(two, warning(two, sender="tr", recipient="pk"))
    two.run()
    owner = Forger(two, name="pk", victim="tr")
    two.close("pk")
    copy = snapshot(two, "tr", tmp_path / "snapshot")
    sent(two, warning(two, sender="tr", recipient="pk"))
    put_back(two, "tr", copy)
    reboot(monkeypatch, tmp_path)
    recovered(two)
    two.open("tr")
    announce(two, "tr")
    for _ in range(LIMIT + 2):
        two.pass_minutes(2)
        known = peer(two, "tr", "pk")
        answer = {"number": known.our_number, "status": 200, "body": "", "origin": known.our_origin}
        envelope = owner.round(known.their_number + 1, old=known.their_size, answer=answer)
        take_in(two, "tr", [envelope], "pk")
    about_pk = {what for what, subject in alarms(two.node("tr")) if subject == "pk"}
    assert UNPROVEN in about_pk
    demanded = Where("origin", "=", PK), Where("size", "=", len(other))
    [row] = two.node("tr").store.rows(AcceptedCheckpointRow, *demanded)
    assert (row.heard_from, row.rounds) == ("tr", LIMIT)


# ---- a partner that lies about what it took ----------------------------------------------------


def test_a_partner_that_says_that_it_took_what_we_offered_has_nobody_else_accuse_us(
    tmp_path: Path,
) -> None:
    with begun(tmp_path, "tr", "pk", "iq") as three:
        sent(three, warning(three, sender="tr", recipient="pk"))
        three.run()
        note = three.node("tr").journal.state.exchange.head.checkpoint
        liar = Forger(three, name="pk", victim="tr")
        to_iq = Forger(three, name="pk", victim="iq")
        known = peer(three, "tr", "pk")
        three.close("pk")
        three.pass_minutes(2)
        number, offered = json.loads(peer(three, "tr", "pk").offers)[-1]
        answer = {"number": number, "status": 409, "body": f"{offered}\n", "origin": TR}
        waiting = Where("peer", "=", "pk"), Where("offered", ">", 0)
        assert three.node("tr").store.count(UsedCheckpointRow, *waiting)
        take_in(three, "tr", [liar.round(known.their_number + 1, answer=answer)], "pk")
        assert not three.node("tr").store.count(UsedCheckpointRow, *waiting)
        to_iq.entries = list(liar.entries)
        body = {"kind": "unproven", "notes": [note.decode()]}
        alarm = to_iq.send(to_iq.control("log.alarm", body), agreement="", **{"class": "control"})
        take_in(three, "iq", [alarm], "pk")
        three.pass_minutes(LIMIT + 5)
        for name in ("tr", "iq"):
            about_tr = {what for what, subject in alarms(three.node(name)) if subject == "tr"}
            assert about_tr == set(), name
        mine = Where("origin", "=", TR), Where("note", "=", note)
        [heard] = three.node("iq").store.rows(AcceptedCheckpointRow, *mine)
        assert heard.proven
