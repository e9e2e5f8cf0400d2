"""Which messages depend on a key that was revoked, and the mark on those that we received.

Contract: `Marks` is pure and depends on the directory alone. The mark follows it: it comes when a
revocation is adopted, also on what arrived before, and goes when the text counts again. A mark
changes nothing else; what it means for a case is for officers to judge.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from relec_exchange.journal.plan import Plan
from relec_exchange.journal.writer import Journal
from relec_exchange.message.identifiers import format_time
from relec_exchange.ports import Store
from relec_exchange.records import Change, EventRow, InboxRow, Insert, OutboxRow, Update, Where
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.revocation import Revocation


@dataclass(frozen=True, slots=True)
class Marks:
    """What is disputed: logs beyond a size, sealing keys since a time (wire text), agreements by
    their hashes.
    """

    logs: Mapping[str, int] = field(default_factory=dict)
    sealing: Mapping[str, str] = field(default_factory=dict)
    agreements: frozenset[str] = frozenset()

    @classmethod
    def of(cls, directory: Directory) -> Self:
        """What the revocations that count leave disputed."""
        logs: dict[str, int] = {}
        sealing: dict[str, str] = {}
        for notice in revocations(directory):
            if notice.kind == "log" and notice.good_size is not None:
                logs[notice.key] = min(notice.good_size, logs.get(notice.key, notice.good_size))
            if notice.kind == "sealing":
                since = format_time(notice.since)
                sealing[notice.key] = min(since, sealing.get(notice.key, since))
        texts = (one.hash for one in directory.disputed() if one.what == "agreement")
        return cls(logs, sealing, frozenset(texts))

    def received(self, row: InboxRow) -> str:
        """Why a message received is disputed: `log`, `sealing`, `authority`, or not at all."""
        return self._why(row.origin, row.leaf_index, row.epoch, row.received_at, row.agreement)

    def sent(self, row: OutboxRow) -> str:
        """Why a message sent is disputed, in the same words."""
        return self._why(row.origin, row.leaf_index, row.epoch, row.sent_at, row.agreement)

    def _why(self, origin: str, index: int, epoch: str, at: str, agreement: str) -> str:
        if index >= self.logs.get(origin, index + 1):
            return "log"
        if epoch and at >= self.sealing.get(epoch, "~"):
            return "sealing"
        return "authority" if agreement in self.agreements else ""


def revocations(directory: Directory) -> list[Revocation]:
    """The revocations that count, oldest first."""
    found = [
        signed.notice
        for signed in directory.notices.values()
        if isinstance(signed.notice, Revocation) and directory.counts(signed)
    ]
    return sorted(found, key=lambda one: (one.issued, one.node, one.key))


class Disputing:
    """Marks rows of the inbox. Used by the rounds thread only."""

    def __init__(self, store: Store, journal: Journal, directory: Callable[[], Directory]) -> None:
        self._store = store
        self._journal = journal
        self._directory = directory
        self._judged: Directory | None = None
        self._marks = Marks()
        self._row = -1

    def tick(self, now: datetime) -> None:
        """Mark what has arrived since the last turn, and everything after a new revocation."""
        directory = self._directory()
        if directory is not self._judged:
            marks = Marks.of(directory)
            if marks != self._marks or self._judged is None:
                self._row = -1
            self._judged, self._marks = directory, marks
        changes = self._changes(now)
        if changes:
            self._journal.write(Plan(changes=tuple(changes)))

    def _changes(self, now: datetime) -> list[Change]:
        if self._marks == Marks() and self._row >= 0:
            return []
        changes: list[Change] = []
        rows = self._store.rows(InboxRow, Where("row", ">", self._row), order="row", blobs=False)
        for row in rows:
            self._row = row.row
            why = self._marks.received(row)
            if why != row.disputed:
                changes += _marked(row, why, format_time(now))
        self._row = max(self._row, 0)
        return changes


def _marked(row: InboxRow, why: str, at: str) -> list[Change]:
    change = Update(InboxRow, {"row": row.row}, {"disputed": why})
    data = json.dumps({"type": row.type, "peer": row.sender, "why": why})
    kind = "message.disputed" if why else "message.undisputed"
    return [change, Insert(EventRow(at, kind, row.message_id, data))]
