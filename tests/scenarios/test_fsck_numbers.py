"""A changed outbox, with and without the node having run on it: `fsck --repair` gives every message
the place in its chain that the log names, and promises nothing that it does not write.
"""

# ruff: noqa: S608 - the statements are ours, and they corrupt on purpose

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from test_fsck_tables import Home, Lived

from core_network import begun, founded, inbox_ids, request, sent, warning
from relec_exchange.journal import opening
from relec_exchange.testing import SimulatedNetwork

NEWEST = "row = (select row from outbox where seq is not null order by leaf_index desc limit 1)"
NEWEST_MESSAGE = "row = (select max(row) from outbox where cls = 'ordinary' and seq is not null)"
COLUMNS = {
    "recipient": "'iq'",
    "cls": "'flash'",
    "seq": "seq + 7",
    "leaf": "randomblob(32)",
    "leaf_index": "leaf_index + 500",
    "type": "'info.reply'",
    "agreement": "'other'",
    "origin": "'relec.example/tr/exchange/9'",
}
"""Columns of a sent message that its entry says, and what they are changed to."""


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    with begun(tmp_path_factory.mktemp("lived")) as network:
        for n in range(2):
            sent(network, warning(network, f"More departures, simulated {n}."))
        sent(network, request(network))
        network.run()
        network.pass_minutes(12)
        network.close()
        homes = replace(founded(("tr", "pk"), ()), directory=network.directory, now=network.clock())
        yield Lived(network, homes)


@pytest.fixture
def home(lived: Lived, tmp_path: Path) -> Home:
    shutil.copytree(lived.network.home("tr"), tmp_path / "tr")
    return Home(tmp_path / "tr", lived.network)


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("which", [NEWEST, NEWEST_MESSAGE], ids=["newest", "newest message"])
def test_what_an_entry_says_of_a_sent_message_is_made_again(
    home: Home, which: str, column: str
) -> None:
    before = home.rows("outbox"), home.rows("receipt")
    assert home.change(f"update outbox set {column} = {COLUMNS[column]} where {which}") == 1
    assert home.check()
    assert home.repair() == []
    assert home.check() == []
    assert (home.rows("outbox"), home.rows("receipt")) == before


Continued = Callable[[str], Home]


@pytest.fixture
def continued(lived: Lived, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Continued]:
    """What runs the network on with a changed outbox and stops it. The node does not look at its
    newest entries, as if the chain had rested for longer than these reach.
    """
    monkeypatch.setattr(opening, "NUMBERED_ENTRIES", 0)
    networks: list[SimulatedNetwork] = []

    def run(statement: str) -> Home:
        network = SimulatedNetwork(tmp_path / "network", founded=lived.homes)
        networks.append(network)
        network.close("tr")
        home = Home(network.home("tr"), network)
        assert home.change(statement) == 1
        network.open("tr", newest=True)
        sent(network, warning(network, "Sent on a changed outbox."))
        network.pass_minutes(12)
        network.close()
        return home

    yield run
    for network in networks:
        network.close()


@pytest.mark.parametrize("column", ["recipient", "cls", "origin", "seq"])
@pytest.mark.parametrize("which", [NEWEST, NEWEST_MESSAGE], ids=["newest", "newest message"])
def test_a_number_that_was_given_twice_stays_with_the_first(
    continued: Continued, which: str, column: str
) -> None:
    home = continued(f"update outbox set {column} = {COLUMNS[column]} where {which}")
    found = home.check()
    assert any(column in one.what for one in found if one.table == "outbox")
    assert home.repair() == []
    assert home.check() == []
    twice = "select count(*) from entry where kind = 'sent'"
    assert home.value(twice) == home.value("select count(*) from outbox where leaf_index >= 0")
    without = home.value("select count(*) from outbox where leaf_index >= 0 and seq is null")
    assert without == (0 if column == "seq" else 1)


@pytest.mark.parametrize("column", ["recipient", "cls", "origin", "seq"])
def test_a_number_that_a_recent_entry_names_is_not_given_again(
    continued: Continued, monkeypatch: pytest.MonkeyPatch, column: str
) -> None:
    monkeypatch.setattr(opening, "NUMBERED_ENTRIES", 1024)
    home = continued(f"update outbox set {column} = {COLUMNS[column]} where {NEWEST_MESSAGE}")
    assert home.repair() == []
    assert home.check() == []
    assert home.value("select count(*) from outbox where leaf_index >= 0 and seq is null") == 0


def test_the_node_goes_on_after_a_number_was_given_twice(continued: Continued) -> None:
    home = continued(f"update outbox set recipient = 'iq' where {NEWEST_MESSAGE}")
    assert home.repair() == []
    network = home.network
    for name in ("tr", "pk"):
        network.open(name, newest=True)
    message = warning(network, "After the repair.")
    sent(network, message)
    network.pass_minutes(12)
    assert message.header.message_id in inbox_ids(network.node("pk"))
    network.close()
    assert home.check() == []


def test_two_messages_that_changed_places_get_them_back(home: Home) -> None:
    before = home.rows("outbox")
    chain = "cls = 'ordinary' and seq"
    home.change(
        f"update outbox set seq = 900 where {chain} = 1",
        f"update outbox set seq = 1 where {chain} = 2",
        f"update outbox set seq = 2 where {chain} = 900",
    )
    assert len(home.check()) == 2
    assert home.repair() == []
    assert home.rows("outbox") == before


def test_a_row_that_nobody_logged_gives_back_the_place_it_took(home: Home) -> None:
    names = "message_id, recipient, cls, seq, origin, leaf_index, leaf"
    taken = "'made-up', recipient, cls, seq, origin, 900, randomblob(32)"
    rest = [n for n in home.columns("outbox") if n not in names.split(", ")]
    others = ", ".join(n for n in rest if n not in ("row", "idempotency_key"))
    home.change(
        f"create table made as select {taken}, {others} from outbox where {NEWEST_MESSAGE}",
        f"update outbox set seq = 900 where {NEWEST_MESSAGE}",
        f"insert into outbox ({names}, {others}) select * from made",
        "drop table made",
    )
    left = home.repair()
    assert left
    assert all(one.why and one.where == "made-up" for one in left), left
    assert home.value("select count(*) from outbox where seq = 900") == 0
    assert home.check() == left
