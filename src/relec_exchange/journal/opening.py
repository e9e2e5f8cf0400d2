"""Opening a journal: load both logs, hold them against the guard copy, write entry 0 of new ones.

Restore guard: a store that is behind its guard copy, or contradicts it, is refused; a restored
backup that signs is how honest logs fork.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from relec_exchange.audit.log import LogHead
from relec_exchange.audit.merkle import EMPTY_ROOT
from relec_exchange.audit.tile import TileCache
from relec_exchange.audit.tiles import Tree
from relec_exchange.errors import IntegrityFailure
from relec_exchange.journal.build import JournalState, LogState
from relec_exchange.journal.plan import EntryFields, Plan
from relec_exchange.message.identifiers import format_time
from relec_exchange.ports import Store
from relec_exchange.records import AlarmRow, EventRow, Insert, LogHeadRow, Where

Opening = Callable[[str], EntryFields]
"""The fields of entry 0 for an origin."""

RESTORED = "a restored backup must not sign: see docs/how-to/restore.md"


@dataclass(frozen=True, slots=True)
class LogNames:
    """The origins of the two logs that are written now."""

    exchange: str
    activity: str


def opening_entry(network: str, origin: str) -> EntryFields:
    """The first entry of a log without a predecessor."""
    return {
        "kind": "opened",
        "network": network,
        "origin": origin,
        "previous_origin": "",
        "previous_size": 0,
        "previous_root": "",
    }


def opening_plan(state: JournalState, opening: Opening) -> Plan:
    """Entry 0 of the logs that are new."""

    def first(log: LogState) -> tuple[EntryFields, ...]:
        return () if log.head.size else (opening(log.head.origin),)

    return Plan(exchange=first(state.exchange), activity=first(state.activity))


def load_state(store: Store, names: LogNames) -> JournalState:
    """Both logs as they are stored. IntegrityFailure if tiles do not give the stored root."""
    return JournalState(
        exchange=_load_log(store, names.exchange, "exchange"),
        activity=_load_log(store, names.activity, "activity"),
        sequences=store.next_sequences(),
    )


def check_guard(
    state: JournalState, copies: Mapping[str, tuple[int, bytes]], network: str, now: datetime
) -> Plan:
    """IntegrityFailure unless both logs continue their guard copies.

    Returns a plan with an alarm if a log that is in use has no copy: then nothing can be said.
    """
    lost = []
    for log in (state.exchange, state.activity):
        size, root = copies.get(log.head.origin, (0, EMPTY_ROOT))
        if size > log.head.size:
            raise IntegrityFailure(
                f"the store is older than this node's guard copy: {log.head.origin} has "
                f"{log.head.size} entries, the guard copy {size}",
                remedy=RESTORED,
            )
        if size and log.log.tree.root_at(size) != root:
            raise IntegrityFailure(
                f"{log.head.origin} contradicts its guard copy at size {size}", remedy=RESTORED
            )
        if not size and log.head.size > 1:  # a kill right after entry 0 leaves none
            lost.append(log.head.origin)
    return _alarms(lost, network, now)


def _alarms(lost: list[str], network: str, now: datetime) -> Plan:
    what, at = "guard-missing", format_time(now)
    detail = "the guard copy was lost: whether the store is the newest cannot be told"
    return Plan(
        activity=tuple(
            {"kind": "alarm", "network": network, "what": what, "subject": origin, "detail": ""}
            for origin in lost
        ),
        changes=tuple(
            change
            for origin in lost
            for change in (
                Insert(AlarmRow(what, origin, at, detail), ignore=True),
                Insert(EventRow(at, "alarm", origin, json.dumps({"what": what}))),
            )
        ),
    )


def _load_log(store: Store, origin: str, log: str) -> LogState:
    def read(level: int, n: int) -> bytes:
        return store.tile(origin, level, n)

    found = store.rows(LogHeadRow, Where("origin", "=", origin))
    if not found:
        head = LogHeadRow(origin, log, 0, EMPTY_ROOT, "", "", b"")
        return LogState(head, LogHead(origin, Tree(0, read, TileCache())))
    tree = Tree(found[0].size, read, TileCache())
    if tree.root() != found[0].root:
        raise IntegrityFailure(
            f"the stored tree of {origin} does not give its stored root",
            remedy="stop the node and run `relec audit verify`; do not restore over it",
        )
    return LogState(found[0], LogHead(origin, tree, found[0].last_time))
