"""The language of this terminal's user, and the texts of the commands in it."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache

from relec_exchange.texts import translator

_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


@cache
def _translate() -> Callable[[str], str]:
    chosen = next((os.environ[name] for name in _VARIABLES if os.environ.get(name)), "en")
    return translator(chosen.partition(".")[0].partition("@")[0])


def words(text: str, **values: object) -> str:
    """A text in the user's language, with `{name}` places filled in."""
    translated = _translate()(text)
    return translated.format(**values) if values else translated
