"""Successors for logs whose end was lost or cannot be trusted, while the node does not run.

Contract: a store that is behind its guard copy must not go on in the same logs. Each log that is
behind gets a successor whose entry 0 names what is left of it, in one commit; so does every log
that is asked for. The alarms that led here are closed by it. Nothing is sent. What the old log held
beyond that is disputed from then on, and the authority has to say so (card and revocation).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime

from relec_exchange.adapters.guard import GuardFile
from relec_exchange.adapters.keyfiles import KeyFiles
from relec_exchange.adapters.sqlite import SqliteStore
from relec_exchange.adapters.vault import SqliteVault
from relec_exchange.errors import Conflict
from relec_exchange.journal.build import Surroundings
from relec_exchange.journal.opening import UNGUARDED, LogNames, behind
from relec_exchange.journal.own_trees import BEHIND
from relec_exchange.journal.plan import Plan, Successor, joined
from relec_exchange.journal.state import JournalState, LogState
from relec_exchange.journal.succession import succession_plan
from relec_exchange.journal.writer import Journal
from relec_exchange.message.identifiers import Origin, format_time, parse_origin
from relec_exchange.node.findings import (
    HINTS,
    Findings,
    ended,
    findings,
    shown_trees,
    told_by_guard,
)
from relec_exchange.node.listening import OPERATOR
from relec_exchange.node.starting import guard_mark
from relec_exchange.node.surroundings import lock_directory
from relec_exchange.outbound.resend import VOIDED
from relec_exchange.ports import Random
from relec_exchange.protection.rules import rules_digest
from relec_exchange.records import (
    AcceptedCheckpointRow,
    AlarmRow,
    Change,
    Delete,
    EventRow,
    Insert,
    OutboxRow,
    Update,
    UsedCheckpointRow,
    Where,
)
from relec_exchange.settings import Settings
from relec_exchange.trust.directory import Directory

RESCUED = "log-rescued"
"""The alarm that a log of ours lost its end, and that a successor was opened by hand."""


class Rescue:
    """The store, the keys and the guard copy of a node that does not run; `close` it."""

    def __init__(self, settings: Settings, keys: KeyFiles, now: datetime, random: Random) -> None:
        self._settings, self._keys, self._now, self._random = settings, keys, now, random
        self._open = ExitStack()
        at, paths = settings.path, settings.paths
        lock = lock_directory(at(paths.store).parent)
        self._open.callback(os.close, lock)
        self._store = SqliteStore(at(paths.store))
        self._open.callback(self._store.close)
        self._vault = SqliteVault(at(paths.vault), keys.storage_key(), random)
        self._open.callback(self._vault.close)
        self._guard = GuardFile(at(paths.guard))
        self._open.callback(self._guard.close)

    def __enter__(self) -> Rescue:
        """Use as a context manager."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self._open.close()

    def found(self) -> Findings:
        """What speaks for the store being an old one."""
        found = findings(self._store, self._guard.read())
        found = replace(found, ended=ended(self._store, found.logs, RESCUED))
        return replace(found, guard_leads=told_by_guard(self._store, found))

    def succeed(
        self, logs: Collection[str], good_size: int | None = None
    ) -> list[tuple[LogState, str]]:
        """Open successors of the logs `exchange` or `activity` named, and of all that are behind
        the guard copy; returns each log that was closed, and the name of its successor.

        `good_size` is how many entries of the exchange log stand. Asked again after it was broken
        off, it finishes. Errors: Conflict (no log is behind, and none is named), InvalidInput (so
        many entries are not there), IntegrityFailure (the store contradicts itself).
        """
        closed: list[str] = []
        state = self._written(lambda state: self._plan(state, logs, good_size, closed))
        return [
            (
                state.closed[origin],
                (state.exchange if "/exchange/" in origin else state.activity).origin,
            )
            for origin in closed
        ]

    def finish(self) -> None:
        """Bring a recovery to its end that was broken off after its commit: the guard copy follows
        the store. Nothing else is written.
        """
        self._written(lambda state: Plan())

    def _written(self, plan: Callable[[JournalState], Plan]) -> JournalState:
        """Our logs after this plan was written, and the guard copy with them."""
        journal = Journal(
            self._store,
            self._vault,
            self._guard,
            self._surroundings,
            lambda: self._now,
            lambda items: None,
        )
        names = LogNames(self._keys.log("exchange").name, self._keys.log("activity").name)
        self._guard.bind(guard_mark(self._settings))
        journal.rescue(names, plan)
        return journal.state

    def _plan(
        self,
        state: JournalState,
        logs: Collection[str],
        good_size: int | None,
        closed: list[str],
    ) -> Plan:
        copies = self._guard.read()
        late = behind(state, copies)
        if any(origin in state.closed for origin in late):
            closed += [origin for origin in late if origin in state.closed]
            return Plan()  # the commit was there, its guard copy was not
        kinds = {*logs, *(parse_origin(origin).log for origin in late)}
        if not kinds:
            raise Conflict(
                "no log of this node is behind its guard copy",
                field="log",
                remedy="start the node, and use relec rotate log without --emergency",
            )
        successors = []
        for log in (state.exchange, state.activity):
            if log.head.log not in kinds:
                continue
            # A partner may have shown a log that neither store nor guard copy know any more.
            shown = {tree.origin for tree in shown_trees(self._store)}
            following = _following(log.origin, {*copies, *shown})
            self._keys.add_log(following, self._random)
            size = good_size if log.head.log == "exchange" else None
            successors.append(Successor(following, size))
            closed.append(log.origin)
        plan = succession_plan(successors, self._now)
        closing = self._closed(closed)
        cut, asked = self._cut(state, good_size), self._asked_again(successors)
        return joined(plan, self._alarmed(successors), closing, cut, asked)

    def _asked_again(self, successors: Collection[Successor]) -> Plan:
        """Partners have proven to the store that was lost what they used before it was saved, and
        do not prove it twice unasked: each such tree is demanded, as one that we saw ourselves.
        """
        if not any(parse_origin(one.origin).log == "exchange" for one in successors):
            return Plan()
        unproven = {"proven": False, "heard_from": ""}
        again = {"heard_from": self._settings.node, "rounds": 0}
        return Plan(changes=(Update(AcceptedCheckpointRow, unproven, again),))

    def _closed(self, origins: Collection[str]) -> Plan:
        """The alarms that these logs are behind, and those that led there, have been dealt with.

        What partners say without a proof is about the exchange log, and is raised again if it is
        true of its successor too.
        """
        at, network = format_time(self._now), self._settings.network
        still = Where("closed_at", "=", "")
        named = Where("what", "in", [BEHIND, UNGUARDED]), Where("subject", "in", list(origins))
        found = self._store.rows(AlarmRow, *named, still)
        if any(parse_origin(origin).log == "exchange" for origin in origins):
            found += self._store.rows(AlarmRow, Where("what", "in", list(HINTS)), still)
        changes = tuple(
            Update(
                AlarmRow,
                {"what": one.what, "subject": one.subject, "closed_at": ""},
                {"closed_at": at, "closed_by": OPERATOR},
            )
            for one in found
        )
        entries = tuple(
            {
                "kind": "alarm_closed",
                "network": network,
                "actor": OPERATOR,
                "what": one.what,
                "subject": one.subject,
                "reason": "recovered",
            }
            for one in found
        )
        return Plan(activity=entries, changes=changes)

    def _alarmed(self, successors: list[Successor]) -> Plan:
        at, network = format_time(self._now), self._settings.network
        changes: list[Change] = []
        for one in successors:
            detail = "its predecessor lost entries, or they cannot be trusted"
            changes.append(Insert(AlarmRow(RESCUED, one.origin, at, detail), ignore=True))
            data = json.dumps({"what": RESCUED})
            changes.append(Insert(EventRow(at, "alarm", one.origin, data)))
        entries = tuple(
            {
                "kind": "alarm",
                "network": network,
                "what": RESCUED,
                "subject": one.origin,
                "detail": "",
            }
            for one in successors
        )
        return Plan(activity=entries, changes=tuple(changes))

    def _cut(self, state: JournalState, good_size: int | None) -> Plan:
        """What stands beyond the last good entry is not sent any more, and proves nothing."""
        if good_size is None:
            return Plan()
        origin = Where("origin", "=", state.exchange.origin)
        beyond = self._store.rows(
            OutboxRow, origin, Where("leaf_index", ">=", good_size), blobs=False
        )
        changes: list[Change] = []
        for row in beyond:
            where = {"message_id": row.message_id, "judged_at": ""}
            values = {"state": VOIDED, "envelope": None, "wire_code": "cancelled"}
            changes.append(Update(OutboxRow, where, values))
        for used in self._store.rows(UsedCheckpointRow, origin, Where("size", ">", good_size)):
            key = {"peer": used.peer, "origin": used.origin, "size": used.size}
            changes.append(Delete(UsedCheckpointRow, key))
        return Plan(changes=tuple(changes))

    def _surroundings(self) -> Surroundings:
        settings = self._settings
        empty = Directory(settings.network, settings.network_kind, settings.node)
        return Surroundings(
            settings.network, settings.node, self._keys, empty, rules_digest(), self._random
        )


def _following(origin: str, copies: Collection[str]) -> str:
    """The next name that was never used: the guard copy may know logs that the store has lost."""
    own = parse_origin(origin)
    known = [own, *(o for o in map(parse_origin, copies) if o.log == own.log)]
    number = max(one.number for one in known) + 1
    return str(Origin(own.network, own.node, own.log, number))
