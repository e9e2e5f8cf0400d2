"""The code lists of the world: tables with source and version, checks that help with a slip.

Contract: a table is read from the package on first use, never on import. The head of each file
under `data/` names source, version, date and licence. A code is checked exactly as written; what
is not in its list raises `InvalidInput`, which names the rule, the likeliest code and an example.
"""

from __future__ import annotations

import csv
import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Final

from relec_exchange.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class CodeTable:
    """One code list: its name here, its title, where it comes from, and name by code."""

    name: str
    title: str
    source: str
    version: str
    example: str
    entries: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _File:
    title: str
    file: str
    column: str
    example: str


_FILES: Final[Mapping[str, _File]] = MappingProxyType(
    {
        "iso3166-1-alpha-2": _File("ISO 3166-1 alpha-2", "iso3166-1.csv", "alpha2", "TR"),
        "iso3166-1-alpha-3": _File("ISO 3166-1 alpha-3", "iso3166-1.csv", "alpha3", "TUR"),
        "iso3166-2": _File("ISO 3166-2", "iso3166-2.csv", "code", "TR-22"),
        "iso639": _File("ISO 639, as BCP 47 uses it", "iso639.csv", "code", "fa"),
        "iso4217": _File("ISO 4217", "iso4217.csv", "code", "PKR"),
        "iso15924": _File("ISO 15924", "iso15924.csv", "code", "Arab"),
        "icao9303-issuers": _File(
            "ICAO Doc 9303 part 3 beyond ISO 3166-1", "icao9303-issuers.csv", "code", "UNO"
        ),
        "icao9303-documents": _File(
            "the document codes of ICAO Doc 9303", "icao9303-documents.csv", "code", "P"
        ),
    }
)
NAMES: Final = tuple(_FILES)

# What people write where another code is meant, and similarity would not find it: longer codes
# of ISO 639-2 for languages that BCP 47 writes with two letters, and codes out of use.
_MEANT: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "iso3166-1-alpha-2": {"uk": "GB", "el": "GR"},
        "iso3166-1-alpha-3": {"ger": "DEU", "d": "DEU", "uk": "GBR", "tr": "TUR"},
        "iso639": {
            "ara": "ar",
            "ben": "bn",
            "eng": "en",
            "fas": "fa",
            "kur": "ku",
            "per": "fa",
            "pus": "ps",
            "tur": "tr",
            "urd": "ur",
        },
        "iso4217": {"afa": "AFN", "irt": "IRR", "toman": "IRR", "tl": "TRY", "trl": "TRY"},
        "iso15924": {"aran": "Arab", "persian": "Arab", "urdu": "Arab", "bangla": "Beng"},
    }
)

# Longer than any code: what a stranger sends must not cost a long search.
_SLIP_MAX: Final = 64


@cache
def table(name: str) -> CodeTable:
    """The code list of that name, one of `NAMES`; another name raises `InvalidInput`."""
    if name not in _FILES:
        raise InvalidInput(
            "there is no code list of this name",
            field="name",
            remedy=f"the code lists are {', '.join(NAMES)}",
        )
    form = _FILES[name]
    head, rows = read_rows(form.file)
    return CodeTable(
        name=name,
        title=form.title,
        source=head["Source"],
        version=head["Version"],
        example=form.example,
        entries=MappingProxyType({row[form.column]: row["name"] for row in rows}),
    )


def read_rows(file: str) -> tuple[dict[str, str], list[dict[str, str]]]:
    """Head (`Source`, `Version`, `Date`, `Licence`, ...) and rows of one file under `data/`."""
    lines = resources.files(__package__).joinpath("data", file).read_text("utf-8").splitlines()
    comments = [line[2:] for line in lines if line.startswith("# ")]
    head = dict(comment.split(": ", 1) for comment in comments if ": " in comment)
    return head, list(csv.DictReader(line for line in lines if not line.startswith("#")))


def check(name: str, code: str, *, field: str) -> str:
    """Return a code of the list or raise `InvalidInput` with rule, nearest code and example."""
    codes = table(name)
    if code in codes.entries:
        return code
    meant = nearest(code, codes)
    guess = f"did you mean {meant} ({codes.entries[meant]})? " if meant else ""
    raise InvalidInput(
        f"{field} is not a code of {codes.title}",
        field=field,
        remedy=f"{guess}A code is written as in {codes.example} ({codes.entries[codes.example]}).",
    )


def nearest(code: str, table: CodeTable | Iterable[str]) -> str | None:
    """The entry of a code list that a mistyped code most likely meant, or None.

    Of a whole table also by the name of the entry, and by codes that went out of use.
    """
    folded = code.strip().casefold()[:_SLIP_MAX]
    if isinstance(table, CodeTable):
        return _known(folded, table) or nearest(code, table.entries)
    by_folded = {entry.casefold(): entry for entry in table}
    if folded in by_folded:
        return by_folded[folded]
    # Two letters swapped is the commonest slip, and similarity alone does not find it.
    swapped = [entry for entry in by_folded if sorted(entry) == sorted(folded)]
    close = swapped or difflib.get_close_matches(folded, by_folded, n=64, cutoff=0.6)
    likely = min(close, key=lambda entry: _unlike(entry, folded), default=None)
    return by_folded[likely] if likely else None


def _unlike(entry: str, folded: str) -> tuple[bool, bool]:
    """The first letter is seldom wrong, and letters are more often wrong than missing."""
    return entry[:1] != folded[:1], len(entry) != len(folded)


def _known(folded: str, codes: CodeTable) -> str | None:
    meant = _MEANT.get(codes.name, {}).get(folded)
    if meant:
        return meant
    named = (code for code, name in codes.entries.items() if name.casefold() == folded)
    return next(named, None) if folded else None
