"""The derived parts of our own logs, made again from their entries and held against the store.

Contract: reads, and writes nothing; a `Difference` brings the changes that mend it, or none with
the reason. Entries are the only source, so they have to be anchored before anything is made of
them: in the signed checkpoint, the guard copy, or the stored head. What contradicts an anchor is
never mended, and no entry is ever written or removed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from relec_exchange.audit.checkpoint import parse_checkpoint, verify_checkpoint
from relec_exchange.audit.entry import decode_entry
from relec_exchange.audit.merkle import leaf_hashes
from relec_exchange.audit.tile import StoredTile, TileKey
from relec_exchange.audit.tiles import Tree
from relec_exchange.errors import Unverified
from relec_exchange.message.identifiers import parse_origin
from relec_exchange.ports import Store
from relec_exchange.records import (
    Change,
    Delete,
    EntryRow,
    LogHeadRow,
    Put,
    TileRow,
    Update,
    Where,
)
from relec_exchange.trust.signature import HybridPublic

PAGE: Final = 4096
"""Entries read at once: whole tiles, so that only the last one of a page is partial."""

RESTORE: Final = "entries are the source of everything else: see docs/how-to/restore.md"

Entry = Mapping[str, Any]
Copies = Mapping[str, tuple[int, bytes]]
KeyOf = Callable[[str], HybridPublic | None]


@dataclass(frozen=True, slots=True)
class Difference:
    """The store says other than its source. `where` names the row, never what stands in it;
    `remedy` are the changes that mend it, empty if nothing can, for the reason `why`.
    """

    table: str
    where: str
    what: str
    remedy: tuple[Change, ...] = field(default=(), compare=False)
    why: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Entries of one log that were read together: place, leaf and fields of each."""

    origin: str
    rows: Sequence[tuple[int, bytes, Entry]]


@dataclass(slots=True)
class LogWalk:
    """One log on its way through; iterate `pages` to the end, then ask for `differences`."""

    store: Store
    head: LogHeadRow
    successor: bool
    tree: Tree = field(default_factory=lambda: Tree(0, lambda level, n: b""))
    found: list[Difference] = field(default_factory=list)
    broken: bool = False
    trusted: bool = False
    _last_time: str = ""
    _upper: dict[TileKey, StoredTile] = field(default_factory=dict)
    roots: dict[int, bytes] = field(default_factory=dict)
    _wanted: frozenset[int] = frozenset()

    @property
    def origin(self) -> str:
        """The log's name."""
        return self.head.origin

    def pages(self, copies: Copies, sizes: Iterable[int] = ()) -> Iterator[Page]:
        """All entries, page by page; checks them and their tiles on the way, and keeps in `roots`
        those of the trees of these sizes.
        """
        guard = copies.get(self.origin, (0, b""))[0]
        self._wanted = frozenset({guard, self.head.size, self._stated_size(), *sizes})
        while not self.broken:
            start = self.tree.size
            rows = self.store.rows(
                EntryRow,
                Where("origin", "=", self.origin),
                Where("idx", ">=", start),
                Where("idx", "<", start + PAGE),
                order="idx",
            )
            page = self._page(rows)
            if page.rows:
                self._grow([leaf for _, leaf, _ in page.rows])
                yield page
            if len(rows) < PAGE:
                break
        self._tiles(self._upper.values())

    def differences(self, copies: Copies, key: KeyOf) -> list[Difference]:
        """Everything of this log that is other than its entries say; afterwards `trusted` tells
        whether they are all there and something vouches for them.
        """
        head, surely = self._anchors(copies, key)
        self.trusted = not self.broken and surely is not None
        if surely is None or not self.trusted:
            return [*beyond_mending(self.found), *head]
        return [*self.found, *head, *self._head(surely)]

    def _page(self, rows: Sequence[EntryRow]) -> Page:
        """The entries in order, up to the first that is missing or is none."""
        leaves = leaf_hashes([row.data for row in rows])
        good: list[tuple[int, bytes, Entry]] = []
        for at, (row, leaf) in enumerate(zip(rows, leaves, strict=True), self.tree.size):
            where = f"{self.origin}:{at}"
            if row.idx != at:
                self._break(where, "the entry is missing")
                break
            try:
                fields = decode_entry(row.data)
            except Unverified:
                self._break(where, "the entry is malformed")
                break
            if (row.leaf, row.kind) != (leaf, fields["kind"]):
                key = {"origin": self.origin, "idx": at}
                right = {"leaf": leaf, "kind": fields["kind"]}
                self.found.append(
                    Difference("entry", where, "leaf or kind", (Update(EntryRow, key, right),))
                )
            good.append((at, leaf, fields))
        if good:
            self._last_time = good[-1][2]["time"]
        return Page(self.origin, good)

    def _break(self, where: str, what: str) -> None:
        self.broken = True
        self.found.append(Difference("entry", where, what, (), RESTORE))

    def _grow(self, leaves: list[bytes]) -> None:
        old = self.tree.size
        self.tree, changed = self.tree.extend(leaves)
        whole = self.tree.size >> 8
        done = [t for t in changed if t.level == 0 and t.n < whole]
        self._tiles(done)
        for tile in done:
            self._upper.pop((0, tile.n), None)
        self._upper.update({(t.level, t.n): t for t in changed if t.level or t.n >= whole})
        for size in self._wanted:
            if old < size <= self.tree.size:
                self.roots[size] = self.tree.root_at(size)

    def _tiles(self, tiles: Iterable[StoredTile]) -> None:
        """Hold tiles against the stored ones."""
        for tile in tiles:
            key = {"origin": self.origin, "level": tile.level, "n": tile.n}
            stored = self.store.rows(TileRow, *(Where(n, "=", v) for n, v in key.items()))
            if not stored or stored[0].hashes != tile.data:
                right = TileRow(self.origin, tile.level, tile.n, tile.data)
                what = "hashes" if stored else "the tile is missing"
                where = f"{self.origin}:{tile.level}/{tile.n}"
                self.found.append(Difference("tile", where, what, (Put(right),)))

    def _stated_size(self) -> int:
        try:
            return parse_checkpoint(self.head.checkpoint).size if self.head.checkpoint else 0
        except Unverified:
            return 0

    def _anchors(self, copies: Copies, key: KeyOf) -> tuple[list[Difference], int | None]:
        """What anchors say otherwise, and the size that is vouched for, if there is one."""
        sizes: list[int] = []
        found: list[Difference] = []
        size, root = copies.get(self.origin, (0, b""))
        if size and self.roots.get(size) == root:
            sizes.append(size)
        elif size:
            found.append(self._contradicts("guard copy"))
        if self.head.checkpoint:
            found += self._checkpoint(key(self.origin), sizes)
        contradicted = any(not one.remedy and one.table == "entry" for one in found)
        if self.roots.get(self.head.size) == self.head.root:
            sizes.append(self.head.size)
        return found, None if contradicted or not sizes else max(sizes)

    def _checkpoint(self, public: HybridPublic | None, sizes: list[int]) -> list[Difference]:
        data = self.head.checkpoint
        try:
            stated = verify_checkpoint(data, public) if public else parse_checkpoint(data)
        except Unverified:
            why = "only its key can sign it; the next entry of the log brings a new one"
            return [Difference("log_head", self.origin, "checkpoint", (), why)]
        if stated.origin == self.origin and self.roots.get(stated.size) == stated.root:
            sizes.append(stated.size)
            return []
        return [self._contradicts("signed checkpoint")]

    def _contradicts(self, anchor: str) -> Difference:
        return Difference(
            "entry", self.origin, f"entries are not those of the {anchor}", (), RESTORE
        )

    def _head(self, size: int) -> list[Difference]:
        """The stored head, held against the entries up to the size that is vouched for."""
        if size < self.tree.size:
            why = f"nobody vouches for the entries from {size} on; {RESTORE}"
            return [
                Difference("entry", f"{self.origin}:{size}", "entries beyond the head", (), why)
            ]
        right = replace(
            self.head,
            log=parse_origin(self.origin).log,
            size=size,
            root=self.tree.root(),
            last_time=self._last_time,
            closed=self.successor,
        )
        if right == self.head:
            return []
        names = [n for n in _HEAD if getattr(right, n) != getattr(self.head, n)]
        return [Difference("log_head", self.origin, ", ".join(names), (Put(right),))]


def beyond_mending(found: Iterable[Difference]) -> list[Difference]:
    """Nothing is mended that rests on entries which nobody vouches for."""
    return [replace(one, remedy=(), why=one.why or RESTORE) for one in found]


_HEAD: Final = ("log", "size", "root", "last_time", "closed")


def walks(store: Store, copies: Copies) -> list[LogWalk]:
    """All logs of the store, older ones first, and those of which only the guard copy knows.

    One that is older than the log that is written and has no entry here was lost, and succeeded.
    """
    heads = {head.origin: head for head in store.rows(LogHeadRow)}
    written = {(o.log, o.number) for o in map(parse_origin, heads)}
    for origin in copies:
        name, mine = parse_origin(origin), Where("origin", "=", origin)
        highest = max((number for log, number in written if log == name.log), default=0)
        if name.number > highest or store.rows(EntryRow, mine, limit=1):
            heads.setdefault(origin, LogHeadRow(origin, name.log, 0, b"", "", "", b""))
    names = sorted((parse_origin(origin) for origin in heads), key=lambda o: (o.log, o.number))
    newest = {name.log: name for name in names}
    return [LogWalk(store, heads[str(n)], newest[n.log] != n) for n in names]


def surplus_tiles(walk: LogWalk) -> list[Difference]:
    """Stored tiles that the log's tree does not have."""
    found = []
    for row in walk.store.rows(TileRow, Where("origin", "=", walk.origin)):
        whole = walk.tree.size >> 8 * row.level
        if whole and row.n <= (whole - 1) >> 8:
            continue
        key = {"origin": row.origin, "level": row.level, "n": row.n}
        where = f"{row.origin}:{row.level}/{row.n}"
        found.append(Difference("tile", where, "no such tile", (Delete(TileRow, key),)))
    return found
