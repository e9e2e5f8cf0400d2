"""Listening: a node that cannot tell whether its store is the newest hears its partners before it
signs anything.

Contract: only our own signature on a tree that we do not hold is a proof, and ends in refusing.
What a partner says besides (an answer to a round, a number, that we never gave) is a reason to wait
for the full time and no longer, so that no partner can keep a node silent. Only rounds that were
written after we began count: older ones lay at the broker and tell of before. A proof stands on
our signature alone: neither the time of its round matters, nor our clock, which a machine that went
back has wrong, nor whether we know the log of its sender.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import structlog

from relec_exchange.errors import InvalidInput, Unverified
from relec_exchange.inbound.gathered import Arrival
from relec_exchange.inbound.prove import Proven
from relec_exchange.inbound.receive import Waiting
from relec_exchange.journal.plan import Plan
from relec_exchange.journal.standing import Permit, Standing, Turn
from relec_exchange.journal.state import JournalState
from relec_exchange.message.bodies.control import Round
from relec_exchange.message.constants import Times
from relec_exchange.message.document import parse_message
from relec_exchange.message.identifiers import format_time, parse_origin
from relec_exchange.node.receiving import Ears
from relec_exchange.records import EventRow, Insert, PeerRow, ShelterRow, Where
from relec_exchange.rounds.routes import partners
from relec_exchange.rounds.ticker import Tick
from relec_exchange.trust.witnesses import quorum_of

BEGUN, OVER = "listening.begun", "listening.over"
ANY_TIME = datetime(9000, 1, 1, tzinfo=UTC)
PAGE = 64
OPERATOR = "operator"
"""Who starts the process: the one who acts and is no officer."""


class Doubt(StrEnum):
    """What a partner says that we cannot know of; no proof, for it bears no signature of ours."""

    ANSWER = "answers a round that is not here"
    NUMBER = "has messages that are not here"
    SILENT = "shows no tree of ours, though it has answered a round"


@dataclass(slots=True)
class Heard:
    """Who was heard since the node began to listen, with what doubts; of `wanted` partners."""

    wanted: frozenset[str]
    doubts: dict[str, frozenset[Doubt]] = field(default_factory=dict)

    @property
    def clear(self) -> frozenset[str]:
        """The partners that have nothing beyond what we hold."""
        return frozenset(node for node, doubts in self.doubts.items() if not doubts) & self.wanted

    @property
    def enough(self) -> bool:
        """Whether more than two thirds of all are clear, and nobody who was heard is not."""
        doubted = any(self.doubts.values())
        return not doubted and len(self.clear) >= quorum_of(len(self.wanted))


def listening_time(times: Times) -> timedelta:
    """How long a node listens at most; never longer than the rounds of its network take."""
    rounds = times.round_idle_seconds + times.round_busy_seconds
    return timedelta(seconds=min(times.listen_seconds, rounds))


def doubts(state: JournalState, peer: PeerRow, body: Round) -> frozenset[Doubt]:
    """What a partner's round says beyond what we hold, without our signature on it."""
    origin, found = state.exchange.origin, set()
    if body.answer is not None:
        newer = _number(body.answer.origin) > _number(origin)
        same = body.answer.origin == origin
        if newer or (same and body.answer.number > peer.our_number):
            found.add(Doubt.ANSWER)
        if same and not body.shown:
            found.add(Doubt.SILENT)
    about = body.status.of or f"{origin.rpartition('/')[0]}/1"
    if about == origin:
        for name in ("control", "flash", "ordinary"):
            status, sent = getattr(body.status.classes, name), state.sequences
            last = max([status.contiguous, *(end for _, end in status.missing)])
            if last >= sent.get((peer.peer, name), 1):
                found.add(Doubt.NUMBER)
    elif _number(about) > _number(origin):
        found.add(Doubt.NUMBER)
    return frozenset(found)


def _number(origin: str) -> int:
    try:
        return parse_origin(origin).number
    except InvalidInput:
        return 0


class Listening:
    """Looks at what is sheltered (inbound thread), and ends the listening by the clock (rounds
    thread). Once the node may sign it calls `settle` before anything else is done, then `work`.
    """

    def __init__(self, on: Ears, settle: Callable[[], None], work: Callable[[], None]) -> None:
        self._on = on
        self._settle = settle
        self._work = work
        self._since: datetime | None = None
        self._heard = Heard(frozenset())
        self._by = ""
        self._settled = False

    @property
    def ready(self) -> bool:
        """Whether the node works: it may sign, and what comes first is done."""
        return self._settled and self._on.journal.permit.signs

    def begin(self, now: datetime) -> None:
        """Begin to listen, unless the permit says otherwise. What an earlier run sheltered comes
        first: it may have been killed before it had looked.
        """
        self._since = now
        self._heard = Heard(frozenset(partners(self._on.book.current)))
        structlog.get_logger().warning("node.listening", count=len(self._heard.wanted))
        self._tell(BEGUN, now)
        self._look_back()

    def declared(self) -> None:
        """The operator says that this store is the newest."""
        if self._on.journal.permit.turn(Turn.DECLARED):
            self._by = str(Turn.DECLARED)

    def waits_for(self) -> dict[str, object]:
        """For `relec status`: since when and until when, and who was heard and who was not."""
        if self._since is None:
            return {}
        times = self._on.book.current.times()
        clear = self._heard.clear
        return {
            "since": format_time(self._since),
            "until": format_time(self._since + listening_time(times)),
            "heard": sorted(clear),
            "missing": sorted(self._heard.wanted - clear),
            "doubts": {
                node: sorted(map(str, found))
                for node, found in sorted(self._heard.doubts.items())
                if found
            },
        }

    def look(self, arrivals: Sequence[Arrival]) -> None:
        """What the rounds among these say of our log."""
        receiver, now = self._on.receiver(), self._on.clock()
        for arrival in arrivals:
            try:
                found = receiver.prove(arrival.envelope, now)
                if not isinstance(found, Proven):
                    self._glance(receiver.prove(arrival.envelope, ANY_TIME), arrival.source, now)
                elif found.entry["type"] == "round":
                    self._read(found, now)
            except Exception as error:  # noqa: BLE001 - it is kept; nothing must stop at one of them
                kind = type(error).__name__
                structlog.get_logger().warning("listening.unread", error=kind)

    def tick(self, now: datetime) -> None:
        """End the listening when it is time, and begin to work once the node may sign."""
        permit = self._on.journal.permit
        if permit.standing is Standing.LISTENING:
            self._end(permit, now)
        if permit.signs and not self._settled:
            self._settle()
            self._settled = True
            if self._since is not None:
                self._tell(OVER, now)
            self._work()

    def _end(self, permit: Permit, now: datetime) -> None:
        if self._since is None or now < self._since:
            self._since = now  # a clock that was put back
        passed = now - self._since >= listening_time(self._on.book.current.times())
        turn = Turn.HEARD if self._heard.enough else Turn.OVER if passed else None
        if turn is not None and permit.turn(turn):
            self._by = str(turn)
            structlog.get_logger().info("node.listening.over", reason=self._by)

    def _read(self, proven: Proven, now: datetime) -> None:
        """A round that cannot be read says nothing."""
        try:
            body = parse_message(proven.content.message).body
        except Unverified:
            return
        if isinstance(body, Round):
            self._hear(proven.header.sender, body, now)

    def _glance(self, found: object, source: str, now: datetime) -> None:
        """A round of which nothing is believed, but our own signature if it shows one."""
        body = found.carried if isinstance(found, Waiting) else None
        if isinstance(found, Proven) and found.entry["type"] == "round":
            body, source = parse_message(found.content.message).body, found.header.sender
        if isinstance(body, Round):
            self._shown(source, body, now)

    def _shown(self, sender: str, body: Round, now: datetime) -> None:
        for note in body.shown:
            try:
                self._on.own.shown(sender, note.encode(), now)
            except Unverified:  # of another log, or not signed by us
                continue

    def _look_back(self) -> None:
        after = 0
        control = Where("cls", "=", "control")
        while rows := self._on.store.rows(
            ShelterRow, control, Where("row", ">", after), order="row", limit=PAGE
        ):
            self.look([Arrival(row.source, row.envelope) for row in rows])
            after = rows[-1].row

    def _hear(self, sender: str, body: Round, now: datetime) -> None:
        self._shown(sender, body, now)
        if self._since is None or body.clock < self._since:
            return
        rows = self._on.store.rows(PeerRow, Where("peer", "=", sender))
        peer = rows[0] if rows else PeerRow(sender)
        self._heard.doubts[sender] = doubts(self._on.journal.state, peer, body)

    def _tell(self, kind: str, now: datetime) -> None:
        told = {"by": self._by, **self.waits_for()}
        row = EventRow(format_time(now), kind, "", json.dumps(told))
        entry = {
            "kind": "access",
            "network": self._on.book.current.network,
            "actor": OPERATOR,
            "action": "newest_declared",
            "ref": "",
        }
        by_word = kind == OVER and self._by == Turn.DECLARED
        self._on.journal.write(Plan(activity=(entry,) if by_word else (), changes=(Insert(row),)))


def when_ready(listening: Listening, ticks: Sequence[Tick]) -> tuple[Tick, ...]:
    """What ends the listening, and the duties of a node that works."""

    def waiting(tick: Tick) -> Tick:
        return lambda now: tick(now) if listening.ready else None

    return (listening.tick, *map(waiting, ticks))
