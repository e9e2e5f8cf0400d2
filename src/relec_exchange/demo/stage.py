"""Where the scenes are played: the network, the officers' acts, and the facts that are claimed.

Contract: every act is an officer's, signed with their key, through the node's local API. Nothing
here looks into a node's store.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from relec_exchange.client import Client, Content, Submitted
from relec_exchange.demo.facts import Fact, Played
from relec_exchange.demo.network import ExerciseNetwork
from relec_exchange.demo.telling import Teller
from relec_exchange.demo.waiting import PATIENCE_SECONDS, eventually
from relec_exchange.errors import NotFound

Json = dict[str, Any]
T = TypeVar("T")

SUBMITTER, RELEASER, AUDITOR, OPERATOR = "submitter", "releaser", "auditor", "operator"
DESK = "desk"
_ANSWER = "answer:"


@dataclass(frozen=True, slots=True)
class Sent:
    """One message that left: who sent it to whom."""

    message_id: str
    sender: str
    recipient: str


@dataclass(slots=True)
class Stage:
    """One scene's view of the network; `sent` collects what was sent in the whole story."""

    network: ExerciseNetwork
    teller: Teller
    played: Played
    sent: list[Sent] = field(default_factory=list)

    # ---- claims --------------------------------------------------------------------------------

    def fact(self, text: str, holds: object) -> None:
        """Claim something, and tell whether it was so."""
        fact = Fact(text, bool(holds))
        self.played.facts.append(fact)
        self.teller.fact(fact)

    # ---- officers' acts ------------------------------------------------------------------------

    def officer(self, node: str, name: str = SUBMITTER) -> Client:
        """An officer's session with the own node."""
        return self.network.client(node, name)

    def send(self, sender: str, to: str, kind: str, body: Mapping[str, Any], **header: Any) -> Sent:
        """Submit as one officer, read and release as another; raises what refuses it."""
        [submitted] = self.officer(sender).submit(type=kind, to=to, body=body, **header)
        return self.release(sender, submitted.check())

    def release(self, sender: str, submitted: Submitted) -> Sent:
        """What is missing: who wrote it answers the questions, a second person reads and releases.

        A rescue message has left already; the second person confirms it.
        """
        message_id = submitted.message_id
        for need in submitted.needs:
            if need.startswith(_ANSWER):
                first = self.officer(sender)
                submitted = first.answer_question(message_id, need.removeprefix(_ANSWER)).check()
        second = self.officer(sender, RELEASER)
        if submitted.needs:
            second.open(message_id, "out")
            act = second.confirm if submitted.needs == ("confirm",) else second.release
            act(message_id).check()
        sent = Sent(message_id, sender, submitted.recipient)
        self.sent.append(sent)
        return sent

    def open(self, sent: Sent) -> Content:
        """The recipient's officer reads a message."""
        return self.officer(sent.recipient).open(sent.message_id)

    # ---- looking -------------------------------------------------------------------------------

    def line(self, sent: Sent) -> Json:
        """The life line at the sender."""
        return self.officer(sent.sender).show(sent.message_id, "out")

    def line_there(self, sent: Sent) -> Json | None:
        """The life line at the recipient, if it got there."""
        try:
            return self.officer(sent.recipient).show(sent.message_id, "in")
        except NotFound:
            return None

    def inbox(self, node: str) -> list[Json]:
        """Everything that a node lists as received."""
        return [dict(message.facts) for message in self.officer(node).messages()]

    def arrived(self, sent: Sent) -> Json:
        """Wait for the recipient's receipt, and until its unit was given it; the life line."""
        with self.teller.waiting(f"waiting for the receipt of {sent.recipient}"):
            self.officer(sent.sender).wait(sent.message_id, "validated", PATIENCE_SECONDS)
        self.until(
            lambda: "routed" in stages(self.line_there(sent) or {"stages": []}),
            f"{sent.recipient} routes it to a unit",
        )
        return self.line(sent)

    def receipted(self, sent: Sent) -> Json:
        """Wait for the recipient's receipt, which says nothing of what happens there; the line."""
        with self.teller.waiting(f"waiting for the receipt of {sent.recipient}"):
            return self.officer(sent.sender).wait(sent.message_id, "validated", PATIENCE_SECONDS)

    def opened(self, sent: Sent) -> Content:
        """The recipient's officer reads a message; returns when the sender was told."""
        read = self.open(sent)
        with self.teller.waiting(f"waiting for the receipt of {sent.recipient}"):
            self.officer(sent.sender).wait(sent.message_id, "opened", PATIENCE_SECONDS)
        return read

    def reaches(self, sent: Sent, state: str) -> Json:
        """Wait until the life line at the sender has a state."""
        return self.until(
            lambda: line if (line := self.line(sent))["state"] == state else None,
            f"{sent.sender} knows that it is {state}",
        )

    def until(self, ask: Callable[[], T | None], what: str) -> T:
        """Wait for an answer that is true."""
        with self.teller.waiting(f"waiting: {what}"):
            return eventually(ask, what)

    def show(self, *messages: Sent) -> None:
        """Print the life lines of messages."""
        for sent in messages:
            self.teller.life(self.line(sent), self.line_there(sent))

    def gaps(self, node: str, peer: str, direction: str) -> list[Json]:
        """Numbers that a node knows to be missing: a partner's here (`in`), or its own (`out`)."""
        found = self.officer(node, OPERATOR).wire.get("/v1/gaps")["gaps"]
        return [g for g in found if g["peer"] == peer and g["direction"] == direction]


def stages(line: Json) -> list[str]:
    """The names of the stages of a life line."""
    return [str(stage["stage"]) for stage in line["stages"]]


def receipts(line: Json) -> list[str]:
    """The stages of which signed receipts are held."""
    return [str(receipt["stage"]) for receipt in line["receipts"]]
