"""Vectors of kind envelope: sealed messages with the private key that opens them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from world import (
    NETWORK,
    Case,
    checkpoint,
    encoded,
    entries,
    flip,
    keep,
    made_from,
    message,
    salt,
    seed,
    tree,
)

from relec_exchange.audit.proof import format_proof
from relec_exchange.message.identifiers import MessageClass
from relec_exchange.sealing.content import Content, pack
from relec_exchange.sealing.envelope import ClearHeader, clear_part
from relec_exchange.sealing.suite import HPKE, SealingPrivate

INDEX = 301
SEED = seed("pk sealing")
PK = SealingPrivate.from_seed(SEED)
OTHER = SealingPrivate.from_seed(seed("iq sealing"))
HEADER = ClearHeader(NETWORK, "tr", "pk", MessageClass.ORDINARY, PK.key_id)
INFO = b"relec/v1 seal\n"


def content() -> Content:
    """Message 301 of the log with everything that proves it."""
    proof = format_proof(INDEX, tree().inclusion(INDEX), checkpoint().note)
    return Content(message(INDEX), salt(INDEX), entries()[INDEX], proof)


def _sealed(name: str, plaintext: bytes, key: SealingPrivate = PK, label: bytes = INFO) -> bytes:
    """An envelope over any plaintext, kept in the vector of that name."""
    clear = clear_part(HEADER)

    def make() -> bytes:
        return clear + HPKE.encrypt(plaintext, key.public.hpke, info=label + clear)

    return keep("envelope", name, "envelope_b64", _recipe(plaintext, key, label), make)


def _recipe(plaintext: bytes, key: SealingPrivate = PK, label: bytes = INFO) -> bytes:
    return b"\0".join((label, clear_part(HEADER), key.public.raw, plaintext))


def _sections(*sections: bytes) -> bytes:
    """Sections as `pack` writes them, without its checks."""
    written = b"".join(len(section).to_bytes(4, "big") + section for section in sections)
    return written.ljust(8192, b"\0")


def envelope_cases() -> Iterator[Case]:
    """Good envelopes, and every way in which one can be bad."""

    def case(
        name: str, comment: str, expect: str, envelope: bytes, more: dict[str, Any] | None = None
    ) -> Case:
        inputs = {"seed": SEED.hex(), **encoded(envelope=envelope), **(more or {})}
        return Case("envelope", name, comment, expect, inputs)

    whole = content()
    plain = pack(whole)
    opened = encoded(
        message=whole.message, salt=whole.salt, entry=whole.entry, proof=whole.proof
    ) | {
        "network": NETWORK,
        "from": "tr",
        "to": "pk",
        "class": "ordinary",
        "key": PK.key_id,
    }
    good = _sealed("good-01-smallest-bucket", plain)
    larger = pack(whole, 16384)
    for name, comment, data in (
        ("good-01-smallest-bucket", "8 KiB of content", plain),
        ("good-02-larger-bucket", "padded to more than it needs", larger),
    ):
        source = {"made_from": made_from(_recipe(data))}
        yield case(name, comment, "ok", _sealed(name, data), opened | source)
    yield from _broken(case, good)
    yield from _ill_sealed(case, whole)


def _broken(case: Any, good: bytes) -> Iterator[Case]:
    """Envelopes that were changed after sealing."""
    clear = clear_part(HEADER)
    ciphertext = good[len(clear) :]
    body = len(clear) + 1120
    bad: list[tuple[str, str, str, bytes]] = [
        (
            "other-recipient",
            "the clear header says iq: HPKE's info does not match",
            "unseal",
            clear_part(replace(HEADER, recipient="iq")) + ciphertext,
        ),
        (
            "other-sender",
            "the clear header says it is from iq",
            "unseal",
            clear_part(replace(HEADER, sender="iq")) + ciphertext,
        ),
        (
            "other-class",
            "the clear header says flash",
            "unseal",
            clear_part(replace(HEADER, message_class=MessageClass.FLASH)) + ciphertext,
        ),
        (
            "other-network",
            "the clear header says another network",
            "unseal",
            clear_part(replace(HEADER, network="other.example")) + ciphertext,
        ),
        (
            "other-key-id",
            "the clear header names another key",
            "unseal",
            clear_part(replace(HEADER, key_id=OTHER.key_id)) + ciphertext,
        ),
        ("magic", "one bit of the magic", "framing", flip(good, 5)),
        ("header-length", "the length of the clear header", "size", flip(good, 9)),
        ("clear-header", "one bit of the clear header", "framing", flip(good, 12)),
        ("mlkem-part", "one bit of the ML-KEM ciphertext", "unseal", flip(good, len(clear) + 500)),
        ("x25519-part", "one bit of the X25519 key", "unseal", flip(good, len(clear) + 1100)),
        (
            "x25519-top-bit",
            "the bit of the X25519 key that X25519 itself ignores",
            "unseal",
            good[: body - 1] + bytes([good[body - 1] ^ 0x80]) + good[body:],
        ),
        ("message-part", "one bit where the message lies", "unseal", flip(good, body + 10)),
        ("salt-part", "one bit where the salt lies", "unseal", flip(good, body + 70)),
        ("entry-part", "one bit where the entry lies", "unseal", flip(good, body + 200)),
        ("proof-part", "one bit where the proof lies", "unseal", flip(good, body + 2000)),
        ("padding-part", "one bit of the padding", "unseal", flip(good, body + 8000)),
        ("tag", "one bit of the tag", "unseal", flip(good, -1)),
        ("truncated", "the last byte is missing", "size", good[:-1]),
        ("longer", "a byte more", "size", good + b"\0"),
        ("nothing", "no bytes at all", "size", b""),
        (
            "not-canonical",
            "a space in the clear header",
            "framing",
            _reframed(clear[10:].replace(b",", b", ", 1), ciphertext),
        ),
        (
            "extra-key",
            "a field too many in the clear header",
            "framing",
            _reframed(clear[10:-1] + b',"w":1}', ciphertext),
        ),
        (
            "other-suite",
            "a suite that does not exist",
            "framing",
            _reframed(clear[10:].replace(b"relec/v1", b"relec/v2"), ciphertext),
        ),
    ]
    for number, (name, comment, expect, envelope) in enumerate(bad, 1):
        yield case(f"bad-{number:02d}-{name}", comment, expect, envelope)


def _ill_sealed(case: Any, whole: Content) -> Iterator[Case]:
    """Envelopes that were sealed well around something that is wrong."""
    good = pack(whole)
    message_and_salt = whole.salt[-1:] + whole.message
    bad: list[tuple[str, str, str, bytes, SealingPrivate, bytes]] = [
        ("sealed-to-another", "sealed to another key", "unseal", good, OTHER, INFO),
        ("other-label", "sealed for another purpose", "unseal", good, PK, b"relec/v1 unit\n"),
        ("padding-not-zero", "a byte in the padding", "split", flip(good, -1), PK, INFO),
        (
            "salt-of-31-bytes",
            "the last byte of the salt stands before the message: the same hash, another reading",
            "split",
            _sections(message_and_salt, whole.salt[:-1], whole.entry, whole.proof),
            PK,
            INFO,
        ),
        ("past-the-end", "a length beyond the end", "split", b"\xff" * 4 + good[4:], PK, INFO),
        (
            "empty-message",
            "a section without bytes",
            "split",
            _sections(b"", whole.salt, whole.entry, whole.proof),
            PK,
            INFO,
        ),
        ("no-sections", "all zero", "split", bytes(8192), PK, INFO),
    ]
    for number, (name, comment, expect, plain, key, label) in enumerate(bad, 24):
        full = f"bad-{number:02d}-{name}"
        source = {"made_from": made_from(_recipe(plain, key, label))}
        yield case(full, comment, expect, _sealed(full, plain, key, label), source)


def _reframed(text: bytes, ciphertext: bytes) -> bytes:
    return b"RELEC/1\n" + len(text).to_bytes(2, "big") + text + ciphertext
