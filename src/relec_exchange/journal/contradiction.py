"""Two notes that contradict each other, as the evidence of an alarm keeps them together."""

from __future__ import annotations

_BETWEEN = b"\0"  # no note has it


def both(one: bytes, two: bytes) -> bytes:
    """The evidence that two notes are together."""
    return one + _BETWEEN + two


def parted(evidence: bytes) -> tuple[bytes, bytes] | None:
    """The two notes of a piece of evidence, or None if it is of another kind."""
    one, found, two = evidence.partition(_BETWEEN)
    return (one, two) if found and one and two and one != two else None
