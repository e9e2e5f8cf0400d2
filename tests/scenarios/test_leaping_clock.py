"""A clock that is suddenly far ahead: nothing ends by it until a partner's clock says the same."""

from __future__ import annotations

from pathlib import Path

from core_network import begun, check_logs, events, sent, warning
from relec_exchange.records import InboxRow, OutboxRow
from relec_exchange.testing import SimulatedNetwork

YEARS = 6 * 366


def kept(network: SimulatedNetwork, name: str) -> list[str]:
    """The messages of officers whose content a node still has."""
    node = network.node(name)
    rows: list[InboxRow | OutboxRow] = [*node.store.rows(InboxRow), *node.store.rows(OutboxRow)]
    return [row.message_id for row in rows if row.key_id and row.cls != "control"]


def test_a_clock_that_leapt_alone_erases_nothing_and_destroys_no_key(tmp_path: Path) -> None:
    with begun(tmp_path, "tr", "pk") as network:
        ident = sent(network, warning(network))
        network.run()
        pk, keys = network.node("pk"), network.node("pk")._keys
        before = keys.sealing_ids()
        network.transport("pk").online = False
        network.clock.forward(days=YEARS)
        for _ in range(3):
            pk.step()
        assert kept(network, "pk") == [ident]
        assert keys.sealing_ids() == before
        assert len(events(pk, "clock.leapt")) == 1
        network.clock.forward(days=-YEARS)  # somebody puts the clock right
        network.transport("pk").online = True
        network.pass_minutes(12)
        assert kept(network, "pk") == [ident]
        check_logs(network)


def test_a_node_that_stays_alone_erases_after_three_days_without_another_leap(
    tmp_path: Path,
) -> None:
    with begun(tmp_path, "tr", "pk") as network:
        sent(network, warning(network))
        network.run()
        pk = network.node("pk")
        network.transport("pk").online = False
        network.clock.forward(days=YEARS)
        pk.step()
        for _ in range(5):
            network.clock.forward(hours=12)
            pk.step()
        assert kept(network, "pk")
        network.clock.forward(hours=13)
        pk.step()
        pk.step()
        assert kept(network, "pk") == []


def test_a_partner_that_states_the_same_time_ends_the_doubt_at_once(tmp_path: Path) -> None:
    with begun(tmp_path, "tr", "pk") as network:
        ident = sent(network, warning(network, retain_until="2026-11-12"))
        network.run()
        assert ident in kept(network, "pk")
        network.clock.forward(days=20)
        network.run()
        assert kept(network, "pk") == []
        assert len(events(network.node("pk"), "clock.leapt")) == 1


def test_a_node_that_starts_with_a_wrong_clock_waits_too(tmp_path: Path) -> None:
    with begun(tmp_path, "tr", "pk") as network:
        ident = sent(network, warning(network))
        network.run()
        network.close("pk")
        network.clock.forward(days=YEARS)
        pk = network.open("pk")
        network.transport("pk").online = False
        for _ in range(3):
            pk.step()
        assert kept(network, "pk") == [ident]
