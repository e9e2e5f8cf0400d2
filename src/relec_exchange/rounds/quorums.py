"""A partner's checkpoint with the cosignatures of a quorum, as its round shows it.

Contract: reads and decides, writes nothing. The quorum is counted here, from the cards that this
node holds; what the partner says of it counts for nothing. A checkpoint that fails says nothing
either: cards may be on their way. Only its owner's two trees of one size are an alarm.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from relec_exchange.audit.checkpoint import Checkpoint
from relec_exchange.audit.cosignature import Cosigned, read_cosigned, verify_owner
from relec_exchange.audit.merkle import verify_consistency
from relec_exchange.audit.quorum import Known, check_quorum
from relec_exchange.errors import Unverified
from relec_exchange.message.bodies.control import CosignedCheckpoint
from relec_exchange.message.encoding import unb64
from relec_exchange.message.identifiers import format_time, parse_time
from relec_exchange.ports import Store
from relec_exchange.records import AcceptedRow, Where, WitnessedRow
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.signature import HybridPublic
from relec_exchange.trust.witnesses import KINDS


class Quorums:
    """Used by the inbound thread only."""

    def __init__(self, store: Store, directory: Callable[[], Directory]) -> None:
        self._store = store
        self._directory = directory

    def stated(self, shown: CosignedCheckpoint, owner: HybridPublic) -> Cosigned | None:
        """The checkpoint, if the log's owner has signed it and its record is not kept yet."""
        try:
            cosigned = read_cosigned(shown.note.encode())
            verify_owner(cosigned, owner)
        except Unverified:
            return None
        point = cosigned.checkpoint
        mine = Where("origin", "=", point.origin), Where("size", "=", point.size)
        return None if self._store.count(WitnessedRow, *mine) else cosigned

    def taken(
        self, cosigned: Cosigned, shown: CosignedCheckpoint, top: Checkpoint, now: datetime
    ) -> WitnessedRow | None:
        """Its record, if a quorum has signed it and it is a prefix of the round's tree."""
        point = cosigned.checkpoint
        path = [unb64(line) for line in shown.hashes]
        try:
            verify_consistency(point.size, point.root, top.size, top.root, path)
            directory = self._directory()
            ahead = timedelta(seconds=directory.times().clock_ahead_seconds)
            check_quorum(directory, cosigned, now + ahead, self._known(point, ahead))
        except Unverified:
            return None
        return WitnessedRow(
            point.origin,
            point.size,
            point.root,
            point.note,
            top.size,
            b"".join(path),
            format_time(now),
        )

    def _known(self, point: Checkpoint, ahead: timedelta) -> Known:
        """What we know of the tree: the time of its newest entry that came to us, and that we were
        a witness of its log, if we are one of any.
        """
        within = Where("origin", "=", point.origin), Where("idx", "<", point.size)
        newest = self._store.rows(AcceptedRow, *within, order="-idx", limit=1, blobs=False)
        earliest = parse_time(newest[0].time) - ahead if newest else datetime.fromtimestamp(0, UTC)
        directory = self._directory()
        kind = directory.member(directory.own).card.kind
        return Known(earliest, directory.own if kind in KINDS else "")
