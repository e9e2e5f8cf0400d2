"""Keys that sign texts, each of two algorithms at once: Ed25519 and ML-DSA-44.

Contract: a signature counts only if both of its halves do; `verify*` raise `Unverified` and never
return a verdict. Key ids, verifier keys and signature lines are those of C2SP `signed-note`.
Private keys at rest are the business of a key adapter; here they are two seeds in memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Final, Literal

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey

from relec_exchange.errors import InvalidInput, Misconfigured, Reason, Unverified
from relec_exchange.message.encoding import b64, unb64
from relec_exchange.trust.statement import (
    COSIGNATURE_ED25519,
    COSIGNATURE_MLDSA44,
    ED25519,
    NOTE_MLDSA44,
    NOTE_MLDSA44_CONTEXT,
    NOTE_MLDSA44_IDENTIFIER,
    signed_bytes,
)

KeyKind = Literal["note", "log", "witness"]

# Which two algorithms a key of each kind signs with, the classical one first.
PAIRS: Final[Mapping[KeyKind, tuple[int, int]]] = MappingProxyType(
    {
        "note": (ED25519, NOTE_MLDSA44),
        "log": (ED25519, COSIGNATURE_MLDSA44),
        "witness": (COSIGNATURE_ED25519, COSIGNATURE_MLDSA44),
    }
)

_TIMESTAMPED: Final = frozenset((COSIGNATURE_ED25519, COSIGNATURE_MLDSA44))
_CLASSICAL: Final = frozenset((ED25519, COSIGNATURE_ED25519))
_ED25519_BYTES: Final = 32
_MLDSA44_BYTES: Final = 1312
_SEED_BYTES: Final = 32
_TIMESTAMP_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """One line under a note: key name, key id (4 bytes) and what the algorithm produced."""

    name: str
    key_id: bytes
    signature: bytes

    def encode(self) -> bytes:
        """The line as it stands in a note, newline included."""
        return f"— {self.name} {b64(self.key_id + self.signature)}\n".encode()


def check_key_name(name: str) -> str:
    """Return a key name, or raise `InvalidInput`: not empty, no space of any kind, no plus."""
    if not name or "+" in name or name.split() != [name] or min(name) < " ":
        raise InvalidInput("a key name has no space, no plus and is not empty", field="key.name")
    return name


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """One public key of one algorithm (0x01, 0x04, 0x06 or 0xff), 32 or 1312 bytes."""

    name: str
    algorithm: int
    public: bytes
    key_id: bytes = field(init=False, compare=False)
    _key: Ed25519PublicKey | MLDSA44PublicKey = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        check_key_name(self.name)
        material = _prefix(self.algorithm) + self.public
        key_id = hashlib.sha256(self.name.encode() + b"\n" + material).digest()[:4]
        object.__setattr__(self, "key_id", key_id)
        object.__setattr__(self, "_key", _public_key(self.algorithm, self.public))

    def vkey(self) -> str:
        """The key as one line of text: `name+id+base64(algorithm and public key)`."""
        return f"{self.name}+{self.key_id.hex()}+{b64(_prefix(self.algorithm) + self.public)}"

    @classmethod
    def parse(cls, vkey: str) -> VerifierKey:
        """Read what `vkey` writes; `InvalidInput` for another algorithm or a wrong key id."""
        name, _, rest = vkey.partition("+")
        key_id, plus, encoded = rest.partition("+")
        if not plus:
            raise InvalidInput("a verifier key is name+id+base64", field="vkey")
        material = unb64(encoded)
        if not material:
            raise InvalidInput("the verifier key names no algorithm", field="vkey")
        prefix = _prefix(material[0])
        if not material.startswith(prefix):
            raise InvalidInput("the verifier key is of an unknown algorithm", field="vkey")
        key = cls(name, material[0], material[len(prefix) :])
        if key.key_id.hex() != key_id:
            raise InvalidInput("the key id is not that of this name and key", field="vkey")
        return key

    def verify_note(self, text: bytes, signature: bytes) -> int:
        """Check a signature over `text`; return its time in seconds (0 where it has none).

        Raises `Unverified` with the reason `proof-signature`.
        """
        timestamp, raw = 0, signature
        if self.algorithm in _TIMESTAMPED:
            timestamp = int.from_bytes(signature[:_TIMESTAMP_BYTES], "big")
            raw = signature[_TIMESTAMP_BYTES:]
        try:
            data = signed_bytes(self.algorithm, self.name, text, timestamp)
            self._verify_raw(raw, data)
        except (InvalidSignature, InvalidInput):
            raise Unverified(
                Reason.PROOF_SIGNATURE, f"{self.name}: signature 0x{self.algorithm:02x} is wrong"
            ) from None
        return timestamp

    def _verify_raw(self, raw: bytes, data: bytes) -> None:
        if isinstance(self._key, Ed25519PublicKey):
            self._key.verify(raw, data)
        else:
            self._key.verify(raw, data, _context(self.algorithm))


@dataclass(frozen=True, slots=True)
class HybridPublic:
    """The public half of a `HybridKey`: two keys under one name, of which both must have signed."""

    name: str
    kind: KeyKind
    ed25519: bytes
    mldsa44: bytes
    keys: tuple[VerifierKey, VerifierKey] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        classical, quantum_safe = PAIRS[self.kind]
        keys = (
            VerifierKey(self.name, classical, self.ed25519),
            VerifierKey(self.name, quantum_safe, self.mldsa44),
        )
        object.__setattr__(self, "keys", keys)

    @classmethod
    def from_vkeys(cls, kind: KeyKind, ed25519: str, mldsa44: str) -> HybridPublic:
        """Join two verifier keys of one name and of the algorithms of `kind`, or `InvalidInput`."""
        return _joined(kind, ed25519, mldsa44)

    def vkeys(self) -> tuple[str, str]:
        """Both keys as verifier key lines, the classical one first."""
        return self.keys[0].vkey(), self.keys[1].vkey()

    def fingerprint(self) -> str:
        """SHA-256 in hex over both verifier keys with a newline between them."""
        return hashlib.sha256("\n".join(self.vkeys()).encode()).hexdigest()

    def signed_by(self, lines: Iterable[SignatureLine]) -> bool:
        """Whether some line claims to be of one of the two keys. Proves nothing."""
        ids = {key.key_id for key in self.keys}
        return any(line.name == self.name and line.key_id in ids for line in lines)

    def verify(self, text: bytes, lines: Sequence[SignatureLine]) -> int:
        """Require one good signature of **each** of the two keys over `text`.

        Returns the time they state (0 where they state none). Raises `Unverified` with the reason
        `proof-signature` if one is missing, doubled or wrong, or if two stated times differ: the
        two lines make one statement, so breaking one algorithm must not change its time.
        """
        times = {
            key.verify_note(text, _only_line(key, lines))
            for key in self.keys
            if key.algorithm in _TIMESTAMPED
        }
        for key in self.keys:
            if key.algorithm not in _TIMESTAMPED:
                key.verify_note(text, _only_line(key, lines))
        if len(times) > 1:
            raise Unverified(Reason.PROOF_SIGNATURE, f"{self.name}: two times in one statement")
        return times.pop() if times else 0


# The same few keys are read from cards again and again.
@lru_cache(maxsize=1024)
def _joined(kind: KeyKind, ed25519: str, mldsa44: str) -> HybridPublic:
    first, second = VerifierKey.parse(ed25519), VerifierKey.parse(mldsa44)
    if (first.algorithm, second.algorithm) != PAIRS[kind]:
        raise InvalidInput(f"not the two algorithms of a {kind} key", field="vkey")
    if first.name != second.name:
        raise InvalidInput("the two keys have different names", field="vkey")
    return HybridPublic(first.name, kind, first.public, second.public)


@dataclass(frozen=True, slots=True)
class HybridKey:
    """A private key: a name, a kind and one 32-byte seed for each algorithm. Never printed."""

    name: str
    kind: KeyKind
    ed25519_seed: bytes = field(repr=False)
    mldsa44_seed: bytes = field(repr=False)
    _ed25519: Ed25519PrivateKey = field(init=False, compare=False, repr=False)
    _mldsa44: MLDSA44PrivateKey = field(init=False, compare=False, repr=False)
    _public: HybridPublic = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        if len(self.ed25519_seed) != _SEED_BYTES or len(self.mldsa44_seed) != _SEED_BYTES:
            raise InvalidInput("a seed is 32 bytes", field="seed")
        ed25519 = Ed25519PrivateKey.from_private_bytes(self.ed25519_seed)
        mldsa44 = MLDSA44PrivateKey.from_seed_bytes(self.mldsa44_seed)
        public = HybridPublic(
            self.name,
            self.kind,
            ed25519.public_key().public_bytes_raw(),
            mldsa44.public_key().public_bytes_raw(),
        )
        object.__setattr__(self, "_ed25519", ed25519)
        object.__setattr__(self, "_mldsa44", mldsa44)
        object.__setattr__(self, "_public", public)

    @classmethod
    def generate(cls, name: str, kind: KeyKind, random: Callable[[int], bytes]) -> HybridKey:
        """A new key; `random(n)` gives n unpredictable bytes and is called twice."""
        return cls(name, kind, random(_SEED_BYTES), random(_SEED_BYTES))

    def public(self) -> HybridPublic:
        """The half that everybody may know."""
        return self._public

    def sign_text(self, text: bytes, timestamp: int = 0) -> tuple[bytes, bytes]:
        """Two signature lines over `text`, newline included each, the classical one first.

        `timestamp` (seconds since 1970) is stated by log and witness keys and ignored by note keys.
        `InvalidInput` if a log or witness key is asked to sign what is not a checkpoint.
        """
        first, second = self._public.keys
        return self._line(first, text, timestamp), self._line(second, text, timestamp)

    def _line(self, key: VerifierKey, text: bytes, timestamp: int) -> bytes:
        data = signed_bytes(key.algorithm, key.name, text, timestamp)
        if key.algorithm in _CLASSICAL:
            raw = self._ed25519.sign(data)
        else:
            raw = self._mldsa44.sign(data, _context(key.algorithm))
        if key.algorithm in _TIMESTAMPED:
            raw = timestamp.to_bytes(_TIMESTAMP_BYTES, "big") + raw
        return SignatureLine(key.name, key.key_id, raw).encode()


_PROBES: Final[Mapping[str, Callable[[bytes], object]]] = MappingProxyType(
    {
        "ML-DSA-44": MLDSA44PrivateKey.from_seed_bytes,
        "ML-KEM-768": lambda seed: MLKEM768PrivateKey.from_seed_bytes(seed * 2),
    }
)


def check_build(probes: Mapping[str, Callable[[bytes], object]] = _PROBES) -> None:
    """Raise `Misconfigured` unless this `cryptography` can do ML-DSA and ML-KEM.

    Each probe makes a throw-away key from a 32-byte seed. To be called once at start.
    """
    for algorithm, probe in probes.items():
        try:
            probe(bytes(_SEED_BYTES))
        except UnsupportedAlgorithm:
            raise Misconfigured(
                f"this build of the cryptography library has no {algorithm}",
                field="cryptography",
                remedy="install the published wheel, or build against OpenSSL 3.5 or newer",
            ) from None


def _prefix(algorithm: int) -> bytes:
    """What stands before the public key in a key id and in a verifier key."""
    if algorithm == NOTE_MLDSA44:
        return bytes((NOTE_MLDSA44,)) + NOTE_MLDSA44_IDENTIFIER
    return bytes((algorithm,))


def _context(algorithm: int) -> bytes | None:
    """ML-DSA's context string: only the algorithm of our own has one."""
    return NOTE_MLDSA44_CONTEXT if algorithm == NOTE_MLDSA44 else None


def _public_key(algorithm: int, public: bytes) -> Ed25519PublicKey | MLDSA44PublicKey:
    if algorithm in _CLASSICAL and len(public) == _ED25519_BYTES:
        return Ed25519PublicKey.from_public_bytes(public)
    if algorithm in (COSIGNATURE_MLDSA44, NOTE_MLDSA44) and len(public) == _MLDSA44_BYTES:
        return MLDSA44PublicKey.from_public_bytes(public)
    raise InvalidInput("unknown algorithm, or a public key of the wrong length", field="vkey")


def _only_line(key: VerifierKey, lines: Sequence[SignatureLine]) -> bytes:
    """The signature of the one line of this key; missing and doubled are both refused."""
    found = [line for line in lines if line.key_id == key.key_id and line.name == key.name]
    if len(found) != 1:
        what = "more than one" if found else "no"
        raise Unverified(
            Reason.PROOF_SIGNATURE, f"{key.name}: {what} signature 0x{key.algorithm:02x}"
        )
    return found[0].signature
