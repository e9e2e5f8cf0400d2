"""The appendable tree over a store of tiles."""

from hashlib import sha256

import pytest

from relec_exchange.audit.merkle import EMPTY_ROOT, verify_consistency, verify_inclusion
from relec_exchange.audit.tile import TILE_WIDTH, TileCache
from relec_exchange.audit.tiles import KEPT_TILES, Tree
from relec_exchange.errors import IntegrityFailure, InvalidInput


def leaves(start, stop):
    return [sha256(number.to_bytes(8, "big")).digest() for number in range(start, stop)]


class Tiles:
    """A store in memory that counts how often it is read."""

    def __init__(self):
        self.stored = {}
        self.reads = 0

    def read(self, level, n):
        self.reads += 1
        return self.stored.get((level, n), b"")

    def save(self, changed):
        for tile in changed:
            self.stored[tile.level, tile.n] = tile.data


def grown(size, batch=1000):
    tiles = Tiles()
    tree = Tree(0, tiles.read)
    for start in range(0, size, batch):
        tree, changed = tree.extend(leaves(start, min(size, start + batch)))
        tiles.save(changed)
    return tree, tiles


def test_the_empty_tree_has_the_empty_root():
    assert Tree(0, Tiles().read).root() == EMPTY_ROOT


def test_tiles_are_cut_as_the_tlog_tiles_example_says():
    """The specification lists the tiles of a tree of 70,000 leaves."""
    _, tiles = grown(70_000)
    widths = {key: len(data) // 32 for key, data in tiles.stored.items()}
    assert sum(1 for level, _ in widths if level == 0) == 274
    assert widths[0, 273] == 112
    assert {key: width for key, width in widths.items() if key[0] > 0} == {
        (1, 0): 256,
        (1, 1): 17,
        (2, 0): 1,
    }


def test_a_full_tile_gives_one_hash_to_the_level_above():
    tree, tiles = grown(TILE_WIDTH)
    assert tiles.stored[1, 0] == tree.root()


def test_extending_leaves_the_old_tree_as_it_was():
    tree, tiles = grown(300)
    root = tree.root()
    other, _ = tree.extend(leaves(1000, 1300))
    discarded = dict(tiles.stored)
    assert tree.root() == root
    assert tree.size == 300
    again, changed = tree.extend(leaves(300, 600))
    assert again.root() == grown(600)[0].root() != other.root()
    assert discarded == tiles.stored
    assert {(tile.level, tile.n) for tile in changed} == {(0, 1), (0, 2), (1, 0)}


def test_a_batch_is_provable_before_its_tiles_are_stored():
    tree, _ = grown(1000)
    new, _ = tree.extend(leaves(1000, 1256))
    paths = new.inclusions(1000, 1256)
    for index, (leaf, path) in enumerate(zip(leaves(1000, 1256), paths, strict=True), 1000):
        verify_inclusion(leaf, index, 1256, path, new.root())
    verify_consistency(1000, tree.root(), 1256, new.root(), new.consistency(1000))


def test_a_tree_opened_from_the_store_is_the_tree_that_was_stored():
    tree, tiles = grown(70_000)
    opened = Tree(70_000, tiles.read)
    assert opened.root() == tree.root()
    assert opened.inclusion(4711) == tree.inclusion(4711)
    assert opened.extend(leaves(70_000, 70_001))[0].root() == grown(70_001)[0].root()


def test_an_older_size_is_still_provable_from_wider_tiles():
    tree, tiles = grown(1000)
    opened = Tree(700, tiles.read)
    assert opened.root() == grown(700)[0].root() == tree.root_at(700)
    assert opened.inclusion(650) == tree.inclusion(650, 700)
    assert opened.consistency(300) == tree.consistency(300, 700)


def test_full_tiles_are_read_once_and_shared_by_the_trees_of_a_store():
    _, tiles = grown(2000)
    cache = TileCache()
    Tree(1024, tiles.read, cache).inclusion(100)
    first = tiles.reads
    Tree(1024, tiles.read, cache).inclusion(101)
    # Only the partial tile of level 1 belongs to one tree alone.
    assert tiles.reads - first == 1


def test_the_cache_forgets_what_was_not_used_for_longest():
    _, tiles = grown(2000)
    cache = TileCache(capacity=2)
    tree = Tree(2000, tiles.read, cache)
    for index in (0, 300, 600, 300, 600, 0):
        tree.inclusion(index)
    assert cache.get((0, 0)) is not None
    assert cache.get((0, 1)) is None


def test_a_tree_keeps_its_newest_tiles_and_reads_older_ones():
    size = (KEPT_TILES + 20) * TILE_WIDTH
    tree, tiles = grown(size)
    tiles.reads = 0
    tree.inclusion(size - 1)
    assert tiles.reads == 0
    tree.inclusion(0)
    assert tiles.reads == 1


@pytest.mark.parametrize("damage", [b"", b"\0" * 31, b"\0" * 32, b"\0" * (32 * 257)])
def test_a_missing_short_or_overlong_tile_is_an_integrity_failure(damage):
    _, tiles = grown(600)
    tiles.stored[0, 1] = damage
    with pytest.raises(IntegrityFailure):
        Tree(600, tiles.read).inclusion(300)


def test_a_changed_tile_changes_the_root():
    tree, tiles = grown(600)
    data = tiles.stored[0, 2]
    tiles.stored[0, 2] = data[:-1] + bytes([data[-1] ^ 1])
    assert Tree(600, tiles.read).root() != tree.root()


def test_questions_beyond_the_tree_are_refused():
    tree, _ = grown(10)
    for question in (
        lambda: tree.inclusion(10),
        lambda: tree.inclusion(-1),
        lambda: tree.inclusion(5, 5),
        lambda: tree.inclusion(5, 11),
        lambda: tree.root_at(11),
        lambda: tree.consistency(11),
        lambda: tree.extend([b"short"]),
    ):
        with pytest.raises(InvalidInput):
            question()


def test_extending_by_nothing_changes_no_tile():
    tree, _ = grown(10)
    same, changed = tree.extend([])
    assert (same.size, same.root(), changed) == (10, tree.root(), ())
