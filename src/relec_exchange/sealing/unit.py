"""A body that only a unit may read: sealed inside the message, to the unit's own key.

Contract: HPKE as for envelopes, with `info` of its own label and the canonical message header, so
that a sealed body fits one message only. The plaintext is length, salt and body, padded to a
bucket; all parts hold the same plaintext. `commitment` is checked by every reader, so that nobody
reads something else than the others. Randomness is an argument except for what HPKE draws itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from hmac import compare_digest
from typing import Final

from cryptography.exceptions import InvalidTag

from relec_exchange.errors import InvalidInput, Reason, Unverified
from relec_exchange.message.bodies.sealed import SealedBody, SealedPart
from relec_exchange.message.constants import LIMITS
from relec_exchange.message.encoding import b64
from relec_exchange.sealing.suite import HPKE, SUITE_NAME, SealingPrivate, SealingPublic

INFO_LABEL: Final = b"relec/v1 unit body\n"
"""Comes before the header in HPKE's `info`: no envelope can be passed off as a body."""

COMMITMENT_LABEL: Final = b"relec/v1 unit body"
SALT_BYTES: Final = 32
_LENGTH_BYTES: Final = 4
_HEAD_BYTES: Final = _LENGTH_BYTES + SALT_BYTES


def unit_commitment(salt: bytes, inner: bytes) -> bytes:
    """SHA-256 over label, salt of 32 bytes and body: what ties all parts to one body."""
    return sha256(COMMITMENT_LABEL + salt + inner).digest()


def seal_body(
    inner: bytes, header: bytes, unit: str, keys: Sequence[SealingPublic], salt: bytes
) -> SealedBody:
    """Seal a body for each of one or two keys: the recipient's unit first, then the own desk.

    `inner` are the bytes of the body, `header` the canonical message header, `salt` 32 random
    bytes. Raises `InvalidInput`: no key, one key twice, a body too large, a key of low order.
    """
    if len(salt) != SALT_BYTES:
        raise InvalidInput(f"a salt has {SALT_BYTES} bytes", field="salt")
    ids = [key.key_id for key in keys]
    if not 1 <= len(ids) <= 2 or len(set(ids)) != len(ids):
        raise InvalidInput("a body is sealed to one key or to two different ones", field="keys")
    plaintext = _padded(inner, salt)
    return SealedBody(
        unit=unit,
        suite=SUITE_NAME,
        commitment=unit_commitment(salt, inner).hex(),
        parts=tuple(
            SealedPart(key=key.key_id, data=b64(_sealed(plaintext, header, key))) for key in keys
        ),
    )


def open_body(sealed: SealedBody, header: bytes, private: SealingPrivate) -> bytes:
    """The bytes of the body, or `Unverified`: what they mean is still to be checked.

    UNKNOWN_KEY: no part is for this key. UNSEAL: wrong header, wrong key or a changed byte. SPLIT:
    length or padding is not exactly as it must be. COMMITMENT: another body than was committed to.
    """
    part = next((one for one in sealed.parts if one.key == private.key_id), None)
    if part is None:
        raise Unverified(Reason.UNKNOWN_KEY, "no part of the body is sealed to this key")
    try:
        plaintext = HPKE.decrypt(part.ciphertext(), private.hpke, info=INFO_LABEL + header)
    except (InvalidTag, ValueError):  # ValueError: an encapsulated key that no key agrees with
        raise Unverified(Reason.UNSEAL, "the sealed body") from None
    salt, inner = _split(plaintext)
    if not compare_digest(unit_commitment(salt, inner).hex(), sealed.commitment):
        raise Unverified(Reason.COMMITMENT, "the sealed body")
    return inner


def _sealed(plaintext: bytes, header: bytes, key: SealingPublic) -> bytes:
    try:
        return HPKE.encrypt(plaintext, key.hpke, info=INFO_LABEL + header)
    except ValueError:
        raise InvalidInput("nothing can be sealed to this key", field="key") from None


def _padded(inner: bytes, salt: bytes) -> bytes:
    """Length, salt, body, and zero bytes up to the smallest bucket."""
    written = len(inner).to_bytes(_LENGTH_BYTES, "big") + salt + inner
    for bucket in LIMITS.unit_body_buckets_bytes:
        if inner and len(written) <= bucket:
            return written.ljust(bucket, b"\0")
    most = LIMITS.unit_body_buckets_bytes[-1] - _HEAD_BYTES
    raise InvalidInput(
        f"a body for a unit has 1 to {most} bytes, not {len(inner)}",
        field="body",
        remedy="send it in parts",
    )


def _split(plaintext: bytes) -> tuple[bytes, bytes]:
    """Salt and body. A larger bucket than needed is fine: it tells even less."""
    end = _HEAD_BYTES + int.from_bytes(plaintext[:_LENGTH_BYTES], "big")
    fits = _HEAD_BYTES < end <= len(plaintext)
    if not fits or len(plaintext) not in LIMITS.unit_body_buckets_bytes:
        raise Unverified(Reason.SPLIT, "the sealed body has another length than it says")
    if plaintext.count(0, end) != len(plaintext) - end:
        raise Unverified(Reason.SPLIT, "the padding of the sealed body is not zero")
    return plaintext[_LENGTH_BYTES:_HEAD_BYTES], plaintext[_HEAD_BYTES:end]
