"""Merkle trees of RFC 6962: that an entry stands in a tree, and that one tree grew from another.

Prevents: an entry shown under a place that is not its own (the length of a path is bound to index
and size), and a log that was rewritten between two of its signed sizes. All refusals are
`proof-inclusion`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from relec_verify.refused import Refused

SIZE_MAX = 2**63 - 1
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """The hash of an entry: the zero byte keeps it apart from the hash of two nodes."""
    return hashlib.sha256(b"\x00" + entry).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def verify_inclusion(
    leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes
) -> None:
    """That the leaf stands at `index` of the tree with this size and root."""
    if not 0 <= index < size <= SIZE_MAX:
        _refuse("the index lies outside the tree")
    if len(leaf) != 32 or len(root) != 32:
        _refuse("a hash is not 32 bytes")
    inner, border = _lengths(index, size - 1)
    _check_path(path, inner + border)
    found, place = leaf, index
    for sibling in path[:inner]:
        found = _node(sibling, found) if place & 1 else _node(found, sibling)
        place >>= 1
    for sibling in path[inner:]:
        found = _node(sibling, found)
    if found != root:
        _refuse("the path does not lead to the root")


def verify_consistency(
    old: tuple[int, bytes], new: tuple[int, bytes], path: Sequence[bytes]
) -> None:
    """That the tree `old` (size, root) is the beginning of the tree `new`."""
    (old_size, old_root), (size, root) = old, new
    if not 0 <= old_size <= size <= SIZE_MAX:
        _refuse("the sizes are not in order")
    if len(old_root) != 32 or len(root) != 32:
        _refuse("a root is not 32 bytes")
    if old_size == 0 and (old_root != EMPTY_ROOT or (size == 0 and root != EMPTY_ROOT)):
        _refuse("the empty tree has another root")
    if old_size in (0, size):
        _check_path(path, 0)
        if old_size == size and old_root != root:
            _refuse("two roots for one size")
        return
    _verify_growth(old, new, path)


def _verify_growth(old: tuple[int, bytes], new: tuple[int, bytes], path: Sequence[bytes]) -> None:
    (old_size, old_root), (size, root) = old, new
    level = (old_size & -old_size).bit_length() - 1
    place = (old_size - 1) >> level
    inner, border = _lengths(place, (size - 1) >> level)
    whole = old_size & (old_size - 1) == 0
    _check_path(path, inner + border + (not whole))
    start = old_root if whole else path[0]
    rest = path if whole else path[1:]
    before = after = start
    for sibling in rest[:inner]:
        if place & 1:
            before, after = _node(sibling, before), _node(sibling, after)
        else:
            after = _node(after, sibling)
        place >>= 1
    for sibling in rest[inner:]:
        before, after = _node(sibling, before), _node(sibling, after)
    if before != old_root or after != root:
        _refuse("the one tree did not grow from the other")


def _lengths(index: int, last: int) -> tuple[int, int]:
    """How many hashes lie inside and along the border of the tree on the way to the root."""
    inner = (index ^ last).bit_length()
    return inner, (index >> inner).bit_count()


def _check_path(path: Sequence[bytes], length: int) -> None:
    if len(path) != length or any(len(item) != 32 for item in path):
        _refuse("the path has not the length that index and size demand")


def _refuse(detail: str) -> None:
    raise Refused("proof-inclusion", detail)
