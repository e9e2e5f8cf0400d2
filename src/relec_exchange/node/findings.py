"""What speaks for a node being an old copy of itself, as its own store and guard copy have it.

Contract: reads, decides nothing. Only `shown` and `guard` prove anything; `alarms` are what
partners said without our signature. `ended` are logs that a recovery has ended before.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from relec_exchange.audit.entry import decode_entry
from relec_exchange.journal.opening import UNGUARDED
from relec_exchange.journal.own_trees import BEHIND, SHOWN
from relec_exchange.ports import Store
from relec_exchange.records import AlarmRow, EntryRow, EventRow, LogHeadRow, ShelterRow, Where

HINTS = ("log-behind-partner", "checkpoint-refused")
"""Alarms that may come of an old copy, and prove nothing."""


@dataclass(frozen=True, slots=True)
class ShownTree:
    """A tree with our signature that a partner showed: its log and size, and what was held here."""

    partner: str
    origin: str
    size: int
    held: int
    at: str
    note: str


@dataclass(frozen=True, slots=True)
class Ended:
    """A log that a recovery has ended: what is left of it, root in hex and the time of its last
    entry; its successor, and when that was opened.
    """

    origin: str
    size: int
    root: str
    last: str
    successor: str
    at: str


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything, with the present sizes of our logs. `guard` has what the guard copy knows and the
    store does not: origin -> size. `guard_leads` is true where it was the guard copy that told, and
    it alone: then it is not as old as the store, nor is what lies beside it.
    """

    logs: Mapping[str, int]
    shown: tuple[ShownTree, ...]
    guard: Mapping[str, int]
    alarms: tuple[tuple[str, str, str, str], ...]
    sheltered: int
    ended: tuple[Ended, ...] = ()
    guard_leads: bool = False

    @property
    def proven(self) -> bool:
        """Whether our own signature, or our own guard copy, says that entries are missing."""
        return bool(self.shown or self.guard)

    @property
    def any(self) -> bool:
        """Whether there is anything at all that says that the node is behind."""
        return self.proven or bool(self.alarms)

    @property
    def recovered(self) -> bool:
        """Whether a recovery came through, and nothing proves that the node was put back since."""
        return not self.proven and any("/exchange/" in one.origin for one in self.ended)


def findings(store: Store, copies: Mapping[str, tuple[int, bytes]]) -> Findings:
    """What the store and its guard copy say of the logs that are written."""
    heads = [head for head in store.rows(LogHeadRow) if not head.closed]
    sizes = {head.origin: head.size for head in heads}
    every = {head.origin for head in store.rows(LogHeadRow)}
    guard = {
        origin: size
        for origin, (size, _) in copies.items()
        if size > sizes.get(origin, 0) and (origin in sizes or origin not in every)
    }
    if not any(
        store.count(AlarmRow, Where("what", "=", BEHIND), Where("subject", "=", origin))
        for origin in sizes
    ):
        shown: tuple[ShownTree, ...] = ()
    else:
        shown = shown_trees(store)
    hints = store.rows(AlarmRow, Where("what", "in", list(HINTS)), Where("closed_at", "=", ""))
    return Findings(
        sizes,
        shown,
        guard,
        tuple((row.at, row.what, row.subject, row.detail) for row in hints),
        store.count(ShelterRow),
    )


def ended(store: Store, successors: Collection[str], alarm_name: str) -> tuple[Ended, ...]:
    """The logs that a recovery ended and that these follow, until its alarm is closed."""
    found = []
    for successor in sorted(successors, reverse=True):
        alarm = Where("what", "=", alarm_name), Where("subject", "=", successor)
        standing = store.rows(AlarmRow, *alarm, Where("closed_at", "=", ""))
        named = _entry(store, successor, 0)
        if not standing or not named:
            continue
        origin, size = str(named["previous_origin"]), int(named["previous_size"])
        last = _entry(store, origin, size - 1).get("time", "")
        root = str(named["previous_root"])
        found.append(Ended(origin, size, root, str(last), successor, standing[0].at))
    return tuple(found)


def told_by_guard(store: Store, found: Findings) -> bool:
    """Whether the guard copy told that entries are missing, now or before the recovery, and nobody
    has told more: no tree that was shown, no alarm of a partner or of a guard copy that was gone.
    """
    hints = Where("what", "in", [*HINTS, BEHIND, UNGUARDED])
    told = store.count(EventRow, Where("kind", "=", SHOWN)) or store.count(AlarmRow, hints)
    return bool(found.guard or found.ended) and not told


def _entry(store: Store, origin: str, index: int) -> dict[str, Any]:
    """An entry of ours; nothing if it is not there."""
    rows = store.rows(EntryRow, Where("origin", "=", origin), Where("idx", "=", index))
    return dict(decode_entry(rows[0].data, kind=rows[0].kind)) if rows else {}


def shown_trees(store: Store) -> tuple[ShownTree, ...]:
    """The newest tree that each partner showed beyond ours, by partner."""
    newest: dict[str, ShownTree] = {}
    for row in store.rows(EventRow, Where("kind", "=", SHOWN), order="row"):
        told = json.loads(row.data)
        newest[row.ref] = ShownTree(
            row.ref, told["origin"], told["size"], told["held"], row.at, told["note"]
        )
    return tuple(newest[partner] for partner in sorted(newest))
