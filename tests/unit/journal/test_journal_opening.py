"""Opening a node: restored backups, contradicting stores, damaged tiles, a lost guard copy."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from core_network import alarms, check_logs, entries, inbox_ids, sent, warning
from relec_exchange.errors import IntegrityFailure
from relec_exchange.testing import SimulatedNetwork


def store_of(network: SimulatedNetwork, name: str) -> Path:
    return network.home(name) / "store"


def change(network: SimulatedNetwork, name: str, statement: str) -> None:
    with closing(sqlite3.connect(store_of(network, name) / "node.db")) as db:
        db.execute(statement)
        db.commit()


def test_a_store_restored_from_a_backup_is_refused_and_says_how_to_go_on(
    network: SimulatedNetwork, tmp_path: Path
) -> None:
    network.close("tr")
    shutil.copytree(store_of(network, "tr"), tmp_path / "backup")
    network.open("tr")
    sent(network, warning(network))
    network.run()
    network.close("tr")
    shutil.rmtree(store_of(network, "tr"))
    shutil.copytree(tmp_path / "backup", store_of(network, "tr"))
    with pytest.raises(IntegrityFailure, match="older than this node's guard copy") as refused:
        network.open("tr")
    assert "restore" in refused.value.remedy


def test_a_store_that_contradicts_its_guard_copy_is_refused(
    network: SimulatedNetwork, tmp_path: Path
) -> None:
    network.close()
    shutil.copytree(network.home("tr"), tmp_path / "one")
    network.open("tr")
    sent(network, warning(network, "one history"))
    network.close("tr")
    guard = (network.home("tr") / "guard" / "head").read_bytes()
    shutil.rmtree(network.home("tr"))
    shutil.copytree(tmp_path / "one", network.home("tr"))
    network.open("tr", newest=True)
    for _ in range(3):
        sent(network, warning(network, "another history"))
    network.close("tr")
    (network.home("tr") / "guard" / "head").write_bytes(guard)
    with pytest.raises(IntegrityFailure, match="contradicts its guard copy"):
        network.open("tr")


def test_a_store_that_is_ahead_of_its_guard_copy_goes_on(network: SimulatedNetwork) -> None:
    guard = network.home("tr") / "guard" / "head"
    before = guard.read_bytes()
    ident = sent(network, warning(network))
    network.close("tr")
    guard.write_bytes(before)  # a kill between commit and guard copy
    network.open("tr", newest=True)
    network.run()
    assert ident in inbox_ids(network.node("pk"))
    assert alarms(network.node("tr")) == []
    check_logs(network)


def test_a_lost_guard_copy_is_an_alarm_once(network: SimulatedNetwork) -> None:
    for _ in range(2):
        network.close("tr")
        (network.home("tr") / "guard" / "head").unlink()
        network.open("tr", newest=True)
    found = alarms(network.node("tr"))
    assert found == [
        ("guard-missing", "relec.example/tr/exchange/1"),
        ("guard-missing", "relec.example/tr/activity/1"),
    ]
    assert {e["what"] for e in entries(network.node("tr"), "alarm", "activity")} == {
        "guard-missing"
    }


def test_tiles_that_do_not_give_the_stored_root_are_refused(network: SimulatedNetwork) -> None:
    network.close("tr")
    change(network, "tr", "update tile set hashes = zeroblob(length(hashes)) where level = 0")
    with pytest.raises(IntegrityFailure, match="does not give its stored root"):
        network.open("tr")


def test_a_missing_tile_is_refused(network: SimulatedNetwork) -> None:
    network.close("tr")
    change(network, "tr", "delete from tile")
    with pytest.raises(IntegrityFailure):
        network.open("tr")


def test_entry_zero_opens_each_log_once(network: SimulatedNetwork) -> None:
    network.close("tr")
    node = network.open("tr")
    for log in ("exchange", "activity"):
        opened = entries(node, "opened", log)
        assert [e["origin"] for e in opened] == [f"relec.example/tr/{log}/1"]
        assert entries(node, "", log)[0]["kind"] == "opened"


def test_numbers_go_on_after_a_restart(network: SimulatedNetwork) -> None:
    for _ in range(3):
        sent(network, warning(network))
        network.run()
        network.close()
        network.open("tr")
        network.open("pk")
    network.run()
    assert [e["seq"] for e in entries(network.node("tr"), "sent") if e["class"] == "ordinary"] == [
        1,
        2,
        3,
    ]
    check_logs(network)
