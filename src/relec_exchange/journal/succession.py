"""A log and its successor: one commit closes the old one and writes entry 0 of the new one.

Contract: pure. Entry 0 names where the old log ended. From then on the old log never grows, and
the numbers of all chains begin again at 1. A succession that came through although it seemed to
fail is not made twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from relec_exchange.audit.log import LogHead
from relec_exchange.audit.merkle import EMPTY_ROOT
from relec_exchange.audit.tile import TileCache
from relec_exchange.audit.tiles import Tree
from relec_exchange.errors import Conflict, InvalidInput
from relec_exchange.journal.plan import EntryFields, Plan, Successor
from relec_exchange.journal.state import JournalState, LogState
from relec_exchange.message.identifiers import Origin, format_time, parse_origin
from relec_exchange.records import Change, EventRow, HeadChange, Insert, LogHeadRow, PeerRow, Update


@dataclass(frozen=True, slots=True)
class Switched:
    """The state in which the successors are written, the heads that end, and the plans to write."""

    state: JournalState
    closing: tuple[HeadChange, ...]
    plans: tuple[Plan, ...]


def next_origin(origin: str) -> str:
    """The name of the log that follows this one."""
    parsed = parse_origin(origin)
    return str(Origin(parsed.network, parsed.node, parsed.log, parsed.number + 1))


def succession_plan(successors: Iterable[Successor], now: datetime, *more: Change) -> Plan:
    """The plan that opens these logs, and what the rounds have to forget with it.

    Partners have acknowledged nothing of the new exchange log, and are sent our card anew.
    """
    opens = tuple(successors)
    at = format_time(now)
    changes: list[Change] = [
        Insert(EventRow(at, "log.opened", one.origin, json.dumps({"log": _of(one).log})))
        for one in opens
    ]
    for one in opens:
        if _of(one).log == "exchange":
            fresh = {"our_origin": one.origin, "acknowledged_size": 0, "offers": "[]"}
            changes.append(Update(PeerRow, {}, {**fresh, "notes_sent_at": ""}))
    return Plan(opens=opens, changes=(*changes, *more))


def switch(state: JournalState, plans: tuple[Plan, ...], network: str) -> Switched:
    """What a batch is built on if one of its plans opens successors; else all as it was.

    Errors: Conflict (the log is not the one that the successor follows), InvalidInput (so many
    entries the old log does not have).
    """
    if not any(plan.opens for plan in plans):
        return Switched(state, (), plans)
    closing: list[HeadChange] = []
    written: list[Plan] = []
    for plan in plans:
        openings: list[tuple[str, EntryFields]] = []
        wanted = [one for one in plan.opens if state.log(one.origin) is None]
        for successor in wanted:
            state, change, fields = _opened(state, successor, network)
            closing.append(change)
            openings.append((_of(successor).log, fields))
        # Nothing is left to open: an earlier try came through, and all of it was one commit.
        done = bool(plan.opens) and not wanted
        written.append(Plan(after=plan.after) if done else _with_openings(plan, openings))
    return Switched(state, tuple(closing), tuple(written))


def _opened(
    state: JournalState, successor: Successor, network: str
) -> tuple[JournalState, HeadChange, EntryFields]:
    """The state in which an empty successor has taken the old log's place."""
    exchange = _of(successor).log == "exchange"
    old = state.exchange if exchange else state.activity
    if _of(successor).number <= parse_origin(old.origin).number:
        raise Conflict(
            f"{successor.origin} does not follow {old.origin}",
            field="log",
            remedy="look at the node's logs again: relec rotate log shows them",
        )
    size = old.head.size if successor.good_size is None else successor.good_size
    if not 1 <= size <= old.head.size:
        raise InvalidInput(
            f"{old.origin} has {old.head.size} entries", field="good_size", remedy="name fewer"
        )
    root = old.log.tree.root_at(size)
    ended = replace(old.head, closed=True)
    fresh = _empty(state, successor.origin, old)
    closed = {**state.closed, old.origin: LogState(ended, old.log, (size, root))}
    if exchange:
        after = replace(state, closed=closed, exchange=fresh, sequences={})
    else:
        after = replace(state, closed=closed, activity=fresh)
    fields: EntryFields = {
        "kind": "opened",
        "network": network,
        "origin": successor.origin,
        "previous_origin": old.origin,
        "previous_size": size,
        "previous_root": root.hex(),
    }
    return after, HeadChange(old.head.size, ended), fields


def _empty(state: JournalState, origin: str, old: LogState) -> LogState:
    """A log without entries, whose times do not run back behind those of the old one."""
    last = old.head.last_time
    tree = Tree(0, partial(state.tiles, origin), TileCache())
    head = LogHeadRow(origin, old.head.log, 0, EMPTY_ROOT, last, old.head.writer, b"")
    return LogState(head, LogHead(origin, tree, last))


def _with_openings(plan: Plan, openings: list[tuple[str, EntryFields]]) -> Plan:
    first = {log: (fields,) for log, fields in openings}
    return replace(
        plan,
        exchange=(*first.get("exchange", ()), *plan.exchange),
        activity=(*first.get("activity", ()), *plan.activity),
    )


def _of(successor: Successor) -> Origin:
    return parse_origin(successor.origin)
