"""The pairs of keys that sign: Ed25519 and ML-DSA-44 under one name, and both must hold.

Prevents: a forger who can break one of the two algorithms; a key that is shown under another name
(the key id binds the name); a line that stands twice, of which one reader takes the first and
another the last; two times in one statement.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from relec_verify.encodings import unb64
from relec_verify.notes import Line, Note, is_key_name, read_head
from relec_verify.refused import Refused

TIME_MAX = 2**63 - 1
ED25519, COSIGN_ED25519, COSIGN_MLDSA44, NOTE_MLDSA44 = 0x01, 0x04, 0x06, 0xFF
_IDENTIFIER = b"relec-note-mldsa44-v1"
_CONTEXT = b"relec/note/v1"
_PAIRS = {
    "note": (ED25519, NOTE_MLDSA44),
    "log": (ED25519, COSIGN_MLDSA44),
    "witness": (COSIGN_ED25519, COSIGN_MLDSA44),
}
_LENGTHS = {ED25519: 32, COSIGN_ED25519: 32, COSIGN_MLDSA44: 1312, NOTE_MLDSA44: 1312}


@dataclass(frozen=True)
class Key:
    """One public key under its name."""

    name: str
    algorithm: int
    public: bytes

    @classmethod
    def parse(cls, vkey: str) -> Key:
        """`name+id+base64`; the id must be that of name and key (`key-malformed`)."""
        name, _, rest = vkey.partition("+")
        key_id, _, encoded = rest.partition("+")
        material = unb64(encoded, "key-malformed")
        prefix = material[:1] + (_IDENTIFIER if material[:1] == b"\xff" else b"")
        public = material[len(prefix) :]
        length = _LENGTHS.get(int.from_bytes(prefix[:1], "big"))
        if not material.startswith(prefix) or length != len(public):
            raise Refused("key-malformed", "an unknown algorithm or another length")
        key = cls(name, material[0], public)
        if not is_key_name(name) or key.key_id.hex() != key_id:
            raise Refused("key-malformed", "the key id is not that of name and key")
        return key

    @property
    def key_id(self) -> bytes:
        """The first four bytes of a hash over name, algorithm and key."""
        identifier = _IDENTIFIER if self.algorithm == NOTE_MLDSA44 else b""
        material = bytes((self.algorithm,)) + identifier + self.public
        return hashlib.sha256(self.name.encode() + b"\n" + material).digest()[:4]

    def verify(self, text: bytes, lines: Iterable[Line]) -> int | None:
        """Exactly one line of this key, and it holds; the time it states (`proof-signature`)."""
        found = [one for one in lines if (one.name, one.key_id) == (self.name, self.key_id)]
        if len(found) != 1:
            raise Refused("proof-signature", f"{self.name}: {len(found)} lines where one must be")
        time, raw = None, found[0].signature
        if self.algorithm in (COSIGN_ED25519, COSIGN_MLDSA44):
            time, raw = int.from_bytes(raw[:8], "big"), raw[8:]
        try:
            self._verify_raw(raw, self._signed(text, time or 0))
        except InvalidSignature:
            raise Refused("proof-signature", f"{self.name}: a signature is wrong") from None
        return time

    def _verify_raw(self, raw: bytes, data: bytes) -> None:
        if self.algorithm in (ED25519, COSIGN_ED25519):
            Ed25519PublicKey.from_public_bytes(self.public).verify(raw, data)
        else:
            context = _CONTEXT if self.algorithm == NOTE_MLDSA44 else None
            MLDSA44PublicKey.from_public_bytes(self.public).verify(raw, data, context)

    def _signed(self, text: bytes, time: int) -> bytes:
        if time > TIME_MAX:
            raise InvalidSignature
        if self.algorithm == COSIGN_ED25519:
            return f"cosignature/v1\ntime {time}\n".encode() + text
        if self.algorithm != COSIGN_MLDSA44:
            return text
        head = read_head(text)
        name, origin = self.name.encode(), head.origin.encode()
        if len(name) > 255 or len(origin) > 255:
            raise InvalidSignature
        return (
            b"subtree/v1\n\x00"
            + bytes((len(name),))
            + name
            + time.to_bytes(8, "big")
            + bytes((len(origin),))
            + origin
            + bytes(8)
            + head.size.to_bytes(8, "big")
            + head.root
        )


@dataclass(frozen=True)
class KeyPair:
    """Two keys of one name and of one kind: note, log or witness."""

    first: Key
    second: Key

    @classmethod
    def parse(cls, kind: str, vkeys: tuple[str, str]) -> KeyPair:
        """Two verifier keys, Ed25519 first (`key-malformed`)."""
        first, second = Key.parse(vkeys[0]), Key.parse(vkeys[1])
        if (first.algorithm, second.algorithm) != _PAIRS[kind] or first.name != second.name:
            raise Refused("key-malformed", f"not the two keys of one {kind} key")
        return cls(first, second)

    @property
    def name(self) -> str:
        """The name of both."""
        return self.first.name

    @property
    def vkeys(self) -> tuple[str, str]:
        """Both as verifier key texts."""
        return _vkey(self.first), _vkey(self.second)

    @property
    def fingerprint(self) -> str:
        """What people compare by telephone: SHA-256 over both verifier key texts, in hex."""
        return hashlib.sha256("\n".join(self.vkeys).encode()).hexdigest()

    def claimed(self, lines: Iterable[Line]) -> bool:
        """Whether some line claims to be of this pair. Proves nothing."""
        ids = (self.first.key_id, self.second.key_id)
        return any(one.name == self.name and one.key_id in ids for one in lines)

    def verify(self, note: Note) -> int:
        """Both signatures over the text; the one time they state, or 0 (`proof-signature`)."""
        stated = {key.verify(note.text, note.lines) for key in (self.first, self.second)} - {None}
        if len(stated) > 1:
            raise Refused("proof-signature", f"{self.name}: two times in one statement")
        return stated.pop() or 0 if stated else 0


def _vkey(key: Key) -> str:
    identifier = _IDENTIFIER if key.algorithm == NOTE_MLDSA44 else b""
    material = bytes((key.algorithm,)) + identifier + key.public
    return f"{key.name}+{key.key_id.hex()}+{base64.b64encode(material).decode()}"
