"""Texts that an officer reads, in the officer's language.

Contract: the English text is the key; a text or language without a translation stays English.
Catalogues are `locale/<language>/LC_MESSAGES/relec.mo` in the package, read when asked for.
"""

from __future__ import annotations

import gettext
import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Final

DOMAIN: Final = "relec"
DIRECTORY: Final = Path(__file__).parent / "locale"

# A language becomes part of a path, so it may be nothing but subtags.
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8}){0,3}")


def translator(language: str, directory: Path = DIRECTORY) -> Callable[[str], str]:
    """A function from English text to the text in a language (BCP 47, as `tr` or `fa-AF`).

    Any file problem means English: no text is ever missing because of a catalogue.
    """
    if _LANGUAGE.fullmatch(language) is None:
        return _english
    try:
        found = gettext.translation(DOMAIN, directory, [language.replace("-", "_")])
    except (OSError, UnicodeError, ValueError, struct.error):
        return _english
    # gettext keeps its own metadata under the empty text.
    return lambda message: found.gettext(message) if message else message


def _english(message: str) -> str:
    return message
