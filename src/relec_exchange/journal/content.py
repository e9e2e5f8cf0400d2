"""Message bytes as the store keeps them: encrypted under a key of their own.

Each call makes a new key under a new name, so that what was put into the vault for an attempt that
did not commit can never be taken for the key of the attempt that did.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from relec_exchange.message.document import Message, parse_message
from relec_exchange.ports import Random, Vault
from relec_exchange.sealing.atrest import KEY_BYTES, NONCE_BYTES, decrypt, encrypt

NAME_BYTES = 8


class Keyed(Protocol):
    """A record whose `content` was encrypted by `store_content`."""

    @property
    def key_id(self) -> str: ...  # noqa: D102

    @property
    def content(self) -> bytes: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class StoredContent:
    """`content` for the store, and `secrets` for the vault before it.

    A secret is 64 bytes: 32 of key, 32 of salt.
    """

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


def read_content(row: Keyed, secret: bytes) -> tuple[bytes, bytes]:
    """(bytes, salt) of a record with its secret from the vault; IntegrityFailure if changed."""
    raw = decrypt(secret[:KEY_BYTES], row.key_id.encode(), row.content)
    return raw, secret[KEY_BYTES:]


def read_message(row: Keyed, vault: Vault) -> Message | None:
    """The message of a record; None where it was erased. Errors: as `read_content`, and those of
    `parse_message`.
    """
    secret = vault.get([row.key_id]).get(row.key_id)
    if secret is None or not row.content:
        return None
    return parse_message(read_content(row, secret)[0])
