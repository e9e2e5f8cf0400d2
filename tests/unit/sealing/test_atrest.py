"""Encryption of stored content."""

import pytest

from relec_exchange.errors import IntegrityFailure, InvalidInput
from relec_exchange.sealing.atrest import decrypt, encrypt

KEY, NONCE = bytes(range(32)), bytes(range(12))
STORED = encrypt(KEY, NONCE, b"outbox/17", b"content")


def test_stored_content_opens_with_its_key_and_context():
    assert decrypt(KEY, b"outbox/17", STORED) == b"content"
    assert len(STORED) == len(b"content") + 28


def test_the_published_vector_of_aes_256_gcm_holds():
    """Case 14 of the GCM specification: all zero key, nonce and one block of plaintext."""
    assert encrypt(bytes(32), bytes(12), b"", bytes(16))[12:].hex() == (
        "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"
    )


def test_content_moved_to_another_row_does_not_open():
    with pytest.raises(IntegrityFailure):
        decrypt(KEY, b"outbox/18", STORED)


def test_no_changed_or_missing_byte_goes_unnoticed():
    for at in range(len(STORED)):
        changed = STORED[:at] + bytes([STORED[at] ^ 1]) + STORED[at + 1 :]
        for damaged in (changed, STORED[:at]):
            with pytest.raises(IntegrityFailure):
                decrypt(KEY, b"outbox/17", damaged)


def test_another_key_does_not_open_it():
    with pytest.raises(IntegrityFailure):
        decrypt(bytes(32), b"outbox/17", STORED)


def test_keys_and_nonces_of_another_length_are_refused():
    for key, nonce in ((KEY[:16], NONCE), (KEY, NONCE[:8]), (KEY, b"")):
        with pytest.raises(InvalidInput):
            encrypt(key, nonce, b"", b"content")
    with pytest.raises(InvalidInput):
        decrypt(KEY[:16], b"outbox/17", STORED)
