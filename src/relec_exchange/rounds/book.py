"""The node's current directory: adopted notes, logged and stored before they count.

Readers take the snapshot with `current`; an adoption replaces it after its commit. Adopted are
own files at start, what an officer imports, and what partners send. A note that contradicts one
that is held is an alarm, whoever brought it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from relec_exchange.audit.entry import decode_entry
from relec_exchange.errors import Conflict, InvalidInput, NotFound, RelecError
from relec_exchange.journal.plan import EntryFields, Plan, joined
from relec_exchange.journal.replaying import SIGNERS
from relec_exchange.journal.writer import Journal
from relec_exchange.message.identifiers import format_time, parse_origin
from relec_exchange.ports import OfferedNote, Random, Store
from relec_exchange.records import Change, EntryRow, EventRow, Insert, NoteRow, Put, Where
from relec_exchange.rounds.alarms import alarm_plan
from relec_exchange.rounds.conflicts import refused, standing
from relec_exchange.rounds.pushing import pushed
from relec_exchange.trust.agreement import parse_agreement
from relec_exchange.trust.card import parse_card
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.notices import parse_notice
from relec_exchange.trust.suspension import Suspension

BETWEEN = b"\0"
"""Between the notes of one text in its record: no note has it, and many signers need many notes."""

REFERENCE_MAX: Final = 200
"""Letters of a subject in an entry."""

NOTICES: Final = ("termination", "suspension", "revocation")
_LOADED: Final = ("card", *NOTICES, "agreement")


class DirectoryBook:
    """Holds the snapshot. Adopting waits for the journal, so the journal's own thread never does;
    one adoption at a time, and none while somebody judges by the snapshot (`journal.terms`).
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
        """Admit everything adopted in former runs, in the order in which the log tells it: what a
        note rests on was there before it. A node's first card was checked then.

        The row of a text that signatures were added to has them all and is admitted at the last
        of its entries. What cannot be admitted yet is tried again after the rest.
        """
        rows = [row for kind in _LOADED for row in self._stored(kind)]
        places = self._places()
        rows.sort(key=lambda row: places.get(row.hash, len(places)))
        while rows:
            left, failed = self._load(rows)
            if len(left) == len(rows):
                raise failed or InvalidInput("the stored notes cannot be admitted", field="note")
            rows = left

    def adopt(
        self,
        notes: Sequence[OfferedNote],
        journal: Journal,
        now: datetime,
        *,
        tell: Random | None = None,
    ) -> list[str]:
        """Adopt notes durably; returns the subjects that were new. Raises what admitting raises,
        and then adopts none of them. With `tell`, what our own authority signed goes to those whom
        it concerns in the same commit.
        """
        with self._lock:
            with journal.terms.changing():
                directory, rows, plan = self._weigh(notes, journal, now)
                if plan.empty:
                    self._current = directory  # lines that wait for a card may be new
                    return []
                if tell is not None:
                    hashes = [row.hash for row in rows]
                    plan = joined(plan, pushed(self._current, directory, hashes, now, tell))
                self._write(plan, journal)
                self._current = directory
            self._on_change()
        return [row.subject for row in rows]

    def holds(self, note: OfferedNote) -> bool:
        """Whether exactly this note is held already; cheap, for partners send all they have."""
        directory = self._current
        if note.kind == "card":
            return any(note.data in member.succession() for member in directory.members.values())
        if note.kind in NOTICES:
            return any(held.note == note.data for held in directory.notices.values())
        return any(note.data in held.notes() for held in directory.agreements.values())

    def _places(self) -> dict[str, int]:
        """Where the logs tell of the last adoption of each text, by its hash."""
        entries = self._store.rows(EntryRow, Where("kind", "=", "adopted"))
        entries.sort(key=lambda row: (parse_origin(row.origin).number, row.idx))
        return {decode_entry(row.data)["hash"]: place for place, row in enumerate(entries)}

    def _stored(self, kind: str) -> list[NoteRow]:
        rows = self._store.rows(NoteRow, Where("kind", "=", kind))
        return sorted(rows, key=lambda row: (row.subject, row.version, row.hash))

    def _load(self, rows: Sequence[NoteRow]) -> tuple[list[NoteRow], RelecError | None]:
        """Admit what can be admitted; what is left, and why the first of it is."""
        left: list[NoteRow] = []
        waiting: set[str] = set()
        failed: RelecError | None = None
        for row in rows:
            if row.kind == "card" and row.subject in waiting:
                left.append(row)  # the cards of a node come one after the other
                continue
            try:
                self._current = _again(self._current, row)
            except RelecError as error:
                failed = failed or error
                left.append(row)
                waiting.add(row.subject)
        return left, failed

    def _write(self, plan: Plan, journal: Journal) -> None:
        try:
            journal.write(plan)
        except NotFound:  # a partner's sealing key ended this instant: the rounds will tell it
            journal.write(replace(plan, sends=(), secrets={}))

    def _weigh(
        self, notes: Sequence[OfferedNote], journal: Journal, now: datetime
    ) -> tuple[Directory, list[NoteRow], Plan]:
        directory, at = self._current, format_time(now)
        rows: list[NoteRow] = []
        plan = Plan()
        for note in notes:
            before = directory
            try:
                directory, row = _admit(directory, note, at)
            except Conflict:
                self._alarm(directory, note, journal, now)
                raise
            if directory is not before and _news(before, directory, row):
                rows.append(row)
                plan = joined(plan, _adopted(directory, row))
        forked = [a for row in rows for a in standing(directory, row.kind, row.hash)]
        return (
            directory,
            rows,
            joined(plan, alarm_plan(self._store, forked, directory.network, now)),
        )

    def _alarm(
        self, directory: Directory, note: OfferedNote, journal: Journal, now: datetime
    ) -> None:
        alarm = refused(self._store, directory, note)
        plan = alarm_plan(self._store, [alarm] if alarm else [], directory.network, now)
        if not plan.empty:
            journal.write(plan)


def _news(before: Directory, after: Directory, row: NoteRow) -> bool:
    """Whether a note is worth an entry: lines of unknown keys under a text that is held are not."""
    known = before.agreements.get(row.hash)
    return known is None or known.notes() != after.agreements[row.hash].notes()


def _adopted(directory: Directory, row: NoteRow) -> Plan:
    """The record, the event and the entry of an adoption."""
    entry: EntryFields = {
        "kind": "adopted",
        "network": directory.network,
        "what": row.kind,
        "subject": _subject(directory, row),
        "version": row.version,
        "hash": row.hash,
    }
    event = EventRow(row.adopted_at, f"{row.kind}.adopted", row.subject, "{}")
    changes: tuple[Change, ...] = (Put(row), Insert(event))
    return Plan(exchange=(entry,), changes=changes)


def _subject(directory: Directory, row: NoteRow) -> str:
    """What the entry names: of an agreement also who has signed it by now, if there is room. The
    note grows with each signature, and a decision is replayed by those that there were.
    """
    if row.kind != "agreement":
        return row.subject
    signers = ".".join(sorted(directory.agreements[row.hash].signers))
    told = f"{row.subject}{SIGNERS}{signers}"
    return told if len(told) <= REFERENCE_MAX else row.subject


def _again(directory: Directory, row: NoteRow) -> Directory:
    """Admit what was adopted before."""
    if row.kind == "card" and row.subject not in directory.members:
        fingerprint = parse_card(row.note).card.authority.public().fingerprint()
        return directory.admit_first(row.note, fingerprint)
    if row.kind == "card":
        return directory.admit_update(row.note)
    if row.kind in NOTICES:
        return directory.with_notice(row.note)
    for note in row.note.split(BETWEEN):
        directory = directory.with_agreement(note)
    return directory


def _admit(directory: Directory, note: OfferedNote, at: str) -> tuple[Directory, NoteRow]:
    if note.kind == "agreement":
        return _admit_agreement(directory, note.data, at)
    if note.kind in NOTICES:
        return _admit_notice(directory, note, at)
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


def _admit_agreement(directory: Directory, note: bytes, at: str) -> tuple[Directory, NoteRow]:
    after = directory.with_agreement(note)
    signed = parse_agreement(note)
    held = after.agreements[signed.hash]
    subject, data = f"sha256/{signed.hash[:16]}", BETWEEN.join(held.notes())
    return after, NoteRow("agreement", signed.hash, subject, held.agreement.version, data, at)


def _admit_notice(directory: Directory, note: OfferedNote, at: str) -> tuple[Directory, NoteRow]:
    signed = parse_notice(note.data)
    if signed.kind != note.kind:
        raise InvalidInput(f"this note is a {signed.kind}", field="note")
    after = directory.with_notice(note.data)
    held = after.notices[signed.hash]
    number = held.notice.number if isinstance(held.notice, Suspension) else 1
    return after, NoteRow(held.kind, held.hash, held.notice.node, number, held.note, at)
