"""The text form of a key file: PEM-like blocks, each with header lines and base64.

Contract: `read_blocks` and `write_block` are inverses; a block's header is authenticated where it
is used (it is the associated data of the encryption), so this module decides nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from relec_exchange.errors import InvalidInput, Misconfigured
from relec_exchange.message.encoding import b64, unb64

FILE_MAX_BYTES = 16 * 1024
_BLOCK = re.compile(
    r"-----BEGIN RELEC ([A-Z ]{1,40})-----\n"
    r"((?:[a-z0-9-]{1,20}: [\x21-\x7e]{1,200}\n){0,8})"
    r"\n([A-Za-z0-9+/=\n]*)"
    r"-----END RELEC \1-----\n"
)


@dataclass(frozen=True, slots=True)
class Block:
    """One block: a label, header lines `name: value` without spaces in a value, and bytes."""

    label: str
    headers: tuple[tuple[str, str], ...]
    data: bytes

    def header(self, name: str) -> str:
        """The value of a header line, or `Misconfigured`."""
        for key, value in self.headers:
            if key == name:
                return value
        raise Misconfigured(f"the key file lacks its line {name}", field=name)

    @property
    def context(self) -> bytes:
        """Label and header as bytes: what the encryption of `data` is bound to."""
        lines = "".join(f"{name}: {value}\n" for name, value in self.headers)
        return f"relec/v1 key file\n{self.label}\n{lines}".encode()


def write_block(block: Block) -> str:
    """The text of a block, base64 in lines of 64."""
    body = b64(block.data)
    lines = "".join(f"{body[at : at + 64]}\n" for at in range(0, len(body), 64))
    head = "".join(f"{name}: {value}\n" for name, value in block.headers)
    return (
        f"-----BEGIN RELEC {block.label}-----\n{head}\n{lines}-----END RELEC {block.label}-----\n"
    )


def read_blocks(text: str) -> tuple[Block, ...]:
    """Every block of a file in order; text between blocks is not looked at.

    Raises `Misconfigured` if a block's base64 is damaged.
    """
    return tuple(_block(match) for match in _BLOCK.finditer(text))


def _block(match: re.Match[str]) -> Block:
    pairs = (line.split(": ", 1) for line in match[2].splitlines())
    try:
        data = unb64(match[3].replace("\n", ""))
    except InvalidInput:
        raise Misconfigured(
            "a block of the key file is damaged", remedy="restore the file"
        ) from None
    return Block(match[1], tuple((name, value) for name, value in pairs), data)
