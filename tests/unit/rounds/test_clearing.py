"""Control messages end: what nobody can ask for any more goes, and nothing else does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core_network import begun, check_logs, entries, events, sent, state, warning
from relec_exchange.journal.plan import Plan
from relec_exchange.message.identifiers import MessageClass
from relec_exchange.records import (
    AcceptedCheckpointRow,
    AcceptedRow,
    EventRow,
    GapRow,
    Insert,
    OutboxRow,
    ReceiptRow,
    ReceivedContentRow,
    Where,
)
from relec_exchange.rounds.clearing import WHY
from relec_exchange.testing import SimulatedNetwork

HOUR = 3600
KINDS = (OutboxRow, AcceptedRow)


@pytest.fixture
def network(tmp_path: Path) -> Iterator[SimulatedNetwork]:
    """Two nodes whose envelopes are stale after an hour, and not sent again after two."""
    short = {"time_to_live_seconds": HOUR, "resend_window_seconds": HOUR}
    with begun(tmp_path, **short) as made:
        yield made


def pass_hours(network: SimulatedNetwork, hours: int) -> None:
    """With the rounds of nodes that have nothing to do."""
    for _ in range(hours):
        network.clock.forward(hours=1)
        network.run()


def sizes(network: SimulatedNetwork) -> dict[str, int]:
    node = network.node("tr")
    found = {kind.__name__: node.store.count(kind) for kind in KINDS}
    found["notes"] = node.store.count(AcceptedCheckpointRow, Where("note", "!=", b""))
    return {**found, "keys": len(node.vault.ids())}


def test_records_and_keys_of_rounds_stop_growing(network: SimulatedNetwork) -> None:
    pass_hours(network, 24)
    before = sizes(network)
    logged = len(entries(network.node("tr"), "sent"))
    pass_hours(network, 24)
    after = sizes(network)
    assert len(entries(network.node("tr"), "sent")) >= logged + 20  # they went all the same
    for name, many in after.items():
        assert many <= before[name] + 10, name
    tombstones = "select count(*) from tombstone where why = ?"
    assert network.node("tr").vault._db.execute(tombstones, (WHY,)).fetchone()[0] == 0
    check_logs(network)


def test_a_round_that_its_recipient_has_goes_after_a_day_and_its_checkpoint_keeps_its_root(
    tmp_path: Path,
) -> None:
    with begun(tmp_path) as network:  # with the longest times: 28 days until anything expires
        pass_hours(network, 50)
        tr = network.node("tr")
        rounds = tr.store.rows(OutboxRow, Where("type", "=", "round"), order="row")
        assert len(entries(tr, "sent")) > 40
        assert len(rounds) < len(entries(tr, "sent")) - 10
        points = tr.store.rows(AcceptedCheckpointRow, order="size")
        assert points[0].proven
        assert not points[0].note
        assert points[-1].note
        bare = tr.store.rows(AcceptedRow, Where("type", "=", "round"), order="idx")
        assert (bare[0].entry, bool(bare[-1].entry)) == (b"", True)
        ident = sent(network, warning(network))
        network.run()
        assert state(tr, ident) == "validated"
        check_logs(network)


def test_numbers_go_on_and_nothing_is_missing_after_records_went(
    network: SimulatedNetwork,
) -> None:
    pass_hours(network, 20)
    numbers = network.node("tr").journal.state.sequences
    for name in ("tr", "pk"):
        network.close(name)
    for name in ("tr", "pk"):
        network.open(name)
    assert dict(network.node("tr").journal.state.sequences) == dict(numbers)
    ident = sent(network, warning(network))
    network.run()
    assert state(network.node("tr"), ident) == "validated"
    pass_hours(network, 1)
    for name in ("tr", "pk"):
        assert [gap for gap in network.node(name).store.rows(GapRow) if not gap.closed_at] == []
    check_logs(network)


def test_a_partner_that_was_away_is_told_what_went_and_misses_nothing(
    network: SimulatedNetwork,
) -> None:
    network.close("pk")
    pass_hours(network, 30)
    kept = network.node("tr").store.rows(
        OutboxRow, Where("cls", "=", str(MessageClass.CONTROL)), Where("key_id", "=", "")
    )
    assert kept, "what it has not told to have keeps its record, without content"
    assert {row.content for row in kept} == {b""}
    network.open("pk")
    network.pass_minutes(6)
    gaps = network.node("pk").store.rows(GapRow)
    assert [gap for gap in gaps if not gap.closed_at] == []
    ident = sent(network, warning(network))
    network.run()
    assert state(network.node("tr"), ident) == "validated"
    pass_hours(network, 24)
    here = network.node("tr").store.rows(OutboxRow, Where("key_id", "=", ""))
    assert len(here) <= 3, "told to be there, they go"


def test_receipts_stay_as_long_as_what_they_receipt(network: SimulatedNetwork) -> None:
    ident = sent(network, warning(network))
    network.run()
    short = sent(network, warning(network, retain_until="2026-11-03"))
    network.run()
    tr = network.node("tr")
    receipts = {one: receipt_of(network, one) for one in (ident, short)}
    pass_hours(network, 24)
    assert tr.store.rows(OutboxRow, Where("message_id", "=", short))[0].erased_at
    left = {row.message_id for row in tr.store.rows(ReceivedContentRow)}
    assert receipts[ident] in left
    assert receipts[short] not in left
    assert tr.store.count(AcceptedRow, Where("message_id", "=", receipts[ident])) == 1
    assert tr.desk.evidence(ident, "out")["receipts"]


def receipt_of(network: SimulatedNetwork, ident: str) -> str:
    """The id of the receipt of a message of tr."""
    store = network.node("tr").store
    leaf = store.rows(OutboxRow, Where("message_id", "=", ident))[0].leaf
    return store.rows(ReceiptRow, Where("leaf", "=", leaf))[0].receipt_id


def test_events_end_after_more_than_a_year_and_freeing_is_remembered(
    network: SimulatedNetwork,
) -> None:
    tr = network.node("tr")
    old = [
        EventRow("2025-01-01T00:00:00.000Z", kind, "x", "{}") for kind in ("a.b", "message.freed")
    ]
    tr.journal.write(Plan(changes=tuple(Insert(row) for row in old)))
    network.clock.forward(days=1)
    network.run()
    assert events(tr, "a.b") == []
    assert len(events(tr, "message.freed")) == 1
