"""Checkpoints of a partner's closed logs: proven to the end that its card names, or an alarm.

Contract: reads and decides, writes nothing. The end in the card is signed by the authority, so a
tree of that size needs no proof; a smaller one is proven by a round, a larger one contradicts it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from relec_exchange.audit.merkle import verify_consistency
from relec_exchange.errors import Unverified
from relec_exchange.journal.contradiction import both
from relec_exchange.message.bodies.control import ConsistencyProof
from relec_exchange.message.encoding import unb64
from relec_exchange.message.identifiers import format_time
from relec_exchange.ports import Store
from relec_exchange.records import AcceptedCheckpointRow, Change, Insert, Update, Where
from relec_exchange.rounds.alarms import Alarm
from relec_exchange.rounds.routes import closed_logs
from relec_exchange.trust.directory import Directory

FORK = "log-fork"
INCONSISTENT = "log-inconsistent"
SHORTENED = "log-shortened"
UNPROVEN = "checkpoint-unproven"

_Ends = dict[str, tuple[int, bytes]]


@dataclass(slots=True)
class ClosedJudgement:
    """What one round means for the closed logs of its sender."""

    changes: list[Change] = field(default_factory=list)
    alarms: list[Alarm] = field(default_factory=list)
    proven: set[tuple[str, int]] = field(default_factory=set)


Waits = Callable[[AcceptedCheckpointRow], bool]
"""Whether a round is excused for a tree that it did not prove."""


@dataclass(frozen=True, slots=True)
class Bearing:
    """How a round stands towards what it could have proven and did not: what it is excused for, and
    at how many rounds that are not there is an alarm.
    """

    waits: Waits
    limit: int


class ClosedLogs:
    """Used by the inbound thread only."""

    def __init__(self, store: Store, directory: Callable[[], Directory]) -> None:
        self._store = store
        self._directory = directory

    def take(
        self, sender: str, proofs: Sequence[ConsistencyProof], now: datetime
    ) -> ClosedJudgement:
        """Take the proofs of a round whose own checkpoint was accepted."""
        found = ClosedJudgement()
        ends = closed_logs(self._directory(), sender)
        if ends:
            found.proven = self._take(sender, ends, proofs, found, now)
        return found

    def left(self, sender: str, bearing: Bearing, found: ClosedJudgement) -> None:
        """Count what the round left unproven."""
        ends = closed_logs(self._directory(), sender)
        for row in self._unproven(sender, ends) if ends else ():
            if (row.origin, row.size) not in found.proven:
                self._left(row, ends[row.origin], bearing, found)
        for origin, (size, _) in ends.items():
            beyond = (Where("origin", "=", origin), Where("size", ">", size))
            for row in self._store.rows(AcceptedCheckpointRow, *beyond, order="-size", limit=1):
                detail = f"{origin} is said to end at {size}, and was longer"
                found.alarms.append(Alarm(SHORTENED, sender, detail, row.note))

    def _take(
        self,
        sender: str,
        ends: _Ends,
        proofs: Iterable[ConsistencyProof],
        found: ClosedJudgement,
        now: datetime,
    ) -> set[tuple[str, int]]:
        """The trees that are proven now. One that no message used yet is remembered, and binds."""
        proven: set[tuple[str, int]] = set()
        for proof in proofs:
            if proof.origin not in ends:
                continue
            size, root = ends[proof.origin]
            rows = self._store.rows(
                AcceptedCheckpointRow,
                Where("origin", "=", proof.origin),
                Where("size", "=", proof.size),
            )
            claimed = rows[0].root if rows else bytes.fromhex(proof.root)
            try:
                path = [unb64(line) for line in proof.hashes]
                verify_consistency(proof.size, claimed, size, root, path)
            except Unverified:
                if rows and not rows[0].proven:
                    found.alarms.append(_contradiction(sender, rows[0]))
                continue
            proven.add((proof.origin, proof.size))
            if not rows:
                at = format_time(now)
                foreseen = AcceptedCheckpointRow(
                    proof.origin, proof.size, claimed, b"", sender, at, proven=True
                )
                found.changes.append(Insert(foreseen, ignore=True))
            found.changes.append(_proven(proof.origin, proof.size, claimed))
        return proven

    def _left(
        self,
        row: AcceptedCheckpointRow,
        end: tuple[int, bytes],
        bearing: Bearing,
        found: ClosedJudgement,
    ) -> None:
        """A tree that was used towards us and that this round did not prove."""
        size, root = end
        if row.size == size and row.root == root:
            found.changes.append(_proven(row.origin, row.size, row.root))
        elif row.size == size:
            detail = "the card says that the log ended with another tree"
            evidence = both(row.note, self._directory().card(row.sender).note)
            found.alarms.append(Alarm(FORK, row.sender, detail, evidence))
        elif row.size < size and not bearing.waits(row):
            key = {"origin": row.origin, "size": row.size}
            found.changes.append(Update(AcceptedCheckpointRow, key, {"rounds": row.rounds + 1}))
            if row.rounds + 1 >= bearing.limit:
                detail = f"a tree of {row.size} entries of a closed log stays unproven"
                found.alarms.append(Alarm(UNPROVEN, row.sender, detail, row.note))

    def _unproven(self, sender: str, ends: _Ends) -> list[AcceptedCheckpointRow]:
        """Those used towards us. What others saw is counted by `rounds.demands`."""
        return self._store.rows(
            AcceptedCheckpointRow,
            Where("sender", "=", sender),
            Where("proven", "=", False),
            Where("heard_from", "=", ""),
            Where("origin", "in", sorted(ends)),
        )


def _contradiction(sender: str, row: AcceptedCheckpointRow) -> Alarm:
    detail = "a tree used towards us is no part of the closed log"
    return Alarm(INCONSISTENT, sender, detail, row.note)


def _proven(origin: str, size: int, root: bytes) -> Change:
    """With the root: in one commit with a message that used another tree, that one stays open."""
    key = {"origin": origin, "size": size, "root": root}
    return Update(AcceptedCheckpointRow, key, {"proven": True})
