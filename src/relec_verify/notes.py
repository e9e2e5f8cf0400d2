"""Signed notes (C2SP signed-note) and the three lines of a checkpoint, taken apart.

Nothing here is believed yet: signatures are checked in `keys`. Prevents: a text that ends elsewhere
for one reader than for another, hidden characters, and a checkpoint with lines that nobody signed.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import NoReturn

from relec_verify.encodings import unb64
from relec_verify.refused import Refused

NOTE_MAX = 131_072
LINES_MAX = 16
COSIGNED_LINES_MAX = 64  # two of the log, and two of each witness
SIZE_MAX = 2**63 - 1
_CONTROL = re.compile(rb"[\x00-\x09\x0b-\x1f]")
_DASH = "— "


@dataclass(frozen=True)
class Line:
    """A signature line, unchecked."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True)
class Note:
    """A text and the lines under it, unchecked."""

    text: bytes
    lines: tuple[Line, ...]


def split_note(data: bytes, most: int = LINES_MAX) -> Note:
    """Take a note of at most so many lines apart, without believing it (`proof-malformed`)."""
    if len(data) > NOTE_MAX or _CONTROL.search(data):
        _malformed("too long, or with control characters")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        _malformed("not UTF-8")
    border = data.rfind(b"\n\n")
    if border < 0 or not data.endswith(b"\n") or border + 2 == len(data):
        _malformed("not a text, an empty line and signature lines")
    lines = data[border + 2 : -1].decode("utf-8").split("\n")
    if len(lines) > most:
        _malformed(f"more than {most} signature lines")
    return Note(data[: border + 1], tuple(_line(line) for line in lines))


@dataclass(frozen=True)
class Head:
    """Origin, size and root of a log."""

    origin: str
    size: int
    root: bytes


def read_head(text: bytes) -> Head:
    """The three lines of a checkpoint, and no more (`proof-malformed`)."""
    lines = text.decode("utf-8").split("\n")
    if len(lines) != 4 or lines[3] or re.fullmatch(r"0|[1-9][0-9]{0,18}", lines[1]) is None:
        _malformed("a checkpoint is origin, size and root")
    root = unb64(lines[2], "proof-malformed")
    if len(root) != 32 or int(lines[1]) > SIZE_MAX or not lines[0]:
        _malformed("a checkpoint is origin, size and root")
    if int(lines[1]) == 0 and root != hashlib.sha256(b"").digest():
        _malformed("the empty tree has another root")
    return Head(lines[0], int(lines[1]), root)


def is_key_name(name: str) -> bool:
    """Not empty, without plus, space or control character."""
    bad = any(c == "+" or c.isspace() or unicodedata.category(c) == "Cc" for c in name)
    return bool(name) and not bad


def _line(line: str) -> Line:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space or not is_key_name(name):
        _malformed("a signature line is a dash, a key name and base64")
    blob = unb64(encoded, "proof-malformed")
    if len(blob) <= 4:
        _malformed("a signature is more than its key id")
    return Line(name, blob[:4], blob[4:])


def _malformed(detail: str) -> NoReturn:
    raise Refused("proof-malformed", detail)
