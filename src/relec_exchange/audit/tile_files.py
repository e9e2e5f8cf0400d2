"""A log as files that anybody can read: the resources of C2SP tlog-tiles.

Contract: pure. `tile/<level>/<number>` holds 1 to 256 hashes, `tile/entries/<number>` as many
entries, each after its length in two bytes; a number is cut into groups of three digits
(`x001/x234/067`), and what is not full yet has its width behind it (`.p/17`). A `TileFiles` takes
the entries of a log in order and gives the files that they make, each as soon as it is full;
`finish` gives those that are not. The same entries always make the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from relec_exchange.audit.merkle import HASH_BYTES, leaf_hashes
from relec_exchange.audit.tile import TILE_HEIGHT, TILE_WIDTH
from relec_exchange.audit.tiles import Tree
from relec_exchange.errors import InvalidInput, Reason, Unverified

CHECKPOINT: Final = "checkpoint"
ENTRIES: Final = -1
"""The level that stands for bundles of entries."""

ENTRY_MAX: Final = 0xFFFF
"""An entry's length stands in two bytes. Ours are far shorter."""

BUNDLE_MAX_BYTES: Final = TILE_WIDTH * (2 + ENTRY_MAX)

# Levels 0 to 7: 256**8 leaves are more than any tree has.
_PATH: Final = re.compile(
    r"tile/(entries|[0-7])/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?"
)


@dataclass(frozen=True, slots=True)
class TileName:
    """Which file it is: its level (or `ENTRIES`), its number, and how many items it holds."""

    level: int
    n: int
    width: int

    def path(self) -> str:
        """The name below the log's prefix, with slashes."""
        level = "entries" if self.level == ENTRIES else str(self.level)
        groups = f"{self.n % 1000:03d}"
        rest = self.n // 1000
        while rest:
            groups = f"x{rest % 1000:03d}/{groups}"
            rest //= 1000
        partial = f".p/{self.width}" if self.width < TILE_WIDTH else ""
        return f"tile/{level}/{groups}{partial}"

    @classmethod
    def parse(cls, path: str) -> TileName:
        """The name of a path; `InvalidInput` for one that `path` does not write."""
        match = _PATH.fullmatch(path)
        if match is not None:
            level = ENTRIES if match[1] == "entries" else int(match[1])
            number = int(match[2].replace("x", "").replace("/", ""))
            name = cls(level, number, int(match[3] or TILE_WIDTH))
            if name.path() == path:
                return name
        raise InvalidInput("this is not the name of a file of a log", field="path")


@dataclass(frozen=True, slots=True)
class TileFile:
    """One file: its name and its bytes."""

    name: TileName
    data: bytes = field(repr=False)


def width_at(size: int, level: int, n: int) -> int:
    """How many items tile (level, n) has in a tree of `size` leaves: 0 to 256."""
    items = size >> TILE_HEIGHT * max(level, 0)
    return max(0, min(TILE_WIDTH, items - n * TILE_WIDTH))


def write_bundle(entries: Sequence[bytes]) -> bytes:
    """Entries with their lengths before them; `InvalidInput` for one of more than 65,535 bytes."""
    if any(len(entry) > ENTRY_MAX for entry in entries):
        raise InvalidInput("an entry is too long for a bundle", field="entry")
    return b"".join([len(entry).to_bytes(2, "big") + entry for entry in entries])


def read_bundle(data: bytes, width: int) -> list[bytes]:
    """The `width` entries of a bundle; `Unverified(PROOF_MALFORMED)` if it is not that many."""
    entries: list[bytes] = []
    at = 0
    while at < len(data) and len(entries) < width:
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        entries.append(data[at + 2 : end])
        at = end
    if at != len(data) or len(entries) != width:
        raise Unverified(Reason.PROOF_MALFORMED, f"a bundle does not hold {width} whole entries")
    return entries


@dataclass(slots=True)
class TileFiles:
    """The files of a growing log. `tree` is what has been written, `tail` its last entries: as
    many as its last bundle lacks to be full.
    """

    tree: Tree = field(default_factory=lambda: Tree(0, lambda level, n: b""))
    tail: list[bytes] = field(default_factory=list)
    _open: dict[int, TileFile] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.tail) != self.tree.size % TILE_WIDTH:
            raise InvalidInput("the tail is not the one of this tree", field="tail")

    def take(self, entries: Sequence[bytes]) -> list[TileFile]:
        """Append entries; the bundles and tiles that are full with them."""
        files = self._bundles(entries)
        self.tree, changed = self.tree.extend(leaf_hashes(entries))
        for tile in changed:
            width = len(tile.data) // HASH_BYTES
            file = TileFile(TileName(tile.level, tile.n, width), tile.data)
            self._open.pop(tile.level, None)
            if width == TILE_WIDTH:
                files.append(file)
            else:
                self._open[tile.level] = file
        return files

    def finish(self) -> list[TileFile]:
        """The files at the right edge of the tree that are not full and have grown."""
        files = list(self._open.values())
        if self.tail and files:
            n, width = divmod(self.tree.size, TILE_WIDTH)
            files.append(TileFile(TileName(ENTRIES, n, width), write_bundle(self.tail)))
        return files

    def _bundles(self, entries: Sequence[bytes]) -> list[TileFile]:
        n = self.tree.size // TILE_WIDTH
        waiting = [*self.tail, *entries]
        full: list[TileFile] = []
        while len(waiting) >= TILE_WIDTH:
            data = write_bundle(waiting[:TILE_WIDTH])
            full.append(TileFile(TileName(ENTRIES, n, TILE_WIDTH), data))
            waiting, n = waiting[TILE_WIDTH:], n + 1
        self.tail = waiting
        return full
