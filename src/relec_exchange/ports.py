"""The ports of the node: few small protocols whose comments are contracts.

The core decides and calls these; `adapters/` implement them; `node.py` chooses. An adapter
translates every error of its library into one of `relec_exchange.errors`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from relec_exchange.audit.checkpoint import Checkpoint
from relec_exchange.errors import Conflict, IntegrityFailure
from relec_exchange.message.identifiers import MessageClass
from relec_exchange.records import Batch, Where
from relec_exchange.sealing.suite import SealingPrivate
from relec_exchange.trust.signature import HybridPublic

R = TypeVar("R")

Clock = Callable[[], datetime]
"""The time now, aware UTC. Read once per act and passed on."""

Random = Callable[[int], bytes]
"""So many unpredictable bytes."""


class StaleHead(IntegrityFailure):
    """The stored head is not the one the batch was built on: build it again from the stored one."""

    code = "stale-head"


class WriterReplaced(IntegrityFailure):
    """Another process claimed the store. This one must not sign anything any more."""

    code = "writer-replaced"


class RowConflict(Conflict):
    """A key of the batch is taken; nothing of the batch was stored."""

    code = "row-conflict"


class Store(Protocol):
    """Both logs, outbox, inbox and all that is derived, in one transactional place.

    `commit` is all or nothing and durable when it returns. Only one writer at a time: `claim`
    makes all earlier ones fail with `WriterReplaced`. Reads see the last commit and never wait.
    """

    def claim(self, writer: str) -> None:
        """From now on only commits whose heads carry this writer hold."""

    def commit(self, batch: Batch) -> None:
        """Errors: StaleHead, WriterReplaced, RowConflict, Unavailable (disk full, locked),
        InvalidInput (a value that the store cannot hold).
        """

    def rows(
        self,
        kind: type[R],
        *conditions: Where,
        order: str = "",
        limit: int = 0,
        blobs: bool = True,
    ) -> list[R]:
        """Records that meet all conditions; `order` names a column, `-column` turns it round.

        With `blobs=False`, `content`, `envelope`, `entry` and `path` come back empty: lists need
        none of them.
        """

    def count(self, kind: type[Any], *conditions: Where) -> int:
        """How many records meet all conditions."""

    def settle(self) -> None:
        """Empty the write-ahead log, where what was overwritten or removed can still be read.
        While another process reads the store, it is emptied later.
        """

    def tile(self, origin: str, level: int, n: int) -> bytes:
        """The stored hashes of one tile, IntegrityFailure if it is missing."""

    def next_sequences(self, origin: str) -> dict[tuple[str, str], int]:
        """(recipient, class) -> the number after the highest one used in this log of ours; missing
        means 1.
        """


class Vault(Protocol):
    """Message keys and salts. What `destroy` has taken is nowhere any more, backups included."""

    def put(self, secrets: Mapping[str, bytes]) -> None:
        """Durable when it returns. Call it before the commit of what the keys open."""

    def get(self, key_ids: Iterable[str]) -> dict[str, bytes]:
        """Those that are still here."""

    def destroy(self, key_ids: Iterable[str], why: str, at: str) -> None:
        """Tombstone first, then the key; both durable when it returns."""

    def replay_tombstones(self) -> int:
        """After a restore: destroy again what was destroyed. Returns how many."""

    def forget_tombstones(self, why: str) -> int:
        """Drop the tombstones of this reason whose keys are gone: of what was about nobody, no
        trace is needed. Returns how many.
        """

    def ids(self) -> set[str]:
        """All ids held, to find keys whose content was never committed."""


class Guard(Protocol):
    """A copy of our log heads outside the store, by which a restored store is noticed."""

    def read(self) -> dict[str, tuple[int, bytes]]:
        """Origin -> (size, root); empty when there is none yet."""

    def write(self, heads: Mapping[str, tuple[int, bytes]]) -> None:
        """Durable when it returns. Called after each commit and before anything leaves."""


class LogSigner(Protocol):
    """Signs checkpoints of our logs; holds the key so that nobody else has to."""

    def checkpoint(self, origin: str, size: int, root: bytes, timestamp: int) -> Checkpoint:
        """A checkpoint with both signatures."""

    def add_log(self, origin: str, random: Random) -> HybridPublic:
        """Make and keep the key of a log to come, unless there is one; durable when it returns."""

    def log_public(self, origin: str) -> HybridPublic:
        """The public key of a log of ours, or Misconfigured."""


class WitnessSigner(Protocol):
    """Cosigns checkpoints of partners; holds the witness key so that nobody else has to."""

    def cosign(self, checkpoint: bytes, timestamp: int) -> bytes:
        """Two signature lines over the text of a signed checkpoint; see `audit.cosignature`."""


class SealingKeys(Protocol):
    """Our private sealing keys, one per epoch."""

    def sealing(self, key_id: str) -> SealingPrivate | None:
        """The key, or None when it is unknown or destroyed."""

    def sealing_ids(self) -> set[str]:
        """Ids of the keys that still exist."""

    def destroy_sealing(self, key_id: str) -> None:
        """Make the key unrecoverable; nothing happens if it is gone already."""


@dataclass(frozen=True, slots=True)
class OfferedNote:
    """A `card`, `agreement`, `termination`, `suspension` or `revocation` that may be adopted;
    `fingerprint` only for a node's first card.
    """

    kind: str
    data: bytes
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One sealed envelope on its way to the broker; `key` comes back with its outcome."""

    key: int
    recipient: str
    message_class: MessageClass
    envelope: bytes


class Outcome(StrEnum):
    """What became of a published envelope."""

    CONFIRMED = "confirmed"
    REFUSED = "refused"  # the queue is full: try again later
    NO_ROUTE = "no-route"  # no queue is bound: the cards do not list each other yet
    LOST = "lost"  # the connection ended before the confirm: publish again


@dataclass(frozen=True, slots=True)
class Delivery:
    """One envelope from the broker, to be acknowledged with the same object."""

    tag: object
    sender: str
    message_class: MessageClass
    envelope: bytes
    redelivered: bool


@dataclass(frozen=True, slots=True)
class TransportStatus:
    """What an operator wants to know of the broker's edge."""

    connected: bool
    since: datetime | None
    unconfirmed: int
    reconnects: int
    last_error: str


class Transport(Protocol):
    """The broker's edge. It moves bytes, reconnects by itself and decides nothing.

    Every published item gets exactly one outcome. Callbacks run on the transport's own thread
    and must return quickly.
    """

    def start(
        self,
        on_outcome: Callable[[int, Outcome], None],
        on_deliveries: Callable[[list[Delivery]], None],
    ) -> None:
        """Begin to connect; returns at once."""

    def publish(self, items: Sequence[Outgoing]) -> None:
        """Thread-safe, returns at once."""

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Thread-safe; tags of a dead connection are ignored, the broker delivers those again."""

    def pause(self) -> None:
        """Stop consuming (the store fails); unacknowledged deliveries go back."""

    def resume(self) -> None:
        """Consume again."""

    def consume_from(self, partners: Mapping[str, frozenset[MessageClass]]) -> None:
        """Consume from the queues of these partners and classes, and no others."""

    def status(self) -> TransportStatus:
        """The state now."""

    def stop(self, timeout_seconds: float) -> None:
        """Finish what is unconfirmed if there is time, then close."""
