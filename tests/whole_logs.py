"""All logs of one node read from entry 0, as an auditor would who believes nothing stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from relec_exchange.audit.checkpoint import verify_checkpoint
from relec_exchange.audit.entry import decode_entry
from relec_exchange.audit.merkle import leaf_hash
from relec_exchange.audit.tiles import Tree
from relec_exchange.ports import Store
from relec_exchange.records import EntryRow, LogHeadRow, Where
from relec_exchange.trust.signature import HybridPublic


def check_every_log(store: Store, public: Callable[[str], HybridPublic]) -> list[str]:
    """Leaves, times, numbers, roots, what each successor says of its predecessor, and what was
    signed; `public` gives the key of a log. Returns the names of the logs, in order.
    """
    heads = {head.origin: head for head in store.rows(LogHeadRow, order="origin")}
    trees: dict[str, Tree] = {}
    for head in heads.values():
        rows = store.rows(EntryRow, Where("origin", "=", head.origin), order="idx")
        assert [row.idx for row in rows] == list(range(head.size)), head.origin
        assert all(row.leaf == leaf_hash(row.data) for row in rows), head.origin
        trees[head.origin], _ = Tree(0, _no_tile).extend([row.leaf for row in rows])
        assert trees[head.origin].root() == head.root, head.origin
        _check_entries([decode_entry(row.data) for row in rows], trees)
        if head.log == "exchange":
            signed = verify_checkpoint(head.checkpoint, public(head.origin))
            assert (signed.size, signed.root) == (head.size, head.root), head.origin
    assert sum(not head.closed for head in heads.values()) == 2
    return list(heads)


def _no_tile(_level: int, _n: int) -> bytes:
    return b""


def _check_entries(decoded: Sequence[Any], before: Mapping[str, Tree]) -> None:
    times = [entry["time"] for entry in decoded]
    assert times == sorted(times)
    numbers: dict[tuple[str, str], list[int]] = {}
    for entry in decoded:
        if entry["kind"] == "sent":
            numbers.setdefault((entry["to"], entry["class"]), []).append(entry["seq"])
    assert all(found == list(range(1, len(found) + 1)) for found in numbers.values())
    first = decoded[0]
    assert first["kind"] == "opened"
    if first["previous_origin"]:
        ended = before[first["previous_origin"]].root_at(first["previous_size"])
        assert ended.hex() == first["previous_root"], first["origin"]
