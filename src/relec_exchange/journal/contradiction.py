"""What an alarm keeps as evidence: notes that contradict each other, piece behind piece.

Contract: pure. A piece is one note, or two together. Two pieces are about the same thing if they
are about one tree of one log, or if they have the same texts: signatures and their times do not
make a piece new.
"""

from __future__ import annotations

from collections.abc import Iterable

_BETWEEN = b"\0"  # no note has it
_BEHIND = b"\0\0"


def both(one: bytes, two: bytes) -> bytes:
    """The evidence that two notes are together."""
    return one + _BETWEEN + two


def accusing(accused: bytes, newest: bytes) -> bytes:
    """The evidence against a tree that nobody proves: with the newest tree of its log that was
    accepted, if there is one.
    """
    return both(accused, newest) if newest and newest != accused else accused


def parted(evidence: bytes) -> tuple[bytes, bytes] | None:
    """The two notes of the first piece, or None if it is of another kind."""
    found = notes(next(iter(pieces(evidence)), b""))
    return (found[0], found[1]) if len(found) == 2 and found[0] != found[1] else None


def notes(piece: bytes) -> tuple[bytes, ...]:
    """The notes of one piece, one or two."""
    return tuple(note for note in piece.split(_BETWEEN) if note)


def pieces(evidence: bytes) -> tuple[bytes, ...]:
    """All pieces, the first one first."""
    return tuple(piece for piece in evidence.split(_BEHIND) if piece)


def joined_pieces(found: Iterable[bytes]) -> bytes:
    """Pieces as one piece of evidence."""
    return _BEHIND.join(found)


def about(piece: bytes) -> bytes:
    """What a piece is about: the log and size of its first tree, or else the texts of its notes."""
    first = piece.split(b"\n", 2)
    if not first[0].startswith(b"format"):
        return b"\n".join(first[:2])
    return _BETWEEN.join(sorted(note.rpartition(b"\n\n")[0] for note in notes(piece)))
