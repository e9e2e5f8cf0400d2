"""What all desks share: the parts of a running node, made by `relec_exchange.node`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from relec_exchange.errors import NotFound
from relec_exchange.inbound.accepting import Targets
from relec_exchange.journal.content import read_content
from relec_exchange.journal.erasure import ERASED
from relec_exchange.journal.known import Known
from relec_exchange.journal.plan import EntryFields, Plan
from relec_exchange.journal.writer import Journal
from relec_exchange.outbound.checking import Checking
from relec_exchange.outbound.submit import Submissions
from relec_exchange.outbound.waiting import Waiting
from relec_exchange.ports import Clock, Random, Store, TransportStatus, Vault
from relec_exchange.records import InboxRow, OutboxRow, Where
from relec_exchange.rounds.book import DirectoryBook
from relec_exchange.rounds.retention import Retention
from relec_exchange.trust.directory import Directory

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Core:
    """The running parts. Everything in it is thread-safe."""

    store: Store
    vault: Vault
    journal: Journal
    book: DirectoryBook
    submissions: Submissions
    waiting: Waiting
    retention: Retention
    checking: Checking
    known: Known
    targets: Targets
    clock: Clock
    random: Random
    broker: Callable[[], TransportStatus]
    units: tuple[str, ...]
    certificate: Callable[[], datetime | None]
    limits: Mapping[str, int]
    version: str
    listening: Callable[[], Json]

    @property
    def directory(self) -> Directory:
        """The snapshot now."""
        return self.book.current

    def access(self, officer: str, action: str, ref: str = "") -> EntryFields:
        """The entry of the activity log that an officer looked at something or changed it."""
        return {
            "kind": "access",
            "network": self.directory.network,
            "actor": officer,
            "action": action,
            "ref": ref,
        }

    def log_access(self, officer: str, action: str, ref: str = "") -> None:
        """Write that entry, where nothing else is written with it."""
        self.journal.write(Plan(activity=(self.access(officer, action, ref),)))

    def outgoing(self, message_id: str) -> OutboxRow | None:
        """A message of ours, or None."""
        rows = self.store.rows(OutboxRow, Where("message_id", "=", message_id))
        return rows[0] if rows else None

    def incoming(self, message_id: str) -> InboxRow | None:
        """A message to us, or None."""
        rows = self.store.rows(InboxRow, Where("message_id", "=", message_id))
        return rows[0] if rows else None

    def found(self, message_id: str, direction: str | None) -> OutboxRow | InboxRow:
        """The message in this direction (None: whichever there is), or NotFound."""
        row: OutboxRow | InboxRow | None = None
        if direction in (None, "in"):
            row = self.incoming(message_id)
        if row is None and direction in (None, "out"):
            row = self.outgoing(message_id)
        if row is None:
            raise NotFound("no such message here", field="message_id")
        return row

    def content(self, row: OutboxRow | InboxRow) -> tuple[bytes, bytes]:
        """(message bytes, salt) of a message; NotFound when it was erased."""
        return read_content(row, self.content_key(row))

    def content_key(self, row: OutboxRow | InboxRow) -> bytes:
        """What opens the content of a message; NotFound when it was erased. Opens nothing."""
        secret = self.vault.get([row.key_id]).get(row.key_id)
        if secret is None or row.erased_at or row.withdrawn == ERASED:
            raise NotFound("the content of this message was erased", field="message_id")
        return secret
