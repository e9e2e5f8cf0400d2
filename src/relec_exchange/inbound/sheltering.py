"""What arrives while the node must not sign: it is kept, unjudged, and judged when it may.

Contract: nothing here makes an entry. An envelope is acknowledged when the shelter has it durably;
a full shelter leaves it at the broker (Unavailable). Judging goes in the order of arrival, before
anything that came later; a kill between judging and removing repeats it, which the inbox knows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from relec_exchange.errors import Unavailable, Unverified
from relec_exchange.inbound.gathered import Arrival
from relec_exchange.inbound.inbox import Inbox
from relec_exchange.journal.plan import Plan
from relec_exchange.journal.standing import NodeBehind
from relec_exchange.journal.writer import Journal
from relec_exchange.message.identifiers import format_time
from relec_exchange.ports import Clock, Store
from relec_exchange.records import Delete, Insert, ShelterRow, Where
from relec_exchange.sealing.envelope import parse_envelope

SHELTER_MAX: Final = 1000
"""Envelopes that are kept unjudged ..."""

SHELTER_BYTES_MAX: Final = 64 * 1024 * 1024
"""... and bytes of all of them."""

_PAGE: Final = 64


class Shelter:
    """The inbox of a node that may have to keep what it cannot judge. One thread only.

    `ready` says whether the node may judge; `look` is shown everything that is sheltered.
    """

    def __init__(
        self,
        store: Store,
        journal: Journal,
        inbox: Inbox,
        ready: Callable[[], bool],
        look: Callable[[Sequence[Arrival]], None],
        clock: Clock,
    ) -> None:
        self._store = store
        self._journal = journal
        self._inbox = inbox
        self._ready = ready
        self._look = look
        self._clock = clock
        self._kept: tuple[int, int] | None = None

    def take_in(self, arrivals: Sequence[Arrival]) -> object:
        """Judge a batch, what was sheltered before it first; or shelter it. Errors: as the inbox's,
        and Unavailable if the shelter is full.
        """
        if self._ready():
            try:
                self._let_in()
                return self._inbox.take_in(arrivals)
            except NodeBehind:  # found in this very batch, or meanwhile
                self._kept = None
        try:
            self._keep(arrivals)
        finally:  # what finds no room is looked at, too: a flood must not hide a proof
            self._look(arrivals)
        return None

    def held_due(self) -> bool:
        """Whether there is something to judge that did not just arrive."""
        return self._ready() and (self._count()[0] > 0 or self._inbox.held_due())

    def retry_held(self) -> None:
        """Judge what was sheltered, and what waits for a card or its time."""
        if not self._ready():
            return
        try:
            self._let_in()
            self._inbox.retry_held()
        except NodeBehind:
            self._kept = None

    def left(self, arrivals: Sequence[Arrival]) -> None:
        """What is behind a batch that found no room is looked at, too, while it waits."""
        if not self._ready():
            self._look(arrivals)

    def _let_in(self) -> None:
        while self._count()[0]:
            rows = self._store.rows(ShelterRow, order="row", limit=_PAGE)
            self._inbox.take_in([Arrival(row.source, row.envelope) for row in rows])
            done = tuple(Delete(ShelterRow, {"row": row.row}) for row in rows)
            self._journal.write(Plan(changes=done))
            self._kept = None

    def _keep(self, arrivals: Sequence[Arrival]) -> None:
        count, size = self._count()
        count += len(arrivals)
        size += sum(len(arrival.envelope) for arrival in arrivals)
        if count > SHELTER_MAX or size > SHELTER_BYTES_MAX:
            raise Unavailable(
                "no more envelopes are kept while the node must not sign",
                remedy="they wait at the broker: see relec status",
            )
        at = format_time(self._clock())
        rows = (ShelterRow(a.source, _class(a.envelope), a.envelope, at) for a in arrivals)
        self._journal.write(Plan(changes=tuple(map(Insert, rows))))
        self._kept = (count, size)

    def _count(self) -> tuple[int, int]:
        """How many envelopes are kept, and their bytes; read once."""
        if self._kept is None:
            count, size, after = 0, 0, 0
            while rows := self._store.rows(
                ShelterRow, Where("row", ">", after), order="row", limit=_PAGE
            ):
                count += len(rows)
                size += sum(len(row.envelope) for row in rows)
                after = rows[-1].row
            self._kept = (count, size)
        return self._kept


def _class(envelope: bytes) -> str:
    """The class in the clear header; empty for what is no envelope, which is judged later."""
    try:
        return str(parse_envelope(envelope).header.message_class)
    except Unverified:
        return ""
