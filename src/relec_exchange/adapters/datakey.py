"""The key under which key files are encrypted, itself under a passphrase.

Contract: a block opens only with its own label and header lines; what does not open is
`Misconfigured` with a remedy. Randomness is an argument.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from relec_exchange.adapters.armour import Block
from relec_exchange.errors import IntegrityFailure, InvalidInput, Misconfigured
from relec_exchange.message.encoding import b64, unb64
from relec_exchange.sealing.atrest import NONCE_BYTES, decrypt, encrypt
from relec_exchange.trust.passphrase import COST_DEFAULT, SALT_BYTES, stretch

Random = Callable[[int], bytes]

UNLOCK: Final = "UNLOCK"
KEY: Final = "KEY"


@dataclass(frozen=True, slots=True)
class DataKey:
    """32 bytes under which key files are encrypted; unlocked once by the passphrase."""

    secret: bytes = field(repr=False)

    def close(self, headers: dict[str, str], data: bytes, random: Random) -> Block:
        """A block that holds `data`, bound to its header lines."""
        return _encrypted(KEY, headers, data, self.secret, random)

    def open(self, block: Block, **expected: str) -> bytes:
        """The bytes of a block whose header lines are as expected, or `Misconfigured`."""
        for name, value in expected.items():
            if block.header(name) != value:
                raise Misconfigured(
                    f"the key file is another one: {name} is not {value}", field=name
                )
        return _decrypted(block, self.secret, "the key file was changed, or belongs elsewhere")

    def lock(self, passphrase: str, random: Random, cost: int = COST_DEFAULT) -> Block:
        """This data key under a passphrase."""
        salt = random(SALT_BYTES)
        headers = {"scrypt-cost": str(cost), "salt": b64(salt)}
        return _encrypted(UNLOCK, headers, self.secret, stretch(passphrase, salt, cost), random)

    @classmethod
    def unlock(cls, block: Block, passphrase: str) -> Self:
        """Open what `lock` made, or `Misconfigured` when the passphrase is another one."""
        try:
            secret = stretch(
                passphrase, unb64(block.header("salt")), int(block.header("scrypt-cost"))
            )
        except (ValueError, InvalidInput):
            raise Misconfigured("the key file names an unfit scrypt cost or salt") from None
        return cls(_decrypted(block, secret, "the passphrase does not open the keys"))

    @property
    def password(self) -> bytes:
        """The password of PKCS#8 blocks under this data key: 256 bits, so its KDF may be weak."""
        return b64(self.secret).encode()


def _encrypted(
    label: str, headers: dict[str, str], data: bytes, key: bytes, random: Random
) -> Block:
    bare = Block(label, tuple(headers.items()), b"")
    return Block(label, bare.headers, encrypt(key, random(NONCE_BYTES), bare.context, data))


def _decrypted(block: Block, key: bytes, problem: str) -> bytes:
    try:
        return decrypt(key, block.context, block.data)
    except IntegrityFailure:
        raise Misconfigured(
            problem, field="passphrase", remedy="check passphrase_file, or restore the key file"
        ) from None


def find_block(blocks: tuple[Block, ...], label: str, path: Path) -> Block:
    """The first block of a label in the file, or `Misconfigured` naming the file."""
    for block in blocks:
        if block.label == label:
            return block
    raise Misconfigured(f"{path} is not a key file of this software", field=path.name)
