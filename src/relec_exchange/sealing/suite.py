"""The one suite of protocol v1: its HPKE algorithms, its keys and how a key is named.

Contract: HPKE base mode (RFC 9180) with MLKEM768-X25519, HKDF-SHA256 and AES-256-GCM. A private
key is one 32-byte seed, expanded as X-Wing (draft-connolly-cfrg-xwing-kem) does: SHAKE256 gives
64 bytes of ML-KEM seed, then 32 bytes of X25519 key. A public key is 1184 bytes of ML-KEM-768,
then 32 bytes of X25519.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256, shake_256
from typing import Final

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from relec_exchange.errors import InvalidInput

SUITE_NAME: Final = "relec/v1"
SEED_BYTES: Final = 32
_MLKEM_SEED_BYTES: Final = 64
_MLKEM_PUBLIC_BYTES: Final = 1184
PUBLIC_BYTES: Final = _MLKEM_PUBLIC_BYTES + 32
ENCAPSULATED_BYTES: Final = 1088 + 32
"""Length of the encapsulated key: ML-KEM-768 ciphertext, then an ephemeral X25519 key."""

TAG_BYTES: Final = 16
OVERHEAD_BYTES: Final = ENCAPSULATED_BYTES + TAG_BYTES
"""By how much HPKE makes a plaintext longer."""

HPKE: Final = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def key_id(public: bytes) -> str:
    """Name of a public key in the clear header: 16 hex characters of its SHA-256."""
    return sha256(public).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class SealingPublic:
    """A recipient's public key: to seal to it."""

    raw: bytes = field(repr=False)
    key_id: str
    hpke: MLKEM768X25519PublicKey = field(repr=False, compare=False)

    @classmethod
    def parse(cls, data: bytes) -> SealingPublic:
        """Read 1216 bytes; `InvalidInput` if they are not a key of this suite."""
        if len(data) != PUBLIC_BYTES:
            raise InvalidInput(
                f"a sealing key has {PUBLIC_BYTES} bytes, not {len(data)}", field="key"
            )
        try:
            mlkem = MLKEM768PublicKey.from_public_bytes(data[:_MLKEM_PUBLIC_BYTES])
            x25519 = X25519PublicKey.from_public_bytes(data[_MLKEM_PUBLIC_BYTES:])
        except ValueError:
            raise InvalidInput("the bytes are not an ML-KEM-768 key", field="key") from None
        return cls(data, key_id(data), MLKEM768X25519PublicKey(mlkem, x25519))


@dataclass(frozen=True, slots=True)
class SealingPrivate:
    """A node's private key for one sealing epoch: to unseal what came to it."""

    public: SealingPublic
    hpke: MLKEM768X25519PrivateKey = field(repr=False, compare=False)

    @classmethod
    def from_seed(cls, seed: bytes) -> SealingPrivate:
        """Expand a 32-byte seed; `InvalidInput` for any other length."""
        if len(seed) != SEED_BYTES:
            raise InvalidInput(f"a sealing seed has {SEED_BYTES} bytes", field="seed")
        expanded = shake_256(seed).digest(_MLKEM_SEED_BYTES + 32)
        mlkem = MLKEM768PrivateKey.from_seed_bytes(expanded[:_MLKEM_SEED_BYTES])
        x25519 = X25519PrivateKey.from_private_bytes(expanded[_MLKEM_SEED_BYTES:])
        raw = mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
        return cls(SealingPublic.parse(raw), MLKEM768X25519PrivateKey(mlkem, x25519))

    @property
    def key_id(self) -> str:
        """Name of the public key."""
        return self.public.key_id

    def public_bytes(self) -> bytes:
        """The 1216 bytes that stand in the card."""
        return self.public.raw
