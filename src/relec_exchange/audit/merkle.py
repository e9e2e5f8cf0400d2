"""Merkle tree arithmetic of RFC 6962, section 2.1: hashes, and the verification of proofs.

Contract: sizes and indices are counts of leaves, hashes are 32 raw bytes, and a proof is the list
of sibling hashes from the leaf upwards. Verifying returns nothing or raises
`Unverified(PROOF_INCLUSION)`. The number of hashes must be exactly what index and size demand:
this is what binds the index to the size, for otherwise one proof fits several indices.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final

from relec_exchange.errors import Reason, Unverified

HASH_BYTES: Final = 32
SIZE_MAX: Final = 2**63 - 1
"""Largest tree: sizes travel as decimal text and stand in unsigned 64-bit fields."""

EMPTY_ROOT: Final = sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """Hash of one leaf: SHA-256 over 0x00 and the entry's bytes."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node: SHA-256 over 0x01 and both children."""
    return sha256(b"\x01" + left + right).digest()


def leaf_hashes(entries: Iterable[bytes]) -> list[bytes]:
    """Leaf hashes of many entries, in order."""
    return [sha256(b"\x00" + data).digest() for data in entries]


def pair_hashes(hashes: Sequence[bytes]) -> list[bytes]:
    """Parents of consecutive pairs; a last hash without partner has no parent here."""
    return [
        sha256(b"\x01" + left + right).digest()
        for left, right in zip(hashes[::2], hashes[1::2], strict=False)
    ]


def trailing_zeros(number: int) -> int:
    """Level of the smallest perfect subtree at the right edge of a tree of `number` > 0 leaves."""
    return (number & -number).bit_length() - 1


def consistency_path_length(old_size: int, size: int) -> int:
    """Number of hashes that prove the tree of `old_size` a prefix of the one of `size`."""
    if old_size in (0, size):
        return 0
    level = trailing_zeros(old_size)
    inner, border = _path_shape((old_size - 1) >> level, (size - 1) >> level)
    return (old_size != 1 << level) + inner + border


def verify_inclusion(
    leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes
) -> None:
    """Check that `leaf` (a leaf hash) stands at `index` of the tree with `size` and `root`.

    Size and root must come from a verified checkpoint. Raises `Unverified(PROOF_INCLUSION)`.
    """
    if not 0 <= index < size <= SIZE_MAX:
        raise _refused("the index is not within the tree")
    inner, border = _path_shape(index, size - 1)
    _check_lengths(inner + border, leaf, root, path)
    node = leaf
    for sibling in path[:inner]:
        pair = sibling + node if index & 1 else node + sibling
        node = sha256(b"\x01" + pair).digest()
        index >>= 1
    for sibling in path[inner:]:
        node = sha256(b"\x01" + sibling + node).digest()
    if node != root:
        raise _refused("the path does not lead to the root")


def verify_consistency(
    old_size: int, old_root: bytes, size: int, root: bytes, path: Sequence[bytes]
) -> None:
    """Check that the tree (`old_size`, `old_root`) is a prefix of the tree (`size`, `root`).

    Sizes and roots must come from verified checkpoints. The empty tree is a prefix of every tree,
    with an empty proof. Raises `Unverified(PROOF_INCLUSION)`.
    """
    if not 0 <= old_size <= size <= SIZE_MAX:
        raise _refused("the old size is not within the new one")
    _check_lengths(consistency_path_length(old_size, size), old_root, root, path)
    if (old_size == 0 and old_root != EMPTY_ROOT) or (size == 0 and root != EMPTY_ROOT):
        raise _refused("an empty tree has another root")
    if old_size == size and old_root != root:
        raise _refused("two roots for one size")
    if old_size in (0, size):
        return
    if _fold_consistency(old_size, old_root, size, path) != (old_root, root):
        raise _refused("the path does not lead to both roots")


def _path_shape(index: int, last: int) -> tuple[int, int]:
    """How many siblings a node has below and above the point where it joins the right edge.

    Below that point every level has a sibling, on either side. Above it the node is the last of
    its level: it has a left sibling where its index is odd and else moves up unchanged.
    """
    inner = (index ^ last).bit_length()
    return inner, (index >> inner).bit_count()


def _fold_consistency(
    old_size: int, old_root: bytes, size: int, path: Sequence[bytes]
) -> tuple[bytes, bytes]:
    """Both roots as the path gives them, for 0 < old_size < size and a path of exact length."""
    level = trailing_zeros(old_size)
    index, last = (old_size - 1) >> level, (size - 1) >> level
    inner, _ = _path_shape(index, last)
    # The walk starts at the old tree's rightmost perfect subtree: all of it, if a power of two.
    whole = old_size == 1 << level
    old = new = old_root if whole else path[0]
    siblings = path if whole else path[1:]
    for sibling in siblings[:inner]:
        if index & 1:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
        else:
            # What lies to the right was not there yet when the tree was old.
            new = node_hash(new, sibling)
        index >>= 1
    for sibling in siblings[inner:]:
        old, new = node_hash(sibling, old), node_hash(sibling, new)
    return old, new


def _check_lengths(expected: int, one: bytes, other: bytes, path: Sequence[bytes]) -> None:
    if len(path) != expected:
        raise _refused(f"the proof has {len(path)} hashes where {expected} belong")
    if any(len(item) != HASH_BYTES for item in (one, other, *path)):
        raise _refused("a hash does not have 32 bytes")


def _refused(detail: str) -> Unverified:
    return Unverified(Reason.PROOF_INCLUSION, detail)
