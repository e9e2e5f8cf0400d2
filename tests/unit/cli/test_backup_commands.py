"""`relec backup`, `relec restore`, `relec audit recover`; what `relec status` says meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import Relec, Result, Run

from conversations import homes
from core_network import sent, warning
from relec_exchange.api import create_app
from relec_exchange.api.server import LocalServer
from relec_exchange.journal.standing import Permit, Standing, Turn
from relec_exchange.testing import OFFICER, PASSPHRASE, SimulatedNetwork
from served_nodes import lay_keys, set_to_now, short_directory

EXCHANGE = "relec.example/tr/exchange/1"
PARTNER, OURS = "pk", "tr"


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
    assert opened.out.index("relec card show tr") < opened.out.index("relec card issue")
    again = at("audit", "recover", "--yes", "--json", *secret)
    assert again.error()["code"] == "conflict"
    assert served.network.open(OURS).journal.permit.signs


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
