"""A broker with the topology of three members, and ways to speak to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pika
import pytest
from pika.exceptions import AMQPError
from three_members import MEMBERS, Certified, Connect, Transports

from relec_exchange.adapters.rabbitmq.access import Access, Tuning, parameters
from relec_exchange.adapters.rabbitmq.authority import Authority
from relec_exchange.adapters.rabbitmq.certificates import pem
from relec_exchange.adapters.rabbitmq.control import Control
from relec_exchange.adapters.rabbitmq.keyfile import new_key, write_key
from relec_exchange.adapters.rabbitmq.topology import definitions
from relec_exchange.adapters.rabbitmq.transport import RabbitTransport
from relec_exchange.demo.private_broker import PrivateBroker


@pytest.fixture(scope="session")
def control(private_broker: PrivateBroker) -> Control:
    """The operator's hand."""
    return Control(private_broker.ctl_command, private_broker.environment)


@pytest.fixture(scope="module")
def broker(private_broker: PrivateBroker, control: Control) -> PrivateBroker:
    """The private broker with iq, pk and tr, each a partner of the others; every queue is empty.

    A test that changes the topology puts it back. The queues are made anew for each module, for
    which modules came before on the same broker differs from run to run.
    """
    control.apply(definitions(()), discard=True)
    control.apply(definitions(MEMBERS))
    return private_broker


@pytest.fixture
def certified(private_broker: PrivateBroker, tmp_path: Path) -> Certified:
    """Writes a certificate and key for any name, also ones that no honest authority would."""

    def write(
        name: str, *, by: Authority | None = None, server: bool = False, age_days: int = 0
    ) -> tuple[Path, Path]:
        authority = by or private_broker.authority
        key = new_key()
        now = datetime.now(UTC) - timedelta(days=age_days)
        if server:
            certificate = authority.issue_server([name], key.public_key(), now, 30)
        else:
            certificate = authority.issue_client(name, key.public_key(), now, 30)
        stem = tmp_path / f"{name}-{certificate.serial_number}"
        write_key(stem.with_suffix(".key"), key, None)
        stem.with_suffix(".crt").write_bytes(pem(certificate))
        return stem.with_suffix(".crt"), stem.with_suffix(".key")

    return write


@pytest.fixture
def connect(broker: PrivateBroker, certified: Certified) -> Iterator[Connect]:
    """Opens plain AMQP connections as a node's own software would; closes them all."""
    with ExitStack() as stack:

        def open_one(
            user: str, files: tuple[Path, Path] | None = None, **changed: Any
        ) -> pika.BlockingConnection:
            certificate, key = files or certified(user)
            wanted = parameters(
                Access(broker.host, broker.port, user, broker.ca_file, certificate, key)
            )
            for name, value in changed.items():
                setattr(wanted, name, value)
            connection = pika.BlockingConnection(wanted)
            stack.callback(_close, connection)
            return connection

        yield open_one


@pytest.fixture
def transports(broker: PrivateBroker) -> Iterator[Transports]:
    """Makes transports with short delays, not yet started; stops them all."""
    with ExitStack() as stack:

        def make(node: str, **tuning: Any) -> RabbitTransport:
            certificate, key = broker.issue(node)
            access = Access(broker.host, broker.port, node, broker.ca_file, certificate, key)
            values: dict[str, Any] = {
                "first_delay_seconds": 0.05,
                "longest_delay_seconds": 0.5,
                **tuning,
            }
            transport = RabbitTransport(access, Tuning(**values))
            stack.callback(transport.stop, 2.0)
            return transport

        yield make


def _close(connection: pika.BlockingConnection) -> None:
    with suppress(AMQPError):  # the broker may have closed it first
        connection.close()
