"""A batch as it is built: numbers, proofs, seals, and content under a key of its own."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from core_network import check_logs, entries, sent, warning
from relec_exchange.audit.checkpoint import verify_checkpoint
from relec_exchange.audit.merkle import leaf_hash, verify_inclusion
from relec_exchange.audit.proof import parse_proof
from relec_exchange.errors import NotFound
from relec_exchange.journal.build import Built, build
from relec_exchange.journal.content import store_content
from relec_exchange.journal.control import control_send
from relec_exchange.journal.plan import Plan
from relec_exchange.message.identifiers import MessageClass
from relec_exchange.node import Node
from relec_exchange.records import OutboxRow, UsedCheckpointRow, Where
from relec_exchange.sealing.atrest import decrypt
from relec_exchange.sealing.envelope import parse_envelope
from relec_exchange.sealing.unseal import unseal
from relec_exchange.testing import SimulatedNetwork

ERASED = {
    "kind": "erased",
    "network": "relec.example",
    "what": "sealing-epoch",
    "subject": "00ff",
    "reason": "test",
}


def ping(network: SimulatedNetwork, node: Node) -> Plan:
    items = {"items": [{"class": "flash", "from": 1, "to": 2}]}
    send, secrets = control_send(
        node.book.current, "pk", "resend.request", items, network.clock(), os.urandom
    )
    return Plan(sends=(send,), secrets=secrets)


def built(network: SimulatedNetwork, *plans: Plan) -> Built:
    node = network.node("tr")
    return build(node.journal.state, plans, node._surroundings(), network.clock())


def test_every_message_of_a_mixed_batch_is_proven_under_one_checkpoint(
    network: SimulatedNetwork,
) -> None:
    tr, pk = network.node("tr"), network.node("pk")
    plans = [Plan(exchange=(ERASED,) * (n % 3)) for n in range(20)]
    plans[4:4] = plans[9:9] = plans[15:15] = [ping(network, tr), ping(network, tr)]
    made = built(network, *plans)
    checkpoints = set()
    for answer in made.answers:
        for place, item in zip(answer.sent, answer.outgoing, strict=True):
            envelope = parse_envelope(item.envelope)
            private = pk._keys.sealing(envelope.header.key_id)
            assert private is not None
            content = unseal(envelope, private)
            proof = parse_proof(content.proof)
            key = pk.book.current.log_key(made.state.exchange.head.origin).public
            checkpoint = verify_checkpoint(proof.checkpoint, key)
            checkpoints.add(checkpoint.note)
            assert proof.index == place.leaf_index
            assert leaf_hash(content.entry) == place.leaf
            verify_inclusion(place.leaf, proof.index, checkpoint.size, proof.path, checkpoint.root)
    assert len(checkpoints) == 1
    assert sum(len(answer.sent) for answer in made.answers) == 6


def test_a_batch_that_is_dropped_leaves_no_trace(network: SimulatedNetwork) -> None:
    node = network.node("tr")
    before = node.journal.state
    root = before.exchange.log.tree.root()
    built(network, ping(network, node), Plan(exchange=(ERASED,)))
    assert node.journal.state is before
    assert before.exchange.log.tree.root() == root
    sent(network, warning(network))
    network.run()
    check_logs(network)


def test_numbers_count_for_each_recipient_and_class(network: SimulatedNetwork) -> None:
    node = network.node("tr")
    first = node.journal.state.sequences["pk", "control"]
    made = built(network, ping(network, node), ping(network, node))
    assert [a.sent[0].seq for a in made.answers] == [first, first + 1]
    assert made.state.sequences["pk", "control"] == first + 2
    assert ("pk", "ordinary") not in made.state.sequences


@pytest.fixture
def late(network: SimulatedNetwork) -> Callable[[], None]:
    """Move the clock beyond all sealing epochs of both cards."""
    return lambda: network.clock.forward(days=230)


def test_a_message_of_the_node_to_a_partner_without_a_key_is_logged_without_an_envelope(
    network: SimulatedNetwork, late: Callable[[], None]
) -> None:
    late()
    node = network.node("tr")
    answer = node.journal.write(ping(network, node))
    assert len(answer.sent) == 1
    assert answer.outgoing == ()
    row = node.store.rows(OutboxRow, Where("leaf_index", "=", answer.sent[0].leaf_index))[0]
    assert (row.state, row.envelope) == ("released", None)
    used = Where("size", "=", answer.sent[0].leaf_index + 1)
    assert node.store.count(UsedCheckpointRow, used) == 0


def test_a_message_of_an_officer_to_a_partner_without_a_key_is_refused(
    network: SimulatedNetwork, late: Callable[[], None]
) -> None:
    late()
    result = network.submit(warning(network))
    assert result["status"] == "refused"
    assert result["error"]["code"] == NotFound.code
    assert "sealing key" in result["error"]["message"]
    assert [e for e in entries(network.node("tr"), "sent") if e["class"] == "ordinary"] == []


def test_the_outbox_names_what_the_log_says(network: SimulatedNetwork) -> None:
    ident = sent(network, warning(network))
    node = network.node("tr")
    row = node.store.rows(OutboxRow, Where("message_id", "=", ident))[0]
    entry = next(e for e in entries(node, "sent") if e["id"] == ident)
    assert (row.seq, row.agreement, row.sent_at) == (
        entry["seq"],
        entry["agreement"],
        entry["time"],
    )
    assert row.cls == entry["class"] == MessageClass.ORDINARY


def test_content_is_stored_under_a_new_key_each_time() -> None:
    salt = os.urandom(32)
    one, two = (store_content("in/tr/x", b"message", salt, os.urandom) for _ in range(2))
    assert one.key_id != two.key_id
    assert one.key_id.startswith("in/tr/x/")
    for stored in (one, two):
        secret = stored.secrets[stored.key_id]
        assert decrypt(secret[:32], stored.key_id.encode(), stored.content) == b"message"
        assert secret[32:] == salt
    assert b"message" not in one.content
    assert one.secrets[one.key_id] != two.secrets[two.key_id]
