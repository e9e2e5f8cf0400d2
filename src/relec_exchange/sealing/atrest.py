"""Encryption of what a node keeps: content in its store and values in its vault.

Contract: AES-256-GCM with a 12-byte nonce that the caller draws at random for each call, written
before the ciphertext. `context` says what the value is and where it belongs, so that a value moved
to another row does not open. What does not open is `IntegrityFailure`: it is our own store.
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from relec_exchange.errors import IntegrityFailure, InvalidInput

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16


def encrypt(key: bytes, nonce: bytes, context: bytes, plaintext: bytes) -> bytes:
    """Nonce, ciphertext and tag: 28 bytes more than the plaintext."""
    if len(nonce) != NONCE_BYTES:
        raise InvalidInput(f"a nonce has {NONCE_BYTES} bytes", field="nonce")
    return nonce + _cipher(key).encrypt(nonce, plaintext, context)


def decrypt(key: bytes, context: bytes, sealed: bytes) -> bytes:
    """The plaintext that `encrypt` sealed under this key and context."""
    cipher = _cipher(key)
    if len(sealed) < NONCE_BYTES + _TAG_BYTES:
        raise _damaged()
    try:
        return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context)
    except InvalidTag:
        raise _damaged() from None


def _cipher(key: bytes) -> AESGCM:
    if len(key) != KEY_BYTES:
        raise InvalidInput(f"a key has {KEY_BYTES} bytes", field="key")
    return AESGCM(key)


def _damaged() -> IntegrityFailure:
    return IntegrityFailure(
        "stored content does not open with its key",
        remedy="compare the store with its backup; the row was changed or moved",
    )
