"""Which codes a word may mean: by code, by name, by the beginning of a name, by likeness.

Contract: pure. `exact` answers only where one code alone can be meant; `likely` proposes and
leaves the choice to a person.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from relec_exchange.forms.tables import CodeTable, nearest, read_rows

_BREAK: Final = re.compile(r"[\s()\-]+")
_WORD_MAX: Final = 64
_LIKE: Final = 0.6
# Names that states had, or are called by every day, where likeness would not find them.
_USUAL: Final[Mapping[str, str]] = MappingProxyType(
    {"turkey": "TUR", "britain": "GBR", "uk": "GBR", "uae": "ARE", "d": "DEU"}
)


def exact(text: str, entries: Mapping[str, str]) -> str | None:
    """The code that a text is in small letters, or the name of; None where it is neither.

    Where codes have three letters, also a two-letter code of ISO 3166-1, and the other way round.
    """
    word = folded(text)
    by_code = next((code for code in entries if code.casefold() == word), None)
    if by_code:
        return by_code
    other = _other_length().get(word)
    if other in entries:
        return other
    named = [code for code, name in entries.items() if word in _BREAK.split(folded(name))]
    whole = [code for code, name in entries.items() if folded(name) == word]
    # A whole name that is a part of another one, as Congo is, may mean either.
    return whole[0] if whole and len({*whole, *named}) == 1 else None


def likely(text: str, entries: CodeTable | Mapping[str, str], most: int = 5) -> tuple[str, ...]:
    """The codes that a text may mean, likeliest first, at most `most`."""
    names = entries.entries if isinstance(entries, CodeTable) else entries
    found = dict.fromkeys(code for code in _ways(text, entries, names) if code in names)
    return tuple(found)[:most]


def _ways(
    text: str, entries: CodeTable | Mapping[str, str], names: Mapping[str, str]
) -> Iterator[str]:
    word = folded(text)
    if not word:
        return
    yield exact(text, names) or ""
    usual = _USUAL.get(word, "")
    yield from (usual, _other_length().get(usual.casefold(), ""))
    by_meaning, by_letters = nearest(text, entries), nearest(text, names)
    if by_meaning != by_letters:
        yield by_meaning or ""
    by_name = {code: folded(name) for code, name in names.items()}
    named = [code for code, name in by_name.items() if name.startswith(word)]
    if len(word) > 2:
        named += [code for code, name in by_name.items() if f" {word}" in name]
    yield from named
    if not named or len(word) <= max(map(len, names), default=0):
        yield by_letters or ""
    close = [] if named else difflib.get_close_matches(word, by_name.values(), n=3, cutoff=_LIKE)
    yield from (code for name in close for code, other in by_name.items() if other == name)


def folded(text: str) -> str:
    """Small letters without accents, blanks at the ends left out."""
    spread = unicodedata.normalize("NFKD", text.strip()[:_WORD_MAX]).casefold()
    return "".join(sign for sign in spread if unicodedata.category(sign) != "Mn")


@cache
def _other_length() -> Mapping[str, str]:
    """The code of three letters by that of two, and that of two by that of three."""
    _, rows = read_rows("iso3166-1.csv")
    longer = {row["alpha2"].casefold(): row["alpha3"] for row in rows}
    return MappingProxyType(longer | {row["alpha3"].casefold(): row["alpha2"] for row in rows})
