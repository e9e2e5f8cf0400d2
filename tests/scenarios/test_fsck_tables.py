"""Every table that follows from entries loses a row, has one changed, gets one that nobody logged,
and is emptied: `fsck` tells, `--repair` mends or says why not, and the node goes on exchanging.
"""

# ruff: noqa: S608 - the statements are ours, and they corrupt on purpose

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from core_network import (
    FULL,
    alarms,
    begun,
    check_logs,
    founded,
    inbox_ids,
    letter,
    life_at_risk,
    ping,
    reply,
    request,
    sent,
    warning,
)
from relec_exchange.adapters.keyfiles import KeyFiles
from relec_exchange.adapters.sqlite.tables import TABLES
from relec_exchange.adapters.trustfiles import TrustFiles
from relec_exchange.adapters.vault import SqliteVault
from relec_exchange.journal.alarming import Alarm, alarm_plan
from relec_exchange.journal.rebuilding.walks import Difference
from relec_exchange.message.identifiers import MessageClass
from relec_exchange.node.mending import TAKEN, StoreCheck
from relec_exchange.ports import Outgoing
from relec_exchange.records import AlarmRow
from relec_exchange.settings import read_settings
from relec_exchange.testing import (
    DESK,
    NETWORK,
    OFFICER,
    PASSPHRASE,
    SECOND,
    Founded,
    SimulatedNetwork,
)
from relec_exchange.testing.succeeding import succeed
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.officer import Act
from years import keep


@dataclass
class Lived:
    """A stopped network in which something of everything has happened, and how it was founded."""

    network: SimulatedNetwork
    homes: Founded


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    with begun(tmp_path_factory.mktemp("lived")) as network:
        _live(network)
        homes = replace(founded(("tr", "pk"), ()), directory=network.directory, now=network.clock())
        yield Lived(network, homes)


def _live(network: SimulatedNetwork) -> None:
    tr = network.node("tr")
    for n in range(2):
        sent(network, warning(network, f"More departures, simulated {n}."))
    asked, told = request(network), warning(network, "Opened there.")
    sent(network, asked)
    sent(network, told)
    network.run()
    for message in (asked, told):
        network.open_message("pk", message.header.message_id)
    network.run()
    answer = reply(network, asked)
    sent(network, answer)
    asks = request(network, sender="pk", recipient="tr")
    for message in (asks, warning(network, sender="pk", recipient="tr")):
        sent(network, message)
    sent(network, ping(network, sender="pk", recipient="tr"))
    network.run()
    network.open_message("tr", asks.header.message_id)
    sent(network, reply(network, asks))
    _sent_back(network)
    _beside(network)
    _lose_one(network)
    network.hub.inject("tr", "pk", MessageClass.ORDINARY, b"no envelope")
    network.pass_minutes(1)
    raised = Alarm("test-alarm", "pk", "raised on purpose")
    for _ in range(2):
        tr.journal.write(alarm_plan(tr.store, [raised], NETWORK, network.clock()))
        row = tr.store.rows(AlarmRow, order="-row")[0].row
        tr.desk.close_alarm(row, "handled", OFFICER)
    network.pass_minutes(12)
    network.close()


def _beside(network: SimulatedNetwork) -> None:
    """A hold, a protected person, an extract of a warning, and the telephone of a unit."""
    tr, text = network.node("tr"), "Stay ashore in bad weather (simulated)."
    body = {
        "kind": "surge",
        "where": {"country": "TR", "place": "north"},
        "when": {"from": "2026-11-01", "to": "2026-11-01"},
        "what": "More departures than usual (simulated).",
        "recommended_action": text,
    }
    ends = {"sender": "pk", "recipient": "tr"}
    told = letter(network, "warning.notice", body, **ends)
    sent(network, told)
    hours = [{"days": ["mon"], "from": "22:00", "to": "06:00", "zone": "Europe/Istanbul"}]
    unit = {"unit": "coast-guard", "phone": "+902125550100", "languages": ["en"]}
    none = {"data_level": "none", "source_grade": None, "info_grade": None}
    body = {**unit, "hours": hours, "valid_from": "2026-01-01"}
    sent(network, letter(network, "contact.update", body, **ends, **none))
    network.run()
    ident = told.header.message_id
    keep(network, "tr", ident, "2026-12-31")
    tr.desk.add_registered({"names": ["Simulated Person"]}, DESK)
    wanted = {"message_id": ident, "direction": None, "fields": ["recommended_action"]}
    tr.desk.make_extract({**wanted, "text": None, "language": None}, OFFICER)


def _lose_one(network: SimulatedNetwork) -> None:
    """A flash message that never comes, however often it is sent, and one that comes after it."""
    lost = True

    def interfere(_sender: str, item: Outgoing) -> list[bytes]:
        return [] if lost and item.message_class is MessageClass.FLASH else [item.envelope]

    network.hub.interfere = interfere
    sent(network, life_at_risk(network, sender="pk", recipient="tr"))
    network.run()
    lost = False
    sent(network, life_at_risk(network, sender="pk", recipient="tr"))
    network.run()
    lost = True


def _sent_back(network: SimulatedNetwork) -> None:
    waits = warning(network, "Not like this.")
    network.submit(waits, release=False)
    ident = waits.header.message_id
    signature = network.act("tr", ident, Act.RETURN)
    network.node("tr").desk.send_back(ident, SECOND, signature, "Not like this.")


class Home:
    """The home of a stopped node."""

    def __init__(self, path: Path, network: SimulatedNetwork) -> None:
        self.path, self.network = path, network
        self.settings = read_settings(path)
        self.store = self.settings.path(self.settings.paths.store)

    def opened(self) -> StoreCheck:
        settings = self.settings
        empty = Directory(NETWORK, "exercise", settings.node)
        files = TrustFiles(settings.path(settings.paths.trust))
        return StoreCheck(
            settings, files.directory(empty).directory, self.network.clock(), self._vault
        )

    def _vault(self) -> SqliteVault:
        paths = self.settings.paths
        keys = KeyFiles(self.settings.path(paths.keys), PASSPHRASE)
        return SqliteVault(self.settings.path(paths.vault), keys.storage_key(), os.urandom)

    def check(self) -> list[Difference]:
        with self.opened() as check:
            return check.differences()

    def repair(self) -> list[Difference]:
        with self.opened() as check:
            return check.repair(check.differences())

    def change(self, *statements: str) -> int:
        with closing(sqlite3.connect(self.store)) as db, db:
            return sum(db.execute(one).rowcount for one in statements)

    def value(self, query: str) -> Any:
        with closing(sqlite3.connect(self.store)) as db:
            return db.execute(query).fetchone()[0]

    def columns(self, table: str) -> list[str]:
        with closing(sqlite3.connect(self.store)) as db:
            return [one[1] for one in db.execute(f"pragma table_info({table})")]

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        """What stands in a table, without row numbers and without what is encrypted."""
        with closing(sqlite3.connect(self.store)) as db:
            names = self.columns(table)
            kept = ", ".join(one for one in names if one not in ("row", "content", "key_id"))
            return sorted(db.execute(f"select {kept} from {table}").fetchall(), key=repr)


@pytest.fixture
def home(lived: Lived, tmp_path: Path) -> Home:
    shutil.copytree(lived.network.home("tr"), tmp_path / "tr")
    return Home(tmp_path / "tr", lived.network)


def tables(found: list[Difference]) -> set[str]:
    return {one.table for one in found}


def test_a_store_in_which_everything_happened_is_as_its_entries_say(home: Home) -> None:
    assert home.check() == []
    empty = {table for table in CORRUPTED if not home.rows(table)}
    assert not empty, "nothing is there to corrupt"


_INBOX = "select row from inbox where type = 'info.request'"
CORRUPTED: dict[str, tuple[str, ...]] = {
    "act": ("update act set officer = 'nobody'", "update act set act = 'free', at = ''"),
    "alarm": ("update alarm set closed_at = '', closed_by = '' where row = 1",),
    "accepted": (
        "update accepted set idx = idx + 900 where type = 'info.request'",
        "update accepted set message_id = 'x', seq = 99 where type = 'info.request'",
    ),
    "accepted_checkpoint": ("update accepted_checkpoint set proven = 0 where top_size > 0",),
    "delivery": ("update delivery set state = 'pending'",),
    "gap": ("update gap set sender = 'iq'",),
    "inbox": (
        "update inbox set leaf = randomblob(32), seq = 77 where type = 'info.request'",
        "update inbox set state = 'received', opened_by = '' where type = 'warning.notice'"
        " or opened_by != ''",
        "update inbox set type = 'info.reply', area = '', data_level = 'none'",
        "update inbox set opened_by = 'nobody', opened_at = '2026-01-01T00:00:00.000Z'",
        "update inbox set received_at = '', grant_id = 'other', closed_by = 'nobody'",
    ),
    "officer": ("update officer set name = 'nobody', action = 'remove', at = ''",),
    "outbox": (
        "update outbox set submitted_by = 'nobody', released_by = 'nobody' where seq is not null",
        "update outbox set commitment = zeroblob(32), area = '' where type = 'info.request'",
        "update outbox set state = 'relayed', judged_at = '', wire_code = ''",
        "update outbox set opened_at = '' where opened_at != ''",
        "update outbox set state = 'submitted' where state = 'returned'",
    ),
    "peer": (
        "update peer set our_number = 1, answered = 99",
        "update peer set their_size = 1, their_root = zeroblob(32)",
        "update peer set offers = '{', shown_trees = 'x'",
    ),
    "peer_chain": ("update peer_chain set announced = 'x', missing = '{}'",),
    "peer_tree": ("update peer_tree set path = zeroblob(length(path)) where length(path) > 0",),
    "quarantine_count": ("update quarantine_count set count = count + 1, logged = 0",),
    "receipt": (
        "update receipt set code = 'schema', at = ''",
        "update receipt set peer = 'iq', receipt_leaf = zeroblob(32)",
    ),
    "used_checkpoint": ("update used_checkpoint set root = zeroblob(32)",),
}
"""Changes by table; each is mended."""

WITH_LOSS = {"inbox": {"content", "key_id"}, "accepted": {"entry", "path"}}
"""What is not made again of a row that is gone."""

NOT_FOUND_GONE = {"used_checkpoint"}
"""Of which what is proven by now is not made again."""

CASES = [(table, n) for table, some in CORRUPTED.items() for n in range(len(some))]


@pytest.mark.parametrize(("table", "n"), CASES)
def test_a_changed_row_is_told_and_mended(home: Home, table: str, n: int) -> None:
    before = home.rows(table)
    assert home.change(CORRUPTED[table][n])
    assert table in tables(home.check())
    assert home.repair() == []
    assert home.check() == []
    if table not in ("accepted_checkpoint", "alarm", "officer", "act", "peer", "peer_chain"):
        assert _bare(table, home.rows(table)) == _bare(table, before)


def _bare(table: str, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Paths that are made again are shorter, and times those of entries."""
    return sorted(row[:2] for row in rows) if table in ("peer_tree", "inbox", "delivery") else rows


GONE: dict[str, str] = {
    "act": "1 = 1",
    "alarm": "1 = 1",
    "accepted": "cls = 'ordinary'",
    "delivery": "1 = 1",
    "gap": "closed_at = ''",
    "inbox": "1 = 1",
    "officer": "1 = 1",
    "peer": "1 = 1",
    "peer_chain": "1 = 1",
    "peer_tree": "1 = 1",
    "quarantine_count": "1 = 1",
    "receipt": "1 = 1",
}
"""Rows that are made again, by table."""


@pytest.mark.parametrize("whole", [False, True], ids=["one row", "every row"])
@pytest.mark.parametrize("table", GONE)
def test_rows_that_are_gone_are_told_and_made_again(home: Home, table: str, whole: bool) -> None:
    before, which = home.rows(table), GONE[table]
    last = f"select max(rowid) from {table} where {which}"
    where = which if whole else f"{which} and rowid = ({last})"
    assert home.change(f"delete from {table} where {where}")
    assert table in tables(home.check())
    left = home.repair()
    assert table not in tables(left), left
    # What hangs on content that is gone is told as long as it is gone.
    assert tables(left) <= {"judgement", "accepted_checkpoint", "accepted"}
    assert len(home.rows(table)) == len(before)


LOST: dict[str, str] = {
    "accepted_checkpoint": "1 = 1",
    "comment": "1 = 1",
    "contact": "1 = 1",
    "extract": "1 = 1",
    "judgement": "1 = 1",
    "legal_hold": "1 = 1",
    "note": "kind = 'card'",
    "outbox": "cls = 'ordinary'",
    "quarantine": "1 = 1",
    "received_content": "1 = 1",
    "register": "1 = 1",
}
"""Rows that only content, signatures or envelopes could make again: told, with the reason."""


@pytest.mark.parametrize("table", LOST)
def test_rows_that_cannot_be_made_again_are_told_with_the_reason(home: Home, table: str) -> None:
    assert home.change(f"delete from {table} where {LOST[table]}")
    told = [one for one in home.check() if one.table == table]
    assert told
    left = [one for one in home.repair() if one.table == table]
    assert left
    assert all(one.why and not one.remedy for one in left)
    assert not any(one.remedy for one in home.check())


INVENTED: dict[str, tuple[str, bool]] = {
    "act": ("signature = randomblob(64)", True),
    "accepted": ("idx = 900, seq = 900, message_id = 'x', leaf = randomblob(32)", False),
    "alarm": ("what = 'made-up'", False),
    "comment": ("", False),
    "contact": ("", False),
    "delivery": ("message_id = 'made-up'", True),
    "draft": ("", False),
    "gap": ("origin = 'relec.example/iq/exchange/1'", True),
    "inbox": ("message_id = 'made-up', leaf = randomblob(32), leaf_index = 900", False),
    "judgement": ("message_id = 'made-up'", False),
    "legal_hold": ("", False),
    "note": ("hash = 'made-up'", False),
    "officer": ("name = 'made-up', record = '{}'", False),
    "outbox": (
        "message_id = 'made-up', leaf = x'', leaf_index = -1, seq = null, origin = '', "
        "idempotency_key = null",
        False,
    ),
    "peer": ("peer = 'iq'", True),
    "peer_chain": ("peer = 'iq'", True),
    "quarantine": ("reason = 'made-up'", False),
    "quarantine_count": ("reason = 'made-up'", True),
    "received_content": ("message_id = 'made-up'", False),
    "receipt": ("receipt_id = 'made-up'", True),
    "register": ("", False),
    "used_checkpoint": ("size = size + 100000", True),
}
"""How a copy of a row differs from it, by table; and whether it is taken away."""


@pytest.mark.parametrize("table", INVENTED)
def test_a_row_that_nobody_logged_is_told(home: Home, table: str) -> None:
    changes, goes = INVENTED[table]
    before = home.rows(table)
    if not changes or not before:
        _insert_anything(home, table)
    else:
        _insert_like(home, table, changes)
    assert table in tables(home.check())
    left = home.repair()
    assert (left == []) is goes, left
    if goes:
        assert home.rows(table) == before


def _insert_like(home: Home, table: str, changes: str) -> None:
    with closing(sqlite3.connect(home.store)) as db, db:
        names = [one[1] for one in db.execute(f"pragma table_info({table})") if one[1] != "row"]
        changed = dict(one.strip().split(" = ") for one in changes.split(", "))
        values = ", ".join(changed.get(name, name) for name in names)
        db.execute(f"insert into {table} ({', '.join(names)}) select {values} from {table} limit 1")


def _insert_anything(home: Home, table: str) -> None:
    with closing(sqlite3.connect(home.store)) as db, db:
        columns = [one for one in db.execute(f"pragma table_info({table})") if one[1] != "row"]
        values = {"TEXT": "'made-up'", "VARCHAR": "'made-up'", "INTEGER": "1", "BLOB": "x'00'"}
        given = ", ".join(values.get(one[2].upper(), "1") for one in columns)
        names = ", ".join(one[1] for one in columns)
        db.execute(f"insert into {table} ({names}) values ({given})")


# ---- whatever is wrong -------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(100 if FULL else 10))
def test_whatever_a_repair_leaves_is_told_with_the_reason_from_then_on(
    home: Home, seed: int
) -> None:
    """Some columns of some rows get values of other rows, or none that any row has."""
    rng = random.Random(seed)
    for _ in range(8):
        table = rng.choice(sorted({str(one.name) for one in TABLES.values()} - {"entry"}))
        column = rng.choice([name for name in home.columns(table) if name != "row"])
        like = f"select o.{column} from {table} o where o.{column} is not {table}.{column}"
        made = f"case typeof({column}) when 'text' then 'x' || {column} when 'blob'"
        value = f"coalesce(({like} limit 1), {made} then randomblob(32) else {column} + 1 end)"
        which = f"(select {rng.choice(['max', 'min'])}(rowid) from {table})"
        home.change(f"update or ignore {table} set {column} = {value} where rowid = {which}")
    left = home.repair()
    assert all(one.why and not one.remedy for one in left), left
    assert set(home.check()) == set(left)


def test_a_record_whose_place_another_one_has_is_not_promised(home: Home) -> None:
    """A record that nobody logged stands where one belongs that is gone."""
    home.change(
        "update accepted set idx = 900, leaf = randomblob(32) where idx ="
        " (select max(idx) from accepted where type = 'info.request')"
    )
    found = [one for one in home.check() if one.what.startswith("the record is missing")]
    assert [(one.remedy, one.why) for one in found] == [((), TAKEN)]
    assert home.repair() == home.check()


# ---- it goes on --------------------------------------------------------------------------------

ALONE = sorted({*GONE, *CORRUPTED}) if FULL else ["peer", "used_checkpoint", "accepted"]


class GoneOn(NamedTuple):
    """How many of four messages came, both ways; new alarms; what fsck still would mend."""

    arrived: int
    alarms: set[tuple[str, ...]]
    left: list[str]


WHOLE = GoneOn(4, set(), [])


@pytest.mark.parametrize("table", ALONE)
def test_a_node_goes_on_with_its_partner_after_a_table_was_made_again(
    lived: Lived, tmp_path: Path, table: str
) -> None:
    assert _goes_on(lived, tmp_path, [f"delete from {table}"]) == WHOLE


def test_a_node_goes_on_after_all_of_them_were_made_again_at_once(
    lived: Lived, tmp_path: Path
) -> None:
    assert _goes_on(lived, tmp_path, [f"delete from {table}" for table in GONE]) == WHOLE


def _goes_on(lived: Lived, tmp_path: Path, statements: list[str]) -> GoneOn:
    network = SimulatedNetwork(tmp_path / "network", founded=lived.homes)
    arrived, new = 0, set()
    try:
        before = {name: alarms(network.node(name)) for name in network.names}
        network.close("tr")
        home = Home(network.home("tr"), network)
        home.change(*statements)
        home.repair()
        left = [one.what for one in home.check() if one.remedy]
        network.open("tr", newest=True)
        for minutes in (2, 15):
            ours, theirs = warning(network), warning(network, sender="pk", recipient="tr")
            for message in (ours, theirs):
                sent(network, message)
            network.pass_minutes(minutes)
            arrived += ours.header.message_id in inbox_ids(network.node("pk"))
            arrived += theirs.header.message_id in inbox_ids(network.node("tr"))
        check_logs(network)
        for name in network.names:
            new |= {(name, *one) for one in set(alarms(network.node(name))) - set(before[name])}
        network.close("tr")
        left += [one.what for one in home.check() if one.remedy]
    finally:
        network.close()
    return GoneOn(arrived, new, left)


def test_a_repair_that_is_broken_off_anywhere_is_ended_by_the_next(home: Home) -> None:
    home.change(*(f"delete from {table} where {which}" for table, which in GONE.items()))
    with home.opened() as check:
        whole = [one for one in check.differences() if one.remedy]
        assert len(tables(whole)) > 8
        for stop in range(0, len(whole), max(1, len(whole) // 5)):
            check.mend(whole[:stop])  # each difference is one commit or a part of one
    left = home.repair()
    assert not any(one.remedy for one in left)
    assert home.repair() == left


EMPTIED = ("act", "alarm", "delivery", "officer", "peer", "peer_chain", "peer_tree", "tile")
"""Tables that are made again whole."""


@pytest.mark.parametrize(("nth", "when"), [(1, "after"), (2, "before"), (4, "after")])
def test_a_repair_that_is_killed_is_ended_by_the_next(home: Home, nth: int, when: str) -> None:
    home.change(*(f"delete from {table}" for table in EMPTIED))
    command = ["--home", str(home.path), "fsck", "--repair"]
    script = Path(__file__).parent / "killed_repair.py"
    dies = [sys.executable, str(script), str(nth), when, *command]
    killed = subprocess.run(dies, capture_output=True, timeout=120, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert any(one.remedy for one in home.check())
    relec = [sys.executable, "-m", "relec_exchange.cli"]
    for again in (command, command[:-1]):
        done = subprocess.run([*relec, *again], capture_output=True, timeout=120, check=False)
        assert done.returncode == 0, (done.stdout, done.stderr)
    assert home.check() == []


def test_what_others_signed_is_left_alone_where_entries_may_be_lost_with_a_log(
    tmp_path: Path,
) -> None:
    with begun(tmp_path) as network:
        sent(network, warning(network))
        network.run()
        succeed(network, "tr")
        network.run()
        network.close()
        home = Home(network.home("tr"), network)
        assert home.check() == []
        before = home.rows("act")
        _insert_like(home, "act", INVENTED["act"][0])
        assert tables(home.repair()) == {"act"}
        assert len(home.rows("act")) == len(before) + 1


# ---- every table -------------------------------------------------------------------------------

NOT_NOTICED = {
    "announced",
    "consent",
    "cosignature",
    "cosigned",
    "cut",
    "draft",
    "event",
    "gap",
    "held",
    "shelter",
    "used_checkpoint",
    "witnessed",
}
"""Of these a row may go for good reasons, which no entry tells; the documents say so."""


@pytest.mark.parametrize("table", sorted({str(one.name) for one in TABLES.values()} - NOT_NOTICED))
def test_no_table_is_emptied_without_notice(home: Home, table: str) -> None:
    assert home.change(f"delete from {table}")
    assert home.check()
