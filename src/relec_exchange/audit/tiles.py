"""An appendable Merkle tree over stored tiles, as C2SP tlog-tiles cuts it: 256 hashes a tile.

Contract: a `Tree` is a value. `extend` leaves it untouched and returns a new one with the tiles
that changed; whoever discards the new tree has discarded the batch. Tiles must be stored before
the tree has grown by `KEPT_TILES` more tiles of a level, for until then it remembers them itself.
What the store hands back is not believed blindly: a missing or short tile is `IntegrityFailure`,
and whoever opens a store compares `root()` with the root that the node signed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from relec_exchange.audit.merkle import (
    EMPTY_ROOT,
    HASH_BYTES,
    node_hash,
    trailing_zeros,
)
from relec_exchange.audit.tile import (
    EMPTY_TILE,
    TILE_BYTES,
    TILE_HEIGHT,
    TILE_WIDTH,
    StoredTile,
    Tile,
    TileCache,
    TileKey,
)
from relec_exchange.errors import IntegrityFailure, InvalidInput

KEPT_TILES: Final = 64
"""Newest tiles of each level that a tree keeps in memory: 16,384 leaves, at most 3 MiB."""

KEPT_EDGES: Final = 16
"""Sizes for which a tree keeps the hashes along its right edge: its own and some old ones."""

TileReader = Callable[[int, int], bytes]
"""Stored hashes of tile (level, n), concatenated; empty bytes if there is no such tile."""


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """The Merkle tree of `size` leaves whose tiles `read_tile` gives.

    Trees of one store share `cache`; a cache must never see two stores.
    """

    size: int
    read_tile: TileReader = field(repr=False)
    cache: TileCache = field(default_factory=TileCache, repr=False)
    _own: dict[TileKey, Tile] = field(default_factory=dict, repr=False)
    _edges: dict[int, list[bytes]] = field(default_factory=dict, init=False, repr=False)

    def extend(self, leaves: Sequence[bytes]) -> tuple[Tree, tuple[StoredTile, ...]]:
        """The tree with `leaves` (leaf hashes) appended, and every tile that is new or wider.

        `InvalidInput` for a hash that does not have 32 bytes.
        """
        if any(len(leaf) != HASH_BYTES for leaf in leaves):
            raise InvalidInput("a leaf hash has 32 bytes", field="leaves")
        own = dict(self._own)
        changed: list[StoredTile] = []
        level, first, hashes = 0, self.size, list(leaves)
        while hashes:
            full: list[bytes] = []
            at = 0
            while at < len(hashes):
                n, width = divmod(first + at, TILE_WIDTH)
                chunk = hashes[at : at + TILE_WIDTH - width]
                tile = (self._tile(level, n) if width else EMPTY_TILE).appended(chunk)
                own[level, n] = tile
                changed.append(StoredTile(level, n, tile.to_bytes()))
                full += tile.levels[TILE_HEIGHT]
                at += len(chunk)
            level, hashes, first = level + 1, full, self.size >> TILE_HEIGHT * (level + 1)
        grown = Tree(self.size + len(leaves), self.read_tile, self.cache, _newest(own))
        return grown, tuple(changed)

    def root(self) -> bytes:
        """Root hash, 32 bytes."""
        return self.root_at(self.size)

    def root_at(self, size: int) -> bytes:
        """Root hash that the tree had when it was `size` leaves large."""
        self._check_size(size)
        return self._right_edges(size)[-1] or EMPTY_ROOT

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """Path that proves leaf `index` in the tree of `size` leaves (by default, this one)."""
        return self.inclusions(index, index + 1, size)[0]

    def inclusions(self, start: int, stop: int, size: int | None = None) -> list[list[bytes]]:
        """Paths of all leaves from `start` to `stop` (exclusive): one batch shares its work."""
        size = self.size if size is None else size
        self._check_size(size)
        if not 0 <= start <= stop <= size:
            raise InvalidInput("the leaves are not within the tree", field="index")
        paths: list[list[bytes]] = []
        for n in range(start >> TILE_HEIGHT, (stop + TILE_WIDTH - 1) >> TILE_HEIGHT):
            first = n << TILE_HEIGHT
            upper = self._climb(first, size, TILE_HEIGHT)
            for index in range(max(start, first), min(stop, first + TILE_WIDTH)):
                paths.append(self._climb(index, size, 0, TILE_HEIGHT) + upper)
        return paths

    def consistency(self, old_size: int, size: int | None = None) -> list[bytes]:
        """Path that proves the tree of `old_size` a prefix of the one of `size` leaves."""
        size = self.size if size is None else size
        self._check_size(size)
        if not 0 <= old_size <= size:
            raise InvalidInput("the old size is not within the tree", field="old_size")
        if old_size in (0, size):
            return []
        level = trailing_zeros(old_size)
        path = self._climb(old_size - 1, size, level)
        if old_size == 1 << level:
            return path
        return [self._node(level, (old_size - 1) >> level), *path]

    def _climb(self, index: int, size: int, low: int, high: int = 64) -> list[bytes]:
        """Siblings of the node above leaf `index`, from level `low` to below `high` or the root."""
        path: list[bytes] = []
        edges = self._right_edges(size)
        for level in range(low, min(high, len(edges) - 1)):
            sibling = (index >> level) ^ 1
            if (sibling + 1) << level <= size:
                path.append(self._node(level, sibling))
            elif sibling << level < size:
                path.append(edges[level])
        return path

    def _right_edges(self, size: int) -> list[bytes]:
        """For each level, the root of the leaves beyond its last perfect node, empty if none.

        The last one is the root of the tree.
        """
        known = self._edges.get(size)
        if known is not None:
            return known
        edges = [b""]
        for level in range(size.bit_length()):
            edge = edges[-1]
            if size >> level & 1:
                perfect = self._node(level, (size >> level) - 1)
                edge = node_hash(perfect, edge) if edge else perfect
            edges.append(edge)
        if len(self._edges) < KEPT_EDGES:
            self._edges[size] = edges
        return edges

    def _node(self, level: int, index: int) -> bytes:
        """Root of the perfect subtree over leaves index << level up to the next one's first."""
        tile_level, inner = divmod(level, TILE_HEIGHT)
        n, at = divmod(index, TILE_WIDTH >> inner)
        return self._tile(tile_level, n).levels[inner][at]

    def _tile(self, level: int, n: int) -> Tile:
        tile = self._own.get((level, n))
        if tile is not None:
            return tile
        width = min(TILE_WIDTH, (self.size >> TILE_HEIGHT * level) - n * TILE_WIDTH)
        if width < TILE_WIDTH:
            # A partial tile belongs to this size alone, so it stays with this tree.
            tile = self._own[level, n] = self._read(level, n, width)
            return tile
        tile = self.cache.get((level, n))
        if tile is None:
            tile = self._read(level, n, width)
            self.cache.put((level, n), tile)
        return tile

    def _read(self, level: int, n: int, width: int) -> Tile:
        data = self.read_tile(level, n)
        if len(data) % HASH_BYTES or not width * HASH_BYTES <= len(data) <= TILE_BYTES:
            raise IntegrityFailure(
                f"tile {level}/{n} of a log has {len(data)} bytes, {width} hashes were expected",
                remedy="restore the store from its newest backup; sign nothing until then",
            )
        return Tile.from_bytes(data, width)

    def _check_size(self, size: int) -> None:
        if not 0 <= size <= self.size:
            raise InvalidInput("the tree has never had this size yet", field="size")


def _newest(tiles: dict[TileKey, Tile]) -> dict[TileKey, Tile]:
    """The tiles within reach of each level's right edge."""
    last: dict[int, int] = {}
    for level, n in tiles:
        last[level] = max(n, last.get(level, 0))
    return {key: tile for key, tile in tiles.items() if key[1] > last[key[0]] - KEPT_TILES}
