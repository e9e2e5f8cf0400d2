"""What the parts of a node ask the journal to write, and what it answers.

A plan is one indivisible wish: all of it is committed, in one transaction, or none. Several plans
may share a transaction. Sequence, time, index and agreement of an entry are the journal's to give:
it takes them from the head it commits against.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from relec_exchange.message.constants import LIMITS
from relec_exchange.message.identifiers import MessageClass
from relec_exchange.ports import Outgoing
from relec_exchange.records import Change, OutboxRow

EntryFields = Mapping[str, object]
"""An entry of one of our logs without `time`, which the journal stamps."""


@dataclass(frozen=True, slots=True)
class Send:
    """A message that is to be logged, sealed and handed to the publisher.

    `raw` are the bytes that were approved, `salt` 32 random bytes made with them. `row` is the
    outbox record with everything but what the journal gives; when `stored`, it is the record as it
    was read but for `released_by` and `grant_id`, and only that record is changed. `needs` is what
    is still to be done once the message has left.
    """

    row: OutboxRow
    message_class: MessageClass
    raw: bytes
    salt: bytes
    agreement: str
    stored: bool = False
    needs: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """What the journal gave to one message of a plan."""

    message_id: str
    recipient: str
    message_class: MessageClass
    seq: int
    leaf: bytes
    leaf_index: int


@dataclass(frozen=True, slots=True)
class Committed:
    """The journal's answer to one plan, given when the disk has it."""

    at: datetime
    sent: tuple[Sent, ...]
    outgoing: tuple[Outgoing, ...]


@dataclass(frozen=True, slots=True)
class Successor:
    """A log that takes the place of the one before it. `good_size` is how many entries of the old
    one stand (None: all of them).
    """

    origin: str
    good_size: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Entries of the exchange log, messages to send, entries of the activity log, and changes.

    `secrets` (key id to 64 bytes) go to the vault before the commit. `after` runs on the writer's
    thread once the commit and its guard copy are durable; it must be quick and must not raise.
    `opens` are successors of our logs; such a plan is a batch of its own. With `log`, the plan is
    good only while this is the exchange log that is written, and fails with Conflict after that.
    """

    exchange: tuple[EntryFields, ...] = ()
    sends: tuple[Send, ...] = ()
    activity: tuple[EntryFields, ...] = ()
    changes: tuple[Change, ...] = ()
    secrets: Mapping[str, bytes] = field(default_factory=dict)
    after: Callable[[Committed], None] | None = None
    opens: tuple[Successor, ...] = ()
    log: str = ""

    @property
    def weight(self) -> int:
        """How much of a batch this plan takes."""
        if self.opens:
            return LIMITS.batch_max
        return max(1, len(self.sends) + len(self.exchange))

    @property
    def signs(self) -> bool:
        """Whether a log grows by it: a new checkpoint is signed, or will be over it."""
        return bool(self.exchange or self.sends or self.activity or self.opens)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to write; `after` may be there all the same."""
        return not (self.signs or self.changes)


def joined(first: Plan, *others: Plan) -> Plan:
    """One plan that holds all of them, in order; their `after` calls run in order too."""
    plans = (first, *others)
    calls = [p.after for p in plans if p.after is not None]

    def after(committed: Committed) -> None:
        for call in calls:
            call(committed)

    secrets: dict[str, bytes] = {}
    for plan in plans:
        secrets.update(plan.secrets)
    return Plan(
        exchange=tuple(e for p in plans for e in p.exchange),
        sends=tuple(s for p in plans for s in p.sends),
        activity=tuple(a for p in plans for a in p.activity),
        changes=tuple(c for p in plans for c in p.changes),
        secrets=secrets,
        after=after if calls else None,
        opens=tuple(o for p in plans for o in p.opens),
        log=next((p.log for p in plans if p.log), ""),
    )
