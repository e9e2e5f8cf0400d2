"""The AsyncAPI document says what the broker, the catalogue and the schemas say.

It was also validated with the JSON Schema that the AsyncAPI initiative publishes for version 3.0.0,
which is not part of this repository; here its structure is checked as far as the document uses it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from relec_exchange.adapters.rabbitmq.asyncapi import classes, document, main, text
from relec_exchange.adapters.rabbitmq.topology import Member, definitions
from relec_exchange.errors import InvalidInput
from relec_exchange.message.catalogue import CATALOGUE, message_class
from relec_exchange.message.identifiers import MessageClass

SCHEMAS = Path(__file__).parents[3] / "schemas"
DOCUMENT = document()


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield value
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def found(reference: str) -> Any:
    node: Any = DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        node = node[step]
    return node


def test_the_committed_document_is_what_the_code_says() -> None:
    """If this fails: `make generated`, and look at the change."""
    assert (SCHEMAS / "asyncapi.json").read_text("utf-8") == text()


def test_every_reference_leads_somewhere() -> None:
    for reference in references(DOCUMENT):
        if reference.startswith("#/"):
            assert found(reference)
        else:
            assert json.loads((SCHEMAS / reference).read_text("utf-8"))["$id"]


def test_the_document_has_the_members_that_the_standard_demands() -> None:
    assert DOCUMENT["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= DOCUMENT["info"].keys()
    for server in DOCUMENT["servers"].values():
        assert {"host", "protocol"} <= server.keys()
    for operation in DOCUMENT["operations"].values():
        assert operation["action"] in {"send", "receive"}
        assert operation["channel"]["$ref"].startswith("#/channels/")
    for channel in DOCUMENT["channels"].values():
        assert channel["bindings"]["amqp"]["is"] in {"routingKey", "queue"}
        in_address = {part.split("}")[0] for part in channel["address"].split("{")[1:]}
        assert set(channel["parameters"]) == in_address


@pytest.mark.parametrize("kind", CATALOGUE.values(), ids=lambda kind: kind.name)
def test_each_type_stands_in_the_channels_of_its_classes_and_no_other(kind: Any) -> None:
    wanted = {message_class(kind.name, urgency) for urgency in kind.urgencies}
    assert set(classes(kind)) == wanted
    for one in MessageClass:
        for use in ("publish", "read"):
            listed = kind.name in DOCUMENT["channels"][f"{use}-{one.value}"]["messages"]
            assert listed == (one in wanted)


def test_every_message_is_an_envelope_whatever_lies_inside() -> None:
    messages = DOCUMENT["components"]["messages"]
    assert set(messages) == set(CATALOGUE)
    for message in messages.values():
        assert message["payload"] == {"$ref": "#/components/schemas/envelope"}


def test_exchange_queue_and_key_are_those_that_the_broker_is_given() -> None:
    partners = {name: frozenset(MessageClass) for name in ("tr", "pk")}
    members = [
        Member(node, node, {p: c for p, c in partners.items() if p != node}) for node in partners
    ]
    broker = definitions(members)
    said = {"sender": "tr", "recipient": "pk"}
    for one in MessageClass:
        publish = DOCUMENT["channels"][f"publish-{one.value}"]
        read = DOCUMENT["channels"][f"read-{one.value}"]
        exchange = publish["bindings"]["amqp"]["exchange"]
        wanted = next(
            binding
            for binding in broker["bindings"]
            if binding["routing_key"] == publish["address"].format(**said)
        )
        assert wanted["source"] == exchange["name"].format(**said)
        assert wanted["destination"] == read["address"].format(**said)
        made = next(e for e in broker["exchanges"] if e["name"] == wanted["source"])
        assert (made["type"], made["durable"]) == (exchange["type"], exchange["durable"])


def test_the_document_is_written_to_the_named_file(tmp_path: Path) -> None:
    main([str(tmp_path / "asyncapi.json")])
    assert (tmp_path / "asyncapi.json").read_text("utf-8") == text()
    with pytest.raises(InvalidInput):
        main([])
