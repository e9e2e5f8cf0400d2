"""One tile of a Merkle tree, as C2SP tlog-tiles cuts it, and a memory of tiles read from a store.

Contract: a tile holds 1 to 256 hashes of one level and knows the inner nodes above them; it is
never changed once made. A cache belongs to one store and holds full tiles only, which no later
batch can change.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final

from relec_exchange.audit.merkle import HASH_BYTES, pair_hashes

TILE_HEIGHT: Final = 8
TILE_WIDTH: Final = 1 << TILE_HEIGHT
TILE_BYTES: Final = TILE_WIDTH * HASH_BYTES

TileKey = tuple[int, int]
"""Level and number of a tile: number n of level l covers leaves from n * 256**(l + 1) on."""


@dataclass(frozen=True, slots=True)
class StoredTile:
    """A tile to be written: (level, n) is its key, `data` 1 to 256 hashes, replacing the older."""

    level: int
    n: int
    data: bytes


class Tile:
    """The hashes of one tile and the inner levels above them; never changed once made."""

    __slots__ = ("levels",)

    def __init__(self, levels: list[list[bytes]]) -> None:
        self.levels = levels

    @classmethod
    def from_bytes(cls, data: bytes, width: int) -> Tile:
        """The first `width` hashes of a stored tile, which may have grown wider since."""
        hashes = [data[at : at + HASH_BYTES] for at in range(0, width * HASH_BYTES, HASH_BYTES)]
        return EMPTY_TILE.appended(hashes)

    def appended(self, hashes: Sequence[bytes]) -> Tile:
        """A new tile with `hashes` after those of this one; at most 256 together."""
        levels = [[*self.levels[0], *hashes]]
        for inner in self.levels[1:]:
            below = levels[-1]
            levels.append(inner + pair_hashes(below[2 * len(inner) :]))
        return Tile(levels)

    @property
    def width(self) -> int:
        """Number of hashes, 0 to 256."""
        return len(self.levels[0])

    def to_bytes(self) -> bytes:
        """The hashes as they are stored."""
        return b"".join(self.levels[0])


EMPTY_TILE: Final = Tile([[] for _ in range(TILE_HEIGHT + 1)])


class TileCache:
    """Full tiles read from one store, the most recently used ones; safe between threads."""

    def __init__(self, capacity: int = 256) -> None:
        self._capacity = capacity
        self._tiles: OrderedDict[TileKey, Tile] = OrderedDict()
        self._lock = Lock()

    def get(self, key: TileKey) -> Tile | None:
        """The tile, if it is remembered."""
        with self._lock:
            tile = self._tiles.get(key)
            if tile is not None:
                self._tiles.move_to_end(key)
            return tile

    def put(self, key: TileKey, tile: Tile) -> None:
        """Remember a full tile and forget the one not used for longest."""
        with self._lock:
            self._tiles[key] = tile
            self._tiles.move_to_end(key)
            if len(self._tiles) > self._capacity:
                self._tiles.popitem(last=False)
