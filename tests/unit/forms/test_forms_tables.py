"""Code lists are whole, say where they come from, and help with a slip."""

from __future__ import annotations

import subprocess
import sys
from importlib import resources

import pytest

from relec_exchange.errors import InvalidInput
from relec_exchange.forms.tables import NAMES, check, nearest, read_rows, table


@pytest.mark.parametrize("name", NAMES)
def test_a_list_names_its_source_version_and_a_code_of_its_own_as_example(name: str) -> None:
    codes = table(name)
    assert codes.source
    assert codes.version
    assert check(name, codes.example, field="code") == codes.example
    assert all(text for text in codes.entries.values())


def test_every_file_of_codes_says_under_which_licence_its_source_stands() -> None:
    folder = resources.files("relec_exchange.forms").joinpath("data")
    files = [file.name for file in folder.iterdir() if file.name.endswith(".csv")]
    assert len(files) >= 7
    for file in files:
        head, rows = read_rows(file)
        assert {"Source", "Version", "Date", "Licence"} <= set(head), file
        assert rows, file


@pytest.mark.parametrize(
    ("name", "size", "some"),
    [
        ("iso3166-1-alpha-2", 249, {"AF", "BD", "IQ", "IR", "PK", "TR"}),
        ("iso3166-1-alpha-3", 249, {"AFG", "BGD", "IRQ", "IRN", "PAK", "TUR"}),
        ("iso3166-2", 5027, {"AF-HER", "BD-C", "IQ-BA", "IR-13", "PK-BA", "TR-22"}),
        ("iso639", 8039, {"ar", "fa", "prs", "ur", "ps", "bn", "tr", "ku", "ckb", "haz", "rhg"}),
        ("iso4217", 154, {"AFN", "BDT", "IQD", "IRR", "PKR", "TRY", "EUR", "USD"}),
        ("iso15924", 224, {"Arab", "Beng", "Cyrl", "Grek", "Latn"}),
    ],
)
def test_a_list_has_as_many_codes_as_its_source_and_those_of_the_region(
    name: str, size: int, some: set[str]
) -> None:
    entries = table(name).entries
    assert len(entries) == size
    assert some <= set(entries)


def test_every_subdivision_belongs_to_a_country_of_the_list() -> None:
    countries = table("iso3166-1-alpha-2").entries
    assert {code[:2] for code in table("iso3166-2").entries} <= set(countries)


def test_the_codes_of_icao_add_to_those_of_iso() -> None:
    issuers = table("icao9303-issuers").entries
    assert not set(issuers) & set(table("iso3166-1-alpha-3").entries)
    assert {"D", "EUE", "GBD", "UNO", "UNA", "UNK", "XOM", "XPO", "XXA", "XXX"} <= set(issuers)


@pytest.mark.parametrize(
    ("name", "slip", "meant"),
    [
        ("iso3166-1-alpha-3", "PKA", "PAK"),
        ("iso3166-1-alpha-3", "Türkiye", "TUR"),
        ("iso3166-2", "AF-KBL", "AF-KAB"),
        ("iso3166-2", "herat", "AF-HER"),
        ("iso639", "pus", "ps"),
        ("iso639", "FA", "fa"),
        ("iso4217", "RKP", "PKR"),
        ("iso4217", "AFA", "AFN"),
        ("iso15924", "arab", "Arab"),
        ("icao9303-issuers", "XPP", "XPO"),
    ],
)
def test_a_slip_is_told_the_code_it_meant_the_rule_and_an_example(
    name: str, slip: str, meant: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        check(name, slip, field="where")
    assert caught.value.field == "where"
    assert table(name).title in caught.value.message
    assert f"did you mean {meant} (" in caught.value.remedy
    assert table(name).example in caught.value.remedy
    assert nearest(slip, table(name)) == meant


def test_what_resembles_nothing_gets_the_rule_and_an_example_alone() -> None:
    with pytest.raises(InvalidInput) as caught:
        check("iso4217", "123456", field="currency")
    assert "did you mean" not in caught.value.remedy
    assert "PKR" in caught.value.remedy
    assert nearest("", table("iso4217")) is None


def test_an_unknown_list_is_told_the_lists_there_are() -> None:
    with pytest.raises(InvalidInput, match="no code list") as caught:
        table("iso9999")
    assert "iso4217" in caught.value.remedy


def test_importing_the_tables_reads_no_file() -> None:
    script = (
        "from relec_exchange.forms import tables\nassert tables.table.cache_info().currsize == 0\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
