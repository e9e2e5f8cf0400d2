"""The exchange of cards and agreements with partners: `card.update` in and out.

What a partner sends is adopted on the rounds thread, note by note, after its message is committed.
A kill in between costs nothing: the digests still differ, and the notes come again.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from datetime import datetime

import structlog

from relec_exchange.errors import Conflict, IntegrityFailure, RelecError, Unavailable
from relec_exchange.journal.arrived import Arrived
from relec_exchange.journal.control import control_send, reachable
from relec_exchange.journal.plan import Committed, Plan
from relec_exchange.journal.writer import Journal
from relec_exchange.message.bodies.control import CardUpdate
from relec_exchange.message.identifiers import format_time, parse_time
from relec_exchange.ports import OfferedNote, Random, Store
from relec_exchange.records import PeerRow, Update, Where
from relec_exchange.rounds.alarms import Alarm, alarm_plan
from relec_exchange.rounds.book import DirectoryBook
from relec_exchange.trust.card import parse_card
from relec_exchange.trust.directory import Directory

UPDATE_BYTES_MAX = 150_000
UPDATE_NOTES_MAX = 64
ARRIVED_MAX = 1000
"""Notes that wait to be adopted; what is beyond comes again with a later round."""


class Notes:
    """`differs` and `handle` are for the inbound thread, `tick` for the rounds thread."""

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
        self._differing: set[str] = set()
        self._arrived: dict[OfferedNote, None] = {}

    def differs(self, peer: str) -> None:
        """A partner's digests differ from ours: send it our notes at the next tick."""
        with self._lock:
            self._differing.add(peer)

    def handle(self, arrived: Sequence[Arrived], now: datetime) -> Plan:
        """A plan that changes nothing and leaves the notes for the next tick."""
        notes: list[OfferedNote] = []
        for item in arrived:
            body = item.message.body
            if isinstance(body, CardUpdate):
                notes += [OfferedNote("card", text.encode()) for text in body.cards]
                notes += [OfferedNote("agreement", text.encode()) for text in body.agreements]

        def after(_committed: Committed) -> None:
            with self._lock:
                room = ARRIVED_MAX - len(self._arrived)
                self._arrived.update(dict.fromkeys(notes[:room]))

        return Plan(after=after)

    def tick(self, now: datetime) -> None:
        """Adopt what came, then send our notes to every partner whose digests differ, at most once
        a busy interval.
        """
        with self._lock:
            arrived, self._arrived = self._arrived, {}
            differing, self._differing = self._differing, set()
        for note in arrived:
            self._adopt(note, now)
        directory = self._book.current
        pause = directory.times().round_busy_seconds
        for node in sorted(differing):
            rows = self._store.rows(PeerRow, Where("peer", "=", node))
            if not rows or not reachable(directory, node, now):
                continue
            last = rows[0].notes_sent_at
            if not last or abs((now - parse_time(last)).total_seconds()) >= pause:
                self._send(node, directory, now)

    def _adopt(self, note: OfferedNote, now: datetime) -> None:
        """Adopt one note. Two texts with one version are an alarm everywhere; other refusals are
        only logged.
        """
        if self._book.holds(note):
            return
        try:
            self._book.adopt([note], self._journal, now)
        except (Unavailable, IntegrityFailure):
            raise
        except RelecError as error:
            structlog.get_logger().warning("directory.note.refused", code=error.code)
            if isinstance(error, Conflict):
                subject = parse_card(note.data).card.node if note.kind == "card" else "agreement"
                alarm = Alarm("card-conflict", subject, error.message, note.data)
                network = self._book.current.network
                plan = alarm_plan(self._store, [alarm], network, now)
                if not plan.empty:
                    self._journal.write(plan)

    def _send(self, node: str, directory: Directory, now: datetime) -> None:
        sends, secrets = [], {}
        for body in _parts(*_shared_notes(directory, node)):
            send, more = control_send(directory, node, "card.update", body, now, self._random)
            sends.append(send)
            secrets.update(more)
        done = Update(PeerRow, {"peer": node}, {"notes_sent_at": format_time(now)})
        self._journal.write(Plan(sends=tuple(sends), changes=(done,), secrets=secrets))


def _shared_notes(directory: Directory, node: str) -> tuple[list[str], list[str]]:
    """The cards we hold, ours first, and the agreements that both have signed or may sign."""
    nodes = [directory.own, *(n for n in directory.nodes() if n not in (directory.own, node))]
    cards = [directory.card(n).note.decode() for n in nodes]
    shared = [
        note.decode()
        for held in directory.agreements.values()
        if directory.own in held.signers and held.agreement.names(node)
        for note in held.notes()
    ]
    return cards, shared


def _parts(cards: list[str], agreements: list[str]) -> list[dict[str, list[str]]]:
    """The bodies that carry these notes, each within what one message holds."""
    parts: list[dict[str, list[str]]] = []
    room = 0
    for name, texts in (("cards", cards), ("agreements", agreements)):
        for text in texts:
            size = len(json.dumps(text, ensure_ascii=False).encode())
            full = bool(parts) and len(parts[-1].get(name, ())) >= UPDATE_NOTES_MAX
            if not parts or full or room < size:
                parts.append({})
                room = UPDATE_BYTES_MAX
            parts[-1].setdefault(name, []).append(text)
            room -= size
    return parts
