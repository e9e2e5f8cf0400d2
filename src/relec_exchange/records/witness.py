"""Records of who saw which tree: cosignatures of our logs, trees of partners that a quorum saw, and
envelopes that came while this node must not sign.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CosignatureRow:
    """A partner's cosignature of a checkpoint of ours (rounds.cosigning).

    `witness` is the partner's node, `key` the fingerprint of its witness keys, `at` the time that
    it states (seconds since 1970), `lines` its two signature lines.
    """

    origin: str
    size: int
    root: bytes
    witness: str
    key: str
    at: int
    lines: bytes


@dataclass(frozen=True, slots=True)
class CosignedRow:
    """A checkpoint of ours that a quorum has cosigned: `note` has all their lines (rounds). It is
    empty for an older one where a later one of the same hour has its own (rounds.thinning).
    """

    origin: str
    size: int
    root: bytes
    note: bytes
    at: str


@dataclass(frozen=True, slots=True)
class PeerTreeRow:
    """A tree that a partner's round showed us and that we accepted (rounds).

    `path` are the concatenated hashes that prove the tree of `old_size` a prefix of it.
    """

    origin: str
    size: int
    root: bytes
    old_size: int
    path: bytes
    at: str


@dataclass(frozen=True, slots=True)
class WitnessedRow:
    """A partner's checkpoint with the cosignatures of a quorum, as its round showed it (rounds).

    `path` are the concatenated hashes that prove it a prefix of the tree of `top_size`.
    """

    origin: str
    size: int
    root: bytes
    note: bytes
    top_size: int
    path: bytes
    at: str


@dataclass(frozen=True, slots=True)
class ShelterRow:
    """An envelope that came while this node must not sign; judged when it may (inbound).

    `source` is the partner whose queue it came from, `cls` the class of that queue.
    """

    source: str
    cls: str
    envelope: bytes
    at: str
    row: int = 0
