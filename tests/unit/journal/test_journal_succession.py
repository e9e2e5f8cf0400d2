"""A log and its successor in the store: one commit, one guard over both, and stores whose newest
entries were lost.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from core_network import (
    alarms,
    check_logs,
    entries,
    events,
    inbox_ids,
    sent,
    state,
    warning,
)
from relec_exchange.adapters.guard import GuardFile
from relec_exchange.adapters.keyfiles import KeyFiles
from relec_exchange.errors import Conflict, IntegrityFailure, InvalidInput
from relec_exchange.journal.envelope_keys import envelope_key, place_of
from relec_exchange.journal.plan import Plan, Successor
from relec_exchange.journal.succession import next_origin, succession_plan
from relec_exchange.node.rescue import Rescue
from relec_exchange.ports import Outcome, StaleHead
from relec_exchange.records import (
    Batch,
    ChainRow,
    EntryRow,
    GapRow,
    HeadChange,
    LogHeadRow,
    OutboxRow,
    PeerRow,
    Where,
)
from relec_exchange.settings import read_settings
from relec_exchange.testing import PASSPHRASE, SimulatedNetwork
from relec_exchange.testing.homes import OFFICER
from relec_exchange.testing.succeeding import announce, current_origin, succeed

FIRST = "relec.example/tr/exchange/1"
SECOND = "relec.example/tr/exchange/2"


def store_of(network: SimulatedNetwork, name: str = "tr") -> Path:
    return network.home(name) / "store"


def restore(network: SimulatedNetwork, backup: Path) -> None:
    """What an operator does who puts a backup of tr's store back."""
    network.close("tr")
    shutil.rmtree(store_of(network))
    shutil.copytree(backup, store_of(network))


def backup(network: SimulatedNetwork, place: Path) -> Path:
    network.close("tr")
    shutil.copytree(store_of(network), place)
    network.open("tr")
    return place


def rescue(network: SimulatedNetwork, *logs: str, good_size: int | None = None) -> list[str]:
    """The successors that an emergency opens."""
    settings = read_settings(network.home("tr"))
    keys = KeyFiles(settings.path(settings.paths.keys), PASSPHRASE)
    with Rescue(settings, keys, network.clock(), os.urandom) as made:
        return [opened for _, opened in made.succeed(logs, good_size)]


# ---- the switch --------------------------------------------------------------------------------


def test_entry_zero_names_the_end_of_the_log_before_it(network: SimulatedNetwork) -> None:
    sent(network, warning(network))
    before = network.node("tr").journal.state.exchange.head
    succeed(network, "tr")
    opened = entries(network.node("tr"))[0]
    assert (opened["kind"], opened["origin"], opened["previous_origin"]) == (
        "opened",
        SECOND,
        FIRST,
    )
    assert (opened["previous_size"], opened["previous_root"]) == (before.size, before.root.hex())
    assert opened["time"] >= before.last_time
    assert network.node("tr").journal.state.sequences == {}


def test_a_closed_log_is_readable_and_never_written(network: SimulatedNetwork) -> None:
    ident = sent(network, warning(network))
    succeed(network, "tr")
    node = network.node("tr")
    head = node.store.rows(LogHeadRow, Where("origin", "=", FIRST))[0]
    assert head.closed
    with pytest.raises(StaleHead):
        node.store.commit(Batch((HeadChange(head.size, head),), ()))
    evidence = node.desk.evidence(ident, "out")
    assert FIRST in evidence["proof"]
    told = node.desk.audit_head("exchange-1")
    assert (told["origin"], told["size"]) == (FIRST, head.size)
    assert node.desk.audit_head("exchange")["origin"] == SECOND


def test_times_do_not_run_back_into_the_old_log(network: SimulatedNetwork) -> None:
    sent(network, warning(network))
    last = network.node("tr").journal.state.exchange.head.last_time
    network.clock.forward(hours=-3)
    succeed(network, "tr")
    assert entries(network.node("tr"))[0]["time"] == last


def test_a_plan_for_a_log_that_was_replaced_is_not_written(network: SimulatedNetwork) -> None:
    node = network.node("tr")
    succeed(network, "tr")
    with pytest.raises(Conflict):
        node.journal.write(Plan(log=FIRST))
    node.journal.write(Plan(log=SECOND))


@pytest.mark.parametrize("size", [0, 10**6])
def test_no_more_stands_than_there_is(network: SimulatedNetwork, size: int) -> None:
    journal = network.node("tr").journal
    network.node("tr")._keys.add_log(SECOND, os.urandom)
    with pytest.raises(InvalidInput):
        journal.write(succession_plan([Successor(SECOND, size)], network.clock()))
    assert journal.state.exchange.origin == FIRST


def test_a_log_that_is_there_is_not_opened_again(network: SimulatedNetwork) -> None:
    succeed(network, "tr")
    journal = network.node("tr").journal
    assert next_origin(SECOND) == "relec.example/tr/exchange/3"
    for known in (FIRST, SECOND):  # they are there: nothing happens
        journal.write(succession_plan([Successor(known)], network.clock()))
        assert current_origin(network.node("tr")) == SECOND


def test_other_plans_that_wait_are_written_in_the_log_of_their_turn(
    network: SimulatedNetwork,
) -> None:
    node = network.node("tr")
    node._keys.add_log(SECOND, os.urandom)
    erased = {
        "kind": "erased",
        "network": "relec.example",
        "what": "sealing-epoch",
        "subject": "00ff",
        "reason": "test",
    }
    plans = [
        Plan(exchange=(erased,)),
        succession_plan([Successor(SECOND)], network.clock()),
        Plan(exchange=(erased, erased)),
    ]
    futures = [node.journal.submit(plan) for plan in plans]
    node.journal.drain()
    assert [future.exception() for future in futures] == [None] * 3
    count = {
        origin: node.store.count(
            EntryRow, Where("origin", "=", origin), Where("kind", "=", "erased")
        )
        for origin in (FIRST, SECOND)
    }
    assert count == {FIRST: 1, SECOND: 2}
    check_logs(network)


def test_envelopes_of_two_logs_are_known_apart(network: SimulatedNetwork) -> None:
    answers: list[Outcome] = []
    network.hub.answer = lambda sender, item: answers.pop(0) if answers else Outcome.REFUSED
    idents = [sent(network, warning(network))]
    succeed(network, "tr")
    node = network.node("tr")
    while node.journal.state.exchange.head.size < node.journal.state.closed[FIRST].size:
        idents.append(sent(network, warning(network)))
    rows = [node.store.rows(OutboxRow, Where("message_id", "=", i))[0] for i in idents]
    keys = {envelope_key(row.origin, row.leaf_index) for row in rows}
    assert len(keys) == len(rows)
    assert rows[0].leaf_index in {row.leaf_index for row in rows[1:]}
    network.hub.answer = None
    node._publisher._monotonic = lambda: 1e9
    announce(network, "tr")
    network.pass_minutes(20)
    assert sorted(inbox_ids(network.node("pk"))) == sorted(idents)
    assert {state(node, ident) for ident in idents} == {"validated"}


@pytest.mark.parametrize(("number", "index"), [(1, 0), (1, 7), (2, 7), (900, 2**39)])
def test_a_key_of_an_envelope_names_its_place(number: int, index: int) -> None:
    origin = f"relec.example/tr/exchange/{number}"
    key = envelope_key(origin, index)
    assert place_of(key, FIRST) == (origin, index)
    assert (key == index) == (number == 1)


# ---- the guard ---------------------------------------------------------------------------------


def test_a_backup_from_before_the_switch_is_refused_though_no_entry_is_missing_in_it(
    network: SimulatedNetwork, tmp_path: Path
) -> None:
    kept = backup(network, tmp_path / "backup")
    node = network.node("tr")
    size = node.journal.state.exchange.head.size
    node._keys.add_log(SECOND, os.urandom)
    node.journal.write(succession_plan([Successor(SECOND)], network.clock()))
    assert node.journal.state.closed[FIRST].size == size
    restore(network, kept)
    with pytest.raises(IntegrityFailure, match=r"exchange/2 has 0 entries") as refused:
        network.open("tr")
    assert "restore" in refused.value.remedy


@pytest.mark.parametrize("log", ["exchange", "activity"])
def test_a_store_that_lost_entries_of_the_closed_or_the_new_log_is_refused(
    network: SimulatedNetwork, tmp_path: Path, log: str
) -> None:
    sent(network, warning(network))
    succeed(network, "tr", log)
    kept = backup(network, tmp_path / "backup")
    sent(network, warning(network))
    network.run()
    restore(network, kept)
    with pytest.raises(IntegrityFailure, match="older than this node's guard copy"):
        network.open("tr")


def test_a_closed_log_that_does_not_end_as_its_successor_says_is_refused(
    network: SimulatedNetwork,
) -> None:
    sent(network, warning(network))
    succeed(network, "tr")
    network.close("tr")
    with closing(sqlite3.connect(store_of(network) / "node.db")) as db:
        db.execute("delete from entry where origin = ? and idx = 0", (SECOND,))
        db.commit()
    with pytest.raises(IntegrityFailure, match="does not continue"):
        network.open("tr")


def test_a_node_with_successors_starts_again_and_goes_on(network: SimulatedNetwork) -> None:
    for _ in range(2):
        succeed(network, "tr")
        succeed(network, "tr", "activity")
        sent(network, warning(network))
        network.close("tr")
        network.open("tr")
    node = network.node("tr")
    assert len(node.journal.state.closed) == 4
    assert sorted(node._guard.read()) == sorted(
        [*node.journal.state.closed, current_origin(node), current_origin(node, "activity")]
    )
    assert alarms(node) == []
    check_logs(network)


# ---- emergencies -------------------------------------------------------------------------------


def test_a_store_that_lost_its_tail_goes_on_in_successors(
    network: SimulatedNetwork, tmp_path: Path
) -> None:
    early = sent(network, warning(network))
    network.run()
    kept = backup(network, tmp_path / "backup")
    lost = [sent(network, warning(network)) for _ in range(3)]
    network.run()
    restore(network, kept)
    assert sorted(rescue(network, "exchange")) == ["relec.example/tr/activity/2", SECOND]
    node = network.open("tr")
    assert [what for what, _ in alarms(node)] == ["log-rescued", "log-rescued"]
    announce(network, "tr")
    later = sent(network, warning(network))
    network.pass_minutes(20)
    pk = network.node("pk")
    assert inbox_ids(pk) == [early, *lost, later]  # what had come stays, what is new comes
    assert ("log-shortened", "tr") in alarms(pk)  # and nobody overlooks what happened
    assert {e["kind"] for e in entries(node, "", "activity")} >= {"opened", "alarm"}
    assert json.loads(events(node, "alarm")[-1].data) == {"what": "log-rescued"}
    check_logs(network)


def test_a_rescue_that_was_broken_off_is_finished_by_asking_again(
    network: SimulatedNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = backup(network, tmp_path / "backup")
    sent(network, warning(network))
    network.run()
    restore(network, kept)

    def killed(self: GuardFile, heads: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(GuardFile, "write", killed)
        with pytest.raises(KeyboardInterrupt):
            rescue(network, "exchange")
    assert sorted(rescue(network, "exchange")) == ["relec.example/tr/activity/2", SECOND]
    assert current_origin(network.open("tr")) == SECOND


def test_a_backup_from_before_a_switch_goes_on_under_a_number_that_was_never_used(
    network: SimulatedNetwork, tmp_path: Path
) -> None:
    kept = backup(network, tmp_path / "backup")
    succeed(network, "tr")
    announce(network, "tr")
    ident = sent(network, warning(network))
    network.pass_minutes(3)
    restore(network, kept)
    opened = rescue(network)
    assert "relec.example/tr/exchange/3" in opened
    node = network.open("tr")
    announce(network, "tr")
    listed = {log.origin: log for log in node.book.current.card("tr").card.logs}
    assert listed[SECOND].final_size == 0
    later = sent(network, warning(network))
    network.pass_minutes(20)
    assert inbox_ids(network.node("pk")) == [ident, later]
    check_logs(network)


def test_nothing_is_rescued_that_is_not_behind(network: SimulatedNetwork) -> None:
    network.close("tr")
    with pytest.raises(Conflict):
        rescue(network)
    assert current_origin(network.open("tr")) == FIRST


def test_entries_that_cannot_be_trusted_are_left_behind(network: SimulatedNetwork) -> None:
    first = sent(network, warning(network))
    network.run()
    good = network.node("tr").journal.state.exchange.head.size
    network.hub.interfere = lambda sender, item: [] if sender == "tr" else [item.envelope]
    doubtful = sent(network, warning(network))
    network.run()
    network.close("tr")
    rescue(network, "exchange", good_size=good)
    network.hub.interfere = None
    node = network.open("tr")
    assert state(node, doubtful) == "voided"
    told = announce(network, "tr")
    assert f"final_size = {good}\n" in told
    later = sent(network, warning(network))
    network.pass_minutes(20)
    pk = network.node("pk")
    assert inbox_ids(pk) == [first, later]
    assert [g for g in pk.store.rows(GapRow) if not g.closed_at] == []
    assert {row.missing for row in pk.store.rows(ChainRow)} == {"[]"}
    assert node.desk.audit_head("exchange-1")["size"] == good


def test_an_acknowledgement_of_the_old_log_says_nothing_of_the_new_one(
    network: SimulatedNetwork,
) -> None:
    network.pass_minutes(15)
    node = network.node("tr")
    assert node.store.rows(PeerRow)[0].acknowledged_size > 0
    succeed(network, "tr")
    row = node.store.rows(PeerRow)[0]
    assert (row.acknowledged_size, row.offers, row.our_origin) == (0, "[]", SECOND)
    assert node.desk.succeed_log(FIRST, OFFICER)["opened"]["origin"] == SECOND
    with pytest.raises(Conflict):
        node.desk.succeed_log("relec.example/pk/exchange/1", OFFICER)
