"""Conflicts and accusations are shown to every partner, once each: their notes, as a `log.alarm`.

Two roots for one size are a `fork`; a tree that nobody proves is `unproven`, with the newest tree
that was accepted; all else is `other`. By the clock and from the records of alarms, so that it does
not matter who found it (a partner's message, the round, an officer's import), and a kill or a
partner out of reach only delays it. What partners make of it is theirs: they verify it themselves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Final

import structlog

from relec_exchange.audit.checkpoint import parse_checkpoint
from relec_exchange.errors import RelecError
from relec_exchange.journal.contradiction import about, notes, pieces
from relec_exchange.journal.control import control_send, reachable
from relec_exchange.journal.plan import Plan
from relec_exchange.journal.writer import Journal
from relec_exchange.message.identifiers import format_time
from relec_exchange.ports import Random, Store
from relec_exchange.records import AlarmRow, AnnouncedRow, Insert, Where
from relec_exchange.rounds.closed_logs import FORK, INCONSISTENT, UNPROVEN
from relec_exchange.rounds.conflicts import SHOWN
from relec_exchange.rounds.routes import partners
from relec_exchange.trust.directory import Directory

TOLD: Final = "alarm-shown"
BYTES_MAX: Final = 200_000
"""Two notes that are longer together do not fit into one message."""
_LOGS: Final = (FORK, INCONSISTENT, UNPROVEN)


class Relaying:
    """Used by the rounds thread only."""

    def __init__(
        self,
        store: Store,
        journal: Journal,
        directory: Callable[[], Directory],
        random: Random,
    ) -> None:
        self._store = store
        self._journal = journal
        self._directory = directory
        self._random = random
        self._done: tuple[object, tuple[str, ...]] = ((), ())  # alarms, partners: all shown

    def tick(self, now: datetime) -> None:
        """Show each partner in reach what it has not been shown."""
        directory = self._directory()
        nodes = partners(directory)
        alarms = self._store.rows(AlarmRow, Where("what", "in", SHOWN), order="row")
        standing = tuple((alarm.row, len(alarm.evidence)) for alarm in alarms)
        if self._done == (standing, nodes):
            return
        told = {r.subject for r in self._store.rows(AnnouncedRow, Where("what", "=", TOLD))}
        missing = False
        shown = [(alarm, piece) for alarm in alarms for piece in pieces(alarm.evidence)]
        for alarm, piece in shown:
            body = _body(alarm, piece)
            if body is None:
                continue
            for node in nodes:
                mark = _mark(alarm, piece, node)
                if mark in told:
                    continue
                if reachable(directory, node, now):
                    self._show(body, node, mark, now)
                else:
                    missing = True
        self._done = ((), ()) if missing else (standing, nodes)

    def _show(self, body: dict[str, object], node: str, mark: str, now: datetime) -> None:
        directory = self._directory()
        send, secrets = control_send(directory, node, "log.alarm", body, now, self._random)
        done = Insert(AnnouncedRow(TOLD, mark, 0, format_time(now)), ignore=True)
        self._journal.write(Plan(sends=(send,), changes=(done,), secrets=secrets))


def _mark(alarm: AlarmRow, piece: bytes, node: str) -> str:
    """What was shown to whom: each thing once, whatever becomes of the alarm."""
    digest = hashlib.sha256(about(piece)).hexdigest()
    return f"{alarm.what}|{alarm.subject}|{digest[:16]}|{node}"


def _body(alarm: AlarmRow, piece: bytes) -> dict[str, object] | None:
    """The message that shows a piece of evidence; None where it shows nothing or does not fit."""
    found = tuple(dict.fromkeys(notes(piece)))
    kind = _kind(alarm.what, found)
    if len(found) < 2 and kind != "unproven":
        return None
    if sum(map(len, found)) > BYTES_MAX:
        structlog.get_logger().warning("alarm.too_long", reason=alarm.what)
        return None
    return {"kind": kind, "notes": [note.decode() for note in found]}


def _kind(what: str, found: tuple[bytes, ...]) -> str:
    """Of logs: whether the notes prove it by themselves, or only say what nobody proves."""
    if what not in _LOGS:
        return "other"
    if what != FORK:
        return "unproven"
    try:
        points = [parse_checkpoint(note) for note in found]
    except RelecError:
        return "fork"  # a checkpoint, and a card that says otherwise
    return "fork" if len({point.size for point in points}) == 1 else "unproven"
