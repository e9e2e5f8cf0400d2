"""Heads, entries and proofs of both logs, and the evidence of one message."""

from __future__ import annotations

import json

from relec_exchange.audit.proof import format_proof
from relec_exchange.desk.core import Core, Json
from relec_exchange.errors import InvalidInput, NotFound
from relec_exchange.journal.content import read_content
from relec_exchange.journal.state import LogState
from relec_exchange.message.encoding import b64
from relec_exchange.message.identifiers import Origin, parse_origin
from relec_exchange.ports import LogSigner
from relec_exchange.records import (
    AcceptedCheckpointRow,
    AcceptedRow,
    CosignedRow,
    EntryRow,
    InboxRow,
    ReceiptRow,
    ReceivedContentRow,
    Where,
)


class AuditDesk:
    """See the module."""

    def __init__(self, core: Core, signer: LogSigner) -> None:
        self.core = core
        self._signer = signer

    def audit_head(self, log: str) -> Json:
        """Origin, size, root and signed checkpoint of `exchange` or `activity`, or of a log by its
        number (`exchange-1`): a closed one has the size at which it ended. `cosigned` is its
        newest checkpoint with the cosignatures of a quorum, empty while there is none.
        """
        found = self._log(log)
        return {
            "origin": found.origin,
            "size": found.size,
            "root": found.root.hex(),
            "checkpoint": self._checkpoint(found, found.size).decode(),
            "cosigned": self._cosigned(found.origin).decode(),
        }

    def audit_entries(self, log: str, start: int, count: int) -> list[Json]:
        """Entries from `start` on, at most `count`."""
        rows = self.core.store.rows(
            EntryRow,
            Where("origin", "=", self._log(log).origin),
            Where("idx", ">=", start),
            order="idx",
            limit=count,
        )
        return [{"index": r.idx, "leaf": r.leaf.hex(), "entry": b64(r.data)} for r in rows]

    def audit_proof(self, log: str, index: int, size: int | None) -> str:
        """A tlog-proof of one entry under the newest checkpoint, or one of `size`."""
        return self._proof(self._log(log), index, size)

    def audit_consistency(self, log: str, old: int, size: int) -> list[bytes]:
        """The hashes that prove one size a prefix of the other."""
        found = self._log(log)
        if not 1 <= old <= size <= found.size:
            raise InvalidInput(f"the log has {found.size} entries", field="size")
        return found.log.tree.consistency(old, size)

    def evidence(self, message_id: str, direction: str | None) -> Json:
        """What shows to others that a message was sent, received and judged; no content."""
        row = self.core.found(message_id, direction)
        cards = [self.core.directory.card(self.core.directory.own).note.decode()]
        if isinstance(row, InboxRow):
            accepted = self.core.store.rows(AcceptedRow, Where("leaf", "=", row.leaf))[0]
            cards.append(self.core.directory.card(row.sender).note.decode())
            return {
                "entry": b64(accepted.entry),
                "proof": self._received_proof(accepted),
                "receipts": [],
                "agreement": self._agreement_named_by(row.leaf),
                "cards": cards,
            }
        if row.leaf_index < 0:
            raise NotFound("the message is not logged yet", field="message_id")
        log = self._named(row.origin)
        if row.leaf_index >= log.size:
            raise NotFound("the log of this message ended before it", field="message_id")
        place = (Where("origin", "=", row.origin), Where("idx", "=", row.leaf_index))
        entry = self.core.store.rows(EntryRow, *place)[0]
        cards.append(self.core.directory.card(row.recipient).note.decode())
        receipts = self.core.store.rows(ReceiptRow, Where("leaf", "=", row.leaf), order="row")
        return {
            "entry": b64(entry.data),
            "proof": self._proof(log, row.leaf_index, None),
            "receipts": [self._receipt(r) for r in receipts],
            "agreement": self._agreement_text(row.agreement),
            "cards": cards,
        }

    def _log(self, log: str) -> LogState:
        state = self.core.journal.state
        kind, _, number = log.partition("-")
        current = state.exchange if kind == "exchange" else state.activity
        if not number:
            return current
        name = parse_origin(current.origin)
        return self._named(str(Origin(name.network, name.node, name.log, int(number))))

    def _named(self, origin: str) -> LogState:
        found = self.core.journal.state.log(origin)
        if found is None:
            raise NotFound(
                "this node has no such log", field="log", remedy="GET /v1/logs lists them"
            )
        return found

    def _proof(self, log: LogState, index: int, size: int | None) -> str:
        upto = size or log.size
        if not index < upto <= log.size:
            raise InvalidInput(
                f"index and size must lie within the log of {log.size} entries", field="index"
            )
        path = log.log.tree.inclusion(index, upto)
        return format_proof(index, path, self._checkpoint(log, upto)).decode()

    def _checkpoint(self, log: LogState, size: int) -> bytes:
        if size == log.head.size and log.head.checkpoint:
            return log.head.checkpoint
        root = log.log.tree.root_at(size)
        seconds = int(self.core.clock().timestamp())
        return self._signer.checkpoint(log.origin, size, root, seconds).note

    def _cosigned(self, origin: str) -> bytes:
        rows = self.core.store.rows(
            CosignedRow, Where("origin", "=", origin), order="-size", limit=1
        )
        return rows[0].note if rows else b""

    def _received_proof(self, row: AcceptedRow) -> str:
        notes = self.core.store.rows(
            AcceptedCheckpointRow, Where("origin", "=", row.origin), Where("size", "=", row.size)
        )
        path = [row.path[at : at + 32] for at in range(0, len(row.path), 32)]
        return format_proof(row.idx, path, notes[0].note).decode()

    def _receipt(self, row: ReceiptRow) -> Json:
        accepted = self.core.store.rows(AcceptedRow, Where("leaf", "=", row.receipt_leaf))[0]
        kept = self.core.store.rows(
            ReceivedContentRow,
            Where("sender", "=", row.peer),
            Where("message_id", "=", row.receipt_id),
        )[0]
        secret = self.core.vault.get([kept.key_id]).get(kept.key_id)
        if secret is None:
            raise NotFound("a receipt of this message was erased", field="message_id")
        raw, salt = read_content(kept, secret)
        return {
            "entry": b64(accepted.entry),
            "proof": self._received_proof(accepted),
            "message": b64(raw),
            "salt": b64(salt),
        }

    def _agreement_named_by(self, leaf: bytes) -> str:
        accepted = self.core.store.rows(AcceptedRow, Where("leaf", "=", leaf))[0]
        return self._agreement_text(json.loads(accepted.entry)["agreement"])

    def _agreement_text(self, digest: str) -> str:
        held = self.core.directory.agreements.get(digest)
        return held.notes()[0].decode() if held else ""
