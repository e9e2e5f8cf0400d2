"""Find in a text what points to one person, account or exact place by its form alone.

Contract: pure and linear in the text. A hit says which kind of thing it looks like and where; it
does not say that the thing exists. Years, counts, distances, dates, times, reference numbers as
2026/117, names of roads, plates and numbers of ships are no hits. Digits of every script count,
and signs that nobody sees are passed over. What is encoded is found after `revealed`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from relec_exchange.forms.national_numbers import is_iban, is_personal_number
from relec_exchange.forms.revealing import revealed

__all__ = ["Hit", "Kind", "find_patterns", "revealed"]


class Kind(StrEnum):
    """What a piece of text looks like."""

    DOCUMENT = "document"
    MRZ = "mrz"
    PHONE = "phone"
    EMAIL = "email"
    HANDLE = "handle"
    PROFILE = "profile"
    NATIONAL_NUMBER = "national_number"
    POSITION = "position"
    IBAN = "iban"


@dataclass(frozen=True, slots=True)
class Hit:
    """Signs from `start` to before `end` of the text look like `kind`."""

    kind: Kind
    start: int
    end: int


_I: Final = re.IGNORECASE
_A: Final = re.ASCII
# Messages name each other by UUIDs, which contain numbers of every kind.
_MESSAGE_ID: Final = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", _A)
# What numbers are that are no person's: taken out before numbers are looked for.
_PLAIN_NUMBERS: Final = re.compile(
    r"(?<![0-9+])(?:"
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?Z?)?"
    r"|[0-9]{1,2}[./-][0-9]{1,2}[./-](?:[0-9]{4}|[0-9]{2})"
    r"|[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?"
    r"|(?:1[3-9]|20)[0-9]{2} ?[-/,] ?(?:1[3-9]|20)?[0-9]{2}"
    r"|[1-9][0-9]{0,2}(?:[,. '][0-9]{3}){1,4}(?:[.,][0-9]{1,2})?"
    r"|[0-9]{1,6}/[0-9]{1,6}(?:/[0-9]{1,6})?"
    r")(?![0-9]|[- ][0-9]{2})"
    r"|\b(?:IMO|MMSI|ENI|CAS|ISBN|ISSN|HS)[ :.-]{0,3}(?:no\.? ?)?[0-9]{6,13}\b"
)
_KNOWN_MARK: Final = re.compile(
    r"\b(?:phone|tel|mobile|cell|call|whatsapp|viber|imo|sms|number|no|nr|passport|document|doc|card"
    r"|tazkira|cnic|nid|kimlik|telefon|pasaport"
    r"|تلفن|موبایل|شماره|هاتف|جواز|تذکره|پاسپورت|فون"
    r"|ফোন|মোবাইল|পাসপোর্ট)[^\n0-9]{0,20}$",
    _I,
)
_NUMBER: Final = re.compile(r"(?<![\w.+])(?:\+ ?)?\(?[0-9](?:[ ().\-]{0,3}[0-9]){6,19}(?!\w)", _A)
# With the 0 of the trunk, as a mobile number without it, or with the country code of a state.
_DIALLED: Final = re.compile(r"0[0-9]{8,10}|[3579][0-9]{9}|(?:90|92|93|98|880|964)[0-9]{9,10}")
_DIGIT_NAMES: Final = (
    "zero oh one two three four five six seven eight nine double triple "
    "sıfır sifir bir iki üç dört beş altı yedi sekiz dokuz "
    "صفر یک دو سه چهار پنج شش هفت هشت نه"
)
_DIGIT_WORDS: Final = re.compile(
    rf"\b(?:(?:{_DIGIT_NAMES.replace(' ', '|')})\b[\s,.-]{{0,3}}){{7,20}}", _I
)
_TLD: Final = r"(?:com|net|org|info|edu|gov|af|bd|iq|ir|pk|tr|me|io|co)"

_EMAIL: Final = re.compile(r"[\w.%+\-]{1,64} ?@ ?[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,4}")
_EMAIL_WORDS: Final = re.compile(
    r"\b[\w.+\-]{2,40} ?(?:[\[({] ?(?:at|et|@) ?[\])}] ?[\w\-]{2,40} ?(?:\.|[\[({]? ?dot ?[\])}]?)"
    rf"| at [\w\-]{{2,40}} dot) ?{_TLD}\b",
    _I,
)
_PROFILE: Final = re.compile(
    r"(?:https?://)?(?:[a-z]{1,3}\.)?(?:facebook|fb|instagram|telegram|tiktok|twitter|x|t|wa"
    r"|snapchat|linkedin|youtube|vk|ok|imo|threads|eitaa|rubika|bale)\.(?:com|me|ru|im|ir|net|ai)/"
    r"[^\s]{2,100}"
    r"|\btg://[^\s]{2,100}",
    _I,
)
_HANDLE: Final = re.compile(r"(?<![\w.@/])@(?=[\w.]{0,31}[^\W\d])[\w.]{3,32}")
_HANDLE_WORDS: Final = re.compile(
    r"\b(?:telegram|whatsapp|facebook|instagram|tiktok|snapchat|signal|viber|imo|botim|skype|eitaa"
    r"|rubika|bale|user|account)[ _-]?(?:id|handle|user|username|user name|profile|name)"
    r" ?[:=] ?[\w.\-]{3,32}",
    _I,
)
_MRZ: Final = re.compile(
    r"[A-Z0-9<]{9}[0-9<][A-Z<]{3}[0-9<]{6}[0-9][MFX<][0-9]{6}[0-9]"
    r"|[0-9]{6}[0-9][MFX<][0-9]{6}[0-9][A-Z]{1,3}[A-Z0-9<]{0,2}<"
    r"|[A-Z]{2}<<[A-Z]{2}[A-Z0-9<]{0,44}|[A-Z0-9]<{3,44}"
    r"|\b[PIVAC][A-Z<][A-Z]{3}[A-Z]{2,20}<[A-Z0-9<]{0,40}",
    _I | _A,
)
_DOCUMENT: Final = re.compile(
    r"\b(?!(?:no|nr|un|eu|rs|tl|us|km|kg|art|id|hs|m|e|h|s|n|w)[ \-])[A-Z]{1,2}[ \-]?[0-9]{6,10}\b"
    r"|\b[A-Z][0-9]{2}[A-Z][0-9]{5}\b"
    r"|\b[A-Z]{1,2}(?:[ .\-][0-9]){6,9}\b"
    r"|\b[a-z]{1,2}[0-9]{7,9}\b",
    _A,
)
_IBAN: Final = re.compile(r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{2,4}){3,8}\b", _I | _A)
_POSITION: Final = re.compile(
    r"[-+]?[0-9]{1,2}[.,][0-9]{3,12} ?°? ?[NSns]?[,;/ ]{1,3}[-+]?[0-9]{1,3}[.,][0-9]{3,12}"
    r"(?: ?°? ?[EWew])?"
    r"|\b[Ll]at(?:itude)?[ :=]{1,3}[-+]?[0-9]{1,2}[.,][0-9]{3,12}"
    r"|\b[Ll](?:on|ng|ongitude)[ :=]{1,3}[-+]?[0-9]{1,3}[.,][0-9]{3,12}"
    r"|\b[0-9]{1,3} [0-9]{1,2} [0-9]{1,2}(?:\.[0-9]{1,6})? ?[NSEW]\b"
    r"|[NS] ?[0-9]{1,2}\.[0-9]{3,12}°?[,; ]{1,3}[EW] ?[0-9]{1,3}\.[0-9]{3,12}"
    r"|[0-9]{1,3} ?° ?[0-9]{1,2}(?:\.[0-9]{1,6})? ?['′’]"
    r"(?: ?[0-9]{1,2}(?:\.[0-9]{1,6})? ?[\"″”'’]{1,2})? ?[NSEW]"
    r"|[NSEW] ?[0-9]{1,3} ?° ?[0-9]{1,2}(?:\.[0-9]{1,6})? ?['′’]"
    r"|\b[0-9]{1,2} ?[C-HJ-NP-X] [0-9]{6}(?:\.[0-9]{1,3})?(?: ?m)?(?: ?E)?[ ,]{1,2}[0-9]{7}"
    r"|\b[0-9]{1,2}[C-HJ-NP-X] ?[A-HJ-NP-Z]{2} ?"
    r"(?:[0-9]{3} ?[0-9]{3}|[0-9]{4} ?[0-9]{4}|[0-9]{5} ?[0-9]{5})\b"
    r"|\b(?=[0-9+]{0,12}[CFGHJMPQRVWX])[23456789CFGHJMPQRVWX]{4}(?:[23456789CFGHJMPQRVWX]{4})?\+[23456789CFGHJMPQRVWX]{2,3}\b"
    r"|///[^\W\d_]{2,20}\.[^\W\d_]{2,20}\.[^\W\d_]{2,20}"
    r"|(?:maps\.google\.|google\.[a-z.]{2,6}/maps|goo\.gl/maps|maps\.app\.goo\.gl|openstreetmap\.org/)"
    r"[^\s]{1,100}"
    r"|\bgeo:-?[0-9.]{2,12},-?[0-9.]{2,12}"
)

# What no match of a pattern is without, each much quicker to look for.
_HYPHENS_OF_AN_ID: Final = 4
_SEVEN_DIGITS: Final = re.compile(r"[0-9](?:[ ().\-]{0,3}[0-9]){6}")
_MRZ_HINT: Final = re.compile(r"[0-9<](?:(?<=<)|[0-9]{6})")
_IBAN_HINT: Final = re.compile(r"[0-9]{2}(?<=[A-Za-z]{2}..)")
_POSITION_HINT: Final = re.compile(
    r"[0-9+/.:](?:(?<=[0-9])(?:[.,][0-9]{3}| [0-9]| ?[°A-Z])|(?<=[+/])|(?<=maps\.)|(?<=geo:))"
)
_DOCUMENT_HINT: Final = re.compile(r"[0-9](?:[0-9]{4}|[ .\-][0-9])")
_WORTH: Final = re.compile(r"[0-9@<:=/+(\[{]|(?<=maps)\.|dot")
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_SPOKEN: Final = frozenset(name.replace("ı", "i") for name in _DIGIT_NAMES.split())
_SPOKEN_LEAST: Final = 7


def find_patterns(text: str) -> tuple[Hit, ...]:
    """Every hit in the order of the text; hits do not overlap."""
    view, dropped = _view(text)
    spans = _spans(view) if _worth(view) else []
    if not spans:
        return ()
    places: Sequence[int] = range(len(text))
    if dropped:
        places = [at for at, sign in enumerate(text) if sign not in dropped]
    hits = (Hit(kind, places[start], places[end - 1] + 1) for kind, start, end in spans)
    return tuple(sorted(hits, key=lambda hit: hit.start))


def _spans(view: str) -> list[tuple[Kind, int, int]]:
    """Kinds and places of what is found in a view, as its patterns come."""
    if view.count("-") >= _HYPHENS_OF_AN_ID:
        view = _blank(view, [one.span() for one in _MESSAGE_ID.finditer(view)])
    spans: list[tuple[Kind, int, int]] = []
    lower = view.lower()
    for look in _ORDER:
        if look.marks and not any(mark in lower for mark in look.marks):
            continue
        if not look.hint(view):
            continue
        found = [one.span() for one in look.pattern.finditer(view) if look.accept(one)]
        spans += [(look.kind, *span) for span in found]
        view = _blank(view, found)
    if _SEVEN_DIGITS.search(view):
        view = _blank(view, [one.span() for one in _PLAIN_NUMBERS.finditer(view)])
        spans += _numbers(view)
    return spans


def _view(text: str) -> tuple[str, frozenset[str]]:
    """The text with plain digits, blanks and hyphens, and the invisible signs that it lost."""
    if text.isascii():
        return text, frozenset()
    plain = {sign: _plain(sign) for sign in set(text) if not sign.isascii()}
    changed = {ord(sign): to for sign, to in plain.items() if to != sign}
    if not changed:
        return text, frozenset()
    return text.translate(changed), frozenset(sign for sign, to in plain.items() if not to)


@lru_cache(maxsize=4_000)
def _plain(sign: str) -> str:
    if sign.isdecimal():
        return str(unicodedata.decimal(sign))
    kind = unicodedata.category(sign)
    if kind in {"Cf", "Mn"} or sign == "\u0640":
        return ""
    if kind in {"Pd", "Zs"}:
        return "-" if kind == "Pd" else " "
    folded = unicodedata.normalize("NFKC", sign)
    return "<" if sign in "‹«" else folded if len(folded) == 1 else sign


def _blank(view: str, spans: list[tuple[int, int]]) -> str:
    """The view with some spans taken out, everything else at its place."""
    if not spans:
        return view
    pieces: list[str] = []
    last = 0
    for start, end in spans:
        pieces += [view[last:start], "\n" * (end - start)]
        last = end
    return "".join([*pieces, view[last:]])


def _numbers(view: str) -> Iterator[tuple[Kind, int, int]]:
    for one in _NUMBER.finditer(view):
        kind = _number_kind(one.group(), view[max(0, one.start() - 40) : one.start()])
        if kind is not None:
            yield kind, *one.span()


def _number_kind(written: str, before: str) -> Kind | None:
    """A run of digits: whose number it may be, by length and form, or nobody's."""
    digits = "".join(sign for sign in written if sign.isdigit())
    if written.startswith("+") or (digits.startswith("00") and len(digits) >= 10):
        return Kind.PHONE if 8 <= len(digits) <= 17 else None
    if digits.endswith("00000"):
        return None
    if is_personal_number(written.strip("() ")):
        return Kind.NATIONAL_NUMBER
    if _DIALLED.fullmatch(digits) and not (written == digits and digits[0] != "0"):
        return Kind.PHONE
    if 7 <= len(digits) <= 17 and _KNOWN_MARK.search(before):
        return Kind.PHONE if any(sign in " ().-" for sign in written) else Kind.DOCUMENT
    return Kind.DOCUMENT if written == digits and len(digits) >= 9 else None


def _digits_in_words(view: str) -> bool:
    """Whether there are enough words for digits, wherever they stand."""
    plain = view.casefold().replace("i\u0307", "i").replace("ı", "i")
    words = _LETTERS.findall(plain)
    if _SPOKEN.isdisjoint(words):
        return False
    return sum(word in _SPOKEN for word in words) >= _SPOKEN_LEAST


def _worth(view: str) -> bool:
    """Whether there is a sign or word without which no pattern matches."""
    return bool(_WORTH.search(view.lower())) or _digits_in_words(view)


def _any(_: re.Match[str]) -> bool:
    return True


def _on_earth(one: re.Match[str]) -> bool:
    """Two decimal numbers are a position if they can be latitude and longitude.

    With three decimals they may as well be counts with separated thousands: a comma, or a single
    digit before, says so.
    """
    numbers = re.findall(r"[-+]?[0-9]{1,3}[.,][0-9]{3,12}", one.group())
    if len(numbers) != 2:
        return True
    latitude, longitude = (abs(float(number.replace(",", "."))) for number in numbers)
    counts = all(
        len(number) - (number.find(",") + number.find(".") + 1) == 4
        and ("," in number or len(number.lstrip("+-")) < 6)
        for number in numbers
    )
    return latitude <= 90 and longitude <= 180 and not counts


def _account(one: re.Match[str]) -> bool:
    return is_iban(one.group())


@dataclass(frozen=True, slots=True)
class _Look:
    """A pattern, what its match must prove, and marks without one of which it is not tried.

    `hint` is quicker than the pattern and finds something in every text that the pattern does.
    """

    kind: Kind
    pattern: re.Pattern[str]
    accept: Callable[[re.Match[str]], bool] = _any
    marks: tuple[str, ...] = ()
    hint: Callable[[str], object] = bool


# What is more telling goes first; what is found is not looked at again.
_ORDER: Final = (
    _Look(Kind.MRZ, _MRZ, hint=_MRZ_HINT.search),
    _Look(Kind.IBAN, _IBAN, _account, hint=_IBAN_HINT.search),
    _Look(Kind.EMAIL, _EMAIL, marks=("@",)),
    _Look(Kind.EMAIL, _EMAIL_WORDS, marks=("dot", "(at", "[at", "{at", "( at", "[ at", "{ at")),
    _Look(Kind.POSITION, _POSITION, _on_earth, hint=_POSITION_HINT.search),
    _Look(Kind.PROFILE, _PROFILE, marks=("/",)),
    _Look(Kind.HANDLE, _HANDLE, marks=("@",)),
    _Look(Kind.HANDLE, _HANDLE_WORDS, marks=(":", "=")),
    _Look(Kind.DOCUMENT, _DOCUMENT, hint=_DOCUMENT_HINT.search),
    _Look(Kind.PHONE, _DIGIT_WORDS, hint=_digits_in_words),
)
