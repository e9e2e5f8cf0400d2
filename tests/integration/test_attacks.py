"""Attacks on a running network of five: each is noticed, by whom and when the documents say.

The short run carries out those that leave a network as it was, one after the other on one network,
and some of the others; the full run (`RELEC_FULL=1`) all of them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from attack import Attack
from attack_suite import ATTACKS
from attacked_network import AttackedNetwork, BrokerOperator, attacked

from core_network import FULL
from relec_exchange.demo.private_broker import PrivateBroker

sys.path.append(str(Path(__file__).parents[2] / "docs"))

from generate_attacks import PAGE, documented, outdated

pytestmark = pytest.mark.broker

CALM = [one for one in ATTACKS if one.calm]
ALONE = [one for one in ATTACKS if not one.calm and (FULL or one.quick)]


@pytest.fixture(scope="module")
def operator(private_broker: PrivateBroker) -> Iterator[BrokerOperator]:
    made = BrokerOperator(private_broker)
    yield made
    made.close()


def test_attacks_one_after_the_other_are_noticed_and_the_network_goes_on(
    operator: BrokerOperator, private_broker: PrivateBroker, tmp_path: Path
) -> None:
    with attacked(operator, private_broker, tmp_path / "network") as network:
        for attack in CALM:
            assert failures(attack(), network) == []
        network.rounds(1)


@pytest.mark.parametrize("attack", ALONE, ids=lambda attack: attack.__name__)
def test_an_attack_is_noticed_in_time_and_nobody_honest_is_accused(
    operator: BrokerOperator, private_broker: PrivateBroker, tmp_path: Path, attack: type[Attack]
) -> None:
    with attacked(operator, private_broker, tmp_path / "network") as network:
        assert failures(attack(), network) == []


def failures(attack: Attack, network: AttackedNetwork) -> list[str]:
    """Carry it out; which signs were not seen or seen late, and who was accused wrongly."""
    found = attack.observe(network)
    attack.mend(network)
    unseen = [f"{attack.name}: {key} not seen" for key in attack.signs.keys() - found.keys()]
    late = [
        f"{attack.name}: {key} after {rounds} rounds"
        for key, rounds in found.items()
        if rounds > attack.signs[key].within
    ]
    return [*unseen, *late, *(f"{attack.name}: accused {one}" for one in attack.accused(network))]


def test_the_documents_say_what_the_suite_carries_out() -> None:
    page = PAGE.read_text("utf-8")
    assert not outdated(page), "run docs/generate_attacks.py"
    told = documented(page)
    assert all(
        told[attack.__name__][key] <= sign.within
        for attack in ATTACKS
        for key, sign in attack.signs.items()
    )
