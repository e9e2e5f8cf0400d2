"""What others hold of our log: a tree with our own signature that we do not hold proves that we are
an old copy of this node.

Contract: nobody's word counts, only our signature; `Unverified` for a note that does not bear it. A
proof takes the permit to sign away before anything is written, and what is written needs no
signature: the alarm `node-behind` with the note, and an event per partner.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog

from relec_exchange.audit.checkpoint import Checkpoint, CheckpointCache, parse_checkpoint
from relec_exchange.errors import InvalidInput, Misconfigured, Reason, Unverified
from relec_exchange.journal.plan import Plan
from relec_exchange.journal.standing import Turn
from relec_exchange.journal.state import JournalState
from relec_exchange.journal.writer import Journal
from relec_exchange.message.identifiers import format_time, parse_origin
from relec_exchange.ports import LogSigner, Store
from relec_exchange.records import AlarmRow, Change, EventRow, Insert, Update, Where
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.signature import HybridPublic

BEHIND: Final = "node-behind"
"""The alarm that this node has signed more than it holds."""

SHOWN: Final = "behind.shown"
"""The event that a partner holds more of our log than we do."""


@dataclass(frozen=True, slots=True)
class Beyond:
    """A tree that we signed and do not hold: its size, and how many entries our log has."""

    origin: str
    size: int
    held: int
    note: bytes = field(repr=False)

    @property
    def detail(self) -> str:
        """One line for the alarm."""
        if self.size > self.held:
            return f"a tree of {self.size} entries bears our signature, {self.held} are here"
        return f"two trees of {self.size} entries bear our signature"


def ours(state: JournalState, note: bytes, key: Callable[[str], HybridPublic]) -> Beyond | None:
    """What a note of our exchange log proves against what we hold; None if we hold it.

    `key` gives the public key of a log of ours by name, or raises. Of a closed log nothing is
    asked: its successor has said what of it stands. Errors: Unverified.
    """
    try:
        claimed = parse_checkpoint(note)
        name = parse_origin(claimed.origin)
    except InvalidInput:
        raise Unverified(Reason.PROOF_MALFORMED, "no checkpoint") from None
    log = state.exchange
    own = parse_origin(log.origin)
    if (name.network, name.node, name.log) != (own.network, own.node, own.log):
        raise Unverified(Reason.PROOF_KEY, "a checkpoint of another log")
    if name.number < own.number or _held(state, claimed):
        return None
    CheckpointCache(1).verify(note, _key(key, claimed.origin))
    held = log.head.size if claimed.origin == log.origin else 0
    return Beyond(claimed.origin, claimed.size, held, note)


def _held(state: JournalState, claimed: Checkpoint) -> bool:
    log = state.exchange
    if claimed.origin != log.origin or claimed.size > log.head.size:
        return False
    return log.log.tree.root_at(claimed.size) == claimed.root


def _key(key: Callable[[str], HybridPublic], origin: str) -> HybridPublic:
    try:
        return key(origin)
    except Misconfigured:
        raise Unverified(Reason.PROOF_KEY, "no key of ours has that name") from None


class OwnTrees:
    """Looks at what partners show of our log. Used by the inbound thread."""

    def __init__(
        self,
        store: Store,
        journal: Journal,
        directory: Callable[[], Directory],
        signer: LogSigner,
    ) -> None:
        self._store = store
        self._journal = journal
        self._directory = directory
        self._signer = signer

    def shown(self, peer: str, note: bytes, now: datetime) -> bool:
        """A partner shows a tree of our log: whether it proves that we are behind.

        If so, nothing is signed any more from here on. Errors: Unverified (not our signature).
        """
        found = ours(self._journal.state, note, self._public)
        if found is None:
            return False
        if self._journal.permit.turn(Turn.PROVEN):
            structlog.get_logger().critical("node.behind", peer=peer, size=found.size)
        self._journal.submit(Plan(changes=self._changes(peer, found, now)))
        self._journal.drain_if_idle()
        return True

    def _public(self, origin: str) -> HybridPublic:
        """From our card, which also names logs of which the key is gone; else from the keys."""
        try:
            return self._directory().log_key(origin).public
        except Unverified:
            return self._signer.log_public(origin)

    def _changes(self, peer: str, found: Beyond, now: datetime) -> tuple[Change, ...]:
        at, subject = format_time(now), self._journal.state.exchange.origin
        told = {"origin": found.origin, "size": found.size, "held": found.held}
        event = EventRow(at, SHOWN, peer, json.dumps({**told, "note": found.note.decode()}))
        changes: list[Change] = []
        if not self._known(peer, found):
            changes.append(Insert(event))
        standing = standing_alarm(self._store, subject)
        if standing is None:
            row = AlarmRow(BEHIND, subject, at, found.detail, found.note)
            alarm = EventRow(at, "alarm", subject, json.dumps({"what": BEHIND}))
            changes += [Insert(row, ignore=True), Insert(alarm)]
        elif _larger(found, standing.evidence):
            key = {"what": BEHIND, "subject": subject, "closed_at": standing.closed_at}
            values = {"detail": found.detail, "evidence": found.note}
            changes.append(Update(AlarmRow, key, values))
        return tuple(changes)

    def _known(self, peer: str, found: Beyond) -> bool:
        """Whether this partner showed as much before."""
        told = self._store.rows(EventRow, Where("kind", "=", SHOWN), Where("ref", "=", peer))
        seen = [json.loads(row.data) for row in told]
        return any(one["origin"] == found.origin and one["size"] >= found.size for one in seen)


def standing_alarm(store: Store, origin: str) -> AlarmRow | None:
    """The alarm that this log of ours is behind, closed or not: only a successor ends it."""
    found = store.rows(AlarmRow, Where("what", "=", BEHIND), Where("subject", "=", origin))
    return found[0] if found else None


def _larger(found: Beyond, evidence: bytes) -> bool:
    before = parse_checkpoint(evidence)
    numbers = parse_origin(found.origin).number, parse_origin(before.origin).number
    return (numbers[0], found.size) > (numbers[1], before.size)
