"""Turning a passphrase into key material, slowly on purpose, the same way for every key file.

Contract: the cost stands in the file it protects and is bounded at both ends, so that a forged
file can neither weaken the work nor exhaust memory.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from relec_exchange.errors import InvalidInput

SALT_BYTES: Final = 16
# Memory is 1 KiB x 2^cost: 128 MiB at 17, about a third of a second on one core.
COST_DEFAULT: Final = 17
COST_MIN: Final = 14
COST_MAX: Final = 20
PASSPHRASE_MIN: Final = 12


def check_passphrase(passphrase: str) -> str:
    """Return a passphrase fit for a new key file, or raise `InvalidInput`."""
    if len(passphrase) < PASSPHRASE_MIN or "\n" in passphrase:
        raise InvalidInput(
            f"a passphrase has at least {PASSPHRASE_MIN} characters and one line",
            field="passphrase",
            remedy="use several words",
        )
    return passphrase


def stretch(passphrase: str, salt: bytes, cost: int) -> bytes:
    """32 bytes from scrypt (RFC 7914) with N = 2^cost, r = 8, p = 1.

    Raises `InvalidInput` for a cost or salt outside the bounds.
    """
    if not COST_MIN <= cost <= COST_MAX or len(salt) != SALT_BYTES:
        raise InvalidInput(
            f"the cost of a key file is {COST_MIN} to {COST_MAX}, its salt {SALT_BYTES} bytes",
            field="scrypt",
        )
    secret = unicodedata.normalize("NFC", passphrase).encode("utf-8")
    return Scrypt(salt=salt, length=32, n=1 << cost, r=8, p=1).derive(secret)
