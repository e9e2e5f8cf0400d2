"""The AsyncAPI 3 document of the exchange: who publishes where, who reads what, what lies inside.

Contract: `document` is pure and made from the names, the queue arguments and the catalogue that
the node itself uses. The payload of every message is the sealed envelope; what is sealed in it is
said beside it, by reference to the JSON Schema of the type. Run
`python -m relec_exchange.adapters.rabbitmq.asyncapi schemas/asyncapi.json` to write it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

from relec_exchange.adapters.rabbitmq.names import (
    VIRTUAL_HOST,
    exchange_name,
    queue_name,
    routing_key,
)
from relec_exchange.errors import InvalidInput
from relec_exchange.message.catalogue import CATALOGUE, MessageType
from relec_exchange.message.codes import Urgency
from relec_exchange.message.constants import LIMITS
from relec_exchange.message.identifiers import MessageClass
from relec_exchange.message.schema import file_name
from relec_exchange.sealing.envelope import MAGIC
from relec_exchange.sealing.suite import OVERHEAD_BYTES

Json = dict[str, Any]

VERSION: Final = "3.0.0"
_BINDING: Final = "0.3.0"
_SEALED: Final = "x-relec-sealed-message"
_SEALED_BODY: Final = "x-relec-sealed-body"
_PARAMETERS: Final = {
    "sender": "The node that publishes; only it may write to its exchange.",
    "recipient": "The node that the message is for; only it may read its queues.",
}
_DESCRIPTION: Final = """\
How nodes exchange sealed envelopes over RabbitMQ. Each node publishes to one exchange of its own;
each ordered pair of partners has one quorum queue per class. The broker sees the envelope's clear
header and nothing else. What an envelope is, and the order in which a recipient checks it, stands
in docs/protocol.md; the types that lie inside are listed here with their JSON Schemas."""


def document() -> Json:
    """The whole document."""
    return {
        "asyncapi": VERSION,
        "id": "urn:relec:exchange:v1",
        "info": {
            "title": "RELEC exchange",
            "version": "1.0.0",
            "description": _DESCRIPTION,
            "license": {"name": "EUPL-1.2"},
        },
        "defaultContentType": "application/octet-stream",
        "servers": {"broker": _server()},
        "channels": {
            name: channel
            for message_class in MessageClass
            for name, channel in _channels(message_class).items()
        },
        "operations": {
            name: operation
            for message_class in MessageClass
            for name, operation in _operations(message_class).items()
        },
        "components": {
            "messages": {kind.name: _message(kind) for kind in CATALOGUE.values()},
            "schemas": {"envelope": _envelope()},
            "securitySchemes": {"certificate": _certificate()},
        },
    }


def text() -> str:
    """The committed text: indented, with a final newline."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def _server() -> Json:
    return {
        "host": "{host}:5671",
        "pathname": f"/{VIRTUAL_HOST}",
        "protocol": "amqps",
        "protocolVersion": "0.9.1",
        "description": "The network's broker: TLS 1.3, client certificates only (EXTERNAL).",
        "variables": {"host": {"description": "Name of the broker", "default": "broker.example"}},
        "security": [{"$ref": "#/components/securitySchemes/certificate"}],
    }


def _certificate() -> Json:
    return {
        "type": "X509",
        "description": "Issued by the network's own authority; its common name is the user.",
    }


def _channels(message_class: MessageClass) -> Json:
    """What a sender publishes to and what a recipient reads from, for one class."""
    messages = {
        kind.name: {"$ref": f"#/components/messages/{kind.name}"}
        for kind in CATALOGUE.values()
        if message_class in classes(kind)
    }
    parameters = {name: {"description": said} for name, said in _PARAMETERS.items()}
    return {
        f"publish-{message_class.value}": {
            "address": routing_key("{recipient}", message_class),
            "description": f"Class {message_class.value}, at the exchange of the sender.",
            "messages": messages,
            "parameters": {"recipient": parameters["recipient"]},
            "bindings": {"amqp": _exchange()},
        },
        f"read-{message_class.value}": {
            "address": queue_name("{recipient}", "{sender}", message_class),
            "description": f"Class {message_class.value}, one queue for each sender and recipient.",
            "messages": messages,
            "parameters": parameters,
            "bindings": {"amqp": _queue(message_class)},
        },
    }


def _exchange() -> Json:
    return {
        "is": "routingKey",
        "exchange": {
            "name": exchange_name("{sender}"),
            "type": "direct",
            "durable": True,
            "autoDelete": False,
            "vhost": VIRTUAL_HOST,
        },
        "bindingVersion": _BINDING,
    }


def _queue(message_class: MessageClass) -> Json:
    return {
        "is": "queue",
        "queue": {
            "name": queue_name("{recipient}", "{sender}", message_class),
            "durable": True,
            "exclusive": False,
            "autoDelete": False,
            "vhost": VIRTUAL_HOST,
        },
        "bindingVersion": _BINDING,
    }


def _operations(message_class: MessageClass) -> Json:
    name = message_class.value
    sending = {"deliveryMode": 2, "mandatory": True, "bindingVersion": _BINDING}
    return {
        f"send-{name}": {
            "action": "send",
            "channel": {"$ref": f"#/channels/publish-{name}"},
            "summary": "Publish with confirms; a returned message has no route.",
            "bindings": {"amqp": sending},
        },
        f"receive-{name}": {
            "action": "receive",
            "channel": {"$ref": f"#/channels/read-{name}"},
            "summary": "Acknowledge after the transaction that stores the message.",
            "bindings": {"amqp": {"ack": True, "bindingVersion": _BINDING}},
        },
    }


def classes(kind: MessageType) -> tuple[MessageClass, ...]:
    """The classes in which messages of a type travel."""
    if kind.control:
        return (MessageClass.CONTROL,)
    found = {
        MessageClass.FLASH if urgency is Urgency.FLASH else MessageClass.ORDINARY
        for urgency in kind.urgencies
    }
    return tuple(one for one in MessageClass if one in found)


def _message(kind: MessageType) -> Json:
    sealed: Json = {_SEALED: {"$ref": f"./{file_name(kind)}"}}
    if kind.sealed_to:
        sealed[_SEALED_BODY] = {"$ref": f"./{file_name(kind, '.body')}"}
    return {
        "name": kind.name,
        "title": f"{kind.name}, version {kind.version}",
        "contentType": "application/octet-stream",
        "payload": {"$ref": "#/components/schemas/envelope"},
        **sealed,
    }


def _envelope() -> Json:
    least, most = LIMITS.envelope_buckets_bytes[0], LIMITS.envelope_buckets_bytes[-1]
    around = len(MAGIC) + 2 + LIMITS.clear_header_max_bytes + OVERHEAD_BYTES
    return {
        "type": "string",
        "format": "binary",
        "description": (
            "RELEC/1, the length of the clear header, the clear header as canonical JSON, and HPKE"
            " ciphertext of message, salt, entry and proof, padded to a bucket of"
            f" {least} to {most} bytes. Its length counts bytes."
        ),
        "minLength": least,
        "maxLength": most + around,
    }


def main(arguments: list[str]) -> None:
    """Write the document into the file that is the only argument."""
    if len(arguments) != 1:
        raise InvalidInput("name one file to write the document into", field="FILE")
    Path(arguments[0]).write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
