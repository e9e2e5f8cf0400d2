"""`--attach FILE`: a file as it stands in the header of a message.

Contract: the kind of file is told by its first bytes, never by its name; what is wrong with it is
told by the message's own rules when it is composed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from relec_exchange.errors import InvalidInput
from relec_exchange.message.attachments import MediaType, media_type_of
from relec_exchange.message.constants import LIMITS
from relec_exchange.message.encoding import b64


def attachments(files: Iterable[Path]) -> list[dict[str, Any]]:
    """The files as `header.attachments`: name, media type, size, digest and bytes."""
    return [_attachment(file) for file in files]


def _attachment(file: Path) -> dict[str, Any]:
    with file.open("rb") as opened:
        data = opened.read(LIMITS.attachments_max_bytes + 1)
    if len(data) > LIMITS.attachments_max_bytes:
        raise InvalidInput(
            f"{file.name} is larger than {LIMITS.attachments_max_bytes} bytes",
            field="attach",
            remedy="make it smaller: all files of a message together have 128 KiB",
        )
    return {
        "name": file.name,
        "media_type": _media_type(file, data),
        "size": len(data),
        "digest": hashlib.sha256(data).hexdigest(),
        "data": b64(data),
    }


def _media_type(file: Path, data: bytes) -> MediaType:
    known = media_type_of(data)
    if known is not None:
        return known
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidInput(
            f"{file.name} is of no kind that a message carries",
            field="attach",
            remedy="send JPEG, PNG, PDF, or text or CSV in UTF-8",
        ) from None
    return MediaType.CSV if file.suffix.lower() == ".csv" else MediaType.PLAIN
