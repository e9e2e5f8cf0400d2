"""Every way of sending cuts what the agreement withholds: the node never sees it in a message."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from memory_node import MemoryNode, now

from relec_exchange import Client
from relec_exchange.client import Draft
from relec_exchange.client.compose import Author, composed
from relec_exchange.message.codes import AuthorRole
from relec_exchange.message.identifiers import message_id
from relec_exchange.message.withholding import CutMessage

IQ = Author("iq", True, "contact-point", AuthorRole.SUBMITTER)
WARNING: dict[str, Any] = {
    "kind": "surge",
    "where": {"country": "TR"},
    "when": {"from": "2026-11-01", "to": "2026-11-02"},
    "what": "More boats than in other weeks",
    "route": "By the coast road",
}


@pytest.fixture
def client(served: Path, node: MemoryNode) -> Iterator[Client]:
    with Client(served, officer="deniz") as opened:
        yield opened


def one(client: Client) -> str:
    [sent] = client.submit(type="warning.notice", to="iq", body=WARNING)
    return sent.check().message_id


def many(client: Client) -> str:
    [sent] = client.submit_many([Draft("warning.notice", "iq", WARNING)], ["row-number-1"])
    return sent.check().message_id


def composed_before(client: Client) -> str:
    made = client.compose(Draft("warning.notice", "iq", WARNING))
    [sent] = client.submit_documents([made], [made.header.message_id])
    return sent.check().message_id


@pytest.mark.parametrize("send", [one, many, composed_before])
def test_a_withheld_field_stays_here_whatever_call_sends(
    client: Client, node: MemoryNode, send: Callable[[Client], str]
) -> None:
    node.withheld = ["body.route"]
    document = json.loads(node.out[send(client)]["raw"])
    assert "route" not in document["body"]
    assert [line["path"] for line in document["header"]["withheld"]] == ["/body/route"]


def test_an_answer_is_cut_like_any_other_message(client: Client, node: MemoryNode) -> None:
    warned = composed(
        Draft("warning.notice", "tr", WARNING), IQ, message_id(now(), os.urandom(10)), now()
    )
    node.deliver(warned.raw)
    node.withheld = ["body.passed_to"]
    sent = client.ack(warned.header.message_id, "Patrols were told", ["Coast guard"])
    document = json.loads(node.out[sent.check().message_id]["raw"])
    assert "passed_to" not in document["body"]


def test_who_composes_is_told_and_may_stop_it(client: Client, node: MemoryNode) -> None:
    node.withheld = ["body.route"]
    told: list[CutMessage] = []

    def stop(message: CutMessage) -> None:
        told.append(message)
        raise KeyboardInterrupt

    client.on_cut = stop
    with pytest.raises(KeyboardInterrupt):
        one(client)
    assert [cut.path for cut in told[0].cuts] == ["/body/route"]
    assert not node.out


def test_what_withholds_nothing_is_left_as_it_is(client: Client, node: MemoryNode) -> None:
    node.withheld = ["body.persons.birth"]
    assert "withheld" not in json.loads(node.out[one(client)]["raw"])["header"]
