"""The logged parts of a bundle of evidence: entries, proofs, receipts, and who saw the logs.

Contract: reads the store and signs nothing unless no checkpoint covers an entry yet. Of an own log
the proof is given in the tree that a quorum has cosigned, if there is one that holds the entry.
"""

from __future__ import annotations

from collections.abc import Iterator

from relec_exchange.audit.cosignature import LINES, read_cosigned
from relec_exchange.audit.entry import kind_and_time
from relec_exchange.audit.evidence import CosignedPart, LinkPart, LoggedPart, ReceiptPart
from relec_exchange.audit.proof import format_proof
from relec_exchange.desk.audit import AuditDesk
from relec_exchange.desk.core import Core
from relec_exchange.errors import NotFound
from relec_exchange.journal.content import read_content
from relec_exchange.journal.state import LogState
from relec_exchange.journal.witnessed import chain, cosigned_note
from relec_exchange.message.encoding import b64
from relec_exchange.message.identifiers import parse_origin
from relec_exchange.records import (
    AcceptedCheckpointRow,
    AcceptedRow,
    CosignedRow,
    EntryRow,
    ReceiptRow,
    ReceivedContentRow,
    Where,
)
from relec_exchange.trust.note import Note

_SEARCHED_MAX = 10_000


class LoggedParts:
    """See the module."""

    def __init__(self, core: Core, audit: AuditDesk) -> None:
        self.core = core
        self._audit = audit

    def own(self, origin: str, index: int) -> LoggedPart:
        """An entry of a log of this node; `NotFound` if the log ended before it."""
        log = self.core.journal.state.log(origin)
        if log is None or not 0 <= index < log.size:
            raise NotFound("the message is not logged, or its log ended before it", field="log")
        place = (Where("origin", "=", origin), Where("idx", "=", index))
        entry = b64(self.core.store.rows(EntryRow, *place)[0].data)
        limit = self._limit(log, index)
        mine, larger = Where("origin", "=", origin), Where("size", ">", index)
        good = Where("size", "<=", limit)
        noted = Where("note", "!=", b"")
        seen = self.core.store.rows(CosignedRow, mine, larger, good, noted, order="size", limit=1)
        if seen:
            path = log.log.tree.inclusion(index, seen[0].size)
            proof = format_proof(index, path, _owners_lines(seen[0].note)).decode()
            cosigned = CosignedPart(note=seen[0].note.decode(), links=[])
            return LoggedPart(entry=entry, proof=proof, cosigned=cosigned)
        name = parse_origin(origin)
        size = limit if limit < log.size else None
        proof = self._audit.audit_proof(f"{name.log}-{name.number}", index, size)
        return LoggedPart(entry=entry, proof=proof, cosigned=None)

    def accepted(self, leaf: bytes) -> tuple[AcceptedRow, LoggedPart]:
        """An entry of a partner's log, as it came with a message."""
        rows = self.core.store.rows(AcceptedRow, Where("leaf", "=", leaf))
        if not rows:
            raise NotFound("the entry of this message is not kept", field="message_id")
        row = rows[0]
        mine, size = Where("origin", "=", row.origin), Where("size", "=", row.size)
        note = self.core.store.rows(AcceptedCheckpointRow, mine, size)[0].note
        path = [row.path[at : at + 32] for at in range(0, len(row.path), 32)]
        part = LoggedPart(
            entry=b64(row.entry),
            proof=format_proof(row.idx, path, note).decode(),
            cosigned=self._seen(row.origin, row.size),
        )
        return row, part

    def receipts(self, leaf: bytes) -> list[ReceiptPart]:
        """The receipts of a message of ours; one that was erased is left out."""
        rows = self.core.store.rows(ReceiptRow, Where("leaf", "=", leaf), order="row")
        once = {row.receipt_leaf: row for row in rows}
        return [part for row in once.values() for part in self._receipt(row)]

    def received(self, row: AcceptedRow) -> LoggedPart | None:
        """This node's own entry about a message that came in."""
        state = self.core.journal.state
        for log in (state.exchange, *reversed(state.closed_exchange())):
            index = self._own_index(log, row)
            if index is not None:
                return self.own(log.origin, index)
        return None

    def _limit(self, log: LogState, index: int) -> int:
        """The largest tree to prove with: no further than the last good head of a revoked key, as
        long as the entry lies before it.
        """
        known = self.core.directory.member(self.core.directory.own).logs.get(log.origin)
        good = known.good_size if known is not None else None
        return min(log.size, good) if good is not None and index < good else log.size

    def _seen(self, origin: str, size: int) -> CosignedPart | None:
        """The cosigned checkpoint that this tree is bound to, or None as long as there is none."""
        try:
            links = chain(self.core.store, origin, size)
            note = cosigned_note(self.core.store, origin, size)
        except NotFound:
            return None
        told = [
            LinkPart(
                old_size=link.old_size,
                old_root=b64(link.old_root),
                size=link.size,
                root=b64(link.root),
                hashes=[b64(item) for item in link.path],
            )
            for link in dict.fromkeys(links)  # a round may stand in both ways to the common tree
        ]
        return CosignedPart(note=note.decode(), links=told)

    def _receipt(self, row: ReceiptRow) -> Iterator[ReceiptPart]:
        kept = self.core.store.rows(
            ReceivedContentRow,
            Where("sender", "=", row.peer),
            Where("message_id", "=", row.receipt_id),
        )
        secret = self.core.vault.get([kept[0].key_id]).get(kept[0].key_id) if kept else None
        if secret is not None:
            raw, salt = read_content(kept[0], secret)
            _, logged = self.accepted(row.receipt_leaf)
            parts = {name: getattr(logged, name) for name in ("entry", "proof", "cosigned")}
            yield ReceiptPart(message=b64(raw), salt=b64(salt), **parts)

    def _own_index(self, log: LogState, row: AcceptedRow) -> int | None:
        """Where the entry `received` of a leaf stands: times never run back within a log."""
        leaf = row.leaf.hex().encode()
        start = self._first_at(log, row.received_at)
        found = self.core.store.rows(
            EntryRow,
            Where("origin", "=", log.origin),
            Where("idx", ">=", start),
            Where("kind", "=", "received"),
            order="idx",
            limit=_SEARCHED_MAX,
        )
        return next((one.idx for one in found if leaf in one.data and one.idx < log.size), None)

    def _first_at(self, log: LogState, at: str) -> int:
        low, high = 0, log.size
        while low < high:
            middle = (low + high) // 2
            place = (Where("origin", "=", log.origin), Where("idx", "=", middle))
            _, time = kind_and_time(self.core.store.rows(EntryRow, *place)[0].data)
            low, high = (middle + 1, high) if time < at else (low, middle)
        return low


def _owners_lines(note: bytes) -> bytes:
    """A cosigned checkpoint as its owner signed it."""
    lines = read_cosigned(note).lines
    return Note(lines.text, lines.signatures[:LINES]).encode()
