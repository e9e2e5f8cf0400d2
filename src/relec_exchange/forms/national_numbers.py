"""The forms and check digits of personal numbers of the six states, and of bank accounts.

Contract: pure; digits are ASCII here. A form without a check digit is met by other numbers too.
Sources: published descriptions of the Pakistani CNIC (13 digits), the Turkish identity number (11
digits, two check digits), the Iranian national code (10 digits, one check digit), the Bangladeshi
NID (10, 13 or 17 digits), the Afghan e-tazkira (13 digits in groups of 4, 4 and 5) and the Iraqi
national card (12 digits that begin with a year of birth); ISO 13616 for the IBAN.
"""

from __future__ import annotations

import re
from typing import Final

_CNIC: Final = re.compile(r"[1-7][0-9]{4}[- ]?[0-9]{7}[- ]?[0-9]")
_TAZKIRA: Final = re.compile(r"1[34][0-9]{2}-[0-9]{4}-[0-9]{5}")
_IRAQI: Final = re.compile(r"(?:19|20)[0-9]{10}")
_PARTED: Final = re.compile(r"[- .]")


def is_personal_number(text: str) -> bool:
    """Whether a text of digits, blanks and hyphens has the form of a personal number."""
    digits = _PARTED.sub("", text)
    if _CNIC.fullmatch(text) or _TAZKIRA.fullmatch(text):
        return True
    whole = text == digits
    return (
        is_turkish(digits)
        or is_iranian(digits)
        or (whole and bool(_IRAQI.fullmatch(digits)))
        or (whole and len(digits) in {10, 13, 17})
    )


def is_turkish(digits: str) -> bool:
    """Eleven digits, the first not 0; the tenth and the last are counted from the others."""
    if not re.fullmatch(r"[1-9][0-9]{10}", digits):
        return False
    value = [int(digit) for digit in digits]
    tenth = (7 * sum(value[0:9:2]) - sum(value[1:8:2])) % 10
    return value[9] == tenth and value[10] == sum(value[:10]) % 10


def is_iranian(digits: str) -> bool:
    """Ten digits, not all the same; the last is counted modulo 11 from the others."""
    if not re.fullmatch(r"[0-9]{10}", digits) or len(set(digits)) == 1:
        return False
    rest = sum(int(digit) * (10 - at) for at, digit in enumerate(digits[:9])) % 11
    return int(digits[9]) == (rest if rest < 2 else 11 - rest)


def is_iban(text: str) -> bool:
    """Country, two check digits and account; blanks are passed over. Modulo 97 leaves 1."""
    plain = text.replace(" ", "").upper()
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", plain):
        return False
    moved = plain[4:] + plain[:4]
    return int("".join(str(int(sign, 36)) for sign in moved)) % 97 == 1
