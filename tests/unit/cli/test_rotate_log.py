"""`relec rotate log` on a running node, then `relec card issue`; and on a store without its end."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import Relec, Result, Run

from conversations import homes
from core_network import alarms, inbox_ids, sent, warning
from relec_exchange.api import create_app
from relec_exchange.api.server import LocalServer
from relec_exchange.testing import OFFICER, PASSPHRASE, SimulatedNetwork
from relec_exchange.testing.succeeding import current_origin
from served_nodes import lay_keys, set_to_now, short_directory

SECOND = "relec.example/tr/exchange/2"


class Served:
    """tr and pk at the time of this machine; tr answers on its socket until it is stopped."""

    def __init__(self, base: Path) -> None:
        self.network = SimulatedNetwork(base, founded=homes())
        set_to_now(self.network)
        lay_keys(self.network, "tr", (OFFICER,))
        home = self.network.home("tr")
        secret = home / "passphrase"
        secret.touch(mode=0o600)
        secret.write_text(PASSPHRASE)
        self.home, self.socket = home, home / "run" / "node.sock"
        self.server: LocalServer | None = None

    def start(self) -> None:
        self.server = LocalServer(create_app(self.network.node("tr").desk), self.socket)
        self.server.start()

    def stop(self) -> None:
        if self.server is not None:
            self.server.stop()
            self.server = None


@pytest.fixture
def served() -> Iterator[Served]:
    with short_directory() as base:
        made = Served(base)
        made.start()
        yield made
        made.stop()
        made.network.close()


@pytest.fixture
def at(relec: Relec, served: Served) -> Run:
    def call(officer: str, *arguments: object) -> Result:
        return relec("--home", served.home, "--officer", officer, *arguments)

    return call


def issue(at: Run, served: Served) -> Result:
    secret = served.home / "passphrase"
    files = ("--passphrase-file", secret, "--authority-passphrase-file", secret)
    return at("security", "card", "issue", "--yes", "--json", *files)


def logs_of(card: Result) -> dict[str, str]:
    return {log["origin"]: log["state"] for log in card.json()["logs"]}


def test_a_log_is_replaced_and_the_next_card_says_so(served: Served, at: Run) -> None:
    network = served.network
    sent(network, warning(network))
    network.run()
    done = at("security", "rotate", "log", "exchange", "--yes", "--json")
    assert done.code == 0, done.err
    told = done.json()["logs"][0]
    assert told["opened"]["origin"] == SECOND == current_origin(network.node("tr"))
    card = issue(at, served)
    assert card.code == 0, card.err
    assert logs_of(card) == {
        "relec.example/tr/exchange/1": "closed",
        "relec.example/tr/activity/1": "current",
        SECOND: "current",
    }
    closed = next(log for log in card.json()["logs"] if log["state"] == "closed")
    assert (closed["final_size"], closed["final_root"]) == (
        told["closed"]["size"],
        told["closed"]["root"],
    )
    ident = sent(network, warning(network))
    network.pass_minutes(3)
    assert ident in inbox_ids(network.node("pk"))
    again = issue(at, served)
    assert logs_of(again) == logs_of(card)


def test_the_activity_log_is_replaced_by_its_name(served: Served, at: Run) -> None:
    done = at("security", "rotate", "log", "activity", "--yes")
    assert done.code == 0, done.err
    assert "relec card issue" in done.out
    assert current_origin(served.network.node("tr"), "activity").endswith("/activity/2")
    assert current_origin(served.network.node("tr")).endswith("/exchange/1")


def test_only_a_security_officer_replaces_a_log(served: Served, at: Run) -> None:
    done = at(OFFICER, "rotate", "log", "exchange", "--yes")
    assert done.code != 0
    assert current_origin(served.network.node("tr")).endswith("/exchange/1")


@pytest.mark.parametrize(
    ("arguments", "field"),
    [(("--emergency",), "home"), (("--good-size", "3"), "good_size")],
)
def test_what_is_for_a_stopped_node_is_refused_while_it_runs(
    at: Run, arguments: tuple[str, ...], field: str
) -> None:
    done = at("security", "rotate", "log", "exchange", "--yes", "--json", *arguments)
    assert done.code != 0
    assert done.error()["field"] == field


def test_a_log_that_was_never_there_is_not_replaced(served: Served, at: Run) -> None:
    served.stop()
    done = at("security", "rotate", "log", "exchange", "--yes", "--json")
    assert done.error()["field"] == "home"
    assert "--emergency" in done.error()["remedy"]


def test_a_restored_store_goes_on_after_an_emergency(
    served: Served, at: Run, tmp_path: Path
) -> None:
    network = served.network
    served.stop()
    network.close("tr")
    shutil.copytree(served.home / "store", tmp_path / "backup")
    network.open("tr")
    had = sent(network, warning(network))
    network.run()
    network.close("tr")
    shutil.rmtree(served.home / "store")
    shutil.copytree(tmp_path / "backup", served.home / "store")
    secret = served.home / "passphrase"
    done = at(
        "security",
        "rotate",
        "log",
        "exchange",
        "--emergency",
        "--yes",
        "--json",
        "--passphrase-file",
        secret,
    )
    assert done.code == 0, done.err
    assert {one["opened"]["origin"] for one in done.json()["logs"]} == {
        SECOND,
        "relec.example/tr/activity/2",
    }
    card = issue(at, served)
    assert card.code == 0, card.err
    assert sorted(logs_of(card).values()) == ["closed", "closed", "current", "current"]
    network.open("tr")
    later = sent(network, warning(network))
    network.pass_minutes(20)
    assert inbox_ids(network.node("pk")) == [had, later]
    assert {what for what, _ in alarms(network.node("tr"))} == {"log-rescued"}
