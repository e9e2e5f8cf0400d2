"""What lies inside a seal: message, salt, entry and proof, padded so that its size tells little.

Contract: each section is its length as unsigned 32-bit big-endian number, then its bytes, in this
order; zero bytes follow up to one of the bucket sizes. `unpack` accepts exactly what `pack` can
make and raises `Unverified(SPLIT)`; nothing inside a section is looked at here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from relec_exchange.errors import InvalidInput, Reason, Unverified
from relec_exchange.message.constants import LIMITS, Limits

SALT_BYTES: Final = 32
_LENGTH_BYTES: Final = 4


@dataclass(frozen=True, slots=True)
class Content:
    """The four sections: message and entry as the sender wrote them, 32 bytes salt, tlog-proof."""

    message: bytes
    salt: bytes
    entry: bytes
    proof: bytes


def bucket_for(length: int, limits: Limits = LIMITS) -> int:
    """Smallest bucket that holds `length` bytes; `InvalidInput` if none does."""
    for bucket in limits.envelope_buckets_bytes:
        if length <= bucket:
            return bucket
    raise InvalidInput(
        f"the message is too large: {length} bytes with its proof", remedy="send it in parts"
    )


def pack(content: Content, bucket: int | None = None, limits: Limits = LIMITS) -> bytes:
    """Write the sections and pad them to `bucket`, by default the smallest that holds them.

    A larger bucket hides more: answers that must look alike are packed alike. Raises
    `InvalidInput` for a section that is empty or longer than its limit.
    """
    problem = _problem(content, limits)
    if problem:
        raise InvalidInput(problem, field="content")
    sections = (content.message, content.salt, content.entry, content.proof)
    packed = b"".join(
        part
        for section in sections
        for part in (len(section).to_bytes(_LENGTH_BYTES, "big"), section)
    )
    smallest = bucket_for(len(packed), limits)
    bucket = smallest if bucket is None else bucket
    if bucket < smallest or bucket not in limits.envelope_buckets_bytes:
        raise InvalidInput("no bucket of this size holds the message", field="bucket")
    return packed.ljust(bucket, b"\0")


def unpack(plaintext: bytes, limits: Limits = LIMITS) -> Content:
    """Read the sections back; `Unverified(SPLIT)` unless every byte is where it belongs."""
    if len(plaintext) not in limits.envelope_buckets_bytes:
        raise Unverified(Reason.SPLIT, "the size is not one of the buckets")
    sections: list[bytes] = []
    at = 0
    for _ in range(4):
        start = at + _LENGTH_BYTES
        at = start + int.from_bytes(plaintext[at:start], "big")
        if at > len(plaintext):
            raise Unverified(Reason.SPLIT, "a section runs past the end")
        sections.append(plaintext[start:at])
    if plaintext.count(0, at) != len(plaintext) - at:
        raise Unverified(Reason.SPLIT, "the padding is not zero")
    content = Content(*sections)
    problem = _problem(content, limits)
    if problem:
        raise Unverified(Reason.SPLIT, problem)
    return content


def _problem(content: Content, limits: Limits) -> str:
    """What is wrong with the lengths of the sections, or nothing."""
    if len(content.salt) != SALT_BYTES:
        return f"the salt does not have {SALT_BYTES} bytes"
    for name, section, most in (
        ("message", content.message, limits.message_max_bytes),
        ("entry", content.entry, limits.entry_max_bytes),
        ("proof", content.proof, limits.proof_max_bytes),
    ):
        if not 0 < len(section) <= most:
            return f"the {name} does not have 1 to {most} bytes"
    return ""
