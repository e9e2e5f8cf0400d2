"""Attachments are what they say, and no picture tells where it was made."""

from __future__ import annotations

import hashlib
import zlib
from typing import Any

import pytest
from message_samples import changed, sample

from relec_exchange.errors import InvalidInput
from relec_exchange.message.attachments import MEDIA_OF_LEVEL, MediaType, check_file
from relec_exchange.message.catalogue import CATALOGUE
from relec_exchange.message.codes import DataLevel
from relec_exchange.message.document import read_document
from relec_exchange.message.encoding import b64

GPS_TAG = (0x8825).to_bytes(2, "big") + (4).to_bytes(2, "big") + bytes(8)
MAKE_TAG = (0x010F).to_bytes(2, "big") + (2).to_bytes(2, "big") + bytes(8)


def tiff(*tags: bytes, following: int = 0) -> bytes:
    """Metadata with one directory of these tags, high bytes first."""
    directory = len(tags).to_bytes(2, "big") + b"".join(tags) + following.to_bytes(4, "big")
    return b"MM\x00*" + (8).to_bytes(4, "big") + directory


def little(*tags: int) -> bytes:
    """The same, low bytes first, as most cameras write it."""
    body = b"".join(tag.to_bytes(2, "little") + bytes(10) for tag in tags)
    head = b"II*\x00" + (8).to_bytes(4, "little") + len(tags).to_bytes(2, "little")
    return head + body + bytes(4)


def segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(content) + 2).to_bytes(2, "big") + content


# Entropy-coded data with a stuffed byte and a restart, which a walker must not take for segments.
SCAN = segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + b"\x12\xff\x00\x34\xff\xd0\x56"
END = b"\xff\xd9"


def jpeg(*segments: bytes, end: bytes = END) -> bytes:
    return b"\xff\xd8" + segment(0xE0, b"JFIF\x00") + b"".join(segments) + SCAN + end


def chunk(kind: bytes, content: bytes = b"") -> bytes:
    check = zlib.crc32(kind + content).to_bytes(4, "big")
    return len(content).to_bytes(4, "big") + kind + content + check


def png(*chunks: bytes, end: bytes = chunk(b"IEND")) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", bytes(13)) + b"".join(chunks) + end


XMP = b'<rdf:Description exif:GPSLatitude="38,30.0N"/>'
CLEAN = [
    (MediaType.JPEG, jpeg()),
    (MediaType.JPEG, jpeg(segment(0xE1, b"Exif\x00\x00" + tiff(MAKE_TAG)))),
    (MediaType.JPEG, jpeg(segment(0xE1, b"Exif\x00\x00" + little(0x0112)))),
    (MediaType.JPEG, jpeg(segment(0xFE, b"A stamp"), b"\xff\xff" + segment(0xDB, b"1")[1:])),
    (MediaType.JPEG, jpeg(end=segment(0xC4, b"x") + SCAN + END)),
    (MediaType.PNG, png()),
    (MediaType.PNG, png(chunk(b"eXIf", tiff(MAKE_TAG)))),
    (MediaType.PNG, png(chunk(b"tEXt", b"Title\x00A stamp"))),
    (MediaType.PNG, png(chunk(b"zTXt", b"Title\x00\x00" + zlib.compress(b"A stamp")))),
    (MediaType.PDF, b"%PDF-1.7\n"),
    (MediaType.PLAIN, "Line one\r\nدو\tÜç".encode()),
    (MediaType.CSV, b""),
]


@pytest.mark.parametrize(("kind", "data"), CLEAN)
def test_a_file_that_is_what_it_says_is_accepted(kind: MediaType, data: bytes) -> None:
    check_file(kind, data)


LOCATED = [
    (MediaType.JPEG, jpeg(segment(0xE1, b"Exif\x00\x00" + tiff(MAKE_TAG, GPS_TAG)))),
    (MediaType.JPEG, jpeg(segment(0xE1, b"Exif\x00\x00" + little(0x010F, 0x8825)))),
    # In the directory of the thumbnail, which follows the first.
    (
        MediaType.JPEG,
        jpeg(segment(0xE1, b"Exif\x00\x00" + tiff(following=14) + tiff(GPS_TAG)[8:])),
    ),
    (MediaType.JPEG, jpeg(segment(0xE1, b"Exif\x00\x00" + b"not a directory"))),
    (MediaType.JPEG, jpeg(segment(0xE1, b"Exif\x00\x00" + tiff(MAKE_TAG)[:-6]))),
    (MediaType.JPEG, jpeg(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\x00" + XMP))),
    (MediaType.JPEG, jpeg(segment(0xFE, b"GPSLatitude 38.5"))),
    # Behind the first scan, where a progressive picture has further segments.
    (MediaType.JPEG, jpeg(end=segment(0xE1, b"Exif\x00\x00" + tiff(GPS_TAG)) + SCAN + END)),
    (MediaType.PNG, png(chunk(b"eXIf", tiff(GPS_TAG)))),
    (MediaType.PNG, png(chunk(b"eXIf", b"Exif\x00\x00" + little(0x8825)))),
    (MediaType.PNG, png(chunk(b"iTXt", b"XML:com.adobe.xmp\x00\x00\x00\x00\x00" + XMP))),
    (
        MediaType.PNG,
        png(chunk(b"iTXt", b"XML:com.adobe.xmp\x00\x01\x00\x00\x00" + zlib.compress(XMP))),
    ),
    (MediaType.PNG, png(chunk(b"zTXt", b"Comment\x00\x00" + zlib.compress(XMP)))),
    (MediaType.PNG, png(chunk(b"tEXt", b"Raw profile type exif\x00\nexif\n8\n4d4d"))),
    (MediaType.PNG, png(chunk(b"zTXt", b"Comment\x00\x00" + zlib.compress(bytes(70 * 1024))))),
]


@pytest.mark.parametrize(("kind", "data"), LOCATED)
def test_a_picture_that_tells_where_it_was_made_is_refused_with_a_remedy(
    kind: MediaType, data: bytes
) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_file(kind, data)
    assert "where it was made" in caught.value.message
    assert "without metadata" in caught.value.remedy


BROKEN = [
    (MediaType.JPEG, jpeg()[:-2]),
    (MediaType.JPEG, jpeg() + jpeg(segment(0xE1, b"Exif\x00\x00" + tiff(GPS_TAG)))),
    (MediaType.JPEG, b"\xff\xd8\xff"),
    (MediaType.JPEG, b"\xff\xd8\xff\xe0\x00\x01" + END),
    (MediaType.JPEG, jpeg(b"no segment")),
    (MediaType.PNG, png(end=b"")),
    (MediaType.PNG, png() + b"\x00"),
    (MediaType.PNG, png(chunk(b"tEXt", b"a")[:-3])),
    (MediaType.PNG, png(chunk(b"zTXt", b"Comment\x00\x00not packed"))),
]


@pytest.mark.parametrize(("kind", "data"), BROKEN)
def test_a_picture_that_is_not_whole_or_hides_something_is_refused(
    kind: MediaType, data: bytes
) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_file(kind, data)
    assert "damaged" in caught.value.message
    assert "save it again" in caught.value.remedy


@pytest.mark.parametrize(
    ("kind", "data", "words"),
    [
        (MediaType.JPEG, png(), "say image/png"),
        (MediaType.PNG, b"%PDF-1.7", "say application/pdf"),
        (MediaType.PDF, b"PK\x03\x04", "send one of image/jpeg"),
        (MediaType.PLAIN, b"\xff\xfea\x00", "save it as UTF-8"),
        (MediaType.PLAIN, b"bell \x07", "plain text"),
        (MediaType.CSV, b"a\x00b", "plain text"),
    ],
)
def test_a_file_of_another_kind_is_refused_and_the_remedy_says_which(
    kind: MediaType, data: bytes, words: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_file(kind, data)
    assert words in caught.value.remedy


def attached(name: str, kind: MediaType, data: bytes) -> dict[str, Any]:
    item = {
        "name": "stamp",
        "media_type": kind.value,
        "size": len(data),
        "digest": hashlib.sha256(data).hexdigest(),
        "data": b64(data),
    }
    return changed(name, "header", attachments=[item])


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_only_messages_about_facts_carry_attachments_of_kinds_that_fit_their_level(
    name: str,
) -> None:
    kind = CATALOGUE[name]
    if kind.control:
        return
    level = DataLevel(sample(name)["header"]["data_level"])
    for media, data in dict(CLEAN).items():
        if kind.attachments and media in MEDIA_OF_LEVEL[level]:
            read_document(attached(name, media, data))
        else:
            with pytest.raises(InvalidInput) as caught:
                read_document(attached(name, media, data))
            assert caught.value.field.startswith("header.attachments")


def test_a_picture_with_a_position_is_refused_in_a_message_by_field_and_rule() -> None:
    with pytest.raises(InvalidInput) as caught:
        read_document(attached("warning.notice", *LOCATED[0]))
    assert caught.value.field == "header.attachments.0.data"
    assert "without metadata" in caught.value.message
