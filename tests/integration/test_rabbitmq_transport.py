"""The transport against a real broker: outcomes, kills, pauses, and a lot of messages."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from three_members import ALL, MEMBERS, Connect, Transports

from relec_exchange.adapters.rabbitmq.access import Access, Tuning
from relec_exchange.adapters.rabbitmq.control import Control
from relec_exchange.adapters.rabbitmq.topology import Definitions, Member, definitions
from relec_exchange.adapters.rabbitmq.transport import RabbitTransport
from relec_exchange.demo.private_broker import PrivateBroker
from relec_exchange.errors import Conflict, Misconfigured
from relec_exchange.message.identifiers import MessageClass
from relec_exchange.ports import Delivery, Outcome, Outgoing

pytestmark = pytest.mark.broker

ORDINARY, FLASH = MessageClass.ORDINARY, MessageClass.FLASH
FROM_TR = {"tr": ALL}


def until(true: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


class Sender:
    """Counts outcomes per key and publishes what was lost again."""

    def __init__(self, transport: RabbitTransport, *, again: bool = True) -> None:
        self.transport = transport
        self.items: dict[int, Outgoing] = {}
        self.outcomes: dict[int, list[Outcome]] = {}
        self.order: list[int] = []
        self._again = again
        transport.start(self._outcome, lambda deliveries: None)

    def send(self, *items: Outgoing) -> None:
        self.items.update({item.key: item for item in items})
        self.transport.publish(items)

    def settled(self, count: int) -> bool:
        return sum(1 for each in [*self.outcomes.values()] if each[-1] is not Outcome.LOST) >= count

    def counted(self) -> Counter[Outcome]:
        return Counter(each[-1] for each in [*self.outcomes.values()])

    def _outcome(self, key: int, outcome: Outcome) -> None:
        self.outcomes.setdefault(key, []).append(outcome)
        self.order.append(key)
        if outcome is Outcome.LOST and self._again:
            self.transport.publish([self.items[key]])


class Receiver:
    """Keeps what arrives; acknowledges it unless told not to."""

    def __init__(
        self,
        transport: RabbitTransport,
        partners: dict[str, frozenset[MessageClass]],
        *,
        acknowledge: bool = True,
    ) -> None:
        self.transport = transport
        self.got: list[Delivery] = []
        self.acknowledge = acknowledge
        transport.start(lambda key, outcome: None, self._arrived)
        transport.consume_from(partners)

    def envelopes(self) -> Counter[bytes]:
        return Counter(each.envelope for each in [*self.got])

    def _arrived(self, deliveries: list[Delivery]) -> None:
        self.got += deliveries
        if self.acknowledge:
            self.transport.acknowledge(deliveries)


def message(key: int, size: int = 64, message_class: MessageClass = ORDINARY) -> Outgoing:
    return Outgoing(key, "pk", message_class, key.to_bytes(8, "big") + os.urandom(size))


def topology() -> Definitions:
    """The three members, and ff, a partner of tr and pk with a small queue for flash from tr."""
    others = [
        Member("pk", "pk", {"tr": ALL, "iq": ALL, "ff": ALL}),
        Member("tr", "tr", {"pk": ALL, "iq": ALL, "ff": ALL}),
        Member("ff", "ff", {"tr": ALL, "pk": ALL}),
    ]
    document = definitions([MEMBERS[0], *others])
    for queue in document["queues"]:
        if queue["name"] == "to.ff.from.tr.flash":
            queue["arguments"]["x-max-length"] = 20
    return document


@pytest.fixture(scope="module", autouse=True)
def fourth_member(broker: PrivateBroker, control: Control) -> None:
    control.apply(topology())


def consumers(connect: Connect, queue: str) -> int:
    """How many consume from a queue, as the broker says it."""
    connection = connect("iq")
    found = connection.channel().queue_declare(queue, passive=True).method.consumer_count
    connection.close()
    return int(found)


@pytest.fixture(autouse=True)
def empty_queues(fourth_member: None, transports: Transports, control: Control) -> None:
    """Each test begins with empty queues, whatever the one before left behind: the broker says so,
    for a pause in what it delivers may be just that.
    """
    drain = transports("pk")
    drain.start(lambda key, outcome: None, drain.acknowledge)
    drain.consume_from({"tr": ALL, "iq": ALL})
    until(lambda: drain.status().connected)
    for name in ("to.pk.from.tr.ordinary", "to.pk.from.tr.flash"):
        until(lambda name=name: control.depth(name) == 0)  # type: ignore[misc]
    drain.stop(5.0)


def test_a_published_envelope_arrives_with_its_bytes_sender_and_class(
    transports: Transports,
) -> None:
    sender, receiver = Sender(transports("tr")), Receiver(transports("pk"), FROM_TR)
    sent = [message(1), message(2, message_class=FLASH), message(3, 262_144)]
    sender.send(*sent)
    until(lambda: len(receiver.got) == 3 and sender.settled(3))
    assert sender.counted() == {Outcome.CONFIRMED: 3}
    assert {(each.envelope, each.sender, each.message_class) for each in receiver.got} == {
        (item.envelope, "tr", item.message_class) for item in sent
    }


def test_an_envelope_without_a_route_is_told_as_no_route_and_not_as_confirmed(
    transports: Transports,
) -> None:
    sender = Sender(transports("tr"))
    sender.send(*(replace(message(key), recipient="zz") for key in range(40)), message(99))
    until(lambda: sender.settled(41))
    assert sender.counted() == {Outcome.NO_ROUTE: 40, Outcome.CONFIRMED: 1}
    assert sender.outcomes[99] == [Outcome.CONFIRMED]


def test_a_full_queue_refuses_and_loses_nothing_that_it_confirmed(
    transports: Transports,
) -> None:
    sender = Sender(transports("tr", window=4))
    sender.send(*(replace(message(key, 64, FLASH), recipient="ff") for key in range(100)))
    until(lambda: sender.settled(100))
    assert sender.counted()[Outcome.REFUSED] > 0
    receiver = Receiver(transports("ff"), FROM_TR)
    confirmed = {k for k, each in sender.outcomes.items() if each == [Outcome.CONFIRMED]}
    until(lambda: len(receiver.got) >= len(confirmed))
    arrived = {int.from_bytes(each.envelope[:8], "big") for each in receiver.got}
    assert confirmed <= arrived


def test_a_broker_killed_in_full_traffic_loses_nothing_that_it_confirmed(
    broker: PrivateBroker, transports: Transports
) -> None:
    sender, receiver = Sender(transports("tr")), Receiver(transports("pk"), FROM_TR)
    until(lambda: sender.transport.status().connected and receiver.transport.status().connected)
    ended = threading.Event()
    total = 0

    def keep_sending() -> None:
        nonlocal total
        while not ended.is_set() and total < 20_000:
            sender.send(*(message(total + n, 2000) for n in range(20)))
            total += 20
            time.sleep(0.005)

    traffic = threading.Thread(target=keep_sending)
    traffic.start()
    until(lambda: len(receiver.got) > 300)
    broker.kill()
    until(lambda: not sender.transport.status().connected)
    broker.start()
    until(lambda: sender.transport.status().connected)
    time.sleep(0.5)
    ended.set()
    traffic.join()
    until(lambda: sender.settled(total))
    wanted = {item.envelope for item in sender.items.values()}
    until(lambda: wanted <= receiver.envelopes().keys())
    assert sender.counted() == {Outcome.CONFIRMED: total}
    for outcomes in sender.outcomes.values():
        assert outcomes.count(Outcome.CONFIRMED) == 1
        assert set(outcomes[:-1]) <= {Outcome.LOST}
    status = sender.transport.status()
    assert status.reconnects == 1
    assert status.last_error
    assert status.unconfirmed == 0


def test_ten_thousand_messages_pass_the_window_once_and_in_order(transports: Transports) -> None:
    sender, receiver = Sender(transports("tr")), Receiver(transports("pk"), FROM_TR)
    sender.send(*(message(key, 1000) for key in range(10_000)))
    until(lambda: len(receiver.got) >= 10_000 and sender.settled(10_000), 60)
    assert sender.counted() == {Outcome.CONFIRMED: 10_000}
    assert [int.from_bytes(each.envelope[:8], "big") for each in receiver.got] == [*range(10_000)]
    assert not any(each.redelivered for each in receiver.got)


def test_what_is_not_acknowledged_comes_again_marked_as_redelivered(
    transports: Transports,
) -> None:
    sender = Sender(transports("tr"))
    first = Receiver(transports("pk"), FROM_TR, acknowledge=False)
    sender.send(*(message(key) for key in range(10)))
    until(lambda: len(first.got) == 10)
    # Not the oldest ones first: the run with a hole in it must be acknowledged exactly.
    first.transport.acknowledge([first.got[0], first.got[1], first.got[4], first.got[9]])
    first.transport.stop(2)
    second = Receiver(transports("pk"), FROM_TR)
    until(lambda: len(second.got) >= 6)
    time.sleep(0.2)
    left = [int.from_bytes(each.envelope[:8], "big") for each in second.got]
    assert left == [2, 3, 5, 6, 7, 8]
    assert all(each.redelivered for each in second.got)


def test_a_paused_consumer_gets_nothing_and_after_resuming_everything_again(
    transports: Transports, connect: Connect
) -> None:
    sender = Sender(transports("tr"))
    receiver = Receiver(transports("pk"), FROM_TR, acknowledge=False)
    sender.send(message(1))
    until(lambda: len(receiver.got) == 1)
    receiver.transport.pause()
    until(lambda: consumers(connect, "to.pk.from.tr.ordinary") == 0)
    sender.send(message(2))
    until(lambda: sender.settled(2))
    time.sleep(0.3)
    assert len(receiver.got) == 1
    receiver.acknowledge = True
    receiver.transport.acknowledge(receiver.got)  # of a dead channel: must not disturb anything
    receiver.transport.resume()
    until(lambda: len(receiver.got) == 3)
    assert [each.redelivered for each in receiver.got] == [False, True, False]


def test_a_missing_queue_of_one_partner_does_not_stop_the_others_and_is_found_later(
    broker: PrivateBroker, transports: Transports, control: Control
) -> None:
    broker.ctl("delete_queue", "-p", "relec", "to.pk.from.ff.ordinary")
    sender = Sender(transports("tr"))
    receiver = Receiver(transports("pk"), {"ff": ALL, **FROM_TR})
    sender.send(message(1))
    until(lambda: len(receiver.got) == 1)
    control.apply(topology())
    other = Sender(transports("ff"))
    other.send(message(2))
    until(lambda: len(receiver.got) == 2)
    assert receiver.got[1].sender == "ff"


def test_a_partner_taken_from_the_list_is_consumed_no_more(
    transports: Transports, connect: Connect
) -> None:
    sender = Sender(transports("tr"))
    receiver = Receiver(transports("pk"), FROM_TR)
    sender.send(message(1))
    until(lambda: len(receiver.got) == 1)
    receiver.transport.consume_from({"iq": ALL})
    until(lambda: consumers(connect, "to.pk.from.tr.ordinary") == 0)
    sender.send(message(2))
    until(lambda: sender.settled(2))
    time.sleep(0.2)
    assert len(receiver.got) == 1
    receiver.transport.consume_from({"tr": frozenset({ORDINARY})})
    until(lambda: len(receiver.got) == 2)


def test_a_flash_message_overtakes_what_waits_in_other_classes(transports: Transports) -> None:
    sender = Sender(transports("tr", window=8))
    sender.send(*(message(key) for key in range(2000)), message(5000, 64, FLASH))
    until(lambda: sender.settled(2001))
    assert sender.order.index(5000) < 200


def test_an_alarm_at_the_broker_blocks_publishing_but_not_receiving(
    broker: PrivateBroker, transports: Transports
) -> None:
    sender = Sender(transports("tr"))
    receiver = Receiver(transports("pk"), FROM_TR, acknowledge=False)
    sender.send(*(message(key) for key in range(10)))
    until(lambda: len(receiver.got) == 10)
    broker.ctl("set_vm_memory_high_watermark", "absolute", "1MB")
    try:
        until(lambda: "memory" in broker.ctl("eval", "rabbit_alarm:get_alarms()."))
        sender.send(*(message(key) for key in range(10, 20)))
        # pk publishes too, so that its side is blocked as well, and still acknowledges.
        receiver.transport.publish([Outgoing(1, "tr", ORDINARY, b"x" * 100)])
        time.sleep(0.3)
        receiver.transport.acknowledge(receiver.got)
        until(lambda: _depth(broker, "to.pk.from.tr.ordinary") == 0)
        assert not sender.settled(11)
    finally:
        broker.ctl("set_vm_memory_high_watermark", "0.4")
    until(lambda: sender.settled(20))
    until(lambda: len(receiver.got) == 20)
    receiver.transport.acknowledge(receiver.got)


def _depth(broker: PrivateBroker, queue: str) -> int:
    return Control(broker.ctl_command, broker.environment).depth(queue)


def given_up(transport: RabbitTransport) -> bool:
    """Whether the edge has given up the connection that it publishes on. Its status says so only
    when the broker has agreed to close it, or pika has ended it.
    """
    edge = transport._edge
    return edge is not None and (edge._out._why is not None or not edge._out.up)


# pika needs up to twice the heartbeat and ten seconds: only in the long run of the tests.
HANGS = [(30, 0.5, "does not confirm")]
if os.environ.get("RELEC_FULL"):
    HANGS.append((1, 120.0, "heartbeats"))


@pytest.mark.parametrize(("heartbeat", "confirm", "words"), HANGS)
def test_a_broker_that_hangs_is_noticed_and_its_items_are_lost_and_sent_again(
    broker: PrivateBroker, heartbeat: int, confirm: float, words: str
) -> None:
    certificate, key = broker.issue("tr")
    access = Access(broker.host, broker.port, "tr", broker.ca_file, certificate, key)
    transport = RabbitTransport(
        replace(access, heartbeat_seconds=heartbeat),
        Tuning(confirm_seconds=confirm),
    )
    sender = Sender(transport)
    sender.send(message(0))
    until(lambda: sender.settled(1))  # the channels are open too
    assert broker.pid is not None
    os.kill(broker.pid, signal.SIGSTOP)
    try:
        sender.send(message(1))
        until(lambda: given_up(transport))
        assert not sender.settled(2)
    finally:
        os.kill(broker.pid, signal.SIGCONT)
    until(lambda: sender.settled(2))
    until(lambda: words in transport.status().last_error)
    assert sender.counted() == {Outcome.CONFIRMED: 2}
    transport.stop(2)


def test_without_a_broker_items_wait_and_stopping_tells_each_of_them_as_lost(
    broker: PrivateBroker,
) -> None:
    certificate, key = broker.issue("tr")
    nobody_listens = Access("127.0.0.1", 1, "tr", broker.ca_file, certificate, key)
    sender = Sender(RabbitTransport(nobody_listens), again=False)
    sender.send(*(message(key) for key in range(100)))
    until(lambda: "cannot be reached" in sender.transport.status().last_error)
    assert not sender.transport.status().connected
    assert sender.outcomes == {}
    sender.transport.stop(1)
    assert sender.counted() == {Outcome.LOST: 100}
    sender.send(message(100))
    assert sender.outcomes[100] == [Outcome.LOST]


def test_a_wrong_host_name_is_refused_and_told(broker: PrivateBroker) -> None:
    certificate, key = broker.issue("tr")
    wrong = Access(
        broker.host, broker.port, "tr", broker.ca_file, certificate, key, server_name="elsewhere"
    )
    transport = RabbitTransport(wrong)
    transport.start(lambda key, outcome: None, lambda deliveries: None)
    until(lambda: transport.status().last_error != "")
    assert "certificate is not accepted" in transport.status().last_error
    assert not transport.status().connected
    transport.stop(1)


def test_an_exchange_that_is_not_there_is_told_before_anything_is_sent(
    broker: PrivateBroker,
) -> None:
    certificate, key = broker.issue("tr")
    transport = RabbitTransport(
        Access(broker.host, broker.port, "xx", broker.ca_file, certificate, key)
    )
    sender = Sender(transport, again=False)
    sender.send(message(1))
    until(lambda: "from.xx" in transport.status().last_error)
    assert sender.outcomes == {}
    transport.stop(1)


def test_unusable_tls_files_are_refused_at_the_start(broker: PrivateBroker) -> None:
    certificate, _ = broker.issue("tr")
    access = Access(broker.host, broker.port, "tr", broker.ca_file, certificate, certificate)
    with pytest.raises(Misconfigured):
        RabbitTransport(access).start(lambda key, outcome: None, lambda deliveries: None)


def test_callbacks_that_raise_do_not_stop_the_traffic(transports: Transports) -> None:
    sending, receiving = transports("tr"), transports("pk")
    told: list[int] = []
    got: list[Delivery] = []

    def outcome(key: int, _: Outcome) -> None:
        told.append(key)
        raise RuntimeError("not the transport's fault")

    def arrived(deliveries: list[Delivery]) -> None:
        got.extend(deliveries)
        receiving.acknowledge(deliveries)
        raise RuntimeError("not the transport's fault")

    sending.start(outcome, lambda deliveries: None)
    receiving.start(lambda key, outcome: None, arrived)
    receiving.consume_from(FROM_TR)
    sending.publish([message(key) for key in range(20)])
    until(lambda: len(told) == 20 and len(got) == 20)
    assert sorted(told) == list(range(20))
    assert sorted(int.from_bytes(one.envelope[:8], "big") for one in got) == list(range(20))


def test_a_fault_on_the_transports_own_thread_is_survived(broker: PrivateBroker) -> None:
    certificate, key = broker.issue("pk")
    access = Access(broker.host, broker.port, "pk", broker.ca_file, certificate, key)
    faults = [RuntimeError("unforeseen")]

    def fraction() -> float:
        if faults:
            raise faults.pop()
        return 0.0

    transport = RabbitTransport(access, fraction=fraction)
    receiver = Receiver(transport, FROM_TR)
    until(lambda: transport.status().connected)
    transport.consume_from({"zz": ALL, **FROM_TR})  # a missing queue asks for a delay
    until(lambda: not faults)
    until(lambda: transport.status().reconnects == 1)
    sender = Sender(RabbitTransport(replace(access, node="pk")))
    sender.send(replace(message(1), recipient="tr"))
    until(lambda: sender.settled(1))
    assert transport.status().connected
    assert transport.status().reconnects == 1
    sender.transport.stop(2)
    receiver.transport.stop(2)


def test_a_transport_is_started_once(transports: Transports) -> None:
    transport = transports("tr")
    transport.start(lambda key, outcome: None, lambda deliveries: None)
    with pytest.raises(Conflict):
        transport.start(lambda key, outcome: None, lambda deliveries: None)
