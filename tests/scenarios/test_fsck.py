"""Each derived table of a real store is corrupted in turn: `fsck` finds it, and mends it or says
plainly why nothing can. Entries are never changed, and what contradicts an anchor is never mended.
"""

# ruff: noqa: S608 - the statements are ours, and they corrupt on purpose

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core_network import begun, request, sent, warning
from relec_exchange.adapters.trustfiles import TrustFiles
from relec_exchange.errors import Conflict, IntegrityFailure, NotFound
from relec_exchange.journal.rebuilding.walks import Difference
from relec_exchange.node.mending import StoreCheck
from relec_exchange.settings import Settings, read_settings
from relec_exchange.testing import NETWORK, SimulatedNetwork
from relec_exchange.trust.directory import Directory

EXCHANGE = "relec.example/tr/exchange/1"
ACTIVITY = "relec.example/tr/activity/1"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
THEIRS = "relec.example/pk/exchange/1"


@dataclass
class Home:
    """The home of a stopped node."""

    path: Path

    @property
    def settings(self) -> Settings:
        return read_settings(self.path)

    @property
    def store(self) -> Path:
        return self.settings.path(self.settings.paths.store)

    def check(self) -> list[Difference]:
        with self.opened() as check:
            return check.differences()

    def mend(self) -> int:
        with self.opened() as check:
            return check.mend(check.differences())

    def opened(self) -> StoreCheck:
        settings = self.settings
        empty = Directory(NETWORK, "exercise", settings.node)
        files = TrustFiles(settings.path(settings.paths.trust))
        return StoreCheck(settings, files.directory(empty).directory, NOW)

    def change(self, statement: str, *values: Any) -> None:
        with closing(sqlite3.connect(self.store)) as db:
            changed = db.execute(statement, values).rowcount
            db.commit()
        assert changed, "the statement found nothing to corrupt"

    def value(self, query: str) -> Any:
        with closing(sqlite3.connect(self.store)) as db:
            return db.execute(query).fetchone()[0]

    def entries(self) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.store)) as db:
            return db.execute("select * from entry order by origin, idx").fetchall()


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedNetwork]:
    """A network in which all that has happened which the corruptions below are about."""
    with begun(tmp_path_factory.mktemp("lived")) as network:
        for n in range(3):
            sent(network, warning(network, f"More departures, simulated {n}."))
        sent(network, request(network))
        sent(network, warning(network, sender="pk", recipient="tr"))
        network.run()
        network.pass_minutes(12)
        network.close()
        yield network


@pytest.fixture
def home(lived: SimulatedNetwork, tmp_path: Path) -> Home:
    shutil.copytree(lived.home("tr"), tmp_path / "tr")
    return Home(tmp_path / "tr")


def tables(found: list[Difference]) -> set[str]:
    return {one.table for one in found}


def test_a_store_that_nobody_touched_is_as_its_entries_say(home: Home) -> None:
    assert home.check() == []


MENDED: dict[str, tuple[str, str, str]] = {
    "the root of a head": (
        "log_head",
        f"update log_head set root = zeroblob(32) where origin = '{EXCHANGE}'",
        f"select hex(root) from log_head where origin = '{EXCHANGE}'",
    ),
    "the size of a head": (
        "log_head",
        f"update log_head set size = size + 1 where origin = '{EXCHANGE}'",
        f"select size from log_head where origin = '{EXCHANGE}'",
    ),
    "the last time of a head": (
        "log_head",
        f"update log_head set last_time = '' where origin = '{ACTIVITY}'",
        f"select last_time from log_head where origin = '{ACTIVITY}'",
    ),
    "an open log that is marked closed": (
        "log_head",
        f"update log_head set closed = 1 where origin = '{EXCHANGE}'",
        f"select closed from log_head where origin = '{EXCHANGE}'",
    ),
    "the leaf of an entry": (
        "entry",
        f"update entry set leaf = zeroblob(32) where origin = '{EXCHANGE}' and idx = 1",
        f"select hex(leaf) from entry where origin = '{EXCHANGE}' and idx = 1",
    ),
    "the kind of an entry": (
        "entry",
        f"update entry set kind = 'sent' where origin = '{EXCHANGE}' and idx = 1",
        f"select kind from entry where origin = '{EXCHANGE}' and idx = 1",
    ),
    "the hashes of a tile": (
        "tile",
        f"update tile set hashes = zeroblob(64) where origin = '{EXCHANGE}'",
        f"select hex(hashes) from tile where origin = '{EXCHANGE}'",
    ),
    "a tile that is gone": (
        "tile",
        f"delete from tile where origin = '{ACTIVITY}'",
        f"select hex(hashes) from tile where origin = '{ACTIVITY}'",
    ),
    "a tile too many": (
        "tile",
        f"insert into tile values ('{EXCHANGE}', 1, 7, zeroblob(32))",
        "select count(*) from tile",
    ),
    "the place of a message": (
        "outbox",
        "update outbox set leaf_index = 0, leaf = zeroblob(32) where type = 'warning.notice'",
        "select group_concat(hex(leaf) || leaf_index) from outbox where type = 'warning.notice'",
    ),
    "the number of a message": (
        "outbox",
        "update outbox set seq = seq + 7 where type = 'info.request'",
        "select seq from outbox where type = 'info.request'",
    ),
    "the agreement of a message": (
        "outbox",
        "update outbox set agreement = '' where type = 'info.request'",
        "select agreement from outbox where type = 'info.request'",
    ),
    "who sent what was accepted": (
        "accepted",
        "update accepted set sender = 'iq' where type = 'warning.notice'",
        "select sender from accepted where type = 'warning.notice'",
    ),
    "the outcome of what was accepted": (
        "accepted",
        "update accepted set outcome = 'schema' where type = 'warning.notice'",
        "select outcome from accepted where type = 'warning.notice'",
    ),
    "the time of what was accepted": (
        "accepted",
        "update accepted set time = '' where type = 'warning.notice'",
        "select time from accepted where type = 'warning.notice'",
    ),
    "the version of a card": (
        "note",
        "update note set version = version + 1 where kind = 'card'",
        "select group_concat(version) from note where kind = 'card'",
    ),
    "holes in a chain": (
        "chain",
        f"update chain set missing = 'x', contiguous = 0 where origin = '{THEIRS}'",
        f"select group_concat(missing || contiguous) from chain where origin = '{THEIRS}'",
    ),
    "the height of a chain": (
        "chain",
        f"update chain set highest = 0, contiguous = 0 where origin = '{THEIRS}'",
        f"select group_concat(highest || '/' || contiguous) from chain where origin = '{THEIRS}'",
    ),
    "a chain that is gone": (
        "chain",
        f"delete from chain where origin = '{THEIRS}' and cls = 'ordinary'",
        f"select highest from chain where origin = '{THEIRS}' and cls = 'ordinary'",
    ),
}


@pytest.mark.parametrize("name", MENDED)
def test_what_entries_tell_is_found_and_written_again(home: Home, name: str) -> None:
    table, statement, query = MENDED[name]
    before, entries = home.value(query), home.entries()
    home.change(statement)
    found = home.check()
    assert table in tables(found)
    assert all(one.remedy and not one.why for one in found)
    assert home.mend() == len(found)
    assert home.check() == []
    assert home.value(query) == before
    assert home.entries() == entries


LOST: dict[str, tuple[str, str]] = {
    "an entry that is gone": (
        "entry",
        f"delete from entry where origin = '{EXCHANGE}' and idx = 2",
    ),
    "the last entry that is gone": (
        "entry",
        f"delete from entry where origin = '{ACTIVITY}' and idx = "
        f"(select max(idx) from entry where origin = '{ACTIVITY}')",
    ),
    "the bytes of an entry": (
        "entry",
        "update entry set data = cast(replace(cast(data as text), 'warning.notice', "
        f"'warning.motive') as blob) where origin = '{EXCHANGE}' "
        "and instr(cast(data as text), 'warning.notice')",
    ),
    "an entry that is none": (
        "entry",
        f"update entry set data = x'7b7d' where origin = '{EXCHANGE}' and idx = 1",
    ),
    "entries beyond the head": (
        "entry",
        "insert into entry select origin, idx + 1, kind, leaf, data from entry "
        f"where origin = '{ACTIVITY}' order by idx desc limit 1",
    ),
    "the signature of a checkpoint": (
        "log_head",
        f"update log_head set checkpoint = zeroblob(99) where origin = '{EXCHANGE}'",
    ),
    "a message that is gone": (
        "outbox",
        "delete from outbox where type = 'info.request'",
    ),
    "a message of another id": (
        "outbox",
        "update outbox set message_id = '019aa700-0000-7000-8000-00000000ffff' "
        "where type = 'info.request'",
    ),
    "the entry of a partner": (
        "accepted",
        "update accepted set entry = x'7b7d' where type = 'warning.notice'",
    ),
    "the path of a partner's entry": (
        "accepted",
        "update accepted set path = zeroblob(length(path)) where type = 'warning.notice' "
        "and length(path) > 0",
    ),
    "a card that is gone": (
        "note",
        "delete from note where kind = 'card' and subject = 'pk'",
    ),
    "the text of an agreement": (
        "note",
        "update note set note = cast(replace(cast(note as text), 'requests', 'Requests') as blob) "
        "where kind = 'agreement'",
    ),
    "the size of a partner's tree": (
        "accepted_checkpoint",
        "update accepted_checkpoint set size = size + 1000 where length(note) > 0",
    ),
    "the root of a partner's tree": (
        "accepted",
        "update accepted_checkpoint set root = zeroblob(32)",
    ),
}


@pytest.mark.parametrize("name", LOST)
def test_what_no_entry_tells_is_found_and_said_to_be_lost(home: Home, name: str) -> None:
    table, statement = LOST[name]
    home.change(statement)
    before = home.entries()
    found = home.check()
    assert table in tables([one for one in found if one.why and not one.remedy])
    home.mend()
    left = home.check()
    assert table in tables(left)
    assert home.entries() == before


def test_nothing_is_made_of_entries_that_contradict_the_signed_checkpoint(home: Home) -> None:
    home.change(
        "update entry set data = cast(replace(cast(data as text), '\"seq\":1,', '\"seq\":2,') "
        f"as blob) where origin = '{EXCHANGE}' and instr(cast(data as text), '\"seq\":1,')"
    )
    home.change(f"delete from tile where origin = '{EXCHANGE}'")
    found = home.check()
    assert any("signed checkpoint" in one.what for one in found)
    assert not [one for one in found if one.remedy and EXCHANGE in one.where]


def test_a_head_is_not_mended_where_nobody_vouches_for_the_entries(home: Home) -> None:
    home.settings.path(home.settings.paths.guard).unlink()
    home.change(f"update log_head set root = zeroblob(32) where origin = '{ACTIVITY}'")
    found = [one for one in home.check() if ACTIVITY in one.where]
    assert not [one for one in found if one.remedy]


def test_a_head_that_is_gone_is_made_again_from_the_guard_copy(home: Home) -> None:
    size = home.value(f"select size from log_head where origin = '{ACTIVITY}'")
    home.change(f"delete from log_head where origin = '{ACTIVITY}'")
    assert tables(home.check()) == {"log_head"}
    home.mend()
    assert home.value(f"select size from log_head where origin = '{ACTIVITY}'") == size


def test_a_mended_node_starts_and_goes_on_in_the_same_logs(
    lived: SimulatedNetwork, tmp_path: Path
) -> None:
    shutil.copytree(lived.home("tr"), tmp_path / "tr")
    home = Home(tmp_path / "tr")
    home.change(f"delete from tile where origin = '{EXCHANGE}'")
    home.change(f"update log_head set root = zeroblob(32) where origin = '{EXCHANGE}'")
    home.mend()
    shutil.rmtree(lived.home("tr") / "store")
    shutil.copytree(home.path / "store", lived.home("tr") / "store")
    node = lived.open("tr", newest=True)
    assert node.journal.state.exchange.size > 1
    lived.close("tr")


def test_damage_of_the_file_itself_is_said_before_anything_is_read(home: Home) -> None:
    data = bytearray(home.store.read_bytes())
    assert not os.path.exists(f"{home.store}-wal") or not os.path.getsize(f"{home.store}-wal")
    for page in range(2, len(data) // 4096):
        data[page * 4096 : page * 4096 + 64] = bytes(64)
    home.store.write_bytes(bytes(data))
    try:
        found = home.check()
    except IntegrityFailure:
        return
    assert tables(found) == {"file"}
    assert home.mend() == 0


def test_a_value_of_another_type_is_said_before_anything_is_read(home: Home) -> None:
    home.change(f"update entry set data = 'text' where origin = '{EXCHANGE}' and idx = 1")
    found = home.check()
    assert [(one.table, one.what) for one in found] == [("entry", "data is of another type")]
    assert found[0].why
    assert home.mend() == 0


def test_indexes_are_made_again_from_their_tables(home: Home) -> None:
    with closing(sqlite3.connect(home.store)) as db:
        db.execute("drop index accepted_leaf")
        db.execute("create index accepted_leaf on accepted(leaf) where 0")
        db.execute("pragma writable_schema = on")
        db.execute(
            "update sqlite_master set sql = 'CREATE INDEX accepted_leaf ON accepted (leaf)' "
            "where name = 'accepted_leaf'"
        )
        db.commit()
    assert tables(home.check()) == {"indexes"}
    assert home.mend() == 1
    assert home.check() == []


def test_a_running_node_is_left_alone(home: Home) -> None:
    with home.opened(), pytest.raises(Conflict):
        home.opened()


def test_a_home_without_a_store_is_told_so(home: Home) -> None:
    home.store.unlink()
    with pytest.raises(NotFound):
        home.opened()
