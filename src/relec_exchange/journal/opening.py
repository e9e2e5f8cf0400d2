"""Opening a journal: load both logs, hold them against the guard copy, write entry 0 of new ones.

Restore guard: a store that is behind its guard copy, or contradicts it, is refused; a restored
backup that signs is how honest logs fork.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from relec_exchange.audit.entry import decode_entry
from relec_exchange.audit.log import LogHead
from relec_exchange.audit.merkle import EMPTY_ROOT
from relec_exchange.audit.tile import TileCache
from relec_exchange.audit.tiles import Tree
from relec_exchange.errors import IntegrityFailure
from relec_exchange.journal.plan import EntryFields, Plan
from relec_exchange.journal.state import JournalState, LogState
from relec_exchange.message.identifiers import format_time, parse_origin
from relec_exchange.ports import Store
from relec_exchange.records import AlarmRow, EntryRow, EventRow, Insert, LogHeadRow, Where

Opening = Callable[[str], EntryFields]
"""The fields of entry 0 for an origin."""

SUCCESSION_ENTRIES_MAX = 4
NUMBERED_ENTRIES = 1024
"""So many of the newest entries are asked which numbers were given, beside the outbox."""

UNGUARDED = "guard-missing"
"""The alarm that the guard copy was lost, so that nothing tells whether the store is the newest."""

RESTORED = "a restored backup must not sign: see docs/how-to/restore.md"


@dataclass(frozen=True, slots=True)
class LogNames:
    """The origins of the first two logs of a node."""

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
        return () if log.head.size else (opening(log.origin),)

    return Plan(exchange=first(state.exchange), activity=first(state.activity))


def load_state(store: Store, names: LogNames) -> JournalState:
    """The logs as they are stored; `names` are those of a store that has none yet.

    Of each kind the log with the highest number is written. IntegrityFailure if tiles do not give
    the stored root, or a log does not name the end of the one before it.
    """
    heads = store.rows(LogHeadRow)
    exchange = _in_order(heads, "exchange") or [names.exchange]
    activity = _in_order(heads, "activity") or [names.activity]
    closed = {}
    for origins in (exchange, activity):
        for origin, successor in pairwise(origins):
            closed[origin] = _load_closed(store, origin, successor)
    written = _load_log(store, exchange[-1], "exchange")
    return JournalState(
        exchange=written,
        activity=_load_log(store, activity[-1], "activity"),
        sequences=_next_numbers(store, written),
        closed=closed,
        tiles=store.tile,
    )


def _next_numbers(store: Store, log: LogState) -> dict[tuple[str, str], int]:
    """The next number of each chain. A number that the log names is never given again, whatever has
    become of the outbox: the log would say for ever that one number stands for two messages.
    """
    following = dict(store.next_sequences(log.origin))
    newest = Where("idx", ">=", log.size - NUMBERED_ENTRIES)
    sent = Where("origin", "=", log.origin), newest, Where("kind", "=", "sent")
    for row in store.rows(EntryRow, *sent):
        fields = decode_entry(row.data, kind="sent")
        chain = fields["to"], fields["class"]
        following[chain] = max(following.get(chain, 1), fields["seq"] + 1)
    return following


def _in_order(heads: list[LogHeadRow], log: str) -> list[str]:
    """The origins of the stored logs of one kind, the oldest first."""
    found = [head.origin for head in heads if head.log == log]
    return sorted(found, key=lambda origin: parse_origin(origin).number)


def _load_closed(store: Store, origin: str, successor: str) -> LogState:
    """A log that has a successor, whose entry 0 says where it ended."""
    state = _load_log(store, origin, parse_origin(origin).log)
    first = store.rows(EntryRow, Where("origin", "=", successor), Where("idx", "=", 0))
    named = decode_entry(first[0].data, kind="opened") if first else {}
    size, tree = named.get("previous_size", 0), state.log.tree
    stands = named.get("previous_origin") == origin and 1 <= size <= tree.size
    if not stands or tree.root_at(size).hex() != named["previous_root"]:
        raise IntegrityFailure(
            f"{successor} does not continue {origin} as it is stored",
            remedy="stop the node and run `relec audit verify`; do not restore over it",
        )
    return replace(state, final=(size, tree.root_at(size)))


def check_guard(
    state: JournalState, copies: Mapping[str, tuple[int, bytes]], network: str, now: datetime
) -> Plan:
    """IntegrityFailure unless all logs, the closed ones too, continue their guard copies.

    Returns a plan with an alarm if a log that is in use has no copy: then nothing can be said.
    """
    late = behind(state, copies)
    if late:
        origin, (size, _) = late[0], copies[late[0]]
        log = state.log(origin)
        raise IntegrityFailure(
            f"the store is older than this node's guard copy: {origin} has "
            f"{log.size if log else 0} entries, the guard copy {size}",
            remedy=RESTORED,
        )
    lost = []
    for log in (*state.closed.values(), state.exchange, state.activity):
        size, root = copies.get(log.origin, (0, EMPTY_ROOT))
        if size and log.log.tree.root_at(size) != root:
            raise IntegrityFailure(
                f"{log.origin} contradicts its guard copy at size {size}", remedy=RESTORED
            )
        if not size and log.size > _opened_with(log.origin):
            lost.append(log.origin)
    return _alarms(lost, network, now)


def _opened_with(origin: str) -> int:
    """How many entries the commit may have had that opened a log: a kill after it leaves no copy.

    A successor is opened together with the entry of who asked for it.
    """
    return 1 if parse_origin(origin).number == 1 else SUCCESSION_ENTRIES_MAX


def behind(state: JournalState, copies: Mapping[str, tuple[int, bytes]]) -> list[str]:
    """The logs of which the guard copy has more than the store, a log unknown here among them.

    One that is unknown, but older than the log that is written, was lost and has been succeeded.
    """
    found = []
    for origin, (size, _) in copies.items():
        log, name = state.log(origin), parse_origin(origin)
        written = state.exchange if name.log == "exchange" else state.activity
        succeeded = log is None and name.number < parse_origin(written.origin).number
        if size > (log.size if log else 0) and not succeeded:
            found.append(origin)
    return found


def _alarms(lost: list[str], network: str, now: datetime) -> Plan:
    what, at = UNGUARDED, format_time(now)
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
                Insert(AlarmRow(UNGUARDED, origin, at, detail), ignore=True),
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
