"""Reasons that go into a log: one word, so that no sentence about a person ever does."""

from __future__ import annotations

import re
from typing import Final

from relec_exchange.cli.words import words
from relec_exchange.errors import InvalidInput

_WORD: Final = re.compile(r"[a-z][a-z0-9._-]{0,63}")


def check_reason(text: str) -> str:
    """The reason, or `InvalidInput` that says what one looks like."""
    if _WORD.fullmatch(text) is None:
        raise InvalidInput(
            words("a reason is one word of a-z, 0-9, dot, hyphen and underscore, a letter first"),
            field="reason",
            remedy=words("for example inspection, complaint-2026-7 or resolved-by-telephone"),
        )
    return text
