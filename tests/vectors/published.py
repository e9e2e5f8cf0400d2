"""Proofs that others publish for Merkle trees, made again from their rules.

The test data of the Go package `merkle` of the transparency.dev project (its directories
`inclusion` and `consistency`, 196 files, Apache-2.0) are ten good proofs over the tree of eight
leaves of the certificate transparency reference tests, each spoiled in every way its authors
thought of, and some that were wrong from the start. Here they are computed, in the field names of
that publication; `digest` over what is computed equals `PUBLISHED`, the digest over those files,
so nothing is missing and nothing differs. To compare with a newer publication, give `digest` its
parsed files.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any

from trees import REFERENCE, reference

from relec_exchange.audit.merkle import EMPTY_ROOT, leaf_hash

PUBLISHED = {
    "inclusion": "0fe75b8c034bd0a17361e946fc394788e476a144f3c16720aae1be03097467c1",
    "consistency": "915237e5b8e727ec8516c718a8626d43aa134c19693e2ecc6d99c0a810843480",
}
INCLUSIONS = ((0, 1), (0, 8), (5, 8), (2, 3), (1, 5))
CONSISTENCIES = ((1, 1), (1, 8), (6, 8), (2, 5), (6, 7))
NOWHERE = ((0, 0), (0, 1), (1, 0), (2, 1))
RANDOM = bytes.fromhex("abacaba0" + "00" * 21 + "60061e00123456")
SINGLE = leaf_hash(b"data")
ANY_1, ANY_2 = b"don't care 1", b"don't care 2"
UINT64 = 1 << 64

Probe = dict[str, Any]


def inclusion_probes() -> Iterator[Probe]:
    """Proofs that a leaf stands at an index; `wantErr` says which must be refused."""
    tree = reference()
    for index, size in INCLUSIONS:
        path = tree.inclusion(index, size)
        good = _inclusion(index, size, tree.root_at(size), leaf_hash(REFERENCE[index]), path)
        yield good | {"wantErr": False}
        yield from _spoiled_inclusion(good)
    for index, size in NOWHERE:
        for root, leaf in ((EMPTY_ROOT, RANDOM), (EMPTY_ROOT, b""), (b"", RANDOM)):
            yield _inclusion(index, size, root, leaf, [])
    for root, leaf in ((SINGLE, b""), (b"", b""), (b"", SINGLE)):
        yield _inclusion(0, 1, root, leaf, [])
    yield _inclusion(0, 1, SINGLE, SINGLE, []) | {"wantErr": False}


def consistency_probes() -> Iterator[Probe]:
    """Proofs that one tree continues another; `wantErr` says which must be refused."""
    tree = reference()
    for old, size in CONSISTENCIES:
        path = tree.consistency(old, size)
        good = _consistency(old, size, tree.root_at(old), tree.root_at(size), path)
        yield good | {"wantErr": False}
        if old != size:
            yield from _spoiled_consistency(good)
    yield _consistency(1, 1, ANY_2, ANY_2, []) | {"wantErr": False}
    empty, none = EMPTY_ROOT, []
    wrong = (
        (0, 1, empty, empty, [empty]),
        (0, 0, empty, empty, [empty]),
        (1, 1, empty, empty, [empty]),
        (0, 0, empty, ANY_2, none),
        (0, 1, empty, ANY_2, none),
        (1, 1, empty, ANY_2, none),
        (0, 0, ANY_1, ANY_1, none),
        (0, 0, ANY_1, ANY_2, none),
        (0, 1, ANY_1, ANY_2, none),
        (1, 0, ANY_1, ANY_2, none),
        (1, 1, ANY_1, ANY_2, none),
        (1, 2, ANY_1, ANY_2, none),
        (2, 1, ANY_1, ANY_2, none),
    )
    for old, size, first, second, proof in wrong:
        yield _consistency(old, size, first, second, proof)


def digest(probes: Iterable[Probe]) -> str:
    """SHA-256 in hex over all probes, whatever their order and their descriptions."""
    lines = []
    for probe in probes:
        facts = {name: value for name, value in probe.items() if name != "desc"}
        facts["proof"] = facts["proof"] or []
        lines.append(json.dumps(facts, sort_keys=True))
    return sha256("\n".join(sorted(lines)).encode()).hexdigest()


def _spoiled_inclusion(good: Probe) -> Iterator[Probe]:
    index, size, proof = good["leafIdx"], good["treeSize"], good["proof"]
    for other in (index - 1, index + 1, index ^ 2):
        yield good | {"leafIdx": other % UINT64}
    for other in (size * 2, size // 2):
        yield good | {"treeSize": other}
    yield good | {"leafHash": _text(b"WrongLeaf")}
    for root in (EMPTY_ROOT, RANDOM):
        yield good | {"root": _text(root)}
    for extra in ("", good["root"]):
        yield good | {"proof": [*proof, extra]}
        yield good | {"proof": [extra, *proof]}
    yield from _with_bit(good, 3)
    if proof:
        yield good | {"proof": proof[:-1]}
    if len(proof) > 1:
        yield good | {"proof": [proof[0], _text(RANDOM), *proof[1:]]}


def _spoiled_consistency(good: Probe) -> Iterator[Probe]:
    old, size, proof = good["size1"], good["size2"], good["proof"]
    for other in (old - 1, old + 1, old ^ 2):
        yield good | {"size1": other}
    for other in (size * 2, size // 2):
        yield good | {"size2": other}
    yield good | {"root1": good["root2"], "root2": good["root1"]}
    for name in ("root1", "root2"):
        yield good | {name: _text(b"WrongRoot")}
    for extra in ("", good["root1"], good["root2"]):
        yield good | {"proof": [*proof, extra]}
        yield good | {"proof": [extra, *proof]}
    yield good | {"proof": [proof[0], *proof]}
    yield good | {"proof": proof[:-1]}
    yield good | {"proof": []}
    yield from _with_bit(good, 4)


def _with_bit(good: Probe, bit: int) -> Iterator[Probe]:
    """One bit of the first byte of each hash."""
    for place in range(len(good["proof"])):
        proof = list(good["proof"])
        value = bytearray(_data(proof[place]))
        value[0] ^= 1 << bit
        proof[place] = _text(bytes(value))
        yield good | {"proof": proof}


def _inclusion(index: int, size: int, root: bytes, leaf: bytes, path: list[bytes]) -> Probe:
    return {
        "leafIdx": index,
        "treeSize": size,
        "root": _text(root),
        "leafHash": _text(leaf),
        "proof": [_text(item) for item in path],
        "wantErr": True,
    }


def _consistency(old: int, size: int, first: bytes, second: bytes, path: list[bytes]) -> Probe:
    return {
        "size1": old,
        "size2": size,
        "root1": _text(first),
        "root2": _text(second),
        "proof": [_text(item) for item in path],
        "wantErr": True,
    }


def _text(data: bytes) -> str:
    return b64encode(data).decode("ascii")


def _data(text: str) -> bytes:
    return b64decode(text, validate=True)
