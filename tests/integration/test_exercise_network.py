"""The harness: a real network whose nodes and broker can be ended, its queues touched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from relec_exchange.api.server import PATH_MAX
from relec_exchange.client import Client
from relec_exchange.demo.exercise import Exercise
from relec_exchange.demo.network import ExerciseNetwork
from relec_exchange.demo.operator import Route, altered
from relec_exchange.demo.waiting import PATIENCE_SECONDS, eventually
from relec_exchange.errors import Conflict, InvalidInput, NotFound, Unavailable
from relec_exchange.sealing.envelope import parse_envelope

pytestmark = pytest.mark.broker

TO_PK = Route("tr", "pk")


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExerciseNetwork]:
    exercise = Exercise(nodes=("tr", "pk"), log_level="warning")
    # With node, run/ and node.sock longer than the path of a socket may be.
    place = tmp_path_factory.mktemp("a-name-as-long-as-those-of-directories-for-tests-" * 2)
    with ExerciseNetwork(place, exercise) as network:
        network.build()
        network.start()
        yield network


def ping(client: Client) -> str:
    [sent] = client.submit(type="test.ping", to="pk", body={"text": "Are you there?"})
    return sent.check().message_id


def wait(client: Client, message_id: str, stage: str = "validated") -> dict[str, Any]:
    return client.wait(message_id, stage, PATIENCE_SECONDS)


def test_two_nodes_exchange_a_message_and_its_receipt(network: ExerciseNetwork) -> None:
    client = network.client("tr", "system")
    assert wait(client, ping(client))["receipts"][0]["code"] == "accepted"
    assert {"broker started", "homes founded", "topology applied"} <= network.seconds.keys()


@pytest.mark.parametrize("victim", ["tr", "pk"])
def test_a_node_that_was_killed_goes_on_where_it_was(network: ExerciseNetwork, victim: str) -> None:
    message_id = ping(network.client("tr", "system"))
    network.kill(victim)
    assert not network.running(victim)
    network.start(victim)
    wait(network.client("tr", "system"), message_id)


def test_a_broker_that_was_killed_comes_back_with_what_lay_on_it(network: ExerciseNetwork) -> None:
    network.stop("pk")
    client = network.client("tr", "system")
    message_id = ping(client)
    wait(client, message_id, "relayed")
    network.broker.kill()
    network.broker.start()
    # Whoever tried in vain for long waits for long before it tries again.
    eventually(lambda: network.connected("tr"), "tr reaches the broker again")
    network.start("pk")
    line = wait(client, message_id)
    assert [one["code"] for one in line["receipts"]] == ["accepted"]
    assert network.client("pk", "system").show(message_id, "in")["message_id"] == message_id


def test_the_operator_can_look_at_alter_and_drop_what_lies_in_a_queue(
    network: ExerciseNetwork,
) -> None:
    operator, client = network.operator, network.client("tr", "system")
    network.stop("pk")
    for message_id in [ping(client) for _ in range(2)]:
        wait(client, message_id, "relayed")
    assert operator.depth(TO_PK.queue) == 2
    seen = operator.peek(TO_PK.queue)
    assert seen is not None
    assert parse_envelope(seen).header.recipient == "pk"
    assert operator.depth(TO_PK.queue) == 2
    assert operator.alter(TO_PK.queue, altered) == seen
    assert operator.take(TO_PK.queue) != seen
    assert operator.take(TO_PK.queue) == altered(seen)
    operator.put(TO_PK.queue, seen)
    assert operator.drop(TO_PK.queue) == 1
    assert operator.peek(TO_PK.queue) is None
    with pytest.raises(Unavailable):
        operator.take(TO_PK.queue, timeout_seconds=0.1)
    network.start("pk")


def test_what_is_diverted_is_confirmed_and_arrives_when_it_is_sent_again(
    network: ExerciseNetwork,
) -> None:
    client = network.client("tr", "system")
    with network.operator.diverted(TO_PK):
        message_id = ping(client)
        wait(client, message_id, "relayed")
        assert network.operator.depth(TO_PK.tap) >= 1
        assert client.show(message_id, "out")["state"] == "relayed"
    wait(client, message_id)


def test_sockets_have_short_paths_wherever_the_homes_are(network: ExerciseNetwork) -> None:
    assert len(str(network.home("tr") / "run" / "node.sock")) > PATH_MAX
    assert len(str(network.process("tr").socket)) <= PATH_MAX


def test_a_node_is_not_started_twice(network: ExerciseNetwork) -> None:
    with pytest.raises(Conflict):
        network.start("tr")


def test_another_object_on_the_same_directory_finds_what_runs(network: ExerciseNetwork) -> None:
    found = ExerciseNetwork.reopen(network.directory)
    assert set(found.nodes) == {"tr", "pk"}
    assert found.process("tr").pid == network.process("tr").pid
    assert found.broker.pid == network.broker.pid


def test_where_nothing_was_built_there_is_nothing_to_reopen(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        ExerciseNetwork.reopen(tmp_path)


def test_agreements_are_of_nodes_that_exist() -> None:
    with pytest.raises(InvalidInput):
        Exercise(nodes=("tr", "pk"), pairs=(("tr", "iq"),))
