"""How many proofs one round carries: both ends must agree on when a round is full.

Proofs go oldest first. What a full round has no room for goes with the next one, and the partner
does not count it as unproven before. A cosigned checkpoint and the checkpoints that a round shows
take of the same room.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from relec_exchange.message.constants import LIMITS

PROOFS_MAX = 128
PROOFS_BYTES_MAX = 120_000
"""A round with a checkpoint, ranges and this much in proofs stays within one message."""

COSIGNED_BYTES_MAX = 60_000
"""A cosigned checkpoint that our node sends is no longer: the lines of 17 witnesses."""

SHOWN_BYTES_MAX = 56_000
"""Checkpoints that our node shows in one round, together: there is always room for one proof."""

LINE_BYTES = 48
HEAD_BYTES = 3 * LINE_BYTES


def is_full(lengths: Iterable[int], taken: int = 0) -> bool:
    """Whether proofs with so many hashes each leave no room for any further proof, where `taken`
    bytes are taken already.
    """
    sizes = [HEAD_BYTES + LINE_BYTES * length for length in lengths]
    largest = HEAD_BYTES + LINE_BYTES * LIMITS.consistency_lines_max
    return len(sizes) >= PROOFS_MAX or taken + sum(sizes) + largest > PROOFS_BYTES_MAX


def taken_by(cosigned: str, hashes: int, shown: Sequence[str]) -> int:
    """Room that a cosigned checkpoint (empty: none) with so many hashes and shown ones take."""
    notes = [cosigned, *shown]
    return sum(len(note.encode()) for note in notes) + LINE_BYTES * hashes
