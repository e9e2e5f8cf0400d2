"""What an attachment may be: kinds of files, by level of data, checked against their first bytes.

Contract: `check_file` raises `InvalidInput` that says what is wrong and what to do. A picture that
tells where it was made is refused: the position would be that of persons or of a colleague. What
a picture shows, and what a PDF carries inside, no rule here can see.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from relec_exchange.errors import InvalidInput
from relec_exchange.message.codes import DataLevel
from relec_exchange.message.pictures import JPEG_MAGIC, PNG_MAGIC, check_jpeg, check_png


class MediaType(StrEnum):
    """The kinds of files that a message may carry."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    PDF = "application/pdf"
    PLAIN = "text/plain"
    CSV = "text/csv"


# With figures goes no photograph; what is sealed to a unit keeps everything in its body.
MEDIA_OF_LEVEL: Final[Mapping[DataLevel, frozenset[MediaType]]] = MappingProxyType(
    {
        DataLevel.NONE: frozenset(),
        DataLevel.AGGREGATE: frozenset(MediaType) - {MediaType.JPEG},
        DataLevel.NON_NOMINAL: frozenset(MediaType),
        DataLevel.NOMINAL: frozenset(MediaType),
        DataLevel.NOMINAL_SENSITIVE: frozenset(),
    }
)

_MAGIC: Final[Mapping[MediaType, bytes]] = MappingProxyType(
    {MediaType.JPEG: JPEG_MAGIC, MediaType.PNG: PNG_MAGIC, MediaType.PDF: b"%PDF-"}
)
# Tabs and line breaks are what a text file may have below the space.
_NOT_TEXT: Final = frozenset(range(0x20)) - {0x09, 0x0A, 0x0D} | {0x7F}


def _check_text(data: bytes) -> None:
    try:
        data.decode()
    except UnicodeDecodeError:
        raise InvalidInput(
            "this file is not text in UTF-8", field="data", remedy="save it as UTF-8"
        ) from None
    if not _NOT_TEXT.isdisjoint(data):
        raise InvalidInput(
            "this file has control characters, which a text has not",
            field="data",
            remedy="send it as what it is, or save it as plain text",
        )


_CHECKS: Final[Mapping[MediaType, Callable[[bytes], None]]] = MappingProxyType(
    {
        MediaType.JPEG: check_jpeg,
        MediaType.PNG: check_png,
        MediaType.PLAIN: _check_text,
        MediaType.CSV: _check_text,
    }
)


def media_type_of(data: bytes) -> MediaType | None:
    """The kind of file that begins so; None for text, which begins as it likes."""
    return next((kind for kind, magic in _MAGIC.items() if data.startswith(magic)), None)


def check_file(media_type: MediaType, data: bytes) -> None:
    """Refuse bytes that are not what they are said to be, or tell more than they should."""
    if not data.startswith(_MAGIC.get(media_type, b"")):
        seen = media_type_of(data)
        raise InvalidInput(
            f"this file does not begin as {media_type} does",
            field="media_type",
            remedy=f"say {seen}" if seen else f"send one of {', '.join(MediaType)}",
        )
    if media_type in _CHECKS:
        _CHECKS[media_type](data)
