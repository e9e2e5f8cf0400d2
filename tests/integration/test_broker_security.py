"""What a node, or somebody who is none, cannot do at the real broker."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel
from pika.credentials import ExternalCredentials, PlainCredentials
from pika.exceptions import AMQPConnectionError, ChannelClosedByBroker, ConnectionClosed
from three_members import ALL, MEMBERS, Certified, Connect

from relec_exchange.adapters.rabbitmq.authority import Authority
from relec_exchange.adapters.rabbitmq.control import Control
from relec_exchange.adapters.rabbitmq.topology import Member, definitions
from relec_exchange.demo.private_broker import PrivateBroker

pytestmark = pytest.mark.broker

REFUSED = (AMQPConnectionError, ConnectionError, ssl.SSLError)
ACCESS_REFUSED = 403
OWN_EXCHANGE = "from.tr"
FOREIGN_EXCHANGE = "from.pk"
FOREIGN_QUEUE = "to.iq.from.pk.ordinary"
OWN_QUEUE = "to.tr.from.pk.ordinary"


class Pretender(ExternalCredentials):
    """Asks for another user's name in the EXTERNAL response."""

    def response_for(self, start: Any) -> tuple[str, bytes]:
        return "EXTERNAL", b"pk"


def test_a_node_with_its_own_certificate_can_connect(connect: Connect) -> None:
    assert connect("tr").is_open


def test_a_client_without_a_certificate_cannot_connect(
    broker: PrivateBroker, connect: Connect
) -> None:
    context = ssl.create_default_context(cafile=str(broker.ca_file))
    with pytest.raises(REFUSED):
        connect("tr", ssl_options=pika.SSLOptions(context, broker.host))


def test_a_certificate_for_a_nodes_name_by_another_authority_cannot_connect(
    connect: Connect, certified: Certified, tmp_path: Path
) -> None:
    stranger = Authority.create(tmp_path / "ca", "relec.example", datetime.now(UTC))
    with pytest.raises(REFUSED):
        connect("tr", certified("tr", by=stranger))


def test_a_certificate_whose_name_is_no_user_cannot_connect(
    connect: Connect, certified: Certified
) -> None:
    with pytest.raises(REFUSED):
        connect("zz", certified("zz"))


def test_an_expired_certificate_cannot_connect(connect: Connect, certified: Certified) -> None:
    with pytest.raises(REFUSED):
        connect("tr", certified("tr", age_days=31))


def test_a_brokers_certificate_with_a_nodes_name_cannot_connect(
    connect: Connect, certified: Certified
) -> None:
    with pytest.raises(REFUSED):
        connect("tr", certified("tr", server=True))


def test_a_password_is_not_a_way_in_even_with_a_certificate(connect: Connect) -> None:
    with pytest.raises(REFUSED):
        connect("tr", credentials=PlainCredentials("tr", ""))


def test_tls_before_1_3_is_refused(broker: PrivateBroker, certified: Certified) -> None:
    context = ssl.create_default_context(cafile=str(broker.ca_file))
    context.load_cert_chain(*certified("tr"))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with (
        socket.create_connection((broker.host, broker.port), timeout=60) as plain,
        pytest.raises(ssl.SSLError),
    ):
        context.wrap_socket(plain, server_hostname=broker.host)


def test_plain_tcp_gets_no_amqp_answer(broker: PrivateBroker) -> None:
    with socket.create_connection((broker.host, broker.port), timeout=60) as plain:
        plain.sendall(b"AMQP\x00\x00\x09\x01")
        told = b""
        with suppress(ConnectionError):  # it may hang up on what it has not read to its end
            told = plain.recv(64)
        assert not told.startswith((b"AMQP", b"\x01"))


def test_a_node_cannot_enter_another_virtual_host(connect: Connect) -> None:
    with pytest.raises(REFUSED):
        connect("tr", virtual_host="/")


def test_a_name_in_the_login_does_not_count_beside_the_certificate(connect: Connect) -> None:
    channel = connect("tr", credentials=Pretender()).channel()
    channel.confirm_delivery()
    with pytest.raises(ChannelClosedByBroker) as refusal:
        channel.basic_publish(FOREIGN_EXCHANGE, "iq.ordinary", b"x")
    assert refusal.value.reply_code == ACCESS_REFUSED


def test_there_is_no_guest_and_no_user_with_a_password(control: Control) -> None:
    users = control.definitions()["users"]
    assert {user["name"] for user in users} == {"iq", "pk", "tr"}
    assert {user["password_hash"] for user in users} == {""}


@pytest.mark.parametrize("headers", [None, {"CC": ["iq.ordinary"]}, {"BCC": ["iq.ordinary"]}])
@pytest.mark.parametrize(
    ("exchange", "key"),
    [
        (FOREIGN_EXCHANGE, "iq.ordinary"),
        ("", FOREIGN_QUEUE),
        ("amq.direct", "iq.ordinary"),
        ("from.tr.", "iq.ordinary"),
        ("xfrom.tr", "iq.ordinary"),
        ("fromatr", "iq.ordinary"),
    ],
)
def test_a_node_cannot_publish_to_any_exchange_but_its_own(
    connect: Connect, exchange: str, key: str, headers: dict[str, Any] | None
) -> None:
    channel = connect("tr").channel()
    channel.confirm_delivery()
    with pytest.raises(ChannelClosedByBroker) as refusal:
        channel.basic_publish(exchange, key, b"x", pika.BasicProperties(headers=headers))
    # An exchange that does not exist may be told as such; nothing arrived either way.
    assert refusal.value.reply_code in (ACCESS_REFUSED, 404)
    if exchange in ("", FOREIGN_EXCHANGE, "amq.direct"):
        assert refusal.value.reply_code == ACCESS_REFUSED


@pytest.mark.parametrize("header", ["CC", "BCC"])
def test_copies_by_header_stay_within_the_senders_own_routes(
    connect: Connect, control: Control, header: str
) -> None:
    channel = connect("tr").channel()
    channel.confirm_delivery()
    before = control.depth(FOREIGN_QUEUE)
    copies = [FOREIGN_QUEUE, "iq.from.pk.ordinary", "to.iq.from.pk.ordinary", "from.pk"]
    channel.basic_publish(
        OWN_EXCHANGE, "pk.ordinary", b"x", pika.BasicProperties(headers={header: copies})
    )
    assert control.depth(FOREIGN_QUEUE) == before == 0
    assert control.depth("to.pk.from.tr.ordinary") == 1
    connect("pk").channel().queue_purge("to.pk.from.tr.ordinary")


def _get(channel: BlockingChannel, queue: str) -> object:
    return channel.basic_get(queue)


def _consume(channel: BlockingChannel, queue: str) -> object:
    return channel.basic_consume(queue, lambda *_: None)


def _purge(channel: BlockingChannel, queue: str) -> object:
    return channel.queue_purge(queue)


def _delete(channel: BlockingChannel, queue: str) -> object:
    return channel.queue_delete(queue)


@pytest.mark.parametrize("act", [_get, _consume, _purge, _delete])
@pytest.mark.parametrize("queue", [FOREIGN_QUEUE, "to.pk.from.tr.ordinary"])
def test_a_node_cannot_read_purge_or_delete_a_queue_that_does_not_lead_to_it(
    connect: Connect, act: Callable[[BlockingChannel, str], object], queue: str
) -> None:
    with pytest.raises(ChannelClosedByBroker) as refusal:
        act(connect("tr").channel(), queue)
    assert refusal.value.reply_code == ACCESS_REFUSED


DECLARATIONS: dict[str, Callable[[BlockingChannel], object]] = {
    "a queue": lambda c: c.queue_declare("mine"),
    "a queue named by the server": lambda c: c.queue_declare(""),
    "an exclusive queue": lambda c: c.queue_declare("", exclusive=True),
    "a queue called newline": lambda c: c.queue_declare("\n"),
    "a queue with its own prefix": lambda c: c.queue_declare("to.tr.from.zz.ordinary"),
    "an exchange": lambda c: c.exchange_declare("mine"),
    "an exchange called newline": lambda c: c.exchange_declare("\n"),
    "its exchange again": lambda c: c.exchange_declare(OWN_EXCHANGE, durable=True),
    "the end of its own queue": lambda c: c.queue_delete(OWN_QUEUE),
    "the end of its own exchange": lambda c: c.exchange_delete(OWN_EXCHANGE),
    "a tap on another's exchange": lambda c: c.queue_bind(OWN_QUEUE, FOREIGN_EXCHANGE, "iq.flash"),
    "a copy from another's exchange": lambda c: c.exchange_bind(OWN_EXCHANGE, FOREIGN_EXCHANGE),
    "a route to another's queue": lambda c: c.queue_bind(FOREIGN_QUEUE, OWN_EXCHANGE, "x"),
    "the end of a route": lambda c: c.queue_unbind(
        "to.pk.from.tr.ordinary", OWN_EXCHANGE, "pk.ordinary"
    ),
}


@pytest.mark.parametrize("what", DECLARATIONS)
def test_a_node_can_declare_nothing(connect: Connect, what: str) -> None:
    with pytest.raises((ChannelClosedByBroker, ConnectionClosed)) as refusal:
        DECLARATIONS[what](connect("tr").channel())
    assert refusal.value.reply_code in (ACCESS_REFUSED, 402 if "newline" in what else 403)


def test_what_a_foreign_node_can_learn_about_a_queue_is_its_depth(connect: Connect) -> None:
    """RabbitMQ answers a passive declare without any permission (a limit that we document)."""
    answer = connect("tr").channel().queue_declare(FOREIGN_QUEUE, passive=True)
    assert answer.method.message_count == 0


def test_a_revoked_user_is_cut_off_at_once_and_its_successor_gets_in(
    broker: PrivateBroker, control: Control, connect: Connect, certified: Certified
) -> None:
    partners = {"tr": ALL}
    control.apply(definitions([*MEMBERS, Member("lb", "lb", partners)]))
    old = certified("lb")
    connection = connect("lb", old)
    successor = broker.authority.revoke("lb", datetime.now(UTC), "key lost")
    control.apply(definitions([*MEMBERS, Member("lb", successor, partners)]))
    with pytest.raises(AMQPConnectionError, match="deleted"):
        connection.process_data_events(time_limit=60)
    with pytest.raises(REFUSED):
        connect("lb", old)
    assert connect(successor).is_open
