"""The request to a witness for its cosignature, as text: the add-checkpoint body of C2SP.

Contract: `old <size>`, at most 63 hashes of the consistency proof, an empty line, the checkpoint
as it is (c2sp.org/tlog-witness). Reading checks the form alone and raises
`Unverified(PROOF_MALFORMED)`. Cosigning is not done here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from relec_exchange.audit.merkle import SIZE_MAX
from relec_exchange.audit.proof import (
    HASH_LINES_PATTERN,
    NUMBER_PATTERN,
    format_hash_lines,
    parse_hash_lines,
)
from relec_exchange.errors import InvalidInput, Reason, Unverified
from relec_exchange.message.constants import LIMITS, Limits

_REQUEST: Final = re.compile(rb"old " + NUMBER_PATTERN + rb"\n" + HASH_LINES_PATTERN + rb"\n")


@dataclass(frozen=True, slots=True)
class WitnessRequest:
    """`path` proves that the tree of `old_size` leaves is a prefix of the checkpoint's."""

    old_size: int
    path: tuple[bytes, ...]
    checkpoint: bytes = field(repr=False)


def format_request(old_size: int, path: Sequence[bytes], checkpoint: bytes) -> bytes:
    """The body for a tree that grew from `old_size`, with the signed checkpoint's bytes."""
    if not 0 <= old_size <= SIZE_MAX or len(path) > LIMITS.consistency_lines_max:
        raise InvalidInput("a witness takes 63 hashes at most", field="proof")
    return b"old %d\n%b\n%b" % (old_size, format_hash_lines(path), checkpoint)


def parse_request(data: bytes, limits: Limits = LIMITS) -> WitnessRequest:
    """Split a body; `Unverified(PROOF_MALFORMED)` for what `format_request` would not write."""
    if len(data) > limits.proof_max_bytes:
        raise Unverified(Reason.PROOF_MALFORMED, "the request is too long")
    match = _REQUEST.match(data)
    if match is None or int(match[1]) > SIZE_MAX:
        raise Unverified(Reason.PROOF_MALFORMED, "the text is not a request to a witness")
    return WitnessRequest(int(match[1]), parse_hash_lines(match[2]), data[match.end() :])
