"""`relec retention` as a user runs it, against a served node: terms, holds, erasing now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import pytest
from commands import Relec, Run, at_nodes

from core_network import founded, sent, warning
from relec_exchange.testing import DESK, OFFICER, SimulatedNetwork
from served_nodes import present_network


@pytest.fixture(scope="module")
def network() -> Iterator[SimulatedNetwork]:
    """tr and pk at the time of this machine; pk is served."""
    with present_network(("pk",), (OFFICER, DESK), founded()) as network:
        yield network


@pytest.fixture
def at(relec: Relec, network: SimulatedNetwork) -> Run:
    """`relec` at pk as an officer: at("duty", "inbox")."""
    return partial(at_nodes(relec, network), "pk")


def day(network: SimulatedNetwork, days: int) -> str:
    return (network.clock().date() + timedelta(days=days)).isoformat()


def test_terms_are_listed_and_a_hold_is_ordered_seen_and_ended(
    at: Run, network: SimulatedNetwork
) -> None:
    ident = sent(network, warning(network, retain_until=day(network, 10)))
    network.run()
    [line] = at(OFFICER, "retention", "list", "--json").json()["items"]
    assert (line["message_id"], line["erase_on"]) == (ident, day(network, 10))
    until = day(network, 100)
    held = at(
        OFFICER, "retention", "hold", ident, "--reason", "A court.", "--until", until, "--yes"
    )
    assert (held.code, until in held.out) == (0, True), held.err
    shown = at(OFFICER, "retention", "review", ident)
    assert "A court." in shown.out
    assert at(OFFICER, "retention", "hold", ident, "--reason", "x", "--until", until, "--yes").code
    assert until in at(OFFICER, "retention", "list").out
    assert at(OFFICER, "retention", "unhold", ident, "--yes").code == 0
    assert at(OFFICER, "retention", "unhold", ident, "--yes").code != 0


def test_who_may_not_order_a_hold_or_a_run_is_told_so(at: Run, network: SimulatedNetwork) -> None:
    ident = sent(network, warning(network))
    network.run()
    until = day(network, 100)
    refused = at(DESK, "retention", "hold", ident, "--reason", "x", "--until", until, "--yes")
    assert refused.code == 4, refused.err
    assert at(OFFICER, "retention", "run", "--yes").code == 4


def test_an_end_that_is_no_day_to_come_names_the_field(at: Run, network: SimulatedNetwork) -> None:
    ident = sent(network, warning(network))
    network.run()
    for until in ("2020-01-01", "2026-13-01", "soon"):
        done = at(OFFICER, "retention", "hold", ident, "--reason", "x", "--until", until, "--yes")
        assert done.code in (2, 3), done.err
        assert "until" in done.err
