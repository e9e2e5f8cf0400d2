"""Letters of other scripts in Latin ones, by one practical scheme that is named.

Contract: the scheme `SCHEME` follows the recommendations of ICAO Doc 9303 part 3, section 6 where
they can be read aloud, and the usual romanisation of each language elsewhere. Short vowels that
Arabic script leaves out are left out, so the Latin form is an aid and never identifies.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SCHEME: Final = "relec-practical-1"

# ISO 15924 by the first word of the names that Unicode gives to letters.
_SCRIPTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "LATIN": "Latn",
        "ARABIC": "Arab",
        "BENGALI": "Beng",
        "CYRILLIC": "Cyrl",
        "GREEK": "Grek",
        "HEBREW": "Hebr",
        "ARMENIAN": "Armn",
        "GEORGIAN": "Geor",
        "DEVANAGARI": "Deva",
        "SYRIAC": "Syrc",
        "THAANA": "Thaa",
        "CJK": "Hani",
    }
)

_ARABIC: Final = {
    "ا": "a", "آ": "a", "أ": "a", "إ": "i", "ٱ": "a", "ب": "b", "پ": "p", "ت": "t", "ټ": "t",
    "ٹ": "t", "ث": "th", "ج": "j", "چ": "ch", "ځ": "dz", "څ": "ts", "ح": "h", "خ": "kh", "د": "d",
    "ډ": "d", "ڈ": "d", "ذ": "dh", "ر": "r", "ړ": "r", "ڑ": "r", "ز": "z", "ژ": "zh", "ږ": "g",
    "س": "s", "ش": "sh", "ښ": "sh", "ص": "s", "ض": "d", "ط": "t", "ظ": "z", "ع": "'", "غ": "gh",
    "ف": "f", "ق": "q", "ک": "k", "ك": "k", "گ": "g", "ګ": "g", "ل": "l", "م": "m", "ن": "n",
    "ں": "n", "ڼ": "n", "و": "w", "ؤ": "w", "ه": "h", "ہ": "h", "ھ": "h", "ۀ": "h", "ة": "a",
    "ۃ": "a", "ی": "y", "ي": "y", "ى": "a", "ې": "e", "ۍ": "y", "ئ": "y", "ے": "e", "ۓ": "e",
    "ء": "'",
}  # fmt: skip
_PERSIAN: Final = _ARABIC | {"ث": "s", "ذ": "z", "ض": "z", "و": "v", "ى": "i", "ة": "e"}
_BENGALI_CONSONANTS: Final = {
    "ক": "k", "খ": "kh", "গ": "g", "ঘ": "gh", "ঙ": "ng", "চ": "ch", "ছ": "chh", "জ": "j",
    "ঝ": "jh", "ঞ": "n", "ট": "t", "ঠ": "th", "ড": "d", "ঢ": "dh", "ণ": "n", "ত": "t", "থ": "th",
    "দ": "d", "ধ": "dh", "ন": "n", "প": "p", "ফ": "f", "ব": "b", "ভ": "bh", "ম": "m", "য": "z",
    "\u09df": "y", "র": "r", "ল": "l", "শ": "sh", "ষ": "sh", "স": "s", "হ": "h", "\u09dc": "r",
    "\u09dd": "rh",
}  # fmt: skip
_BENGALI_OTHERS: Final = {
    "অ": "o", "আ": "a", "ই": "i", "ঈ": "i", "উ": "u", "ঊ": "u", "ঋ": "ri", "এ": "e", "ঐ": "oi",
    "ও": "o", "ঔ": "ou", "া": "a", "ি": "i", "ী": "i", "ু": "u", "ূ": "u", "ৃ": "ri", "ে": "e",
    "ৈ": "oi", "ো": "o", "ৌ": "ou", "্": "", "ং": "ng", "ঃ": "h", "ঁ": "", "ৎ": "t",
}  # fmt: skip
_CYRILLIC: Final = {
    "а": "a", "б": "b", "в": "v", "г": "g", "ғ": "gh", "ґ": "g", "д": "d", "е": "e", "ё": "e",
    "є": "ie", "ж": "zh", "җ": "j", "з": "z", "и": "i", "ӣ": "i", "і": "i", "ї": "i", "й": "i",
    "к": "k", "қ": "q", "л": "l", "м": "m", "н": "n", "ң": "ng", "о": "o", "ө": "o", "п": "p",
    "р": "r", "с": "s", "т": "t", "у": "u", "ӯ": "u", "ү": "u", "ұ": "u", "ў": "u", "ф": "f",
    "х": "kh", "ҳ": "h", "һ": "h", "ц": "ts", "ч": "ch", "ҷ": "j", "ш": "sh", "щ": "shch",
    "ъ": "", "ы": "y", "ь": "", "э": "e", "ә": "a", "ю": "iu", "я": "ia", "ј": "j", "ѕ": "dz",
}  # fmt: skip
_GREEK: Final = {
    "α": "a", "β": "v", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "th", "ι": "i",
    "κ": "k", "λ": "l", "μ": "m", "ν": "n", "ξ": "x", "ο": "o", "π": "p", "ρ": "r", "σ": "s",
    "ς": "s", "τ": "t", "υ": "y", "φ": "f", "χ": "kh", "ψ": "ps", "ω": "o",
}  # fmt: skip
_GREEK_PAIRS: Final = {"ου": "ou", "μπ": "b", "ντ": "d", "γκ": "g", "αι": "e", "ει": "i", "τζ": "j"}
_LATIN: Final = {
    "ı": "i", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l",
    "ə": "a", "ʿ": "", "ʾ": "", "’": "", "‘": "", "ħ": "h",
}  # fmt: skip

_BY_LETTER: Final = str.maketrans(_CYRILLIC | _GREEK | _LATIN)
_ARABIC_LETTERS: Final = str.maketrans(_ARABIC)
_PERSIAN_LETTERS: Final = str.maketrans(_PERSIAN)
_LIKE_PERSIAN: Final = frozenset({"fa", "prs", "ps", "ur", "ku", "ckb", "bal", "haz"})


def script_of(text: str) -> str:
    """The script of most letters by ISO 15924: `Latn`, `Arab`, ...; `Zyyy` if there is none."""
    found = Counter(_script(sign) for sign in text if sign.isalpha())
    return found.most_common(1)[0][0] if found else "Zyyy"


def scripts_in(text: str) -> frozenset[str]:
    """Every script that letters of the text belong to, by ISO 15924; `Zzzz` for any other."""
    return frozenset(_script(sign) for sign in text if sign.isalpha())


def transliterate(text: str, language: str = "") -> str:
    """The text in lower-case Latin letters by `SCHEME`; what has no rule stays as it is.

    `language` by BCP 47 chooses how letters of Arabic script are read: Persian, Dari, Pashto,
    Urdu and Kurdish differ from Arabic.
    """
    plain = bare(text)
    if plain.isascii():
        return plain
    if any("\u0980" <= sign <= "\u09ff" for sign in plain):
        plain = bengali(plain)
    like_persian = language.split("-", maxsplit=1)[0] in _LIKE_PERSIAN
    plain = plain.translate(_PERSIAN_LETTERS if like_persian else _ARABIC_LETTERS)
    for pair, latin in _GREEK_PAIRS.items():
        plain = plain.replace(pair, latin)
    return plain.translate(_BY_LETTER)


def bare(text: str) -> str:
    """Lower case, compatible forms unified, without accents, vowel signs, tatweel and joiners.

    The vowel signs of Bengali are letters of their own and stay.
    """
    if text.isascii():
        return text.lower()
    spread = unicodedata.normalize("NFKD", text.replace("İ", "i")).lower()
    kept = "".join(sign for sign in spread if not is_mark(sign))
    return unicodedata.normalize("NFC", kept)


def is_mark(sign: str) -> bool:
    """Whether a sign only adorns or joins letters: accents, Arabic vowels, invisible signs."""
    if sign == "\u0640":
        return True
    kind = unicodedata.category(sign)
    return kind == "Cf" or (kind == "Mn" and not "\u0900" <= sign <= "\u0dff")


def _script(sign: str) -> str:
    return _SCRIPTS.get(unicodedata.name(sign, "").split(" ")[0].split("-")[0], "Zzzz")


def bengali(text: str, inherent: str = "a") -> str:
    """Bengali letters in Latin ones; a consonant has `inherent` before another consonant."""
    spread = text.replace("\u09af\u09bc", "\u09df").replace("\u09a1\u09bc", "\u09dc")
    spread = spread.replace("\u09a2\u09bc", "\u09dd")
    out: list[str] = []
    for at, sign in enumerate(spread):
        latin = _BENGALI_CONSONANTS.get(sign)
        if latin is None:
            out.append(_BENGALI_OTHERS.get(sign, sign))
            continue
        after = spread[at + 1 : at + 2]
        out.append(latin + (inherent if after in _BENGALI_CONSONANTS else ""))
    return "".join(out)
