"""Trees of ours that partners still have to be shown a proof of, made again from what was sent.

Contract: as `walks`. A partner that is never shown the proof accuses us; one that is shown it
twice does not. So what is in doubt is proven again, and nothing that is not proven goes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from relec_exchange.audit.tiles import Tree
from relec_exchange.errors import RelecError
from relec_exchange.journal.rebuilding.acts import NO_ENTRY
from relec_exchange.journal.rebuilding.said import Said
from relec_exchange.journal.rebuilding.walks import Difference
from relec_exchange.ports import Store
from relec_exchange.records import (
    CosignatureRow,
    Delete,
    Insert,
    OutboxRow,
    PeerRow,
    UsedCheckpointRow,
    Where,
)

_MISSING: Final = "a tree that was used is not among those to be proven"


def used_differences(
    store: Store, said: Said, sizes: dict[str, int], written: str
) -> Iterator[Difference]:
    """Trees that are missing, and those that no log of ours had; `sizes` are those of our logs."""
    here: dict[str, list[int]] = defaultdict(list)
    peers = {row.peer: row for row in store.rows(PeerRow)}
    for row in store.rows(UsedCheckpointRow, order="size"):
        if row.size > sizes.get(row.origin, 0):
            key = {"peer": row.peer, "origin": row.origin, "size": row.size}
            where, remedy = f"{row.peer}:{row.size}", (Delete(UsedCheckpointRow, key),)
            yield Difference("used_checkpoint", where, NO_ENTRY, remedy)
        elif row.origin == written:
            here[row.peer].append(row.size)
    size = sizes.get(written, 0)
    tree = Tree(size, lambda level, n: store.tile(written, level, n))
    for peer in sorted(peers):
        for end in sorted(_wanted(store, said, peers[peer], written, size, here[peer])):
            try:
                root = tree.root_at(end)
            except RelecError:  # of a tile that is made again first
                continue
            change = Insert(UsedCheckpointRow(peer, written, end, root), ignore=True)
            yield Difference("used_checkpoint", f"{peer}:{end}", _MISSING, (change,))


def _wanted(
    store: Store, said: Said, peer: PeerRow, written: str, size: int, here: list[int]
) -> set[int]:
    """Ends of commits behind what the partner has accepted, of which no tree stands here."""
    known = peer.acknowledged_size if peer.our_origin == written else 0
    mine = Where("origin", "=", written), Where("witness", "=", peer.peer)
    newest = store.rows(CosignatureRow, *mine, order="-size", limit=1)
    known = max(known, newest[0].size if newest else 0)
    if not known:  # it has accepted nothing, or nobody remembers what
        return set()
    sent = store.rows(
        OutboxRow,
        Where("origin", "=", written),
        Where("recipient", "=", peer.peer),
        Where("leaf_index", ">=", known),
        Where("leaf_index", "<", size),  # else it names a place that the log does not have
        Where("epoch", "!=", ""),
        blobs=False,
    )
    ends, found = said.ends.get(written, []), set()
    for row in sent:
        after = bisect_right(ends, row.leaf_index)
        end = ends[after] if after < len(ends) else size
        at = bisect_right(here, row.leaf_index)
        if at == len(here) or here[at] > end:
            found.add(end)
    return found
