"""What tests of conversations about persons share: two nodes whose agreement allows them all."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from core_network import letter, sent
from relec_exchange.message.document import Message
from relec_exchange.records import EventRow, InboxRow, OutboxRow, Where
from relec_exchange.testing import DESK, Founded, SimulatedNetwork, found_network
from relec_exchange.trust.agreement import Grant
from relec_exchange.trust.officer import Act


@cache
def homes(
    times: tuple[tuple[str, int], ...] = (),
    names: tuple[str, ...] = ("tr", "pk"),
    grants: tuple[Grant, ...] = (),
) -> Founded:
    """Homes of nodes that have exchanged their first rounds; founded once in this process."""
    base = Path(tempfile.mkdtemp(prefix="relec-talk-"))
    atexit.register(shutil.rmtree, base, ignore_errors=True)
    founded = found_network(base / "founded", names, times=dict(times), grants=grants)
    network = SimulatedNetwork(base / "network", founded=founded)
    network.run()
    network.close()
    return replace(founded, directory=base / "network", now=network.clock())


@contextmanager
def talking(directory: Path, **times: int) -> Iterator[SimulatedNetwork]:
    """A network of tr and pk that may speak about persons."""
    founded = homes(tuple(sorted(times.items())))
    network = SimulatedNetwork(directory / "network", founded=founded)
    try:
        yield network
    finally:
        network.close()


def person(name: str = "Simulated Person", born: str = "1990-05-17") -> dict[str, Any]:
    """A suspect of no state of this network."""
    return {
        "category": "suspect",
        "names": [{"text": name, "kind": "birth", "script": "Latn"}],
        "birth": {"date": born, "precision": "day"},
        "citizenships": ["IRQ"],
    }


def nominal(**fields: Any) -> dict[str, Any]:
    """Header fields of a message about a person."""
    return {
        "data_level": "nominal",
        "purpose": "criminal_investigation",
        "source_grade": None,
        "info_grade": None,
        **fields,
    }


def request_about(
    network: SimulatedNetwork, *persons: Mapping[str, Any], why: str = "A forged visa.", **more: Any
) -> Message:
    """A request of tr about these persons."""
    body = {
        "questions": [{"number": 1, "text": "Is the stamp known?", "why": why}],
        "reasons": "A simulated case.",
        "persons": [dict(one) for one in persons] or [person()],
    }
    return letter(network, "info.request", body, **nominal(**more))


def answered(network: SimulatedNetwork, asked: Message, kind: str = "full") -> Message:
    """The answer of pk's officers to a request of tr."""
    answer = {
        "number": 1,
        "answer": "It is.",
        "source_grade": "A",
        "info_grade": "1",
        "handling": ["H0"],
    }
    return back(network, asked, "info.reply", {"kind": kind, "answers": [answer]})


def clarified(network: SimulatedNetwork, said: Message, kind: str, **ends: str) -> Message:
    """A clarification by who received `said`: a question, or the answer to one."""
    body = {"kind": kind, "items": [{"number": 1, "text": "Of which year is it?"}]}
    return back(network, said, "info.clarify", body, **ends)


def back(
    network: SimulatedNetwork, said: Message, kind: str, body: Mapping[str, Any], **more: Any
) -> Message:
    """A message about a person that answers another."""
    ends = {"sender": said.header.recipient, "recipient": said.header.sender}
    fields = nominal(**{**ends, "in_reply_to": said.header.message_id, **more})
    return letter(network, kind, body, **fields)


def about(
    network: SimulatedNetwork, earlier: Message, kind: str, body: Mapping[str, Any], **more: Any
) -> Message:
    """A correction or a recall of a message by who sent it."""
    header = earlier.header
    ends = {"sender": header.sender, "recipient": header.recipient}
    level = str(getattr(header, "data_level", "none"))
    purpose = str(getattr(header, "purpose", "prevention"))
    fields = {**ends, "data_level": level, "purpose": purpose}
    grades = {"source_grade": None, "info_grade": None}
    named = {"message_id": header.message_id, **body}
    return letter(network, kind, named, **{**fields, **grades, **more})


def delivered(network: SimulatedNetwork, message: Message, **options: Any) -> str:
    """Send a message and let it arrive; returns its id."""
    ident = sent(network, message, **options)
    network.run()
    return ident


def protect(network: SimulatedNetwork, name: str, *names: str) -> str:
    """Put a person on a node's protection register; returns the entry's id."""
    desk = network.node(name).desk
    return str(desk.add_registered({"names": list(names)}, DESK)["entry_id"])


def close(network: SimulatedNetwork, name: str, ident: str, officer: str = "duty") -> None:
    """An officer closes a request: nothing can be provided."""
    row = arrived(network, name, ident)
    signature = network.key(name, officer).sign(Act.CLOSE, row.leaf)
    network.node(name).desk.nothing(ident, officer, signature)


def arrived(network: SimulatedNetwork, name: str, ident: str) -> InboxRow:
    """The inbox record of a message."""
    return network.node(name).store.rows(InboxRow, Where("message_id", "=", ident))[0]


def left(network: SimulatedNetwork, name: str, ident: str) -> OutboxRow:
    """The outbox record of a message."""
    return network.node(name).store.rows(OutboxRow, Where("message_id", "=", ident))[0]


def told(network: SimulatedNetwork, name: str, kind: str) -> list[str]:
    """What the events of one kind are about."""
    rows = network.node(name).store.rows(EventRow, Where("kind", "=", kind), order="row")
    return [row.ref for row in rows]
