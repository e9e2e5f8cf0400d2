"""Officers of a real network in conversation: each act by who may do it, each end looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from audited import items, verified_logs

from relec_exchange.client import Client, Content, Draft, Submitted
from relec_exchange.client.units import is_sealed
from relec_exchange.demo.evidence import check_evidence
from relec_exchange.demo.network import ExerciseNetwork
from relec_exchange.demo.waiting import eventually
from relec_exchange.errors import NotFound
from relec_exchange.message.document import parse_message
from relec_exchange.trust.card import parse_card

SUBMITTER, RELEASER, DESK, DESK_SECOND, AUDITOR = (
    "submitter",
    "releaser",
    "desk",
    "desk-second",
    "auditor",
)
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that left: its ends, what it first waited for, and the bytes that were signed."""

    message_id: str
    sender: str
    recipient: str
    type: str
    needs: tuple[str, ...] = ()
    raw: bytes = field(default=b"", repr=False)
    body: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(slots=True)
class Talk:
    """Everything that officers of a network said in one test module, in order."""

    network: ExerciseNetwork
    said: list[Sent] = field(default_factory=list)

    def officer(self, node: str, name: str = SUBMITTER) -> Client:
        return self.network.client(node, name)

    def reader(self, node: str, kind: str) -> Client:
        """Who reads messages of this type: the desk alone what is sealed to it."""
        return self.officer(node, DESK if is_sealed(kind) else SUBMITTER)

    # ---- sending -------------------------------------------------------------------------------

    def send(
        self, sender: str, to: str, kind: str, body: Mapping[str, Any], /, **header: Any
    ) -> Sent:
        """Submitted by one officer, answered for, released by another."""
        first = self.reader(sender, kind)
        document = first.compose(Draft(kind, to, body, header))
        [submitted] = first.submit_documents([document], [document.header.message_id])
        return self.finish(sender, kind, submitted, document.raw, body)

    def finish(
        self,
        sender: str,
        kind: str,
        submitted: Submitted,
        raw: bytes = b"",
        body: Mapping[str, Any] | None = None,
    ) -> Sent:
        """Do what a message waits for, each by an officer who may: it leaves."""
        first, message_id = submitted.check(), submitted.message_id
        for need in first.needs:
            self._do(sender, kind, message_id, need)
        line = self.officer(sender).show(message_id, "out")
        assert line["needs"] == []
        sent = Sent(message_id, sender, submitted.recipient, kind, first.needs, raw, body or {})
        self.said.append(sent)
        return sent

    def _do(self, node: str, kind: str, message_id: str, need: str) -> None:
        second = self.officer(node, DESK_SECOND if is_sealed(kind) else RELEASER)
        word, _, question = need.partition(":")
        match word:
            case "answer":
                done = self.reader(node, kind).answer_question(message_id, question)
            case "approve":
                done = self.officer(node, DESK_SECOND).approve(message_id)
            case "release":
                second.open(message_id, "out")
                done = second.release(message_id)
            case "confirm":
                done = second.confirm(message_id)
            case _:
                raise AssertionError(f"nobody here does {need}")
        assert need not in done.check().needs

    # ---- looking -------------------------------------------------------------------------------

    def line(self, sent: Sent) -> Json:
        return self.officer(sent.sender).show(sent.message_id, "out")

    def line_there(self, sent: Sent) -> Json:
        return self.officer(sent.recipient).show(sent.message_id, "in")

    def arrived(self, sent: Sent) -> Json:
        """The line at the sender, once the recipient's signed receipt is there."""
        return eventually(
            lambda: line if (line := self.line(sent))["receipts"] else None,
            f"the receipt of {sent.recipient} for {sent.type}",
        )

    def relayed(self, sent: Sent) -> Json:
        """The line at the sender, once the broker's confirm is in it: a receipt may overtake it."""

        def look() -> Json | None:
            line = self.line(sent)
            return line if "relayed" in [one["stage"] for one in line["stages"]] else None

        return eventually(look, f"{sent.sender} knows that the broker has {sent.type}")

    def reaches(self, sent: Sent, state: str) -> Json:
        return eventually(
            lambda: line if (line := self.line(sent))["state"] == state else None,
            f"{sent.sender} knows that {sent.type} is {state}",
        )

    def open(self, sent: Sent) -> Content:
        self.arrived(sent)
        return self.reader(sent.recipient, sent.type).open(sent.message_id)

    def came(self, node: str, kind: str, in_reply_to: str) -> Sent:
        """An answer that no officer wrote, once it is there."""
        client = self.officer(node)

        def look() -> Sent | None:
            for message in client.messages(type=kind):
                if message.facts["in_reply_to"] == in_reply_to:
                    return Sent(message.message_id, message.sender, node, kind)
            return None

        return eventually(look, f"{kind} at {node}")

    def events(self, node: str, kind: str) -> list[Json]:
        """What the node told, of one kind."""
        found, after = [], 0
        while True:
            page = self.officer(node, AUDITOR).wire.get("/v1/events", wait=0, after=after)
            if not page["events"]:
                return [event for event in found if event["event"] == kind]
            found += page["events"]
            after = page["events"][-1]["id"]

    def thread(self, node: str, message_id: str) -> list[tuple[str, str]]:
        """Type and id of the messages of a thread, in its order."""
        found = self.officer(node).thread(message_id)["messages"]
        return [(one["type"], one["message_id"]) for one in found]

    # ---- at the end ----------------------------------------------------------------------------

    def account(self, said: list[Sent]) -> None:
        """Both ends hold each message and no other; entries, receipts, logs prove themselves."""
        nodes = self.network.nodes
        cards = {
            node: parse_card((self.network.homes.cards / f"{node}.card").read_bytes()).card
            for node in nodes
        }
        for sent in said:
            path = f"/v1/messages/{sent.message_id}/evidence"
            self.arrived(sent)
            ours = self.officer(sent.sender, AUDITOR).wire.get(path, direction="out")
            theirs = self.officer(sent.recipient, AUDITOR).wire.get(path, direction="in")
            found = check_evidence(sent.message_id, ours, theirs, cards)
            assert "validated" in found.stages
        boxes: dict[str, dict[tuple[str, str, str], str]] = {"in": {}, "out": {}}
        for node in nodes:
            client = self.officer(node)
            for one in items(client, "/v1/outbox"):
                if one["sent_at"]:
                    boxes["out"][node, one["recipient"], one["message_id"]] = one["type"]
            for one in items(client, "/v1/inbox"):
                boxes["in"][one["sender"], node, one["message_id"]] = one["type"]
        assert boxes["in"] == boxes["out"]
        assert {(s.sender, s.recipient, s.message_id) for s in said} <= boxes["in"].keys()
        for node in nodes:
            for log, check in verified_logs(self.network, node).items():
                assert check.tree.size > 0, (node, log)


def header_of(raw: bytes) -> Json:
    """The header of a message as it travels."""
    return parse_message(raw).header.model_dump(mode="json", exclude_none=True, exclude_unset=True)


def gone(client: Client, message_id: str, direction: str = "in") -> bool:
    """Whether an officer is told that there is no such content any more."""
    try:
        client.open(message_id, direction)
    except NotFound:
        return True
    return False
