"""`apply` against a real broker: idempotent, thorough, and never at the price of a message."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pika.exceptions import UnroutableError
from three_members import ALL, MEMBERS, Connect

from relec_exchange.adapters.rabbitmq.control import Control
from relec_exchange.adapters.rabbitmq.drift import compare
from relec_exchange.adapters.rabbitmq.names import VIRTUAL_HOST
from relec_exchange.adapters.rabbitmq.topology import Member, definitions
from relec_exchange.demo.private_broker import PrivateBroker
from relec_exchange.errors import Misconfigured, Unavailable

pytestmark = pytest.mark.broker

WANTED = definitions(MEMBERS)
HERE = {"vhost": VIRTUAL_HOST}
# Salted SHA-256 as RabbitMQ writes it: four bytes of salt, then the digest.
PASSWORD_HASH = base64.b64encode(b"salt" + hashlib.sha256(b"salt" + b"a password").digest()).decode(
    "ascii"
)


def tamper(broker: PrivateBroker, file: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Import our topology with a change, as somebody might behind our back."""
    document = copy.deepcopy(WANTED)
    change(document)
    file.write_text(json.dumps(document))
    broker.ctl("import_definitions", str(file))


def queue(name: str, **arguments: Any) -> dict[str, Any]:
    return {**HERE, "name": name, "durable": True, "auto_delete": False, "arguments": arguments}


def binding(source: str, destination: str, key: str, **arguments: Any) -> dict[str, Any]:
    return {
        **HERE,
        "source": source,
        "destination": destination,
        "destination_type": "queue",
        "routing_key": key,
        "arguments": arguments,
    }


def test_applying_a_second_time_changes_nothing(broker: PrivateBroker, control: Control) -> None:
    assert control.apply(WANTED) == ((), ())


def test_what_somebody_added_behind_our_back_is_named_and_removed(
    broker: PrivateBroker, control: Control, tmp_path: Path
) -> None:
    def add(document: dict[str, Any]) -> None:
        document["queues"] += [queue("tap"), queue("odd, 'na\"me'] ok.")]
        document["bindings"] += [
            binding("from.pk", "tap", "iq.flash"),
            binding("from.pk", "to.tr.from.iq.flash", "iq.flash", x="y"),
        ]
        document["exchanges"].append({**WANTED["exchanges"][0], "name": "from.elsewhere"})
        document["users"] += [
            {**WANTED["users"][0], "name": "zz"},
            {**WANTED["users"][0], "name": "guest", "tags": ["administrator"]},
        ]
        document["permissions"].append(
            {**HERE, "user": "zz", "configure": ".*", "write": ".*", "read": ".*"}
        )
        document["policies"] = [
            {
                **HERE,
                "name": "lossy",
                "pattern": ".*",
                "apply-to": "queues",
                "definition": {"delivery-limit": 1},
                "priority": 9,
            }
        ]

    tamper(broker, tmp_path / "definitions.json", add)
    broker.ctl("set_operator_policy", "-p", VIRTUAL_HOST, "short", ".*", '{"message-ttl":1}')
    broker.ctl("set_topic_permissions", "-p", VIRTUAL_HOST, "tr", "amq.topic", ".*", ".*")
    done, waiting = control.apply(WANTED)
    assert waiting == ()
    told = {str(change) for change in done}
    assert {
        "remove queue tap",
        "remove exchange from.elsewhere",
        "remove binding from.pk -> tap (iq.flash)",
        "remove user zz",
        "remove user guest",
        "remove permission zz",
        "remove policy lossy",
        "remove parameter operator_policy short",
        "remove topic permission tr amq.topic",
    } <= told
    assert len(told) == 11
    assert compare(WANTED, control.definitions()) == ()


def test_what_somebody_took_away_or_changed_is_put_right(
    broker: PrivateBroker, control: Control, tmp_path: Path
) -> None:
    def change(document: dict[str, Any]) -> None:
        rights = {each["user"]: each for each in document["permissions"]}
        rights["tr"].update(configure=".*", write=".*", read=".*")
        users = {each["name"]: each for each in document["users"]}
        users["pk"]["tags"] = ["relec", "administrator"]
        users["iq"]["password_hash"] = PASSWORD_HASH

    tamper(broker, tmp_path / "definitions.json", change)
    broker.ctl("delete_queue", "-p", VIRTUAL_HOST, "to.tr.from.pk.control")
    done, _ = control.apply(WANTED)
    assert {str(change) for change in done} == {
        "create queue to.tr.from.pk.control",
        "create binding from.pk -> to.tr.from.pk.control (tr.control)",
        "replace permission tr",
        "replace user pk",
        "replace user iq",
    }
    assert compare(WANTED, control.definitions()) == ()


def test_a_queue_that_should_go_keeps_its_messages_until_they_are_fetched(
    broker: PrivateBroker, control: Control, connect: Connect
) -> None:
    name = "to.pk.from.tr.flash"
    channel = connect("tr").channel()
    channel.confirm_delivery()
    channel.basic_publish("from.tr", "pk.flash", b"wait for me", mandatory=True)
    apart = definitions([MEMBERS[0], Member("pk", "pk", {"iq": ALL}), MEMBERS[2]])
    _, waiting = control.apply(apart)
    assert [str(change) for change in waiting] == [f"remove queue {name}"]
    with pytest.raises(UnroutableError):
        channel.basic_publish("from.tr", "pk.flash", b"no more", mandatory=True)
    fetched = connect("pk").channel().basic_get(name, auto_ack=True)
    assert fetched[2] == b"wait for me"
    done, waiting = control.apply(apart)
    assert ([str(change) for change in done], waiting) == ([f"remove queue {name}"], ())
    control.apply(WANTED)


def test_a_queue_with_other_arguments_is_replaced_only_when_it_is_empty(
    broker: PrivateBroker, control: Control, connect: Connect
) -> None:
    name = "to.pk.from.iq.flash"
    channel, reader = connect("iq").channel(), connect("pk").channel()
    channel.confirm_delivery()
    other = copy.deepcopy(WANTED)
    for each in other["queues"]:
        if each["name"] == name:
            each["arguments"]["x-max-length"] = 7
    channel.basic_publish("from.iq", "pk.flash", b"first", mandatory=True)
    done, waiting = control.apply(other)
    assert (done, [str(change) for change in waiting]) == ((), [f"replace queue {name}"])
    channel.basic_publish("from.iq", "pk.flash", b"second", mandatory=True)
    reader.queue_purge(name)
    done, waiting = control.apply(other)
    assert ([str(change) for change in done], waiting) == ([f"replace queue {name}"], ())
    channel.basic_publish("from.iq", "pk.flash", b"third", mandatory=True)
    assert control.depth(name) == 1
    control.apply(WANTED, discard=True)
    assert reader.queue_declare(name, passive=True).method.message_count == 0


def test_a_broker_that_cannot_be_reached_is_told_as_such(broker: PrivateBroker) -> None:
    nobody = {**broker.environment, "RABBITMQ_NODENAME": "nobody@localhost"}
    with pytest.raises(Unavailable):
        Control(broker.ctl_command, nobody).definitions()
    with pytest.raises(Misconfigured):
        Control("/nowhere/rabbitmqctl", {}).definitions()
