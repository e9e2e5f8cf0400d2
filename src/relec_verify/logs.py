"""What a log proves: checkpoints, proofs of entries, chains of trees, cosignatures.

Prevents: a checkpoint of another log, an entry that does not stand where it is said to, a log that
was rewritten later, and cosignatures that are missing one of their two halves.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from relec_verify.bundle import Link
from relec_verify.encodings import unb64
from relec_verify.keys import KeyPair
from relec_verify.merkle import SIZE_MAX, leaf_hash, verify_consistency, verify_inclusion
from relec_verify.notes import LINES_MAX, Head, read_head, split_note
from relec_verify.refused import Refused

PROOF_MAX = 16_384
Tree = tuple[int, bytes]
_PROOF = re.compile(
    rb"c2sp\.org/tlog-proof@v1\nindex (0|[1-9][0-9]{0,18})\n"
    rb"((?:[A-Za-z0-9+/]{43}=\n){0,63})\n"
)


@dataclass(frozen=True)
class Proof:
    """A proof taken apart: place, path and the bytes of its checkpoint."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes


def parse_proof(data: bytes) -> Proof:
    """A C2SP tlog-proof in its one form (`proof-malformed`)."""
    match = _PROOF.match(data)
    if len(data) > PROOF_MAX or match is None or int(match[1]) > SIZE_MAX:
        raise Refused("proof-malformed", "not a proof of an entry")
    lines = match[2].decode("ascii").splitlines()
    path = tuple(unb64(line, "proof-malformed") for line in lines)
    return Proof(int(match[1]), path, data[match.end() :])


def verify_checkpoint(data: bytes, key: KeyPair, most: int = LINES_MAX) -> Head:
    """The head that the owner of the log signed (`proof-key`, `proof-signature`)."""
    note = split_note(data, most)
    head = read_head(note.text)
    if key.name != head.origin:
        raise Refused("proof-key", "the key is not that of the log")
    key.verify(note)
    if len(head.origin.encode()) > 255:
        raise Refused("proof-malformed", "the origin is too long")
    return head


def verify_entry(entry: bytes, proof: bytes, key: KeyPair) -> tuple[int, Head]:
    """The place of this very entry and the signed tree in which it stands."""
    parsed = parse_proof(proof)
    head = verify_checkpoint(parsed.checkpoint, key)
    verify_inclusion(leaf_hash(entry), parsed.index, head.size, parsed.path, head.root)
    return parsed.index, head


def verify_chain(start: Head, links: Sequence[Link], end: Head) -> None:
    """That the tree `end` holds all of the tree `start`.

    From both, links lead to one and the same tree: both are its beginning, so the smaller one is
    the beginning of the other. Each link is proven, and none stands twice or idle.
    """
    if start.origin != end.origin or start.size > end.size:
        raise Refused("chain", "the cosigned tree is of another log, or is smaller")
    onward: dict[Tree, list[Tree]] = {}
    for link in links:
        if link.old[0] >= link.new[0] or link.new in onward.get(link.old, []):
            raise Refused("chain", "a link leads nowhere, or stands twice")
        verify_consistency(link.old, link.new, link.hashes)
        onward.setdefault(link.old, []).append(link.new)
    one, other = (_reached(onward, (tree.size, tree.root)) for tree in (start, end))
    if not one & other or not onward.keys() <= one | other:
        raise Refused("chain", "the links do not bind the two trees together")


def _reached(onward: dict[Tree, list[Tree]], tree: Tree) -> set[Tree]:
    """All trees of which this one is the beginning by the links; sizes only grow."""
    found, waiting = {tree}, [tree]
    while waiting:
        more = [after for after in onward.get(waiting.pop(), []) if after not in found]
        found.update(more)
        waiting += more
    return found
