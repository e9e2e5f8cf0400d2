"""A partner's clock that is wrong is told once, and not for a round that only lay in a queue."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from core_network import events
from relec_exchange.journal.plan import Plan
from relec_exchange.message.constants import TIMES
from relec_exchange.records import PeerRow
from relec_exchange.rounds.clocks import clock_told, skewed
from relec_exchange.testing import SimulatedNetwork

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
HALF = TIMES.clock_ahead_seconds * 500


def test_half_of_what_may_be_ahead_is_still_right() -> None:
    assert not skewed(HALF, TIMES)
    assert skewed(HALF + 1, TIMES)
    assert skewed(-HALF - 1, TIMES)


def hear(network: SimulatedNetwork, *skews: int) -> list[int]:
    """Rounds with these differences, one after the other; what was told of them."""
    node, before = network.node("tr"), 0
    for skew in skews:
        peer = PeerRow("pk", skew_ms=before)
        changes = clock_told(node.store, peer, skew, TIMES, NOW)
        if changes:
            node.journal.write(Plan(changes=tuple(changes)))
        before = skew
    return [json.loads(row.data)["skew_ms"] for row in events(node, "partner.clock")]


def test_one_late_round_says_nothing(network: SimulatedNetwork) -> None:
    assert hear(network, 0, -3_600_000, 0, -3_600_000, 5, -3_600_000, 3_600_000) == []


def test_a_wrong_clock_is_told_once_and_again_after_it_was_right(
    network: SimulatedNetwork,
) -> None:
    wrong = HALF + 1000
    assert hear(network, wrong, wrong, wrong, wrong, 0, wrong, wrong) == [wrong, wrong]


def test_the_partner_is_shown_with_the_difference_of_its_clock(network: SimulatedNetwork) -> None:
    node = network.node("tr")
    [partner] = node.desk.info()["partners"]
    assert partner["clock_wrong"] is False
    assert abs(partner["clock_skew_ms"]) < 1000
