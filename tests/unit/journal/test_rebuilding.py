"""A log of several pages and two levels of tiles, made again from its entries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from relec_exchange.adapters.sqlite import SqliteStore
from relec_exchange.audit.entry import encode_entry
from relec_exchange.audit.log import LogHead, append
from relec_exchange.audit.merkle import leaf_hashes
from relec_exchange.audit.tiles import Tree
from relec_exchange.journal.rebuilding.walks import PAGE, Difference, surplus_tiles, walks
from relec_exchange.records import (
    Batch,
    Change,
    Delete,
    EntryRow,
    HeadChange,
    Insert,
    LogHeadRow,
    Put,
    TileRow,
    Update,
    Where,
)

ORIGIN = "relec.example/tr/activity/1"
SIZE = 2 * PAGE + 700
COMMON = {"time": "2026-11-21T17:30:00.123Z", "network": "relec.example"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteStore]:
    opened = {"kind": "opened", "previous_origin": "", "previous_size": 0, "previous_root": ""}
    entries = [encode_entry({**COMMON, **opened, "origin": ORIGIN})]
    entries += [
        encode_entry({**COMMON, "kind": "access", "actor": "duty", "action": "look", "ref": str(n)})
        for n in range(1, SIZE)
    ]
    grown = append(LogHead(ORIGIN, Tree(0, lambda level, n: b"")), entries)
    head = LogHeadRow(ORIGIN, "activity", SIZE, grown.head.tree.root(), COMMON["time"], "", b"")
    rows = [EntryRow(ORIGIN, e.index, e.kind, e.leaf_hash, e.data) for e in grown.entries]
    tiles = [TileRow(ORIGIN, tile.level, tile.n, tile.data) for tile in grown.tiles]
    made = SqliteStore(tmp_path_factory.mktemp("long") / "node.db")
    made.commit(Batch((HeadChange(0, head),), tuple(Insert(row) for row in [*rows, *tiles])))
    yield made
    made.close()


def check(store: SqliteStore) -> list[Difference]:
    """Against a guard copy that has the whole log."""
    entries = store.rows(EntryRow, order="idx")
    tree, _ = Tree(0, lambda level, n: b"").extend(leaf_hashes([row.data for row in entries]))
    copies = {ORIGIN: (SIZE, tree.root())}
    [walk] = walks(store, copies)
    seen = sum(len(page.rows) for page in walk.pages(copies))
    assert seen == SIZE or walk.broken
    return [*walk.differences(copies, lambda origin: None), *surplus_tiles(walk)]


def tile(level: int, n: int) -> dict[str, object]:
    return {"origin": ORIGIN, "level": level, "n": n}


BROKEN: dict[str, tuple[str, Change]] = {
    "a whole tile": ("tile", Update(TileRow, tile(0, 3), {"hashes": bytes(8192)})),
    "a whole tile of the second page": ("tile", Delete(TileRow, tile(0, PAGE // 256 + 2))),
    "the partial tile": ("tile", Update(TileRow, tile(0, SIZE // 256), {"hashes": b""})),
    "the tile above": ("tile", Update(TileRow, tile(1, 0), {"hashes": bytes(32)})),
    "a tile beyond the end": ("tile", Put(TileRow(ORIGIN, 0, SIZE // 256 + 1, bytes(32)))),
    "a leaf": (
        "entry",
        Update(EntryRow, {"origin": ORIGIN, "idx": PAGE + 1}, {"leaf": bytes(32)}),
    ),
    "the size": ("log_head", Update(LogHeadRow, {"origin": ORIGIN}, {"size": PAGE})),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_long_log_is_mended_wherever_it_was_broken(store: SqliteStore, name: str) -> None:
    assert check(store) == []
    table, change = BROKEN[name]
    store.commit(Batch((), (change,)))
    found = check(store)
    assert [(one.table, one.why) for one in found] == [(table, "")]
    store.commit(Batch((), tuple(c for one in found for c in one.remedy)))
    assert check(store) == []


def test_entries_without_anything_that_vouches_for_them_mend_nothing(store: SqliteStore) -> None:
    row = store.rows(LogHeadRow)[0]
    where = Where("origin", "=", ORIGIN), Where("level", "=", 0), Where("n", "=", 1)
    kept = store.rows(TileRow, *where)[0]
    wrong = replace(row, root=bytes(32))
    store.commit(Batch((), (Put(wrong), Put(replace(kept, hashes=bytes(8192))))))
    [walk] = walks(store, {})
    for _ in walk.pages({}):
        pass
    found = walk.differences({}, lambda origin: None)
    assert found
    assert not [one for one in found if one.remedy]
    assert not walk.trusted
    store.commit(Batch((), (Put(row), Put(kept))))
