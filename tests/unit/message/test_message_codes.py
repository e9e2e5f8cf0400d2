"""Code lists hold what the public data use, and help with a slip."""

from __future__ import annotations

import subprocess
import sys

import pytest

from relec_exchange.errors import InvalidInput
from relec_exchange.message.codes import (
    check_citizenship,
    check_country,
    citizenships,
    countries,
    nearest,
)


def test_the_table_of_countries_is_complete_and_one_to_one() -> None:
    table = countries()
    assert len(table) == 249
    assert len({country.alpha3 for country in table.values()}) == 249
    assert all(country.name for country in table.values())
    assert (table["TR"].alpha3, table["PK"].alpha3, table["IQ"].alpha3) == ("TUR", "PAK", "IRQ")


@pytest.mark.parametrize("code", ["PAK", "OOO", "OOS", "STL", "UNK", "XKX"])
def test_citizenships_include_the_codes_of_the_public_data(code: str) -> None:
    assert check_citizenship(code) == code
    assert citizenships()[code]


@pytest.mark.parametrize(("slip", "meant"), [("pka", "PAK"), ("TRU", "TUR"), ("afg", "AFG")])
def test_a_slip_is_told_the_code_it_meant(slip: str, meant: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_citizenship(slip, field="origin")
    assert meant in caught.value.remedy
    assert caught.value.field == "origin"


def test_nothing_is_suggested_for_what_resembles_nothing() -> None:
    assert nearest("12345", citizenships()) is None
    with pytest.raises(InvalidInput):
        check_country("??")


def test_importing_the_codes_reads_no_file() -> None:
    """The table is read on first use, so that importing stays free of surprises."""
    script = (
        "from relec_exchange.message import codes\n"
        "assert codes.countries.cache_info().currsize == 0\n"
        "codes.check_country('TR')\n"
        "assert codes.countries.cache_info().currsize == 1\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
