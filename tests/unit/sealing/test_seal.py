"""Sealing and unsealing with real keys."""

import pytest

from relec_exchange.errors import InvalidInput, Reason, Unverified
from relec_exchange.message.identifiers import MessageClass
from relec_exchange.sealing.content import Content
from relec_exchange.sealing.envelope import (
    ClearEnvelope,
    ClearHeader,
    clear_part,
    parse_envelope,
)
from relec_exchange.sealing.seal import seal
from relec_exchange.sealing.suite import HPKE, SealingPrivate, SealingPublic
from relec_exchange.sealing.unseal import unseal

PK = SealingPrivate.from_seed(b"\x01" * 32)
IQ = SealingPrivate.from_seed(b"\x02" * 32)
HEADER = ClearHeader("relec.example", "tr", "pk", MessageClass.ORDINARY, PK.key_id)
CONTENT = Content(b'{"header":{}}', bytes(range(32)), b'{"kind":"sent"}', b"proof\n")
SEALED = seal(HEADER, CONTENT, PK.public)


def reason_of(data, private=PK):
    with pytest.raises(Unverified) as caught:
        unseal(parse_envelope(data), private)
    return caught.value.reason


def test_what_was_sealed_to_a_node_opens_with_its_key():
    envelope = parse_envelope(SEALED)
    assert envelope.header == HEADER
    assert unseal(envelope, PK) == CONTENT


def test_two_seals_of_one_content_share_no_ciphertext():
    again = parse_envelope(seal(HEADER, CONTENT, PK.public)).ciphertext
    assert again[:1120] != parse_envelope(SEALED).ciphertext[:1120]


def test_nobody_else_can_open_it():
    assert reason_of(SEALED, IQ) is Reason.UNSEAL


@pytest.mark.parametrize(
    "header",
    [
        ClearHeader("other.example", "tr", "pk", MessageClass.ORDINARY, PK.key_id),
        ClearHeader("relec.example", "iq", "pk", MessageClass.ORDINARY, PK.key_id),
        ClearHeader("relec.example", "tr", "iq", MessageClass.ORDINARY, PK.key_id),
        ClearHeader("relec.example", "tr", "pk", MessageClass.FLASH, PK.key_id),
        ClearHeader("relec.example", "tr", "pk", MessageClass.ORDINARY, IQ.key_id),
    ],
)
def test_a_seal_is_bound_to_every_field_of_the_clear_header(header):
    redirected = clear_part(header) + parse_envelope(SEALED).ciphertext
    assert reason_of(redirected) is Reason.UNSEAL


def test_no_changed_byte_of_an_envelope_goes_unnoticed():
    """Every position, not a sample: 9,500 envelopes."""
    for at in range(len(SEALED)):
        changed = bytearray(SEALED)
        changed[at] ^= 1 + at % 255
        assert reason_of(bytes(changed)).step <= 3


def test_the_bit_that_x25519_ignores_is_bound_as_well():
    last_of_x25519 = len(SEALED) - 8192 - 16 - 1
    changed = bytearray(SEALED)
    changed[last_of_x25519] ^= 0x80
    assert reason_of(bytes(changed)) is Reason.UNSEAL


def test_sealed_bytes_that_do_not_split_are_told_apart():
    clear = clear_part(HEADER)
    sealed = HPKE.encrypt(bytes(8192), PK.public.hpke, info=b"relec/v1 seal\n" + clear)
    assert reason_of(clear + sealed) is Reason.SPLIT


def test_a_truncated_ciphertext_does_not_open():
    envelope = parse_envelope(SEALED)
    for length in (0, 100, 1120, 1135, len(envelope.ciphertext) - 1):
        short = ClearEnvelope(envelope.header, envelope.clear, envelope.ciphertext[:length])
        with pytest.raises(Unverified):
            unseal(short, PK)


def test_the_header_must_name_the_key_that_is_sealed_to():
    with pytest.raises(InvalidInput):
        seal(HEADER, CONTENT, IQ.public)


def test_nothing_is_sealed_to_a_key_of_low_order():
    weak = SealingPublic.parse(PK.public_bytes()[:1184] + bytes(32))
    header = ClearHeader("relec.example", "tr", "pk", MessageClass.ORDINARY, weak.key_id)
    with pytest.raises(InvalidInput):
        seal(header, CONTENT, weak)
