"""Conflicts are shown to every partner, once each: both notes, as a `log.alarm`.

By the clock and from the records of alarms, so that it does not matter who found the conflict (a
partner's message, the round, an officer's import), and a kill or a partner out of reach only
delays it. What partners make of it is theirs: they verify both notes themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

import structlog

from relec_exchange.journal.contradiction import parted
from relec_exchange.journal.control import control_send, reachable
from relec_exchange.journal.plan import Plan
from relec_exchange.journal.writer import Journal
from relec_exchange.message.identifiers import format_time
from relec_exchange.ports import Random, Store
from relec_exchange.records import AlarmRow, AnnouncedRow, Insert, Where
from relec_exchange.rounds.conflicts import FORK, SHOWN
from relec_exchange.rounds.routes import partners
from relec_exchange.trust.directory import Directory

TOLD: Final = "alarm-shown"
BYTES_MAX: Final = 200_000
"""Two notes that are longer together do not fit into one message."""


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
        self._done: tuple[int, tuple[str, ...]] = (0, ())  # newest alarm, partners: all shown

    def tick(self, now: datetime) -> None:
        """Show each partner in reach what it has not been shown."""
        directory = self._directory()
        nodes = partners(directory)
        shown = Where("what", "in", SHOWN)
        last = self._store.rows(AlarmRow, shown, order="-row", limit=1)
        newest = last[0].row if last else 0
        if self._done == (newest, nodes):
            return
        told = {r.subject for r in self._store.rows(AnnouncedRow, Where("what", "=", TOLD))}
        missing = False
        for alarm in self._store.rows(AlarmRow, shown, order="row"):
            notes = _notes(alarm)
            if notes is None:
                continue
            for node in nodes:
                mark = f"{alarm.what}|{alarm.subject}|{node}"
                if mark in told:
                    continue
                if reachable(directory, node, now):
                    self._show(alarm.what, notes, node, mark, now)
                else:
                    missing = True
        self._done = (0, ()) if missing else (newest, nodes)

    def _show(self, what: str, notes: tuple[str, str], node: str, mark: str, now: datetime) -> None:
        body = {"kind": "fork" if what == FORK else "other", "notes": list(notes)}
        directory = self._directory()
        send, secrets = control_send(directory, node, "log.alarm", body, now, self._random)
        done = Insert(AnnouncedRow(TOLD, mark, 0, format_time(now)), ignore=True)
        self._journal.write(Plan(sends=(send,), changes=(done,), secrets=secrets))


def _notes(alarm: AlarmRow) -> tuple[str, str] | None:
    """The two notes of an alarm as texts, or None where there are not two that fit."""
    pair = parted(alarm.evidence)
    if pair is None:
        return None
    if sum(map(len, pair)) > BYTES_MAX:
        structlog.get_logger().warning("alarm.too_long", reason=alarm.what)
        return None
    return pair[0].decode(), pair[1].decode()
