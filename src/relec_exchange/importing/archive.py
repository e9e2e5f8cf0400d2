"""Whether the bytes of a file are a workbook that may be opened: kind, sizes, and harmless XML.

Contract: looks before anything is unpacked, and unpacks within bounds. A workbook is a ZIP of XML
parts; every part is read once by a parser that refuses document types, so that no entity of a
hostile file is ever expanded by the library that reads the cells afterwards.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final
from xml.parsers import expat

from relec_exchange.errors import InvalidInput
from relec_exchange.importing.rows import ImportLimits

_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_CHUNK: Final = 64 * 1024
_DEPTH_MAX: Final = 64
_SAVE_AS: Final = "open it and save it as an Excel workbook (.xlsx) or as CSV UTF-8"
_XML_ENDINGS: Final = (".xml", ".rels", ".vml")


def is_workbook(data: bytes) -> bool:
    """Whether these bytes are no text table; `open_workbook` then says whether they can be read."""
    return data.startswith((_ZIP, _OLE))


def open_archive(data: bytes, limits: ImportLimits) -> zipfile.ZipFile:
    """The ZIP of a workbook whose parts are bounded and whose XML is harmless, or `InvalidInput`.

    An old binary workbook, one protected by a password, an OpenDocument sheet and a binary
    workbook of Excel are recognised and told apart, for each has its own remedy.
    """
    if data.startswith(_OLE):
        raise _refused(
            "the file is an old .xls workbook, or a workbook protected by a password",
            f"{_SAVE_AS}, without a password",
        )
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise _refused("the file begins like a workbook and cannot be opened", _SAVE_AS) from None
    _check_sizes(archive, limits)
    _check_kind(archive)
    for part in archive.infolist():
        if PurePosixPath(part.filename).suffix.lower() in _XML_ENDINGS:
            check_xml(chunks(archive, part))
    return archive


def chunks(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """The content of one part, unpacked piece by piece and never beyond its declared size."""
    try:
        with archive.open(part) as stream:
            while piece := stream.read(_CHUNK):
                yield piece
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError):
        raise _refused("a part of the workbook is damaged or encrypted", _SAVE_AS) from None


def check_xml(pieces: Iterator[bytes]) -> None:
    """Read XML through and refuse a document type, great depth, and what is not well-formed."""
    parser = expat.ParserCreate()
    depth = 0

    def enter(_name: str, _attributes: object) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEPTH_MAX:
            raise _refused("the workbook is nested too deeply", _SAVE_AS)

    def leave(_name: str) -> None:
        nonlocal depth
        depth -= 1

    parser.StartDoctypeDeclHandler = _no_document_type
    parser.StartElementHandler = enter
    parser.EndElementHandler = leave
    try:
        for piece in pieces:
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, ValueError):
        raise _refused("the workbook holds XML that is not well-formed", _SAVE_AS) from None


def _no_document_type(*_named: object) -> None:
    raise _refused("the workbook holds an XML document type, which no sheet needs", _SAVE_AS)


def _check_sizes(archive: zipfile.ZipFile, limits: ImportLimits) -> None:
    parts = archive.infolist()
    total = sum(part.file_size for part in parts)
    if len(parts) > limits.parts_max or total > limits.unpacked_max_bytes:
        raise _refused(
            f"the workbook unpacks to {len(parts):,} parts with {total:,} bytes; at most "
            f"{limits.parts_max:,} parts with {limits.unpacked_max_bytes:,} bytes are read",
            "keep the sheet alone, or save it as CSV UTF-8",
        )
    if len({part.filename for part in parts}) != len(parts):
        raise _refused("two parts of the workbook have the same name", _SAVE_AS)


def _check_kind(archive: zipfile.ZipFile) -> None:
    names = set(archive.namelist())
    if "xl/workbook.bin" in names:
        raise _refused("the file is a binary workbook (.xlsb)", _SAVE_AS)
    if "content.xml" in names:
        raise _refused("the file is an OpenDocument sheet (.ods)", _SAVE_AS)
    if "xl/workbook.xml" not in names:
        raise _refused("the file is a ZIP archive and no workbook", _SAVE_AS)


def _refused(message: str, remedy: str) -> InvalidInput:
    return InvalidInput(message, field="file", remedy=remedy)
