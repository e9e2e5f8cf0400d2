"""Machine-readable zones of travel documents: read, checked, compared with what was typed.

Contract: `parse_mrz` refuses only what cannot be a zone, `mismatches` tells what contradicts
itself in one, and `compare` what an officer typed differently. Source: ICAO Doc 9303 parts 3 to 7,
eighth edition (2021).

The check digits weigh 7, 3, 1 and count modulo 10. One changed sign goes unnoticed exactly when
both signs have the same value modulo 10 (`<` 0 A K U, 1 B L V, ... 9 J T), and two neighbours
swapped when their values are the same modulo 5. Names, sex, issuer and nationality are under no
check digit, nor is what visas carry after the expiry date.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from relec_exchange.forms.mrz_checks import Mismatch, mismatches
from relec_exchange.forms.mrz_layouts import Layout
from relec_exchange.forms.mrz_reading import FILLER, Mrz, check_digit, parse_mrz
from relec_exchange.forms.names import same_name

__all__ = [
    "PROTECTED_DOCUMENTS",
    "PROTECTED_ISSUERS",
    "STATE_BEHIND",
    "Layout",
    "Mismatch",
    "Mrz",
    "check_digit",
    "compare",
    "mismatches",
    "parse_mrz",
]

# Codes that alone tell that a person is under protection: issuer or nationality of stateless
# persons and refugees (Doc 9303 part 3), and their travel documents (part 4).
PROTECTED_ISSUERS: Final = frozenset({"XXA", "XXB", "XXC"})
PROTECTED_DOCUMENTS: Final = frozenset({"PR", "PS", "PT"})

# The state behind codes that it uses besides its own of ISO 3166-1.
STATE_BEHIND: Final[Mapping[str, str]] = MappingProxyType(
    {"D": "DEU", "RKS": "XKX"} | dict.fromkeys(("GBD", "GBN", "GBO", "GBP", "GBS"), "GBR")
)

# Letters that issuers write in two ways: without their mark, or as Doc 9303 part 3 recommends.
_PLAIN: Final = str.maketrans({"Æ": "AE", "Ø": "O", "Ł": "L", "Đ": "D", "Þ": "TH", "Ð": "D"})
_RECOMMENDED: Final = str.maketrans({"Ä": "AE", "Ö": "OE", "Ü": "UE", "Å": "AA", "Ø": "OE"})
_SEX: Final[Mapping[str, str]] = MappingProxyType({"FEMALE": "F", "MALE": "M"})


def compare(
    mrz: Mrz,
    *,
    number: str | None = None,
    issuer: str | None = None,
    birth: str | None = None,
    sex: str | None = None,
    names: Sequence[str] = (),
) -> tuple[Mismatch, ...]:
    """What was typed and does not fit the zone; what was not typed is not compared.

    `issuer` is a code of ISO 3166-1 alpha-3, `birth` is `YYYY`, `YYYY-MM` or `YYYY-MM-DD`, `sex`
    `male`, `female` or as in the zone; another word is not compared. `names` are whole names: one
    that fits is enough, for the others may be aliases. Names in other scripts are compared by
    sound, and only where no name was typed in Latin letters and the zone has room for all.
    """
    typed = (
        ("number", number, mrz.number, _signs(number or "") == _signs(mrz.number)),
        ("issuer", issuer, mrz.issuer, _state(issuer or "") == _state(mrz.issuer)),
        ("birth", birth, mrz.birth, _same_birth(birth or "", mrz.birth)),
        ("sex", sex, mrz.sex or FILLER, _same_sex(sex or "", mrz.sex)),
    )
    return (
        *(
            Mismatch(field, given, zone, f"{field} was typed as {given}, the zone has {zone}")
            for field, given, zone, same in typed
            if given is not None and not same
        ),
        *_names(mrz, names),
    )


def _signs(text: str) -> str:
    """Blanks and hyphens in a number are no part of it."""
    return "".join(sign for sign in text.upper() if sign.isalnum())


def _state(code: str) -> str:
    return STATE_BEHIND.get(code, code)


def _same_birth(typed: str, zone: str) -> bool:
    """Part for part as far as both know it; the zone has no century."""
    parts = zip(typed.split("-"), (zone[:2], zone[2:4], zone[4:]), strict=False)
    return all(FILLER in there or here[-2:] == there for here, there in parts)


def _same_sex(typed: str, zone: str) -> bool:
    short = _SEX.get(typed.upper(), typed.upper())
    return short == zone or short not in {"M", "F"} or not zone


def _is_latin(name: str) -> bool:
    letters = [sign for sign in name if sign.isalpha()]
    return all(unicodedata.name(sign, "").startswith("LATIN") for sign in letters)


def _names(mrz: Mrz, names: Sequence[str]) -> Iterator[Mismatch]:
    zone = f"{mrz.surname} {mrz.given}".strip()
    latin = [name for name in names if _is_latin(name)]
    if not latin:
        if names and not mrz.truncated and not any(same_name(name, zone) for name in names):
            yield Mismatch("names", names[0], zone, "the name in its script sounds otherwise")
        return
    if any(_fits(mrz, parts) for name in latin for parts in _parts(name)):
        return
    there, here = zone.split(), _parts(latin[0])[0]
    lacking = Counter(there) - Counter(here)
    extra = Counter(here) - Counter(there)
    told = [
        f"the zone has {' '.join(lacking)}, which was not typed" if lacking else "",
        f"typed was {' '.join(extra)}, which the zone has not" if extra else "",
    ]
    yield Mismatch("names", latin[0], zone, "; ".join(part for part in told if part))


def _parts(name: str) -> tuple[list[str], list[str]]:
    """A name as a zone writes it, without marks, and as Doc 9303 recommends."""
    upper = unicodedata.normalize("NFC", name).replace("ı", "i").upper()
    both = upper.translate(_PLAIN), upper.translate(_RECOMMENDED).translate(_PLAIN)
    return _bare(both[0]), _bare(both[1])


def _bare(name: str) -> list[str]:
    marked = unicodedata.normalize("NFD", name)
    return "".join(
        " " if sign.isspace() or sign == "-" else sign
        for sign in marked
        if sign.isspace() or sign == "-" or (sign.isascii() and sign.isalpha())
    ).split()


def _fits(mrz: Mrz, parts: Sequence[str]) -> bool:
    """The same parts in any order, or joined the same; the last one may be cut in the zone."""
    surname, given = mrz.surname.split(), mrz.given.split()
    zone = surname + given
    if sorted(zone) == sorted(parts):
        return True
    joined = "".join(parts)
    whole = {"".join(surname + given), "".join(given + surname)}
    if not mrz.truncated or not zone:
        return joined in whole
    *before, last = zone
    left = Counter(parts) - Counter(before)
    return not Counter(before) - Counter(parts) and any(part.startswith(last) for part in left)
