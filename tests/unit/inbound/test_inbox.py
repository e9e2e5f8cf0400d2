"""A batch in one transaction: receipts, duplicates, poison, and a store that fails."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from core_faults import UNAVAILABLE, FailingStore
from core_network import (
    Forger,
    captured,
    chain,
    check_logs,
    entries,
    events,
    inbox_ids,
    quarantined,
    sent,
    stages,
    state,
    take_in,
    warning,
)
from relec_exchange.errors import Misconfigured, Reason, Unavailable
from relec_exchange.inbound.receive import Quarantined, Repeated, VerifiedMessage
from relec_exchange.journal.arrived import Arrived
from relec_exchange.journal.plan import Plan
from relec_exchange.message.identifiers import MessageClass
from relec_exchange.node import Node
from relec_exchange.ports import WriterReplaced
from relec_exchange.records import (
    AcceptedRow,
    EventRow,
    Insert,
    OutboxRow,
    ReceiptRow,
    ReceivedContentRow,
    Where,
)
from relec_exchange.testing import SimulatedNetwork


def receipts_of(node: Node) -> list[OutboxRow]:
    """The receipts that a node has written."""
    return node.store.rows(OutboxRow, Where("type", "=", "receipt"), order="row")


def published(network: SimulatedNetwork, sender: str, row: OutboxRow) -> int:
    """How many envelopes of one message have passed the broker."""
    return sum(
        1 for name, item in network.hub.recorded if name == sender and item.key == row.leaf_index
    )


def with_faults(network: SimulatedNetwork, name: str = "pk") -> FailingStore:
    """Put a store that can fail under the journal and the inbox of a node."""
    node = network.node(name)
    faulty = FailingStore(node.store)
    node.journal._store = faulty
    node._inbox._store = faulty
    node._inbox._memory._store = faulty
    return faulty


# ---- receipts ----------------------------------------------------------------------------------


def test_a_batch_gets_one_receipt_for_its_sender(network: SimulatedNetwork) -> None:
    envelopes = [captured(network, warning(network)) for _ in range(7)]
    take_in(network, "pk", envelopes)
    receipts = receipts_of(network.node("pk"))
    assert len(receipts) == 1
    network.run()
    told = network.node("tr").store.rows(ReceiptRow)
    assert len(told) == 7
    assert {row.receipt_id for row in told} == {receipts[0].message_id}
    assert {row.code for row in told} == {"accepted"}
    check_logs(network)


def test_accepted_and_rejected_of_one_batch_stand_in_one_receipt(
    network: SimulatedNetwork,
) -> None:
    forger = Forger(network)
    batch = [forger.send(warning(network).raw), forger.send(b"{"), forger.send(b"\xff")]
    take_in(network, "pk", batch)
    receipt = receipts_of(network.node("pk"))[0]
    rows = network.node("pk").store.rows(AcceptedRow, Where("cls", "=", "ordinary"), order="idx")
    assert [(row.outcome, row.receipt_id) for row in rows] == [
        ("accepted", receipt.message_id),
        ("syntax", receipt.message_id),
        ("syntax", receipt.message_id),
    ]
    logged = entries(network.node("pk"), "received")
    assert [e["outcome"] for e in logged] == ["accepted", "syntax", "syntax"]


@pytest.mark.parametrize("kind", ["receipt", "round", "void"])
def test_some_types_are_never_receipted_also_when_they_are_refused(
    network: SimulatedNetwork, kind: str
) -> None:
    forger = Forger(network)
    header = {"message_id": warning(network).header.message_id, "type": kind}
    options = {"agreement": "", "class": "control", "header": header}
    verdict = take_in(network, "pk", [forger.send(b"{}", **options)])[0]
    assert getattr(verdict, "reason", None) is Reason.SCHEMA
    node = network.node("pk")
    assert receipts_of(node) == []
    assert len(entries(node, "received")) == (0 if kind == "round" else 1)


def test_a_refused_resend_request_is_receipted(network: SimulatedNetwork) -> None:
    forger = Forger(network)
    header = {"message_id": warning(network).header.message_id, "type": "resend.request"}
    options = {"agreement": "", "class": "control", "header": header}
    take_in(network, "pk", [forger.send(b"{}", **options)])
    assert len(receipts_of(network.node("pk"))) == 1


def test_a_duplicate_gets_the_same_receipt_again_at_most_once_a_minute(
    network: SimulatedNetwork,
) -> None:
    envelope = captured(network, warning(network))
    take_in(network, "pk", [envelope])
    receipt = receipts_of(network.node("pk"))[0]
    for _ in range(5):
        assert isinstance(take_in(network, "pk", [envelope, envelope])[0], Repeated)
    assert published(network, "pk", receipt) == 1
    network.clock.forward(seconds=61)
    for _ in range(5):
        take_in(network, "pk", [envelope])
    assert published(network, "pk", receipt) == 2
    network.clock.forward(seconds=61)
    take_in(network, "pk", [envelope])
    assert published(network, "pk", receipt) == 3
    node = network.node("pk")
    assert receipts_of(node)[0].resent == 2
    assert len(receipts_of(node)) == 1
    assert len(inbox_ids(node)) == 1
    assert [e["kind"] for e in entries(node)].count("received") == 1


def test_a_duplicate_of_what_was_refused_gets_its_receipt_again(network: SimulatedNetwork) -> None:
    envelope = Forger(network).send(b"{")
    take_in(network, "pk", [envelope])
    network.clock.forward(seconds=61)
    assert isinstance(take_in(network, "pk", [envelope])[0], Repeated)
    assert published(network, "pk", receipts_of(network.node("pk"))[0]) == 2


def test_a_repeated_receipt_reaches_a_sender_that_lost_the_first(
    network: SimulatedNetwork,
) -> None:
    ident = sent(network, warning(network))
    network.hub.interfere = lambda sender, item: [] if sender == "pk" else [item.envelope]
    network.run()
    network.hub.interfere = None
    assert state(network.node("tr"), ident) == "relayed"
    network.clock.forward(seconds=61)
    take_in(network, "pk", envelopes_of(network, ident))
    network.run()
    assert state(network.node("tr"), ident) == "validated"


def envelopes_of(network: SimulatedNetwork, ident: str) -> list[bytes]:
    """The envelopes of a message of tr as they passed the broker."""
    row = network.node("tr").store.rows(OutboxRow, Where("message_id", "=", ident))[0]
    passed = [item for name, item in network.hub.recorded if name == "tr"]
    return [item.envelope for item in passed if item.key == row.leaf_index]


def test_a_conflict_again_and_again_is_told_once_a_minute(network: SimulatedNetwork) -> None:
    forger = Forger(network)
    first_one = forger.send(warning(network).raw, seq=1)
    others = [forger.send(warning(network).raw, seq=1) for _ in range(30)]
    take_in(network, "pk", [first_one, *others[:10]])
    take_in(network, "pk", others[10:])
    node = network.node("pk")
    assert [e["outcome"] for e in entries(node, "received")] == ["accepted", "conflict"]
    assert quarantined(node).count("duplicate-conflict") == 30
    network.clock.forward(seconds=61)
    take_in(network, "pk", others[:5])
    assert len(entries(node, "received")) == 3


# ---- poison ------------------------------------------------------------------------------------


def fails_on(ident: str) -> Any:
    """A router that stumbles over one message."""

    def targets(header: Any) -> Sequence[tuple[str, str]]:
        if header.message_id == ident:
            raise ZeroDivisionError("a bug")
        return [("contact-point", "mailbox")]

    return targets


@pytest.mark.parametrize("position", [0, 3, 8])
def test_a_poison_message_never_stops_its_batch(
    network: SimulatedNetwork, monkeypatch: pytest.MonkeyPatch, position: int
) -> None:
    messages = [warning(network) for _ in range(9)]
    envelopes = [captured(network, message) for message in messages]
    node = network.node("pk")
    poison = messages[position].header.message_id
    monkeypatch.setattr(node._inbox, "_targets", fails_on(poison))
    verdicts = take_in(network, "pk", envelopes)
    assert verdicts[position] == Quarantined(Reason.UNEXPECTED, "ZeroDivisionError")
    others = [m.header.message_id for m in messages if m.header.message_id != poison]
    assert sorted(inbox_ids(node)) == sorted(others)
    assert quarantined(node) == ["unexpected"]
    found = chain(node)
    assert found is not None
    assert found.contiguous == position
    check_logs(network)


def test_a_poison_message_is_still_missed_and_comes_through_once_the_fault_is_mended(
    network: SimulatedNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = warning(network)
    ident = sent(network, message)
    node = network.node("pk")
    with monkeypatch.context() as patch:
        patch.setattr(node._inbox, "_targets", fails_on(ident))
        network.run()
    assert inbox_ids(node) == []
    network.pass_minutes(4)
    assert inbox_ids(node) == [ident]
    assert state(network.node("tr"), ident) == "validated"


def test_a_handler_that_fails_leaves_its_neighbours(network: SimulatedNetwork) -> None:
    node = network.node("pk")
    handlers = dict(node._inbox._handlers)

    def broken(arrived: Sequence[Arrived], now: datetime) -> Plan:
        raise RuntimeError("a bug")

    node._inbox._handlers = {**handlers, "resend.request": broken}
    forger = Forger(network)
    request = forger.control("resend.request", {"items": [{"class": "flash", "from": 1, "to": 1}]})
    options = {"agreement": "", "class": "control"}
    batch = [
        forger.send(warning(network).raw),
        forger.send(request, **options),
        forger.send(warning(network).raw),
        forger.round(99),
    ]
    verdicts = take_in(network, "pk", batch)
    accepted = [isinstance(verdict, VerifiedMessage) for verdict in verdicts]
    assert accepted == [True, False, True, True]
    assert len(inbox_ids(node)) == 2


def test_a_handler_whose_plan_cannot_be_stored_leaves_its_neighbours(
    network: SimulatedNetwork,
) -> None:
    node = network.node("pk")

    def poisonous(arrived: Sequence[Arrived], now: datetime) -> Plan:
        return Plan(changes=(Insert(EventRow("", "x", "\ud800", "{}")),))

    node._inbox._handlers = {**node._inbox._handlers, "round": poisonous}
    forger = Forger(network)
    batch = [forger.send(warning(network).raw), forger.round(9), forger.send(warning(network).raw)]
    verdicts = take_in(network, "pk", batch)
    assert [type(v).__name__ for v in verdicts] == [
        "VerifiedMessage",
        "Quarantined",
        "VerifiedMessage",
    ]


# ---- a store that fails ------------------------------------------------------------------------


def test_a_failed_commit_takes_nothing_in_and_the_next_try_takes_all(
    network: SimulatedNetwork,
) -> None:
    messages = [warning(network, f"number {n}") for n in range(4)]
    envelopes = [captured(network, message) for message in messages]
    faulty, node = with_faults(network), network.node("pk")
    for _ in range(3):
        faulty.commits = [UNAVAILABLE]
        with pytest.raises(Unavailable):
            take_in(network, "pk", envelopes)
        assert inbox_ids(node) == []
        assert quarantined(node) == []
    take_in(network, "pk", envelopes)
    ids = [message.header.message_id for message in messages]
    assert inbox_ids(node) == ids
    for n, ident in enumerate(ids):  # the key in the vault is the one of the attempt that held
        assert network.open_message("pk", ident)["body"]["what"] == f"number {n}"
    network.run()
    check_logs(network)


def test_a_commit_whose_answer_was_lost_delivers_nothing_twice_and_misses_nothing(
    network: SimulatedNetwork,
) -> None:
    envelopes = [captured(network, warning(network)) for _ in range(4)]
    faulty, node = with_faults(network), network.node("pk")
    faulty.commits, faulty.taken = [UNAVAILABLE], True
    with pytest.raises(Unavailable):
        take_in(network, "pk", envelopes[:3])
    verdicts = take_in(network, "pk", envelopes)
    assert [isinstance(v, Repeated) for v in verdicts] == [True, True, True, False]
    assert len(inbox_ids(node)) == 4
    found = chain(node)
    assert found is not None
    assert (found.contiguous, found.missing) == (4, "[]")
    network.run()
    assert {r.code for r in network.node("tr").store.rows(ReceiptRow)} == {"accepted"}
    check_logs(network)


def test_a_read_that_fails_quarantines_nothing(network: SimulatedNetwork) -> None:
    envelopes = [captured(network, warning(network)) for _ in range(3)]
    faulty, node = with_faults(network), network.node("pk")
    for skipped in range(4):
        faulty.reads = [*[None] * skipped, UNAVAILABLE]
        with pytest.raises(Unavailable):
            take_in(network, "pk", envelopes)
        faulty.reads = []
    assert quarantined(node) == []
    take_in(network, "pk", envelopes)
    assert len(inbox_ids(node)) == 3


def test_a_key_file_that_cannot_be_read_quarantines_nothing(
    network: SimulatedNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    envelopes = [captured(network, warning(network)) for _ in range(3)]
    node = network.node("pk")

    def unreadable(key_id: str) -> None:
        raise Misconfigured("sealing key: others may read this file")

    with monkeypatch.context() as patch:
        patch.setattr(node._keys, "sealing", unreadable)
        with pytest.raises(Misconfigured):
            take_in(network, "pk", envelopes)
    assert quarantined(node) == []
    take_in(network, "pk", envelopes)
    assert len(inbox_ids(node)) == 3


def test_a_writer_that_was_replaced_ends_taking_in(network: SimulatedNetwork) -> None:
    envelopes = [captured(network, warning(network)) for _ in range(3)]
    network.node("pk").store.claim("another process")
    with pytest.raises(WriterReplaced):
        take_in(network, "pk", envelopes)


# ---- what is kept ------------------------------------------------------------------------------


def test_receipts_and_voids_are_kept_as_evidence_other_control_messages_are_not(
    network: SimulatedNetwork,
) -> None:
    sent(network, warning(network))
    network.run()
    tr = network.node("tr")
    kept = tr.store.rows(ReceivedContentRow)
    assert [row.type for row in kept] == ["receipt"]
    assert set(tr.vault.get([row.key_id for row in kept])) == {row.key_id for row in kept}


def test_an_event_says_what_came_and_nothing_of_what_it_says(network: SimulatedNetwork) -> None:
    ident = sent(network, warning(network, "Something that stays inside."))
    network.run()
    node = network.node("pk")
    event = events(node, "message.received")[0]
    assert event.ref == ident
    assert json.loads(event.data) == {"type": "warning.notice", "peer": "tr"}
    assert stages(node, ident, "in") == ["received", "receipted", "routed"]


def test_content_lies_encrypted_in_the_store(network: SimulatedNetwork) -> None:
    text = "A sentence that must not be found " + os.urandom(8).hex()
    sent(network, warning(network, text))
    network.run()
    for name in ("tr", "pk"):
        for file in (network.home(name) / "store").iterdir():
            assert text.encode() not in file.read_bytes()


def test_the_class_of_the_queue_does_not_matter(network: SimulatedNetwork) -> None:
    envelope = captured(network, warning(network))
    network.hub.inject("pk", "tr", MessageClass.FLASH, envelope)
    network.run()
    assert len(inbox_ids(network.node("pk"))) == 1
