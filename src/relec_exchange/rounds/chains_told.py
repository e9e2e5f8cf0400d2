"""What a partner's round tells of chains: taken up as records, one for each log and class.

Contract: reads and decides; the changes join the receiving transaction. Only logs that a card names
are taken up, for everything else a partner could fill the store with names.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from relec_exchange.errors import InvalidInput, Unverified
from relec_exchange.message.bodies.control import Classes, ClassStatus, RoundStatus
from relec_exchange.message.constants import Times
from relec_exchange.message.identifiers import (
    MessageClass,
    exchange_origin,
    format_time,
    parse_origin,
    parse_time,
)
from relec_exchange.ports import Store
from relec_exchange.records import Change, PeerChainRow, Put, Where
from relec_exchange.rounds.gaps import patience
from relec_exchange.trust.directory import Directory


class ChainsTold:
    """Used by the inbound thread only."""

    def __init__(self, store: Store, directory: Callable[[], Directory]) -> None:
        self._store = store
        self._directory = directory

    def changes(self, peer: str, origin: str, status: RoundStatus, now: datetime) -> list[Change]:
        """The records after a round of `peer` that stands in its log `origin`."""
        directory = self._directory()
        rows = self._store.rows(PeerChainRow, Where("peer", "=", peer))
        before = {(row.origin, row.cls): row for row in rows}
        found = self._sent(peer, origin, status.classes, before, now)
        ours = status.of or exchange_origin(directory.network, directory.own, 1)
        named = [(ours, status.classes), *((log.origin, log.classes) for log in status.closed)]
        for name, classes in named:
            owner = _owner(directory, name)
            if owner == directory.own:
                found += [_held(peer, name, cls, of, now) for cls, of in _each(classes)]
            elif owner == peer and name != origin:
                found += self._sent(peer, name, classes, before, now, closed=True)
        return [Put(row) for row in found]

    def _sent(
        self,
        peer: str,
        origin: str,
        classes: Classes,
        before: dict[tuple[str, str], PeerChainRow],
        now: datetime,
        *,
        closed: bool = False,
    ) -> list[PeerChainRow]:
        """How far the partner has sent in one of its logs; of a closed one this is final."""
        at, times = format_time(now), self._directory().times()
        found = []
        for cls, told in _each(classes):
            old = before.get((origin, cls))
            announced = json.loads(old.announced) if old is not None else []
            if closed:
                announced = [one for one in announced if one[0] <= told.last_sent]
            if told.last_sent and (old is None or told.last_sent > old.last_sent):
                announced.append([told.last_sent, at])
            text = json.dumps(_shortened(announced, cls, times, now))
            found.append(PeerChainRow(peer, origin, cls, told.last_sent, text, 0, "[]", at))
        return found


def _held(peer: str, origin: str, cls: str, told: ClassStatus, now: datetime) -> PeerChainRow:
    """What the partner has of one of our logs."""
    missing = json.dumps([list(pair) for pair in told.missing])
    return PeerChainRow(peer, origin, cls, 0, "[]", told.contiguous, missing, format_time(now))


def _each(classes: Classes) -> list[tuple[str, ClassStatus]]:
    return [(str(cls), getattr(classes, str(cls))) for cls in MessageClass]


def _owner(directory: Directory, origin: str) -> str:
    """Whose exchange log this is, as the cards name it; empty if none does."""
    try:
        directory.log_key(origin)
        parsed = parse_origin(origin)
    except (InvalidInput, Unverified):
        return ""
    return parsed.node if parsed.log == "exchange" else ""


def _shortened(
    announced: list[list[Any]], cls: str, times: Times, now: datetime
) -> list[list[Any]]:
    """Of what was announced longer ago than the patience, only the newest still matters."""
    limit = now - patience(cls, times)
    old = [one for one in announced if parse_time(one[1]) <= limit]
    young = [one for one in announced if parse_time(one[1]) > limit]
    return [*old[-1:], *young]
