"""Running nodes change their certificates at a real broker, and no message is lost by it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from relec_exchange.adapters.rabbitmq.issuing import Wanted, issue_files
from relec_exchange.adapters.rabbitmq.members import members_from_cards
from relec_exchange.adapters.rabbitmq.topology import definitions
from relec_exchange.cli import run
from relec_exchange.client import Client
from relec_exchange.demo.exercise import PASSPHRASE, Exercise
from relec_exchange.demo.network import ExerciseNetwork
from relec_exchange.demo.operator import with_operator
from relec_exchange.demo.waiting import eventually

pytestmark = pytest.mark.broker

PAUSE_SECONDS = 0.05


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExerciseNetwork]:
    exercise = Exercise(nodes=("tr", "pk"), log_level="info")
    with ExerciseNetwork(tmp_path_factory.mktemp("certificates"), exercise) as network:
        network.build()
        network.start()
        yield network


class Traffic(threading.Thread):
    """Messages in both directions until it is told to stop; ids by recipient."""

    def __init__(self, network: ExerciseNetwork) -> None:
        super().__init__(daemon=True)
        self._clients = {
            (a, b): Client(network.home(a), "system") for a, b in (("tr", "pk"), ("pk", "tr"))
        }
        self._ended = threading.Event()
        self.sent: dict[tuple[str, str], list[str]] = {way: [] for way in self._clients}
        self.fault: BaseException | None = None

    def run(self) -> None:
        try:
            while not self._ended.is_set():
                for way, client in self._clients.items():
                    [one] = client.submit(type="test.ping", to=way[1], body={"text": "simulated"})
                    self.sent[way].append(one.check().message_id)
                time.sleep(PAUSE_SECONDS)
        except Exception as error:  # noqa: BLE001 - told when the traffic settles
            self.fault = error

    def settle(self) -> None:
        """Stop, and see every message validated, and received once."""
        self._ended.set()
        self.join()
        assert self.fault is None
        for (sender, recipient), ids in self.sent.items():
            assert len(ids) > 10
            for message_id in ids:
                self._clients[sender, recipient].wait(message_id, timeout_seconds=120)
            received = [each.message_id for each in self._clients[recipient, sender].messages()]
            assert sorted(i for i in received if i in set(ids)) == sorted(ids)
        for client in self._clients.values():
            client.close()


@pytest.fixture
def traffic(network: ExerciseNetwork) -> Iterator[Traffic]:
    made = Traffic(network)
    made.start()
    yield made
    made._ended.set()


@pytest.fixture
def tr(network: ExerciseNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Officer":  # noqa: UP037 - defined below
    secret = tmp_path / "authority"
    secret.write_text(PASSPHRASE + "\n")
    secret.chmod(0o600)
    monkeypatch.setenv("LANG", "C")
    return Officer(network.home("tr"), secret)


class Officer:
    """Runs `relec rotate tls` at tr as its security officer does."""

    def __init__(self, home: Path, secret: Path) -> None:
        self.home, self.secret = home, secret

    def __call__(self, *arguments: object) -> int:
        given = [str(argument) for argument in arguments]
        return run(["--home", str(self.home), "--officer", "security", "rotate", "tls", *given])

    @property
    def request(self) -> Path:
        return self.home / "keys" / "tls-next.csr"


def issued(network: ExerciseNetwork, tr: Officer, out: Path, days: int) -> Path:
    """What the operator of the broker sends back for the request."""
    wanted = Wanted("tr", (), tr.request, days)
    issue_files(network.broker.authority, wanted, out, datetime.now(UTC))
    return out / "tls.crt"


def connections(network: ExerciseNetwork) -> dict[str, set[str]]:
    """The users that are connected, and the validity of the certificates they showed."""
    listed = network.broker.ctl(
        "list_connections", "--formatter", "json", "user", "peer_cert_validity"
    )
    found: dict[str, set[str]] = {}
    for each in json.loads(listed):
        found.setdefault(each["user"], set()).add(each["peer_cert_validity"])
    return found


def apply(network: ExerciseNetwork, *, overlap: bool) -> list[str]:
    """What `relec broker apply` does, here with the operator of the tests kept."""
    members = members_from_cards(network.homes.cards, datetime.now(UTC), overlap=overlap)
    wanted = with_operator(definitions([each.member for each in members]))
    done, waiting = network.control.apply(wanted)
    assert waiting == ()
    return [str(change) for change in done]


def test_a_running_node_changes_its_certificate_twice_and_no_message_is_lost(
    network: ExerciseNetwork, tr: Officer, traffic: Traffic, tmp_path: Path
) -> None:
    pid = network.process("tr").pid
    for number, days in enumerate((31, 32)):
        before = connections(network)["tr"]
        assert tr("request") == 0
        certificate = issued(network, tr, tmp_path / f"issued-{number}", days)
        assert tr("install", certificate) == 0

        def changed(before: set[str] = before) -> bool:
            now = connections(network).get("tr", set())
            return bool(now) and not now & before

        eventually(changed, "the node connects with the new certificate")
        assert not list((network.home("tr") / "keys").glob("tls-*"))
    assert network.process("tr").pid == pid
    traffic.settle()


def test_a_node_becomes_another_user_with_both_let_in_meanwhile(
    network: ExerciseNetwork, tr: Officer, traffic: Traffic, tmp_path: Path
) -> None:
    pid = network.process("tr").pid
    cards = network.homes.cards
    for number, (old, new) in enumerate((("tr", "tr-2"), ("tr-2", "tr-3"))):
        network.broker.authority.revoke(old, datetime.now(UTC), "simulated change of user")
        assert tr("request") == 0
        certificate = issued(network, tr, tmp_path / f"user-{number}", 30)
        assert tr("install", certificate) != 0  # no card names the user yet
        passphrase = ("--authority-passphrase-file", tr.secret, "--yes")
        assert tr("card", certificate, *passphrase) == 0
        earlier = cards / "tr.card"
        earlier.rename(cards / f"tr-{number}.card")
        earlier.write_bytes((network.home("tr") / "trust" / "tr.card").read_bytes())
        assert f"create user {new}" in apply(network, overlap=True)
        assert tr("install", certificate) == 0
        eventually(lambda new=new: new in connections(network), "the new user connects")
        eventually(lambda old=old: old not in connections(network), "the old user leaves")
        assert f"remove user {old}" in apply(network, overlap=False)
    assert network.process("tr").pid == pid
    traffic.settle()


def test_a_certificate_that_the_broker_does_not_let_in_changes_nothing(
    network: ExerciseNetwork, tr: Officer, tmp_path: Path
) -> None:
    from relec_exchange.adapters.rabbitmq.authority import Authority

    stranger = Authority.create(tmp_path / "ca", "relec.example", datetime.now(UTC))
    assert tr("request") == 0
    card: Any = network.client("tr", "system").wire.get("/v1/cards/tr")
    user = card["note"].split('user = "')[1].split('"')[0]
    while stranger.user_of("tr") != user:
        _retire(stranger, tmp_path)
    issue_files(stranger, Wanted("tr", (), tr.request, 30), tmp_path / "out", datetime.now(UTC))
    place = network.home("tr") / "keys" / "tls.crt"
    before = place.read_bytes()
    assert tr("install", tmp_path / "out" / "tls.crt") != 0
    assert place.read_bytes() == before
    assert (network.home("tr") / "keys" / "tls-next.key").exists()


def _retire(authority: Any, place: Path) -> None:
    from relec_exchange.adapters.rabbitmq.keyfile import new_key

    user = authority.user_of("tr")
    now = datetime.now(UTC)
    authority.issue_client(user, new_key().public_key(), now)
    authority.revoke(user, now, "simulated")
