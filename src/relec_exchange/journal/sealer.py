"""Seals the messages of one batch under its one checkpoint, and makes their outbox records.

A message of the node itself (class `control`) to a node that has no sealing key now is logged and
kept without an envelope: its number is then asked for again, and sealed when there is a key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from relec_exchange.audit.checkpoint import Checkpoint
from relec_exchange.audit.proof import format_proofs
from relec_exchange.audit.tiles import Tree
from relec_exchange.errors import NotFound
from relec_exchange.journal.envelope_keys import envelope_key
from relec_exchange.journal.plan import Committed, Send, Sent
from relec_exchange.message.identifiers import MessageClass
from relec_exchange.ports import Outgoing
from relec_exchange.records import Change, Insert, OutboxRow, Update, UsedCheckpointRow
from relec_exchange.sealing.content import Content
from relec_exchange.sealing.envelope import ClearHeader
from relec_exchange.sealing.seal import seal
from relec_exchange.sealing.suite import SealingPublic
from relec_exchange.trust.directory import Directory

Recipient = tuple[str, SealingPublic]


@dataclass(slots=True)
class Numbered:
    """One message of the batch with what the journal gave it: number, place, entry, leaf."""

    send: Send
    seq: int
    index: int
    entry: bytes = b""
    leaf: bytes = b""


@lru_cache(maxsize=64)
def public_key(data: bytes) -> SealingPublic:
    """A recipient's key, parsed once and not for each batch."""
    return SealingPublic.parse(data)


class Sealer:
    """One per batch. `changes` are the records that the sealed messages leave."""

    def __init__(
        self, directory: Directory, tree: Tree, checkpoint: Checkpoint, now: datetime
    ) -> None:
        self._directory = directory
        self._tree = tree
        self._checkpoint = checkpoint
        self._now = now
        self._recipients: dict[str, Recipient | None] = {}
        self.changes: list[Change] = []

    def answers(self, groups: Sequence[Sequence[Numbered]], time: str) -> tuple[Committed, ...]:
        """One answer for each plan, in order. Errors: NotFound (no sealing key)."""
        proofs = self._proofs([item for group in groups for item in group])
        return tuple(self._answer(group, proofs, time) for group in groups)

    def _proofs(self, items: Sequence[Numbered]) -> dict[int, bytes]:
        """The proof of each message by its place; neighbours share their work."""
        if not items:
            return {}
        paths: list[tuple[int, list[bytes]]] = []
        for start, stop in _runs([item.index for item in items]):
            paths += zip(range(start, stop), self._tree.inclusions(start, stop), strict=True)
        texts = format_proofs(paths, self._checkpoint.note)
        return {index: text for (index, _), text in zip(paths, texts, strict=True)}

    def _answer(self, group: Sequence[Numbered], proofs: dict[int, bytes], time: str) -> Committed:
        sent, outgoing = [], []
        for item in group:
            row, name = item.send.row, item.send.message_class
            envelope = self._seal(item, proofs[item.index])
            self._record(item, envelope, time)
            sent.append(Sent(row.message_id, row.recipient, name, item.seq, item.leaf, item.index))
            if envelope is not None:
                key = envelope_key(self._checkpoint.origin, item.index)
                outgoing.append(Outgoing(key, row.recipient, name, envelope))
        return Committed(self._now, tuple(sent), tuple(outgoing))

    def _seal(self, item: Numbered, proof: bytes) -> bytes | None:
        recipient = self._recipient(item.send.row.recipient, item.send.message_class)
        if recipient is None:
            return None
        key_id, public = recipient
        header = ClearHeader(
            network=self._directory.network,
            sender=self._directory.own,
            recipient=item.send.row.recipient,
            message_class=item.send.message_class,
            key_id=key_id,
        )
        return seal(header, Content(item.send.raw, item.send.salt, item.entry, proof), public)

    def _recipient(self, node: str, message_class: MessageClass) -> Recipient | None:
        if node not in self._recipients:
            try:
                found = self._directory.sealing_key(node, self._now)
            except NotFound:
                if message_class is not MessageClass.CONTROL:
                    raise
                return None
            self._recipients[node] = (found.id, public_key(found.public))
            point = self._checkpoint
            used = UsedCheckpointRow(node, point.origin, point.size, point.root)
            self.changes.append(Insert(used, ignore=True))
        return self._recipients[node]

    def _record(self, item: Numbered, envelope: bytes | None, time: str) -> None:
        row, send = item.send.row, item.send
        recipient = self._recipients.get(row.recipient)
        epoch = recipient[0] if recipient else ""
        if not send.stored:
            full = replace(
                row,
                seq=item.seq,
                leaf=item.leaf,
                leaf_index=item.index,
                origin=self._checkpoint.origin,
                epoch=epoch,
                agreement=send.agreement,
                sent_at=time,
                envelope=envelope,
                state="released",
                needs=send.needs,
            )
            self.changes.append(Insert(full))
            return
        given = {
            "seq": item.seq,
            "leaf": item.leaf,
            "leaf_index": item.index,
            "origin": self._checkpoint.origin,
            "epoch": epoch,
            "agreement": send.agreement,
            "sent_at": time,
            "envelope": envelope,
            "state": "released",
            "released_by": row.released_by,
            "grant_id": row.grant_id,
            "erase_on": row.erase_on,
            "review_on": row.review_on,
            "needs": send.needs,
        }
        # Two officers act on one message at once: the second finds it changed and fails.
        waiting = {"message_id": row.message_id, "state": row.state, "needs": row.needs}
        self.changes.append(Update(OutboxRow, waiting, given, must=True))


def _runs(places: Sequence[int]) -> list[tuple[int, int]]:
    """Rising places as (first, last + 1) of stretches without a hole."""
    runs: list[tuple[int, int]] = []
    for place in places:
        if runs and runs[-1][1] == place:
            runs[-1] = (runs[-1][0], place + 1)
        else:
            runs.append((place, place + 1))
    return runs
