"""The tables, one per record of `relec_exchange.records`, in SQLAlchemy Core.

A test holds these definitions, the records and the migrated database against each other.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table

from relec_exchange import records
from relec_exchange.adapters.sqlite.box_tables import (
    DELIVERY,
    HELD,
    INBOX,
    OUTBOX,
    QUARANTINE,
    QUARANTINE_COUNT,
    RECEIPT,
    RECEIVED_CONTENT,
)
from relec_exchange.adapters.sqlite.columns import metadata
from relec_exchange.adapters.sqlite.desk_tables import (
    ACT,
    COMMENT,
    CONTACT,
    DRAFT,
    EXTRACT,
    JUDGEMENT,
    REGISTER,
)
from relec_exchange.adapters.sqlite.keeping_tables import ANNOUNCED, CONSENT, CUT, LEGAL_HOLD
from relec_exchange.adapters.sqlite.log_tables import (
    ALARM,
    ENTRY,
    EVENT,
    LOG_HEAD,
    NOTE,
    OFFICER,
    TILE,
)
from relec_exchange.adapters.sqlite.peer_tables import (
    ACCEPTED,
    ACCEPTED_CHECKPOINT,
    CHAIN,
    GAP,
    PEER,
    PEER_CHAIN,
    USED_CHECKPOINT,
)
from relec_exchange.adapters.sqlite.witness_tables import (
    COSIGNATURE,
    COSIGNED,
    PEER_TREE,
    SHELTER,
    WITNESSED,
)

TABLES: dict[type[Any], Table] = {
    records.LogHeadRow: LOG_HEAD,
    records.EntryRow: ENTRY,
    records.TileRow: TILE,
    records.OutboxRow: OUTBOX,
    records.InboxRow: INBOX,
    records.AcceptedRow: ACCEPTED,
    records.AcceptedCheckpointRow: ACCEPTED_CHECKPOINT,
    records.UsedCheckpointRow: USED_CHECKPOINT,
    records.ChainRow: CHAIN,
    records.PeerChainRow: PEER_CHAIN,
    records.PeerRow: PEER,
    records.GapRow: GAP,
    records.ReceiptRow: RECEIPT,
    records.ReceivedContentRow: RECEIVED_CONTENT,
    records.HeldRow: HELD,
    records.QuarantineRow: QUARANTINE,
    records.QuarantineCountRow: QUARANTINE_COUNT,
    records.NoteRow: NOTE,
    records.OfficerRow: OFFICER,
    records.DeliveryRow: DELIVERY,
    records.EventRow: EVENT,
    records.AlarmRow: ALARM,
    records.DraftRow: DRAFT,
    records.CommentRow: COMMENT,
    records.ActRow: ACT,
    records.JudgementRow: JUDGEMENT,
    records.RegisterRow: REGISTER,
    records.ContactRow: CONTACT,
    records.ExtractRow: EXTRACT,
    records.LegalHoldRow: LEGAL_HOLD,
    records.ConsentRow: CONSENT,
    records.CutRow: CUT,
    records.AnnouncedRow: ANNOUNCED,
    records.CosignatureRow: COSIGNATURE,
    records.CosignedRow: COSIGNED,
    records.PeerTreeRow: PEER_TREE,
    records.WitnessedRow: WITNESSED,
    records.ShelterRow: SHELTER,
}

__all__ = ["LOG_HEAD", "OUTBOX", "TABLES", "metadata"]
