"""From the text of one cell to one value of a message: dates, numbers, codes, texts.

Contract: pure; returns the value or raises `CellError` with rule and remedy. Nothing is guessed:
a form that is not declared is refused, and what is tidied in a text was declared in the mapping.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Literal

from relec_exchange.importing.problems import CellError
from relec_exchange.message.codes import citizenships, countries, nearest

CodeForm = Literal["alpha2", "alpha3"]
Tidy = Literal["spaces", "invisible", "markup"]

# Whole numbers in any script's digits; figures from spreadsheets often end in ".0".
_WHOLE = re.compile(r"(\d{1,15})(?:\.0{1,6})?")
_DECIMAL = re.compile(r"-?[0-9]{1,3}(?:\.[0-9]{1,20})?")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>")
_BLANKS = re.compile(r"\s+")
# Zero-width joiner and non-joiner belong to the spelling of Persian, Urdu and Bengali words.
_SPELLING = frozenset("\u200c\u200d")
# Control, format, private, unassigned, surrogate; separators of lines and paragraphs.
_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"})
# In words, for the remedies: the declared forms of dates and months.
FORMS: Mapping[str, str] = {
    "%Y-%m-%d": "YYYY-MM-DD",
    "%d.%m.%Y": "DD.MM.YYYY",
    "%d/%m/%Y": "DD/MM/YYYY",
    "%m/%d/%Y": "MM/DD/YYYY",
    "%Y-%m": "YYYY-MM",
    "%m/%Y": "MM/YYYY",
}


def moment(text: str, form: str) -> datetime:
    """The day or month (its first day) that a text in exactly this form names, without zone."""
    try:
        # No zone is meant: the caller makes a day or a month of it.
        value = datetime.strptime(text, form)  # noqa: DTZ007
    except ValueError:
        value = None
    if value is None or value.year < 1000 or value.strftime(form) != text:
        raise CellError(f"must be a date that exists, written {FORMS[form]}", "correct the cell")
    return value


def whole_number(text: str) -> int:
    """A number of 0 or more; `12` and `12.0` are the same."""
    match = _WHOLE.fullmatch(text)
    if match is None:
        raise CellError("must be a whole number of 0 or more", "write digits only, no separators")
    return int(match[1])


def degrees(text: str, limit: int) -> float:
    """A latitude (limit 90) or longitude (limit 180), rounded to two decimals: about 1 km."""
    if _DECIMAL.fullmatch(text) is None or abs(float(text)) > limit:
        raise CellError(
            f"must be degrees from -{limit} to {limit} with a decimal point", "for example 38.74"
        )
    # Adding 0 turns -0.0 into 0.0.
    return round(float(text), 2) + 0.0


def country(text: str, form: CodeForm) -> str:
    """The two-letter code of a country that the file writes with two or three letters."""
    if form == "alpha2":
        return one_of(text, countries(), "a two-letter code of ISO 3166-1")
    by_alpha3 = {entry.alpha3: entry.alpha2 for entry in countries().values()}
    return by_alpha3[one_of(text, by_alpha3, "a three-letter code of ISO 3166-1")]


def citizenship(text: str) -> str:
    """A three-letter code of ISO 3166-1 or one of the codes for unknown (OOO, OOS, UNK, XKX)."""
    return one_of(text, citizenships(), "a three-letter code of ISO 3166-1, OOO, OOS, UNK or XKX")


def one_of(text: str, allowed: Collection[str], what: str) -> str:
    """The text if it is in the list; else an error that names the entry most likely meant."""
    if text in allowed:
        return text
    meant = nearest(text, allowed)
    raise CellError(
        f"must be {what}", f"did you mean {meant}?" if meant else "correct the cell or the mapping"
    )


def code_of(codes: type[StrEnum]) -> Callable[[str], str]:
    """A conversion that takes the codes of one closed list and nothing else."""
    allowed = [code.value for code in codes]
    return partial(one_of, allowed=allowed, what=f"one of {', '.join(allowed)}")


def tidied(text: str, tidy: Collection[Tidy]) -> str:
    """A text with what the mapping declared taken away.

    `markup`: HTML tags; `invisible`: control and format characters that no spelling needs;
    `spaces`: line breaks, no-break and repeated spaces become one space, none at the ends.
    """
    if "markup" in tidy:
        text = _TAG.sub(" ", text)
    if "invisible" in tidy:
        text = "".join(
            character for character in text if character.isspace() or not _unseen(character)
        )
    if "spaces" in tidy:
        text = _BLANKS.sub(" ", text).strip()
    return text


def clean_text(text: str, tidy: Collection[Tidy]) -> str:
    """A tidied text in Unicode NFC, refused if characters are left that a reader cannot see."""
    result = unicodedata.normalize("NFC", tidied(text, tidy))
    if any(_unseen(character) for character in result):
        raise CellError(
            "must not hold line breaks, control or invisible characters",
            'remove them, or add "spaces" and "invisible" to tidy in the mapping',
        )
    return result


def _unseen(character: str) -> bool:
    return unicodedata.category(character) in _UNSEEN and character not in _SPELLING
