"""`relec backup`, `relec restore`, `relec audit recover`; what `relec status` says meanwhile."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import Relec, Result, Run

from conversations import homes
from core_network import inbox_ids, sent, warning
from relec_exchange.api import create_app
from relec_exchange.api.server import LocalServer
from relec_exchange.journal.standing import Permit, Standing, Turn
from relec_exchange.records import AlarmRow, Batch, Insert
from relec_exchange.testing import OFFICER, PASSPHRASE, SimulatedNetwork
from relec_exchange.trust.card import parse_card
from relec_exchange.trust.card_parts import AuthorityKeys
from relec_exchange.trust.drafts import draft_card
from relec_exchange.trust.note import sign_text
from relec_exchange.trust.signature import HybridKey
from served_nodes import lay_keys, set_to_now, short_directory

EXCHANGE = "relec.example/tr/exchange/1"
PARTNER, OURS = "pk", "tr"
KILLED_AT_COMMIT = """
import os, signal, sys
from relec_exchange.adapters.sqlite import SqliteStore
from relec_exchange.cli import main

point, commit = sys.argv.pop(1), SqliteStore.commit

def killed(store, batch):
    if point == "after":
        commit(store, batch)
    os.kill(os.getpid(), signal.SIGKILL)

SqliteStore.commit = killed
main()
"""
"""The command line, in a process of its own that is killed at the first commit."""


class Served:
    """tr and pk at the time of this machine; tr answers on its socket until it is stopped."""

    def __init__(self, base: Path) -> None:
        self.network = SimulatedNetwork(base, founded=homes())
        set_to_now(self.network)
        lay_keys(self.network, OURS, (OFFICER,))
        self.home = self.network.home(OURS)
        self.secret = self.home / "passphrase"
        self.secret.touch(mode=0o600)
        self.secret.write_text(PASSPHRASE)
        app = create_app(self.network.node(OURS).desk)
        self.server: LocalServer | None = LocalServer(app, self.home / "run" / "node.sock")
        self.server.start()

    def close_api(self) -> None:
        if self.server is not None:
            self.server.stop()
            self.server = None

    def stop(self) -> None:
        self.close_api()
        self.network.close(OURS)


@pytest.fixture
def served() -> Iterator[Served]:
    with short_directory() as base:
        made = Served(base)
        yield made
        made.close_api()
        made.network.close()


@pytest.fixture
def at(relec: Relec, served: Served) -> Run:
    def call(*arguments: object) -> Result:
        return relec("--home", served.home, "--officer", OFFICER, *arguments)

    return call


def test_a_lost_store_comes_back_and_goes_on_in_successors(
    served: Served, at: Run, tmp_path: Path
) -> None:
    made = at("backup", tmp_path / "saved", "--json")
    assert made.code == 0, made.err
    assert EXCHANGE in {head["origin"] for head in made.json()["heads"]}
    running = at("restore", tmp_path / "saved", "--yes", "--json")
    assert (running.code, running.error()["code"]) == (6, "conflict")

    sent(served.network, warning(served.network))
    served.network.run()
    served.stop()
    newer = at("restore", tmp_path / "saved", "--yes", "--json")
    assert newer.code == 6
    assert "is newer" in newer.error()["message"]

    for file in (served.home / "store").glob("node.db*"):
        file.unlink()
    done = at("restore", tmp_path / "saved", "--yes", "--json")
    assert done.code == 0, done.err
    assert done.json()["behind_guard"][EXCHANGE] > 0
    assert done.json()["written"] == ["store.db"]

    secret = ("--passphrase-file", served.secret)
    looked = at("audit", "recover", "--look", "--json", *secret)
    assert looked.code == 0, looked.err
    assert looked.json()["proven"]
    assert looked.json()["logs"] == []
    told = at("audit", "recover", "--look", *secret)
    assert "The guard copy knows" in told.out
    opened = at("audit", "recover", "--yes", *secret)
    assert opened.code == 0, opened.err
    assert f"{EXCHANGE} has ended" in opened.out
    assert "relec card issue" in opened.out
    assert opened.out.index("newest card") < opened.out.index("relec card issue")
    assert "relec card show" not in opened.out
    assert "The next steps again" in at("audit", "recover", "--look", *secret).out
    again = at("audit", "recover", *secret)
    assert again.code == 0, again.err
    assert again.out[again.out.index(f"{EXCHANGE} has ended") :] in opened.out
    cut = at("audit", "recover", "--good-size", "1", "--yes", "--json", *secret)
    assert (cut.code, cut.error()["field"]) == (6, "good_size")
    assert served.network.open(OURS).journal.permit.signs


@pytest.mark.parametrize("point", ["before", "after"])
def test_a_recovery_that_was_killed_at_its_commit_is_given_again(
    served: Served, at: Run, tmp_path: Path, point: str
) -> None:
    assert at("backup", tmp_path / "saved").code == 0
    sent(served.network, warning(served.network))
    served.network.run()
    served.stop()
    for file in (served.home / "store").glob("node.db*"):
        file.unlink()
    assert at("restore", tmp_path / "saved", "--yes").code == 0
    given = ("audit", "recover", "--yes", "--passphrase-file", str(served.secret))
    command = [sys.executable, "-c", KILLED_AT_COMMIT, point, "--home", str(served.home), *given]
    assert subprocess.run(command, capture_output=True, check=False).returncode == -signal.SIGKILL

    done = at(*given, "--json")
    assert done.code == 0, done.err
    assert done.json()["recovered"] == (point == "after")
    told = [(log["closed"]["origin"], log["opened"]["origin"]) for log in done.json()["logs"]]
    assert told == [
        (EXCHANGE, EXCHANGE.replace("/1", "/2")),
        ("relec.example/tr/activity/1", "relec.example/tr/activity/2"),
    ]
    assert "relec card issue" in at(*given).out
    node = served.network.open(OURS)
    assert node.journal.permit.signs
    assert node.journal.state.exchange.origin == EXCHANGE.replace("/1", "/2")


def issued(at: Run, served: Served) -> int:
    """The version of the next card of tr, signed now."""
    secret = ("--passphrase-file", served.secret, "--authority-passphrase-file", served.secret)
    done = at("--officer", "security", "card", "issue", "--yes", "--json", *secret)
    assert done.code == 0, done.err
    return int(done.json()["version"])


def lose_the_disk(served: Served) -> None:
    """Store and trust folder are gone; guard copy, vault and keys lie elsewhere."""
    served.stop()
    for folder in ("store", "trust"):
        shutil.rmtree(served.home / folder)


def copies(served: Served) -> Path:
    return served.home / "guard" / "head.cards"


def test_a_card_that_was_lost_with_the_disk_comes_back_with_the_backup(
    served: Served, at: Run, tmp_path: Path
) -> None:
    assert at("backup", tmp_path / "saved").code == 0
    before = issued(at, served)
    newest = issued(at, served)
    served.network.run()
    kept = (served.home / "trust" / "tr.card").read_bytes()
    lose_the_disk(served)
    done = at("restore", tmp_path / "saved", "--yes", "--json")
    assert done.code == 0, done.err
    told = done.json()["card"]
    assert (told["state"], told["home"], told["newer"]) == ("newer", before - 1, [newest])
    assert (served.home / "trust" / "tr.card").read_bytes() == kept
    secret = ("--passphrase-file", served.secret)
    opened = at("audit", "recover", "--yes", *secret)
    assert opened.code == 0, opened.err
    assert f"1. The newest card of this node is here: version {newest}." in opened.out
    assert issued(at, served) == newest + 1
    node = served.network.open(OURS)
    assert node.book.current.card(OURS).card.version == newest + 1
    served.network.pass_minutes(1)
    partner = served.network.node(PARTNER)
    assert partner.book.current.card(OURS).card.version == newest + 1


def test_a_log_that_the_lost_card_had_closed_stays_as_the_card_says(
    served: Served, at: Run, tmp_path: Path
) -> None:
    assert at("backup", tmp_path / "saved").code == 0
    sent(served.network, warning(served.network))
    served.network.run()
    assert at("--officer", "security", "rotate", "log", "exchange", "--yes").code == 0
    newest = issued(at, served)
    served.network.pass_minutes(1)
    kept = parse_card((served.home / "trust" / "tr.card").read_bytes()).card
    lose_the_disk(served)
    assert at("restore", tmp_path / "saved", "--yes").code == 0
    opened = at("audit", "recover", "--yes", "--passphrase-file", served.secret)
    assert opened.code == 0, opened.err
    assert issued(at, served) == newest + 1
    later = parse_card((served.home / "trust" / "tr.card").read_bytes()).card
    logs = {log.origin: log for log in later.logs}
    assert logs[EXCHANGE] == next(log for log in kept.logs if log.origin == EXCHANGE)
    assert [log.state for log in later.logs if "/exchange/" in log.origin] == [
        "closed",
        "closed",
        "current",
    ]
    served.network.open(OURS)
    served.network.pass_minutes(3)
    again = sent(served.network, warning(served.network))
    served.network.pass_minutes(3)
    assert again in inbox_ids(served.network.node(PARTNER))


def test_a_copy_that_may_be_as_old_as_the_store_is_not_called_the_newest(
    served: Served, at: Run
) -> None:
    hint = AlarmRow("log-behind-partner", PARTNER, "2026-11-01T06:00:00.000Z", "without a proof")
    served.network.node(OURS).store.commit(Batch((), (Insert(hint),)))
    served.stop()
    for _ in range(2):
        done = at("audit", "recover", "--yes", "--passphrase-file", served.secret)
        assert done.code == 0, done.err
        assert "may be as old as the store" in done.out
        assert done.out.index("relec card show tr") < done.out.index("relec card issue")


def test_no_card_is_issued_twice_where_the_home_was_put_back_by_hand(
    served: Served, at: Run, tmp_path: Path
) -> None:
    shutil.copytree(served.home / "trust", tmp_path / "trust")
    newest = issued(at, served)
    served.stop()
    shutil.rmtree(served.home / "trust")
    shutil.copytree(tmp_path / "trust", served.home / "trust")
    looked = at("audit", "recover", "--look", "--passphrase-file", served.secret)
    assert f"is kept beside the guard copy: version {newest}." in " ".join(looked.out.split())
    refused = at("card", "issue", "--yes", "--json")
    assert (refused.code, refused.error()["field"]) == (6, "card.version")
    file = refused.error()["remedy"].rpartition(" ")[2]
    assert at("card", "import", file).code == 0
    assert issued(at, served) == newest + 1


@pytest.mark.parametrize("harm", ["forged", "damaged", "gone"])
def test_a_copy_that_cannot_be_believed_is_told_and_stops_nothing(
    served: Served, at: Run, tmp_path: Path, harm: str
) -> None:
    assert at("backup", tmp_path / "saved").code == 0
    before = issued(at, served) - 1
    sent(served.network, warning(served.network))
    served.network.run()
    lose_the_disk(served)
    file = copies(served) / "tr.card"
    if harm == "gone":
        shutil.rmtree(copies(served))
    elif harm == "damaged":
        file.write_bytes(file.read_bytes()[:-100])
    else:
        file.write_bytes(forged(served, file))
    done = at("restore", tmp_path / "saved", "--yes", "--json")
    assert done.code == 0, done.err
    state = "unknown" if harm == "gone" else "doubtful"
    assert (done.json()["card"]["state"], done.json()["card"]["newer"]) == (state, [])
    opened = at("audit", "recover", "--yes", "--passphrase-file", served.secret)
    assert opened.code == 0, opened.err
    assert opened.out.index("relec card show tr") < opened.out.index("relec card issue")
    assert f"Here it is version {before}" in opened.out
    assert issued(at, served) == before + 1


def forged(served: Served, file: Path) -> bytes:
    """A later card of tr, as a stranger's authority signs it."""
    name = "relec.example/tr/authority"
    stranger, following = (HybridKey.generate(name, "note", os.urandom) for _ in range(2))
    card = parse_card(file.read_bytes()).card
    keys = AuthorityKeys.of(stranger.public(), following.public())
    later = card.model_copy(update={"authority": keys, "version": card.version + 5})
    return sign_text(draft_card(later), stranger)


def test_a_copy_that_cannot_be_written_is_told_and_the_card_stands(served: Served, at: Run) -> None:
    served.stop()
    shutil.rmtree(copies(served))
    copies(served).write_text("in the way")
    secret = ("--passphrase-file", served.secret, "--authority-passphrase-file", served.secret)
    done = at("card", "issue", "--yes", "--json", *secret)
    assert done.code == 0, done.err
    assert "beside the guard copy cannot be written" in done.err
    copies(served).unlink()
    served.network.open(OURS)
    served.network.run()
    kept = (served.home / "trust" / "tr.card").read_bytes()
    assert (copies(served) / "tr.card").read_bytes() == kept


def test_a_backup_says_what_it_has(at: Run, tmp_path: Path) -> None:
    done = at("backup", tmp_path / "saved")
    assert done.code == 0, done.err
    assert EXCHANGE in done.out
    again = at("backup", tmp_path / "saved", "--json")
    assert (again.code, again.error()["field"]) == (6, "target")


def test_a_home_that_is_gone_gets_its_settings_from_the_backup(
    served: Served, at: Run, relec: Relec, tmp_path: Path
) -> None:
    assert at("backup", tmp_path / "saved", "--keys").code == 0
    with short_directory() as base:
        done = relec("--home", base / "new", "restore", tmp_path / "saved", "--yes", "--json")
        assert done.code == 0, done.err
        assert {"store.db", "keys/log.key"} <= set(done.json()["written"])
        assert (base / "new" / "node.toml").exists()
        assert not (base / "new" / "vault").exists()


def test_a_restore_says_what_is_missing_before_the_node_can_start(
    served: Served, at: Run, relec: Relec, tmp_path: Path
) -> None:
    assert at("backup", tmp_path / "saved").code == 0
    with short_directory() as base:
        done = relec("--home", base / "new", "restore", tmp_path / "saved", "--yes")
        assert done.code == 0, done.err
        assert "has no keys" in done.out
        given = ("--look", "--passphrase-file", served.secret)
        looked = relec("--home", base / "new", "audit", "recover", *given)
        assert looked.code == 5
        assert "put it back" in looked.err


def test_a_node_that_runs_is_not_recovered(served: Served, at: Run) -> None:
    done = at("audit", "recover", "--yes", "--json")
    assert (done.code, done.error()["field"]) == (6, "home")


def test_status_says_why_nothing_is_signed_and_what_to_do(served: Served, at: Run) -> None:
    journal = served.network.node(OURS).journal
    journal.permit = Permit(Standing.LISTENING)
    listening = at("status")
    assert "It signs nothing: the node listens" in listening.out
    assert "Waits for" in listening.out
    journal.permit.turn(Turn.PROVEN)
    refusing = at("status")
    assert "an old copy of it runs" in refusing.out
    assert "relec audit recover" in refusing.out
    told = at("status", "--json").json()["standing"]
    assert (told["state"], told["sheltered"]) == ("refusing", 0)
    journal.permit = Permit()
    assert "It signs nothing" not in at("status").out
