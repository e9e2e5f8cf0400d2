"""All attacks of the suite, in the order of the table, and how they are carried out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from attack import Attack
from attacked_network import BrokerOperator, attacked
from attacks_by_brokers import BY_BROKERS
from attacks_by_senders import BY_SENDERS
from attacks_by_witnesses import BY_WITNESSES
from attacks_on_disks import ON_DISKS
from attacks_on_tables import ON_TABLES

from relec_exchange.demo.private_broker import PrivateBroker

ATTACKS: tuple[type[Attack], ...] = (*ON_DISKS, *ON_TABLES, *BY_SENDERS, *BY_WITNESSES, *BY_BROKERS)


def carry_out(
    chosen: Iterable[type[Attack]], directory: Path
) -> Iterator[tuple[type[Attack], dict[str, int]]]:
    """Each attack on a network of its own, over one private broker; what was seen and when."""
    broker = PrivateBroker(directory / "broker")
    broker.start()
    try:
        operator = BrokerOperator(broker)
        for attack in chosen:
            with attacked(operator, broker, directory / attack.__name__) as network:
                one = attack()
                found = one.observe(network)
                accused = one.accused(network)
            assert not accused, (attack.__name__, accused)
            yield attack, found
        operator.close()
    finally:
        broker.stop()
