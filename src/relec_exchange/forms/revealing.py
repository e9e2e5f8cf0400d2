"""A text and what it hides: everything that a simple decoding brings to light.

Contract: pure and bounded; the text itself comes first. Decoded are compatible forms and invisible
signs, entities of HTML, percent signs, quoted-printable, escapes as `\\u0041`, base64, base32 and
hexadecimal fragments, and ROT13; each again, up to `DEPTH` times. A fragment counts only if it
decodes to readable text; fragments of one kind in one text come out together, a line each. At most
`TEXTS_MAX` texts and `GROWTH` times the length come out, and never more than the first `LENGTH_MAX`
signs of a text are decoded; what would be more is left out.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import html
import quopri
import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import unquote

_USUAL: Final = ".,:;@+-/<>()'_=%&#\\"
DEPTH: Final = 3
TEXTS_MAX: Final = 48
GROWTH: Final = 20
LENGTH_MAX: Final = 200_000

_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
_BASE32: Final = re.compile(r"[A-Z2-7]{16,}={0,6}", re.IGNORECASE)
_HEX: Final = re.compile(r"(?:0x)?[0-9A-Fa-f]{2}(?:[ :,-]?[0-9A-Fa-f]{2}){5,}")
# Encoded text is often broken into lines of one length.
_BROKEN: Final = re.compile(r"(?<=[A-Za-z0-9+/_-]{16})\r?\n(?=[A-Za-z0-9+/_=-])")
_ESCAPE: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2}))")
_QUOTED: Final = re.compile(r"=[0-9A-Fa-f]{2}")
_PERCENT: Final = re.compile(r"%[0-9A-Fa-f]{2}")
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_TURNED: Final = str.maketrans(_LETTERS, codecs.encode(_LETTERS, "rot13"))
_ENTITY: Final = re.compile(r"&(?:#x?[0-9A-Fa-f]{1,8}|[A-Za-z]{2,20});")


def revealed(text: str) -> tuple[str, ...]:
    """The text and every text that it hides, each once, the text itself first."""
    found: dict[str, None] = {text: None}
    room = GROWTH * len(text) + 1_000
    layer = [text]
    for _ in range(DEPTH):
        below: list[str] = []
        for outer in layer:
            for inner in _decoded(outer[:LENGTH_MAX]):
                if inner in found or not inner:
                    continue
                if len(inner) > room or len(found) >= TEXTS_MAX:
                    continue
                room -= len(inner)
                found[inner] = None
                below.append(inner)
        layer = below
    # Last and once: every text has a ROT13, so it would crowd out the others.
    turned = turned_letters(text[:LENGTH_MAX])
    return tuple(found if turned in found else (*found, turned))


def turned_letters(text: str) -> str:
    """The text in ROT13."""
    return text.translate(_TURNED)


def without(text: str, category: str) -> str:
    """The text without the signs of one category of Unicode."""
    if text.isascii():
        # Signs of ASCII that nobody sees are controls, and they stay.
        return text
    # A text has few different signs: looking at each of these once is enough.
    dropped = [sign for sign in set(text) if unicodedata.category(sign) == category]
    return text.translate(dict.fromkeys(map(ord, dropped))) if dropped else text


def _decoded(text: str) -> Iterator[str]:
    yield _visible(text)
    for pattern, decode in _WHOLE:
        if pattern.search(text):
            yield decode(text)
    packed = _BROKEN.sub("", text) if "\n" in text else text
    longest = max(map(len, packed.split()), default=0)
    for pattern, unpack, least in _FRAGMENTS:
        if longest < least:
            continue
        lines = (_readable(unpack, fragment) for fragment in pattern.findall(packed))
        yield "\n".join(line for line in lines if line)


def _visible(text: str) -> str:
    """Compatible forms unified, and without the signs that nobody sees."""
    return text if text.isascii() else without(unicodedata.normalize("NFKC", text), "Cf")


def _readable(unpack: Callable[[str], bytes], fragment: str) -> str:
    """The decoded fragment if it is text: UTF-8, nearly all of it letters, digits or blanks."""
    for skipped in range(4):
        try:
            text = unpack(fragment[skipped:]).decode("utf-8")
        except (ValueError, binascii.Error):
            # A sign set before the fragment must not hide it.
            continue
        plain = sum(sign.isalnum() or sign.isspace() or sign in _USUAL for sign in text)
        if len(text) >= 4 and plain >= 0.9 * len(text) and any(map(str.isalnum, text)):
            return text
    return ""


def _from_base64(fragment: str) -> bytes:
    plain = fragment.rstrip("=").replace("-", "+").replace("_", "/")
    return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)


def _from_base32(fragment: str) -> bytes:
    plain = fragment.rstrip("=").upper()
    return base64.b32decode(plain + "=" * (-len(plain) % 8))


def _from_hex(fragment: str) -> bytes:
    return bytes.fromhex(re.sub(r"0x|[ :,-]", "", fragment))


def _from_quoted(text: str) -> str:
    return quopri.decodestring(text.encode("utf-8", "replace")).decode("utf-8", "replace")


def _from_escapes(text: str) -> str:
    """Two escapes of a pair of UTF-16 are one sign; half a pair is none."""
    units = _ESCAPE.sub(lambda one: chr(int(one[1] or one[2], 16)), text)
    return units.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


_WHOLE: Final[tuple[tuple[re.Pattern[str], Callable[[str], str]], ...]] = (
    (_ENTITY, html.unescape),
    (_PERCENT, unquote),
    (_QUOTED, _from_quoted),
    (_ESCAPE, _from_escapes),
)
# With the least length of the longest piece between blanks that makes it worth a look.
_FRAGMENTS: Final[tuple[tuple[re.Pattern[str], Callable[[str], bytes], int], ...]] = (
    (_BASE64, _from_base64, 12),
    (_BASE32, _from_base32, 16),
    (_HEX, _from_hex, 2),
)
