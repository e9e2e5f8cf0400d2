"""The four sections inside a seal, and their padding."""

import pytest

from relec_exchange.errors import InvalidInput, Reason, Unverified
from relec_exchange.message.constants import LIMITS
from relec_exchange.sealing.content import Content, bucket_for, pack, unpack

CONTENT = Content(b'{"header":{}}', bytes(range(32)), b'{"kind":"sent"}', b"proof\n")
PACKED = pack(CONTENT)


def split_detail(data):
    with pytest.raises(Unverified) as caught:
        unpack(data)
    assert caught.value.reason is Reason.SPLIT
    return caught.value.detail


def test_what_was_packed_is_unpacked():
    assert unpack(PACKED) == CONTENT


def test_sections_follow_each_other_with_their_lengths():
    assert PACKED[:17] == b"\0\0\0\x0d" + CONTENT.message
    assert PACKED[17:21] == b"\0\0\0\x20"
    assert PACKED.rstrip(b"\0").endswith(b"\0\0\0\x06proof\n")


def test_the_size_is_the_smallest_bucket_that_holds_everything():
    framing = 4 * 4 + 32 + 1 + 1
    for bucket in (8192, 16384, 32768, 65536, 131072):
        exact = Content(bytes(bucket - framing), CONTENT.salt, b"e", b"p")
        assert len(pack(exact)) == bucket
        over = Content(bytes(bucket - framing + 1), CONTENT.salt, b"e", b"p")
        assert len(pack(over)) == 2 * bucket


def test_the_largest_message_with_the_largest_proof_fits():
    largest = Content(
        bytes(LIMITS.message_max_bytes),
        CONTENT.salt,
        bytes(LIMITS.entry_max_bytes),
        bytes(LIMITS.proof_max_bytes),
    )
    assert unpack(pack(largest)) == largest


def test_a_larger_bucket_may_be_asked_for_and_is_read():
    assert len(pack(CONTENT, 32768)) == 32768
    assert unpack(pack(CONTENT, 32768)) == CONTENT
    for bucket in (8191, 10000, 0):
        with pytest.raises(InvalidInput):
            pack(CONTENT, bucket)
    with pytest.raises(InvalidInput):
        pack(Content(bytes(9000), CONTENT.salt, b"e", b"p"), 8192)


@pytest.mark.parametrize(
    "content",
    [
        Content(b"", CONTENT.salt, b"e", b"p"),
        Content(b"m", bytes(31), b"e", b"p"),
        Content(b"m", bytes(33), b"e", b"p"),
        Content(b"m", CONTENT.salt, b"", b"p"),
        Content(b"m", CONTENT.salt, b"e", b""),
        Content(bytes(LIMITS.message_max_bytes + 1), CONTENT.salt, b"e", b"p"),
        Content(b"m", CONTENT.salt, bytes(LIMITS.entry_max_bytes + 1), b"p"),
        Content(b"m", CONTENT.salt, b"e", bytes(LIMITS.proof_max_bytes + 1)),
    ],
)
def test_a_section_of_a_forbidden_length_is_neither_packed_nor_unpacked(content):
    with pytest.raises(InvalidInput):
        pack(content)
    sections = (content.message, content.salt, content.entry, content.proof)
    raw = b"".join(len(part).to_bytes(4, "big") + part for part in sections)
    split_detail(raw.ljust(bucket_for(len(raw)), b"\0"))


def test_nothing_holds_more_than_the_largest_bucket():
    with pytest.raises(InvalidInput):
        bucket_for(262145)


@pytest.mark.parametrize("at", [len(PACKED.rstrip(b"\0")), 5000, 8191])
def test_padding_that_is_not_zero_is_refused(at):
    assert "padding" in split_detail(PACKED[:at] + b"\x01" + PACKED[at + 1 :])


def test_a_section_that_runs_past_the_end_is_refused():
    assert "past the end" in split_detail(b"\xff\xff\xff\xff" + PACKED[4:])
    assert "past the end" in split_detail(b"\0\0\x20\x00" + PACKED[4:])


@pytest.mark.parametrize("size", [0, 1, 8191, 8193, 12288, 524288])
def test_a_size_that_is_no_bucket_is_refused(size):
    assert "bucket" in split_detail(PACKED[:size].ljust(size, b"\0"))
