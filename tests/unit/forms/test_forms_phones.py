"""Telephone numbers are read in every digit script and refused with help."""

from __future__ import annotations

import pytest

from relec_exchange.errors import InvalidInput
from relec_exchange.forms.phones import check_e164, normalise

# Numbers that the plans give as examples; nobody's.
WRITTEN = [
    ("۰۹۱۲ ۳۴۵ ۶۷۸۹", "IR", "+989123456789"),
    ("٠٧٩٠ ١٢٣ ٤٥٦٧", "IQ", "+9647901234567"),
    ("০১৭১২-৩৪৫৬৭৮", "BD", "+8801712345678"),
    ("0532 123 45 67", "TR", "+905321234567"),
    ("(0532) 123-45-67", "TR", "+905321234567"),
    ("0093 70 123 4567", "PK", "+93701234567"),
    ("+92 300 1234567", "AF", "+923001234567"),
    ("\u200e+98\u00a0912\u00a0345\u00a06789", "TR", "+989123456789"),
]


@pytest.mark.parametrize(("text", "region", "number"), WRITTEN)
def test_a_number_in_any_digits_and_spacing_has_one_form(
    text: str, region: str, number: str
) -> None:
    assert normalise(text, region) == number
    assert normalise(number, region) == number
    assert check_e164(number, "phone") == number


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("0532", "too short"),
        ("0532 123 45", "length"),
        ("0532 123 45 67 89 01", "too long"),
        ("", "cannot be read"),
        ("call me", "alone"),
        ("0532 123 45 67 ext. 5", "alone"),
        ("0532 123 45 67 / 0532 123 45 68 or any other number there is", "alone"),
        ("+999 123456789", "cannot be read"),
        ("1" * 1000, "alone"),
    ],
)
def test_what_is_no_number_is_told_why_and_how_one_looks(text: str, why: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        normalise(text, "TR")
    assert why in caught.value.message
    assert "+905012345678" in caught.value.remedy
    assert "123 45" not in caught.value.message


def test_a_region_is_a_country_with_numbers() -> None:
    with pytest.raises(InvalidInput, match="region"):
        normalise("123", "ZZ")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("905321234567", "not written"),
        ("+90 532 123 45 67", "not written"),
        ("+۹۸۹۱۲۳۴۵۶۷۸۹", "not written"),
        ("+905321234567\n", "not written"),
        ("+9991234567", "in no plan"),
        ("+923001234", "digits are missing"),
    ],
)
def test_the_wire_takes_one_form_alone(text: str, why: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_e164(text, "persons.0.phones.0")
    assert why in caught.value.message
    assert caught.value.field == "persons.0.phones.0"
