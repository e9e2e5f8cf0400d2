"""Appending entries to one of a node's two logs.

Contract: pure. A `LogHead` is a value; `append` returns the head that would follow, the entries
with their places, and the tiles to store. The caller commits all of it or forgets all of it. The
entries' times never run backwards within a log: recipients refuse what does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from relec_exchange.audit.entry import decode_entry, kind_and_time
from relec_exchange.audit.kinds import ACTIVITY_KINDS, EXCHANGE_KINDS, Kind
from relec_exchange.audit.merkle import leaf_hashes
from relec_exchange.audit.tile import StoredTile
from relec_exchange.audit.tiles import Tree
from relec_exchange.errors import IntegrityFailure, InvalidInput
from relec_exchange.message.identifiers import parse_origin

_KINDS: Final[Mapping[str, Mapping[str, Kind]]] = {
    "exchange": EXCHANGE_KINDS,
    "activity": ACTIVITY_KINDS,
}


@dataclass(frozen=True, slots=True)
class LogHead:
    """Where a log ends: its name, its tree, and the time of its last entry (wire text, or "")."""

    origin: str
    tree: Tree
    last_time: str = ""


@dataclass(frozen=True, slots=True)
class AppendedEntry:
    """An entry at its place. `data` are the bytes that `leaf_hash` is the hash of."""

    index: int
    leaf_hash: bytes
    data: bytes = field(repr=False)
    kind: str
    time: str


@dataclass(frozen=True, slots=True)
class Appended:
    """What one batch makes of a log: the head after it, its entries, the tiles that changed."""

    head: LogHead
    entries: tuple[AppendedEntry, ...]
    tiles: tuple[StoredTile, ...]


def append(head: LogHead, entries: Sequence[bytes]) -> Appended:
    """Append entries that `encode_entry` wrote.

    Raises `InvalidInput` for a kind that does not belong into this log or a first entry that does
    not open it, `IntegrityFailure` for a time before the one of the entry before.
    """
    if head.tree.size == 0 and entries:
        _check_opening(head.origin, entries[0])
    allowed = _KINDS[parse_origin(head.origin).log]
    hashes = leaf_hashes(entries)
    last_time = head.last_time
    appended: list[AppendedEntry] = []
    for index, (data, leaf) in enumerate(zip(entries, hashes, strict=True), head.tree.size):
        kind, time = kind_and_time(data)
        if kind not in allowed or (kind == "opened") != (index == 0):
            raise InvalidInput(f"no entry of kind {kind} belongs here", field="kind")
        # The wire form of times sorts as the times do.
        if time < last_time:
            raise IntegrityFailure(
                "the clock is behind the newest log entry", remedy="correct the node's clock"
            )
        last_time = time
        appended.append(AppendedEntry(index, leaf, data, kind, time))
    tree, tiles = head.tree.extend(hashes)
    return Appended(LogHead(head.origin, tree, last_time), tuple(appended), tiles)


def _check_opening(origin: str, data: bytes) -> None:
    if decode_entry(data, kind="opened")["origin"] != origin:
        raise InvalidInput("the first entry opens another log", field="origin")
