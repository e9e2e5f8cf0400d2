"""The quarantine: a bounded ring with a quota per source, one entry a minute for each reason."""

from __future__ import annotations

import json

from core_network import entries, quarantined, take_in
from relec_exchange.errors import Reason
from relec_exchange.inbound.gathered import Refusal
from relec_exchange.inbound.quarantine import ENVELOPE_KEPT_MAX, Quarantine
from relec_exchange.journal.plan import Plan
from relec_exchange.message.constants import LIMITS
from relec_exchange.records import QuarantineCountRow, QuarantineRow, Where
from relec_exchange.testing import SimulatedNetwork


def refuse(
    network: SimulatedNetwork, source: str, count: int, reason: Reason = Reason.SIZE
) -> None:
    """Put refusals into pk's quarantine, as one batch would."""
    node = network.node("pk")
    found = [Refusal(source, reason, f"number {n}", b"x" * 10) for n in range(count)]
    node.journal.write(Quarantine(node.store).plan(found, network.clock()))


def per_source(network: SimulatedNetwork) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in network.node("pk").store.rows(QuarantineRow, blobs=False):
        counts[row.source] = counts.get(row.source, 0) + 1
    return counts


def logged(network: SimulatedNetwork) -> list[tuple[str, str, int]]:
    found = entries(network.node("pk"), "quarantined", "activity")
    return [(e["source"], e["reason"], e["count"]) for e in found]


def test_a_source_beyond_its_quota_pushes_out_its_own_oldest_only(
    network: SimulatedNetwork,
) -> None:
    refuse(network, "iq", 5)
    refuse(network, "tr", 150)
    refuse(network, "tr", 180)
    assert per_source(network) == {"iq": 5, "tr": LIMITS.quarantine_per_source}
    rows = network.node("pk").store.rows(QuarantineRow, Where("source", "=", "tr"), order="row")
    assert [row.detail for row in rows][:20] == [f"number {n}" for n in range(130, 150)]
    assert rows[-1].detail == "number 179"


def test_one_batch_beyond_the_quota_keeps_its_newest(network: SimulatedNetwork) -> None:
    refuse(network, "tr", 1000)
    rows = network.node("pk").store.rows(QuarantineRow, order="row")
    assert len(rows) == LIMITS.quarantine_per_source
    assert rows[-1].detail == "number 999"


def test_the_ring_is_bounded_whatever_the_number_of_sources(network: SimulatedNetwork) -> None:
    for n in range(9):
        refuse(network, f"s{n}", 150)
    counts = per_source(network)
    assert sum(counts.values()) == LIMITS.quarantine_ring
    assert counts == {"s2": 100, **{f"s{n}": 150 for n in range(3, 9)}}
    refuse(network, "s8", 100)
    counts = per_source(network)
    assert counts["s8"] == LIMITS.quarantine_per_source
    assert sum(counts.values()) == LIMITS.quarantine_ring


def test_a_flood_costs_one_entry_per_reason_source_and_minute(network: SimulatedNetwork) -> None:
    for _ in range(20):
        refuse(network, "tr", 50)
        refuse(network, "tr", 5, Reason.UNSEAL)
        refuse(network, "iq", 1)
    assert logged(network) == []
    network.clock.forward(minutes=1)
    network.run()
    network.run()
    assert sorted(logged(network)) == [
        ("iq", "size", 20),
        ("tr", "size", 1000),
        ("tr", "unseal", 100),
    ]
    refuse(network, "tr", 7)
    network.clock.forward(minutes=1)
    network.run()
    assert ("tr", "size", 7) in logged(network)
    assert len(logged(network)) == 4


def test_counts_are_forgotten_a_day_after_they_were_logged(network: SimulatedNetwork) -> None:
    refuse(network, "tr", 3)
    network.clock.forward(minutes=1)
    network.run()
    assert network.node("pk").store.count(QuarantineCountRow) == 1
    network.clock.forward(days=2)
    refuse(network, "tr", 1)
    network.clock.forward(minutes=1)
    network.run()
    rows = network.node("pk").store.rows(QuarantineCountRow)
    assert [row.count for row in rows] == [1]


def test_of_something_enormous_only_the_beginning_is_kept(network: SimulatedNetwork) -> None:
    take_in(network, "pk", [b"\1" * 5_000_000])
    row = network.node("pk").store.rows(QuarantineRow)[0]
    assert (row.size, len(row.envelope)) == (5_000_000, ENVELOPE_KEPT_MAX)
    assert row.reason == "size"


def test_nothing_refused_changes_nothing(network: SimulatedNetwork) -> None:
    quarantine = Quarantine(network.node("pk").store)
    assert quarantine.plan([], network.clock()) == Plan()
    assert quarantine.due(network.clock(), "relec.example") == Plan()


def test_the_desk_shows_reason_step_source_and_no_envelope(network: SimulatedNetwork) -> None:
    take_in(network, "pk", [b"nonsense"])
    found = network.node("pk").desk.quarantine({"after": 0, "limit": 10})["items"]
    assert [(i["reason"], i["step"], i["source"], i["size"]) for i in found] == [
        ("size", 1, "tr", 8)
    ]
    assert "envelope" not in json.dumps(found)
    assert quarantined(network.node("pk")) == ["size"]
