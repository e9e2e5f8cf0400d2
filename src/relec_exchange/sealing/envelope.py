"""The bytes that travel: a clear header for the broker and the recipient's door, then ciphertext.

Contract: magic, length of the clear header (unsigned 16-bit big-endian), clear header as canonical
JSON, HPKE ciphertext. The same bytes over AMQP and in a file. `parse_envelope` is receive step 1:
it looks at sizes before it parses anything and raises `Unverified(SIZE)` or `Unverified(FRAMING)`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from relec_exchange.errors import InvalidInput, Reason, Unverified
from relec_exchange.message.constants import LIMITS, Limits
from relec_exchange.message.encoding import canonical
from relec_exchange.message.identifiers import MessageClass, check_network, check_node
from relec_exchange.sealing.suite import OVERHEAD_BYTES, SUITE_NAME

MAGIC: Final = b"RELEC/1\n"
VERSION: Final = 1
INFO_LABEL: Final = b"relec/v1 seal\n"
"""Comes before the clear part in HPKE's `info`, so that a seal cannot serve another purpose."""

_LENGTH_BYTES: Final = 2
_FRAME_BYTES: Final = len(MAGIC) + _LENGTH_BYTES
_KEYS: Final = frozenset({"v", "suite", "network", "from", "to", "class", "key"})
_KEY_ID: Final = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class ClearHeader:
    """What everybody on the way can read: who sends to whom, in which class, for which key."""

    network: str
    sender: str
    recipient: str
    message_class: MessageClass
    key_id: str


@dataclass(frozen=True, slots=True)
class ClearEnvelope:
    """An envelope split but not opened. `clear` is everything before the ciphertext."""

    header: ClearHeader
    clear: bytes = field(repr=False)
    ciphertext: bytes = field(repr=False)

    @property
    def info(self) -> bytes:
        """What the seal is bound to: label and the whole clear part."""
        return INFO_LABEL + self.clear


@lru_cache(maxsize=1024)
def clear_part(header: ClearHeader) -> bytes:
    """Magic, length and clear header as bytes; `InvalidInput` for a field out of its pattern."""
    check_network(header.network)
    check_node(header.sender, field="from")
    check_node(header.recipient, field="to")
    if _KEY_ID.fullmatch(header.key_id) is None:
        raise InvalidInput("a key id is 16 hex characters", field="key")
    text = canonical(
        {
            "v": VERSION,
            "suite": SUITE_NAME,
            "network": header.network,
            "from": header.sender,
            "to": header.recipient,
            "class": MessageClass(header.message_class).value,
            "key": header.key_id,
        }
    )
    return MAGIC + len(text).to_bytes(_LENGTH_BYTES, "big") + text


def parse_envelope(data: bytes, limits: Limits = LIMITS) -> ClearEnvelope:
    """Split an envelope and read its clear header, without opening it."""
    buckets = limits.envelope_buckets_bytes
    smallest = _FRAME_BYTES + OVERHEAD_BYTES + buckets[0]
    largest = _FRAME_BYTES + limits.clear_header_max_bytes + OVERHEAD_BYTES + buckets[-1]
    if not smallest < len(data) <= largest:
        raise Unverified(Reason.SIZE, f"{len(data)} bytes are too few or too many")
    if not data.startswith(MAGIC):
        raise Unverified(Reason.FRAMING, "it does not begin as an envelope does")
    length = int.from_bytes(data[len(MAGIC) : _FRAME_BYTES], "big")
    if length > limits.clear_header_max_bytes:
        raise Unverified(Reason.FRAMING, "the clear header is too long")
    end = _FRAME_BYTES + length
    if len(data) - end - OVERHEAD_BYTES not in buckets:
        raise Unverified(Reason.SIZE, "the ciphertext fits no bucket")
    return ClearEnvelope(_parse_header(data[:end]), data[:end], data[end:])


@lru_cache(maxsize=1024)
def _parse_header(clear: bytes) -> ClearHeader:
    """Read the clear part; it must be byte for byte what `clear_part` writes."""
    try:
        fields = json.loads(clear[_FRAME_BYTES:])
    except (ValueError, RecursionError):
        raise Unverified(Reason.FRAMING, "the clear header is not JSON") from None
    if not isinstance(fields, dict) or fields.keys() != _KEYS:
        raise Unverified(Reason.FRAMING, "the clear header has other fields")
    if not all(isinstance(fields[key], str) for key in _KEYS - {"v"}):
        raise Unverified(Reason.FRAMING, "a field of the clear header is not a text")
    try:
        header = ClearHeader(
            fields["network"],
            fields["from"],
            fields["to"],
            MessageClass(fields["class"]),
            fields["key"],
        )
        expected = clear_part(header)
    except (InvalidInput, ValueError):
        raise Unverified(Reason.FRAMING, "a field of the clear header is malformed") from None
    if expected != clear:
        raise Unverified(Reason.FRAMING, "the clear header is not in canonical form")
    return header
