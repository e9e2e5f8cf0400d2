"""The exact bytes that each signature algorithm signs for a text.

Contract: `signed_bytes` is a pure function of algorithm, key name, text and time; signer and
verifier both call it. Formats: C2SP `signed-note` (0x01), C2SP `tlog-cosignature` (0x04, 0x06) and
`docs/protocol.md` (0xff with `NOTE_MLDSA44_IDENTIFIER`).
"""

from __future__ import annotations

import re
from typing import Final

from relec_exchange.errors import InvalidInput
from relec_exchange.message.encoding import unb64

ED25519: Final = 0x01
COSIGNATURE_ED25519: Final = 0x04
COSIGNATURE_MLDSA44: Final = 0x06
NOTE_MLDSA44: Final = 0xFF

NOTE_MLDSA44_IDENTIFIER: Final = b"relec-note-mldsa44-v1"
NOTE_MLDSA44_CONTEXT: Final = b"relec/note/v1"

TIMESTAMP_MAX: Final = 2**63 - 1
_TREE_SIZE_MAX: Final = 2**63 - 1

_SUBTREE_LABEL: Final = b"subtree/v1\n\0"
_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,18}")


def signed_bytes(algorithm: int, name: str, text: bytes, timestamp: int) -> bytes:
    """What a key called `name` signs under `text` (final newline included).

    `timestamp` is in seconds since 1970 and enters only the two cosignatures. `InvalidInput` if it
    is out of range, or if a cosignature is wanted over a text that is not a checkpoint.
    """
    if not 0 <= timestamp <= TIMESTAMP_MAX:
        raise InvalidInput("a signature's time must be 0 to 2^63-1", field="timestamp")
    if algorithm == COSIGNATURE_ED25519:
        parse_tree_head(text)
        return b"cosignature/v1\ntime %d\n" % timestamp + text
    if algorithm == COSIGNATURE_MLDSA44:
        return _cosigned_message(name, text, timestamp)
    return text


def parse_tree_head(text: bytes) -> tuple[str, int, bytes]:
    """Origin, size and root of a checkpoint's text, or `InvalidInput`.

    Exactly three lines: ML-DSA cosignatures do not cover extension lines, so none are accepted.
    """
    try:
        lines = text.decode("utf-8").split("\n")
    except UnicodeDecodeError:
        raise InvalidInput("a checkpoint is UTF-8", field="checkpoint") from None
    if len(lines) != 4 or lines[3] or not lines[0]:
        raise InvalidInput("a checkpoint has three lines: origin, size, root", field="checkpoint")
    if _SIZE.fullmatch(lines[1]) is None or int(lines[1]) > _TREE_SIZE_MAX:
        raise InvalidInput("the size is a decimal without leading zeros", field="checkpoint.size")
    root = unb64(lines[2])
    if len(root) != 32:
        raise InvalidInput("the root is 32 bytes", field="checkpoint.root")
    return lines[0], int(lines[1]), root


def _cosigned_message(name: str, text: bytes, timestamp: int) -> bytes:
    """The `cosigned_message` structure; a whole tree starts at leaf 0."""
    origin, size, root = parse_tree_head(text)
    return b"".join(
        (
            _SUBTREE_LABEL,
            _short_string(name),
            timestamp.to_bytes(8, "big"),
            _short_string(origin),
            (0).to_bytes(8, "big"),
            size.to_bytes(8, "big"),
            root,
        )
    )


def _short_string(value: str) -> bytes:
    data = value.encode("utf-8")
    if not 1 <= len(data) <= 255:
        raise InvalidInput("a key name or origin takes 1 to 255 bytes", field="name")
    return bytes((len(data),)) + data
