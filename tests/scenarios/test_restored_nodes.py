"""Nodes that may be old copies of themselves listen, and never sign what they signed before."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from core_network import alarms, begun, check_logs, entries, events, inbox_ids, sent, warning
from relec_exchange.adapters.backup import make_backup
from relec_exchange.adapters.keyfiles import KeyFiles
from relec_exchange.adapters.restoring import restore
from relec_exchange.audit.checkpoint import parse_checkpoint
from relec_exchange.cli.backup import home_of
from relec_exchange.errors import NotFound
from relec_exchange.journal.own_trees import BEHIND
from relec_exchange.message.constants import TIMES
from relec_exchange.node import Node
from relec_exchange.node.findings import Findings
from relec_exchange.node.rescue import Rescue
from relec_exchange.records import (
    AcceptedCheckpointRow,
    AlarmRow,
    Batch,
    InboxRow,
    Insert,
    OutboxRow,
    ShelterRow,
    Where,
)
from relec_exchange.settings import read_settings
from relec_exchange.testing import PASSPHRASE, SimulatedNetwork
from relec_exchange.testing.succeeding import announce
from restored_homes import no_size_twice, of, put_back, reboot, signatures, snapshot, standing

NAMES = ("iq", "pk", "tr")
IDLE_MINUTES = 3
LISTEN_MINUTES = IDLE_MINUTES + TIMES.round_busy_seconds // 60
EXCHANGE = "relec.example/tr/exchange/1"


@pytest.fixture
def network(tmp_path: Path) -> Iterator[SimulatedNetwork]:
    with begun(tmp_path, *NAMES, round_idle_seconds=60 * IDLE_MINUTES) as made:
        yield made


def talk(network: SimulatedNetwork, count: int = 2) -> None:
    """tr warns both partners, and has rounds accepted by them."""
    for _ in range(count):
        for partner in ("pk", "iq"):
            sent(network, warning(network, sender="tr", recipient=partner))
    network.pass_minutes(2)


def test_a_node_starts_at_once_where_nothing_happened_to_its_files(
    network: SimulatedNetwork,
) -> None:
    network.close("tr")
    node = network.open("tr")
    assert standing(node) == "signing"
    assert events(node, "listening.begun") == []


def test_after_a_reboot_a_node_signs_nothing_until_its_partners_were_heard(
    network: SimulatedNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk(network)
    network.close("tr")
    reboot(monkeypatch, tmp_path)
    with signatures(monkeypatch) as signed:
        node = network.open("tr")
        network.pass_minutes(1)
        assert standing(node) == "listening"
        refused = network.submit(warning(network, sender="tr", recipient="pk"))
        came = sent(network, warning(network, sender="pk", recipient="tr"))
        network.run()
        assert of(signed, "tr") == []
        assert node.store.count(ShelterRow) > 0
    assert refused["error"]["code"] == "unavailable"
    assert "status" in refused["error"]["remedy"]
    assert came not in inbox_ids(node)
    network.pass_minutes(IDLE_MINUTES + 1)
    assert standing(node) == "signing"
    assert came in inbox_ids(node)
    assert node.store.count(ShelterRow) == 0
    assert alarms(node) == []
    over = json.loads(events(node, "listening.over")[0].data)
    assert over["by"] == "heard"
    sent(network, warning(network, sender="tr", recipient="pk"))
    network.pass_minutes(2)
    check_logs(network)


def test_a_snapshot_of_the_whole_machine_refuses_and_no_size_is_signed_twice(
    network: SimulatedNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with signatures(monkeypatch) as signed:
        copy = snapshot(network, "tr", tmp_path / "snapshot")
        talk(network)
        put_back(network, "tr", copy)
        reboot(monkeypatch, tmp_path)
        before = len(of(signed, "tr"))
        node = network.open("tr")
        network.pass_minutes(IDLE_MINUTES + 2)
        assert standing(node) == "refusing"
        came = sent(network, warning(network, sender="pk", recipient="tr"))
        network.pass_minutes(2 * LISTEN_MINUTES)
        assert len(of(signed, "tr")) == before
        assert no_size_twice(signed)
    assert standing(node) == "refusing"
    alarm = node.store.rows(AlarmRow, Where("what", "=", BEHIND))[0]
    assert alarm.subject == EXCHANGE
    assert parse_checkpoint(alarm.evidence).size > node.journal.state.exchange.head.size
    assert {row.ref for row in events(node, "behind.shown")} == {"pk", "iq"}
    assert came not in inbox_ids(node)
    assert node.store.count(ShelterRow) > 0
    refused = network.submit(warning(network, sender="tr", recipient="pk"))
    assert refused["error"]["code"] == BEHIND
    assert "recover" in refused["error"]["remedy"]


def test_a_snapshot_that_lacks_nothing_but_one_message_since_the_last_round_refuses(
    network: SimulatedNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk(network)
    with signatures(monkeypatch) as signed:
        copy = snapshot(network, "tr", tmp_path / "snapshot")
        sent(network, warning(network, sender="tr", recipient="pk"))
        network.run()
        put_back(network, "tr", copy)
        reboot(monkeypatch, tmp_path)
        node = network.open("tr")
        network.pass_minutes(LISTEN_MINUTES + 2)
        assert standing(node) == "refusing"
        assert no_size_twice(signed)


def test_a_node_that_refused_refuses_again_at_its_next_start(
    network: SimulatedNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = snapshot(network, "tr", tmp_path / "snapshot")
    talk(network)
    put_back(network, "tr", copy)
    reboot(monkeypatch, tmp_path)
    network.open("tr")
    network.pass_minutes(IDLE_MINUTES + 2)
    network.close("tr")
    assert standing(network.open("tr")) == "refusing"
    network.close("tr")
    assert standing(network.open("tr", newest=True)) == "refusing"


def test_a_node_that_is_stopped_while_it_listens_listens_again(
    network: SimulatedNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network.close("tr")
    reboot(monkeypatch, tmp_path)
    for _ in range(3):
        node = network.open("tr")
        network.run()
        assert standing(node) == "listening"
        network.close("tr")


def test_with_no_partner_to_be_heard_a_node_goes_on_when_the_time_is_over(
    network: SimulatedNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network.close("tr")
    network.close("pk", "iq")
    reboot(monkeypatch, tmp_path)
    node = network.open("tr")
    network.pass_minutes(LISTEN_MINUTES - 1)
    assert standing(node) == "listening"
    network.pass_minutes(1)
    assert standing(node) == "signing"
    over = json.loads(events(node, "listening.over")[0].data)
    assert (over["by"], over["missing"]) == ("over", ["iq", "pk"])
    assert alarms(node) == []


def test_the_operators_word_ends_the_listening_and_is_logged(
    network: SimulatedNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network.close("tr")
    reboot(monkeypatch, tmp_path)
    node = network.open("tr", newest=True)
    assert standing(node) == "signing"
    found = [e for e in entries(node, "access", "activity") if e["action"] == "newest_declared"]
    assert [e["actor"] for e in found] == ["operator"]
    network.close("tr")
    assert standing(network.open("tr")) == "signing"


def test_an_old_copy_that_signs_by_the_operators_word_is_stopped_by_the_first_round(
    network: SimulatedNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = snapshot(network, "tr", tmp_path / "snapshot")
    talk(network)
    put_back(network, "tr", copy)
    reboot(monkeypatch, tmp_path)
    node = network.open("tr", newest=True)
    network.pass_minutes(IDLE_MINUTES + 1)
    assert standing(node) == "refusing"
    assert (BEHIND, EXCHANGE) in alarms(node)
    assert node.fatal is None
    with signatures(monkeypatch) as signed:
        network.pass_minutes(2 * IDLE_MINUTES)
        assert of(signed, "tr") == []


def test_a_lost_guard_copy_is_a_reason_to_listen_and_then_an_alarm(
    network: SimulatedNetwork,
) -> None:
    network.close("tr")
    (network.home("tr") / "guard" / "head").unlink()
    node = network.open("tr")
    network.run()
    assert standing(node) == "listening"
    assert alarms(node) == []
    network.pass_minutes(LISTEN_MINUTES + 1)
    assert standing(node) == "signing"
    assert {what for what, _ in alarms(node)} == {"guard-missing"}


def test_what_came_while_a_node_refused_is_judged_once_its_log_has_a_successor(
    network: SimulatedNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with signatures(monkeypatch) as signed:
        copy = snapshot(network, "tr", tmp_path / "snapshot")
        talk(network)
        put_back(network, "tr", copy)
        reboot(monkeypatch, tmp_path)
        node = network.open("tr")
        network.pass_minutes(LISTEN_MINUTES)
        came = [sent(network, warning(network, sender="pk", recipient="tr")) for _ in range(3)]
        network.pass_minutes(1)
        hint = AlarmRow("log-behind-partner", "pk", "2026-11-01T06:00:00.000Z", "without a proof")
        node.store.commit(Batch((), (Insert(hint),)))
        network.close("tr")
        found, opened = recovered(network)
        assert found.proven
        assert [one[1] for one in found.alarms] == ["log-behind-partner"]
        assert {one.partner for one in found.shown} == {"pk", "iq"}
        assert all(one.size > one.held for one in found.shown)
        assert found.sheltered > 3
        assert opened == [EXCHANGE.replace("/1", "/2"), "relec.example/tr/activity/2"]
        node = network.open("tr")
        assert standing(node) == "signing"
        announce(network, "tr")
        network.pass_minutes(2 * LISTEN_MINUTES)
        assert inbox_ids(node) == came
        assert node.store.count(ShelterRow) == 0
        later = sent(network, warning(network, sender="tr", recipient="pk"))
        network.pass_minutes(2)
        assert later in inbox_ids(network.node("pk"))
        assert no_size_twice(signed)
    closed = node.store.rows(AlarmRow, Where("closed_by", "=", "operator"), order="row")
    assert [(one.what, one.subject) for one in closed] == [
        (BEHIND, EXCHANGE),
        ("log-behind-partner", "pk"),
    ]
    told = entries(node, "alarm_closed", "activity")
    assert {(e["what"], e["reason"]) for e in told} == {
        (BEHIND, "recovered"),
        ("log-behind-partner", "recovered"),
    }


def test_after_a_recovery_no_partner_is_accused_of_what_it_proved_to_the_lost_store(
    network: SimulatedNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network.pass_minutes(2)
    sent(network, warning(network, sender="pk", recipient="tr"))
    network.run()
    used = unproven(network.node("tr"))
    assert {origin.split("/")[1] for origin, _ in used} >= {"pk"}
    copy = snapshot(network, "tr", tmp_path / "snapshot")
    talk(network)
    network.pass_minutes(IDLE_MINUTES)
    assert used.isdisjoint(unproven(network.node("tr")))
    put_back(network, "tr", copy)
    reboot(monkeypatch, tmp_path)
    network.open("tr")
    network.pass_minutes(LISTEN_MINUTES)
    network.close("tr")
    recovered(network)
    node = network.open("tr")
    announce(network, "tr")
    network.pass_minutes((TIMES.rounds_unproven_max + 3) * IDLE_MINUTES)
    standing_ones = node.store.rows(AlarmRow, Where("closed_at", "=", ""))
    assert {one.what for one in standing_ones} == {"log-rescued"}
    assert used.isdisjoint(unproven(node))


def test_a_card_that_came_by_the_api_is_kept_beside_the_guard_copy(
    network: SimulatedNetwork,
) -> None:
    note = announce(network, "tr").encode()
    network.run()
    copies = network.home("tr") / "guard" / "head.cards"
    assert (copies / "tr.card").read_bytes() == note
    network.close("tr")
    shutil.rmtree(copies)
    network.open("tr", newest=True)
    network.run()
    assert (copies / "tr.card").read_bytes() == note


def unproven(node: Node) -> set[tuple[str, int]]:
    """The trees of partners that were used towards a node or shown to it, and not proven yet."""
    rows = node.store.rows(AcceptedCheckpointRow, Where("proven", "=", False))
    return {(row.origin, row.size) for row in rows}


def recovered(network: SimulatedNetwork) -> tuple[Findings, list[str]]:
    """What was found, and the logs that were opened, as `relec audit recover` does it."""
    settings = read_settings(network.home("tr"))
    keys = KeyFiles(settings.path(settings.paths.keys), PASSPHRASE)
    with Rescue(settings, keys, network.clock(), os.urandom) as rescue:
        found = rescue.found()
        return found, [opened for _, opened in rescue.succeed(("exchange", "activity"))]


def test_a_restored_backup_waits_for_its_successors_and_shows_nothing_that_was_erased(
    network: SimulatedNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = read_settings(network.home("tr"))
    home = home_of(settings)
    last = (network.clock() + timedelta(days=1)).date().isoformat()
    letters = [
        warning(network, sender="tr", recipient="pk", retain_until=last),
        warning(network, sender="pk", recipient="tr", retain_until=last),
    ]
    idents = [sent(network, letter) for letter in letters]
    kept = sent(network, warning(network, sender="pk", recipient="tr"))
    network.run()
    made = make_backup(home, tmp_path / "backup", network.clock())
    for _ in range(3):
        network.clock.forward(days=1)
        network.run()
    with signatures(monkeypatch) as signed:
        network.close("tr")
        home.store.unlink()
        restore(home, tmp_path / "backup", made, network.clock())
        found, _ = recovered(network)
        assert found.guard[EXCHANGE] > found.logs[EXCHANGE]
        node = network.open("tr")
        announce(network, "tr")
        network.pass_minutes(2)
        assert no_size_twice(signed)
    rows: list[OutboxRow | InboxRow] = [
        *node.store.rows(OutboxRow, Where("message_id", "in", idents)),
        *node.store.rows(InboxRow, Where("message_id", "in", idents)),
    ]
    assert len(rows) == 2
    assert node.vault.get([row.key_id for row in rows]) == {}
    for row in rows:
        with pytest.raises(NotFound):
            node.desk.core.content(row)
    assert network.open_message("tr", kept)["message_id"] == kept


def test_a_second_node_on_copied_data_listens_while_the_first_one_works(
    network: SimulatedNetwork, tmp_path: Path
) -> None:
    copy = snapshot(network, "tr", tmp_path / "twin")
    settings = read_settings(copy)
    keys = KeyFiles(settings.path(settings.paths.keys), PASSPHRASE)
    twin = Node(settings, keys, network.edge("tr"), network.clock, os.urandom)
    twin.prepare()
    assert standing(twin) == "listening"
    assert standing(network.node("tr")) == "signing"
    twin.stop()
