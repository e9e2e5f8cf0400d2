"""The clear part of an envelope and its framing."""

import pytest

from relec_exchange.errors import InvalidInput, Reason, Unverified
from relec_exchange.message.identifiers import MessageClass
from relec_exchange.sealing.envelope import ClearHeader, clear_part, parse_envelope

HEADER = ClearHeader("relec.example", "tr", "pk", MessageClass.ORDINARY, "0123456789abcdef")
CLEAR = clear_part(HEADER)
CIPHERTEXT = bytes(1136 + 8192)


def reason_of(data):
    with pytest.raises(Unverified) as caught:
        parse_envelope(data)
    return caught.value.reason


def framed(text):
    return b"RELEC/1\n" + len(text).to_bytes(2, "big") + text + CIPHERTEXT


def test_the_clear_part_is_magic_length_and_canonical_json():
    text = (
        b'{"class":"ordinary","from":"tr","key":"0123456789abcdef","network":"relec.example",'
        b'"suite":"relec/v1","to":"pk","v":1}'
    )
    assert b"RELEC/1\n" + len(text).to_bytes(2, "big") + text == CLEAR


def test_an_envelope_is_split_without_being_opened():
    envelope = parse_envelope(CLEAR + CIPHERTEXT)
    assert envelope.header == HEADER
    assert envelope.clear == CLEAR
    assert envelope.ciphertext == CIPHERTEXT
    assert envelope.info == b"relec/v1 seal\n" + CLEAR


@pytest.mark.parametrize("size", [8192, 16384, 32768, 65536, 131072, 262144])
def test_every_bucket_is_accepted(size):
    assert parse_envelope(CLEAR + bytes(1136 + size)).header == HEADER


@pytest.mark.parametrize("size", [0, 1, 1136, 1136 + 8191, 1136 + 8193, 1136 + 262145, 10**6])
def test_a_ciphertext_that_fits_no_bucket_is_refused_for_its_size(size):
    assert reason_of(CLEAR + bytes(size)) is Reason.SIZE


def test_other_magic_and_an_overlong_header_are_framing():
    assert reason_of(b"RELEC/2\n" + (CLEAR + CIPHERTEXT)[8:]) is Reason.FRAMING
    assert reason_of(b"RELEC/1\n\x04\x01" + bytes(1025) + CIPHERTEXT) is Reason.FRAMING


def test_a_length_that_does_not_fit_the_whole_is_refused():
    wrong = CLEAR[:8] + (len(CLEAR) - 11).to_bytes(2, "big") + CLEAR[10:]
    assert reason_of(wrong + CIPHERTEXT) is Reason.SIZE


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"v":1', b'"v":2'),
        (b'"v":1', b'"v":1.0'),
        (b'"v":1', b'"v":true'),
        (b'"v":1', b'"v":"1"'),
        (b'"suite":"relec/v1"', b'"suite":"relec/v0"'),
        (b'"class":"ordinary"', b'"class":"secret"'),
        (b'"class":"ordinary"', b'"class":["ordinary"]'),
        (b'"to":"pk"', b'"to":"PK"'),
        (b'"to":"pk"', b'"to":"\\u0070k"'),
        (b'"to":"pk"', b'"to":"pk","to":"pk"'),
        (b'"to":"pk"', b'"to":null'),
        (b'"to":"pk",', b""),
        (b'"to":"pk"', b'"to":"pk","x":1'),
        (b'"network":"relec.example"', b'"network":"relec..."'),
        (b'"key":"0123456789abcdef"', b'"key":"0123456789ABCDEF"'),
        (b'"key":"0123456789abcdef"', b'"key":"0123456789abcde"'),
        (b'","', b'", "'),
        (b"{", b"[" * 900 + b"{"),
        (b"{", b"\xff{"),
    ],
)
def test_a_clear_header_in_any_other_form_is_framing(old, new):
    assert reason_of(framed(CLEAR[10:].replace(old, new, 1))) is Reason.FRAMING


@pytest.mark.parametrize("text", [b"null", b"[]", b'"x"', b"1", b"{}", b"{"])
def test_a_clear_header_that_is_no_object_is_framing(text):
    assert reason_of(framed(text)) in (Reason.FRAMING, Reason.SIZE)


@pytest.mark.parametrize(
    "header",
    [
        ClearHeader("Relec", "tr", "pk", MessageClass.FLASH, "0" * 16),
        ClearHeader("relec.example", "t", "pk", MessageClass.FLASH, "0" * 16),
        ClearHeader("relec.example", "tr", "", MessageClass.FLASH, "0" * 16),
        ClearHeader("relec.example", "tr", "pk", MessageClass.FLASH, "0" * 15),
    ],
)
def test_no_header_out_of_its_pattern_is_written(header):
    with pytest.raises(InvalidInput):
        clear_part(header)
