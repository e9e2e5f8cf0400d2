"""`relec fsck` as an operator runs it: what it prints, what it mends, and how it ends."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from commands import Relec

from core_network import begun, sent, warning
from relec_exchange.testing import PASSPHRASE, SimulatedNetwork


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedNetwork]:
    with begun(tmp_path_factory.mktemp("fsck")) as network:
        sent(network, warning(network))
        network.run()
        yield network


@pytest.fixture
def home(lived: SimulatedNetwork) -> Path:
    """The home of tr, which does not run."""
    if "tr" in lived._nodes:
        lived.close("tr")
    return lived.home("tr")


def change(home: Path, statement: str) -> None:
    with closing(sqlite3.connect(home / "store" / "node.db")) as db:
        db.execute(statement)
        db.commit()


def test_a_sound_store_ends_with_0_and_says_so(relec: Relec, home: Path) -> None:
    done = relec("--home", home, "fsck")
    assert done.code == 0, done.err
    assert "relec.example/tr/exchange/1" in done.out
    assert "as their entries say" in done.out


def test_differences_end_with_9_and_are_mended_with_repair(relec: Relec, home: Path) -> None:
    change(home, "update tile set hashes = zeroblob(32)")
    found = relec("--home", home, "fsck", "--json")
    assert found.code == 9
    assert {one["table"] for one in found.json()["differences"]} == {"tile"}
    assert "--repair" in found.error()["remedy"]
    mended = relec("--home", home, "fsck", "--repair", "--json")
    assert mended.code == 0, mended.err
    assert {one["table"] for one in mended.json()["mended"]} == {"tile"}
    assert mended.json()["differences"] == []
    assert "content" in " ".join(mended.json()["not_derived"].values())
    assert relec("--home", home, "fsck").code == 0


def test_what_cannot_be_made_again_is_said_and_ends_with_9(relec: Relec, home: Path) -> None:
    change(home, "update outbox set message_id = 'x' || message_id where type = 'warning.notice'")
    done = relec("--home", home, "fsck", "--repair")
    change(home, "update outbox set message_id = substr(message_id, 2) where message_id like 'x%'")
    assert done.code == 9
    assert "the message is missing" in done.out
    assert "restore" in done.out
    assert relec("--home", home, "fsck").code == 0


def test_what_recipients_told_is_made_again_from_their_signed_receipts(
    relec: Relec, home: Path, secret: Path
) -> None:
    change(home, "delete from receipt")
    found = relec("--home", home, "fsck", "--repair")
    assert found.code == 9
    assert "--contents" in found.out
    mended = relec("--home", home, "fsck", "--repair", "--contents", "--passphrase-file", secret)
    assert mended.code == 0, mended.err
    assert relec("--home", home, "fsck", "--contents", "--passphrase-file", secret).code == 0


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file with the passphrase of the node's keys."""
    file = tmp_path / "node.pass"
    file.write_text(PASSPHRASE)
    file.chmod(0o600)
    return file


def test_a_node_that_runs_is_left_alone(relec: Relec, lived: SimulatedNetwork) -> None:
    done = relec("--home", lived.home("pk"), "fsck")
    assert done.code == 6
    assert "stop it first" in done.err
