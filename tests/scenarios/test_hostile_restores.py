"""Old copies of a node to which somebody hides, or almost hides, what its partners hold of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core_network import alarms, begun, sent, warning
from relec_exchange.inbound import sheltering
from relec_exchange.inbound.gathered import Arrival
from relec_exchange.node.listening import Listening
from relec_exchange.records import ShelterRow
from relec_exchange.testing import SimulatedNetwork
from relec_exchange.testing.succeeding import announce, succeed
from restored_homes import no_size_twice, of, put_back, reboot, signatures, snapshot, standing

IDLE_MINUTES = 3
LISTEN_MINUTES = IDLE_MINUTES + 1


@pytest.fixture
def network(tmp_path: Path) -> Iterator[SimulatedNetwork]:
    with begun(tmp_path, "iq", "pk", "tr", round_idle_seconds=60 * IDLE_MINUTES) as made:
        yield made


@pytest.fixture
def old(network: SimulatedNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The home of tr, on a machine that went back before it sent more; it is not started yet."""
    copy = snapshot(network, "tr", tmp_path / "snapshot")
    for partner in ("pk", "iq"):
        sent(network, warning(network, sender="tr", recipient=partner))
    network.pass_minutes(2)
    put_back(network, "tr", copy)
    reboot(monkeypatch, tmp_path)


def killed_before_it_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    def dead(_listening: Listening, _arrivals: Sequence[Arrival]) -> None:
        return None

    monkeypatch.setattr(Listening, "look", dead)


@pytest.mark.usefixtures("old")
def test_a_proof_that_was_sheltered_before_a_kill_is_found_at_the_next_start(
    network: SimulatedNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        killed_before_it_looked(patch)
        node = network.open("tr")
        network.pass_minutes(IDLE_MINUTES)
        assert standing(node) == "listening"
        assert node.store.count(ShelterRow) > 0
        network.close("tr", "pk", "iq")
    with signatures(monkeypatch) as signed:
        node = network.open("tr", newest=True)
        assert standing(node) == "refusing"
        network.pass_minutes(LISTEN_MINUTES + 1)
        assert of(signed, "tr") == []


@pytest.mark.usefixtures("old")
def test_a_shelter_that_somebody_has_filled_hides_no_proof(
    network: SimulatedNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheltering, "SHELTER_MAX", 0)
    with signatures(monkeypatch) as signed:
        node = network.open("tr")
        for _ in range(LISTEN_MINUTES):
            try:
                network.pass_minutes(1)
            except sheltering.Unavailable:
                continue
        assert standing(node) == "refusing"
        assert no_size_twice(signed)


@pytest.mark.usefixtures("old")
def test_a_machine_whose_clock_went_back_with_it_still_sees_the_proof(
    network: SimulatedNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = Listening.look

    def late(listening: Listening, arrivals: Sequence[Arrival]) -> None:
        on = listening._on
        listening._on = replace(on, clock=lambda: network.clock() - timedelta(days=2))
        plain(listening, arrivals)
        listening._on = on

    monkeypatch.setattr(Listening, "look", late)
    with signatures(monkeypatch) as signed:
        node = network.open("tr")
        network.pass_minutes(IDLE_MINUTES)
        assert standing(node) == "refusing"
        assert of(signed, "tr") == []


def test_a_proof_comes_through_although_its_sender_has_a_log_that_the_old_copy_does_not_know(
    network: SimulatedNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = snapshot(network, "tr", tmp_path / "snapshot")
    sent(network, warning(network, sender="tr", recipient="pk"))
    network.pass_minutes(2)
    succeed(network, "pk")
    announce(network, "pk")
    network.pass_minutes(2 * IDLE_MINUTES)
    network.close("iq")
    put_back(network, "tr", copy)
    reboot(monkeypatch, tmp_path)
    with signatures(monkeypatch) as signed:
        node = network.open("tr")
        network.pass_minutes(LISTEN_MINUTES + 1)
        assert standing(node) == "refusing"
        assert no_size_twice(signed)


def test_a_copy_from_before_its_log_was_closed_is_shown_what_it_can_check(
    network: SimulatedNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = snapshot(network, "tr", tmp_path / "snapshot")
    sent(network, warning(network, sender="tr", recipient="pk"))
    network.pass_minutes(2)
    succeed(network, "tr")
    announce(network, "tr")
    network.pass_minutes(2 * IDLE_MINUTES)
    assert alarms(network.node("tr")) == []
    put_back(network, "tr", copy)
    reboot(monkeypatch, tmp_path)
    with signatures(monkeypatch) as signed:
        node = network.open("tr")
        network.pass_minutes(LISTEN_MINUTES + 1)
        assert standing(node) == "refusing"
        assert of(signed, "tr") == []
