"""Laws of trees and proofs, against the recursive definitions of RFC 6962, section 2.1."""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relec_exchange.audit.merkle import (
    leaf_hash,
    node_hash,
    verify_consistency,
    verify_inclusion,
)
from relec_exchange.audit.tiles import Tree
from relec_exchange.errors import Unverified

SIZE_MAX = 600


def split(count):
    """The largest power of two below `count`."""
    return 1 << ((count - 1).bit_length() - 1)


def root_of(leaves):
    if len(leaves) <= 1:
        return leaves[0] if leaves else sha256(b"").digest()
    at = split(len(leaves))
    return node_hash(root_of(leaves[:at]), root_of(leaves[at:]))


def path_of(index, leaves):
    if len(leaves) == 1:
        return []
    at = split(len(leaves))
    if index < at:
        return [*path_of(index, leaves[:at]), root_of(leaves[at:])]
    return [*path_of(index - at, leaves[at:]), root_of(leaves[:at])]


def proof_of(old, leaves, whole=True):
    if old == len(leaves):
        return [] if whole else [root_of(leaves)]
    at = split(len(leaves))
    if old <= at:
        return [*proof_of(old, leaves[:at], whole), root_of(leaves[at:])]
    return [*proof_of(old - at, leaves[at:], False), root_of(leaves[:at])]


ALL = [leaf_hash(number.to_bytes(4, "big")) for number in range(SIZE_MAX)]
sizes = st.integers(1, SIZE_MAX)


def tree_of(size, cuts=()):
    stored = {}
    tree = Tree(0, lambda level, n: stored.get((level, n), b""))
    for start, stop in zip((0, *cuts), (*cuts, size), strict=True):
        tree, changed = tree.extend(ALL[start:stop])
        stored.update({(tile.level, tile.n): tile.data for tile in changed})
    return tree


@st.composite
def index_and_size(draw):
    size = draw(sizes)
    return draw(st.integers(0, size - 1)), size


@settings(max_examples=60, deadline=None)
@given(size=sizes, cuts=st.sets(st.integers(0, SIZE_MAX), max_size=4))
def test_however_a_tree_is_cut_into_batches_its_root_is_the_defined_one(size, cuts):
    tree = tree_of(size, sorted(cut for cut in cuts if cut <= size))
    assert tree.root() == root_of(ALL[:size])


@settings(max_examples=100, deadline=None)
@given(index_and_size())
def test_every_inclusion_path_is_the_defined_one_and_verifies(place):
    index, size = place
    tree = tree_of(size)
    path = tree.inclusion(index)
    assert path == path_of(index, ALL[:size])
    verify_inclusion(ALL[index], index, size, path, tree.root())


@settings(max_examples=100, deadline=None)
@given(old=sizes, size=sizes)
def test_every_consistency_proof_is_the_defined_one_and_verifies(old, size):
    old, size = min(old, size), max(old, size)
    tree = tree_of(size)
    path = tree.consistency(old)
    assert path == proof_of(old, ALL[:size])
    verify_consistency(old, tree.root_at(old), size, tree.root(), path)


@settings(max_examples=40, deadline=None)
@given(place=index_and_size(), start=st.integers(0, SIZE_MAX), count=st.integers(0, 300))
def test_paths_of_a_batch_are_those_of_its_leaves_one_by_one(place, start, count):
    _, size = place
    tree = tree_of(size)
    start = min(start, size)
    stop = min(size, start + count)
    assert tree.inclusions(start, stop) == [tree.inclusion(at) for at in range(start, stop)]


@settings(max_examples=150, deadline=None)
@given(place=index_and_size(), other=st.integers(0, 2 * SIZE_MAX))
def test_no_proof_holds_for_another_index(place, other):
    index, size = place
    tree = tree_of(size)
    if other != index:
        with pytest.raises(Unverified):
            verify_inclusion(ALL[index], other, size, tree.inclusion(index), tree.root())


@settings(max_examples=100, deadline=None)
@given(place=index_and_size(), data=st.data())
def test_no_changed_path_holds(place, data):
    index, size = place
    tree = tree_of(size)
    path = tree.inclusion(index)
    extra = data.draw(st.binary(min_size=32, max_size=32))
    changed = [[*path, extra], [extra, *path]]
    if path:
        at = data.draw(st.integers(0, len(path) - 1))
        changed += [path[:at] + path[at + 1 :], [*path[:at], extra, *path[at + 1 :]]]
    for forged in changed:
        with pytest.raises(Unverified):
            verify_inclusion(ALL[index], index, size, forged, tree.root())


@settings(max_examples=150, deadline=None)
@given(old=sizes, size=sizes, claimed=st.integers(0, SIZE_MAX), data=st.data())
def test_no_consistency_proof_holds_for_other_sizes_roots_or_hashes(old, size, claimed, data):
    old, size = min(old, size), max(old, size)
    tree = tree_of(size)
    path, old_root, root = tree.consistency(old), tree.root_at(old), tree.root()
    forged_root = data.draw(st.binary(min_size=32, max_size=32))
    attempts = [
        (old, forged_root, size, root, path),
        (old, old_root, size, forged_root, path),
        (old, old_root, size, root, [*path, forged_root]),
    ]
    if claimed != old:
        attempts.append((claimed, old_root, size, root, path))
    if path:
        at = data.draw(st.integers(0, len(path) - 1))
        attempts.append((old, old_root, size, root, [*path[:at], forged_root, *path[at + 1 :]]))
    for attempt in attempts:
        with pytest.raises(Unverified):
            verify_consistency(*attempt)


@settings(max_examples=60, deadline=None)
@given(old=sizes, more=st.integers(1, 200), at=st.integers(0, SIZE_MAX))
def test_a_rewritten_history_has_no_consistency_proof(old, more, at):
    """Whoever changes an old entry cannot present the new tree as a continuation of the old."""
    size = min(old + more, SIZE_MAX)
    old = min(old, size - 1) or 1
    size = max(size, old + 1)
    honest = tree_of(size)
    rewritten = list(ALL[:size])
    rewritten[at % old] = leaf_hash(b"rewritten")
    forged, _ = Tree(0, lambda _level, _n: b"").extend(rewritten)
    with pytest.raises(Unverified):
        verify_consistency(old, honest.root_at(old), size, forged.root(), forged.consistency(old))
