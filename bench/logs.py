"""Large logs for the benchmarks, written at once: the same rows and tiles as the journal writes,
without its commits. The log is then opened and signed by a real journal.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from journals import NETWORK, ORIGIN, OpenJournal

from relec_exchange.audit.entry import encode_entry
from relec_exchange.audit.merkle import leaf_hashes
from relec_exchange.audit.tile import TileKey
from relec_exchange.audit.tiles import Tree

CHUNK = 1 << 16
BEFORE = datetime(2026, 11, 20, tzinfo=UTC)
TIME = "2026-11-21T%02d:%02d:%02d.%03dZ"


def entry(number: int, last: int) -> bytes:
    """Entries as a busy node has them: half of them `sent`, half `received`; times rise to noon."""
    common = {"time": _time(number * 43_200_000 // last), "network": NETWORK}
    digest = sha256(number.to_bytes(8, "big")).hexdigest()
    ident = f"019aa700-0000-7000-8000-{number:012x}"
    if number % 2:
        sent = {"from": "tr", "to": "pk", "class": "ordinary", "seq": 1 + number // 2}
        more = {"agreement": digest, "card": digest, "rules": digest, "random": digest[:32]}
        kind = {"kind": "sent", "id": ident, "type": "info.request", "commitment": digest}
        return encode_entry({**common, **kind, **sent, **more})
    came = {"from": "pk", "to": "tr", "class": "ordinary", "seq": number // 2}
    place = {"origin": f"{NETWORK}/pk/exchange/1", "index": number, "leaf": digest}
    kind = {"kind": "received", "id": ident, "outcome": "accepted"}
    return encode_entry({**common, **kind, **came, **place})


def short_entry(number: int, last: int) -> bytes:
    """A short entry, quickly made: what a log of ten millions is filled with."""
    at = _time(number * 43_200_000 // last)
    return (
        f'{{"kind":"erased","network":"{NETWORK}","reason":"retention",'
        f'"subject":"pk/{number:09d}","time":"{at}","what":"message"}}'
    ).encode()


def _time(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return TIME % (seconds // 3600, seconds // 60 % 60, seconds % 60, rest)


def fill(directory: Path, size: int, *, short: bool = False) -> None:
    """A store in `directory` whose exchange log has `size` entries; signed by its next entry."""
    OpenJournal(directory, lambda: BEFORE).close()
    with closing(sqlite3.connect(directory / "store.db", isolation_level=None)) as db:
        db.execute("pragma synchronous=off")
        db.execute("begin")
        first = db.execute("select data from entry where origin = ?", (ORIGIN,)).fetchone()[0]
        tree = Tree(0, lambda level, n: b"")
        for start, entries in _chunks(first, size, short=short):
            tree = _put(db, tree, start, entries)
        last = _time(43_200_000)
        head = (size, tree.root(), last, ORIGIN)
        db.execute("update log_head set size = ?, root = ?, last_time = ? where origin = ?", head)
        db.execute("commit")
        db.execute("pragma wal_checkpoint(truncate)")


def _chunks(first: bytes, size: int, *, short: bool) -> Iterator[tuple[int, list[bytes]]]:
    make = short_entry if short else entry
    for start in range(0, size, CHUNK):
        stop = min(start + CHUNK, size)
        entries = [make(number, size) for number in range(max(start, 1), stop)]
        yield start, entries if start else [first, *entries]


def _put(db: sqlite3.Connection, tree: Tree, start: int, entries: list[bytes]) -> Tree:
    leaves = leaf_hashes(entries)
    kinds = [data[data.index(b'"kind":"') + 8 :].split(b'"', 1)[0].decode() for data in entries]
    rows = zip(range(start, start + len(entries)), kinds, leaves, entries, strict=True)
    db.executemany(
        "insert or replace into entry (origin, idx, kind, leaf, data) values (?, ?, ?, ?, ?)",
        ((ORIGIN, *row) for row in rows),
    )
    tree, changed = tree.extend(leaves)
    newest: dict[TileKey, bytes] = {(tile.level, tile.n): tile.data for tile in changed}
    db.executemany(
        "insert or replace into tile (origin, level, n, hashes) values (?, ?, ?, ?)",
        ((ORIGIN, level, n, data) for (level, n), data in newest.items()),
    )
    return tree
