"""The same message once more: a new envelope of the same message, salt and entry.

Asked for by a resend request, or needed to repeat a receipt. The proof is made to the newest
checkpoint and the seal to the recipient's current key. What cannot be sent again (expired, erased,
cancelled) is answered with `void`, which closes the number for good.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from relec_exchange.audit.proof import format_proof
from relec_exchange.errors import IntegrityFailure
from relec_exchange.journal.content import read_content
from relec_exchange.journal.control import control_send
from relec_exchange.journal.envelope_keys import envelope_key
from relec_exchange.journal.plan import EntryFields, Plan
from relec_exchange.journal.sealer import public_key
from relec_exchange.journal.state import JournalState, LogState
from relec_exchange.journal.writer import Journal
from relec_exchange.message.bodies.control import VoidReason
from relec_exchange.message.constants import LIMITS
from relec_exchange.message.encoding import b64
from relec_exchange.message.identifiers import MessageClass, format_time
from relec_exchange.ports import Clock, Outgoing, Random, Store, Vault
from relec_exchange.records import (
    Change,
    EntryRow,
    Insert,
    OutboxRow,
    Update,
    UsedCheckpointRow,
    Where,
)
from relec_exchange.sealing.content import Content
from relec_exchange.sealing.envelope import ClearHeader
from relec_exchange.sealing.seal import seal
from relec_exchange.trust.directory import Directory

VOIDED = "voided"
PAGE = 32
"""Messages sealed again in one commit: with their content they may be large."""

VOIDS_MAX = 128
"""Numbers in one void message: each shows its entry, and a message has its limit."""


@dataclass(frozen=True, slots=True)
class _Gone:
    """A message that cannot be sent again, and why."""

    row: OutboxRow
    reason: str


class Resender:
    """Makes envelopes again from what the outbox keeps. Thread-safe."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        journal: Callable[[], Journal],
        directory: Callable[[], Directory],
        clock: Clock,
        random: Random,
    ) -> None:
        self._store = store
        self._vault = vault
        self._journal = journal
        self._directory = directory
        self._clock = clock
        self._random = random

    def again(self, message_ids: Sequence[str]) -> None:
        """Seal these messages again, store the envelopes and hand them to the publisher.

        Errors: NotFound (the recipient's card has no sealing key now).
        """
        for start in range(0, len(message_ids), PAGE):
            page = list(message_ids[start : start + PAGE])
            rows = self._store.rows(OutboxRow, Where("message_id", "in", page))
            state = self._journal().state
            self._reseal([r for r in rows if 0 <= r.leaf_index < _log_of(r, state).size])

    def requested(
        self, peer: str, cls: MessageClass, first: int, last: int, origin: str = ""
    ) -> None:
        """Answer one range of a resend request: envelopes again, or `void` for what is gone.

        `origin` is the log of ours that the numbers belong to, by default the one that is written;
        what a closed log owes is answered too. A number that was never given is not answered.
        Errors: as `again`.
        """
        last = min(last, first + LIMITS.resend_numbers_max - 1)
        origin = origin or self._journal().state.exchange.origin
        gone: list[_Gone] = []
        for start in range(first, last + 1, PAGE):
            rows = self._store.rows(
                OutboxRow,
                Where("origin", "=", origin),
                Where("recipient", "=", peer),
                Where("cls", "=", str(cls)),
                Where("seq", ">=", start),
                Where("seq", "<=", min(last, start + PAGE - 1)),
                order="seq",
            )
            now = self._clock()
            over = [_Gone(row, reason) for row in rows if (reason := self._void_reason(row, now))]
            dead = {one.row.message_id for one in over}
            lost = self._reseal([row for row in rows if row.message_id not in dead])
            gone += [*over, *(_Gone(row, VoidReason.ERASED) for row in lost)]
        for start in range(0, len(gone), VOIDS_MAX):
            self._void(peer, gone[start : start + VOIDS_MAX], self._clock())

    def _void_reason(self, row: OutboxRow, now: datetime) -> str:
        """Why a message cannot be sent again, or nothing. A voided one keeps its reason."""
        if row.state == VOIDED:
            return row.wire_code or VoidReason.CANCELLED
        if row.leaf_index >= _log_of(row, self._journal().state).size:
            return VoidReason.CANCELLED  # its log ended before it
        return VoidReason.EXPIRED if row.expires_at <= format_time(now) else ""

    def _reseal(self, rows: Sequence[OutboxRow]) -> list[OutboxRow]:
        """Returns the rows whose key is gone."""
        secrets = self._vault.get([row.key_id for row in rows])
        here = [row for row in rows if row.key_id in secrets]
        if here:
            self._release(here, secrets)
        return [row for row in rows if row.key_id not in secrets]

    def _release(self, rows: Sequence[OutboxRow], secrets: Mapping[str, bytes]) -> None:
        now, directory = self._clock(), self._directory()
        state = self._journal().state
        entries = self._entries(rows)
        changes: list[Change] = []
        outgoing: list[Outgoing] = []
        used: dict[tuple[str, str], LogState] = {}
        for row in rows:
            log = _log_of(row, state)
            used[row.recipient, row.origin] = log
            content = self._content(row, secrets[row.key_id], entries[_place(row)], log)
            envelope = _sealed(row, content, directory, now)
            key = envelope_key(row.origin, row.leaf_index)
            outgoing.append(Outgoing(key, row.recipient, MessageClass(row.cls), envelope))
            values = {"envelope": envelope, "resent": row.resent + 1}
            changes.append(Update(OutboxRow, {"message_id": row.message_id}, values))
        for (recipient, origin), log in used.items():
            point = UsedCheckpointRow(recipient, origin, log.size, log.root)
            changes.append(Insert(point, ignore=True))
        self._journal().release_again(Plan(changes=tuple(changes)), outgoing)

    def _content(self, row: OutboxRow, secret: bytes, entry: bytes, log: LogState) -> Content:
        raw, salt = read_content(row, secret)
        path = log.log.tree.inclusion(row.leaf_index, log.size)
        return Content(raw, salt, entry, format_proof(row.leaf_index, path, self._note(log)))

    def _note(self, log: LogState) -> bytes:
        """The checkpoint of all that counts of a log; signed now where it ended before its head."""
        if log.size == log.head.size:
            return log.head.checkpoint
        return self._journal().signed(log)

    def _entries(self, rows: Sequence[OutboxRow]) -> dict[tuple[str, int], bytes]:
        """The entries of these messages by log and place."""
        places: dict[str, list[int]] = {}
        for row in rows:
            places.setdefault(row.origin, []).append(row.leaf_index)
        return {
            (origin, entry.idx): entry.data
            for origin, indices in places.items()
            for entry in self._store.rows(
                EntryRow, Where("origin", "=", origin), Where("idx", "in", indices)
            )
        }

    def _void(self, peer: str, gone: Sequence[_Gone], now: datetime) -> None:
        """Declare the numbers void; each is logged once, however often it is asked for.

        One that the recipient judged before is not: it only has to be told that it is gone.
        """
        directory = self._directory()
        entries = self._entries([one.row for one in gone])
        items = [
            {
                "class": one.row.cls,
                "seq": one.row.seq,
                "entry": b64(entries[_place(one.row)]),
                "reason": one.reason,
                # Said always: the void may come to stand in the successor of this log.
                "origin": one.row.origin,
            }
            for one in gone
        ]
        fresh = [one for one in gone if one.row.state != VOIDED and not one.row.judged_at]
        logged = tuple(_voided(directory.network, peer, one) for one in fresh)
        changes: list[Change] = []
        for one in fresh:
            values = {
                "state": VOIDED,
                "envelope": None,
                "judged_at": format_time(now),
                "wire_code": one.reason,
            }
            where = {"message_id": one.row.message_id, "judged_at": ""}
            changes.append(Update(OutboxRow, where, values))
        send, secrets = control_send(directory, peer, "void", {"items": items}, now, self._random)
        self._journal().write(
            Plan(exchange=logged, sends=(send,), changes=tuple(changes), secrets=secrets)
        )


def _sealed(row: OutboxRow, content: Content, directory: Directory, now: datetime) -> bytes:
    key = directory.sealing_key(row.recipient, now)
    header = ClearHeader(
        network=directory.network,
        sender=directory.own,
        recipient=row.recipient,
        message_class=MessageClass(row.cls),
        key_id=key.id,
    )
    return seal(header, content, public_key(key.public))


def _voided(network: str, peer: str, one: _Gone) -> EntryFields:
    return {
        "kind": "voided",
        "network": network,
        "to": peer,
        "class": one.row.cls,
        "seq": one.row.seq,
        "leaf": one.row.leaf.hex(),
        "reason": one.reason,
    }


def _place(row: OutboxRow) -> tuple[str, int]:
    return row.origin, row.leaf_index


def _log_of(row: OutboxRow, state: JournalState) -> LogState:
    log = state.log(row.origin)
    if log is None:
        raise IntegrityFailure("a message names a log that is not here", field="origin")
    return log
