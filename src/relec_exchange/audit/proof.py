"""The proof that an entry stands in a log, as text: c2sp.org/tlog-proof@v1.

Contract: one form only. No `extra` line, canonical numbers and base64, one hash a line from the
leaf's sibling upwards, an empty line, the checkpoint as it is. Reading raises
`Unverified(PROOF_MALFORMED)` and checks the form alone; `merkle` and `checkpoint` check the rest.
"""

from __future__ import annotations

import re
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from relec_exchange.audit.merkle import SIZE_MAX
from relec_exchange.errors import Reason, Unverified
from relec_exchange.message.constants import LIMITS, Limits

PROOF_FORMAT: Final = b"c2sp.org/tlog-proof@v1"
NUMBER_PATTERN: Final = rb"(0|[1-9][0-9]{0,18})"
# 32 bytes are 43 characters and one "="; the last of them carries two bits that must be zero.
HASH_LINES_PATTERN: Final = rb"((?:[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=\n){0,63})"
LINE_BYTES: Final = 45

_PROOF: Final = re.compile(
    re.escape(PROOF_FORMAT) + rb"\nindex " + NUMBER_PATTERN + rb"\n" + HASH_LINES_PATTERN + rb"\n"
)


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof split into its parts; `path` holds 32-byte hashes, `checkpoint` the note's bytes."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes = field(repr=False)


def format_proof(index: int, path: Sequence[bytes], checkpoint: bytes) -> bytes:
    """The proof of the leaf at `index`, with the bytes of the signed checkpoint."""
    return format_proofs([(index, path)], checkpoint)[0]


def format_proofs(proofs: Iterable[tuple[int, Sequence[bytes]]], checkpoint: bytes) -> list[bytes]:
    """Proofs of one batch under one checkpoint: shared hashes are written once."""
    lines: dict[bytes, bytes] = {}
    formatted: list[bytes] = []
    for index, path in proofs:
        for item in path:
            if item not in lines:
                lines[item] = b2a_base64(item)
        formatted.append(
            b"%b\nindex %d\n%b\n%b"
            % (PROOF_FORMAT, index, b"".join([lines[item] for item in path]), checkpoint)
        )
    return formatted


def parse_proof(data: bytes, limits: Limits = LIMITS) -> Proof:
    """Split a proof; `Unverified(PROOF_MALFORMED)` for anything `format_proof` would not write."""
    if len(data) > limits.proof_max_bytes:
        raise Unverified(Reason.PROOF_MALFORMED, "the proof is too long")
    match = _PROOF.match(data)
    if match is None:
        raise Unverified(Reason.PROOF_MALFORMED, "the text is not a proof")
    index = int(match[1])
    if index > SIZE_MAX:
        raise Unverified(Reason.PROOF_MALFORMED, "the index is too large")
    return Proof(index, parse_hash_lines(match[2]), data[match.end() :])


def format_hash_lines(hashes: Iterable[bytes]) -> bytes:
    """Hashes in base64, one a line."""
    return b"".join([b2a_base64(item) for item in hashes])


def parse_hash_lines(lines: bytes) -> tuple[bytes, ...]:
    """Hashes of lines that `HASH_LINES_PATTERN` has matched."""
    starts = range(0, len(lines), LINE_BYTES)
    return tuple([a2b_base64(lines[at : at + LINE_BYTES]) for at in starts])
