"""Text from strangers made harmless for a terminal and for eyes.

Contract: what comes back holds no control character, no start of an escape sequence and nothing
that changes the order of its neighbours; each stands as `<U+XXXX>`. The letters of all scripts
stay, also the two joiners that Persian, Urdu and Bengali are written with.
"""

from __future__ import annotations

import unicodedata

# Other, separators of lines and paragraphs: control, format, surrogate, private, unassigned.
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_JOINERS = "\u200c\u200d"
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
_ISOLATE, _END = "\u2068", "\u2069"


def safe(value: object, *, lines: bool = False) -> str:
    """The text of a value as it may be printed; line feeds stay only with `lines`."""
    text = "" if value is None else str(value)
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character, lines) for character in text)


def isolated(text: str) -> str:
    """One line of safe text, kept to itself where it runs from right to left.

    Without that, two such texts in one line change places, and numbers beside them too (Unicode
    Annex 9). Other text comes back as it is. Not for what goes through `safe` again.
    """
    if text.isascii() or not any(unicodedata.bidirectional(c) in _RIGHT_TO_LEFT for c in text):
        return text
    return f"{_ISOLATE}{text}{_END}"


def _shown(character: str, lines: bool) -> str:
    if character in _JOINERS or (lines and character == "\n"):
        return character
    if unicodedata.category(character) in _UNSAFE:
        return f"<U+{ord(character):04X}>"
    return character
