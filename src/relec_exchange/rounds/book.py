"""The node's current directory: adopted notes, logged and stored before they count.

Readers take the snapshot with `current`; an adoption replaces it after its commit. Adopted are
own files at start, what an officer imports, and what partners send in `card.update`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime

from relec_exchange.errors import NotFound
from relec_exchange.journal.plan import EntryFields, Plan
from relec_exchange.journal.writer import Journal
from relec_exchange.message.identifiers import format_time
from relec_exchange.ports import OfferedNote, Store
from relec_exchange.records import Change, EventRow, Insert, NoteRow, Put, Where
from relec_exchange.trust.agreement import parse_agreement
from relec_exchange.trust.card import parse_card
from relec_exchange.trust.directory import Directory

BETWEEN = b"\0"
"""Between the notes of one text in its record: no note has it, and many signers need many notes."""


class DirectoryBook:
    """Holds the snapshot. Adopting waits for the journal, so the journal's own thread never does;
    one adoption at a time.
    """

    def __init__(self, store: Store, directory: Directory, on_change: Callable[[], None]) -> None:
        self._store = store
        self._lock = threading.RLock()
        self._current = directory
        self._on_change = on_change

    @property
    def current(self) -> Directory:
        """The snapshot now."""
        return self._current

    def load(self) -> None:
        """Admit everything adopted in former runs; a node's first card was checked then."""
        cards = self._store.rows(NoteRow, Where("kind", "=", "card"))
        directory = self._current
        for row in sorted(cards, key=lambda r: (r.subject, r.version)):
            if row.subject in directory.members:
                directory = directory.admit_update(row.note)
            else:
                fingerprint = parse_card(row.note).card.authority.public().fingerprint()
                directory = directory.admit_first(row.note, fingerprint)
        for row in self._store.rows(NoteRow, Where("kind", "=", "agreement")):
            for note in row.note.split(BETWEEN):
                directory = directory.with_agreement(note)
        self._current = directory

    def adopt(self, notes: Sequence[OfferedNote], journal: Journal, now: datetime) -> list[str]:
        """Adopt notes durably; returns the subjects that were new. Raises what admitting raises,
        and then adopts none of them.
        """
        with self._lock:
            directory, subjects, plan = self._weigh(notes, now)
            if not plan.empty:
                journal.write(plan)
                self._current = directory
                self._on_change()
        return subjects

    def holds(self, note: OfferedNote) -> bool:
        """Whether exactly this note is held already; cheap, for partners send all they have."""
        directory = self._current
        if note.kind == "card":
            return any(member.signed.note == note.data for member in directory.members.values())
        return any(note.data in held.notes() for held in directory.agreements.values())

    def _weigh(
        self, notes: Sequence[OfferedNote], now: datetime
    ) -> tuple[Directory, list[str], Plan]:
        directory, at = self._current, format_time(now)
        subjects: list[str] = []
        entries: list[EntryFields] = []
        changes: list[Change] = []
        for note in notes:
            before = directory
            directory, row = _admit(directory, note, at)
            if directory is before:
                continue
            subjects.append(row.subject)
            changes.append(Put(row))
            changes.append(Insert(EventRow(at, f"{row.kind}.adopted", row.subject, "{}")))
            entries.append(
                {
                    "kind": "adopted",
                    "network": directory.network,
                    "what": row.kind,
                    "subject": row.subject,
                    "version": row.version,
                    "hash": row.hash,
                }
            )
        return directory, subjects, Plan(exchange=tuple(entries), changes=tuple(changes))


def _admit(directory: Directory, note: OfferedNote, at: str) -> tuple[Directory, NoteRow]:
    if note.kind == "agreement":
        after = directory.with_agreement(note.data)
        signed = parse_agreement(note.data)
        held = after.agreements[signed.hash]
        subject = f"sha256/{signed.hash[:16]}"
        data = BETWEEN.join(held.notes())
        row = NoteRow("agreement", signed.hash, subject, held.agreement.version, data, at)
        return after, row
    card = parse_card(note.data)
    if card.card.node in directory.members:
        after = directory.admit_update(note.data)
    elif note.fingerprint:
        after = directory.admit_first(note.data, note.fingerprint)
    else:
        raise NotFound(
            f"no card of {card.card.node} is held: its first card needs a compared fingerprint",
            field="fingerprint",
            remedy="compare the fingerprint with its authority by telephone",
        )
    return after, NoteRow("card", card.hash, card.card.node, card.card.version, note.data, at)
