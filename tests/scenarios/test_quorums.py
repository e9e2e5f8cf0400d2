"""Every log is cosigned by a quorum of the network, which its partners can verify themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from core_faults import UNAVAILABLE, FailingStore
from core_network import FULL, Forger, alarms, begun, inbox_ids, sent, take_in, warning
from key_holder import KeyHolder
from relec_exchange.adapters.trustfiles import TrustFiles
from relec_exchange.audit.cosignature import read_cosigned
from relec_exchange.audit.merkle import verify_consistency
from relec_exchange.audit.policy import evaluate, format_policy, parse_policy
from relec_exchange.audit.quorum import check_quorum
from relec_exchange.errors import NotFound, Unavailable, Unverified
from relec_exchange.journal.plan import Plan
from relec_exchange.journal.witnessed import chain, cosigned_note, state, witnessed_size
from relec_exchange.message.identifiers import format_time
from relec_exchange.records import (
    AcceptedRow,
    AlarmRow,
    CosignatureRow,
    CosignedRow,
    Delete,
    OutboxRow,
    PeerRow,
    Update,
    Where,
    WitnessedRow,
)
from relec_exchange.rounds.gathering import BUSY_INTERVALS
from relec_exchange.testing import NETWORK, OFFICER, SimulatedNetwork
from relec_exchange.trust.note import sign_text
from relec_exchange.trust.revoking import Loss, revoke_witness
from relec_exchange.trust.witnesses import witnesses

ALL = ("tr", "pk", "iq", "ir", "af")
TR = f"{NETWORK}/tr/exchange/1"


@pytest.fixture
def five(tmp_path: Path) -> Iterator[SimulatedNetwork]:
    with begun(tmp_path, *ALL) as network:
        yield network


@pytest.fixture
def three(tmp_path: Path) -> Iterator[SimulatedNetwork]:
    with begun(tmp_path, "tr", "pk", "iq") as network:
        yield network


def rounds(network: SimulatedNetwork) -> int:
    """How many rounds all nodes that run have written."""
    mine = Where("type", "=", "round")
    return sum(node.store.count(OutboxRow, mine) for node in network._nodes.values())


def out(network: SimulatedNetwork, ident: str) -> str:
    row = network.node("tr").store.rows(OutboxRow, Where("message_id", "=", ident))[0]
    return state(network.node("tr").store, row.origin, row.leaf_index)


def arrived(network: SimulatedNetwork, ident: str) -> AcceptedRow:
    return network.node("pk").store.rows(AcceptedRow, Where("message_id", "=", ident))[0]


def seen(network: SimulatedNetwork, ident: str) -> str:
    """How pk sees a message of tr."""
    row = arrived(network, ident)
    return state(network.node("pk").store, row.origin, row.idx)


@pytest.mark.parametrize("size", [3, 5])
def test_within_three_rounds_both_ends_hold_a_message_that_a_quorum_has_witnessed(
    tmp_path: Path, size: int
) -> None:
    with begun(tmp_path, *ALL[:size]) as network:
        network.pass_minutes(3)
        ident = sent(network, warning(network))
        assert out(network, ident) == "logged"
        network.run()
        assert seen(network, ident) == "logged"
        network.pass_minutes(3)
        assert (out(network, ident), seen(network, ident)) == ("witnessed", "witnessed")
        assert all(alarms(network.node(name)) == [] for name in ALL[:size])


def test_the_recipient_can_prove_to_others_that_what_it_received_was_witnessed(
    five: SimulatedNetwork,
) -> None:
    ident = sent(five, warning(five))
    five.pass_minutes(3)
    store, used = five.node("pk").store, arrived(five, ident)
    links = chain(store, used.origin, used.size)
    for link in links:
        verify_consistency(link.old_size, link.old_root, link.size, link.root, link.path)
    cosigned = read_cosigned(cosigned_note(store, used.origin, used.size))
    assert cosigned.checkpoint.size >= used.size
    ends = {(link.old_size, link.old_root) for link in links} | {
        (link.size, link.root) for link in links
    }
    assert (cosigned.checkpoint.size, cosigned.checkpoint.root) in ends
    directory = five.node("pk").book.current
    counted = check_quorum(directory, cosigned, five.clock())
    assert len(counted) >= 3
    assert "tr" not in counted
    found = witnesses(directory, "tr", five.clock())
    policy = parse_policy(format_policy([directory.log_key(TR).public], found))
    assert set(counted) <= evaluate(policy, cosigned)


def test_our_own_log_leads_to_its_cosigned_tree_by_one_proof(three: SimulatedNetwork) -> None:
    three.pass_minutes(3)
    store = three.node("tr").store
    top = witnessed_size(store, TR)
    [link] = chain(store, TR, top - 1)
    verify_consistency(link.old_size, link.old_root, link.size, link.root, link.path)
    assert link.size == top > 2
    assert chain(store, TR, top) == []
    with pytest.raises(NotFound):
        chain(store, TR, 10_000)


def test_an_absent_partner_does_not_keep_a_quorum_from_the_others(five: SimulatedNetwork) -> None:
    five.pass_minutes(3)
    five.close("af")
    ident = sent(five, warning(five))
    five.pass_minutes(3)
    assert (out(five, ident), seen(five, ident)) == ("witnessed", "witnessed")


def test_without_a_quorum_traffic_goes_on_and_all_is_witnessed_when_the_absent_are_back(
    five: SimulatedNetwork,
) -> None:
    five.pass_minutes(3)
    five.close("af", "ir")
    first = sent(five, warning(five))
    five.pass_minutes(2)
    second = sent(five, warning(five))
    five.pass_minutes(BUSY_INTERVALS + 1)
    assert {first, second} <= set(inbox_ids(five.node("pk")))
    assert {out(five, one) for one in (first, second)} == {"logged"}
    assert {seen(five, one) for one in (first, second)} == {"logged"}
    before = rounds(five)
    five.pass_minutes(10)
    assert rounds(five) - before <= 3 * 4 * 2  # three nodes ask four partners, and are answered
    five.open("af")
    five.pass_minutes(12)
    assert {seen(five, one) for one in (first, second)} == {"witnessed"}
    assert alarms(five.node("pk")) == []


def test_an_idle_network_falls_back_to_one_round_for_each_partner_in_ten_minutes(
    five: SimulatedNetwork,
) -> None:
    sent(five, warning(five))
    five.pass_minutes(15)  # what the first exchange and the message left to do
    before = rounds(five)
    five.pass_minutes(40 if FULL else 10)
    assert rounds(five) - before <= (4 if FULL else 1) * 5 * 4 + 4


def test_a_witness_killed_before_its_judgement_is_kept_has_said_nothing_and_judges_again(
    three: SimulatedNetwork,
) -> None:
    three.pass_minutes(3)
    pk, mine = three.node("pk"), Where("witness", "=", "pk")
    three.clock.forward(minutes=11)
    three.hub.recorded.clear()
    three.node("tr").step()
    [round_] = [i.envelope for s, i in three.hub.recorded if (s, i.recipient) == ("tr", "pk")]
    before = pk.store.rows(PeerRow, Where("peer", "=", "tr"))[0]
    offered = three.node("tr").journal.state.exchange.head.size
    pk.journal._store = faulty = FailingStore(pk.store)
    faulty.commits = [UNAVAILABLE]
    with pytest.raises(Unavailable):
        take_in(three, "pk", [round_])
    assert pk.store.rows(PeerRow, Where("peer", "=", "tr"))[0] == before
    three.close("pk")
    three.open("pk")
    three.pass_minutes(11)
    kept = three.node("tr").store.rows(CosignatureRow, mine, order="-size", limit=1)
    assert kept[0].size > before.their_size
    assert witnessed_size(three.node("iq").store, TR) >= offered - 3
    assert alarms(three.node("tr")) == []


def test_lines_of_a_revoked_witness_key_do_not_count_any_more(three: SimulatedNetwork) -> None:
    """tr witnesses pk's log; its witness key is stolen and revoked."""
    three.pass_minutes(3)
    tr, old = KeyHolder(three), KeyHolder(three).card
    store = three.node("iq").store
    mine = Where("origin", "=", f"{NETWORK}/pk/exchange/1")
    note = store.rows(WitnessedRow, mine, order="-size", limit=1)[0].note
    assert "tr" in check_quorum(three.node("iq").book.current, read_cosigned(note), three.clock())
    tr.new_witness()
    three.run()
    assert check_quorum(three.node("iq").book.current, read_cosigned(note), three.clock())
    loss = Loss(three.clock() - timedelta(minutes=1), three.clock(), "Disk stolen (simulated)")
    text = revoke_witness(old, old.witness.public().fingerprint(), loss)
    told = sign_text(text, tr.authority.present())
    TrustFiles(three.home("tr") / "trust").put_notice(told)
    three.node("tr").desk.import_notice(told.decode(), OFFICER)
    three.pass_minutes(12)
    with pytest.raises(Unverified, match="too few"):
        check_quorum(three.node("iq").book.current, read_cosigned(note), three.clock())
    sent(three, warning(three, sender="pk", recipient="iq"))
    three.pass_minutes(4)
    newest = store.rows(WitnessedRow, mine, order="-size", limit=1)[0].note
    signed = check_quorum(three.node("iq").book.current, read_cosigned(newest), three.clock())
    assert "tr" in signed  # with the new key


def test_a_witness_may_change_its_keys_while_it_works(three: SimulatedNetwork) -> None:
    three.pass_minutes(3)
    KeyHolder(three).new_witness()
    three.pass_minutes(2)
    ident = sent(three, warning(three, sender="pk", recipient="iq"))
    three.pass_minutes(4)
    store = three.node("iq").store
    row = store.rows(AcceptedRow, Where("message_id", "=", ident))[0]
    assert state(store, row.origin, row.idx) == "witnessed"


def test_a_log_that_contradicts_itself_is_not_cosigned_until_a_person_has_looked(
    three: SimulatedNetwork,
) -> None:
    pk, forger, fork = three.node("pk"), Forger(three), Forger(three)
    three.close("tr")
    for one in (forger, fork):  # two trees of one size
        take_in(three, "pk", [one.send(warning(three).raw)])
    assert ("log-fork", "tr") in alarms(pk)

    def answered(number: int) -> tuple[int, int]:
        old = pk.store.rows(PeerRow, Where("peer", "=", "tr"))[0].their_size
        take_in(three, "pk", [forger.round(number, old=old)])
        row = pk.store.rows(PeerRow, Where("peer", "=", "tr"))[0]
        answer = json.loads(row.answer)
        return answer["status"], answer["body"].count("\n")

    assert [answered(number) for number in (90, 91)] == [(422, 0), (422, 0)]
    closed = {"closed_at": format_time(three.clock()), "closed_by": "auditor"}
    pk.journal.write(Plan(changes=(Update(AlarmRow, {"subject": "tr"}, closed),)))
    assert answered(92) == (200, 2)


def test_a_cosigned_tree_that_no_quorum_has_signed_is_not_believed(
    three: SimulatedNetwork,
) -> None:
    three.pass_minutes(3)
    note = three.node("tr").store.rows(CosignedRow, order="-size", limit=1)[0].note
    few = b"".join(note.splitlines(keepends=True)[:-2])  # of two witnesses, one is left
    forger = Forger(three)
    three.close("tr")
    store = three.node("pk").store
    forget = Delete(WitnessedRow, {"origin": TR})
    three.node("pk").journal.write(Plan(changes=(forget,)))
    peer = store.rows(PeerRow, Where("peer", "=", "tr"))[0]
    old, cosigned = peer.their_size, int(few.split(b"\n")[1])
    for number, text, kept in ((90, few, 0), (91, note, 1)):
        size = len(forger)
        shown = {"note": text.decode(), "hashes": forger.proof(cosigned, size)["hashes"]}
        take_in(three, "pk", [forger.round(number, old=old, size=size, cosigned=shown)])
        assert store.count(WitnessedRow, Where("origin", "=", TR)) == kept
        old = size
