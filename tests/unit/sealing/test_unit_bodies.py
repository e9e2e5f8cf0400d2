"""A body sealed to a unit: who can open it, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from relec_exchange.errors import InvalidInput, Reason, Unverified
from relec_exchange.message.bodies.sealed import SealedBody
from relec_exchange.message.constants import LIMITS
from relec_exchange.message.encoding import b64, canonical_with_decimals
from relec_exchange.sealing.suite import HPKE, OVERHEAD_BYTES, SealingPrivate
from relec_exchange.sealing.unit import INFO_LABEL, open_body, seal_body

HEADER = b'{"message_id":"019aa700-0000-7000-8000-000000000301","recipient":"pk"}'
INNER = b'{"outcome":"accepted"}'
SALT = bytes(range(32))
THEIRS = SealingPrivate.from_seed(b"\1" * 32)
OURS = SealingPrivate.from_seed(b"\2" * 32)
STRANGER = SealingPrivate.from_seed(b"\3" * 32)
KEYS = (THEIRS.public, OURS.public)
BUCKETS = LIMITS.unit_body_buckets_bytes
MOST = BUCKETS[-1] - 36


SEALED = seal_body(INNER, HEADER, "protection-desk", KEYS, SALT)


def refusal(body: SealedBody, key: SealingPrivate, header: bytes = HEADER) -> Reason:
    with pytest.raises(Unverified) as caught:
        open_body(body, header, key)
    return caught.value.reason


def test_both_readers_open_the_same_body() -> None:
    assert open_body(SEALED, HEADER, THEIRS) == INNER
    assert open_body(SEALED, HEADER, OURS) == INNER


def test_nobody_else_opens_it() -> None:
    assert refusal(SEALED, STRANGER) is Reason.UNKNOWN_KEY


def test_the_wire_form_holds_neither_the_body_nor_a_digest_that_can_be_guessed() -> None:
    wire = canonical_with_decimals(SEALED.model_dump(mode="json"))
    assert b"outcome" not in wire
    other = seal_body(INNER, HEADER, "protection-desk", KEYS, SALT[::-1])
    assert other.commitment != SEALED.commitment


def test_it_opens_under_its_own_header_only() -> None:
    assert refusal(SEALED, THEIRS, HEADER.replace(b"pk", b"iq")) is Reason.UNSEAL


def test_an_envelope_for_the_same_key_is_no_body() -> None:
    data = HPKE.encrypt(bytes(BUCKETS[0]), THEIRS.public.hpke, info=b"relec/v1 seal\n" + HEADER)
    part = {"key": THEIRS.key_id, "data": b64(data)}
    body = SEALED.model_dump() | {"parts": [part]}
    assert refusal(SealedBody.model_validate(body), THEIRS) is Reason.UNSEAL


def test_a_reader_notices_that_the_other_one_was_given_something_else() -> None:
    other = seal_body(b'{"outcome":"cannot_help"}', HEADER, "protection-desk", KEYS, SALT)
    mixed = SEALED.model_copy(update={"parts": (other.parts[0], SEALED.parts[1])})
    assert open_body(mixed, HEADER, OURS) == INNER
    assert refusal(mixed, THEIRS) is Reason.COMMITMENT


@pytest.mark.parametrize("length", [1, BUCKETS[0] - 36, BUCKETS[0] - 35, 20_000, MOST])
def test_its_size_tells_the_bucket_alone(length: int) -> None:
    inner = b"x" * length
    body = seal_body(inner, HEADER, "protection-desk", KEYS, SALT)
    sizes = {len(part.ciphertext()) - OVERHEAD_BYTES for part in body.parts}
    assert sizes == {min(size for size in BUCKETS if size >= length + 36)}
    assert open_body(body, HEADER, OURS) == inner


@pytest.mark.parametrize("length", [0, MOST + 1])
def test_a_body_of_no_bytes_or_too_many_is_not_sealed(length: int) -> None:
    with pytest.raises(InvalidInput):
        seal_body(b"x" * length, HEADER, "protection-desk", KEYS, SALT)


@pytest.mark.parametrize("keys", [(), (THEIRS.public,) * 2, (*KEYS, STRANGER.public)])
def test_a_body_is_for_one_reader_or_for_two_different_ones(keys: tuple[object, ...]) -> None:
    with pytest.raises(InvalidInput):
        seal_body(INNER, HEADER, "protection-desk", keys, SALT)  # type: ignore[arg-type]


def test_two_parts_of_the_largest_bucket_fit_a_message() -> None:
    body = seal_body(b"x" * MOST, HEADER, "protection-desk", KEYS, SALT)
    room = LIMITS.message_max_bytes - len(canonical_with_decimals(body.model_dump(mode="json")))
    assert room > 8 * 1024


def test_the_overhead_in_the_table_of_limits_is_that_of_the_suite() -> None:
    assert LIMITS.unit_seal_overhead_bytes == OVERHEAD_BYTES


@given(st.integers(0, len(SEALED.parts[0].ciphertext()) - 1), st.integers(1, 255))
@settings(max_examples=40, deadline=None)
def test_no_changed_byte_passes(at: int, difference: int) -> None:
    data = bytearray(SEALED.parts[0].ciphertext())
    data[at] ^= difference
    part = SEALED.parts[0].model_copy(update={"data": b64(bytes(data))})
    assert refusal(SEALED.model_copy(update={"parts": (part,)}), THEIRS) is Reason.UNSEAL


@pytest.mark.parametrize(
    "plaintext",
    [
        bytes(BUCKETS[0]),
        (5000).to_bytes(4, "big") + SALT + INNER + bytes(BUCKETS[0] - 36 - len(INNER)),
        len(INNER).to_bytes(4, "big") + SALT + INNER + bytes(BUCKETS[0] - 37 - len(INNER)) + b"\1",
    ],
)
def test_a_plaintext_of_another_form_is_refused(plaintext: bytes) -> None:
    data = HPKE.encrypt(plaintext, THEIRS.public.hpke, info=INFO_LABEL + HEADER)
    part = {"key": THEIRS.key_id, "data": b64(data)}
    body = SealedBody.model_validate(SEALED.model_dump() | {"parts": [part]})
    assert refusal(body, THEIRS) is Reason.SPLIT


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"parts": []}, "too_short"),
        ({"parts": ["same", "same"]}, "sealed_key_repeated"),
        ({"parts": ["larger", "other"]}, "sealed_parts_differ"),
        ({"parts": ["odd"]}, "sealed_size"),
        ({"parts": ["junk"]}, "sealed_data"),
        ({"suite": "relec/v2"}, "literal_error"),
        ({"plain": "text"}, "extra_forbidden"),
    ],
)
def test_a_sealed_body_of_another_form_is_refused_by_the_node(
    fields: dict[str, object], code: str
) -> None:
    size = BUCKETS[0] + OVERHEAD_BYTES
    known = {
        "same": {"key": "0" * 16, "data": b64(bytes(size))},
        "other": {"key": "1" * 16, "data": b64(bytes(size))},
        "larger": {"key": "0" * 16, "data": b64(bytes(BUCKETS[1] + OVERHEAD_BYTES))},
        "odd": {"key": "0" * 16, "data": b64(bytes(size - 1))},
        "junk": {"key": "0" * 16, "data": b64(bytes(size)) + "\n"},
    }
    if "parts" in fields:
        fields = {"parts": [known[name] for name in fields["parts"]]}  # type: ignore[attr-defined]
    with pytest.raises(ValidationError) as caught:
        SealedBody.model_validate(SEALED.model_dump(mode="json") | fields)
    assert code in {fault["type"] for fault in caught.value.errors()}
