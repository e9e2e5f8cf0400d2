"""Laws of sealed content: one reading of every byte string, and no crash on any."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relec_exchange.errors import Unverified
from relec_exchange.message.identifiers import MessageClass
from relec_exchange.sealing.content import Content, pack, unpack
from relec_exchange.sealing.envelope import ClearHeader, clear_part, parse_envelope
from relec_exchange.sealing.seal import seal
from relec_exchange.sealing.suite import SealingPrivate
from relec_exchange.sealing.unseal import unseal

KEY = SealingPrivate.from_seed(b"\x07" * 32)
contents = st.builds(
    Content,
    message=st.binary(min_size=1, max_size=9000),
    salt=st.binary(min_size=32, max_size=32),
    entry=st.binary(min_size=1, max_size=900),
    proof=st.binary(min_size=1, max_size=5000),
)
headers = st.builds(
    ClearHeader,
    network=st.from_regex(r"[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])", fullmatch=True),
    sender=st.from_regex(r"[a-z][a-z0-9]{1,15}", fullmatch=True),
    recipient=st.from_regex(r"[a-z][a-z0-9]{1,15}", fullmatch=True),
    message_class=st.sampled_from(MessageClass),
    key_id=st.just(KEY.key_id),
)


@settings(max_examples=60, deadline=None)
@given(header=headers, content=contents)
def test_opening_gives_back_what_was_sealed(header, content):
    envelope = parse_envelope(seal(header, content, KEY.public))
    assert envelope.header == header
    assert unseal(envelope, KEY) == content


@settings(max_examples=150, deadline=None)
@given(
    content=contents,
    bucket=st.sampled_from((16384, 32768)),
    at=st.integers(0, 16383),
    near=st.integers(0, 60),
    value=st.integers(0, 255),
)
def test_whatever_unpacks_is_what_pack_writes(content, bucket, at, near, value):
    """There is one way to write a content, so nothing can hide beside it."""
    packed = pack(content, bucket)
    for position in (at, near, len(content.message) + 4 + near):
        data = packed[:position] + bytes([value]) + packed[position + 1 :]
        try:
            read = unpack(data)
        except Unverified:
            continue
        assert pack(read, bucket) == data


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=400), size=st.sampled_from((0, 8192, 16384, 262144)))
def test_no_bytes_crash_the_reading_of_an_envelope(data, size):
    for attempt in (data, b"RELEC/1\n" + data, b"RELEC/1\n" + data + bytes(1136 + size)):
        with pytest.raises(Unverified):
            parse_envelope(attempt)


@settings(max_examples=100, deadline=None)
@given(header=headers)
def test_a_clear_header_is_read_back_as_written(header):
    assert parse_envelope(clear_part(header) + bytes(1136 + 8192)).header == header
