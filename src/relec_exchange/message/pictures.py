"""Walks the parts of JPEG and PNG files: are they whole, and do they tell where they were made?

Contract: pure functions over bytes of at most an attachment's size; `InvalidInput` says what is
wrong and what to do, never what stands in the file. Sources: ITU-T T.81 (markers), EXIF 2.32 and
TIFF 6.0 (tag 34853 points to the position), the PNG specification (third edition), XMP part 3.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Final, Literal

from relec_exchange.errors import InvalidInput

JPEG_MAGIC: Final = b"\xff\xd8\xff"
PNG_MAGIC: Final = b"\x89PNG\r\n\x1a\n"

_REMEDY: Final = "save the picture again without metadata, or send a screenshot of it"
_GPS_POINTER: Final = 0x8825
_EXIF: Final = b"Exif\x00"
_TAGS_MAX: Final = 512
_DIRECTORIES_MAX: Final = 16
_TEXT_MAX: Final = 64 * 1024
# How the position is called where metadata is text: XMP, and profiles that programs write in hex.
_WORDS: Final = (b"gpslatitude", b"gpslongitude", b"geo:lat", b"raw profile type")

# Markers that stand alone: fillers of entropy-coded data, restarts, begin of image.
_ALONE: Final = frozenset({0x01, 0xD8, *range(0xD0, 0xD8)})
_END_OF_IMAGE: Final = 0xD9
_START_OF_SCAN: Final = 0xDA


def check_jpeg(data: bytes) -> None:
    """Refuse a JPEG that is not whole, carries something behind its end, or tells a position."""
    for marker, content in _segments(data):
        is_exif = marker == 0xE1 and content.startswith(_EXIF)
        if (is_exif and _has_position(content[6:])) or _names_position(content):
            raise _located("JPEG")


def check_png(data: bytes) -> None:
    """Refuse a PNG that is not whole, carries something behind its end, or tells a position."""
    for kind, content in _chunks(data):
        if kind == b"eXIf" and _has_position(content.removeprefix(b"Exif\x00\x00")):
            raise _located("PNG")
        if kind in {b"tEXt", b"zTXt", b"iTXt"} and _names_position(_plain(kind, content)):
            raise _located("PNG")


def _located(kind: str) -> InvalidInput:
    return InvalidInput(
        f"this {kind} tells where it was made: a position in its metadata, or metadata in which"
        " one cannot be ruled out",
        field="data",
        remedy=_REMEDY,
    )


def _broken(kind: str) -> InvalidInput:
    return InvalidInput(
        f"this {kind} is damaged or carries something behind its end",
        field="data",
        remedy="open the picture and save it again",
    )


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and content of each segment; the coded picture itself is passed over."""
    at = 2
    while True:
        marker, at = _marker(data, at)
        if marker == _END_OF_IMAGE:
            if at != len(data):
                raise _broken("JPEG")
            return
        if marker in _ALONE:
            continue
        size = int.from_bytes(data[at : at + 2], "big")
        if size < 2 or at + size > len(data):
            raise _broken("JPEG")
        yield marker, data[at + 2 : at + size]
        at += size
        if marker == _START_OF_SCAN:
            at = _behind_scan(data, at)


def _marker(data: bytes, at: int) -> tuple[int, int]:
    """The marker here and the place behind it. Any number of 0xFF may stand before it."""
    if data[at : at + 1] != b"\xff":
        raise _broken("JPEG")
    while data[at : at + 1] == b"\xff":
        at += 1
    if at >= len(data) or data[at] == 0:
        raise _broken("JPEG")
    return data[at], at + 1


def _behind_scan(data: bytes, at: int) -> int:
    """The place of the next marker that is not part of the entropy-coded data."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            raise _broken("JPEG")
        if data[at + 1] not in {0x00, *range(0xD0, 0xD8)}:
            return at
        at += 2


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Type and content of each chunk, of which the last is IEND."""
    at = len(PNG_MAGIC)
    while True:
        size = int.from_bytes(data[at : at + 4], "big")
        kind, end = data[at + 4 : at + 8], at + 12 + size
        if len(kind) != 4 or end > len(data):
            raise _broken("PNG")
        yield kind, data[at + 8 : at + 8 + size]
        at = end
        if kind == b"IEND":
            if at != len(data):
                raise _broken("PNG")
            return


def _has_position(tiff: bytes) -> bool:
    """Whether a TIFF directory of this metadata points to a position, or cannot be read."""
    orders: dict[bytes, Literal["little", "big"]] = {b"II*\x00": "little", b"MM\x00*": "big"}
    order = orders.get(tiff[:4])
    if order is None:
        return True
    seen: set[int] = set()
    at = int.from_bytes(tiff[4:8], order)
    while at and at not in seen:
        seen.add(at)
        if len(seen) > _DIRECTORIES_MAX:
            return True
        count = int.from_bytes(tiff[at : at + 2], order)
        end = at + 2 + 12 * count
        if count > _TAGS_MAX or end + 4 > len(tiff):
            return True
        tags = (int.from_bytes(tiff[n : n + 2], order) for n in range(at + 2, end, 12))
        if _GPS_POINTER in tags:
            return True
        at = int.from_bytes(tiff[end : end + 4], order)
    return False


def _names_position(text: bytes) -> bool:
    # UTF-16 and UTF-32 have zeros between the letters.
    folded = text.replace(b"\x00", b"").lower()
    return any(word in folded for word in _WORDS)


def _plain(kind: bytes, content: bytes) -> bytes:
    """Keyword and text of a textual chunk, unpacked as far as a text of a picture may be long."""
    keyword, _, rest = content.partition(b"\x00")
    if kind == b"zTXt":
        return keyword + _unpacked(rest[1:])
    if kind == b"iTXt" and rest[:1] == b"\x01":
        _, _, translated = rest[2:].partition(b"\x00")
        return keyword + _unpacked(translated.partition(b"\x00")[2])
    return content


def _unpacked(packed: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(packed, _TEXT_MAX)
    except zlib.error:
        raise _broken("PNG") from None
    if unpacker.unconsumed_tail or not unpacker.eof:
        raise _located("PNG")
    return text
