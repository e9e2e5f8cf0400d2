"""Keys of the suite."""

from hashlib import sha256

import pytest

from relec_exchange.errors import InvalidInput
from relec_exchange.sealing.suite import (
    ENCAPSULATED_BYTES,
    OVERHEAD_BYTES,
    PUBLIC_BYTES,
    SealingPrivate,
    SealingPublic,
    key_id,
)

# The first example of draft-connolly-cfrg-xwing-kem.
SEED = bytes.fromhex("7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26")
PUBLIC_BEGINS = "e2236b35a8c24b39b10aa1323a96a919a2ced88400633a7b07131713fc14b2b5b19cfc3d"


def test_a_seed_expands_as_in_x_wing():
    public = SealingPrivate.from_seed(SEED).public_bytes()
    assert public.hex().startswith(PUBLIC_BEGINS)
    assert len(public) == PUBLIC_BYTES == 1216


def test_a_public_key_is_read_back_and_named_by_its_hash():
    private = SealingPrivate.from_seed(SEED)
    public = SealingPublic.parse(private.public_bytes())
    assert public == private.public
    assert public.key_id == private.key_id == key_id(public.raw)
    assert public.key_id == sha256(public.raw).digest()[:8].hex()


def test_the_overhead_is_that_of_the_suite():
    assert (ENCAPSULATED_BYTES, OVERHEAD_BYTES) == (1120, 1136)


@pytest.mark.parametrize("data", [b"", bytes(1215), bytes(1217), b"\xff" * 1216])
def test_bytes_that_are_no_key_are_refused(data):
    with pytest.raises(InvalidInput):
        SealingPublic.parse(data)


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_a_seed_of_another_length_is_refused(length):
    with pytest.raises(InvalidInput):
        SealingPrivate.from_seed(bytes(length))


def test_a_private_key_is_not_shown_when_printed():
    private = SealingPrivate.from_seed(SEED)
    assert repr(private) == (f"SealingPrivate(public=SealingPublic(key_id='{private.key_id}'))")
