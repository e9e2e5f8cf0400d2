"""What is wrong with a file, as a list a person can work off: line, field, rule, value, remedy.

Contract: a problem never stops the reading of other rows and fields. The value is shown short
and harmless: what a terminal would obey or hide is written as U+XXXX.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

SHOWN_MAX_CHARACTERS = 60
_HARMLESS_SPACE = " "


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault. `line` is the physical line where the row begins, from 1; 0 is the whole file.

    `field` is the column of the file where there is one, else the field of the message.
    """

    line: int
    field: str
    rule: str
    value: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        value = f" (is: {self.value})" if self.value else ""
        remedy = f"; {self.remedy}" if self.remedy else ""
        return f"line {self.line}: {self.field}: {self.rule}{value}{remedy}"


class CellError(ValueError):
    """A cell breaks a rule. Caught where line and column are known, and made a `Problem`."""

    def __init__(self, rule: str, remedy: str = "") -> None:
        super().__init__(rule)
        self.rule = rule
        self.remedy = remedy


def problem(line: int, field: str, error: CellError, value: str) -> Problem:
    """The problem that a cell error is, with its value shown safely."""
    return Problem(line, field, error.rule, shown(value), error.remedy)


def shown(value: str) -> str:
    """A value for eyes: at most 60 characters; controls, format and odd spaces as U+XXXX."""
    cut = value if len(value) <= SHOWN_MAX_CHARACTERS else value[: SHOWN_MAX_CHARACTERS - 1] + "…"
    return "".join(_visible(character) for character in cut)


def _visible(character: str) -> str:
    # C: control, format, surrogate, private, unassigned. Z: separators.
    if character == _HARMLESS_SPACE or unicodedata.category(character)[0] not in "CZ":
        return character
    return f"<U+{ord(character):04X}>"
