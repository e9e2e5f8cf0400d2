"""kill -9 at random moments, traffic running: nothing lost, nothing twice, all logs whole.

Quick: 3 kills of each of sender, receiver and broker, at least 300 messages. Full
(`RELEC_FULL=1`): 20 kills of each and at least 2,000 messages.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from audited import alarms, items, verified_logs
from first_use import ANSWERS, SENDER, SENDERS, use_first

from relec_exchange.client import Client
from relec_exchange.client.compose import Draft
from relec_exchange.demo.exercise import Exercise
from relec_exchange.demo.network import ExerciseNetwork
from relec_exchange.demo.waiting import eventually
from relec_exchange.errors import Conflict, RelecError, Unavailable

FULL = os.environ.get("RELEC_FULL") == "1"
KILLS_EACH = 20 if FULL else 3
MESSAGES_MIN = 2000 if FULL else 300
BATCH = 16
PAUSE_SECONDS = (0.1, 1.5)
SETTLE_SECONDS = 180
TRAFFIC_SECONDS_MAX = 3000 if FULL else 300
SEED = int(os.environ.get("RELEC_SEED", "20261121"))

BODY = {
    "kind": "surge",
    "where": {"country": "TR"},
    "when": {"from": "2026-11-01", "to": "2026-11-01"},
    "what": "Simulated. " + "More departures than usual. " * 30,
}


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExerciseNetwork]:
    exercise = Exercise(nodes=("tr", "pk"), officers=SENDERS, log_level="warning")
    with ExerciseNetwork(tmp_path_factory.mktemp("kills"), exercise) as network:
        network.build()
        network.start()
        use_first(network, "tr", ["pk"])
        yield network


class Traffic(threading.Thread):
    """Submits batches at one node until told to stop; remembers what the node took over."""

    def __init__(self, home: Path) -> None:
        super().__init__(daemon=True)
        self.home, self.ended = home, threading.Event()
        self.taken: dict[str, str] = {}
        self.faults: list[BaseException] = []

    def run(self) -> None:
        ends = time.monotonic() + TRAFFIC_SECONDS_MAX
        number = 0
        while not self.ended.is_set() and time.monotonic() < ends:
            keys = [f"kill-{number}-{i}" for i in range(BATCH)]
            number += 1
            try:
                self.submit(keys)
            except BaseException as error:  # noqa: BLE001 - told by the test, not by the thread
                self.faults.append(error)
                return
            time.sleep(0.02)

    def submit(self, keys: list[str]) -> None:
        """Try the same keys until the node has taken all of them, whatever is killed meanwhile."""
        while keys and not self.ended.is_set():
            try:
                with Client(self.home, SENDER) as client:
                    drafts = [Draft("warning.notice", "pk", BODY) for _ in keys]
                    results = client.submit_many(drafts, keys, ANSWERS)
            except (Unavailable, RelecError, OSError) as error:
                if not isinstance(error, Unavailable | OSError):
                    raise
                time.sleep(0.2)
                continue
            left = []
            for key, result in zip(keys, results, strict=True):
                if result.error is None:
                    assert result.needs == (), result  # nobody has to release it any more
                    self.taken[key] = result.message_id
                elif isinstance(result.error, Conflict):
                    self.taken[key] = ""  # taken over before a kill; found in the outbox
                elif isinstance(result.error, Unavailable):
                    left.append(key)
                else:
                    raise result.error
            keys = left


def kill_once(network: ExerciseNetwork, victim: str) -> None:
    if victim == "broker":
        network.broker.kill()
        network.broker.start()
        return
    network.kill(victim)
    network.process(victim).spawn()
    network.process(victim).await_ready()


def test_kills_of_sender_receiver_and_broker_lose_nothing_and_double_nothing(
    network: ExerciseNetwork,
) -> None:
    dice = random.Random(SEED)
    victims = ["tr", "pk", "broker"] * KILLS_EACH
    dice.shuffle(victims)
    traffic = Traffic(network.home("tr"))
    traffic.start()
    for victim in victims:
        time.sleep(dice.uniform(*PAUSE_SECONDS))
        kill_once(network, victim)
    eventually(
        lambda: len(traffic.taken) >= MESSAGES_MIN or bool(traffic.faults),
        "enough messages have passed",
        timeout_seconds=TRAFFIC_SECONDS_MAX,
    )
    traffic.ended.set()
    traffic.join()
    assert traffic.faults == []

    def settled() -> bool:
        with Client(network.home("tr"), "system") as client:
            return all(i["state"] == "validated" for i in items(client, "/v1/outbox"))

    eventually(settled, "every message is validated", timeout_seconds=SETTLE_SECONDS)
    with Client(network.home("tr"), "system") as at_sender:
        sent = [str(i["message_id"]) for i in items(at_sender, "/v1/outbox")]
    with Client(network.home("pk"), "system") as at_recipient:
        received = [str(i["message_id"]) for i in items(at_recipient, "/v1/inbox")]
    assert len(sent) == len(set(sent)) >= len(traffic.taken) >= MESSAGES_MIN
    assert {i for i in traffic.taken.values() if i} <= set(sent)
    assert Counter(received) == Counter(sent)
    for node in network.nodes:
        verified_logs(network, node)
        assert alarms(network, node) == []
    print(f"{len(victims)} kills, {len(sent)} messages, seed {SEED}")  # noqa: T201 - figures
