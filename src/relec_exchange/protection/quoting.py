"""Texts told again: passages of what was received, found inside a new message.

Contract: pure; keeps nothing of a text. A text is compared by its consonants and digits in Latin
letters, so that spelling, spaces, marks and the script make no difference; vowels are left out
because Arabic script leaves them out. `PASSAGE` of them in a row, eight to twelve words, are found
for sure; fewer are no quotation. Words that were changed are not found. A file is compared whole.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from relec_exchange.forms.transliteration import transliterate
from relec_exchange.message.document import Message
from relec_exchange.message.header import Header
from relec_exchange.protection.memory import once
from relec_exchange.protection.reading import revealed_in
from relec_exchange.protection.walking import texts

WINDOW: Final = 16
STEP: Final = 2
"""Of a text that was received, every second window is remembered."""

PASSAGE: Final = WINDOW + STEP - 1

_DIGEST_HEX: Final = 16
# Vowels, what Arabic writes with the letters of vowels, and letters that are said or written alike.
_SOUNDS: Final = str.maketrans("qxcgj", "kkkkk", "aeiouwvyh")
_SOUND: Final = re.compile(r"[^bdfk-np-tz0-9]+")
_DOUBLE: Final = re.compile(r"(.)\1+")


def sounds(text: str) -> str:
    """The consonants and digits of a text in a row, none twice in succession."""
    return _DOUBLE.sub(r"\1", _SOUND.sub("", transliterate(text).translate(_SOUNDS)))


def told(message: Message) -> tuple[str, ...]:
    """The sounds of everything that a message says: all texts in a row, then what each hides."""
    return once("sounds", id(message), lambda: tuple(_told(message)))


def said(message: Message, paths: Collection[str]) -> str:
    """The sounds of the texts below these paths, and of all files if that is the whole body."""
    below = tuple(f"{path}." for path in paths)
    if "body" in paths:
        below = (*below, "header.attachments.")
    return sounds(" ".join(t.value for t in texts(message) if t.path.startswith(below)))


def remembered_of(sound: str) -> Iterator[str]:
    """The windows by which a text is found again."""
    for at in range(0, len(sound) - WINDOW + 1, STEP):
        yield sound[at : at + WINDOW]


def files(message: Message, paths: Collection[str] = ("body",)) -> tuple[str, ...]:
    """The digests of the attached files, whatever they are called here, if the whole body is
    among the paths.
    """
    header = message.header
    if "body" not in paths or not isinstance(header, Header):
        return ()
    return tuple(one.digest for one in header.attachments)


def windows(message: Message) -> Iterator[str]:
    """Every window of a message, with repetitions, and the digests of its files."""
    yield from files(message)
    for sound in told(message):
        for at in range(len(sound) - WINDOW + 1):
            yield sound[at : at + WINDOW]


def digest(window: str) -> str:
    """A window as facts hold it: the first 64 bits of its SHA-256, in hex."""
    return hashlib.sha256(window.encode()).hexdigest()[:_DIGEST_HEX]


def quotes(message: Message, runs: Collection[str]) -> bool:
    """Whether one of these passages stands in the message."""
    wanted = frozenset(runs)
    return bool(wanted) and any(digest(window) in wanted for window in windows(message))


def runs_of(values: Iterable[str]) -> tuple[str, ...]:
    """The digests of all passages of these texts, in order."""
    return tuple(dict.fromkeys(map(digest, remembered_of(sounds(" ".join(values))))))


def _told(message: Message) -> Iterator[str]:
    found = texts(message)
    yield sounds(" ".join(text.value for text in found))
    for text in found:
        for reading in revealed_in(text.value)[1:]:
            yield sounds(reading)
