"""What a witness adds to a checkpoint: two signature lines of its witness key, with one time.

Contract: C2SP `tlog-cosignature`, both kinds (0x04 Ed25519 and 0x06 ML-DSA-44), always together.
A cosignature says that its witness has seen no other tree of this log; whether the log's owner
signed the checkpoint is asked of `checkpoint`. Verifying raises `Unverified` and says nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from relec_exchange.audit.checkpoint import Checkpoint, parse_checkpoint
from relec_exchange.errors import InvalidInput, Reason, Unverified
from relec_exchange.message.constants import LIMITS
from relec_exchange.trust.note import Note, split_note
from relec_exchange.trust.signature import HybridKey, HybridPublic

COSIGNED_LINES_MAX: Final = 64
"""Signature lines under a cosigned checkpoint: two of the log, and two of each witness."""

LINES: Final = 2


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A checkpoint with all lines under it, none of them checked; `note` is as it came."""

    checkpoint: Checkpoint
    lines: Note


def cosign(checkpoint: bytes, key: HybridKey, timestamp: int) -> bytes:
    """Two lines over the text of a signed checkpoint, the Ed25519 one first.

    `timestamp` is in seconds since 1970. `InvalidInput` for a key that is not a witness's.
    """
    if key.kind != "witness":
        raise InvalidInput("a checkpoint is cosigned with a witness key", field="key")
    parse_checkpoint(checkpoint)
    return b"".join(key.sign_text(split_note(checkpoint).text, timestamp))


def verify_cosignature(text: bytes, lines: bytes, public: HybridPublic, latest: int) -> int:
    """Require that `lines` are exactly the two of this witness over a checkpoint's `text`.

    Returns the time they state, in seconds since 1970. Raises `Unverified`: PROOF_MALFORMED unless
    there are two lines, PROOF_SIGNATURE unless there is one good one of each kind, with equal times
    that are not 0 nor above `latest` (without a time a witness does not say that this is the
    largest tree that it has seen), PROOF_KEY for a key that is not a witness's.
    """
    note = split_note(text + b"\n" + lines)
    if len(note.signatures) != LINES:
        raise Unverified(Reason.PROOF_MALFORMED, "a cosignature is two lines")
    return verify_lines(note, public, latest)


def verify_lines(note: Note, public: HybridPublic, latest: int) -> int:
    """As `verify_cosignature`, for a note that has lines of others too."""
    if public.kind != "witness":
        raise Unverified(Reason.PROOF_KEY, "the key is not one of a witness")
    at = public.verify(note.text, note.signatures)
    if not 0 < at <= latest:
        raise Unverified(Reason.PROOF_SIGNATURE, f"{public.name}: no time, or one that lies ahead")
    return at


def with_cosignatures(note: bytes, lines: Iterable[bytes]) -> bytes:
    """A checkpoint with the lines of witnesses behind its own, each as `cosign` gave it.

    `InvalidInput` if they are too many, or no lines.
    """
    data = note + b"".join(lines)
    try:
        read_cosigned(data)
    except Unverified as error:
        raise InvalidInput(error.detail, field="cosignatures") from None
    return data


def read_cosigned(data: bytes) -> Cosigned:
    """Take a cosigned checkpoint apart without believing it, or `Unverified` (PROOF_MALFORMED)."""
    if len(data) > LIMITS.note_max_bytes:
        raise Unverified(Reason.PROOF_MALFORMED, "the cosigned checkpoint is too long")
    note = split_note(data, COSIGNED_LINES_MAX)
    first = Note(note.text, note.signatures[:LINES])
    head = parse_checkpoint(first.encode())
    return Cosigned(Checkpoint(head.origin, head.size, head.root, data), note)


def verify_owner(cosigned: Cosigned, public: HybridPublic) -> None:
    """Require both signatures of the log itself: `Unverified` as `verify_checkpoint` raises it."""
    if public.name != cosigned.checkpoint.origin or public.kind != "log":
        raise Unverified(Reason.PROOF_KEY, "the key is not the one of the checkpoint's log")
    public.verify(cosigned.lines.text, cosigned.lines.signatures)
