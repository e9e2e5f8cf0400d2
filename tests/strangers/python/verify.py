"""Verifies exported logs with sigstore-python: its checkpoints and its proofs of inclusion.

Usage: python verify.py VERIFIER-KEY DIRECTORY...

A directory is one that `relec audit export` wrote; it may also hold proofs/*.tlog-proof. Every
entry is proven with a path made of the hashes in the tiles. One JSON line a directory says what
came of it; the exit code is 2 only if the question was wrong. Runs in the environment beside it,
which knows nothing of relec_exchange.
"""

from __future__ import annotations

import base64
import json
import sys
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sigstore._internal.merkle import verify_merkle_inclusion
from sigstore._internal.rekor.checkpoint import SignedCheckpoint, verify_checkpoint
from sigstore._internal.trust import Keyring
from sigstore.errors import VerificationError
from sigstore_models.common import v1 as common

WIDTH = 256
ED25519 = 0x01
PROOF_FORMAT = "c2sp.org/tlog-proof@v1"


class Log:
    """A log as sigstore knows one: a ring of one key, and that key's id."""

    def __init__(self, vkey: str) -> None:
        self.origin, key_id, encoded = vkey.split("+", 2)
        material = base64.b64decode(encoded)
        if material[0] != ED25519:
            raise ValueError("the verifier key is not of Ed25519")
        key = Ed25519PublicKey.from_public_bytes(material[1:])
        der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.key_id = bytes.fromhex(key_id)
        self.ring = Keyring(
            [
                common.PublicKey(
                    raw_bytes=base64.b64encode(der),
                    key_details=common.PublicKeyDetails.PKIX_ED25519,
                )
            ]
        )

    def opened(self, envelope: str) -> tuple[int, bytes]:
        """Size and root of a checkpoint, once its signature holds."""
        signed = SignedCheckpoint.from_text(envelope)
        signed.signed_note.verify(self.ring, self.key_id)
        if signed.checkpoint.origin != self.origin:
            raise VerificationError("the checkpoint is of another log")
        return signed.checkpoint.log_size, bytes.fromhex(signed.checkpoint.log_hash)

    def check(self, entry: bytes, index: int, hashes: list[bytes], envelope: str) -> None:
        """One entry under a checkpoint, by sigstore's two functions."""
        size, root = self.opened(envelope)
        if not 0 <= index < size:
            raise VerificationError("the index is not within the tree")
        proof = SimpleNamespace(
            log_index=index,
            tree_size=size,
            root_hash=root,
            hashes=hashes,
            checkpoint=SimpleNamespace(envelope=envelope),
        )
        inner = SimpleNamespace(
            inclusion_proof=proof,
            canonicalized_body=entry,
            log_id=SimpleNamespace(key_id=self.key_id),
        )
        verify_checkpoint(self.ring, SimpleNamespace(_inner=inner))
        verify_merkle_inclusion(SimpleNamespace(_inner=inner))


def tile_path(level: str, n: int, size: int) -> str:
    """C2SP tlog-tiles: groups of three digits, and the width of what is not full."""
    count = min(WIDTH, size - n * WIDTH)
    name, rest = f"{n % 1000:03d}", n // 1000
    while rest:
        name, rest = f"x{rest % 1000:03d}/{name}", rest // 1000
    return f"tile/{level}/{name}" + (f".p/{count}" if count < WIDTH else "")


def bundle(data: bytes) -> list[bytes]:
    """The entries of a bundle."""
    entries, at = [], 0
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if end > len(data):
            raise ValueError("a bundle is cut off")
        entries.append(data[at + 2 : end])
        at = end
    return entries


def contents(directory: Path, size: int) -> tuple[list[bytes], list[bytes]]:
    """All entries and all leaf hashes of an export of so many entries."""
    entries: list[bytes] = []
    leaves: list[bytes] = []
    for n in range((size + WIDTH - 1) // WIDTH):
        entries += bundle((directory / tile_path("entries", n, size)).read_bytes())
        hashes = (directory / tile_path("0", n, size)).read_bytes()
        leaves += [hashes[at : at + 32] for at in range(0, len(hashes), 32)]
    if len(entries) != size or len(leaves) != size:
        raise ValueError("entries or hashes are missing")
    return entries, leaves


class Paths:
    """RFC 6962, section 2.1.1: the path of each leaf, from its sibling upwards."""

    def __init__(self, leaves: list[bytes]) -> None:
        self._leaves = leaves
        self._hash = cache(self._computed)

    def of(self, index: int) -> list[bytes]:
        """The hashes that prove the leaf at `index`."""
        path: list[bytes] = []
        low, high = 0, len(self._leaves)
        while high - low > 1:
            middle = low + (1 << (high - low - 1).bit_length() - 1)
            if index < middle:
                path.append(self._hash(middle, high))
                high = middle
            else:
                path.append(self._hash(low, middle))
                low = middle
        return path[::-1]

    def _computed(self, low: int, high: int) -> bytes:
        if high - low == 1:
            return self._leaves[low]
        middle = low + (1 << (high - low - 1).bit_length() - 1)
        return sha256(b"\x01" + self._hash(low, middle) + self._hash(middle, high)).digest()


def check_proof(text: str, entries: list[bytes], log: Log) -> None:
    """A tlog-proof of the node, against the entry that stands at its index."""
    head, _, envelope = text.partition("\n\n")
    form, number, *lines = head.split("\n")
    if form != PROOF_FORMAT or not number.startswith("index "):
        raise ValueError("this is not a tlog-proof")
    index = int(number.removeprefix("index "))
    if not 0 <= index < len(entries):
        raise ValueError("there is no entry of this index")
    log.check(entries[index], index, [base64.b64decode(line) for line in lines], envelope)


def judged(directory: Path, log: Log) -> dict[str, object]:
    """What an export proves; raises what sigstore raises."""
    envelope = (directory / "checkpoint").read_text("utf-8")
    size, root = log.opened(envelope)
    entries, leaves = contents(directory, size)
    paths = Paths(leaves)
    for index, entry in enumerate(entries):
        log.check(entry, index, paths.of(index), envelope)
    proofs = sorted(directory.glob("proofs/*.tlog-proof"))
    for file in proofs:
        check_proof(file.read_text("utf-8"), entries, log)
    found = {"origin": log.origin, "size": size, "root": root.hex(), "proofs": len(proofs)}
    return {"verdict": "accepted", **found}


def main(arguments: list[str]) -> int:
    """Judge each directory."""
    if len(arguments) < 2:
        sys.stderr.write("usage: python verify.py VERIFIER-KEY DIRECTORY...\n")
        return 2
    log = Log(arguments[0])
    for name in arguments[1:]:
        try:
            told = judged(Path(name), log)
        except (VerificationError, ValueError, OSError) as error:
            told = {"verdict": "refused", "reason": str(error)[:200]}
        sys.stdout.write(json.dumps({"directory": name, **told}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
