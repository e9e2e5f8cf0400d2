"""What a node keeps: one frozen record per table, and the changes that a commit may hold.

Records are plain values. Times are wire text (`identifiers.format_time`), hashes 32 raw bytes.
Who owns a record is said in its docstring: only that part of the package writes it, others read.
Content stands only in fields called `content`, encrypted under a key that lies in the vault; no
other record holds a payload or an unsalted digest of one. (`ContactRow.content` is a directory
entry of functions and telephone numbers, not encrypted.)
"""

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
from relec_exchange.records.changes import (
    Batch,
    Change,
    Delete,
    HeadChange,
    Insert,
    Put,
    Record,
    Update,
    Where,
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

__all__ = [
    "AcceptedCheckpointRow",
    "AcceptedRow",
    "ActRow",
    "AlarmRow",
    "AnnouncedRow",
    "Batch",
    "ChainRow",
    "Change",
    "CommentRow",
    "ConsentRow",
    "ContactRow",
    "CosignatureRow",
    "CosignedRow",
    "CutRow",
    "Delete",
    "DeliveryRow",
    "DraftRow",
    "EntryRow",
    "EventRow",
    "ExtractRow",
    "GapRow",
    "HeadChange",
    "HeldRow",
    "InboxRow",
    "Insert",
    "JudgementRow",
    "LegalHoldRow",
    "LogHeadRow",
    "NoteRow",
    "OfficerRow",
    "OutboxRow",
    "PeerChainRow",
    "PeerRow",
    "PeerTreeRow",
    "Put",
    "QuarantineCountRow",
    "QuarantineRow",
    "ReceiptRow",
    "ReceivedContentRow",
    "Record",
    "RegisterRow",
    "ShelterRow",
    "TileRow",
    "Update",
    "UsedCheckpointRow",
    "Where",
    "WitnessedRow",
]
