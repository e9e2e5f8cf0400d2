"""Telephone numbers as people write them, to the one form of E.164.

Contract: digits may be Arabic-Indic, Persian, Bengali or any other decimal digits of Unicode; a
number without country code is read as dialled in a region (ISO 3166-1 alpha-2). The answer is
`+`, country code and number. Possible lengths come from the metadata of the library phonenumbers;
whether a number is in use nobody can tell from its form.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from relec_exchange.errors import InvalidInput

E164_PATTERN: Final = r"^\+[1-9][0-9]{6,14}$"
_E164: Final = re.compile(E164_PATTERN)
_TEXT_MAX: Final = 64

# What the library says of a length that no number of the country has.
_LENGTHS: Final[Mapping[int, str]] = MappingProxyType(
    {
        1: "its country code is in no plan",
        2: "it is too short",
        3: "it is too long",
        4: "digits are missing, or the code of the area",
        5: "no number there has this length",
    }
)


def normalise(text: str, region: str) -> str:
    """The number in E.164, read as dialled in `region`; `InvalidInput` tells what is wrong."""
    import phonenumbers

    if region not in phonenumbers.SUPPORTED_REGIONS:
        raise InvalidInput(
            "region has no telephone numbers of its own",
            field="region",
            remedy="name the country by two letters of ISO 3166-1, as in PK",
        )
    if len(text) > _TEXT_MAX or any(sign.isalpha() for sign in text):
        raise _refused("it holds more than one number alone", region)
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        raise _refused("it cannot be read as a telephone number", region) from None
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason in _LENGTHS or number.extension:
        raise _refused(_LENGTHS.get(reason, "an extension has no place in it"), region)
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return check_e164(written, "phone")


def check_e164(text: str, field: str) -> str:
    """Return a number that is written in E.164 and possible, or raise `InvalidInput`."""
    import phonenumbers

    if not _E164.fullmatch(text):
        raise InvalidInput(
            f"{field} is not written in E.164: + and 7 to 15 digits, nothing between them",
            field=field,
            remedy=f"write it as in {_example('PK')}",
        )
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        raise InvalidInput(
            f"{field} begins with a country code that is in no plan (E.164)",
            field=field,
            remedy=f"begin with the code of a country, as in {_example('PK')}",
        ) from None
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason in _LENGTHS:
        raise InvalidInput(
            f"{field} is no number of its country: {_LENGTHS[reason]} (E.164)",
            field=field,
            remedy="compare it with the source; a digit is missing or stands twice",
        )
    return text


def _refused(why: str, region: str) -> InvalidInput:
    return InvalidInput(
        f"this is no telephone number of {region}: {why}",
        field="phone",
        remedy=f"write it with its country code, as in {_example(region)}",
    )


def _example(region: str) -> str:
    """A number of the region that shows its length; it is made up of the plan, and nobody's."""
    import phonenumbers

    kind = phonenumbers.PhoneNumberType.MOBILE
    number = phonenumbers.example_number_for_type(region, kind)
    if number is None:
        return "+ and the country code"
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
