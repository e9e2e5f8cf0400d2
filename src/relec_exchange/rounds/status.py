"""What our rounds tell of chains: how far we have sent, and what we have of the partner's numbers.

Contract: reads, writes nothing. Of a closed log of ours the last numbers are told until the partner
has all of it, so that the last message before a succession is missed too; of a closed log of the
partner we tell what we have for as long as its rounds name that log.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from relec_exchange.journal.state import JournalState, LogState
from relec_exchange.message.bodies.control import CLOSED_LOGS_MAX
from relec_exchange.message.identifiers import MessageClass, exchange_origin
from relec_exchange.ports import Store
from relec_exchange.records import ChainRow, OutboxRow, PeerChainRow, PeerRow, Where
from relec_exchange.rounds.routes import closed_logs, current_log
from relec_exchange.trust.directory import Directory

RANGES_MAX = 256

_Told = Mapping[tuple[str, str], PeerChainRow]
_Sequences = Mapping[tuple[str, str], int]


class Status:
    """Used by the rounds thread only."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._ended: dict[str, _Sequences] = {}

    def of(self, peer: PeerRow, directory: Directory, state: JournalState) -> dict[str, object]:
        """The field `status` of a round to this partner."""
        rows = self._store.rows(PeerChainRow, Where("peer", "=", peer.peer))
        told = {(row.origin, row.cls): row for row in rows}
        theirs = current_log(directory, peer.peer)
        status: dict[str, object] = {
            "classes": self._classes(peer.peer, theirs, state.sequences, told)
        }
        if theirs != exchange_origin(directory.network, peer.peer, 1):
            status["of"] = theirs
        closed = [*self._ours(peer.peer, state, told), *self._theirs(peer, directory, told)]
        if closed:
            status["closed"] = closed[:CLOSED_LOGS_MAX]
        return status

    def _ours(self, peer: str, state: JournalState, told: _Told) -> list[dict[str, object]]:
        """Our closed logs of which the partner does not have everything."""
        found: list[dict[str, object]] = []
        for log in state.closed_exchange():
            last = self._last(log)
            sent = {cls: last.get((peer, str(cls)), 1) - 1 for cls in MessageClass}
            has = {
                cls: told[log.origin, str(cls)].contiguous if (log.origin, str(cls)) in told else 0
                for cls in MessageClass
            }
            if all(has[cls] >= sent[cls] for cls in MessageClass):
                continue
            quiet: dict[str, object] = {"contiguous": 0, "missing": []}
            classes = {str(cls): {"last_sent": sent[cls], **quiet} for cls in MessageClass}
            found.append({"origin": log.origin, "classes": classes})
        return found

    def _theirs(self, peer: PeerRow, directory: Directory, told: _Told) -> list[dict[str, object]]:
        """The partner's closed logs that its newest round named."""
        return [
            {"origin": origin, "classes": self._classes(peer.peer, origin, {}, told)}
            for origin in closed_logs(directory, peer.peer)
            if any(row.origin == origin and row.at == peer.their_at for row in told.values())
        ]

    def _classes(
        self, peer: str, origin: str, sequences: _Sequences, told: _Told
    ) -> dict[str, dict[str, object]]:
        """What we have of one log of the partner, and how far we have sent."""
        chains = {row.cls: row for row in self._store.rows(ChainRow, Where("origin", "=", origin))}
        classes: dict[str, dict[str, object]] = {}
        for cls in MessageClass:
            row, said = chains.get(str(cls)), told.get((origin, str(cls)))
            classes[str(cls)] = {
                "last_sent": sequences.get((peer, str(cls)), 1) - 1,
                "contiguous": row.contiguous if row else 0,
                "missing": _missing(row, said.last_sent if said else 0),
            }
        return classes

    def _last(self, log: LogState) -> _Sequences:
        """(partner, class) -> the number after the last one that counts in a closed log of ours."""
        if log.origin not in self._ended:
            numbers = self._store.next_sequences(log.origin)
            beyond = (Where("origin", "=", log.origin), Where("leaf_index", ">=", log.size))
            for row in self._store.rows(OutboxRow, *beyond, blobs=False):
                chain = (row.recipient, row.cls)
                numbers[chain] = min(numbers[chain], row.seq or 1)
            self._ended[log.origin] = numbers
        return self._ended[log.origin]


def _missing(row: ChainRow | None, announced: int) -> list[list[int]]:
    """What did not come: the holes, and what the partner's last round named beyond the highest."""
    missing = [[first, last] for first, last, _ in json.loads(row.missing)] if row else []
    highest = row.highest if row else 0
    if announced > highest:
        missing.append([highest + 1, announced])
    return missing[:RANGES_MAX]
