"""Heads, entries and proofs of both logs, and the evidence of one message."""

from __future__ import annotations

import json

from relec_exchange.audit.proof import format_proof
from relec_exchange.desk.core import Core, Json
from relec_exchange.errors import InvalidInput, NotFound
from relec_exchange.journal.build import LogState
from relec_exchange.journal.content import read_content
from relec_exchange.message.encoding import b64
from relec_exchange.ports import LogSigner
from relec_exchange.records import (
    AcceptedCheckpointRow,
    AcceptedRow,
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
        """Origin, size, root and signed checkpoint of `exchange` or `activity`."""
        head = self._log(log).head
        return {
            "origin": head.origin,
            "size": head.size,
            "root": head.root.hex(),
            "checkpoint": self._checkpoint(log, head.size).decode(),
        }

    def audit_entries(self, log: str, start: int, count: int) -> list[Json]:
        """Entries from `start` on, at most `count`."""
        rows = self.core.store.rows(
            EntryRow,
            Where("origin", "=", self._log(log).head.origin),
            Where("idx", ">=", start),
            order="idx",
            limit=count,
        )
        return [{"index": r.idx, "leaf": r.leaf.hex(), "entry": b64(r.data)} for r in rows]

    def audit_proof(self, log: str, index: int, size: int | None) -> str:
        """A tlog-proof of one entry under the newest checkpoint, or one of `size`."""
        state = self._log(log)
        upto = size or state.head.size
        if not index < upto <= state.head.size:
            raise InvalidInput(
                f"index and size must lie within the log of {state.head.size} entries",
                field="index",
            )
        path = state.log.tree.inclusion(index, upto)
        return format_proof(index, path, self._checkpoint(log, upto)).decode()

    def audit_consistency(self, log: str, old: int, size: int) -> list[bytes]:
        """The hashes that prove one size a prefix of the other."""
        tree = self._log(log).log.tree
        if not 1 <= old <= size <= tree.size:
            raise InvalidInput(f"the log has {tree.size} entries", field="size")
        return tree.consistency(old, size)

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
        entries = self.audit_entries("exchange", row.leaf_index, 1)
        cards.append(self.core.directory.card(row.recipient).note.decode())
        receipts = self.core.store.rows(ReceiptRow, Where("leaf", "=", row.leaf), order="row")
        return {
            "entry": entries[0]["entry"],
            "proof": self.audit_proof("exchange", row.leaf_index, None),
            "receipts": [self._receipt(r) for r in receipts],
            "agreement": self._agreement_text(row.agreement),
            "cards": cards,
        }

    def _log(self, log: str) -> LogState:
        state = self.core.journal.state
        return state.exchange if log == "exchange" else state.activity

    def _checkpoint(self, log: str, size: int) -> bytes:
        state = self._log(log)
        if size == state.head.size and state.head.checkpoint:
            return state.head.checkpoint
        root = state.log.tree.root_at(size)
        seconds = int(self.core.clock().timestamp())
        return self._signer.checkpoint(state.head.origin, size, root, seconds).note

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
