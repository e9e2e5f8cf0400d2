"""What the verdicts of one batch add up to, before it becomes one plan.

Plain collecting: `accepting` and `refusing` put in, `inbox` takes out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from relec_exchange.errors import Reason, WireCode
from relec_exchange.inbound.prove import Proven
from relec_exchange.inbound.receive import Receiver, VerifiedMessage
from relec_exchange.journal.arrived import Arrived, Trees
from relec_exchange.journal.decisions import Asked, Decided, decision_entry
from relec_exchange.journal.judged import Key
from relec_exchange.journal.judgements import Judgement
from relec_exchange.journal.plan import EntryFields
from relec_exchange.message.document import Message
from relec_exchange.message.identifiers import format_time
from relec_exchange.records import AcceptedRow, Change, InboxRow

NEVER_RECEIPTED = frozenset({"receipt", "round", "void"})
"""Also when they are refused: a receipt for a receipt would never end."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One envelope and the partner whose queue it came from.

    `held` is the row of an envelope that waited here; it is `over` when it must not wait again.
    """

    source: str
    envelope: bytes = field(repr=False)
    held: int = 0
    over: bool = False


@dataclass(frozen=True, slots=True)
class Accepted:
    """An entry that is remembered: what it came to, and why."""

    proven: Proven
    code: WireCode
    detail: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """An envelope for the quarantine."""

    source: str
    reason: Reason
    detail: str
    envelope: bytes = field(repr=False)


@dataclass(slots=True)
class Gathered:
    """One batch, judged by `receiver` at `now`; `trees` are those that it is the first to use."""

    receiver: Receiver
    now: datetime
    trees: Trees = field(default_factory=dict)
    exchange: list[EntryFields] = field(default_factory=list)
    activity: list[EntryFields] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    secrets: dict[str, bytes] = field(default_factory=dict)
    receipts: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    accepted: list[Accepted] = field(default_factory=list)
    inbox: list[InboxRow] = field(default_factory=list)
    replies: list[Message] = field(default_factory=list)
    officers: list[VerifiedMessage] = field(default_factory=list)
    found: list[tuple[Message, Judgement, Key]] = field(default_factory=list)
    control: dict[str, list[Arrived]] = field(default_factory=dict)
    quarantine: list[Refusal] = field(default_factory=list)
    repeated: list[AcceptedRow] = field(default_factory=list)
    held: dict[str, int] = field(default_factory=dict)
    forks: set[str] = field(default_factory=set)

    @property
    def at(self) -> str:
        """The time of the batch as it is written."""
        return format_time(self.now)

    def log(self, proven: Proven, code: WireCode, detail: str, *, remember: bool = True) -> None:
        """Remember an entry past step 5, log it, and have its sender told.

        A round leaves no entry of ours, also when it is refused.
        """
        entry = proven.entry
        if remember:
            self.accepted.append(Accepted(proven, code, detail))
        if entry["type"] == "round":
            return
        self.exchange.append(
            {
                "kind": "received",
                "network": self.receiver.network,
                "from": entry["from"],
                "to": self.receiver.node,
                "class": entry["class"],
                "seq": entry["seq"],
                "id": entry["id"],
                "origin": proven.origin,
                "index": proven.proof.index,
                "leaf": proven.leaf.hex(),
                "outcome": code.value,
            }
        )
        if entry["type"] not in NEVER_RECEIPTED:
            stage = "validated" if code is WireCode.ACCEPTED else "rejected"
            self.receipts.setdefault(proven.header.sender, []).append(
                {"leaf": proven.leaf.hex(), "stage": stage, "code": code.value}
            )

    def decide(
        self, proven: Proven, outcome: str, rule: str, grant: str, asked: Asked | None
    ) -> None:
        """The activity entry of a decision about this message; `asked` if it could be read."""
        entry = proven.entry
        found = Decided(entry["id"], "inbound", outcome, rule, entry["agreement"], grant)
        self.activity.append(decision_entry(self.receiver.network, found, asked))
