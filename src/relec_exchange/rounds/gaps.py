"""Missing numbers: noticed at both ends, asked for, closed.

A gap is a number that stayed missing for two minutes (flash: 30 seconds) behind newer traffic of
its class, or behind the last sent number that a round names. The receiver asks the sender again;
the sender sees in the partner's round what did not arrive.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from relec_exchange.journal.control import control_send, reachable
from relec_exchange.journal.plan import Plan
from relec_exchange.journal.writer import Journal
from relec_exchange.message.constants import LIMITS, Times
from relec_exchange.message.identifiers import (
    MessageClass,
    format_time,
    parse_origin,
    parse_time,
)
from relec_exchange.ports import Random, Store
from relec_exchange.records import (
    ChainRow,
    Change,
    EventRow,
    GapRow,
    Insert,
    OutboxRow,
    PeerChainRow,
    Put,
    Update,
    Where,
)
from relec_exchange.rounds.routes import current_log
from relec_exchange.trust.directory import Directory

ASKS_BEFORE_LOST = 10
"""So often a closed log is asked before a number of it may be given up."""

STILL_OUT = ("released", "relayed")
"""States of a message that its recipient has not judged."""


@dataclass(frozen=True, slots=True)
class Hole:
    """Numbers `first` to `last` that are missing since `since` (wire time)."""

    first: int
    last: int
    since: str

    def meets(self, gap: GapRow) -> bool:
        """Whether the hole has a number of the gap, or begins right behind it."""
        return self.first <= gap.last + 1 and gap.first <= self.last


def holes_of(chain: ChainRow) -> list[Hole]:
    """What is missing of a chain; ValueError or TypeError if its record cannot be read."""
    return [Hole(*hole) for hole in json.loads(chain.missing)]


class Gaps:
    """Keeps the gap records and asks. Used by the rounds thread only."""

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
        self._heard: dict[tuple[str, str, str], str] = {}

    def tick(self, now: datetime) -> None:
        """Compare what is missing with what is recorded; commit what changed and what is asked."""
        directory = self._directory()
        rows = self._store.rows(PeerChainRow)
        # Of our own logs every partner tells what it has; a partner's log is told of by itself.
        told = {(r.origin, r.cls): r for r in rows if not _is_ours(r, directory)}
        standing = self._store.rows(GapRow, Where("closed_at", "=", ""))
        changes: list[Change] = []
        ask: dict[str, list[tuple[GapRow, list[Hole]]]] = {}
        for chain in self._chains(told):
            holes = _overdue(chain, told.get((chain.origin, chain.cls)), directory, now)
            if holes and current_log(directory, chain.sender) != chain.origin:
                holes = self._not_given_up(chain, holes, directory.times(), changes, now)
            mine = [g for g in standing if (g.origin, g.cls) == (chain.origin, chain.cls)]
            for gap, missing in self._reconcile(chain, mine, holes, changes, now):
                if _may_ask(gap, missing, directory.times(), now):
                    ask.setdefault(chain.sender, []).append((gap, missing))
        plans = [
            self._ask(peer, gaps, directory, now)
            for peer, gaps in ask.items()
            if reachable(directory, peer, now)
        ]
        changes += self._unreceived(rows, directory)
        if changes or plans:
            # One plan each: a partner that cannot be written to keeps no other waiting.
            self._journal.write_all([Plan(changes=tuple(changes)), *plans])

    def _chains(self, told: dict[tuple[str, str], PeerChainRow]) -> list[ChainRow]:
        """All chains that began, and those of which a round told before anything came."""
        rows = self._store.rows(ChainRow)
        begun = {(row.origin, row.cls) for row in rows}
        for (origin, cls), row in told.items():
            if (origin, cls) not in begun and row.last_sent:
                rows.append(ChainRow(origin, row.peer, cls, 0, 0, "[]"))
        return rows

    def _not_given_up(
        self,
        chain: ChainRow,
        holes: list[Hole],
        times: Times,
        changes: list[Change],
        now: datetime,
    ) -> list[Hole]:
        """Without the numbers of a closed log that its sender knows nothing of: asked for again and
        again for longer than anything may be sent again.
        """
        life = timedelta(seconds=times.time_to_live_seconds + times.resend_window_seconds)
        lost = self._store.rows(
            GapRow,
            Where("origin", "=", chain.origin),
            Where("cls", "=", chain.cls),
            Where("asks", ">=", ASKS_BEFORE_LOST),
            Where("since", "<=", format_time(now - life)),
        )
        changes += [_event("gap.lost", gap, now) for gap in lost if not gap.closed_at]
        return [hole for hole in holes if not any(_within(hole, gap) for gap in lost)]

    def _reconcile(
        self,
        chain: ChainRow,
        standing: Sequence[GapRow],
        holes: Sequence[Hole],
        changes: list[Change],
        now: datetime,
    ) -> list[tuple[GapRow, list[Hole]]]:
        """The open gaps with what is missing of each; closes and opens records as needed."""
        rest = list(holes)
        found: list[tuple[GapRow, list[Hole]]] = []
        for gap in standing:
            missing = [hole for hole in rest if hole.meets(gap)]
            rest = [hole for hole in rest if hole not in missing]
            if not missing:
                closed = replace(gap, closed_at=format_time(now))
                changes += [Put(closed), _event("gap.closed", closed, now)]
                continue
            wider = replace(gap, last=max(gap.last, missing[-1].last))
            if wider != gap:
                changes.append(Put(wider))
            found.append((wider, missing))
        for hole in rest:
            new = GapRow(chain.origin, chain.sender, chain.cls, hole.first, hole.last, hole.since)
            changes += [Put(new), _event("gap.opened", new, now)]
            found.append((new, [hole]))
        return found

    def _ask(
        self,
        peer: str,
        gaps: Sequence[tuple[GapRow, list[Hole]]],
        directory: Directory,
        now: datetime,
    ) -> Plan:
        """One request for the first missing numbers of all gaps that may be asked for."""
        items, room = [], LIMITS.resend_numbers_max
        changes: list[Change] = []
        for gap, missing in gaps:
            asked_to = 0
            for hole in missing:
                count = min(room, hole.last - hole.first + 1)
                if count <= 0:
                    break
                room -= count
                asked_to = hole.first + count - 1
                numbers = {"from": hole.first, "to": asked_to}
                # Said always: the partner may have closed this log when it reads the request.
                items.append({"class": gap.cls, **numbers, "origin": gap.origin})
            if asked_to:
                asked = replace(
                    gap, asked_at=format_time(now), asks=gap.asks + 1, asked_to=asked_to
                )
                changes.append(Put(asked))
        send, secrets = control_send(
            directory, peer, "resend.request", {"items": items}, now, self._random
        )
        return Plan(sends=(send,), changes=tuple(changes), secrets=secrets)

    def _unreceived(self, told: Iterable[PeerChainRow], directory: Directory) -> list[Change]:
        """Mark in the outbox what a partner's round says it does not have, and unmark the rest.

        Each round of a partner is looked at once.
        """
        changes: list[Change] = []
        for row in told:
            key = (row.peer, row.origin, row.cls)
            if not _is_ours(row, directory) or self._heard.get(key) == row.at:
                continue
            self._heard[key] = row.at
            before = format_time(parse_time(row.at) - patience(row.cls, directory.times()))
            absent = {s.message_id: s for s in self._absent(row) if s.sent_at < before}
            marked = {s.message_id: s for s in self._marked(row)}
            changes += [
                Update(OutboxRow, {"message_id": ident}, {"missing_since": row.at})
                for ident in absent.keys() - marked.keys()
            ]
            changes += [
                Update(OutboxRow, {"message_id": ident}, {"missing_since": ""})
                for ident in marked.keys() - absent.keys()
            ]
        return changes

    def _absent(self, row: PeerChainRow) -> list[OutboxRow]:
        """Ours that the partner has not received, and has not judged otherwise."""
        missing = json.loads(row.missing)
        if not missing:  # without holes it has all up to `contiguous`, and nothing beyond
            missing = [[row.contiguous + 1, 2**62]]
        found: list[OutboxRow] = []
        for first, last in missing:
            found += self._store.rows(
                OutboxRow,
                Where("origin", "=", row.origin),
                Where("recipient", "=", row.peer),
                Where("cls", "=", row.cls),
                Where("seq", ">=", first),
                Where("seq", "<=", last),
                Where("state", "in", STILL_OUT),
                order="seq",
                limit=LIMITS.resend_numbers_max,
                blobs=False,
            )
        return found

    def _marked(self, row: PeerChainRow) -> list[OutboxRow]:
        return self._store.rows(
            OutboxRow,
            Where("origin", "=", row.origin),
            Where("recipient", "=", row.peer),
            Where("cls", "=", row.cls),
            Where("missing_since", "!=", ""),
            blobs=False,
        )


def _is_ours(row: PeerChainRow, directory: Directory) -> bool:
    return parse_origin(row.origin).node == directory.own


def patience(cls: str, times: Times) -> timedelta:
    """How long a missing number of a class may be merely late."""
    flash = cls == MessageClass.FLASH
    return timedelta(seconds=times.gap_flash_seconds if flash else times.gap_ordinary_seconds)


def _overdue(
    chain: ChainRow, told: PeerChainRow | None, directory: Directory, now: datetime
) -> list[Hole]:
    """Holes older than their time, and the numbers beyond the highest that were announced then."""
    limit = now - patience(chain.cls, directory.times())
    holes = holes_of(chain)
    if told is not None:
        beyond = [a for a in json.loads(told.announced) if a[0] > chain.highest]
        late = [a for a in beyond if parse_time(a[1]) <= limit]
        if late:
            holes.append(Hole(chain.highest + 1, max(a[0] for a in late), late[0][1]))
    return [hole for hole in holes if parse_time(hole.since) <= limit]


def _may_ask(gap: GapRow, missing: Sequence[Hole], times: Times, now: datetime) -> bool:
    """Never asked, all that was asked for has come, or it was asked for long ago."""
    if not gap.asked_at or missing[0].first > gap.asked_to:
        return True
    return parse_time(gap.asked_at) + timedelta(seconds=times.resend_retry_seconds) <= now


def _within(hole: Hole, gap: GapRow) -> bool:
    return gap.first <= hole.first and hole.last <= gap.last


def _event(kind: str, gap: GapRow, now: datetime) -> Change:
    data = json.dumps({"class": gap.cls, "first": gap.first, "last": gap.last})
    return Insert(EventRow(format_time(now), kind, gap.sender, data))
