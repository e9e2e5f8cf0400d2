"""How far a log is witnessed: seen, as it is, by a quorum of the network.

Contract: reads only. Of our own logs the newest cosigned checkpoint counts, of a partner's the
newest that it has shown us with a quorum's cosignatures. `logged` means that the entry stands in a
log whose owner signed the tree; `witnessed`, that the tree it was sent with is a prefix of one that
a quorum has cosigned.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

from relec_exchange.audit.merkle import HASH_BYTES
from relec_exchange.audit.tile import TileCache
from relec_exchange.audit.tiles import Tree
from relec_exchange.errors import NotFound
from relec_exchange.ports import Store
from relec_exchange.records import (
    AcceptedCheckpointRow,
    AcceptedRow,
    CosignedRow,
    LogHeadRow,
    PeerTreeRow,
    Where,
    WitnessedRow,
)

State = Literal["logged", "witnessed"]

_NOTED: Final = Where("note", "!=", b"")
"""Of older cosigned trees of ours only some have their note: a later one covers the others."""


@dataclass(frozen=True, slots=True)
class Link:
    """The tree (`old_size`, `old_root`) is a prefix of (`size`, `root`), as `path` proves."""

    old_size: int
    old_root: bytes
    size: int
    root: bytes
    path: tuple[bytes, ...]


def witnessed_size(store: Store, origin: str) -> int:
    """The size of the newest tree of this log, ours or a partner's, that a quorum has cosigned."""
    newest = max(_newest(store, CosignedRow, origin), _newest(store, WitnessedRow, origin))
    return newest


def state(store: Store, origin: str, index: int) -> State:
    """Whether the entry at this place of a log, ours or a partner's, is witnessed."""
    mine = Where("origin", "=", origin)
    if store.count(LogHeadRow, mine):
        return "witnessed" if index < _newest(store, CosignedRow, origin) else "logged"
    used = store.rows(AcceptedRow, mine, Where("idx", "=", index), blobs=False)
    if not used or used[0].size > _newest(store, WitnessedRow, origin):
        return "logged"
    trees = store.rows(AcceptedCheckpointRow, mine, Where("size", "=", used[0].size))
    proven = bool(trees) and trees[0].proven and trees[0].top_size > 0
    return "witnessed" if proven else "logged"


def chain(store: Store, origin: str, size: int) -> list[Link]:
    """The proofs that lead from a tree of a log to one that a quorum has cosigned.

    Of our own log one link, from the tree of `size` to the cosigned one (none if it is that tree).
    Of a partner's log: from the tree of `size` to that of the round that proved it; from round to
    round; and last from the cosigned tree to that of the round that showed it: both are prefixes
    of one tree, and the cosigned one is not the smaller. `NotFound` if there is no such chain.
    """
    mine = Where("origin", "=", origin)
    if store.count(LogHeadRow, mine):
        return _own(store, origin, size)
    trees = store.rows(AcceptedCheckpointRow, mine, Where("size", "=", size))
    if not trees or not trees[0].top_size:
        raise _missing()
    tree, cosigned = trees[0], _covering(store, trees[0])
    ends = sorted((tree.top_size, cosigned.top_size))
    roots = _roots(store, origin, ends)
    links = [_link(tree.size, tree.root, tree.top_size, roots[tree.top_size], tree.path)]
    links += _rounds(store, origin, ends[0], ends[1])
    top = cosigned.top_size
    links.append(_link(cosigned.size, cosigned.root, top, roots[top], cosigned.path))
    return [link for link in links if link.old_size != link.size]


def cosigned_note(store: Store, origin: str, size: int) -> bytes:
    """The cosigned checkpoint to which `chain` leads for this size, or `NotFound`."""
    mine, enough = Where("origin", "=", origin), Where("size", ">=", size)
    if not store.count(LogHeadRow, mine):
        trees = store.rows(AcceptedCheckpointRow, mine, Where("size", "=", size))
        if not trees:
            raise _missing()
        return _covering(store, trees[0]).note
    found = store.rows(CosignedRow, mine, enough, _NOTED, order="size", limit=1)
    if not found:
        raise _missing()
    return found[0].note


def _covering(store: Store, tree: AcceptedCheckpointRow) -> WitnessedRow:
    """The first cosigned tree that is not smaller and was shown by the round that proved this one,
    or a later one: what lies between stays (`rounds.thinning`). Else one that was shown before.
    """
    enough = Where("origin", "=", tree.origin), Where("size", ">=", tree.size)
    after = Where("top_size", ">=", tree.top_size)
    found = store.rows(WitnessedRow, *enough, after, order="size", limit=1)
    found = found or store.rows(WitnessedRow, *enough, order="-size", limit=1)
    if not found:
        raise _missing()
    return found[0]


def _newest(store: Store, kind: type[CosignedRow] | type[WitnessedRow], origin: str) -> int:
    found = store.rows(kind, Where("origin", "=", origin), order="-size", limit=1)
    return found[0].size if found else 0


def _own(store: Store, origin: str, size: int) -> list[Link]:
    mine, enough = Where("origin", "=", origin), Where("size", ">=", size)
    found = store.rows(CosignedRow, mine, enough, _NOTED, order="size", limit=1)
    if not found:
        raise _missing()
    tree = own_tree(store, origin)
    old, new = tree.root_at(size), found[0]
    if size == new.size:
        return []
    return [Link(size, old, new.size, new.root, tuple(tree.consistency(size, new.size)))]


def own_tree(store: Store, origin: str) -> Tree:
    """The tree of a log of ours as it is stored, or `NotFound`."""
    heads = store.rows(LogHeadRow, Where("origin", "=", origin))
    if not heads:
        raise NotFound("no log of this node has this name", field="origin")
    return Tree(heads[0].size, partial(store.tile, origin), TileCache())


def _roots(store: Store, origin: str, sizes: list[int]) -> dict[int, bytes]:
    rows = store.rows(PeerTreeRow, Where("origin", "=", origin), Where("size", "in", sizes))
    found = {row.size: row.root for row in rows}
    if set(found) != set(sizes):
        raise _missing()
    return found


def _rounds(store: Store, origin: str, first: int, last: int) -> Iterator[Link]:
    """From one accepted tree of a partner's log to a later one, round by round."""
    at = first
    mine = Where("origin", "=", origin)
    rows = store.rows(
        PeerTreeRow, mine, Where("size", ">=", first), Where("size", "<=", last), order="size"
    )
    roots = {row.size: row.root for row in rows}
    for row in rows:
        if row.size == first:
            continue
        if row.old_size != at:
            raise _missing()
        yield _link(at, roots[at], row.size, row.root, row.path)
        at = row.size


def _link(old_size: int, old_root: bytes, size: int, root: bytes, path: bytes) -> Link:
    hashes = tuple(path[n : n + HASH_BYTES] for n in range(0, len(path), HASH_BYTES))
    return Link(old_size, old_root, size, root, hashes)


def _missing() -> NotFound:
    return NotFound(
        "this tree is not witnessed yet",
        field="size",
        remedy="wait until a quorum has cosigned; relec status says who is missing",
    )
