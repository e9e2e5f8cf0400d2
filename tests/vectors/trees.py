"""Vectors of kind inclusion and consistency: proofs in bare numbers and hashes."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from world import LOG_SIZE, OLD_SIZE, Case, entries, flip, tree

from relec_exchange.audit.merkle import leaf_hash, leaf_hashes, node_hash
from relec_exchange.audit.tiles import Tree

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
REFERENCE_ROOT = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
FORGED = sha256(b"forged").digest()


def grown(leaves: list[bytes]) -> Tree:
    """A tree in memory over leaf hashes."""
    return Tree(0, lambda _level, _n: b"").extend(leaves)[0]


def reference() -> Tree:
    """The eight leaves of the certificate transparency reference tests."""
    built = grown(leaf_hashes(REFERENCE))
    if built.root().hex() != REFERENCE_ROOT:
        raise ValueError("the reference tree does not have its published root")
    return built


def inclusion(whole: Tree, index: int, size: int, leaf: bytes) -> dict[str, Any]:
    """Inputs of an inclusion vector."""
    return {
        "leaf_hash": leaf.hex(),
        "index": index,
        "size": size,
        "root": whole.root_at(size).hex(),
        "path": [item.hex() for item in whole.inclusion(index, size)],
    }


def consistency(whole: Tree, old_size: int, size: int) -> dict[str, Any]:
    """Inputs of a consistency vector."""
    return {
        "old_size": old_size,
        "old_root": whole.root_at(old_size).hex(),
        "size": size,
        "root": whole.root_at(size).hex(),
        "path": [item.hex() for item in whole.consistency(old_size, size)],
    }


def inclusion_cases() -> Iterator[Case]:
    """Good and bad proofs that a leaf stands at an index."""

    def case(name: str, comment: str, expect: str, inputs: dict[str, Any]) -> Case:
        return Case("inclusion", name, comment, expect, inputs)

    small = reference()
    places = ((0, 1), (0, 8), (5, 8), (7, 8), (2, 3), (1, 5), (4, 5), (6, 7))
    for number, (index, size) in enumerate(places, 1):
        inputs = inclusion(small, index, size, leaf_hash(REFERENCE[index]))
        yield case(
            f"good-{number:02d}-reference-{index}-of-{size}",
            f"RFC 6962 reference tree: leaf {index} of the first {size}",
            "ok",
            inputs,
        )
    leaf = leaf_hash(entries()[999])
    good = inclusion(tree(), 999, LOG_SIZE, leaf)
    yield case("good-09-last-of-1000", "the last of 1000 entries: 8 hashes", "ok", good)
    middle = inclusion(tree(), 300, LOG_SIZE, leaf_hash(entries()[300]))
    yield case("good-10-middle-of-1000", "entry 300 of 1000: 10 hashes", "ok", middle)
    bad: list[tuple[str, str, dict[str, Any]]] = [
        (
            "index-not-bound-to-size",
            "the proof of entry 999 presented as one of index 255: all its siblings stand to the "
            "left in both, only the number of hashes tells them apart",
            good | {"index": 255},
        ),
        ("forged-leaf", "another leaf under a good path", middle | {"leaf_hash": FORGED.hex()}),
        ("next-index", "the path of the neighbour", middle | {"index": 301}),
        (
            "index-is-size",
            "index 1 in a tree of 1 leaf, with a root that its log built and signed to fit",
            {
                "leaf_hash": leaf.hex(),
                "index": 1,
                "size": 1,
                "root": node_hash(FORGED, leaf).hex(),
                "path": [FORGED.hex()],
            },
        ),
        ("empty-tree", "an index in a tree without leaves", good | {"size": 0, "path": []}),
        ("truncated-path", "the last hash is missing", middle | {"path": middle["path"][:-1]}),
        ("missing-first-hash", "the first hash is missing", middle | {"path": middle["path"][1:]}),
        (
            "longer-path",
            "one hash more than index and size demand",
            middle | {"path": [*middle["path"], FORGED.hex()]},
        ),
        ("altered-hash", "one bit of one hash", middle | {"path": _flipped(middle["path"], 4)}),
        ("swapped-hashes", "two hashes in the other order", middle | {"path": _swapped(middle)}),
        (
            "other-size",
            "a size that is not the checkpoint's: 512 leaves would need 9 hashes",
            middle | {"size": 512},
        ),
        (
            "root-of-older-tree",
            "the root of the tree of 700 leaves",
            middle | {"root": tree().root_at(OLD_SIZE).hex()},
        ),
        (
            "inner-node-as-leaf",
            "the node above leaves 0 and 1 presented as leaf 0, with the rest of the path",
            inclusion(small, 0, 8, node_hash(*leaf_hashes(REFERENCE[:2])))
            | {"path": [item.hex() for item in small.inclusion(0, 8)[1:]]},
        ),
        ("short-hash", "a hash of 31 bytes", middle | {"path": _shortened(middle["path"])}),
    ]
    for number, (name, comment, inputs) in enumerate(bad, 1):
        yield case(f"bad-{number:02d}-{name}", comment, "proof-inclusion", inputs)


def consistency_cases() -> Iterator[Case]:
    """Good and bad proofs that one tree continues another."""

    def case(name: str, comment: str, expect: str, inputs: dict[str, Any]) -> Case:
        return Case("consistency", name, comment, expect, inputs)

    small = reference()
    pairs = ((0, 8), (1, 1), (1, 8), (2, 5), (4, 8), (6, 8), (7, 8), (0, 0))
    for number, (old, size) in enumerate(pairs, 1):
        yield case(
            f"good-{number:02d}-reference-{old}-to-{size}",
            f"RFC 6962 reference tree: from {old} to {size} leaves",
            "ok",
            consistency(small, old, size),
        )
    good = consistency(tree(), OLD_SIZE, LOG_SIZE)
    yield case("good-09-700-to-1000", "the log of 1000 entries from 700 on", "ok", good)
    rewritten = leaf_hashes(entries())
    rewritten[300] = FORGED
    fork = consistency(grown(rewritten), OLD_SIZE, LOG_SIZE)
    bad: list[tuple[str, str, dict[str, Any]]] = [
        (
            "old-size-forged",
            "the tree of 700 leaves presented as one of 512, with the path for 512",
            consistency(tree(), 512, LOG_SIZE) | {"old_root": good["old_root"]},
        ),
        (
            "rewritten-history",
            "entry 300 was changed after the checkpoint at 700: the new tree proves its own past",
            fork | {"old_root": good["old_root"]},
        ),
        ("old-root-forged", "another old root", good | {"old_root": FORGED.hex()}),
        ("new-root-forged", "another new root", good | {"root": FORGED.hex()}),
        ("old-size-with-path-of-700", "700 renamed to 701", good | {"old_size": 701}),
        ("truncated-path", "the last hash is missing", good | {"path": good["path"][:-1]}),
        (
            "longer-path",
            "one hash more than the sizes demand",
            good | {"path": [*good["path"], FORGED.hex()]},
        ),
        ("altered-hash", "one bit of one hash", good | {"path": _flipped(good["path"], 2)}),
        (
            "path-from-empty-tree",
            "from the empty tree no hash is needed and none allowed",
            consistency(small, 0, 8) | {"path": [FORGED.hex()]},
        ),
        (
            "empty-tree-with-a-root",
            "an old size of 0 with another root than the empty one",
            consistency(small, 0, 8) | {"old_root": FORGED.hex()},
        ),
        (
            "two-roots-for-one-size",
            "equal sizes, different roots, no path: a fork",
            consistency(small, 8, 8) | {"root": FORGED.hex()},
        ),
        (
            "shrunk",
            "the new tree is smaller than the old one",
            good
            | {"old_size": LOG_SIZE, "old_root": good["root"]}
            | {"size": OLD_SIZE, "root": good["old_root"]},
        ),
    ]
    for number, (name, comment, inputs) in enumerate(bad, 1):
        yield case(f"bad-{number:02d}-{name}", comment, "proof-inclusion", inputs)


def _flipped(path: list[str], at: int) -> list[str]:
    changed = flip(bytes.fromhex(path[at]), 0).hex()
    return [*path[:at], changed, *path[at + 1 :]]


def _swapped(inputs: dict[str, Any]) -> list[str]:
    first, second, *rest = inputs["path"]
    return [second, first, *rest]


def _shortened(path: list[str]) -> list[str]:
    return [path[0][:-2], *path[1:]]
