"""The changes that a commit may hold, and the conditions of a read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from relec_exchange.records.boxes import (
    DeliveryRow,
    HeldRow,
    InboxRow,
    OutboxRow,
    QuarantineCountRow,
    QuarantineRow,
    ReceiptRow,
    ReceivedContentRow,
)
from relec_exchange.records.desks import (
    ActRow,
    CommentRow,
    ContactRow,
    DraftRow,
    ExtractRow,
    JudgementRow,
    RegisterRow,
)
from relec_exchange.records.keeping import (
    AnnouncedRow,
    ConsentRow,
    CutRow,
    LegalHoldRow,
)
from relec_exchange.records.logs import (
    AlarmRow,
    EntryRow,
    EventRow,
    LogHeadRow,
    NoteRow,
    OfficerRow,
    TileRow,
)
from relec_exchange.records.peers import (
    AcceptedCheckpointRow,
    AcceptedRow,
    ChainRow,
    GapRow,
    PeerChainRow,
    PeerRow,
    UsedCheckpointRow,
)
from relec_exchange.records.witness import (
    CosignatureRow,
    CosignedRow,
    PeerTreeRow,
    ShelterRow,
    WitnessedRow,
)

Record = (
    LogHeadRow
    | EntryRow
    | TileRow
    | OutboxRow
    | InboxRow
    | AcceptedRow
    | AcceptedCheckpointRow
    | UsedCheckpointRow
    | ChainRow
    | PeerChainRow
    | PeerRow
    | GapRow
    | ReceiptRow
    | ReceivedContentRow
    | HeldRow
    | QuarantineRow
    | QuarantineCountRow
    | NoteRow
    | OfficerRow
    | DeliveryRow
    | EventRow
    | AlarmRow
    | DraftRow
    | CommentRow
    | ActRow
    | JudgementRow
    | RegisterRow
    | ContactRow
    | ExtractRow
    | AnnouncedRow
    | CosignatureRow
    | CosignedRow
    | PeerTreeRow
    | WitnessedRow
    | ShelterRow
    | ConsentRow
    | CutRow
    | LegalHoldRow
)


@dataclass(frozen=True, slots=True)
class Insert:
    """Add a record; a clash of its keys fails the whole commit unless `ignore`."""

    record: Record
    ignore: bool = False


@dataclass(frozen=True, slots=True)
class Put:
    """Add a record or replace the one with the same key."""

    record: Record


@dataclass(frozen=True, slots=True)
class Update:
    """Set `values` in all records of `kind` whose columns equal `where`.

    With `must`, exactly one record has to be there, or the whole commit fails (RowConflict).
    """

    kind: type[Any]
    where: Mapping[str, object]
    values: Mapping[str, object]
    must: bool = False


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove all records of `kind` whose columns equal `where`."""

    kind: type[Any]
    where: Mapping[str, object]


Change = Insert | Put | Update | Delete


@dataclass(frozen=True, slots=True)
class Where:
    """One condition of a read: column, operator (`=`, `!=`, `<`, `<=`, `>`, `>=`, `in`), value."""

    column: str
    operator: str
    value: Any


@dataclass(frozen=True, slots=True)
class HeadChange:
    """A log grows from `old_size` to `head` (or stands); only if the stored head still stands."""

    old_size: int
    head: LogHeadRow


@dataclass(frozen=True, slots=True)
class Batch:
    """Everything of one transaction: heads first, then the changes, in order for each kind.

    The heads of both logs that are written are always named, also where a log did not grow: this is
    what tells a process that another one has taken the store over. A log that ends is named before
    its successor. Records of different kinds know nothing of each other in
    the store, so it may write one kind after the other.
    """

    heads: tuple[HeadChange, ...]
    changes: tuple[Change, ...]
