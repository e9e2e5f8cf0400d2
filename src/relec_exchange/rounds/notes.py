"""The exchange of signed notes with partners: what comes is adopted, what differs is sent.

What a partner sends is adopted note by note, right after its message is committed and before the
next batch is judged. A kill in between costs nothing: what came as evidence is taken up again at
the next start (`rounds.unfinished_notes`), and what came in a `card.update` comes again, for the
digests still differ.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

import structlog

from relec_exchange.errors import IntegrityFailure, RelecError, Unavailable
from relec_exchange.journal.arrived import Arrived
from relec_exchange.journal.control import control_send, reachable
from relec_exchange.journal.plan import Committed, Plan
from relec_exchange.journal.writer import Journal
from relec_exchange.message.identifiers import format_time, parse_time
from relec_exchange.ports import OfferedNote, Random, Store
from relec_exchange.records import PeerRow, Update, Where
from relec_exchange.rounds.alarms import Alarm, alarm_plan
from relec_exchange.rounds.book import DirectoryBook
from relec_exchange.rounds.conflicts import not_ours, proven
from relec_exchange.rounds.offered import Shown, offered, shown
from relec_exchange.trust.agreement import parse_agreement
from relec_exchange.trust.card import parse_card
from relec_exchange.trust.directory import Directory

UPDATE_BYTES_MAX = 150_000
UPDATE_NOTES_MAX = 64
ARRIVED_MAX = 1000
"""Notes that wait to be adopted; what is beyond comes again with a later round."""

UNSIGNED_MAX: Final = 100
"""Texts with the signature of one node that we have not signed; an officer's import brings more."""

_PASSES: Final = 2
_ORDER: Final = ("card", "revocation", "suspension", "termination", "agreement")


class Notes:
    """`differs` and `handle` are for the inbound thread, `settle` for whoever is not the journal,
    `tick` for the rounds thread.
    """

    def __init__(
        self,
        store: Store,
        journal: Journal,
        book: DirectoryBook,
        random: Random,
    ) -> None:
        self._store = store
        self._journal = journal
        self._book = book
        self._random = random
        self._lock = threading.Lock()
        self._settling = threading.Lock()
        self._differing: set[str] = set()
        self._arrived: dict[OfferedNote, None] = {}
        self._shown: dict[Shown, None] = {}

    def differs(self, peer: str) -> None:
        """A partner's digests differ from ours: send it our notes at the next tick."""
        with self._lock:
            self._differing.add(peer)

    def offer(self, notes: Iterable[OfferedNote], alarms: Iterable[Shown] = ()) -> None:
        """Leave notes to be adopted, and pairs of notes that are said to contradict each other, for
        the next `settle`. They need no authenticated bearer: each is judged by its own signatures.
        """
        with self._lock:
            for note in notes:
                if len(self._arrived) < ARRIVED_MAX:
                    self._arrived[note] = None
            for pair in alarms:
                if len(self._shown) < ARRIVED_MAX:
                    self._shown[pair] = None

    def handle(self, arrived: Sequence[Arrived], now: datetime) -> Plan:
        """A plan that changes nothing and leaves the notes for `settle`."""
        bodies = [item.message.body for item in arrived]
        notes = [note for body in bodies for note in offered(body)]
        alarms = [pair for body in bodies for pair in shown(body)]

        def after(_committed: Committed) -> None:
            self.offer(notes, alarms)

        return Plan(after=after)

    def settle(self, now: datetime) -> None:
        """Adopt what came and judge what was shown. What the store refuses waits for the tick."""
        with self._settling:
            with self._lock:
                notes, self._arrived = self._arrived, {}
                alarms, self._shown = self._shown, {}
            try:
                self._adopt_all(list(notes), now)
                self._judge_all(list(alarms), now)
            except Unavailable as error:
                structlog.get_logger().warning("directory.notes.wait", code=error.code)
                self.offer(notes, alarms)

    def tick(self, now: datetime) -> None:
        """Adopt what came, then send our notes to every partner whose digests differ, at most once
        a busy interval.
        """
        self.settle(now)
        with self._lock:
            differing, self._differing = self._differing, set()
        directory = self._book.current
        pause = directory.times().round_busy_seconds
        for node in sorted(differing):
            rows = self._store.rows(PeerRow, Where("peer", "=", node))
            if not rows or not reachable(directory, node, now):
                continue
            last = rows[0].notes_sent_at
            if not last or abs((now - parse_time(last)).total_seconds()) >= pause:
                self._send(node, directory, now)

    def _adopt_all(self, notes: list[OfferedNote], now: datetime) -> None:
        """A note may rest on another that came with it: what fails is tried once more."""
        left = sorted(notes, key=lambda note: _ORDER.index(note.kind))
        for last in range(_PASSES):
            left = [note for note in left if not self._adopt(note, now, told=last == _PASSES - 1)]

    def _adopt(self, note: OfferedNote, now: datetime, *, told: bool) -> bool:
        """Whether the note is held now, or will never be; a refusal is only logged."""
        try:
            if self._own_card(note):
                self._raise([not_ours(self._book.current, note.data)], now)
            elif self._unsigned(note):
                structlog.get_logger().warning("directory.note.too_many")
            elif not self._book.holds(note):
                self._book.adopt([note], self._journal, now)
        except (Unavailable, IntegrityFailure):
            raise
        except RelecError as error:
            if told:
                structlog.get_logger().warning("directory.note.refused", code=error.code)
            return False
        except Exception as error:  # noqa: BLE001 - one odd note never stops its neighbours
            structlog.get_logger().error("directory.note.failed", error=type(error).__name__)
        return True

    def _judge_all(self, alarms: list[Shown], now: datetime) -> None:
        """What a partner showed is an alarm here if both notes prove it, else nothing."""
        directory = self._book.current
        found = [proven(directory, one.encode(), two.encode()) for one, two in alarms]
        for one in found:
            if one is None:
                structlog.get_logger().warning("alarm.unproven")
        self._raise(found, now)

    def _raise(self, found: Sequence[Alarm | None], now: datetime) -> None:
        raised = [one for one in found if one is not None]
        plan = alarm_plan(self._store, raised, self._book.current.network, now)
        if not plan.empty:
            self._journal.write(plan)

    def _unsigned(self, note: OfferedNote) -> bool:
        """Whether a new text that we have not signed comes from somebody with enough of those."""
        directory = self._book.current
        if note.kind != "agreement" or parse_agreement(note.data).hash in directory.agreements:
            return False
        new = directory.with_agreement(note.data).agreements[parse_agreement(note.data).hash]
        held = [one for one in directory.agreements.values() if directory.own not in one.signers]
        full = any(sum(n in one.verified for one in held) >= UNSIGNED_MAX for n in new.verified)
        return full and directory.own not in new.signers

    def _own_card(self, note: OfferedNote) -> bool:
        return note.kind == "card" and parse_card(note.data).card.node == self._book.current.own

    def _send(self, node: str, directory: Directory, now: datetime) -> None:
        sends, secrets = [], {}
        for body in _parts(*_shared_notes(directory, node)):
            send, more = control_send(directory, node, "card.update", body, now, self._random)
            sends.append(send)
            secrets.update(more)
        done = Update(PeerRow, {"peer": node}, {"notes_sent_at": format_time(now)})
        self._journal.write(Plan(sends=tuple(sends), changes=(done,), secrets=secrets))


def _shared_notes(directory: Directory, node: str) -> tuple[list[str], list[str], list[str]]:
    """The cards we hold, ours first (its own shows it what we take for that), the agreements that
    both have signed or may sign, and the notices that both must hold.
    """
    nodes = [directory.own, *(n for n in directory.nodes() if n != directory.own)]
    cards = [note.decode() for n in nodes for note in directory.member(n).succession()]
    shared = [
        note.decode()
        for held in directory.agreements.values()
        if directory.own in held.signers and held.agreement.names(node)
        for note in held.notes()
    ]
    notices = [signed.note.decode() for signed in directory.notices_with(node)]
    return cards, shared, notices


def _parts(
    cards: list[str], agreements: list[str], notices: Sequence[str] = ()
) -> list[dict[str, list[str]]]:
    """The bodies that carry these notes, each within what one message holds."""
    parts: list[dict[str, list[str]]] = []
    room = 0
    for name, texts in (("notes", notices), ("cards", cards), ("agreements", agreements)):
        for text in texts:
            size = len(json.dumps(text, ensure_ascii=False).encode())
            full = bool(parts) and len(parts[-1].get(name, ())) >= UPDATE_NOTES_MAX
            if not parts or full or room < size:
                parts.append({})
                room = UPDATE_BYTES_MAX
            parts[-1].setdefault(name, []).append(text)
            room -= size
    return parts
