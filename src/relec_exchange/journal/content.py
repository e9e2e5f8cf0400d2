"""Message bytes as the store keeps them: encrypted under a key of their own.

Each call makes a new key under a new name, so that what was put into the vault for an attempt that
did not commit can never be taken for the key of the attempt that did.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from relec_exchange.ports import Random
from relec_exchange.sealing.atrest import KEY_BYTES, NONCE_BYTES, encrypt

SECRET_BYTES = 64
"""A message's secret in the vault: 32 bytes of key, 32 bytes of salt."""

NAME_BYTES = 8


@dataclass(frozen=True, slots=True)
class StoredContent:
    """`content` for the store, and `secrets` (key id to 64 bytes) for the vault before it."""

    key_id: str
    content: bytes = field(repr=False)
    secrets: dict[str, bytes] = field(repr=False)


def store_content(name: str, raw: bytes, salt: bytes, random: Random) -> StoredContent:
    """Encrypt message bytes; the key id is `name` and 16 random hex characters."""
    drawn = random(NAME_BYTES + KEY_BYTES + NONCE_BYTES)
    key_id = f"{name}/{drawn[:NAME_BYTES].hex()}"
    key = drawn[NAME_BYTES : NAME_BYTES + KEY_BYTES]
    content = encrypt(key, drawn[-NONCE_BYTES:], key_id.encode(), raw)
    return StoredContent(key_id, content, {key_id: key + salt})
