"""A partner's round: every answer, every alarm, and what proves what."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from core_network import Forger, alarms, entries, events, sent, take_in, warning
from relec_exchange.audit.witness import format_request
from relec_exchange.message.encoding import b64
from relec_exchange.records import (
    AcceptedCheckpointRow,
    AlarmRow,
    PeerRow,
    Where,
)
from relec_exchange.testing import NETWORK, SimulatedNetwork
from relec_exchange.trust.signature import HybridKey


def peer(network: SimulatedNetwork, node: str = "pk", of: str = "tr") -> PeerRow:
    return network.node(node).store.rows(PeerRow, Where("peer", "=", of))[0]


def heard(network: SimulatedNetwork, envelope: bytes) -> tuple[int, str]:
    """pk's answer to a round: status and body; `cosigned` stands for two lines of pk's key."""
    take_in(network, "pk", [envelope])
    answer = json.loads(peer(network).answer)
    lines = answer["body"].splitlines()
    ours = [line for line in lines if line.startswith(f"\N{EM DASH} {NETWORK}/pk/witness ")]
    return answer["status"], "cosigned" if len(ours) == len(lines) == 2 else answer["body"]


def proven(network: SimulatedNetwork) -> dict[int, tuple[bool, int]]:
    """Sizes of tr's checkpoints that pk has accepted: whether proven, and the rounds counted."""
    rows = network.node("pk").store.rows(AcceptedCheckpointRow, Where("sender", "=", "tr"))
    return {row.size: (row.proven, row.rounds) for row in rows}


def known(network: SimulatedNetwork) -> int:
    """The size of tr's tree that pk accepted last."""
    return peer(network).their_size


@pytest.fixture
def forger(network: SimulatedNetwork) -> Forger:
    """tr gone bad right after its first honest round; its real node is switched off."""
    made = Forger(network)
    network.close("tr")
    return made


def test_a_tree_that_continues_is_accepted_and_remembered(
    network: SimulatedNetwork, forger: Forger
) -> None:
    size = len(forger)
    assert heard(network, forger.round(2, old=known(network), size=size)) == (200, "cosigned")
    assert known(network) == size
    answer = json.loads(peer(network).answer)
    assert (answer["number"], answer["origin"]) == (2, f"{NETWORK}/tr/exchange/1")


def test_the_same_tree_again_is_accepted(network: SimulatedNetwork, forger: Forger) -> None:
    size = len(forger)
    assert heard(network, forger.round(2, old=known(network), size=size))[0] == 200
    assert heard(network, forger.round(3, old=size, size=size)) == (200, "cosigned")


@pytest.mark.parametrize("request_text", ["nonsense", "old 0\n\n", "old 1\n\n— x AAAA\n"])
def test_a_malformed_request_is_answered_400(
    network: SimulatedNetwork, forger: Forger, request_text: str
) -> None:
    before = known(network)
    assert heard(network, forger.round(2, request=request_text)) == (400, "")
    assert known(network) == before


def test_an_old_size_beyond_the_new_one_is_answered_400(
    network: SimulatedNetwork, forger: Forger
) -> None:
    point = forger.checkpoint()
    text = format_request(point.size + 1, (), point.note).decode()
    assert heard(network, forger.round(2, request=text)) == (400, "")


def test_a_signature_of_another_key_is_answered_403(
    network: SimulatedNetwork, forger: Forger
) -> None:
    real, forger.key = forger.key, HybridKey.generate(forger.origin, "log", os.urandom)
    request_text = format_request(0, (), forger.checkpoint().note).decode()
    forger.key = real
    assert heard(network, forger.round(2, request=request_text)) == (403, "")


def test_a_checkpoint_of_another_log_is_answered_404(
    network: SimulatedNetwork, forger: Forger
) -> None:
    note = network.node("pk").journal.state.exchange.head.checkpoint
    text = format_request(0, (), note).decode()
    assert heard(network, forger.round(2, request=text)) == (404, "")


@pytest.mark.parametrize("old", [0, 1])
def test_another_old_size_than_the_one_accepted_last_is_answered_409_with_that_size(
    network: SimulatedNetwork, forger: Forger, old: int
) -> None:
    first = len(forger)
    heard(network, forger.round(2, old=known(network), size=first))
    assert heard(network, forger.round(3, old=old)) == (409, f"{first}\n")
    assert known(network) == first
    assert alarms(network.node("pk")) == []


def test_hashes_that_prove_nothing_are_answered_422_and_alarm(
    network: SimulatedNetwork, forger: Forger
) -> None:
    size = len(forger)
    heard(network, forger.round(2, old=known(network), size=size))
    other = rewritten(network, forger, size)
    path = forger.tree().consistency(size)
    text = format_request(size, path, other.checkpoint().note).decode()
    assert heard(network, forger.round(3, request=text)) == (422, "")
    assert alarms(network.node("pk")) == [("log-inconsistent", "tr")]
    evidence = network.node("pk").store.rows(AlarmRow)[0].evidence
    assert evidence.count(f"{NETWORK}/tr/exchange/1\n".encode()) == 2
    assert len(entries(network.node("pk"), "alarm", "activity")) == 1


def rewritten(network: SimulatedNetwork, forger: Forger, size: int) -> Any:
    """The same log with another history below `size`, and longer."""
    other = copy_of(forger)
    other.entries[size - 1] = other.entry(warning(network).raw, os.urandom(32), seq=99)
    other.send(warning(network).raw)
    other.send(warning(network).raw)
    return other


def copy_of(forger: Forger) -> Forger:
    made = object.__new__(Forger)
    made.__dict__.update(forger.__dict__)
    made.entries, made.sequences = list(forger.entries), dict(forger.sequences)
    return made


def test_two_trees_of_one_size_are_answered_422_and_alarm(
    network: SimulatedNetwork, forger: Forger
) -> None:
    size = len(forger)
    heard(network, forger.round(2, old=known(network), size=size))
    other = copy_of(forger)
    other.entries[size - 1] = other.entry(warning(network).raw, os.urandom(32), seq=99)
    text = format_request(size, (), other.checkpoint(size).note).decode()
    assert heard(network, forger.round(3, request=text)) == (422, "")
    assert alarms(network.node("pk")) == [("log-fork", "tr")]


@pytest.mark.parametrize(("old", "status"), [(None, 422), (0, 409)])
def test_another_tree_than_a_message_used_is_a_fork_whatever_old_size_is_claimed(
    network: SimulatedNetwork, forger: Forger, old: int | None, status: int
) -> None:
    before = known(network)
    take_in(network, "pk", [forger.send(warning(network).raw)])
    used = len(forger)
    other = copy_of(forger)
    other.entries[-1] = other.entry(warning(network).raw, os.urandom(32), seq=99)
    old = before if old is None else old
    path = other.tree(used).consistency(old) if old else ()
    text = format_request(old, path, other.checkpoint(used).note).decode()
    body = f"{before}\n" if status == 409 else ""
    assert heard(network, forger.round(2, request=text)) == (status, body)
    assert alarms(network.node("pk")) == [("log-fork", "tr")]
    assert known(network) == before


def test_an_old_checkpoint_is_no_step_back(network: SimulatedNetwork, forger: Forger) -> None:
    first = known(network)
    size = len(forger)
    heard(network, forger.round(2, old=first, size=size))
    assert heard(network, forger.round(3, old=first, size=first)) == (409, f"{size}\n")
    assert known(network) == size


def test_a_round_that_comes_late_says_nothing_new(
    network: SimulatedNetwork, forger: Forger
) -> None:
    size = len(forger)
    late = forger.round(2, old=known(network), size=size)
    assert heard(network, forger.round(3, old=known(network), size=size))[0] == 200
    before = peer(network)
    take_in(network, "pk", [late])
    assert peer(network) == before


def test_of_several_rounds_in_one_batch_the_newest_counts(
    network: SimulatedNetwork, forger: Forger
) -> None:
    first = known(network)
    batch = [forger.round(n, old=first) for n in (2, 5, 3)]
    take_in(network, "pk", batch)
    assert peer(network).their_number == 5


# ---- proofs ------------------------------------------------------------------------------------


def test_proofs_of_an_accepted_round_prove_what_messages_used(
    network: SimulatedNetwork, forger: Forger
) -> None:
    sizes = []
    for _ in range(3):
        take_in(network, "pk", [forger.send(warning(network).raw)])
        sizes.append(len(forger))
    assert all(not proven(network)[size][0] for size in sizes)
    top = len(forger)
    proofs = [forger.proof(size, top) for size in sizes[:2]]
    heard(network, forger.round(2, old=known(network), size=top, proofs=proofs))
    assert {size for size, (done, _) in proven(network).items() if done} >= set(sizes)


def test_a_round_that_is_not_accepted_proves_nothing(
    network: SimulatedNetwork, forger: Forger
) -> None:
    take_in(network, "pk", [forger.send(warning(network).raw)])
    size = len(forger)
    assert heard(network, forger.round(2, old=0, proofs=[forger.proof(size)]))[0] == 409
    # It answers no round of ours: it may not know yet which tree we accepted, and is not blamed.
    assert proven(network)[size] == (False, 0)


def test_a_partner_is_excused_until_it_has_read_what_it_was_told_and_no_longer(
    network: SimulatedNetwork, forger: Forger
) -> None:
    take_in(network, "pk", [forger.send(warning(network).raw)])
    size = len(forger)
    network.clock.forward(minutes=101)  # ten of the longest intervals, and a little
    network.run()
    for n in range(2, 12):  # somebody may keep back what we tell it
        assert heard(network, forger.round(n, old=0))[0] == 409
        assert proven(network)[size] == (False, 0)
    pk = f"{NETWORK}/pk/exchange/1"
    read = {"number": peer(network).our_number, "status": 200, "body": "", "origin": pk}
    for n in range(12, 22):
        assert heard(network, forger.round(n, old=0, answer=read))[0] == 409
        assert proven(network)[size] == (False, n - 11)
    assert ("checkpoint-unproven", "tr") in alarms(network.node("pk"))


def test_a_proof_that_fails_is_an_alarm_and_the_others_count(
    network: SimulatedNetwork, forger: Forger
) -> None:
    sizes = []
    for _ in range(2):
        take_in(network, "pk", [forger.send(warning(network).raw)])
        sizes.append(len(forger))
    forger.send(warning(network).raw)
    top = len(forger)
    good = forger.proof(sizes[0], top)
    bad = good | {"hashes": [*good["hashes"][::-1], "A" * 43 + "="]}
    proofs = [bad, forger.proof(sizes[1], top)]
    heard(network, forger.round(2, old=known(network), size=top, proofs=proofs))
    assert proven(network)[sizes[0]] == (False, 1)
    assert proven(network)[sizes[1]][0] is True
    assert alarms(network.node("pk")) == [("log-inconsistent", "tr")]


def test_a_proof_that_comes_before_its_message_binds_the_message(
    network: SimulatedNetwork, forger: Forger
) -> None:
    envelope = forger.send(warning(network).raw)
    size = len(forger)
    other = copy_of(forger)
    other.entries[-1] = other.entry(warning(network).raw, os.urandom(32), seq=99)
    forger.send(warning(network).raw)
    top = len(forger)
    proofs = [forger.proof(size, top)]
    heard(network, forger.round(2, old=known(network), size=top, proofs=proofs))
    assert proven(network)[size] == (True, 0)
    salt, raw = os.urandom(32), warning(network).raw
    other.entries[-1] = other.entry(raw, salt, seq=98)
    take_in(network, "pk", [other.sealed(raw, salt, size - 1)])
    assert alarms(network.node("pk")) == [("log-fork", "tr")]
    take_in(network, "pk", [envelope])
    row = network.node("pk").store.rows(AcceptedCheckpointRow, Where("size", "=", size))[0]
    assert row.proven
    assert row.note  # evidence needs the note, which only the message brought


def test_a_round_and_the_message_it_proves_may_come_in_one_batch(
    network: SimulatedNetwork, forger: Forger
) -> None:
    envelope = forger.send(warning(network).raw)
    size = len(forger)
    text = forger.round(2, old=known(network), size=size, proofs=[forger.proof(size, size)])
    take_in(network, "pk", [text, envelope])
    row = network.node("pk").store.rows(AcceptedCheckpointRow, Where("size", "=", size))[0]
    assert (row.proven, bool(row.note)) == (True, True)


def test_two_trees_of_one_size_in_one_batch_are_an_alarm_and_none_is_cosigned(
    network: SimulatedNetwork, forger: Forger
) -> None:
    """What a message of the same batch used is in the store only after the commit."""
    other = copy_of(forger)
    forged = other.send(warning(network).raw)
    forger.send(warning(network).raw)
    before = known(network)
    take_in(network, "pk", [forged, forger.round(2, old=before, size=len(other))])
    answer = json.loads(peer(network).answer)
    assert (answer["status"], answer["body"], known(network)) == (422, "", before)
    assert alarms(network.node("pk")) == [("log-fork", "tr")]
    [row] = network.node("pk").store.rows(AlarmRow)
    assert row.evidence.count(f"{forger.origin}\n{len(other)}\n".encode()) == 2


def test_an_empty_tree_with_another_root_is_answered_422(
    network: SimulatedNetwork, forger: Forger
) -> None:
    text = f"{forger.origin}\n0\n{b64(bytes(32))}\n".encode()
    lines = forger.key.sign_text(text, int(network.clock().timestamp()))
    note = (text + b"\n" + b"".join(lines)).decode()
    assert heard(network, forger.round(2, request=f"old 0\n\n{note}")) == (422, "")
    wrong = note.replace(b64(bytes(32)), b64(bytes([1] * 32)))
    assert heard(network, forger.round(3, request=f"old 0\n\n{wrong}")) == (400, "")


def test_a_round_and_a_message_of_another_tree_in_one_batch_leave_it_unproven(
    network: SimulatedNetwork, forger: Forger
) -> None:
    other = copy_of(forger)
    forged = other.send(warning(network).raw)
    forger.send(warning(network).raw)
    size = len(forger)
    forger.send(warning(network).raw)
    top = len(forger)
    text = forger.round(2, old=known(network), size=top, proofs=[forger.proof(size, top)])
    take_in(network, "pk", [forged, text])
    row = network.node("pk").store.rows(AcceptedCheckpointRow, Where("size", "=", size))[0]
    assert row.proven is False


# ---- unproven ----------------------------------------------------------------------------------


def test_a_checkpoint_that_ten_rounds_could_have_proven_and_did_not_is_an_alarm(
    network: SimulatedNetwork, forger: Forger
) -> None:
    """A later tree without a consistency proof: two trees, and the partner sees one of them."""
    fork = copy_of(forger)
    take_in(network, "pk", [fork.send(warning(network).raw)])
    forked = len(fork)
    for _ in range(5):
        forger.send(warning(network).raw)
    pk = network.node("pk")
    for n in range(2, 11):
        size = len(forger)
        assert heard(network, forger.round(n, old=known(network), size=size))[0] == 200
        network.clock.forward(minutes=1)
        assert proven(network)[forked] == (False, n - 1)
        assert alarms(pk) == []
    heard(network, forger.round(11, old=known(network), size=len(forger)))
    assert alarms(pk) == [("checkpoint-unproven", "tr")]
    assert [e.ref for e in events(pk, "alarm")] == ["tr"]
    row = pk.store.rows(AlarmRow)[0]
    assert f"{NETWORK}/tr/exchange/1\n{forked}\n".encode() in row.evidence
    heard(network, forger.round(12, old=known(network), size=len(forger)))
    assert len(alarms(pk)) == 1


def test_rounds_that_are_refused_count_too(network: SimulatedNetwork, forger: Forger) -> None:
    take_in(network, "pk", [forger.send(warning(network).raw)])
    # The first of them may have been written before the message: nothing says what it knew.
    for n in range(2, 13):
        assert heard(network, forger.round(n, request="nonsense"))[0] == 400
    assert ("checkpoint-unproven", "tr") in alarms(network.node("pk"))


def test_a_checkpoint_younger_than_the_round_is_not_counted(
    network: SimulatedNetwork, forger: Forger
) -> None:
    late = forger.round(2, old=known(network))
    take_in(network, "pk", [forger.send(warning(network).raw)])
    size = len(forger)
    take_in(network, "pk", [late])
    assert proven(network)[size] == (False, 0)


def test_an_honest_node_is_never_alarmed_about(network: SimulatedNetwork) -> None:
    for n in range(40):
        if n % 3 == 0:
            sent(network, warning(network))
        if n % 5 == 0:
            sent(network, warning(network, sender="pk", recipient="tr"))
        network.pass_minutes(1)
    for name in ("tr", "pk"):
        node = network.node(name)
        assert alarms(node) == []
        rows = node.store.rows(AcceptedCheckpointRow)
        assert max(row.rounds for row in rows) <= 3
        assert [row.proven for row in rows].count(False) <= 4
