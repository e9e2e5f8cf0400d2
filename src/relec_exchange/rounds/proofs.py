"""How many proofs one round carries: both ends must agree on when a round is full.

Proofs go oldest first. What a full round has no room for goes with the next one, and the partner
does not count it as unproven before.
"""

from __future__ import annotations

from collections.abc import Iterable

from relec_exchange.message.constants import LIMITS

PROOFS_MAX = 128
PROOFS_BYTES_MAX = 120_000
"""A round with a checkpoint, ranges and this much in proofs stays within one message."""

LINE_BYTES = 48
HEAD_BYTES = 3 * LINE_BYTES


def is_full(lengths: Iterable[int]) -> bool:
    """Whether proofs with so many hashes each leave no room for any further proof."""
    sizes = [HEAD_BYTES + LINE_BYTES * length for length in lengths]
    largest = HEAD_BYTES + LINE_BYTES * LIMITS.consistency_lines_max
    return len(sizes) >= PROOFS_MAX or sum(sizes) + largest > PROOFS_BYTES_MAX
