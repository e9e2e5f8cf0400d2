"""A unit's queue on a real local exchange: confirmed and routed, or it waits."""

from __future__ import annotations

import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError, ConnectionClosed

from relec_exchange.adapters.local_queue import LocalQueueTarget
from relec_exchange.demo.broker_files import choose_ports
from relec_exchange.demo.private_broker import PrivateBroker
from relec_exchange.errors import Misconfigured, NotFound, Unavailable
from relec_exchange.inbound.units import LocalExchange

pytestmark = pytest.mark.broker

HOST = "127.0.0.1"
EXCHANGE = "relec.units"
ID = "019aa000-0000-7000-8000-000000000001"


@dataclass(frozen=True)
class Item:
    message: bytes = b'{"header":{},"body":{}}'
    message_id: str = ID
    sender: str = "pk"
    type: str = "warning.notice"


@dataclass(frozen=True)
class Local:
    """The state's own broker: plain AMQP on loopback, one user with a password."""

    broker: PrivateBroker
    port: int

    def listen(self) -> None:
        self.broker.ctl(
            "eval",
            "application:set_env(rabbit, auth_mechanisms, ['PLAIN']), "
            f'rabbit_networking:start_tcp_listener({{"{HOST}", {self.port}}}, 4).',
        )

    def parameters(self) -> pika.ConnectionParameters:
        login = pika.PlainCredentials("unit", "a password")
        return pika.ConnectionParameters(HOST, self.port, "relec", login)


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    broker = PrivateBroker(tmp_path_factory.mktemp("local"))
    broker.start()
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, broker.directory / "data", ignore_errors=True)
        stack.callback(broker.stop)
        broker.ctl("add_user", "unit", stdin="a password\n")
        broker.ctl("set_permissions", "-p", "relec", "unit", ".*", ".*", ".*")
        made = Local(broker, choose_ports().amqp)
        made.listen()
        yield made


@pytest.fixture
def channel(local: Local) -> Iterator[BlockingChannel]:
    """An exchange with one durable queue bound under `border`, empty."""
    connection = pika.BlockingConnection(local.parameters())
    channel = connection.channel()
    channel.exchange_declare(EXCHANGE, "direct", durable=True)
    channel.queue_declare("border", durable=True)
    channel.queue_bind("border", EXCHANGE, "border")
    channel.queue_purge("border")
    yield channel
    with suppress(AMQPError):  # a test may have ended the broker
        connection.close()


@pytest.fixture
def settings(local: Local, tmp_path: Path) -> LocalExchange:
    password = tmp_path / "password"
    password.write_text("a password\n")
    password.chmod(0o600)
    return LocalExchange(
        exchange=EXCHANGE,
        port=local.port,
        virtual_host="relec",
        username="unit",
        password_file=str(password),
    )


@pytest.fixture
def target(settings: LocalExchange) -> Iterator[LocalQueueTarget]:
    target = LocalQueueTarget(settings, "border", timeout_seconds=10)
    yield target
    target.close()


def test_a_message_arrives_whole_persistent_and_with_an_id_for_the_reader(
    target: LocalQueueTarget, channel: BlockingChannel
) -> None:
    target.deliver(Item())
    _, properties, body = channel.basic_get("border", auto_ack=True)
    assert body == Item().message
    assert properties.delivery_mode == 2
    assert properties.message_id == f"{ID}.pk"
    assert properties.type == "warning.notice"


def test_many_messages_go_over_one_connection_in_order(
    target: LocalQueueTarget, channel: BlockingChannel
) -> None:
    for number in range(50):
        target.deliver(Item(b"%d" % number))
    got = [channel.basic_get("border", auto_ack=True)[2] for _ in range(50)]
    assert got == [b"%d" % number for number in range(50)]


def test_a_key_without_a_queue_is_no_delivery(
    settings: LocalExchange, channel: BlockingChannel
) -> None:
    target = LocalQueueTarget(settings, "nobody")
    with pytest.raises(Unavailable, match="no queue is bound"):
        target.deliver(Item())
    channel.queue_bind("border", EXCHANGE, "nobody")
    target.deliver(Item())
    channel.queue_unbind("border", EXCHANGE, "nobody")
    target.close()


def test_a_full_queue_is_no_delivery(settings: LocalExchange, channel: BlockingChannel) -> None:
    arguments = {"x-max-length": 1, "x-overflow": "reject-publish"}
    channel.queue_declare("small", durable=True, arguments=arguments)
    channel.queue_bind("small", EXCHANGE, "small")
    target = LocalQueueTarget(settings, "small")
    target.deliver(Item())
    with pytest.raises(Unavailable, match="refused"):
        target.deliver(Item())
    target.close()
    channel.queue_delete("small")


def test_a_missing_exchange_and_a_wrong_password_are_told(
    settings: LocalExchange, channel: BlockingChannel, tmp_path: Path
) -> None:
    other = settings.model_copy(update={"exchange": "other"})
    with pytest.raises((Misconfigured, Unavailable), match="404"):
        LocalQueueTarget(other, "border").deliver(Item())
    wrong = tmp_path / "wrong"
    wrong.write_text("guess\n")
    wrong.chmod(0o600)
    with pytest.raises((Misconfigured, Unavailable)):
        LocalQueueTarget(
            settings.model_copy(update={"password_file": str(wrong)}), "border"
        ).deliver(Item())


def test_a_password_that_others_may_read_is_refused(settings: LocalExchange) -> None:
    Path(settings.password_file).chmod(0o644)
    with pytest.raises(Misconfigured):
        LocalQueueTarget(settings, "border").deliver(Item())


def test_a_broker_that_went_away_is_waited_for_and_found_again(
    target: LocalQueueTarget, local: Local, channel: BlockingChannel
) -> None:
    target.deliver(Item(b"before"))
    local.broker.kill()
    with pytest.raises(Unavailable):
        target.deliver(Item(b"while away"))
    local.broker.start()
    local.listen()
    target.deliver(Item(b"after"))
    connection = pika.BlockingConnection(local.parameters())
    reader = connection.channel()
    got = [reader.basic_get("border", auto_ack=True)[2] for _ in range(3)]
    assert got == [b"before", b"after", None]
    connection.close()


def test_a_connection_that_died_in_between_costs_no_attempt(
    target: LocalQueueTarget, local: Local, channel: BlockingChannel
) -> None:
    target.deliver(Item(b"1"))
    local.broker.ctl("close_all_connections", "-p", "relec", "test")
    with pytest.raises(ConnectionClosed):  # of all at once, so the target's has ended too
        channel.connection.sleep(60)
    target.deliver(Item(b"2"))
    connection = pika.BlockingConnection(local.parameters())
    reader = connection.channel()
    got = [reader.basic_get("border", auto_ack=True)[2] for _ in range(3)]
    assert got == [b"1", b"2", None]
    connection.close()


def test_nobody_listening_is_told(settings: LocalExchange) -> None:
    nobody = settings.model_copy(update={"port": choose_ports().amqp})
    with pytest.raises(Unavailable, match="cannot be reached"):
        LocalQueueTarget(nobody, "border").deliver(Item())


def test_a_broker_that_accepts_and_says_nothing_is_given_up_in_time(
    settings: LocalExchange,
) -> None:
    with socket.create_server((HOST, 0)) as silent:
        port = silent.getsockname()[1]
        silent_settings = settings.model_copy(update={"port": port})
        started = time.monotonic()
        with pytest.raises(Unavailable):
            LocalQueueTarget(silent_settings, "border", timeout_seconds=1).deliver(Item())
        assert time.monotonic() - started < 15


def test_a_missing_password_file_is_told(settings: LocalExchange) -> None:
    Path(settings.password_file).unlink()
    with pytest.raises(NotFound):
        LocalQueueTarget(settings, "border").deliver(Item())
