"""Merkle arithmetic against the published reference tree of certificate transparency."""

import pytest

from relec_exchange.audit.merkle import (
    EMPTY_ROOT,
    SIZE_MAX,
    consistency_path_length,
    leaf_hash,
    node_hash,
    verify_consistency,
    verify_inclusion,
)
from relec_exchange.errors import Reason, Unverified

REFERENCE = [
    bytes.fromhex(leaf)
    for leaf in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    bytes.fromhex(root)
    for root in (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    )
]


def hexes(*texts):
    return [bytes.fromhex(text) for text in texts]


def refused(call, *arguments):
    with pytest.raises(Unverified) as caught:
        call(*arguments)
    assert caught.value.reason is Reason.PROOF_INCLUSION
    return caught.value.detail


def test_the_empty_tree_has_the_hash_of_nothing():
    assert ROOTS[0] == EMPTY_ROOT


def test_leaves_and_nodes_are_hashed_with_their_own_prefix():
    left, right = leaf_hash(REFERENCE[0]), leaf_hash(REFERENCE[1])
    assert left == ROOTS[1]
    assert node_hash(left, right) == ROOTS[2]


@pytest.mark.parametrize(
    ("index", "size", "path"),
    [
        (0, 1, ()),
        (
            0,
            8,
            (
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ),
        ),
        (
            5,
            8,
            (
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ),
        ),
        (2, 3, ("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",)),
        (
            1,
            5,
            (
                "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ),
        ),
    ],
)
def test_the_published_inclusion_proofs_hold(index, size, path):
    verify_inclusion(leaf_hash(REFERENCE[index]), index, size, hexes(*path), ROOTS[size])


@pytest.mark.parametrize(
    ("old_size", "size", "path"),
    [
        (1, 1, ()),
        (
            1,
            8,
            (
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ),
        ),
        (
            6,
            8,
            (
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ),
        ),
        (
            2,
            5,
            (
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ),
        ),
    ],
)
def test_the_published_consistency_proofs_hold(old_size, size, path):
    verify_consistency(old_size, ROOTS[old_size], size, ROOTS[size], hexes(*path))


def test_the_empty_tree_is_a_prefix_of_every_tree():
    for size, root in enumerate(ROOTS):
        verify_consistency(0, EMPTY_ROOT, size, root, [])


def test_no_proof_is_needed_and_none_accepted_between_equal_trees():
    verify_consistency(5, ROOTS[5], 5, ROOTS[5], [])
    assert "0 belong" in refused(verify_consistency, 5, ROOTS[5], 5, ROOTS[5], [ROOTS[4]])


def test_two_roots_for_one_size_are_refused():
    assert "two roots" in refused(verify_consistency, 5, ROOTS[5], 5, ROOTS[4], [])


def test_a_claimed_empty_tree_with_another_root_is_refused():
    refused(verify_consistency, 0, ROOTS[1], 5, ROOTS[5], [])
    refused(verify_consistency, 0, ROOTS[1], 0, ROOTS[1], [])


def test_a_tree_that_shrinks_is_refused():
    refused(verify_consistency, 6, ROOTS[6], 5, ROOTS[5], [])


@pytest.mark.parametrize(("index", "size"), [(1, 1), (-1, 4), (0, 0), (4, 4), (0, SIZE_MAX + 1)])
def test_an_index_outside_the_tree_is_refused(index, size):
    refused(verify_inclusion, ROOTS[1], index, size, [], ROOTS[1])


def test_a_root_built_to_fit_does_not_make_room_beyond_the_tree():
    """A log that signs size 1 over two leaves must not place an entry at index 1."""
    first, second = leaf_hash(REFERENCE[0]), leaf_hash(REFERENCE[1])
    verify_inclusion(second, 1, 2, [first], ROOTS[2])
    refused(verify_inclusion, second, 1, 1, [first], ROOTS[2])


def test_a_hash_of_another_length_is_refused():
    leaf, sibling = leaf_hash(REFERENCE[0]), leaf_hash(REFERENCE[1])
    refused(verify_inclusion, leaf, 0, 2, [sibling + b"\0"], ROOTS[2])
    refused(verify_inclusion, leaf[:31], 0, 2, [sibling], ROOTS[2])


def test_a_leaf_that_joins_the_halves_of_a_node_is_not_the_node():
    """Without prefixes, an entry made of two hashes would pass for the node above them."""
    left, right = leaf_hash(REFERENCE[0]), leaf_hash(REFERENCE[1])
    assert leaf_hash(left + right) != node_hash(left, right)


def test_path_lengths_follow_from_both_sizes():
    assert consistency_path_length(6, 8) == 3
    assert consistency_path_length(4, 8) == 1
    assert consistency_path_length(0, 8) == 0
